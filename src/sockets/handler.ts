// The contract in the middle: what a handler is, what its callbacks get and answer. Types, and the few constructors for them.
import type { ExitReason } from '../base/exit-reason.js'
import type { CallsOf, Fields, ReplyTo, ServerPid } from '../behaviours/gen-server-types.js'
import type { From } from '../runtime/call.js'
import type { MaybePromise, Self } from '../runtime/self-types.js'
import type { Commands } from './commands.js'
import type { Frame } from './frames.js'
import type { RouteOptions } from './options.js'
import type { SocketRequest, Upgrade } from './request.js'

/** What a callback answers. Written as a tuple literal, so that the compiler knows the state that you may return. */
export type Result<State> =
  | readonly ['ok', State, 'hibernate'?]
  | readonly ['push', Commands, State, 'hibernate'?]
  | readonly ['stop', ExitReason, State]

/** Why a socket ends; the last that its handler hears. */
export type TerminateReason =
  | { readonly type: 'stop'; readonly reason: ExitReason }
  | { readonly type: 'timeout' }
  | { readonly type: 'remote'; readonly code?: number; readonly reason?: string }
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
  | { readonly type: 'crash'; readonly error: unknown }
  | { readonly type: 'exit'; readonly reason: ExitReason }

/** `args` of init. `InitArgs<{ id: string }, User>` names the path variables and the claims that a handler needs. */
export interface InitArgs<out Params = {}, out Claims = unknown> {
  readonly request: SocketRequest
  readonly params: Params
  readonly claims: Claims
  readonly subprotocol: string | undefined
  readonly transport: 'ws' | 'sse' | 'longPoll'
  /** Is compression negotiated? */
  readonly compressed: boolean
  /** What `upgrade` accepted with, if the handler has one. */
  readonly seed: unknown
}

declare const kSocket: unique symbol
/** The pid of a socket: takes messages, calls (`genServer.call`) and frames (`pushTo`). */
export interface SocketPid<out Calls = any, in Message = never> extends ServerPid<Calls, {}, Message> {
  /** For the compiler only: no such field exists. */
  readonly [kSocket]: true
}
/** The process of the socket, as its callbacks see it. */
export interface SocketSelf<in out Message = any> extends Self<Message> {
  readonly pid: SocketPid<any, Message>
  /** Sends now, in order with the results of callbacks: for async handlers. */
  push(commands: Commands): void
  /** Bytes that the peer has not taken yet. */
  readonly bufferedBytes: number
  /** Resolves once no more than `outboundHighBytes` are left untaken, or the socket ends: for async handlers that send much. */
  drained(): Promise<void>
}
/** What the library itself tells a handler; never through `info`. */
export type SocketEvent =
  /** The pong to a ping has gone out already. */
  | { readonly type: 'ping' | 'pong'; readonly data: Uint8Array }
  /** The peer has left more than `outboundHighBytes` untaken: so many bytes. */
  | { readonly type: 'highWater'; readonly bytes: number }
  /** It has caught up; `dropped` frames were dropped meanwhile. */
  | { readonly type: 'lowWater'; readonly bytes: number; readonly dropped: number }
  /** The peer sent too much of this; the socket closes with 1008 after this event. */
  | { readonly type: 'rateExceeded'; readonly limit: 'messages' | 'bytes' }
  /** The claims end in so many ms; then the socket closes with 4401, unless `['setOptions', { expiresAt }]` renews them. */
  | { readonly type: 'claimsExpiring'; readonly inMs: number }

/** What a call clause answers. */
export type CallResult<S, R> =
  | readonly ['reply', R, S, 'hibernate'?]
  | readonly ['noreply', S, 'hibernate'?]
  | readonly ['stop', ExitReason, R, S]
  | readonly ['stop', ExitReason, S]
/** Request type -> the clause that answers it. */
export type CallClauses<S, C, M = any> = {
  readonly [T in keyof C]: (
    request: { readonly type: T } & Fields<C[T]>,
    from: From<ReplyTo<C[T]>>,
    state: S,
    self: SocketSelf<M>,
  ) => MaybePromise<CallResult<S, ReplyTo<C[T]>>>
}

/** A WebSocket handler: each socket runs it in a process of its own, one callback at a time. Every callback may be async. */
export interface SocketHandler<State, Message = never, Calls = {}, Args = InitArgs> {
  /** Before the 101, in the socket's process; a throw is a 500 and no `terminate`. For adapters and late refusals. */
  readonly upgrade?: (request: SocketRequest, self: SocketSelf<Message>) => MaybePromise<Upgrade>
  /** After the 101; frames wait until it has answered. */
  readonly init: (args: Args, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** A text or binary frame from the peer. */
  readonly handle: (frame: Frame, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** A message from a process or timer. Without it messages are ignored. */
  readonly info?: (message: Message, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** Requests of `call`, by their `type`. */
  readonly call?: CallClauses<State, Calls, Message>
  readonly event?: (event: SocketEvent, state: State, self: SocketSelf<Message>) => MaybePromise<Result<State>>
  /** Once, last, for every `init` that answered; 5 s at most. Not after a kill. */
  readonly terminate?: (reason: TerminateReason, state: State, self: SocketSelf<Message>) => MaybePromise<void>
  /** Defaults of the handler's own for its routes. */
  readonly defaults?: Partial<RouteOptions>
  /** Status of a refused handshake when `upgrade` throws. Default 500. */
  readonly upgradeCrashStatus?: number
}
/** A handler of which only the runtime knows the types. */
export type AnySocketHandler = SocketHandler<any, any, any, any>

type AnyCall<S, M = any> = (request: any, from: From, state: S, self: SocketSelf<M>) => MaybePromise<CallResult<S, any>>
export type StateOf<R> = R extends readonly ['ok', infer S, ...any[]]
  ? S
  : R extends readonly ['push', any, infer S, ...any[]]
    ? S
    : never
export interface SocketHandlerShape<R, M, C, A, S = StateOf<R>> {
  readonly upgrade?: (request: SocketRequest, self: SocketSelf) => MaybePromise<Upgrade>
  readonly init: (args: A, self: SocketSelf) => MaybePromise<R>
  readonly handle: (frame: Frame, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  readonly info?: (message: M, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  readonly call?: C & { readonly [T in keyof C]: AnyCall<S> }
  readonly event?: (event: SocketEvent, state: S, self: SocketSelf) => MaybePromise<Result<S>>
  readonly terminate?: (reason: TerminateReason, state: S, self: SocketSelf) => MaybePromise<void>
}
export interface SocketHandlerTyped<S, M, C, A> extends Omit<SocketHandler<S, M, {}, A>, 'call'> {
  readonly call?: C & { readonly [T in keyof C]: AnyCall<S, M> }
}
/**
 * For short handlers: the state is inferred from init, messages from the annotation of info, calls from the clauses.
 * Write init first.
 *
 * @example
 * const echo = defineHandler({ init: () => ['ok', 0], handle: (frame, n) => ['push', frame, n + 1] })
 */
export function defineHandler<S, M = never>(): <C = {}, A = InitArgs>(
  handler: SocketHandlerTyped<S, M, C, A>,
) => SocketHandler<S, M, CallsOf<C>, A>
export function defineHandler<R extends Result<any>, M = never, C = {}, A = InitArgs>(
  handler: SocketHandlerShape<R, M, C, A>,
): SocketHandler<StateOf<R>, M, CallsOf<C>, A>
export function defineHandler(handler?: unknown): unknown {
  return handler ?? ((typed: unknown) => typed)
}
