// Bullet's handlers in types: what compiles, and what does not.
import type { Ref, Self } from 'gensock'
import {
  bullet,
  type BulletHandler,
  type BulletInitResult,
  type BulletResult,
  type BulletTransport,
  type Req,
} from 'gensock/bullet'
import type { Req as CowboysReq } from 'gensock/cowboy'
import { route, type SocketHandler } from 'gensock/socket'
import { expectTypeOf } from 'expect-type'

type State = { readonly n: number; readonly phase: 'new' | 'busy' }
type Tick = { readonly type: 'tick' }

expectTypeOf<Req>().toEqualTypeOf<CowboysReq>()

const handler: BulletHandler<State, Tick, { channel: string }> = {
  init(transport, req, opts, active, self) {
    expectTypeOf(transport).toEqualTypeOf<BulletTransport>()
    expectTypeOf(req).toEqualTypeOf<Req>()
    expectTypeOf(opts).toEqualTypeOf<{ channel: string }>()
    expectTypeOf(active).toEqualTypeOf<boolean | 'once'>()
    expectTypeOf(self).toEqualTypeOf<Self<Tick>>()
    self.sendAfter(1000, { type: 'tick' })
    // @ts-expect-error no such message
    self.sendAfter(1000, { type: 'tock' })
    return active === false
      ? ['shutdown', req, { n: 0, phase: 'new' }]
      : ['ok', req.setRespHeader('X-A', '1'), { n: 0, phase: 'new' }]
  },
  async stream(data, req, state) {
    expectTypeOf(data).toEqualTypeOf<string>()
    await Promise.resolve()
    return ['reply', data, req, { ...state, phase: 'busy' }]
  },
  info(tick, req, state) {
    expectTypeOf(tick).toEqualTypeOf<Tick>()
    return state.n > 5 ? ['shutdown', req, state] : ['ok', req, state]
  },
  terminate(req, state) {
    expectTypeOf(req).toEqualTypeOf<Req>()
    expectTypeOf(state).toEqualTypeOf<State>()
    return 'ok'
  },
}
expectTypeOf(bullet(handler, { channel: 'news' })).toEqualTypeOf<SocketHandler<State, Tick>>()
route('/bullet', bullet(handler, { channel: 'news' }), { fallback: true })
// @ts-expect-error the options are missing
bullet(handler)
// @ts-expect-error other options
bullet(handler, { channel: 1 })

// A handler that names no options takes any, or none.
const plain: BulletHandler<Ref> = {
  init: (_transport, req, _opts, _active, self) => ['ok', req, self.sendAfter(1000, 'refresh')],
  stream: (_data, req, timer) => ['ok', req, timer],
  info: (_message, req, timer) => ['reply', 'x', req, timer],
  terminate: (_req, timer, self) => void self.cancelTimer(timer),
}
bullet(plain)
bullet(plain, { timeout: 30_000 })
bullet(plain, { timeout: 'infinity', own: 1 })
// Written in place, the state is found.
expectTypeOf(
  bullet({
    init: (_transport, req) => ['ok', req, 7],
    stream: (data, req, n: number) => ['reply', `${n} ${data}`, req, n],
    info: (_tick: Tick, req, n) => ['ok', req, n],
    terminate: () => 'ok',
  }),
).toEqualTypeOf<SocketHandler<number, Tick>>()

export const bad: BulletHandler<State> = {
  // @ts-expect-error nobody takes a reply yet
  init: (_transport, req) => ['reply', 'x', req, { n: 0, phase: 'new' }],
  // @ts-expect-error the request is missing
  stream: (_data, _req, state) => ['ok', state],
  // @ts-expect-error the word of Cowboy 2
  info: (_info, req, state) => ['stop', req, state],
  // @ts-expect-error nothing else is answered
  terminate: () => 5,
}
export const worse: Pick<BulletHandler<State>, 'stream' | 'info'> = {
  // @ts-expect-error a reply is a text
  stream: (_data, req, state) => ['reply', ['text', 'x'], req, state],
  // @ts-expect-error no such phase
  info: (_info, req, state) => ['ok', req, { ...state, phase: 'old' }],
}
// @ts-expect-error a callback is missing
export const part: BulletHandler<State> = { init: handler.init, stream: handler.stream, info: handler.info }
export const results = (req: Req): readonly [BulletInitResult<number>, BulletResult<number>] => [
  ['ok', req, 1],
  ['reply', 'x', req, 1],
]
// @ts-expect-error no transport of Cowboy
export const transport: BulletTransport = 'udp'
