// Requests that ask for no upgrade, at routes whose handler answers them: on a port of our own and beside what a server does otherwise.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import {
  attach,
  listen,
  type Listener,
  type ListenerOptions,
  type PlainAnswer,
  route,
  type RouteOptions,
  type SocketHandler,
} from 'gensock/socket'
import { fakeTransport, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { HEARTBEAT } from '../../src/wire/carrier.js'
import { echo, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const PAGE: PlainAnswer = [
  'answer',
  200,
  { headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: '<p>a socket lives here' },
]
type Plain = NonNullable<typeof echo.plain>

async function server(answering = true): Promise<[Server, string]> {
  const made = createServer()
  if (answering) made.on('request', (_request, response) => response.end('of the server'))
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  world.later(() => new Promise((resolve) => (made.close(resolve), made.closeAllConnections())))
  return [made, `http://127.0.0.1:${(made.address() as AddressInfo).port}`]
}
function attached(to: Server, plain: Plain, options: RouteOptions = {}, more: ListenerOptions = {}): Listener {
  const listener = attach(to, [route('/ws/:id', { ...echo, plain }, options)], { node: world.node(), ...more })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  return listener
}
async function listening(plain: Plain, options: RouteOptions = {}): Promise<[Listener, string]> {
  const routes = [route('/ws/:id', { ...echo, plain }, options), route('/bare', echo)]
  const listener = await listen({ port: 0, host: '127.0.0.1', routes, node: world.node() })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  return [listener, `http://127.0.0.1:${listener.port}`]
}

describe('plain', () => {
  test('answers what is asked without an upgrade, with the variables of the path', async () => {
    const [, url] = await listening((request, params) => ['answer', 200, { body: `${request.method} ${JSON.stringify(params)}` }])
    const answer = await fetch(`${url}/ws/7?x=1`)
    expect([answer.status, await answer.text()]).toEqual([200, 'GET {"id":"7"}'])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  test('may take its time', async () => {
    const [, url] = await listening(async () => {
      await new Promise(setImmediate)
      return PAGE
    })
    const answer = await fetch(`${url}/ws/7`)
    expect([await answer.text(), answer.headers.get('content-type')]).toEqual([
      '<p>a socket lives here',
      'text/html; charset=utf-8',
    ])
  })

  test('a HEAD has the answer’s headers and no content', async () => {
    const [, url] = await listening(() => PAGE)
    const answer = await fetch(`${url}/ws/7`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '22', ''])
  })

  test('headers in a list are a line each', async () => {
    const [, url] = await listening(() => ['answer', 204, { headers: { 'Set-Cookie': ['a=1', 'b=2'] } }])
    expect((await fetch(`${url}/ws/7`)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  test('where it answers nothing, an upgrade is required', async () => {
    const [listener, url] = await listening(() => undefined)
    const answer = await fetch(`${url}/ws/7`)
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(listener.counters().refused).toEqual({ upgrade: 1 })
  })

  test.each<[string, Plain]>([
    [
      'throws',
      () => {
        throw new Error('on purpose')
      },
    ], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('on purpose'))],
    ['answers a status that is none', () => ['answer', 99]],
    ['answers a header that would break the answer', () => ['answer', 200, { headers: { 'X-A': 'a\r\nX-B: b' } }]],
    ['answers anything else', () => 'hello' as never],
  ])('one that %s is a 500, and the next request is answered', async (_what, plain) => {
    let isFirst = true
    const [listener, url] = await listening((request, params) => {
      if (!isFirst) return PAGE
      isFirst = false
      return plain(request, params)
    })
    expect((await fetch(`${url}/ws/7`)).status).toBe(500)
    expect(listener.counters().refused).toEqual({ crashed: 1 })
    expect((await fetch(`${url}/ws/7`)).status).toBe(200)
  })

  test('other routes and paths are refused as before', async () => {
    const [, url] = await listening(() => PAGE)
    expect([(await fetch(`${url}/bare`)).status, (await fetch(`${url}/none`)).status]).toEqual([426, 404])
  })

  // RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host
  // header field and to any request message that contains more than one Host header field line"
  test('a request with two hosts gets a 400', async () => {
    const [listener] = await listening(() => PAGE)
    const answer = await world.ask(listener.port, 'GET /ws/7 HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n')
    expect(answer.status).toBe(400)
  })
})

describe('beside what a server does otherwise', () => {
  test('the server’s own listener does not see what is ours, whenever it came', async () => {
    const [made, url] = await server()
    attached(made, () => PAGE)
    const seen: (string | undefined)[] = []
    made.on('request', (request) => seen.push(request.url))
    expect(await (await fetch(`${url}/ws/7`)).text()).toBe('<p>a socket lives here')
    expect(await (await fetch(`${url}/other`)).text()).toBe('of the server')
    expect(seen).toEqual(['/other'])
  })

  test('what neither plain nor fallback wants is left to the server', async () => {
    const [made, url] = await server()
    const listener = attach(made, [route('/ws', echo), route('/fallback', echo, { fallback: true })], { node: world.node() })
    world.later(() => listener.drain({ deadlineMs: 100 }))
    expect(await (await fetch(`${url}/ws`)).text()).toBe('of the server')
    expect(await (await fetch(`${url}/fallback`)).text()).toBe('of the server')
    expect((await fetch(`${url}/fallback?gensock=poll&id=none`)).status).toBe(410)
  })

  test('after the drain everything is the server’s again', async () => {
    const [made, url] = await server()
    const listener = attached(made, () => PAGE)
    await listener.drain({ deadlineMs: 0 })
    expect(await (await fetch(`${url}/ws/7`)).text()).toBe('of the server')
    expect(Object.hasOwn(made, 'emit')).toBe(false)
  })

  test('two listeners on one server each answer theirs, and end in any order', async () => {
    const [made, url] = await server()
    const first = attached(made, () => ['answer', 200, { body: 'first' }])
    const second = attach(made, [route('/second', { ...echo, plain: () => ['answer', 200, { body: 'second' }] })], {
      node: world.node(),
    })
    const bodies = async (): Promise<string[]> =>
      Promise.all(['/ws/1', '/second', '/'].map(async (path) => (await fetch(url + path)).text()))
    expect(await bodies()).toEqual(['first', 'second', 'of the server'])
    await first.drain({ deadlineMs: 0 })
    expect(await bodies()).toEqual(['of the server', 'second', 'of the server'])
    await second.drain({ deadlineMs: 0 })
    expect(await bodies()).toEqual(Array(3).fill('of the server'))
  })

  test('without a listener of its own the server answers what is ours', async () => {
    const [made, url] = await server(false)
    attached(made, () => PAGE)
    expect((await fetch(`${url}/ws/7`)).status).toBe(200)
  })
})

describe('pages of other origins', () => {
  test('one that may connect may read the answer, with its cookies', async () => {
    const [, url] = await listening(() => PAGE, { origins: ['https://app.example'] })
    const { headers } = await fetch(`${url}/ws/7`, { headers: { Origin: 'https://app.example' } })
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('vary')).toBe('Origin')
  })

  test('any other gets the answer, which its browser keeps from it', async () => {
    const [, url] = await listening(() => PAGE)
    const { status, headers } = await fetch(`${url}/ws/7`, { headers: { Origin: 'https://evil.example' } })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, null])
  })

  test('but a connection is refused to it', async () => {
    const [listener, url] = await listening(() => ['carry', 'post'])
    const answer = await fetch(`${url}/ws/7`, { method: 'POST', body: 'x', headers: { Origin: 'https://evil.example' } })
    expect([answer.status, listener.counters().refused]).toEqual([403, { origin: 1 }])
  })
})

test('headers of an accepted upgrade may have several lines', async () => {
  const routes = [route('/ws', { ...echo, upgrade: () => ['accept', null, { headers: { 'Set-Cookie': ['a=1', 'b=2'] } }] })]
  const listener = await listen({ port: 0, host: '127.0.0.1', routes, node: world.node() })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  const { headers } = await world.ask(listener.port, handshake())
  expect(headers['set-cookie']).toBe('a=1, b=2')
})

test('cookies of authorize and of the handler add up, other headers do not', async () => {
  const upgrade: NonNullable<typeof echo.upgrade> = () => ['accept', null, { headers: { 'set-cookie': 'b=2', 'X-A': 'handler' } }]
  const authorize = () => ['accept', null, { headers: { 'Set-Cookie': ['a=1'], 'X-A': 'authorize' } }] as const
  const listener = await listen({
    port: 0,
    host: '127.0.0.1',
    routes: [route('/ws', { ...echo, upgrade }, { authorize })],
    node: world.node(),
  })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  const { headers } = await world.ask(listener.port, handshake())
  expect([headers['set-cookie'], headers['x-a']]).toEqual(['a=1, b=2', 'handler'])
})

describe('what the review found', () => {
  // RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host
  // header field"
  test('a request of HTTP/1.1 without a host gets a 400, one of HTTP/1.0 an answer', async () => {
    const [listener] = await listening(() => PAGE)
    const ask = (line: string) => world.ask(listener.port, `${line}\r\nConnection: close\r\n\r\n`)
    expect([(await ask('GET /ws/7 HTTP/1.1')).status, (await ask('GET /ws/7 HTTP/1.0')).status]).toEqual([400, 200])
  })

  // RFC 9110 section 7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option"
  test('a 426 after plain says upgrade in Connection, and is not cached', async () => {
    const [listener] = await listening(() => undefined)
    const { status, headers } = await world.ask(listener.port, 'GET /ws/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect([status, headers['upgrade'], headers['cache-control']]).toEqual([426, 'websocket', 'no-store'])
    expect(headers['connection']).toMatch(/upgrade/i)
  })

  test('a header that Node would refuse to write is refused before', async () => {
    const [, url] = await listening(() => ['answer', 200, { headers: { Trailer: 'x' } }])
    expect((await fetch(`${url}/ws/7`)).status).toBe(500)
  })

  test('headers for other origins are once in the answer, the handler’s own first', async () => {
    const own = { 'Access-Control-Allow-Origin': '*', Vary: 'Accept' }
    const [, url] = await listening(() => ['answer', 200, { headers: own }], { origins: 'any' })
    const { headers } = await fetch(`${url}/ws/7`, { headers: { Origin: 'https://app.example' } })
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual(['*', 'Accept, Origin'])
    expect(headers.get('access-control-expose-headers')).toBe('Retry-After')
  })

  // Fetch Metadata Request Headers: "Sec-Fetch-Site [...] exposes the relationship between a request initiator's origin and the origin of the
  // resource being requested"
  test('an image of another site opens no connection', async () => {
    const [listener, url] = await listening(() => ['carry', 'poll'])
    const answer = await fetch(`${url}/ws/7`, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect([answer.status, listener.counters().refused]).toEqual([403, { origin: 1 }])
  })

  test('a POST without an origin is refused where one is required', async () => {
    const [, url] = await listening(() => ['carry', 'post'], { requireOrigin: true })
    expect((await fetch(`${url}/ws/7`, { method: 'POST', body: 'x' })).status).toBe(403)
  })

  test('what is being answered when the listener drains is answered', async () => {
    const asked = deferred<void>()
    const page = deferred<PlainAnswer>()
    const [listener, url] = await listening(() => (asked.resolve(), page.promise))
    const answer = fetch(`${url}/ws/7`)
    await asked.promise
    await listener.drain({ deadlineMs: 1000 })
    page.resolve(PAGE)
    expect((await answer).status).toBe(200)
  })

  test('a peer that leaves while plain thinks holds nothing up', async () => {
    const [made, url] = await server()
    const asked = deferred<void>()
    const page = deferred<PlainAnswer>()
    const listener = attached(made, () => (asked.resolve(), page.promise))
    const connection = once(made, 'connection')
    const peer = world.dial((made.address() as AddressInfo).port, 'GET /ws/7 HTTP/1.1\r\nHost: a\r\n\r\n')
    await asked.promise
    const left = once((await connection)[0], 'close')
    peer.destroy()
    await left
    page.resolve(['carry', 'poll'])
    await listener.drain({ deadlineMs: 0 })
    expect(Object.hasOwn(made, 'emit')).toBe(false)
    expect(await (await fetch(`${url}/ws/7`)).text()).toBe('of the server')
    expect(listener.counters()).toMatchObject({ opened: 0 })
  })

  test('a kill gives the place of a fallback connection back once', async () => {
    const routes = [route('/ws', echo, { fallback: true })]
    const listener = await world.serve(routes, { maxConnections: 1 })
    const open = async (): Promise<number> =>
      (await fetch(`http://127.0.0.1:${listener.port}/ws?gensock=open&via=sse`, { method: 'POST' })).status
    expect(await open()).toBe(200)
    exit(listener.sockets()[0] as never, 'kill')
    await world.until(() => listener.sockets().length === 0)
    expect([await open(), await open(), await open()]).toEqual([200, 503, 503])
  })

  test('heartbeats count for the rate', async () => {
    const rate = { messages: { perSecond: 5, burst: 10 } }
    const listener = await world.serve([route('/ws', echo, { rate })])
    const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws?gensock=ws`)
    world.later(() => ws.terminate())
    await once(ws, 'open')
    for (let beats = 0; beats < 11; beats++) ws.send(HEARTBEAT)
    expect((await once(ws, 'close'))[0]).toBe(1008)
  })

  test.each([
    [1000, undefined],
    [1001, 'killed'],
  ])('of %i requests that come and go while a callback takes its time, the end is %s', async (count, exit) => {
    const node = testNode()
    const busy: SocketHandler<null> = {
      init: () => ['ok', null],
      handle: () => new Promise(() => undefined),
      event: () => ['ok', null],
    }
    const socket = fakeTransport(node, busy, { transport: 'longPoll', idleTimeoutMs: 0, pingIntervalMs: 0 })
    await node.settle()
    socket.send('x')
    for (let events = 0; events < count; events++) socket[events % 2 === 0 ? 'attach' : 'detach']('longPoll')
    await node.advance(6000)
    expect(socket.exit).toBe(exit)
    await node.stop()
  })
})

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}
