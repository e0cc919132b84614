// The handlers of 0.8 and 1.0, of which only the crash before the 101 differs: their type, and how they become a
// SocketHandler. Entered by cowboy08 and cowboy10.
import type { MaybePromise } from '../../runtime/self-types.js'
import { requireCallbacks } from '../../sockets/callbacks.js'
import type { SocketHandler, SocketSelf } from '../../sockets/handler.js'
import { type Reason08, reason08 } from '../../sockets/reason08.js'
import type { CowboyReq, Req } from '../../sockets/req.js'
import type { InFrame } from './frames.js'
import { type Init3Result, upgrade3, type WebsocketInit3Result } from './init3.js'
import { type Both, loop } from './loop.js'
import { type CowboyResult, takeReply } from './replies.js'

/**
 * A websocket handler of Cowboy 0.8, and of 1.0. Every callback may be async; the last parameter is the socket's process.
 *
 * @example
 * const quiet: Cowboy08<null> = {
 *   init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
 *   websocketInit: (_transport, req) => ['ok', req, null, 60_000],
 *   websocketHandle: (_frame, req, state) => ['ok', req, state],
 *   websocketInfo: (_info, req, state) => ['ok', req, state],
 *   websocketTerminate: () => 'ok',
 * }
 * route('/websocket', cowboy08(quiet)).path // => '/websocket'
 * @see Cowboy 0.8, guide "Websocket handlers"; Cowboy 1.0, `cowboy_websocket_handler`
 */
export interface Cowboy08<S, Info = any, Opts = any> {
  /** First: answers that the request is to be upgraded, and with which options. */
  readonly init: (
    transport: readonly ['tcp' | 'ssl', 'http'],
    req: Req,
    opts: Opts,
    self: SocketSelf<Info>,
  ) => MaybePromise<Init3Result<Opts>>
  /** Before the 101, in the socket's process. A number is the idle timeout in ms; without it there is none. */
  readonly websocketInit: (
    transportName: 'tcp' | 'ssl',
    req: Req,
    opts: Opts,
    self: SocketSelf<Info>,
  ) => MaybePromise<WebsocketInit3Result<S>>
  /** A frame of the peer; pings and pongs too. */
  readonly websocketHandle: (frame: InFrame, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<CowboyResult<S>>
  /** A message of a process or timer. */
  readonly websocketInfo: (info: Info, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<CowboyResult<S>>
  /** Last, for every `websocketInit` that let the peer in. */
  readonly websocketTerminate: (reason: Reason08, req: Req, state: S, self: SocketSelf<Info>) => MaybePromise<void | 'ok'>
}

const CALLBACKS = ['init', 'websocketInit', 'websocketHandle', 'websocketInfo', 'websocketTerminate']

/** No idle timeout and no pings, as in Cowboy; the limit of a frame is the library's, since none at all would be unsafe. */
export function generation1(
  name: string,
  handler: Cowboy08<any>,
  opts: unknown,
  upgradeCrashStatus: 400 | 500,
): SocketHandler<Both, any> {
  requireCallbacks(name, handler, CALLBACKS)
  return {
    defaults: { idleTimeoutMs: 0, pingIntervalMs: 0 },
    upgradeCrashStatus,
    upgrade: (request, self, params) => upgrade3(handler, opts, request, self, params),
    init({ seed, compressed, params }) {
      const { req, state } = seed as Both
      return ['ok', { req: (req as CowboyReq)._opened(compressed, params), state }]
    },
    ...loop({
      handle: (frame, { req, state }, self) => handler.websocketHandle(frame as InFrame, req as Req, state, self),
      info: (message, { req, state }, self) => handler.websocketInfo(message, req as Req, state, self),
      terminate: (cause, { req, state }, self) => handler.websocketTerminate(reason08(cause), req as Req, state, self),
      take: takeReply,
    }),
  }
}
