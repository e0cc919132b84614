// A made project as its user runs it: the page and the sockets of `npm start`, through a crash, to SIGTERM; and `npm run dev`.
// Entered by starter; calls starter-program.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startScript, visit } from './starter-program.mjs'

/** A drain of three idle sockets takes some ms; `application.run` kills after 9 s. */
const STOP_MS = 5000

const scriptsOf = (project) => JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).scripts

/** `npm start`: its page, its sockets, its end. */
export async function checkProgram(project, report, same) {
  const { start } = scriptsOf(project)
  const program = startScript(start, project, { PORT: '0' })
  try {
    const url = await program.url()
    await checkFiles(url, same)
    const taken = startScript(start, project, { PORT: new URL(url).port })
    same('starter: a taken port ends it with 1', await taken.exit, 1)
    report('starter: and is named', /^port \d+ is taken; try another one/.test(taken.output), taken.output)
    const closed = await checkSockets(project, url, same)
    const { code, ms } = await program.terminate()
    same('starter: SIGTERM closes its sockets with 1012', await closed(), [1012, 1012, 1012])
    same('starter: SIGTERM ends it with 0', code, 0)
    report(`starter: within ${STOP_MS} ms`, ms < STOP_MS, `${ms} ms`)
  } finally {
    program.kill()
  }
}

async function checkFiles(url, same) {
  const answers = ['/', '/page.js', '/style.css', '/icon.svg', '/gensock-client.js', '/src/main.ts', '/%2e%2e/package.json']
  const seen = await Promise.all(
    answers.map(async (path) => {
      const answer = await fetch(url + path)
      const text = await answer.text()
      return [answer.status, answer.headers.get('content-type')?.split(';')[0], /<main>|\bconnect\b|article|<svg/.test(text)]
    }),
  )
  const script = [200, 'text/javascript', true]
  const expected = [[200, 'text/html', true], script, [200, 'text/css', true], [200, 'image/svg+xml', true], script]
  same('starter: its page, script, style and client', seen.slice(0, 5), expected)
  same(
    'starter: nothing else',
    seen.slice(5).map(([status]) => status),
    [404, 404],
  )
}

/** Two sockets of one room and one of another, through a crash; answers what tells their close codes. */
async function checkSockets(project, url, same) {
  const [ann, bob, eve] = [await visit(project, url, 'red'), await visit(project, url, 'red'), await visit(project, url, 'green')]
  const [first, ...others] = [await ann.next(), await bob.next(), await eve.next()]
  same('starter: a counter for each room, and it begins at 0', others, [first, { count: 0, counter: others[1]?.counter }])
  same('starter: a process for each socket', new Set([ann.pid, bob.pid, eve.pid, first.counter, others[1]?.counter]).size, 5)
  ann.send('add')
  eve.send('add')
  const one = { ...first, count: 1 }
  same('starter: everybody in the room sees the count', [await ann.next(), await bob.next()], [one, one])
  same('starter: and so does another room', await eve.next(), { ...others[1], count: 1 })
  bob.send('crash')
  const anew = [await ann.next(), await bob.next()]
  same('starter: after the crash the counter is another', [anew[0].count, anew[0].counter === first.counter], [0, false])
  same('starter: which all sockets hear', anew[0], anew[1])
  for (const guest of [ann, eve]) guest.send('add')
  const counts = [(await ann.next()).count, (await bob.next()).count, (await eve.next()).count]
  same('starter: the sockets are open, the other room knows nothing of it', counts, [1, 1, 2])
  return () => Promise.all([ann, bob, eve].map((guest) => guest.closed()))
}

/** `npm run dev`: an edit of a TypeScript file starts the program anew, after it has closed its sockets. */
export async function checkDev(project, same) {
  const { dev } = scriptsOf(project)
  const program = startScript(dev, project, { PORT: '0' })
  try {
    const guest = await visit(project, await program.url(), 'blue')
    const file = join(project, 'src/counter.ts')
    const code = readFileSync(file, 'utf8')
    writeFileSync(file, code.replace('count: 0', 'count: 7'))
    const edited = await visit(project, await program.url(2), 'blue')
    same('starter: an edit starts it anew', [await guest.closed(), (await edited.next()).count], [1012, 7])
    await program.terminate()
    writeFileSync(file, code)
  } finally {
    program.kill()
  }
}
