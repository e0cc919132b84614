// The playground as a program, over plain HTTP and over its supervision socket; what a person sees of it is in test/browser.
import { on, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { processes, whereis } from 'gensock'
import { WebSocket } from 'ws'
import { type Playground, startPlayground } from '../../examples/playground/server.js'
import { GROUPS } from '../../examples/playground/workbench/entries.js'
import { compiled, runExample } from './run-example.js'

describe('the page over HTTP', () => {
  let playground: Playground
  beforeAll(async () => {
    playground = await startPlayground(0, '127.0.0.1')
  })
  afterAll(() => playground.stop())

  test.each([
    ['', 'text/html; charset=utf-8'],
    ['?from=somewhere', 'text/html; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['page.js', 'text/javascript; charset=utf-8'],
    ['workbench.css', 'text/css; charset=utf-8'],
    ['workbench.js', 'text/javascript; charset=utf-8'],
    ['entries.json', 'application/json'],
    ['supervision.css', 'text/css; charset=utf-8'],
    ['supervision.js', 'text/javascript; charset=utf-8'],
    ['chat.css', 'text/css; charset=utf-8'],
    ['chat.js', 'text/javascript; charset=utf-8'],
    ['person.js', 'text/javascript; charset=utf-8'],
    ['zotonic.css', 'text/css; charset=utf-8'],
    ['zotonic.js', 'text/javascript; charset=utf-8'],
    ['boss.js', 'text/javascript; charset=utf-8'],
    ['stream', 'text/html; charset=utf-8'],
    ['stream?via=sse', 'text/html; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('GET /%s answers with its content type, a policy and nosniff', async (path, type) => {
    const response = await fetch(playground.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/)
  })

  test('only /stream can be in a frame, of the playground itself; it begins a session and has the stream tag', async () => {
    const [page, stream] = await Promise.all(['', 'stream'].map((path) => fetch(playground.url + path)))
    expect(page?.headers.get('content-security-policy')).toMatch(/ frame-src 'self';.* frame-ancestors 'none'$/)
    expect(stream?.headers.get('content-security-policy')).toMatch(/ frame-ancestors 'self'$/)
    expect([page, stream].map((answer) => answer?.headers.getSetCookie().length)).toEqual([0, 2])
    expect(stream?.headers.get('cache-control')).toBe('private, no-cache')
    const html = (await stream?.text()) ?? ''
    const [, script, socket] = /<script type="module" src="\/([^"]+)" data-gensock-stream="\/([^"]+)">/.exec(html) ?? []
    expect((await fetch(playground.url + script)).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(socket).toMatch(/^websocket\?z_pageid=[\w-]{22}$/)
  })

  test('HEAD has the head of GET and no body', async () => {
    const response = await fetch(playground.url, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000)
    expect(await response.text()).toBe('')
  })

  test('other methods get 405, other paths 404, also those that climb', async () => {
    const posted = await fetch(playground.url, { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${playground.url}stream`, { method: 'POST' })).status).toBe(405)
    for (const path of [
      'nothing',
      'index.html',
      'stream.html',
      'streams',
      '..%2fserver.ts',
      '%2e%2e/server.ts',
      'constructor',
      '/',
    ]) {
      expect((await fetch(playground.url + path)).status).toBe(404)
    }
  })
})

describe('the handlers of the workbench', () => {
  const entries = GROUPS.flatMap((group) => group.entries).flatMap(({ id, socket, burst, crash }) =>
    socket && burst && crash ? [{ id, ...socket, burst, crash: crash.text }] : [],
  )
  /** What they begin anew or restart, instead of closing the socket. */
  const lasting = new Set(['chat', 'boss-chat'])
  let playground: Playground
  let reports: jest.SpiedFunction<typeof console.error>
  beforeAll(async () => {
    reports = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    playground = await startPlayground(0, '127.0.0.1')
  })
  afterAll(async () => {
    await playground.stop()
    reports.mockRestore()
  })

  /** A socket of this path, and how to wait until it has heard as many messages with this in them. */
  async function open({
    path,
    subprotocol,
    first,
  }: (typeof entries)[number]): Promise<[WebSocket, (text: string, times?: number) => Promise<void>]> {
    const socket = new WebSocket(playground.url.replace('http', 'ws') + path.slice(1).replace('NICK', 'ann'), subprotocol)
    const heard: string[] = []
    let look = (): void => undefined
    socket.on('message', (data) => {
      heard.push((data as Buffer).toString())
      look()
    })
    await once(socket, 'open')
    if (first !== undefined) socket.send(first.replace('NICK', 'ann'))
    const hears = (text: string, times = 1): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (heard.filter((one) => one.includes(text)).length >= times) resolve()
        }
        look()
      })
    return [socket, hears]
  }

  test.each(entries)('$id answers, answers a burst, and its crash has the end that the page tells of', async (entry) => {
    const { id, say, burst, crash } = entry
    const [socket, hears] = await open(entry)
    const size = lasting.has(id) ? 10 : 1000
    const before = reports.mock.calls.length
    socket.send(say)
    await hears(say === 'ping' ? 'pong' : say.startsWith('[') ? 'anybody here?' : say)
    for (let n = 1; n <= size; n++) socket.send(burst.text.replace('N', String(n)))
    await hears(burst.answer, size)
    socket.send(crash)
    if (!lasting.has(id)) expect((await once(socket, 'close'))[0]).toBe(1011)
    else {
      await hears(id === 'chat' ? '"welcome"' : '"restarts":1', id === 'chat' ? 2 : 1)
      const [other, hearsToo] = await open({ ...entry, first: entry.first?.replace('NICK', 'bob') as string })
      other.send(say)
      await hearsToo('anybody here?')
      expect(socket.readyState).toBe(WebSocket.OPEN)
      other.terminate()
    }
    socket.terminate()
    expect(reports.mock.calls.slice(before).some(([text]) => String(text).includes('crashed on request'))).toBe(true)
  })
})

describe('the supervision socket', () => {
  let playground: Playground
  let reports: jest.SpiedFunction<typeof console.error>
  beforeEach(async () => {
    reports = jest.spyOn(console, 'error').mockImplementation(() => undefined)
    playground = await startPlayground(0, '127.0.0.1')
  })
  afterEach(async () => {
    await playground.stop()
    reports.mockRestore()
  })

  /** A socket, and what it hears: `next` waits for a message of which `wanted` is true. */
  async function open(): Promise<{ socket: WebSocket; next(wanted: (news: any) => boolean): Promise<any> }> {
    const socket = new WebSocket(`${playground.url.replace('http', 'ws')}ws/supervision`)
    const messages = on(socket, 'message', { close: ['close'] })
    const next = async (wanted: (news: any) => boolean): Promise<any> => {
      for (;;) {
        const { value, done } = await messages.next()
        if (done === true) throw new Error('the socket closed')
        const news: unknown = JSON.parse(String(value[0]))
        if (wanted(news)) return news
      }
    }
    await once(socket, 'open')
    return { socket, next }
  }
  const line = (text: string) => (news: any) => news.lines?.some((one: any) => one.text === text) === true

  test('pushes the tree without being asked, again and again, and tells everybody what one has done', async () => {
    const [one, other] = [await open(), await open()]
    const count = ({ tree }: any): string => tree.children[0].children[0].state
    expect(count(await one.next((news) => news.lines.length === 1))).toBe('count 0')
    await one.next((news) => count(news) === 'count 1')
    other.socket.send('{"type":"crash","name":"b","how":"kill"}')
    await one.next(line('b was killed - restarted b, c (restForOne)'))
    await other.next(line('b was killed - restarted b, c (restForOne)'))
  })

  test('a frame that is too long closes its socket with 1009, and no other', async () => {
    const [one, other] = [await open(), await open()]
    one.socket.send('x'.repeat(1001))
    expect((await once(one.socket, 'close'))[0]).toBe(1009)
    other.socket.send('x'.repeat(1000))
    await other.next((news) => news.refused?.startsWith('an order is JSON') === true)
  })

  test('a crash of its own socket leaves the tree as it is', async () => {
    const [one, other] = [await open(), await open()]
    const before = await other.next(() => true)
    one.socket.send('crash me')
    expect((await once(one.socket, 'close'))[0]).toBe(1011)
    const after = await other.next((news) => news.tree.children[0].children[0].state !== 'count 0')
    expect(after.tree.pid).toBe(before.tree.pid)
    expect(after.lines).toEqual([])
    expect(reports).toHaveBeenCalledTimes(1)
  })

  test('thirty pages that send garbage and orders at once are all answered, and the tree lives on', async () => {
    const pages = await Promise.all(Array.from({ length: 30 }, open))
    for (const { socket } of pages) {
      for (const text of ['{', '{"type":"crash","name":"top","how":"kill"}', '{"type":"add"}']) socket.send(text)
      socket.send(Buffer.from([0, 255]))
    }
    for (const { next } of pages) await next((news) => news.refused !== undefined)
    const { next } = await open()
    const { tree } = await next(() => true)
    expect(tree.children[2].children).toHaveLength(6)
    expect(tree.restarts).toBe(0)
  })

  test('stop ends the demo application and everything else, also when it is called twice', async () => {
    const { socket } = await open()
    const closed = once(socket, 'close')
    await Promise.all([playground.stop(), playground.stop()])
    expect((await closed)[0]).toBe(1012)
    expect(processes().filter((pid) => pid !== whereis('pg'))).toEqual([]) // the groups of the node
  })
})

describe('main.ts', () => {
  const run = compiled('playground')

  test('prints one line with its URL, and SIGTERM ends it with open sockets, code 0', async () => {
    const example = runExample('playground', { PORT: '0' })
    const line = await example.line(/http/)
    const url = /http:\/\/localhost:(\d+)\//.exec(line)
    const socket = new WebSocket(`ws://127.0.0.1:${url?.[1]}/ws/hello`)
    await once(socket, 'open')
    example.kill('SIGTERM')
    const [code] = await once(socket, 'close')
    const end = await example.ended
    expect(code).toBe(1012)
    expect(end).toMatchObject({ code: 0, stdout: line, stderr: '' })
  }, 30_000)

  test('a second signal while it ends changes nothing', async () => {
    const example = run({ PORT: '0' })
    await example.line(/http/)
    example.kill('SIGINT')
    example.kill('SIGTERM')
    expect(await example.ended).toMatchObject({ code: 0, stderr: '' })
  }, 30_000)

  test('a taken port gives one clear line and code 1', async () => {
    const other: Server = createServer().listen(0)
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stdout, stderr } = await run({ PORT: String(port) }).ended
    other.close()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^gensock playground: port ${port} is taken; .*\\n$`))
  }, 30_000)

  test.each(['http', '-1', '65536', '80.5'])(
    'PORT=%s gives one clear line and code 1',
    async (given) => {
      const { code, stderr } = await run({ PORT: given }).ended
      expect(code).toBe(1)
      expect(stderr).toBe(`gensock playground: PORT must be a whole number from 0 to 65535, got "${given}"\n`)
    },
    30_000,
  )
})
