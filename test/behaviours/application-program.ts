// A program of its own, started by application.test.ts with the name of what shall happen: runs an application that needs another
// one, and prints what begins and ends.
import { type Application, application, child, type ExitReason, type Receiver, supervisor } from 'gensock'

const [, , how = 'quick', deadlineMs = '5000'] = process.argv

const worker = {
  init(name: string, self: Receiver): ['ok', string] {
    self.trapExit(true)
    return ['ok', name]
  },
  terminate: (_reason: ExitReason, name: string) => console.log(`${name} ends`),
}
function app(name: string, more: Partial<Application> = {}): Application {
  return {
    name,
    start: () => supervisor.startLink({ children: [child('1', worker, `${name} 1`), child('2', worker, `${name} 2`)] }),
    stop: () => console.log(`${name} stopped`),
    ...more,
  }
}
/** Its only process ends by itself. */
const ends = (reason: ExitReason): Partial<Application> => ({
  start: (self) => [
    'ok',
    self.spawnLink(async (top) => {
      await top.sleep(20)
      top.exit(reason)
    }),
  ],
})
const hows: Readonly<Record<string, Partial<Application>>> = {
  quick: {},
  hangs: { stop: () => new Promise<never>(() => undefined) },
  fails: { start: () => ['error', 'no port'] },
  done: ends('normal'),
  breaks: ends('boom'),
}
const main = app('main', { dependencies: [app('database')], ...hows[how] })
const { start } = main

process.on('exit', (code) => console.log(`exit ${code}`))
await application.run(
  {
    ...main,
    start: async (self) => {
      const answer = await start(self)
      if (answer[0] === 'ok') console.log('ready')
      return answer
    },
  },
  { deadlineMs: Number(deadlineMs) },
)
console.log('over')
