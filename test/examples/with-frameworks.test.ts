// The examples with-express, with-fastify and with-hono: sockets beside a framework's own routes, in this program and as programs.
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { pg, processes } from 'gensock'
import { WebSocket } from 'ws'
import { start as startExpress } from '../../examples/with-express/server.js'
import { start as startFastify } from '../../examples/with-fastify/server.js'
import { start as startHono } from '../../examples/with-hono/server.js'
import { runExample } from './run-example.js'

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

beforeAll(() => pg.start()) // it would start itself at the first join, and stay

describe.each(FRAMEWORKS)('with $name', ({ name, start, notFound }) => {
  /** Everything on one server; what was there before is all that is there afterwards. */
  async function served(use: (host: string) => Promise<void>): Promise<void> {
    const before = { processes: processes(), servers: servers() }
    const { port, stop } = await start(0)
    try {
      await use(`127.0.0.1:${port}`)
    } finally {
      await stop()
    }
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
    await turns()
    expect({ processes: processes(), servers: servers() }).toEqual(before)
  }

  test('a route of the framework answers, a socket echoes, and a route speaks to the sockets', () =>
    served(async (host) => {
      expect(await get(`http://${host}/`)).toEqual({ status: 200, body: `hello from ${name}\n` })
      const socket = await opened(`ws://${host}/ws`)
      socket.send('one')
      expect(await said(socket)).toBe('one')
      const heard = said(socket)
      expect(await get(`http://${host}/say/g%C3%BCn%20ayd%C4%B1n`, 'POST')).toEqual({ status: 200, body: 'said to 1\n' })
      expect(await heard).toBe('gün aydın')
      socket.close()
      await once(socket, 'close')
    }))

  test('the framework says 404 where nobody has a route, and to a plain GET of the path of the sockets', () =>
    served(async (host) => {
      for (const path of ['/nowhere', '/ws']) {
        const { status, body } = await get(`http://${host}${path}`)
        expect(status).toBe(404)
        expect(body).toContain(notFound(path))
      }
    }))

  test('an upgrade is refused where there is no route for sockets, also at a route of the framework', () =>
    served(async (host) => {
      for (const path of ['/nowhere', '/']) {
        const [error] = await once(new WebSocket(`ws://${host}${path}`), 'error')
        expect(String(error)).toContain('Unexpected server response: 404')
      }
    }))

  test('stop closes the sockets with 1012', async () => {
    let closed: Promise<unknown[]> | undefined
    await served(async (host) => {
      closed = once(await opened(`ws://${host}/ws`), 'close')
    })
    expect((await closed)?.[0]).toBe(1012)
  })

  test('main.ts serves it on PORT, and a SIGTERM leaves nothing that keeps the program alive', async () => {
    const example = runExample(`with-${name}`, { PORT: '0' })
    const url = await example.line(/^http:/)
    expect((await get(url)).body).toBe(`hello from ${name}\n`)
    const socket = await opened(`${url.replace('http', 'ws')}/ws`)
    example.kill('SIGTERM')
    const [code] = await once(socket, 'close')
    expect(code).toBe(1012)
    expect(await example.ended).toEqual({ code: 0, signal: null, stdout: url, stderr: '' })
  }, 30_000)
})
