// Bullet without a WebSocket, in virtual time: a request that is a connection by itself, as Bullet's own clients make them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, self, send } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'
import type { SocketHandler, SocketRequest } from 'gensock/socket'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { recorded } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

async function open(handler: SocketHandler<any, any>, options: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}
const SSE: FakeTransportOptions = { transport: 'sse', request: { method: 'GET' } }
const POLL: FakeTransportOptions = { transport: 'longPoll', request: { method: 'GET' } }
const POST: FakeTransportOptions = { transport: 'post', request: { method: 'POST' } }
const boom = (): never => {
  throw new Error('on purpose')
}

describe('what a request without an upgrade is', () => {
  const { handler } = recorded()
  const asked = (method: string, headers: SocketRequest['headers'] = {}): unknown =>
    handler.plain?.({ method, headers } as SocketRequest, {})

  test.each<[string, string]>([
    ['text/event-stream', 'sse'],
    ['text/html, Text/Event-Stream; charset=utf-8', 'sse'],
    ['text/event-stream;q=0.1', 'sse'],
    ['*/*', 'poll'],
    ['text/*', 'poll'],
    ['text/event-streams', 'poll'],
    ['', 'poll'],
    [';;,,/', 'poll'],
  ])('a GET that accepts "%s": %s', (accept, how) => {
    expect(asked('GET', { accept })).toEqual(['carry', how])
  })
  test('a GET that does not say what it accepts: poll', () => {
    expect(asked('GET')).toEqual(['carry', 'poll'])
  })
  test('a POST, whatever it accepts: post', () => {
    expect(asked('POST', { accept: 'text/event-stream' })).toEqual(['carry', 'post'])
  })
  test.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s: 405 with the methods that there are', (method) => {
    expect(asked(method)).toEqual(['answer', 405, { headers: { Allow: 'GET, POST' }, body: 'GET or POST\n' }])
  })
  test.each(['h2c', 'TLS/1.0', 'h2c, foo', ''])('the upgrade to "%s": 501', (upgrade) => {
    expect(asked('GET', { upgrade })).toEqual(['answer', 501, expect.anything()])
  })
  test.each(['websocket', 'WebSocket', 'h2c, websocket'])('an upgrade to "%s" that is none: as everywhere', (upgrade) => {
    expect(asked('GET', { upgrade })).toBeUndefined()
  })
})

describe.each([
  ['a stream of events', SSE, true],
  ['a poll', POLL, 'once'],
] as const)('%s', (_name, how, active) => {
  test('is request and connection in one process', async () => {
    const { handler, calls, pids } = recorded()
    const socket = await open(handler, how)
    expect([socket.handshake, socket.closed]).toEqual([['accept', { headers: {} }], undefined])
    socket.cut()
    await node.settle()
    expect(calls).toEqual([
      ['init', active],
      ['terminate', 0],
    ])
    expect(pids).toEqual([socket.pid, socket.pid])
  })

  test('names the transport as Cowboy does over HTTP', async () => {
    const seen: unknown[] = []
    const { handler } = recorded({
      init(transport, req) {
        seen.push(transport)
        return ['ok', req, 0]
      },
    })
    await open(handler, how)
    await open(handler, { ...how, request: { ...how.request, secure: true } })
    expect(seen).toEqual([
      ['tcp', 'http'],
      ['ssl', 'http'],
    ])
  })

  test('ends with shutdown of info, without a reply', async () => {
    const { handler, calls } = recorded()
    const socket = await open(handler, how)
    node.send(socket.pid, 'bye')
    await node.settle()
    expect([socket.closed, socket.sent, calls.at(-1)]).toEqual([['close', 1000], [], ['terminate', 1]])
  })

  test('is over after the timeout, when no message has been an answer', async () => {
    const { handler, calls } = recorded({ info: (_info, req, state) => ['ok', req, state + 1] }, { timeout: 300 })
    const socket = await open(handler, how)
    for (const ms of [100, 200, 299]) node.sendAfter(ms, socket.pid, 'tick')
    await node.advance(299)
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect([socket.closed, socket.sent, calls.at(-1)]).toEqual([['close', 1000], [], ['terminate', 3]])
  })

  test('a crash of info closes with 1011, and terminate hears the state before', async () => {
    node.expectCrash(/on purpose/)
    const { handler, calls } = recorded({ info: boom })
    const socket = await open(handler, how)
    node.send(socket.pid, 'x')
    await node.settle()
    expect([socket.closed, calls.at(-1)]).toEqual([
      ['close', 1011],
      ['terminate', 0],
    ])
  })
})

describe('a stream of events', () => {
  test('takes any number of replies, and is cut all the same when nothing comes in', async () => {
    const { handler } = recorded()
    const socket = await open(handler, SSE)
    for (let s = 0; s < 60; s++) node.sendAfter(s * 1000, socket.pid, s)
    await node.advance(60_000)
    expect([socket.closed, socket.sent.length, socket.sent.at(-1)]).toEqual([['close', 1000], 60, ['text', '59']])
  })
})

describe('a poll', () => {
  test('takes one reply, and messages behind it are lost', async () => {
    const { handler, calls } = recorded()
    const socket = await open(handler, POLL)
    node.send(socket.pid, 'first')
    node.send(socket.pid, 'second')
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[['text', 'first']], ['close', 1000]])
    expect(calls.slice(1)).toEqual([
      ['info', 'first', 0],
      ['terminate', 1],
    ])
  })
})

describe('a POST', () => {
  const post = async (script?: Partial<BulletHandler<number>>, data = 'hello'): Promise<[FakeTransport, readonly unknown[]]> => {
    const { handler, calls } = recorded(script)
    const socket = await open(handler, POST)
    socket.send(data)
    await node.settle()
    return [socket, calls]
  }
  test('is init, stream, terminate; the reply is all that there is', async () => {
    const [socket, calls] = await post()
    expect([socket.sent, socket.closed]).toEqual([[['text', 'hello']], ['close', 1000]])
    expect(calls).toEqual([
      ['init', false],
      ['stream', 'hello', 0],
      ['terminate', 1],
    ])
  })
  test('ok ends it without a reply', async () => {
    const [socket, calls] = await post({ stream: (_data, req, state) => ['ok', req, state + 1] })
    expect([socket.sent, socket.closed, calls.at(-1)]).toEqual([[], ['close', 1000], ['terminate', 1]])
  })
  test('an empty reply is one', async () => {
    const [socket] = await post(undefined, '')
    expect([socket.sent, socket.closed]).toEqual([[['text', '']], ['close', 1000]])
  })
  test('shutdown is a crash', async () => {
    node.expectCrash(/stream must return \['ok', req, state\] or \['reply', text, req, state\], over a POST,/)
    const [socket, calls] = await post(undefined, 'bye')
    expect([socket.closed, calls.at(-1)]).toEqual([
      ['close', 1011],
      ['terminate', 0],
    ])
  })
  test('exit is a crash for the peer, even with the reason normal', async () => {
    const [socket, calls] = await post({ stream: () => exit('normal') })
    expect([socket.sent, socket.closed, calls.at(-1)]).toEqual([[], ['close', 1011], ['terminate', 0]])
  })
  test('gets no messages, not even those that it has sent to itself', async () => {
    const [socket, calls] = await post({
      init(_transport, req) {
        send(self(), 'x')
        return ['ok', req, 0]
      },
    })
    expect(calls).toEqual([
      ['init', false],
      ['stream', 'hello', 0],
      ['terminate', 1],
    ])
    expect(socket.sent).toEqual([['text', 'hello']])
  })
  test('takes as long as the handler does', async () => {
    const { handler } = recorded({
      async stream(data, req, state, me) {
        await me.sleep(300_000)
        return ['reply', data, req, state]
      },
    })
    const socket = await open(handler, POST)
    socket.send('slow')
    await node.advance(300_000)
    expect([socket.sent, socket.closed]).toEqual([[['text', 'slow']], ['close', 1000]])
  })
})

describe.each([
  ['a stream of events', SSE],
  ['a poll', POLL],
  ['a POST', POST],
])('%s that init shuts down', (_name, how) => {
  test('is answered 204 after terminate', async () => {
    const { handler, calls } = recorded({ init: (_transport, req) => ['shutdown', req.setRespHeader('X-A', '1'), 7] })
    const socket = await open(handler, how)
    expect(socket.handshake).toEqual(['reject', 204, { headers: { 'X-A': '1' } }])
    expect(calls.at(-1)).toEqual(['terminate', 7])
  })
  test('or as the request says, also when all of it takes its time', async () => {
    const pids: unknown[] = []
    const { handler } = recorded({
      async init(_transport, req) {
        await Promise.resolve()
        return ['shutdown', req.reply(403, 'members only'), 7]
      },
      async terminate() {
        pids.push(self())
        await Promise.resolve()
      },
    })
    const socket = await open(handler, how)
    expect(socket.handshake).toEqual(['reject', 403, { headers: {}, body: 'members only' }])
    expect(pids).toEqual([socket.pid])
  })
  test('and whose terminate crashes is a 500', async () => {
    node.expectCrash(/on purpose/)
    const { handler } = recorded({ init: (_transport, req) => ['shutdown', req, 7], terminate: boom })
    expect((await open(handler, how)).handshake).toEqual(['reject', 500, {}])
  })
})
