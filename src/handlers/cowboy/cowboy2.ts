// Cowboy 2.x's handlers as SocketHandlers: init/2 before the 101, websocket_init/1 after it, callbacks without a request,
// lists of commands. Entered by users; calls init2 for the handshake and loop for what follows.
import type { MaybePromise } from '../../runtime/self-types.js'
import { attempt, mapped, type OptsRest, requireCallbacks } from '../../sockets/callbacks.js'
import type { Result, SocketHandler, SocketSelf } from '../../sockets/handler.js'
import { partialReq, type Req } from '../../sockets/req.js'
import type { Cause } from '../../sockets/reason08.js'
import { type Cowboy2Result, takeCommands } from './command-lists.js'
import type { InFrame } from './frames.js'
import { type Init2, upgrade2 } from './init2.js'
import { type Both, loop } from './loop.js'
import { type Cowboy2Options, upgradeOptions } from './options.js'
import { causeOfThrown, noteExit, type Reason2, reason2 } from './reasons.js'

/**
 * What `init` of 2.x answers: an upgrade, with options, or the end of an ordinary request.
 *
 * @example
 * const init = (req: Req): Init2Result<null> =>
 *   req.header('cookie') === undefined ? ['ok', req.reply(401), null] : ['cowboy_websocket', req, null]
 * @see Cowboy 2.18, `cowboy_websocket`, `cowboy_handler`: `init/2`
 */
export type Init2Result<S, Kept = Partial<Req>> =
  | readonly ['cowboy_websocket', Req, S, Cowboy2Options<Kept>?]
  | readonly ['ok', Req, S]

/**
 * A websocket handler of Cowboy 2.x. Every callback may be async; the last parameter is the socket's process.
 *
 * @example
 * const echo: Cowboy2<null> = {
 *   init: (req) => ['cowboy_websocket', req, null],
 *   websocketHandle: (frame, state) => [Array.isArray(frame) && frame[0] === 'text' ? [frame] : [], state],
 *   websocketInfo: (_info, state) => [[], state],
 * }
 * route('/websocket', cowboy2(echo)).path // => '/websocket'
 * @see Cowboy 2.18, `cowboy_websocket`
 */
export interface Cowboy2<S, Info = any, Opts = any, Kept = Partial<Req>> {
  /** Before the 101. Everything that needs the request belongs here. */
  readonly init: (req: Req, opts: Opts, self: SocketSelf<Info>) => MaybePromise<Init2Result<S, Kept>>
  /** After the 101. Without it the socket goes on with the state of `init`. */
  readonly websocketInit?: (state: S, self: SocketSelf<Info>) => MaybePromise<Cowboy2Result<S>>
  /** A frame of the peer; of pings and pongs without a payload the bare name. */
  readonly websocketHandle: (frame: InFrame | 'ping' | 'pong', state: S, self: SocketSelf<Info>) => MaybePromise<Cowboy2Result<S>>
  /** A message of a process or timer. */
  readonly websocketInfo: (info: Info, state: S, self: SocketSelf<Info>) => MaybePromise<Cowboy2Result<S>>
  /**
   * Last. `req` is without headers and cookies, or what `reqFilter` made of it. Before an upgrade it is whole: with reason
   * `normal` after `['ok', req, state]`, and after a crash in `init`, where the state is the options of the route. Without it
   * nothing is cleaned up.
   */
  readonly terminate?: (reason: Reason2, req: Kept, state: S, self: SocketSelf<Info>) => MaybePromise<void | 'ok'>
}
type Any = Cowboy2<any, any, any, any>

const REQUIRED = ['init', 'websocketHandle', 'websocketInfo']
const ALLOWED = "['cowboy_websocket', req, state, options?]"

/**
 * Makes a SocketHandler of a handler written for Cowboy 2.x. Idle timeout 60 000 ms and messages of at most 1 000 000 bytes,
 * as there, and a ping every 25 000 ms, unless `init` or the route says otherwise. `['ok', req, state]` of `init` refuses the
 * upgrade with what `req.reply` said, else 204. A crash in `init` is a 500, one in any other callback closes with 1011;
 * `terminate` hears both.
 *
 * Differs: the handshake is checked before `init`, which runs in the socket's own process. An answer that is wrong, or a
 * frame that cannot be encoded, is a crash (1011, `terminate`), not a silent drop. After a linked process has died,
 * `terminate` runs too. The socket waits 2 s for the peer's close frame. `maxFrameSize` cannot be raised by `setOptions`.
 * A subprotocol that the peer did not offer is a 500. HTTP/1.1 only.
 *
 * @param handler - `init`, `websocketHandle`, `websocketInfo`, and perhaps `websocketInit` and `terminate`
 * @param rest - what `init` gets as `opts`
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no object, or a callback is missing
 * @example
 * const echo: Cowboy2<number> = {
 *   init: (req) => ['cowboy_websocket', req, 0, { idleTimeout: 30_000, compress: true }],
 *   websocketInit: (n) => [[['text', 'hello']], n],
 *   websocketHandle: (frame, n) => (n > 9 ? [['close'], n] : [[['text', `${n}: ${frame[1]}`]], n + 1]),
 *   websocketInfo: (_info, n) => [[], n],
 * }
 * route('/websocket', cowboy2(echo)).path // => '/websocket'
 * @see Cowboy 2.18, `cowboy_websocket`
 */
export function cowboy2<S, Info, Opts, Kept>(
  handler: Cowboy2<S, Info, Opts, Kept>,
  ...rest: OptsRest<Opts>
): SocketHandler<S, Info> {
  requireCallbacks('cowboy2', handler, REQUIRED, ['websocketInit', 'terminate'])
  const any = handler as Any
  const terminate = (cause: Cause | 'normal', req: unknown, state: unknown, self: SocketSelf): unknown =>
    any.terminate?.(cause === 'normal' ? cause : reason2(cause), req, state, self)
  const init2: Init2 = { init: (req, opts, self) => any.init(req, opts, self), terminate, accepts, allowed: ALLOWED }
  const socket: SocketHandler<Both, any> = {
    upgrade: (request, self, params) => upgrade2(init2, rest[0], request, self, params),
    init: ({ seed }, self) => websocketInit(any, seed as Both, self, terminate),
    ...loop({
      handle: (frame, { state }, self) => any.websocketHandle(bare(frame), state, self),
      info: (message, { state }, self) => any.websocketInfo(message, state, self),
      terminate: (cause, { req, state }, self) => terminate(cause, req, state, self),
      take: takeCommands,
    }),
  }
  return socket as unknown as SocketHandler<S, Info>
}

/** What stands behind the state in the answer of `init`, and what is kept of the request. */
function accepts(answer: readonly unknown[]): ReturnType<Init2['accepts']> {
  const [, req, , given = {}] = answer as [string, Req, unknown, Cowboy2Options<any>?]
  if (answer.length > 4 || typeof given !== 'object' || given === null) return undefined
  const options = upgradeOptions(given)
  return { req: given.reqFilter === undefined ? partialReq(req) : given.reqFilter(req), options }
}

/**
 * The socket calls no `terminate` for an `init` that did not answer; Cowboy does, with the state that init/2 has given. Its
 * commands go out here, so that a frame which cannot be encoded counts as a crash of it.
 */
function websocketInit(
  handler: Any,
  before: Both,
  self: SocketSelf,
  terminate: (cause: Cause, req: unknown, state: unknown, self: SocketSelf) => unknown,
): MaybePromise<Result<Both>> {
  if (handler.websocketInit === undefined) return ['ok', before]
  return attempt(
    () =>
      mapped(handler.websocketInit?.(before.state, self), (answer) =>
        pushed(takeCommands('websocketInit', answer, before), self),
      ),
    (thrown) =>
      mapped(terminate(causeOfThrown(thrown), before.req, before.state, self), () => {
        throw noteExit(self, thrown)
      }),
  )
}

function pushed(result: Result<Both>, self: SocketSelf): Result<Both> {
  if (result[0] !== 'push') return result
  self.push(result[1])
  return ['ok', result[2]]
}

/** Cowboy 2 has no empty payloads of pings and pongs. */
function bare(frame: readonly [kind: string, data: string | Uint8Array]): InFrame | 'ping' | 'pong' {
  const [kind, data] = frame
  return (kind === 'ping' || kind === 'pong') && data.length === 0 ? kind : (frame as InFrame)
}
