// Before the 101, in virtual time: what init and websocketInit of each generation may answer, and what goes out then.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { nocatch } from 'gensock'
import {
  cowboy08,
  type Cowboy08,
  cowboy10,
  cowboy2,
  type Cowboy2,
  type Cowboy2Options,
  cowboy20pre,
  type Req,
} from 'gensock/cowboy'
import type { SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'

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
const boom = (): never => {
  throw 'boom'
}
/** Handlers of which only the handshake matters; what terminate hears is in `heard`. */
const heard: unknown[] = []
beforeEach(() => void (heard.length = 0))
const record = (reason: unknown, req: any, state: unknown): void => void heard.push([reason, state, req.headers === undefined])
const old = (parts: Partial<Cowboy08<any>>): Cowboy08<any> => ({
  init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
  websocketInit: (_transport, req) => ['ok', req, 'state'],
  websocketHandle: (_frame, req, state) => ['ok', req, state],
  websocketInfo: (_info, req, state) => ['ok', req, state],
  websocketTerminate: record,
  ...parts,
})
const pre = (init: (req: Req, opts: any, self: any) => any, opts?: unknown): SocketHandler<any, any> =>
  cowboy20pre<any, any, any>(
    {
      init,
      websocketHandle: (_frame, req, state) => ['ok', req, state],
      websocketInfo: (_info, req, state) => ['ok', req, state],
      terminate: record,
    },
    opts,
  )
const two = (
  init: (req: Req, opts: any, self: any) => any,
  opts?: unknown,
  more: Partial<Cowboy2<any>> = {},
): SocketHandler<any, any> =>
  cowboy2<any, any, any, any>(
    {
      init,
      websocketHandle: (_frame, state) => [[], state],
      websocketInfo: (_info, state) => [[], state],
      terminate: record,
      ...more,
    },
    opts,
  )

describe('init/3 and websocket_init/3 of 0.8 and 1.0', () => {
  test('init gets transport, request and options; a new request and new options go on to websocketInit', async () => {
    for (const cowboy of [cowboy08, cowboy10]) {
      const seen: unknown[] = []
      const handler = old({
        init(transport, req, opts) {
          seen.push(transport, opts, req.header('X-One'), req.meta('websocketVersion'))
          return ['upgrade', 'protocol', 'cowboy_websocket', req.setRespHeader('X-Two', '2'), 'other']
        },
        async websocketInit(name, req, opts, self) {
          await Promise.resolve()
          seen.push(name, opts, String(self.pid).startsWith('<'))
          return ['ok', req.setRespHeader('X-Three', '3'), undefined]
        },
      })
      const request = { headers: { 'x-one': '1', 'sec-websocket-version': '8' }, secure: true }
      const socket = await open(cowboy<any, any, any>(handler, 'opts'), { request })
      expect(seen).toEqual([['ssl', 'http'], 'opts', '1', 8, 'ssl', 'other', true])
      expect(socket.handshake).toEqual(['accept', { headers: { 'X-Two': '2', 'X-Three': '3' } }])
    }
  })

  test.each<[string, unknown[], object | undefined]>([
    ['nothing', [], undefined],
    ['hibernate', ['hibernate'], undefined],
    ['a timeout', [300], { idleTimeoutMs: 300 }],
    ['a timeout and hibernate', [300, 'hibernate'], { idleTimeoutMs: 300 }],
    ['a timeout that is over at once', [0], { idleTimeoutMs: 1 }],
    ['infinity', ['infinity'], { idleTimeoutMs: 0 }],
    ['infinity and hibernate', ['infinity', 'hibernate'], { idleTimeoutMs: 0 }],
  ])('behind the state may stand %s, in init of pre.1 as well', async (_name, rest, options) => {
    const wanted = ['accept', { headers: {}, ...(options === undefined ? {} : { options }) }]
    const after = old({ websocketInit: (_transport, req) => ['ok', req, 1, ...rest] as never })
    for (const handler of [cowboy08(after), cowboy10(after), pre((req) => ['cowboy_websocket', req, 1, ...rest])]) {
      expect((await open(handler)).handshake).toEqual(wanted)
    }
  })

  test.each<[string, Partial<Cowboy08<any>>]>([
    ['a throw in websocketInit', { websocketInit: boom }],
    ['a rejection', { websocketInit: () => Promise.reject('boom') }],
    ['a throw in init', { init: boom }],
    ['another answer of init', { init: () => ['ok'] as never }],
    ['half of an answer of init', { init: (_t, req) => ['upgrade', 'protocol', 'cowboy_websocket', req] as never }],
    ['another answer of websocketInit', { websocketInit: (_n, req) => ['ok', req] as never }],
    ['an answer of pre.1', { websocketInit: (_n, req) => ['cowboy_websocket', req, 1] as never }],
    ['a timeout that is none', { websocketInit: (_n, req) => ['ok', req, 1, -1] as never }],
    ['hibernate twice', { websocketInit: (_n, req) => ['ok', req, 1, 'hibernate', 'hibernate'] as never }],
    ['too much', { websocketInit: (_n, req) => ['ok', req, 1, 5, 'hibernate', 1] as never }],
    ['a request of somebody else', { websocketInit: () => ['ok', {} as Req, 1] }],
    ['a state with shutdown', { websocketInit: (_n, req) => ['shutdown', req, 1] as never }],
  ])('%s is 400 of 0.8, 500 of 1.0, without terminate', async (_name, parts) => {
    for (const [cowboy, status] of [
      [cowboy08, 400],
      [cowboy10, 500],
    ] as const) {
      node.expectCrash()
      expect((await open(cowboy(old(parts)))).handshake).toEqual(['reject', status, {}])
    }
    expect(heard).toEqual([])
  })

  test('shutdown refuses with 400, or with what req.reply said', async () => {
    const plain = await open(cowboy10(old({ websocketInit: (_n, req) => ['shutdown', req] })))
    expect(plain.handshake).toEqual(['reject', 400, { headers: {} }])
    const own = await open(
      cowboy08(old({ websocketInit: (_n, req) => ['shutdown', req.setRespHeader('X', 'y').reply(403, 'no')] })),
    )
    expect(own.handshake).toEqual(['reject', 403, { headers: { X: 'y' }, body: 'no' }])
    expect(heard).toEqual([])
  })
})

describe('init/2 of pre.1 and 2.x', () => {
  test.each([
    ['pre.1', pre],
    ['2.x', two],
  ])(
    '%s: ["ok", req, state] is 204, or what req.reply said, and terminate hears normal with the whole request',
    async (_name, make) => {
      expect((await open(make((req) => ['ok', req, 1]))).handshake).toEqual(['reject', 204, { headers: {} }])
      const own = make(async (req) => Promise.resolve(['ok', req.reply(404).setRespHeader('X', 'y'), 2]))
      expect((await open(own)).handshake).toEqual(['reject', 404, { headers: { X: 'y' } }])
      expect(heard).toEqual([
        ['normal', 1, false],
        ['normal', 2, false],
      ])
    },
  )

  test.each([
    ['pre.1', pre],
    ['2.x', two],
  ])('%s: a crash is 500, and terminate hears it with the options of the route', async (_name, make) => {
    for (const [crash, wanted] of [
      [boom, ['crash', 'error', 'boom']],
      [() => Promise.reject('late'), ['crash', 'error', 'late']],
      [() => nocatch('thrown'), ['crash', 'throw', 'thrown']],
      [(_req: Req, _opts: unknown, self: any) => self.exit('left'), ['crash', 'exit', 'left']],
      [() => 'bogus', ['crash', 'error', ['bad_return_value', 'bogus']]],
      [(req: Req) => ['cowboy_websocket', req], ['crash', 'error', ['bad_return_value', expect.anything()]]],
      [(req: Req) => ['ok', req, 1, 2], ['crash', 'error', ['bad_return_value', expect.anything()]]],
      [(req: Req) => ['cowboy_websocket', req, 1, 'x'], ['crash', 'error', ['bad_return_value', expect.anything()]]],
    ] as const) {
      if (wanted[1] !== 'exit') node.expectCrash()
      heard.length = 0
      expect((await open(make(crash, 'the options'))).handshake).toEqual(['reject', 500, {}])
      expect(heard).toEqual([[wanted, 'the options', false]])
    }
  })

  test('a crash in that terminate, or a slow one, is 500 as well', async () => {
    node.expectCrash('again')
    const handler = two((req) => ['ok', req, 1], undefined, { terminate: () => Promise.reject('again') })
    expect((await open(handler)).handshake).toEqual(['reject', 500, {}])
  })

  test.each<[string, Cowboy2Options, object]>([
    ['nothing', {}, {}],
    ['limits', { idleTimeout: 5, maxFrameSize: 10 }, { idleTimeoutMs: 5, maxFrameBytes: 10 }],
    ['no limits', { idleTimeout: 'infinity', maxFrameSize: 'infinity' }, { idleTimeoutMs: 0, maxFrameBytes: 0x7fffffff }],
    ['an idle timeout that is over at once', { idleTimeout: 0 }, { idleTimeoutMs: 1 }],
    ['no compression', { compress: false, deflateOpts: { level: 1 } }, { compress: false }],
    ['no check of text', { validateUtf8: false }, { validateUtf8: false }],
    [
      'compression of every frame',
      { compress: true },
      { compress: { level: 9, thresholdBytes: 0, serverNoContextTakeover: false, clientNoContextTakeover: false } },
    ],
    [
      'compression by all its names',
      {
        compress: true,
        deflateOpts: {
          level: 'best_speed',
          memLevel: 2,
          strategy: 'huffman_only',
          serverContextTakeover: 'no_takeover',
          clientContextTakeover: 'takeover',
          serverMaxWindowBits: 9,
          clientMaxWindowBits: 10,
        },
      },
      {
        compress: {
          level: 1,
          memLevel: 2,
          thresholdBytes: 0,
          serverNoContextTakeover: true,
          clientNoContextTakeover: false,
          serverMaxWindowBits: 9,
          clientMaxWindowBits: 10,
        },
      },
    ],
  ])('options of 2.x: %s', async (_name, given, options) => {
    const socket = await open(two((req) => ['cowboy_websocket', req, 1, given]))
    expect(socket.handshake).toEqual(['accept', { headers: {}, options }])
  })

  test.each<[object, string]>([
    [{ activeN: 1 }, "does not know the option 'activeN'; it knows compress, deflateOpts, idleTimeout"],
    [{ deflateOpts: { thresholdBytes: 1 } }, "deflateOpts does not know the option 'thresholdBytes'"],
    [{ deflateOpts: { strategy: 'best' } }, 'deflateOpts.strategy must be one of default, filtered'],
    [{ compress: 1 }, 'compress must be true or false'],
    [{ validateUtf8: 'yes' }, 'validateUtf8 must be true or false'],
    [{ idleTimeout: 1.5 }, "idleTimeout must be whole milliseconds or 'infinity'"],
    [{ idleTimeout: 2 ** 31 }, 'idleTimeout must be whole milliseconds from 0 to 2147483647'],
    [{ maxFrameSize: 0 }, "maxFrameSize, unless 'infinity', must be a whole number from 1 to 2147483647"],
    [{ maxFrameSize: 2 ** 31 }, "maxFrameSize, unless 'infinity', must be a whole number from 1 to 2147483647"],
    [{ reqFilter: {} }, 'reqFilter must be a function'],
    [{ deflateOpts: { clientContextTakeover: true } }, "clientContextTakeover must be 'takeover' or 'no_takeover'"],
    [{ deflateOpts: { level: 10 } }, 'best_compression, must be a whole number from 0 to 9'],
    [{ deflateOpts: { level: 'toString' } }, 'best_compression, must be a whole number from 0 to 9'],
    [{ deflateOpts: { memLevel: 0 } }, 'deflateOpts.memLevel must be a whole number from 1 to 9'],
    [{ deflateOpts: { serverMaxWindowBits: 7 } }, 'deflateOpts.serverMaxWindowBits must be a whole number from 8 to 15'],
    [{ deflateOpts: { clientMaxWindowBits: 16 } }, 'deflateOpts.clientMaxWindowBits must be a whole number from 8 to 15'],
  ])('options of 2.x that are wrong are 500: %j', async (given, text) => {
    node.expectCrash('badarg')
    const socket = await open(two((req) => ['cowboy_websocket', req, 1, given], 'the options'))
    expect(socket.handshake).toEqual(['reject', 500, {}])
    expect(node.crashes[0]?.text).toContain(text)
    expect(heard).toEqual([[['crash', 'error', 'badarg'], 'the options', false]])
  })

  test('req_filter gets the request that init returned; a crash in it is one of init', async () => {
    node.expectCrash('boom')
    const kept = two((req) => [
      'cowboy_websocket',
      req.setRespHeader('X', '1'),
      1,
      { reqFilter: (given: Req) => ({ path: given.path }) },
    ])
    const socket = await open(kept)
    expect(socket.handshake).toEqual(['accept', { headers: { X: '1' }, options: {} }])
    const crashed = await open(two((req) => ['cowboy_websocket', req, 1, { reqFilter: boom }], 'opts'))
    expect(crashed.handshake).toEqual(['reject', 500, {}])
    expect(heard).toEqual([[['crash', 'error', 'boom'], 'opts', false]])
  })
})

describe('the request', () => {
  test('Sec-WebSocket-Protocol of setRespHeader is the subprotocol', async () => {
    for (const name of ['sec-websocket-protocol', 'Sec-WebSocket-Protocol']) {
      const socket = await open(two((req) => ['cowboy_websocket', req.setRespHeader('X', '1').setRespHeader(name, 'chat'), 1]))
      expect(socket.handshake).toEqual(['accept', { headers: { X: '1' }, subprotocol: 'chat', options: {} }])
      const refused = await open(two((req) => ['ok', req.setRespHeader(name, 'chat').reply(403), 1]))
      expect(refused.handshake).toEqual(['reject', 403, { headers: {} }])
    }
  })

  test('the variables of the path are there once the socket is open', async () => {
    const handler = old({
      websocketHandle: (_frame, req, state) => ['reply', ['text', `${req.binding('id')} ${req.binding('other')}`], req, state],
    })
    const socket = await open(cowboy08(handler), { params: { id: 'a b' } })
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'a b undefined']])
  })
})
