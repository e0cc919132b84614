// The contract in the middle: what a handler is, what its callbacks get and answer. Types, and the few constructors for them.
import type { ExitReason } from '../base/exit-reason.js'
import type { CallsOf, Fields, ReplyTo, ServerPid } from '../behaviours/gen-server-types.js'
import type { From } from '../runtime/call.js'
import type { MaybePromise, Self } from '../runtime/self-types.js'
import type { Commands } from './commands.js'
import type { Frame } from './frames.js'
import type { RouteOptions } from './options.js'
import type { PlainAnswer, SocketRequest, Upgrade } from './request.js'

/**
 * What a callback answers: the state to go on with, the same after commands, or the end with an exit reason. `stop` closes with
 * 1000, for the reason `shutdown` with 1001. `hibernate` changes nothing: a process that waits has no mailbox to give back.
 *
 * @example
 * const count = (n: number): Result<number> => (n < 100 ? ['push', text(`${n}`), n + 1] : ['stop', 'normal', n])
 * count(0) // => ['push', ['text', '0'], 1]
 * count(100) // => ['stop', 'normal', 100]
 * @see Cowboy 2.18, `cowboy_websocket`: `call_result(State)`
 */
export type Result<State> =
  | readonly ['ok', State, 'hibernate'?]
  | readonly ['push', Commands, State, 'hibernate'?]
  | readonly ['stop', ExitReason, State]

/**
 * Why a socket ends; the last that its handler hears.
 *
 * @example
 * const last = (reason: TerminateReason): string => (reason.type === 'remote' ? `left with ${reason.code}` : reason.type)
 * const terminated: string[] = []
 * const handler = { ...echo, terminate: (reason: TerminateReason) => void terminated.push(last(reason)) }
 * const socket = fakeTransport(node, handler)
 * socket.close(1001)
 * await node.settle()
 * terminated // => ['left with 1001']
 * @see Cowboy 2.18, `cowboy_websocket`: `terminate_reason()`
 */
export type TerminateReason =
  /** The handler said so, by `stop` or by a close frame. */
  | { readonly type: 'stop'; readonly reason: ExitReason }
  /** Nothing came for `idleTimeoutMs`; closed with 1000. */
  | { readonly type: 'timeout' }
  /** The peer closed; without a code if its close frame had none. */
  | { readonly type: 'remote'; readonly code?: number; readonly reason?: string }
  /**
   * `closed`: the connection is gone without a close frame. The peer broke a rule or a limit: `badframe` RFC 6455 (1002),
   * `badencoding` UTF-8 (1007), `badsize` `maxFrameBytes` (1009) or `maxFragments` (1008). `slow_peer` (1013, or cut above
   * `maxBufferedBytes`), `rate_exceeded` (1008), `claims_expired` (4401): see the options of those names.
   */
  | {
      readonly type: 'error'
      readonly error:
        | 'closed'
        | 'badframe'
        | 'badencoding'
        | 'badsize'
        | 'slow_peer'
        | 'rate_exceeded'
        | 'claims_expired'
        | (string & {})
    }
  /** A callback threw this; closed with 1011, or begun anew (`onCrash`). */
  | { readonly type: 'crash'; readonly error: unknown }
  /** An exit signal, `exit(reason)`, or with `shutdown` the listener: `closeAll`, `disconnectWhere`, `drain`. */
  | { readonly type: 'exit'; readonly reason: ExitReason }

/**
 * What `init` is given. `InitArgs<Params, Claims>` names the path variables and the claims that a handler needs: `route` holds
 * the path and `authorize` to them.
 *
 * @example
 * const room: SocketHandler<string, never, {}, InitArgs<{ id: string }, { user: string }>> = {
 *   init: ({ params, claims }) => ['ok', `${claims.user} in ${params.id}`],
 *   handle: (_frame, who) => ['push', text(who), who],
 * }
 * const socket = fakeTransport(node, room, { params: { id: '7' }, claims: { user: 'ann' } })
 * socket.send('who am I?')
 * await node.settle()
 * socket.sent // => [['text', 'ann in 7']]
 * @see Cowboy 2.18, `cowboy_req:bindings/1`, `cowboy_websocket`: `websocket_init/1`
 */
export interface InitArgs<out Params = {}, out Claims = unknown> {
  /** The HTTP request that asked for the socket. */
  readonly request: SocketRequest
  /** The variables of the route's path, decoded. */
  readonly params: Params
  /** What `authorize` accepted, or `setOptions` has put in its place since; undefined without `authorize`. */
  readonly claims: Claims
  /** The one that was agreed on; undefined if none was. */
  readonly subprotocol: string | undefined
  /** How frames travel: over a WebSocket, as server-sent events, by polls, or in the body of one POST (see `plain`). */
  readonly transport: 'ws' | 'sse' | 'longPoll' | 'post'
  /** Is compression negotiated? */
  readonly compressed: boolean
  /** What `upgrade` accepted with, if the handler has one. */
  readonly seed: unknown
}

declare const kSocket: unique symbol
/**
 * The pid of a socket: takes messages, calls (`genServer.call`) and frames (`pushTo`).
 *
 * @example
 * const kick = (pid: SocketPid): void => pushTo(pid, close(4000, 'kicked'))
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * kick(socket.pid)
 * await node.settle()
 * socket.closed // => ['close', 4000, 'kicked']
 * @see OTP `erlang`, "pid()"
 */
export interface SocketPid<out Calls = any, in Message = never> extends ServerPid<Calls, {}, Message> {
  /** For the compiler only: no such field exists. */
  readonly [kSocket]: true
}
/**
 * The process of the socket, as its callbacks see it: all of `Self`, and what an async handler needs to send much.
 *
 * @example
 * const download = defineHandler({
 *   init: () => ['ok', null],
 *   async handle(_frame, state, self) {
 *     for (const chunk of ['a', 'b', 'c']) {
 *       self.push(text(chunk))
 *       await self.drained()
 *     }
 *     return ['ok', state]
 *   },
 * })
 * const socket = fakeTransport(node, download)
 * socket.send('go')
 * await node.settle()
 * socket.sent.length // => 3
 * @see OTP `erlang:self/0`; Node, `stream.Writable`: event `drain`
 */
export interface SocketSelf<in out Message = any> extends Self<Message> {
  /** To be called, messaged and pushed to by others. */
  readonly pid: SocketPid<any, Message>
  /**
   * Sends now, in order with the results of callbacks: for async handlers. Nothing once the socket ends.
   *
   * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - it cannot be encoded; `GENSOCK_ERR_BADARG` - called in `upgrade`
   */
  push(commands: Commands): void
  /** Bytes that the peer has not taken yet. */
  readonly bufferedBytes: number
  /**
   * Resolves at once unless the peer is behind: above `outboundHighBytes`, and from then until no more than `outboundLowBytes`
   * are left untaken. Resolves as well when the socket ends.
   */
  drained(): Promise<void>
}
/**
 * What the library itself tells a handler, in the order in which it happened.
 *
 * @example
 * const event = (event: SocketEvent, n: number): Result<number> =>
 *   event.type === 'lowWater' ? ['push', text(`${event.dropped} frames were dropped`), n] : ['ok', n]
 * event({ type: 'lowWater', bytes: 0, dropped: 3 }, 0) // => ['push', ['text', '3 frames were dropped'], 0]
 * @see RFC 6455 sections 5.5.2 and 5.5.3. Never through `info`: that gets what processes and timers send, and all of it.
 */
export type SocketEvent =
  /** The pong to a ping has gone out already. */
  | { readonly type: 'ping' | 'pong'; readonly data: Uint8Array }
  /** The peer has left more than `outboundHighBytes` untaken: so many bytes. */
  | { readonly type: 'highWater'; readonly bytes: number }
  /** It has caught up; `dropped` frames were dropped meanwhile. */
  | { readonly type: 'lowWater'; readonly bytes: number; readonly dropped: number }
  /** The peer sent too much of this; the socket closes with 1008 after this event. */
  | { readonly type: 'rateExceeded'; readonly limit: 'messages' | 'bytes' }
  /** A request of a fallback transport that takes frames to the peer began or ended; in between the socket lives on. */
  | { readonly type: 'attached' | 'detached'; readonly by: 'sse' | 'longPoll' }
  /** The claims end in so many ms; then the socket closes with 4401, unless `['setOptions', { expiresAt }]` renews them. */
  | { readonly type: 'claimsExpiring'; readonly inMs: number }

/**
 * What a call clause answers: a reply, none for now (`reply(from, value)` gives it later), or the end, with a reply or without.
 *
 * @example
 * const add = (by: number, n: number): CallResult<number, number> => ['reply', n + by, n + by]
 * add(2, 1) // => ['reply', 3, 3]
 * @see OTP `gen_server:Module:handle_call/3`
 */
export type CallResult<S, R> =
  | readonly ['reply', R, S, 'hibernate'?]
  | readonly ['noreply', S, 'hibernate'?]
  | readonly ['stop', ExitReason, R, S]
  | readonly ['stop', ExitReason, S]
/**
 * The calls of a handler: request type -> the clause that answers it. A request of any other type fails its caller, not the
 * socket.
 *
 * @example
 * type Calls = { add(fields: { by: number }): number }
 * const call: CallClauses<number, Calls, never> = { add: ({ by }, _from, n) => ['reply', n + by, n + by] }
 * const counter: SocketHandler<number, never, Calls> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n], call }
 * const pid: SocketPid<Calls> = fakeTransport(node, counter).pid
 * await node.run(() => genServer.call(pid, { type: 'add', by: 2 })) // => 2
 * @see OTP `gen_server:Module:handle_call/3`
 */
export type CallClauses<S, C, M = any> = {
  readonly [T in keyof C]: (
    request: { readonly type: T } & Fields<C[T]>,
    from: From<ReplyTo<C[T]>>,
    state: S,
    self: SocketSelf<M>,
  ) => MaybePromise<CallResult<S, ReplyTo<C[T]>>>
}

/**
 * A WebSocket handler: each socket runs it in a process of its own, one callback at a time. Every callback may be async; a
 * callback that throws, or answers what it may not, is a crash of its socket alone: see `onCrash`.
 *
 * @example
 * const clock: SocketHandler<number, { type: 'tick' }> = {
 *   init(_args, self) {
 *     self.sendAfter(1000, { type: 'tick' })
 *     return ['ok', 0]
 *   },
 *   handle: (frame, ticks) => ['push', frame, ticks],
 *   info(_tick, ticks, self) {
 *     self.sendAfter(1000, { type: 'tick' })
 *     return ['push', text(`${ticks + 1} s`), ticks + 1]
 *   },
 * }
 * const socket = fakeTransport(node, clock)
 * await node.advance(2000)
 * socket.sent // => [['text', '1 s'], ['text', '2 s']]
 * @see Cowboy 2.18, `cowboy_websocket`
 */
export interface SocketHandler<State, Message = never, Calls = {}, Args = InitArgs> {
  /**
   * Before the 101, in the socket's process; a throw is a 500 and no `terminate`. For adapters and late refusals. Without it
   * the socket opens.
   */
  readonly upgrade?: (
    request: SocketRequest,
    self: SocketSelf<Message>,
    params: object,
    transport: InitArgs['transport'],
  ) => MaybePromise<Upgrade>
  /**
   * What a request without an upgrade gets at this path, outside any process; a throw is a 500. For adapters. Without it, and
   * where it answers undefined, 426.
   */
  readonly plain?: (request: SocketRequest, params: object) => MaybePromise<PlainAnswer | undefined>
  /** Makes the first state, after the 101; frames wait until it has answered. */
  readonly init: (args: Args, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** A text or binary frame from the peer. */
  readonly handle: (frame: Frame, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** A message from a process or timer, DOWN and trapped EXIT among them. Without it messages are ignored. */
  readonly info?: (message: Message, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** Requests of `genServer.call`, by their `type`. Without it every call fails. */
  readonly call?: CallClauses<State, Calls, Message>
  /** What the library tells of the peer and of limits. Without it pings are answered all the same. */
  readonly event?: (event: SocketEvent, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** Cleans up: once, last, for every `init` that answered; 5 s at most. Not after a kill. Without it nothing is done. */
  readonly terminate?: (reason: TerminateReason, state: State, self: SocketSelf<Message>) => MaybePromise<void>
  /** Options that its routes have unless they say otherwise. Default none. */
  readonly defaults?: Partial<RouteOptions>
  /** Status of a refused handshake when `upgrade` throws. Default 500. */
  readonly upgradeCrashStatus?: number
}
/** A handler of which only the runtime knows the types. */
export type AnySocketHandler = SocketHandler<any, any, any, any>

type AnyCall<S, M = any> = (request: any, from: From, state: S, self: SocketSelf<M>) => MaybePromise<CallResult<S, any>>
/**
 * The state in what `init` answers: of `['ok', number]` it is `number`.
 *
 * @example
 * const state: StateOf<readonly ['ok', number]> = 1
 * @see {@link defineHandler}, which finds it out
 */
export type StateOf<R> = R extends readonly ['ok', infer S, ...any[]]
  ? S
  : R extends readonly ['push', any, infer S, ...any[]]
    ? S
    : never
/**
 * A handler as `defineHandler(handler)` takes it.
 *
 * @example
 * const shape: SocketHandlerShape<readonly ['ok', number], never, {}, unknown> = {
 *   init: () => ['ok', 0],
 *   handle: (_frame, n) => ['ok', n + 1],
 * }
 * @see {@link SocketHandler}
 */
export interface SocketHandlerShape<R, M, C, A, S = StateOf<R>> {
  /** Before the 101. Without it the socket opens. */
  readonly upgrade?: (
    request: SocketRequest,
    self: SocketSelf,
    params: object,
    transport: InitArgs['transport'],
  ) => MaybePromise<Upgrade>
  /** What a request without an upgrade gets at this path. Without it 426. */
  readonly plain?: (request: SocketRequest, params: object) => MaybePromise<PlainAnswer | undefined>
  /** Makes the first state, after the 101. */
  readonly init: (args: A, self: SocketSelf) => MaybePromise<R>
  /** A text or binary frame from the peer. */
  readonly handle: (frame: Frame, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  /** A message from a process or timer. Without it messages are ignored. */
  readonly info?: (message: M, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  /** Requests of `genServer.call`, by their `type`. Without it every call fails. */
  readonly call?: C & { readonly [T in keyof C]: AnyCall<S> }
  /** What the library tells of the peer and of limits. Without it pings are answered all the same. */
  readonly event?: (event: SocketEvent, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  /** Cleans up: once, last. Without it nothing is done. */
  readonly terminate?: (reason: TerminateReason, state: S, self: SocketSelf) => MaybePromise<void>
  /** Defaults of the handler's own for its routes. Default none. */
  readonly defaults?: Partial<RouteOptions>
  /** Status of a refused handshake when `upgrade` throws. Default 500. */
  readonly upgradeCrashStatus?: number
}
/**
 * A handler as `defineHandler<State, Message>()(handler)` takes it.
 *
 * @example
 * const typed: SocketHandlerTyped<number, never, {}, unknown> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n + 1] }
 * @see {@link SocketHandler}
 */
export interface SocketHandlerTyped<S, M, C, A> extends Omit<SocketHandler<S, M, {}, A>, 'call'> {
  /** Requests of `genServer.call`, by their `type`. Without it every call fails. */
  readonly call?: C & { readonly [T in keyof C]: AnyCall<S, M> }
}
/**
 * Types a short handler: the state is inferred from `init`, messages from the annotation of `info`, calls from the clauses.
 * Write `init` first. `defineHandler<State, Message>()(handler)` names state and messages instead.
 *
 * @returns the same object
 * @example
 * const count = defineHandler({ init: () => ['ok', 0], handle: (_frame, n) => ['push', text(`${n}`), n + 1] })
 * const socket = fakeTransport(node, count)
 * socket.send('how many?')
 * await node.settle()
 * socket.sent // => [['text', '0']]
 * @see Inference alone would make `ok` a string and the state whatever the last callback says; `SocketHandler` needs no helper
 */
export function defineHandler<S, M = never>(): <C = {}, A = InitArgs>(
  handler: SocketHandlerTyped<S, M, C, A>,
) => SocketHandler<S, M, CallsOf<C>, A>
/** @param handler - an object with `init`, `handle` and what else it needs; it is checked by `route` */
export function defineHandler<R extends Result<any>, M = never, C = {}, A = InitArgs>(
  handler: SocketHandlerShape<R, M, C, A>,
): SocketHandler<StateOf<R>, M, CallsOf<C>, A>
export function defineHandler(handler?: unknown): unknown {
  return handler ?? ((typed: unknown) => typed)
}
