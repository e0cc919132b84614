// Cowboy's handlers in types: what compiles, and that the answers of one generation do not compile in another.
import type { Timeout } from 'gensock'
import {
  cowboy08,
  type Cowboy08,
  cowboy10,
  type Cowboy10,
  cowboy2,
  type Cowboy2,
  type Cowboy20Pre,
  type Cowboy2Command,
  type Cowboy2Options,
  type Cowboy2Result,
  cowboy20pre,
  type CowboyFrame,
  type CowboyResult,
  type InFrame,
  type Reason08,
  type Reason2,
  type Reason20Pre,
  type Req,
} from 'gensock/cowboy'
import { route, type SocketHandler, type SocketRequest, type SocketSelf } from 'gensock/socket'
import { expectTypeOf } from 'expect-type'

type State = { readonly n: number; readonly phase: 'new' | 'busy' }
type Tick = { readonly type: 'tick' }

// ---- 0.8 and 1.0
const old: Cowboy08<State, Timeout<string>, { greeting: string }> = {
  init(transport, req, opts, self) {
    expectTypeOf(transport).toEqualTypeOf<readonly ['tcp' | 'ssl', 'http']>()
    expectTypeOf(req).toEqualTypeOf<Req>()
    expectTypeOf(opts).toEqualTypeOf<{ greeting: string }>()
    expectTypeOf(self).toEqualTypeOf<SocketSelf<Timeout<string>>>()
    return ['upgrade', 'protocol', 'cowboy_websocket', req, { greeting: 'hi' }]
  },
  websocketInit: (transport, req) => ['ok', req, { n: 0, phase: transport === 'tcp' ? 'new' : 'busy' }, 60_000, 'hibernate'],
  async websocketHandle(frame, req, state) {
    expectTypeOf(frame).toEqualTypeOf<InFrame>()
    const [kind, data] = frame
    if (kind === 'text') return ['reply', [['text', data.toUpperCase()], 'ping'], req, { ...state, phase: 'busy' }]
    return kind === 'binary' ? ['reply', ['close', 1000, data], req, state] : ['shutdown', req, state]
  },
  websocketInfo(info, req, state) {
    expectTypeOf(info).toEqualTypeOf<Timeout<string>>()
    return ['ok', req, state, 'hibernate']
  },
  websocketTerminate(reason) {
    expectTypeOf(reason).toEqualTypeOf<Reason08>()
    // @ts-expect-error the word of pre.1
    if (reason === 'shutdown') return 'ok'
    // @ts-expect-error the word of 2.x
    return reason[0] === 'crash' ? 'ok' : undefined
  },
}
const newer: Cowboy10<State, Timeout<string>, { greeting: string }> = old
expectTypeOf(cowboy08(old, { greeting: 'hi' })).toEqualTypeOf<SocketHandler<State, Timeout<string>>>()
expectTypeOf(cowboy10(newer, { greeting: 'hi' })).toEqualTypeOf<SocketHandler<State, Timeout<string>>>()
route('/old', cowboy08(old, { greeting: 'hi' }))
// @ts-expect-error the options are missing
cowboy08(old)
// @ts-expect-error other options
cowboy10(old, { greeting: 1 })
// @ts-expect-error a handler of 0.8 is none of pre.1
cowboy20pre(old)
// @ts-expect-error nor of 2.x
cowboy2(old)

export const badOld: Cowboy08<number> = {
  // @ts-expect-error init/2 of pre.1 and 2.x
  init: (req: any) => ['cowboy_websocket', req, 1],
  // @ts-expect-error a state is missing
  websocketInit: (_transport, req) => ['ok', req],
  // @ts-expect-error the answer of 2.x: the request is missing
  websocketHandle: (_frame, _req, state) => ['reply', ['text', 'x'], state],
  // @ts-expect-error 2.x says stop, 0.8 shutdown
  websocketInfo: (_info, req, state) => ['stop', req, state],
  // @ts-expect-error nothing else is answered
  websocketTerminate: () => 5,
}
export const worseOld: Pick<Cowboy08<number>, 'websocketHandle' | 'websocketInfo'> = {
  // @ts-expect-error a list of commands is 2.x
  websocketHandle: (_frame, _req, state) => [[['text', 'x']], state],
  // @ts-expect-error another state
  websocketInfo: (_info, req) => ['ok', req, 'state'],
}

// ---- 2.0.0-pre.1
const pre: Cowboy20Pre<State, Tick, string> = {
  init: (req, opts) =>
    opts === '' ? ['ok', req.reply(403), { n: 0, phase: 'new' }] : ['cowboy_websocket', req, { n: 0, phase: 'new' }, 60_000],
  websocketHandle([kind, data], req, state) {
    if (kind === 'text' && data === 'bye') return ['reply', ['close', 4001, 'bye'], req, state]
    return ['reply', [['text', `#${state.n}`], 'ping'], req, { ...state, n: state.n + 1 }, 'hibernate']
  },
  websocketInfo: (_tick, req, state) => ['shutdown', req, state],
  terminate(reason, req, state) {
    expectTypeOf(reason).toEqualTypeOf<Reason20Pre>()
    expectTypeOf(req).toEqualTypeOf<Req>()
    expectTypeOf(state).toEqualTypeOf<State>()
    // @ts-expect-error the word of 2.x
    if (reason === 'stop') return 'ok'
    if (typeof reason === 'object' && reason[0] === 'remote') expectTypeOf(reason[1]).toEqualTypeOf<number>()
    return reason === 'timeout' ? 'ok' : undefined
  },
}
expectTypeOf(cowboy20pre(pre, 'opts')).toEqualTypeOf<SocketHandler<State, Tick>>()
// @ts-expect-error the options are missing
cowboy20pre(pre)
// @ts-expect-error a handler of pre.1 is none of 0.8
cowboy08(pre, 'opts')
// @ts-expect-error nor of 2.x
cowboy2(pre, 'opts')

export const badPre: Cowboy20Pre<number> = {
  // @ts-expect-error the options map of 2.x
  init: (req) => ['cowboy_websocket', req, 1, { compress: true }],
  // @ts-expect-error the answer of 2.x: the request is missing
  websocketHandle: (_frame, _req, state) => ['ok', state],
  // @ts-expect-error 2.x says stop
  websocketInfo: (_info, req, state) => ['stop', req, state],
}

// ---- 2.x
const two: Cowboy2<State, Tick> = {
  init: async (req) => [
    'cowboy_websocket',
    req,
    { n: 0, phase: 'new' },
    { idleTimeout: 'infinity', compress: true, maxFrameSize: 5 },
  ],
  websocketInit: (state, self) => {
    self.sendAfter(1000, { type: 'tick' })
    return [
      [
        ['text', 'hello'],
        ['active', true],
      ],
      { ...state, phase: 'busy' },
    ]
  },
  websocketHandle(frame, state) {
    expectTypeOf(frame).toEqualTypeOf<InFrame | 'ping' | 'pong'>()
    if (typeof frame === 'string') return [[], state, 'hibernate']
    if (frame[0] === 'binary') return ['reply', frame, state]
    return [
      ['close', ['setOptions', { idleTimeout: 5, maxFrameSize: 5, activeN: 1 }], ['shutdownReason', 'r'], ['deflate', false]],
      state,
    ]
  },
  websocketInfo: (_tick, state) => (state.n > 0 ? ['stop', state] : ['ok', { ...state, phase: 'new' }]),
  terminate(reason, req, state) {
    expectTypeOf(reason).toEqualTypeOf<Reason2>()
    expectTypeOf(req).toEqualTypeOf<Partial<Req>>()
    expectTypeOf(state).toEqualTypeOf<State>()
    if (typeof reason === 'object' && reason[0] === 'crash') expectTypeOf(reason[1]).toEqualTypeOf<'error' | 'exit' | 'throw'>()
    return reason === 'stop' ? 'ok' : undefined
  },
}
expectTypeOf(cowboy2(two)).toEqualTypeOf<SocketHandler<State, Tick>>()
// @ts-expect-error a handler of 2.x is none of 0.8
cowboy08(two)
// @ts-expect-error nor of pre.1
cowboy20pre(two)

// What reqFilter keeps is what terminate gets.
cowboy2<number, Tick, string, { agent: string | undefined }>(
  {
    init: (req) => ['cowboy_websocket', req, 0, { reqFilter: (given) => ({ agent: given.header('user-agent') }) }],
    websocketHandle: (_frame, state) => [[], state],
    websocketInfo: (_tick, state) => [[], state],
    terminate: (_reason, kept) => expectTypeOf(kept).toEqualTypeOf<{ agent: string | undefined }>() as never,
  },
  'opts',
)

export const badTwo: Cowboy2<number> = {
  // @ts-expect-error a timeout of pre.1
  init: (req) => ['cowboy_websocket', req, 1, 60_000],
  // @ts-expect-error the tuple of 1.0
  websocketInit: () => ['shutdown', {}],
  // @ts-expect-error the answer of 1.0: 2.x has no request here
  websocketHandle: (_frame, state) => ['reply', ['text', 'x'], {} as Req, state],
  // @ts-expect-error before 2.x it was shutdown
  websocketInfo: (_info, state) => ['shutdown', state],
}
// @ts-expect-error one frame is no list
export const single: Cowboy2Result<number> = [['text', 'x'], 1]
// @ts-expect-error stop is no command
export const stopping: Cowboy2Result<number> = [['stop'], 1]
// @ts-expect-error the socket's own name
export const ours: Cowboy2Command = ['setOptions', { idleTimeout: 'never' }]
// @ts-expect-error an option of Cowboy that has no meaning here
export const active: Cowboy2Options = { activeN: 100 }
// @ts-expect-error no level
export const level: Cowboy2Options = { deflateOpts: { level: 'best' } }

// ---- Frames and requests
export const frames: readonly CowboyFrame[] = [
  'close',
  ['text', ['a', new Uint8Array(1), ['b']]],
  ['binary', 'a'],
  ['ping', 'p'],
  ['close', 1000, ['bye']],
]
// @ts-expect-error a number is no payload
export const number: CowboyFrame = ['text', 5]
// @ts-expect-error fragments cannot be sent
export const fragment: CowboyFrame = ['fragment', 'x']
// @ts-expect-error a code comes before its reason
export const turned: CowboyFrame = ['close', 'bye', 1000]
declare const req: Req
expectTypeOf<Req>().toExtend<SocketRequest>()
expectTypeOf(req.meta('websocketVersion')).toEqualTypeOf<7 | 8 | 13>()
expectTypeOf(req.meta('websocketCompress')).toEqualTypeOf<boolean>()
expectTypeOf(req.binding('id')).toEqualTypeOf<string | undefined>()
expectTypeOf(req.setRespHeader('a', 'b').reply(403, 'no')).toEqualTypeOf<Req>()
// @ts-expect-error no such meta value
req.meta('compress')
expectTypeOf<CowboyResult<number>>().not.toExtend<Cowboy2Result<number>>()
expectTypeOf<Cowboy2Result<number>>().not.toExtend<CowboyResult<number>>()
expectTypeOf<Reason08>().not.toExtend<Reason20Pre>()
expectTypeOf<Reason2>().not.toExtend<Reason20Pre>()
