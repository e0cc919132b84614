// Requests that ask for no upgrade, at routes whose handler answers them: on a port of our own and beside what a server does otherwise.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { attach, listen, type Listener, type ListenerOptions, type PlainAnswer, route, type RouteOptions } from 'gensock/socket'
import { echo, handshake, rawWorld } from './raw.js'

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
