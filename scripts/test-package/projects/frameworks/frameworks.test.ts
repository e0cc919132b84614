// The examples with-express, with-fastify and with-hono: sockets beside a framework's own routes, in this program and as programs.
// Compiled beside the examples, and run by Node's own test runner.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { before, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pg, processes } from 'gensock'
import { WebSocket } from 'ws'
import { start as startExpress } from './with-express/server.js'
import { start as startFastify } from './with-fastify/server.js'
import { start as startHono } from './with-hono/server.js'

const LIMIT_MS = 20_000
/** What a framework says, in words of its own, where it has no route. */
const FRAMEWORKS = [
  { name: 'express', start: startExpress, notFound: (path: string) => `Cannot GET ${path}` },
  { name: 'fastify', start: startFastify, notFound: (path: string) => `Route GET:${path} not found` },
  { name: 'hono', start: startHono, notFound: (_path: string) => '404 Not Found' },
]

/** Ends its connection: undici would keep it, and a server that closes would wait for it. */
async function get(url: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, { method, headers: { connection: 'close' } })
  return { status: answer.status, body: await answer.text() }
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  return socket
}

async function said(socket: WebSocket): Promise<string> {
  const [message] = (await once(socket, 'message')) as [Buffer]
  return String(message)
}

const servers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length
/** A closed handle is listed until libuv has called back, at the end of a turn of its loop: of this one or the next. */
async function turns(): Promise<void> {
  await turn()
  await turn()
}

interface Program {
  readonly child: ChildProcess
  /** The first line that it prints. */
  readonly url: Promise<string>
  readonly ended: Promise<{ code: unknown; signal: unknown; stderr: string }>
}
function program(name: string): Program {
  const file = new URL(`./with-${name}/main.js`, import.meta.url)
  const env = { ...process.env, PORT: '0' }
  const child = spawn(process.execPath, [file.pathname], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const url = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  return { child, url, ended: once(child, 'close').then(([code, signal]) => ({ code, signal, stderr })) }
}

before(() => pg.start()) // it would start itself at the first join, and stay

for (const { name, start, notFound } of FRAMEWORKS) {
  /** Everything on one server; what was there before is all that is there afterwards. */
  const served = async (use: (host: string) => Promise<void>): Promise<void> => {
    const before = { processes: processes(), servers: servers() }
    const { port, stop } = await start(0)
    try {
      await use(`127.0.0.1:${port}`)
    } finally {
      await stop()
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`), /fetch failed/)
    await turns()
    assert.deepEqual({ processes: processes(), servers: servers() }, before)
  }

  void describe(`with ${name}`, () => {
    void test('a route of the framework answers, a socket echoes, and a route speaks to the sockets', () =>
      served(async (host) => {
        assert.deepEqual(await get(`http://${host}/`), { status: 200, body: `hello from ${name}\n` })
        const socket = await opened(`ws://${host}/ws`)
        socket.send('one')
        assert.equal(await said(socket), 'one')
        const heard = said(socket)
        const answer = await get(`http://${host}/say/g%C3%BCn%20ayd%C4%B1n`, 'POST')
        assert.deepEqual(answer, { status: 200, body: 'said to 1\n' })
        assert.equal(await heard, 'gün aydın')
        socket.close()
        await once(socket, 'close')
      }))

    void test('the framework says 404 where nobody has a route, and to a plain GET of the path of the sockets', () =>
      served(async (host) => {
        for (const path of ['/nowhere', '/ws']) {
          const { status, body } = await get(`http://${host}${path}`)
          assert.equal(status, 404)
          assert.ok(body.includes(notFound(path)), body)
        }
      }))

    void test('an upgrade is refused where there is no route for sockets, also at a route of the framework', () =>
      served(async (host) => {
        for (const path of ['/nowhere', '/']) {
          const [error] = await once(new WebSocket(`ws://${host}${path}`), 'error')
          assert.match(String(error), /Unexpected server response: 404/)
        }
      }))

    void test('stop closes the sockets with 1012', async () => {
      let closed: Promise<unknown[]> | undefined
      await served(async (host) => {
        closed = once(await opened(`ws://${host}/ws`), 'close')
      })
      assert.equal((await closed)?.[0], 1012)
    })

    void test('main serves it on PORT, and a SIGTERM leaves nothing that keeps the program alive', async () => {
      const { child, url, ended } = program(name)
      assert.equal((await get(await url)).body, `hello from ${name}\n`)
      const socket = await opened(`${(await url).replace('http', 'ws')}/ws`)
      const closed = once(socket, 'close')
      child.kill('SIGTERM')
      assert.equal((await closed)[0], 1012)
      assert.deepEqual(await ended, { code: 0, signal: null, stderr: '' })
    })
  })
}
