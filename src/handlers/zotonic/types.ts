// What Zotonic's users write and get: handlers, controllers, options of a rule, reasons, data. Types only; entered by every
// file of this room.
import type { Pid } from '../../base/pid.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import type { IoData } from '../../sockets/io-data.js'
import type { RouteOptions } from '../../sockets/options.js'
import type { SocketRequest } from '../../sockets/request.js'
import type { Context, ContextRule } from './context.js'

/**
 * Why a socket ended, in Zotonic's words: `normal` also for a peer that is gone without a close frame.
 *
 * @example
 * const reasons: ZotonicReason[] = ['normal', ['error', 'closed']]
 * reasons.length // => 2
 * @see Zotonic 0.10, `z_websocket_hybi17`
 */
export type ZotonicReason = 'normal' | readonly ['error', 'closed' | { readonly exit: unknown }]

/**
 * What really ended a socket, which Zotonic's reason does not tell.
 *
 * @example
 * const cause: EndCause = { code: 1001, reason: 'going away', closed: 'peer' }
 * cause.closed // => 'peer'
 * @see RFC 6455 section 7.1.5, "The WebSocket Connection Close Code"
 */
export interface EndCause {
  /** The code of the peer's close frame; of ours 1000 after the idle timeout and 1011 after a crash. Undefined otherwise. */
  readonly code?: number
  /** Text of that close frame, or what ended the handler. Undefined without one. */
  readonly reason?: string
  /** Who ended it: the peer by a close frame, a connection that was lost, or this side. */
  readonly closed: 'peer' | 'lost' | 'handler'
}

/**
 * A handler: four callbacks, whose answers are ignored. `websocketMessage` runs in a process of its own unless the rule says
 * `processes: 1`; the others in the process `from`, to whose `self()` they send. A socket keeps the visitor's session in use,
 * and closes with 4401 when that ends, with 1012 when that crashes.
 *
 * @example
 * const echo: WsHandler<string> = {
 *   websocketInit: () => sendAfter(1000, self(), 'Hello!'),
 *   websocketMessage: (data, from) => websocketSendData(from, ['You said: ', data]),
 *   websocketInfo: (message) => websocketSendData(self(), message),
 *   websocketTerminate: () => undefined,
 * }
 * dispatch([['echo', ['socket', 'echo'], controllerWebsocket, { wsHandler: echo }]]).urlFor('echo') // => '/socket/echo'
 * @see Zotonic 0.10, `controller_websocket`, "WebSocket Handler API". Differs: `websocketInit` is done before the first
 * message, and `websocketTerminate` runs after every end but a kill and a crash of `websocketInit`, and gets the real cause
 */
export interface WsHandler<Info = any> {
  /** Once, after the 101. */
  readonly websocketInit: (context: Context) => MaybePromise<unknown>
  /** A text frame as a string, a binary frame as bytes. `from`: the process that sends to the browser. */
  readonly websocketMessage: (data: string | Uint8Array, from: Pid, context: Context) => MaybePromise<unknown>
  /** Any message that was sent to `from`. */
  readonly websocketInfo: (message: Info, context: Context) => MaybePromise<unknown>
  /** Once, last. */
  readonly websocketTerminate: (reason: ZotonicReason, context: Context, cause: EndCause) => MaybePromise<unknown>
}

/**
 * The request that asks for a socket, as `websocketStart` gets it.
 *
 * @example
 * const agent = ({ headers }: ReqData): string | undefined => headers['user-agent']
 * typeof agent // => 'function'
 * @see Zotonic 0.10, `wrq`; webmachine, "ReqData"
 */
export type ReqData = SocketRequest

/**
 * A controller of one's own: it changes the context, for example by `ws_handler`, and goes on to
 * `controllerWebsocket.websocketStart`.
 *
 * @example
 * const mine: ControllerModule = {
 *   websocketStart: (reqData, context) => controllerWebsocket.websocketStart(reqData, context.set('greeting', 'hello')),
 * }
 * dispatch([['mine', ['mine'], mine]]).urlFor('mine') // => '/mine'
 * @see Zotonic 0.10, `controller_websocket`, "Defining Custom Websocket Behaviour"
 */
export interface ControllerModule {
  /** Before the 101, in the socket's process. Ends with what `controllerWebsocket.websocketStart` answers. */
  readonly websocketStart: (reqData: ReqData, context: Context) => MaybePromise<void>
}

/**
 * Options of a rule for `controllerWebsocket`. Handlers read them with `context.get`, by these names or by Zotonic's.
 *
 * @example
 * const rule: WebsocketOptions = { requireSession: false, noSession: true, ssl: 'any', own: { room: 'lobby' } }
 * dispatch([['lobby', ['lobby'], controllerWebsocket, rule]]).urlFor('lobby') // => '/lobby'
 * @see Zotonic 0.10, `controller_websocket`; "Dispatch rules"
 */
export interface WebsocketOptions {
  /** Whose callbacks run. Default: Zotonic's own, which attaches the socket to its page. */
  readonly wsHandler?: WsHandler<any>
  /** Refuse visitors without a session, with 403. Default true. */
  readonly requireSession?: boolean
  /** Make no session for a visitor who has none. Default false. */
  readonly noSession?: boolean
  /**
   * Redirect plain http to https (true), https to http (false), nothing ('any'). Not together with `protocol`. Default 'any'.
   */
  readonly ssl?: boolean | 'any'
  /** Redirect to this protocol at this port, or nothing ('keep'). Default 'keep'. */
  readonly protocol?: 'keep' | readonly ['http' | 'https', number]
  /** 2: messages run in a process of their own, as the manual says; 1: all callbacks in one, as from 0.12 on. Default 2. */
  readonly processes?: 1 | 2
  /** Options of your own, read with `context.get`. Default none. */
  readonly own?: Readonly<Record<string, unknown>>
  /** What the default handler does with text of the page; what it answers goes to the page. Default: nothing. */
  readonly postback?: (data: string, context: Context) => MaybePromise<IoData | void>
  /**
   * Options of the socket itself, as of `route`: limits, origins. Default: no idle timeout, and `fallback` as Zotonic's comet.
   */
  readonly route?: RouteOptions<any>
}
/** Checked options, none missing but where missing means something. */
export interface CheckedWebsocketOptions {
  /** Undefined: the default handler. */
  readonly wsHandler: WsHandler<any> | undefined
  readonly requireSession: boolean
  readonly noSession: boolean
  /** `ssl` and `protocol` in one. */
  readonly protocol: 'keep' | readonly ['http' | 'https', number]
  readonly processes: 1 | 2
  readonly postback: WebsocketOptions['postback'] | undefined
}

/** A rule that has been checked: what a controller makes a SocketHandler of. */
export interface CheckedRule extends ContextRule {
  readonly options: CheckedWebsocketOptions
}
