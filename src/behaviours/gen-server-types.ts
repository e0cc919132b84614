// The types of servers: callback modules, typed pids, and how each reply is tied to its own request. Types only.
import type { ExitReason } from '../base/exit-reason.js'
import type { Pid } from '../base/pid.js'
import type { From } from '../runtime/call.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'

declare const kCalls: unique symbol
declare const kCasts: unique symbol

/**
 * What a server answers: request type -> function from its fields to its reply.
 *
 * @example
 * interface Stack extends Calls { pop(): number | undefined; push(fields: { item: number }): number }
 * @see {@link GenServer}
 */
export type Calls = object
/**
 * What a server takes without answering: request type -> its fields.
 *
 * @example
 * interface Told extends Casts { reset: {}; add: { by: number } }
 * @see {@link GenServer}
 */
export type Casts = object
/**
 * The fields that the call `F` takes.
 *
 * @example
 * const fields: Fields<(given: { by: number }) => number> = { by: 2 }
 * @see {@link CallRequest}
 */
export type Fields<F> = 0 extends 1 & F
  ? any
  : F extends (fields: infer Q, ...rest: never[]) => unknown
    ? unknown extends Q
      ? {}
      : Q
    : {}
/**
 * What the call `F` is answered with.
 *
 * @example
 * const reply: ReplyTo<(given: { by: number }) => number> = 7
 * @see {@link CallResult}
 */
export type ReplyTo<F> = 0 extends 1 & F ? any : F extends (...args: never[]) => infer R ? R : never
/**
 * A request: its `type` and the fields of that call.
 *
 * @example
 * const request: CallRequest<{ add(fields: { by: number }): number }> = { type: 'add', by: 2 }
 * await genServer.call(pid, request) // => 7
 * @see OTP `gen_server:call/2,3`
 */
export type CallRequest<C, T extends keyof C = keyof C> = { [K in T]: { readonly type: K } & Fields<C[K]> }[T]
/**
 * A cast: its `type` and fields.
 *
 * @example
 * const request: CastRequest<{ reset: {} }> = { type: 'reset' }
 * genServer.cast(pid, request)
 * @see OTP `gen_server:cast/2`
 */
export type CastRequest<K, T extends keyof K = keyof K> = { [N in T]: { readonly type: N } & K[N] }[T]

/**
 * The pid of a server: knows which calls, casts and messages it takes.
 *
 * @example
 * await genServer.start(counter, 5, { name: 'clock' })
 * const clock = whereis<ServerPid<{ get(): number }>>('clock')
 * clock && (await genServer.call(clock, { type: 'get' })) // => 5
 * @see OTP `gen_server`, "server_ref()"
 */
export interface ServerPid<out C = any, out K = any, in Message = any> extends Pid<Message> {
  /** For the compiler only: no such field exists. */
  readonly [kCalls]: C
  /** For the compiler only: no such field exists. */
  readonly [kCasts]: K
}
/**
 * The pid type of a module: `PidOf<typeof counter>`.
 *
 * @example
 * const pids: PidOf<typeof counter>[] = [unwrap(await genServer.start(counter, 5))]
 * @see {@link defineServer}
 */
export type PidOf<Module> = 0 extends 1 & Module
  ? ServerPid
  : Module extends GenServer<infer _S, infer _A, infer C, infer K, infer M>
    ? ServerPid<C, K, M>
    : never

/**
 * What `handleInfo` gets when the idle time of a {@link Next} is over.
 *
 * @example
 * const short: GenServer<null, void, {}, {}, IdleTimeout> = {
 *   init: () => ['ok', null, 5],
 *   handleInfo: (_idle, state) => ['stop', 'normal', state],
 * }
 * const [, ref] = unwrap(await genServer.startMonitor(short))
 * const { reason } = await self.receive(isDown)
 * reason // => 'normal'
 * @see OTP `gen_server:Module:handle_info/2`, the message `timeout`
 */
export interface IdleTimeout {
  /** Always `timeout`. */
  readonly type: 'timeout'
}
/**
 * What comes after a callback: a `timeout` to `handleInfo` after so many ms without a message; hibernation; `handleContinue`.
 *
 * @example
 * const nexts: Next[] = [5000, 'infinity', 'hibernate', { continue: 'load' }]
 * @see OTP `gen_server`, "action()"
 */
export type Next = number | 'infinity' | 'hibernate' | { readonly continue: unknown }
/**
 * What `handleCast`, `handleInfo` and `handleContinue` answer: the next state, or the end.
 *
 * @example
 * const answer: NoReply<number> = ['noreply', 6, 1000] // idle for 1 000 ms: handleInfo gets a timeout
 * @see OTP `gen_server:Module:handle_cast/2`
 */
export type NoReply<S> = readonly ['noreply', S, Next?] | readonly ['stop', ExitReason, S]
/**
 * What `handleCall` answers: a reply, none for now (`genServer.reply` gives it later), or the end.
 *
 * @example
 * const answer: CallResult<number, string> = ['reply', 'six', 6]
 * @see OTP `gen_server:Module:handle_call/3`
 */
export type CallResult<S, R> = readonly ['reply', R, S, Next?] | NoReply<S> | readonly ['stop', ExitReason, R, S]
/**
 * What `init` answers: the first state, why there will be no server, or `ignore`.
 *
 * @example
 * const answer: InitResult<number> = ['ok', 5, { continue: 'load' }]
 * @see OTP `gen_server:Module:init/1`
 */
export type InitResult<S> = readonly ['ok', S, Next?] | readonly ['stop', ExitReason] | readonly ['ignore']

/**
 * `handleCall` as clauses: one function per request type.
 *
 * @example
 * const handleCall: CallClauses<number, { get(): number }> = { get: (_get, _from, n) => ['reply', n, n] }
 * @see {@link GenServer}
 */
export type CallClauses<S, C, M = any> = {
  readonly [T in keyof C]: (
    request: { readonly type: T } & Fields<C[T]>,
    from: From<ReplyTo<C[T]>>,
    state: S,
    self: Receiver<M>,
  ) => MaybePromise<CallResult<S, ReplyTo<C[T]>>>
}
/**
 * `handleCast` as clauses: one function per request type.
 *
 * @example
 * const handleCast: CastClauses<number, { reset: {} }> = { reset: () => ['noreply', 0] }
 * @see {@link GenServer}
 */
export type CastClauses<S, K, M = any> = {
  readonly [T in keyof K]: (request: { readonly type: T } & K[T], state: S, self: Receiver<M>) => MaybePromise<NoReply<S>>
}

/**
 * The callback module of a server, as a plain object: `S` is its state, `A` the argument of `init`, `C` and `K` say which
 * calls and casts it knows, `M` which other messages. Each callback may be async; the server handles one message at a time.
 *
 * @example
 * const stack: GenServer<number[], number[], { pop(): number | undefined }> = {
 *   init: (items) => ['ok', items],
 *   handleCall: { pop: (_request, _from, items) => ['reply', items.at(-1), items.slice(0, -1)] },
 * }
 * @see OTP `gen_server`, "Callback Functions"
 */
export interface GenServer<S, A = void, C = {}, K = {}, M = never> {
  /** Makes the first state. @see OTP `gen_server:Module:init/1` */
  readonly init: (arg: A, self: Receiver<M>) => MaybePromise<InitResult<S>>
  /**
   * Clauses by the request's `type`, or one function for all requests. Without it, or without its clause, a call ends the
   * server: `GENSOCK_ERR_NO_CLAUSE`.
   *
   * @see OTP `gen_server:Module:handle_call/3`
   */
  readonly handleCall?:
    | CallClauses<S, C, M>
    | ((request: CallRequest<C>, from: From, state: S, self: Receiver<M>) => MaybePromise<CallResult<S, any>>)
  /** Clauses by `type`, or one function. Without it a cast ends the server. @see OTP `gen_server:Module:handle_cast/2` */
  readonly handleCast?:
    | CastClauses<S, K, M>
    | ((request: CastRequest<K>, state: S, self: Receiver<M>) => MaybePromise<NoReply<S>>)
  /**
   * Every other message, and `{ type: 'timeout' }`. Without it they are dropped, with a warning.
   *
   * @see OTP `gen_server:Module:handle_info/2`
   */
  readonly handleInfo?: (message: M, state: S, self: Receiver<M>) => MaybePromise<NoReply<S>>
  /**
   * Called at once after a result with `{ continue }`. Without it such a result ends the server.
   *
   * @see OTP `gen_server:Module:handle_continue/2`
   */
  readonly handleContinue?: (what: any, state: S, self: Receiver<M>) => MaybePromise<NoReply<S>>
  /**
   * Cleans up: after `stop`, after a crash, and at the parent's end if the server traps exits. Without it nothing is cleaned
   * up.
   *
   * @see OTP `gen_server:Module:terminate/2`
   */
  readonly terminate?: (reason: ExitReason, state: S, self: Receiver<M>) => MaybePromise<void>
}

// The helper form: everything is inferred from the module itself.
type AnyCall<S> = (request: any, from: From<any>, state: S, self: Receiver) => MaybePromise<CallResult<S, any>>
type AnyCast<S> = (request: any, state: S, self: Receiver) => MaybePromise<NoReply<S>>
type Settled<R> = R extends Promise<infer V> ? V : R
type Answer<R> = R extends readonly ['reply', infer V, ...any[]] ? V : R extends readonly ['stop', any, infer V, any] ? V : never
type Later<F> = F extends (request: any, from: From<infer R>, ...rest: any[]) => any ? R : unknown
type ReplyOf<F> = F extends (...args: any[]) => infer R
  ? [Answer<Settled<R>>] extends [never]
    ? Later<F>
    : Answer<Settled<R>>
  : never
type FieldsOf<F> = F extends (request: infer Q, ...rest: any[]) => any ? (unknown extends Q ? {} : Q) : {}
/**
 * The calls of inferred clauses: type -> function from the fields to the reply.
 *
 * @example
 * const clauses = { add: ({ by }: { by: number }, _from: From, n: number) => ['reply', n + by, n + by] as const }
 * const add: CallsOf<typeof clauses>['add'] = ({ by }) => by
 * add({ by: 2 }) // => 2
 * @see {@link defineServer}, which finds them out
 */
export type CallsOf<C> = { [T in keyof C]: (fields: FieldsOf<C[T]>) => ReplyOf<C[T]> }
/**
 * The casts of inferred clauses: type -> fields.
 *
 * @example
 * const clauses = { add: ({ by }: { by: number }, n: number) => ['noreply', n + by] as const }
 * const add: CastsOf<typeof clauses>['add'] = { by: 2 }
 * @see {@link defineServer}, which finds them out
 */
export type CastsOf<K> = { [T in keyof K]: FieldsOf<K[T]> }

/** A module as `defineServer(module)` takes it. */
export interface GenServerShape<S, A, C, K, M> {
  readonly init: (arg: A, self: Receiver) => MaybePromise<InitResult<S>>
  readonly handleCall?: C & { readonly [T in keyof C]: AnyCall<S> }
  readonly handleCast?: K & { readonly [T in keyof K]: AnyCast<S> }
  readonly handleInfo?: (message: M, state: S, self: Receiver) => MaybePromise<NoReply<S>>
  readonly handleContinue?: (what: any, state: S, self: Receiver) => MaybePromise<NoReply<S>>
  readonly terminate?: (reason: ExitReason, state: S, self: Receiver) => MaybePromise<void>
}
/** A module as `defineServer<State, Message>()(module)` takes it. */
export interface GenServerTyped<S, A, C, K, M> extends Omit<GenServer<S, A, {}, {}, M>, 'handleCall' | 'handleCast'> {
  readonly handleCall?: C & {
    readonly [T in keyof C]: (request: any, from: From<any>, state: S, self: Receiver<M>) => MaybePromise<CallResult<S, any>>
  }
  readonly handleCast?: K & {
    readonly [T in keyof K]: (request: any, state: S, self: Receiver<M>) => MaybePromise<NoReply<S>>
  }
}
