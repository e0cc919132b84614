// Bullet over a WebSocket, in virtual time: one process is request and connection.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, nocatch, self, send, sendAfter } from 'gensock'
import { bullet, type BulletHandler } from 'gensock/bullet'
import type { SocketHandler } from 'gensock/socket'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { recorded } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

async function open(handler: SocketHandler<any, any>, options?: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}

describe('a socket', () => {
  test('runs every callback in its one process, with the state of the one before', async () => {
    const { handler, calls, pids } = recorded()
    const socket = await open(handler)
    socket.send('a')
    node.send(socket.pid, 'tick')
    await node.settle()
    socket.close(1000)
    await node.settle()
    expect(calls).toEqual([
      ['init', true],
      ['stream', 'a', 0],
      ['info', 'tick', 1],
      ['terminate', 2],
    ])
    expect(socket.sent).toEqual([
      ['text', 'a'],
      ['text', 'tick'],
    ])
    expect(pids.every((pid) => pid === socket.pid)).toBe(true)
    expect([socket.closed, socket.exit]).toEqual([['close', 1000], 'normal'])
  })

  test('gets transport, request and options as in Cowboy', async () => {
    const seen: unknown[] = []
    const handler: BulletHandler<null, any, { channel: string }> = {
      init(transport, req, opts, active) {
        seen.push(transport, req.binding('id'), req.header('X-One'), opts, active)
        return ['ok', req.setRespHeader('X-Two', '2'), null]
      },
      stream: (_data, req, state) => ['ok', req, state],
      info: (_info, req, state) => ['ok', req, state],
      terminate: () => 'ok',
    }
    const options: FakeTransportOptions = { params: { id: '7' }, request: { headers: { 'x-one': '1' }, secure: true } }
    const socket = await open(bullet(handler, { channel: 'news' }), options)
    expect(seen).toEqual(['ssl', '7', '1', { channel: 'news' }, true])
    expect(socket.handshake).toEqual(['accept', { headers: { 'X-Two': '2' } }])
  })

  test('ignores binary frames and pings, which still get their pongs', async () => {
    const { handler, calls } = recorded()
    const socket = await open(handler)
    socket.send(new Uint8Array([1, 2]))
    socket.send(['ping', 'p'])
    await node.settle()
    expect(calls).toEqual([['init', true]])
    expect(socket.sent).toEqual([['pong', Buffer.from('p')]])
  })

  test('that is gone ends with terminate, once', async () => {
    const { handler, calls } = recorded()
    const socket = await open(handler)
    socket.cut()
    await node.settle()
    expect(calls).toEqual([
      ['init', true],
      ['terminate', 0],
    ])
  })

  test('callbacks may be async; after an await the last parameter is the process', async () => {
    const { handler, calls } = recorded({
      async init(_transport, req, _opts, _active, me) {
        await Promise.resolve()
        me.sendAfter(100, 'later')
        return ['ok', req, 5]
      },
      async stream(data, req, state) {
        await Promise.resolve()
        return ['reply', data.toUpperCase(), req, state]
      },
      terminate: async () => undefined,
    })
    const socket = await open(handler)
    socket.send('a')
    await node.advance(100)
    expect(socket.sent).toEqual([
      ['text', 'A'],
      ['text', 'later'],
    ])
    socket.close()
    await node.settle()
    expect(calls.at(-1)).toEqual(['terminate', 6])
  })
})

describe('the end by the handler', () => {
  test.each<[string, (socket: FakeTransport) => void]>([
    ['stream', (socket) => socket.send('bye')],
    ['info', (socket) => node.send(socket.pid, 'bye')],
  ])('shutdown of %s closes with 1000, and terminate hears the state of it', async (_callback, act) => {
    const { handler, calls } = recorded()
    const socket = await open(handler)
    act(socket)
    await node.settle()
    expect([socket.closed, socket.exit, calls.at(-1)]).toEqual([['close', 1000], 'normal', ['terminate', 1]])
  })

  test('shutdown of init refuses with 400, or with the reply of the request, without terminate', async () => {
    for (const [own, wanted] of [
      [false, ['reject', 400, { headers: {} }]],
      [true, ['reject', 403, { headers: { 'X-Why': 'no' }, body: 'members only' }]],
    ] as const) {
      const { handler, calls } = recorded({
        init: (_transport, req) => ['shutdown', own ? req.setRespHeader('X-Why', 'no').reply(403, 'members only') : req, 0],
      })
      const socket = await open(handler)
      expect([socket.handshake, calls]).toEqual([wanted, [['init', true]]])
    }
  })

  test('nothing for 60 s, or for the time of opts.timeout, closes with 1000; messages do not count', async () => {
    for (const [opts, timeoutMs] of [
      [undefined, 60_000],
      [{ timeout: 500 }, 500],
      [{ timeout: 0 }, 1],
    ] as const) {
      const { handler, calls } = recorded({}, opts)
      const socket = await open(handler)
      node.sendAfter(timeoutMs - 1, socket.pid, 'x')
      await node.advance(timeoutMs - 1)
      expect(socket.closed).toBeUndefined()
      await node.advance(1)
      expect([socket.closed, socket.sent, calls.at(-1)]).toEqual([['close', 1000], [['text', 'x']], ['terminate', 1]])
    }
  })

  test("with the timeout 'infinity' it lives on, and is never pinged", async () => {
    const socket = await open(recorded({}, { timeout: 'infinity' }).handler)
    await node.advance(1_000_000)
    expect([socket.closed, socket.sent]).toEqual([undefined, []])
    socket.cut()
  })
})

describe('a crash', () => {
  const boom = (): never => {
    throw new Error('on purpose')
  }
  test('in init is a 500 without terminate', async () => {
    node.expectCrash(/on purpose/)
    const { handler, calls } = recorded({ init: boom })
    const socket = await open(handler)
    expect([socket.handshake, calls]).toEqual([['reject', 500, {}], [['init', true]]])
  })

  test.each<[string, Partial<BulletHandler<number>>, (socket: FakeTransport) => void]>([
    ['stream', { stream: boom }, (socket) => socket.send('a')],
    ['info', { info: boom }, (socket) => node.send(socket.pid, 'a')],
    ['stream, later', { stream: () => Promise.reject(new Error('on purpose')) }, (socket) => socket.send('a')],
    ['stream, by a value', { stream: () => nocatch('on purpose') }, (socket) => socket.send('a')],
  ])('in %s closes with 1011; terminate hears the state before', async (_where, script, act) => {
    node.expectCrash(/on purpose/)
    const { handler, calls } = recorded(script)
    const socket = await open(handler)
    act(socket)
    await node.settle()
    expect([socket.closed, calls.at(-1)]).toEqual([
      ['close', 1011],
      ['terminate', 0],
    ])
  })

  test.each(['normal', 'shutdown', 'boom'])('exit(%j) is one for the peer, and nobody else', async (reason) => {
    const { handler, calls } = recorded({ stream: () => exit(reason) })
    const socket = await open(handler)
    socket.send('a')
    await node.settle()
    expect([socket.closed, socket.exit, calls.at(-1)]).toEqual([['close', 1011], reason, ['terminate', 0]])
  })

  test('begins the handler anew with onCrash, from what init had answered', async () => {
    node.expectCrash(/on purpose/)
    const { handler, calls } = recorded({
      stream: (data, req, state) => (data === 'x' ? boom() : ['reply', `${state}`, req, state + 1]),
    })
    const socket = await open(handler, { onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
    for (const data of ['a', 'b', 'x', 'c']) socket.send(data)
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', '0'],
      ['text', '1'],
      ['text', '0'],
    ])
    expect([socket.closed, calls.filter(([callback]) => callback === 'terminate')]).toEqual([undefined, [['terminate', 2]]])
    socket.cut()
  })
})

test('what the handler sends to itself and sets a timer for comes to info', async () => {
  const { handler } = recorded({
    init(_transport, req) {
      send(self(), 'now')
      sendAfter(1000, self(), 'later')
      return ['ok', req, 0]
    },
  })
  const socket = await open(handler)
  await node.advance(1000)
  expect(socket.sent).toEqual([
    ['text', 'now'],
    ['text', 'later'],
  ])
  socket.cut()
})

describe('a handler', () => {
  const whole = { init: () => undefined, stream: () => undefined, info: () => undefined, terminate: () => undefined }
  test('that misses a callback is refused, and the callback named', () => {
    for (const callback of Object.keys(whole)) {
      expect(() => bullet({ ...whole, [callback]: undefined } as never)).toThrow(`bullet: handler.${callback} must be a function`)
    }
    for (const none of [undefined, null, 'handler']) {
      expect(() => bullet(none as never)).toThrow('bullet: handler must be an object with init, stream, info, terminate')
    }
  })
  test.each<[unknown]>([[-1], [0.5], ['60000'], [null], [2 ** 31]])('with the timeout %j is refused', (timeout) => {
    expect(() => bullet(whole as never, { timeout })).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining('opts.timeout') }),
    )
  })
  test('has the options that it likes besides', () => {
    for (const opts of [undefined, null, 5, 'news', [['timeout', 5]], { channel: 'news' }]) {
      expect(bullet(whole as never, opts).defaults).toEqual({ idleTimeoutMs: 60_000, pingIntervalMs: 0 })
    }
    expect(bullet(whole as never, { timeout: 5, channel: 'news' }).defaults?.idleTimeoutMs).toBe(5)
  })
  test('may be an object with methods that use this', async () => {
    class Counting {
      readonly first = 7
      init(_transport: unknown, req: any): any {
        return ['ok', req, this.first]
      }
      stream(_data: string, req: any, state: number): any {
        return ['reply', `${state} ${this.first}`, req, state]
      }
      info(_info: unknown, req: any, state: number): any {
        return ['ok', req, state]
      }
      terminate(): void {
        expect(this.first).toBe(7)
      }
    }
    const socket = await open(bullet(new Counting()))
    socket.send('a')
    await node.settle()
    expect(socket.sent).toEqual([['text', '7 7']])
    socket.cut()
  })
})
