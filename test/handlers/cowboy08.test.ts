// Cowboy 0.8's handler: the guide's, in virtual time; callbacks, results and reasons; and once over a real socket.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, self, silentLogger, startTimer, type Timeout } from 'gensock'
import { type Cowboy08, cowboy08, type Req } from 'gensock/cowboy'
import { listen, route } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { type FakeOptions, type FakeSocket, fakeSocket } from '../../src/testing/fake-transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const guide: Cowboy08<undefined, Timeout<string>> = {
  init: (_transport, _req, _opts) => ['upgrade', 'protocol', 'cowboy_websocket'],
  websocketInit(_transportName, req, _opts) {
    startTimer(1000, self(), 'Hello!')
    return ['ok', req, undefined]
  },
  websocketHandle([kind, msg], req, state) {
    if (kind === 'text') return ['reply', ['text', `That's what she said! ${msg}`], req, state]
    return ['ok', req, state]
  },
  websocketInfo(info, req, state) {
    if (info.type !== 'timeout') return ['ok', req, state]
    startTimer(1000, self(), "How' you doin'?")
    return ['reply', ['text', info.message], req, state]
  },
  websocketTerminate: (_reason, _req, _state) => 'ok',
}

async function open(given: Cowboy08<any>, options?: FakeOptions, opts?: unknown): Promise<FakeSocket & { reasons: unknown[] }> {
  const reasons: unknown[] = []
  const recording: Cowboy08<any> = {
    ...given,
    websocketTerminate(reason, req, state) {
      reasons.push([reason, state])
      return given.websocketTerminate(reason, req, state)
    },
  }
  const socket = fakeSocket(node, cowboy08(recording, opts), options)
  await node.settle()
  return Object.assign(socket, { reasons })
}

describe("the guide's handler", () => {
  test('says hello after a second, then something once a second, and echoes', async () => {
    const socket = await open(guide)
    await node.advance(999)
    expect(socket.sent).toEqual([])
    await node.advance(1)
    expect(socket.sent).toEqual([['text', 'Hello!']])
    socket.send('sure')
    socket.send(new Uint8Array([1]))
    await node.advance(2000)
    expect(socket.sent.map((frame) => frame[1])).toEqual([
      'Hello!',
      "That's what she said! sure",
      "How' you doin'?",
      "How' you doin'?",
    ])
  })

  test('0.8 knows no idle timeout and sends no pings', async () => {
    const socket = await open({ ...guide, websocketInfo: (_info, req, state) => ['ok', req, state] })
    await node.advance(10_000_000)
    expect([socket.sent, socket.closed]).toEqual([[], undefined])
  })

  test('works over a real socket', async () => {
    const real = createNode({ logger: silentLogger })
    const listener = await listen({ port: 0, host: '127.0.0.1', node: real, routes: [route('/websocket', cowboy08(guide))] })
    const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/websocket`)
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      ws.on('open', () => ws.send('hi'))
      ws.on('message', (data) => {
        if (seen.push((data as Buffer).toString()) === 3) resolve()
      })
    })
    expect(seen).toEqual(["That's what she said! hi", 'Hello!', "How' you doin'?"])
    ws.terminate()
    await listener.drain({ deadlineMs: 100 })
    await real.stop()
  })
})

describe('before the 101', () => {
  test('init gets transport, request and options; a new request and new options go on to websocketInit', async () => {
    const seen: unknown[] = []
    const socket = await open(
      {
        ...guide,
        init(transport, req, opts) {
          seen.push(transport, opts, req.header('X-One'), req.meta('websocketVersion'))
          return ['upgrade', 'protocol', 'cowboy_websocket', req.setRespHeader('X-Two', '2'), 'other']
        },
        websocketInit(name, req, opts) {
          seen.push(name, opts)
          return ['ok', req.setRespHeader('X-Three', '3'), undefined]
        },
      },
      { request: { headers: { 'x-one': '1', 'sec-websocket-version': '8' } } },
      'opts',
    )
    expect(seen).toEqual([['tcp', 'http'], 'opts', '1', 8, 'tcp', 'other'])
    expect(socket.handshake).toEqual(['accept', { headers: { 'X-Two': '2', 'X-Three': '3' } }])
  })

  test('shutdown refuses with 400, or with what req.reply said, and terminate does not run', async () => {
    const plain = await open({ ...guide, websocketInit: (_name, req) => ['shutdown', req] })
    expect(plain.handshake).toEqual(['reject', 400, { headers: {} }])
    const own = await open({
      ...guide,
      websocketInit: (_name, req) => ['shutdown', req.setRespHeader('X', 'y').reply(403, 'no')],
    })
    expect(own.handshake).toEqual(['reject', 403, { headers: { X: 'y' }, body: 'no' }])
    expect([plain.reasons, own.reasons]).toEqual([[], []])
  })

  test.each<[string, Partial<Cowboy08<any>>]>([
    ['a throw in websocketInit', { websocketInit: () => boom() }],
    ['a throw in init', { init: () => boom() }],
    ['another answer of init', { init: () => ['ok'] as never }],
    ['another answer of websocketInit', { websocketInit: (_n, req) => ['ok', req] as never }],
    ['a request of somebody else', { websocketInit: () => ['ok', {} as Req, 1] }],
  ])('%s is a 400 without terminate', async (_name, part) => {
    node.expectCrash()
    const socket = await open({ ...guide, ...part })
    expect(socket.handshake).toEqual(['reject', 400, {}])
    expect(socket.reasons).toEqual([])
  })

  test('a number is the idle timeout', async () => {
    const socket = await open({ ...guide, websocketInit: (_name, req) => ['ok', req, 'state', 300, 'hibernate'] })
    await node.advance(299)
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect(socket.closed).toEqual(['close', 1000])
    expect(socket.reasons).toEqual([[['normal', 'timeout'], 'state']])
  })
})

/** A handler of which only the answer to a frame matters; its first state is 1. */
function handler(result: (req: Req, state: number) => any): Cowboy08<number> {
  return {
    init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
    websocketInit: (_name, req) => ['ok', req, 1, 'hibernate'],
    websocketHandle: (_frame, req, state) => result(req, state),
    websocketInfo: (_info, req, state) => ['ok', req, state],
    websocketTerminate: () => undefined,
  }
}

function boom(): never {
  throw new Error('boom')
}

describe('results and reasons', () => {
  test.each<[string, (req: Req) => any, unknown, unknown, unknown]>([
    ['one frame', (req) => ['reply', ['text', 'a'], req, 2], [['text', 'a']], undefined, undefined],
    [
      'frames',
      (req) => ['reply', [['text', Buffer.from('ä')], 'ping', ['pong', 'x']], req, 2, 'hibernate'],
      [['text', 'ä'], ['ping'], ['pong', 'x']],
      undefined,
      undefined,
    ],
    ['a bare close', (req) => ['reply', 'close', req, 2], [], ['close'], [['normal', 'shutdown'], 2]],
    [
      'a close in a list',
      (req) => ['reply', [['text', 'a'], 'close', ['text', 'b']], req, 2],
      [['text', 'a']],
      ['close'],
      [['normal', 'shutdown'], 2],
    ],
    ['a list of one bare close', (req) => ['reply', ['close'], req, 2], [], ['close'], [['normal', 'shutdown'], 2]],
    [
      'a close with a payload',
      (req) => ['reply', ['close', 'bye'], req, 2],
      [],
      ['close', 1000, 'bye'],
      [['normal', 'shutdown'], 2],
    ],
    [
      'a close with code and payload',
      (req) => ['reply', ['close', 4001, Buffer.from('bye')], req, 2],
      [],
      ['close', 4001, 'bye'],
      [['normal', 'shutdown'], 2],
    ],
    ['shutdown', (req) => ['shutdown', req, 2], [], ['close', 1000], [['normal', 'shutdown'], 2]],
    ['ok', (req) => ['ok', req, 2, 'hibernate'], [], undefined, undefined],
  ])('%s', async (_name, result, sent, closed, reason) => {
    const socket = await open(handler(result))
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual(sent)
    expect(socket.closed).toEqual(closed)
    expect(socket.reasons).toEqual(reason === undefined ? [] : [reason])
  })

  test.each<[string, (req: Req) => any]>([
    ['a throw', () => boom()],
    ["2.x's result", () => ['reply', ['text', 'x'], 1]],
    ["2.x's stop", (req) => ['stop', req, 1]],
    [
      'a frame that cannot be encoded',
      (req) => [
        'reply',
        [
          ['text', 'a'],
          ['text', 1],
        ],
        req,
        2,
      ],
    ],
    ['text that is no UTF-8', (req) => ['reply', ['text', new Uint8Array([255])], req, 2]],
  ])('%s closes 1011; the reason is error, handler, with the state before', async (_name, result) => {
    node.expectCrash()
    const socket = await open(handler(result))
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.reasons).toEqual([[['error', 'handler'], 1]])
  })

  test.each<[string, (socket: FakeSocket) => void, unknown]>([
    ['remote, closed', (socket) => socket.close(), ['remote', 'closed']],
    ['remote with code', (socket) => socket.close(4000, 'why'), ['remote', 4000, 'why']],
    ['error, closed', (socket) => socket.cut(), ['error', 'closed']],
    ['error, badframe', (socket) => socket.fail('badframe'), ['error', 'badframe']],
    ['normal, shutdown', (socket) => node.exit(socket.pid, 'shutdown'), ['normal', 'shutdown']],
  ])('%s', async (_name, act, reason) => {
    const socket = await open(handler((req, state) => ['ok', req, state]))
    act(socket)
    await node.settle()
    expect(socket.reasons).toEqual([[reason, 1]])
  })

  test('pings and pongs reach websocketHandle as frames, after the pong has gone out', async () => {
    const frames: unknown[] = []
    const socket = await open({
      ...handler((req, state) => ['ok', req, state]),
      websocketHandle([kind, data], req, state) {
        frames.push([kind, String(data)])
        return ['reply', ['text', kind], req, state]
      },
    })
    socket.send(['ping', 'p'])
    socket.send(['pong'])
    await node.settle()
    expect(frames).toEqual([
      ['ping', 'p'],
      ['pong', ''],
    ])
    expect(socket.sent.map(([kind, data]) => [kind, String(data)])).toEqual([
      ['pong', 'p'],
      ['text', 'ping'],
      ['text', 'pong'],
    ])
  })

  test('callbacks may be async, and the returned request is the next one', async () => {
    const socket = await open({
      ...handler(() => undefined),
      websocketInit: async (_name, req) => ['ok', req, 0],
      websocketHandle: async (_frame, req, n) => {
        await Promise.resolve()
        return ['reply', ['text', `${n} ${req.path}`], req, n + 1]
      },
    })
    socket.send('a')
    socket.send('b')
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', '0 /'],
      ['text', '1 /'],
    ])
  })

  test('a missing callback is refused at once', () => {
    const { websocketTerminate: _missing, ...rest } = guide
    expect(() => cowboy08(rest as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    expect(() => cowboy08(undefined as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})
