// Cowboy 2.0.0-pre.1's handlers (October 2014) as SocketHandlers: init/2 upgrades or answers, terminate/3 is optional, new
// names of reasons. Entered by users; calls init2 for the handshake and loop for what follows.
import type { MaybePromise } from '../../runtime/self-types.js'
import { type OptsRest, requireCallbacks } from '../../sockets/callbacks.js'
import type { SocketHandler, SocketSelf } from '../../sockets/handler.js'
import type { CowboyReq, Req } from '../../sockets/req.js'
import type { Cause } from '../../sockets/reason08.js'
import type { InFrame } from './frames.js'
import { upgrade2 } from './init2.js'
import { isTimeoutTail, timeoutOption } from './init3.js'
import { type Both, loop } from './loop.js'
import { type Reason20Pre, reason20pre } from './reasons.js'
import { type CowboyResult, takeReply } from './replies.js'

/**
 * What `init` of 2.0.0-pre.1 answers: an upgrade, with an idle timeout in ms, or the end of an ordinary request.
 *
 * @example
 * const init = (req: Req): Init20PreResult<null> => ['cowboy_websocket', req, null, 30_000]
 * @see Cowboy 2.0.0-pre.1, `cowboy_handler`: `init/2`
 */
export type Init20PreResult<S> =
  | readonly ['cowboy_websocket', Req, S, ('hibernate' | 'infinity' | number)?, 'hibernate'?]
  | readonly ['ok', Req, S]

/**
 * A websocket handler of Cowboy 2.0.0-pre.1. Every callback may be async; the last parameter is the socket's process.
 *
 * @example
 * const echo: Cowboy20Pre<null> = {
 *   init: (req) => ['cowboy_websocket', req, null],
 *   websocketHandle: (frame, req, state) => (frame[0] === 'text' ? ['reply', frame, req, state] : ['ok', req, state]),
 *   websocketInfo: (_info, req, state) => ['ok', req, state],
 * }
 * route('/websocket', cowboy20pre(echo)).path // => '/websocket'
 * @see Cowboy 2.0.0-pre.1, `cowboy_websocket`
 */
export interface Cowboy20Pre<S, Info = any, Opts = any> {
  /** Before the 101, in the socket's process. */
  readonly init: (req: Req, opts: Opts, self: SocketSelf<Info>) => MaybePromise<Init20PreResult<S>>
  /** A frame of the peer; pings and pongs too. */
  readonly websocketHandle: (frame: InFrame, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<CowboyResult<S>>
  /** A message of a process or timer. */
  readonly websocketInfo: (info: Info, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<CowboyResult<S>>
  /**
   * Last. After a crash in `init` the state is the options of the route, after `['ok', req, state]` the reason is `normal`.
   * Without it nothing is cleaned up.
   */
  readonly terminate?: (reason: Reason20Pre, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<void | 'ok'>
}

const ALLOWED = "['cowboy_websocket', req, state, 'hibernate' or idle timeout?, 'hibernate'?]"

/**
 * Makes a SocketHandler of a handler written for Cowboy 2.0.0-pre.1. Idle timeout infinity and no pings, as there, unless
 * `init` or the route says otherwise; the longest message is the library's 1 000 000 bytes. `['ok', req, state]` of `init`
 * refuses the upgrade with what `req.reply` said, else 204. A crash in `init` is a 500, and `terminate` hears it.
 *
 * Differs: the handshake is checked before `init`. An answer that is wrong, or a frame that cannot be encoded, is a crash
 * (1011, `terminate`), not a silent drop. After a linked process has died, or the listener has ended, `terminate` runs too.
 *
 * @param handler - `init`, `websocketHandle`, `websocketInfo`, and perhaps `terminate`
 * @param rest - what `init` gets as `opts`
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no object, or a callback is missing
 * @example
 * const echo: Cowboy20Pre<number> = {
 *   init: (req) => ['cowboy_websocket', req, 0, 60_000],
 *   websocketHandle: (frame, req, n) => (frame[0] === 'text' ? ['reply', frame, req, n + 1] : ['ok', req, n, 'hibernate']),
 *   websocketInfo: (_info, req, n) => ['shutdown', req, n],
 * }
 * route('/websocket', cowboy20pre(echo)).path // => '/websocket'
 * @see Cowboy 2.0.0-pre.1, `cowboy_websocket`
 */
export function cowboy20pre<S, Info, Opts>(handler: Cowboy20Pre<S, Info, Opts>, ...rest: OptsRest<Opts>): SocketHandler<S, Info> {
  requireCallbacks('cowboy20pre', handler, ['init', 'websocketHandle', 'websocketInfo'], ['terminate'])
  const any = handler as Cowboy20Pre<any>
  const terminate = (cause: Cause | 'normal', req: unknown, state: unknown, self: SocketSelf): unknown =>
    any.terminate?.(cause === 'normal' ? cause : reason20pre(cause), req as Req, state, self)
  const init2 = {
    init: (req: Req, opts: unknown, self: SocketSelf) => any.init(req, opts, self),
    terminate,
    accepts: (answer: readonly unknown[]) => accepted(answer),
    allowed: ALLOWED,
  }
  const socket: SocketHandler<Both, any> = {
    defaults: { idleTimeoutMs: 0, pingIntervalMs: 0 },
    upgrade: (request, self, params) => upgrade2(init2, rest[0], request, self, params),
    init({ seed, compressed, params }) {
      const { req, state } = seed as Both
      return ['ok', { req: (req as CowboyReq)._opened(compressed, params), state }]
    },
    ...loop({
      handle: (frame, { req, state }, self) => any.websocketHandle(frame as InFrame, req as Req, state, self),
      info: (message, { req, state }, self) => any.websocketInfo(message, req as Req, state, self),
      terminate: (cause, { req, state }, self) => terminate(cause, req, state, self),
      take: takeReply,
    }),
  }
  return socket as unknown as SocketHandler<S, Info>
}

function accepted(answer: readonly unknown[]): ReturnType<Parameters<typeof upgrade2>[0]['accepts']> {
  if (!isTimeoutTail(answer, 3)) return undefined
  const options = timeoutOption('init', answer[3])
  return options === undefined ? { req: answer[1] } : { req: answer[1], options }
}
