// What a service's module is, what its callbacks get and answer. Types only; entered by users and by every file of this room.
import type { ExitReason } from '../../base/exit-reason.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import type { OutFrame } from '../../sockets/frames.js'
import type { SocketPid } from '../../sockets/handler.js'
import type { IoData } from '../../sockets/io-data.js'
import type { Reason08 } from '../../sockets/reason08.js'
import type { SocketRequest } from '../../sockets/request.js'

/**
 * What `send(webSocket, frame)` puts on a socket: any frame, or a text of parts that are joined. Chicago Boss knows `text`
 * alone; here a close frame closes the socket.
 *
 * @example
 * const frames: BossFrame[] = [['text', 'hi'], ['text', ['You said: ', 'hi']], ['close', 4000, 'bye']]
 * frames.length // => 3
 * @see Chicago Boss, WebSocket API: "WebSocket ! {text, <<"some text">>}"
 */
export type BossFrame = OutFrame | readonly ['text', IoData]
/**
 * The process of a socket, as a service knows it: takes frames, and stays the same as long as the socket is open. Anything else
 * that is sent to it is dropped, with a warning.
 *
 * @example
 * const greet = (webSocket: WebSocketPid): void => send(webSocket, ['text', 'welcome'])
 * greet.length // => 1
 * @see Chicago Boss, WebSocket API: "WebSocket::pid()"
 */
export type WebSocketPid = SocketPid<{}, BossFrame>

/**
 * What a callback of a service answers: the state to go on with; the same, and `handleInfo('timeout', state)` after so many ms
 * in which nothing at all came to the service; or the end of the service, not of a socket: `terminate` runs, then it is started
 * again, whatever the reason.
 *
 * @example
 * const next = (n: number): ServiceResult<number> => (n < 3 ? ['noreply', n + 1, 5000] : ['stop', 'normal', n])
 * next(0) // => ['noreply', 1, 5000]
 * @see Chicago Boss, WebSocket API: results of `handle_join/3`; OTP `gen_server:Module:handle_cast/2`
 */
export type ServiceResult<S> =
  | readonly ['noreply', S]
  | readonly ['noreply', S, serviceTimeoutMs: number | 'infinity']
  | readonly ['stop', serviceReason: ExitReason, S]

/**
 * The callbacks of a service. One process runs them all, one at a time, for all sockets of the service; each may be async.
 * Callbacks that are missing change nothing. `url` is the full path of the service; `webSocket` is the socket in question.
 *
 * @example
 * const greeter: Service<number> = {
 *   init: () => ['ok', 0],
 *   handleJoin(_url, webSocket, n) {
 *     send(webSocket, ['text', `you are number ${n + 1}`])
 *     return ['noreply', n + 1]
 *   },
 * }
 * const boss = await services({ myapp_greeter_websocket: () => greeter })
 * const socket = fakeTransport(node, boss.routes[0])
 * await node.settle()
 * socket.sent // => [['text', 'you are number 1']]
 * @see Chicago Boss, WebSocket API: "The boss_service_handler behavior"
 */
export interface Service<S, Broadcast = any, Info = any> {
  /**
   * 'service': one process and one state for all sockets. 'socket': each socket has a process and a state of its own, which
   * lives as long as the socket; for services that share nothing. Default 'service'.
   */
  readonly concurrency?: 'service' | 'socket'
  /** Makes the first state, at the start and at each restart. */
  readonly init: () => MaybePromise<readonly ['ok', S]>
  /**
   * A socket has joined. After a crash of the service called again for each socket that is still open, or of which something
   * still waits, in the order in which they joined: so no process hears of a socket that it has not met. A socket whose join
   * fails twice in a row is closed with 1011, and told by `handleClose` alone. Default: the state stays.
   */
  readonly handleJoin?: (url: string, webSocket: WebSocketPid, state: S) => MaybePromise<ServiceResult<S>>
  /** A text of a socket that has joined; binary frames are ignored. Default: the state stays. */
  readonly handleIncoming?: (url: string, webSocket: WebSocketPid, message: string, state: S) => MaybePromise<ServiceResult<S>>
  /** A socket has left, once for each that has joined while the service lives, however it ended. Default: the state stays. */
  readonly handleClose?: (reason: Reason08, url: string, webSocket: WebSocketPid, state: S) => MaybePromise<ServiceResult<S>>
  /** What `broadcast` says to the service, which keeps its sockets itself and tells them what it likes. Default: no change. */
  readonly handleBroadcast?: (message: Broadcast, state: S) => MaybePromise<ServiceResult<S>>
  /**
   * What else comes to the service's process: messages, timers, DOWN, EXIT (it traps exits), and `'timeout'` when the time of a
   * {@link ServiceResult} is over. Default: the state stays; an EXIT that is not `normal` ends the service.
   */
  readonly handleInfo?: (info: Info | 'timeout', state: S) => MaybePromise<ServiceResult<S>>
  /** Cleans up before a process ends: by `stop`, a crash, its supervisor; not after a kill. Default: nothing is done. */
  readonly terminate?: (reason: ExitReason, state: S) => MaybePromise<void | 'ok'>
}
/**
 * A service's module: `-module(myapp_myservice_websocket, [Req, SessionId])`. Called for each socket, at each of its joins,
 * with the request that opened it, its session id, which is the cookie as it stands in the header, and the claims that
 * `authorize` of the route has accepted; without them for `init`, `handleBroadcast`, `handleInfo` and `terminate`. One that
 * throws for a request ends that socket alone.
 *
 * @example
 * const whoami: ServiceModule<null> = (req, sessionId) => ({
 *   init: () => ['ok', null],
 *   handleIncoming(_url, webSocket, _message, state) {
 *     send(webSocket, ['text', `${sessionId ?? 'nobody'} at ${req?.remoteAddress}`])
 *     return ['noreply', state]
 *   },
 * })
 * const boss = await services({ myapp_whoami_websocket: whoami })
 * const socket = fakeTransport(node, boss.routes[0], { request: { cookies: { _boss_session: 'ann' } } })
 * socket.send('who am I?')
 * await node.settle()
 * socket.sent // => [['text', 'ann at 127.0.0.1']]
 * @see Chicago Boss, WebSocket API: "a parameterized module with parameters for Req and SessionId"
 */
export type ServiceModule<S, Broadcast = any, Info = any, Claims = any> = (
  req: SocketRequest | undefined,
  sessionId: string | undefined,
  claims?: Claims,
) => Service<S, Broadcast, Info>
/** A module of which only the runtime knows the types. */
export type AnyServiceModule = ServiceModule<any>
/** A module, whatever it takes. */
export type SomeServiceModule = ServiceModule<any, never, never, never>
