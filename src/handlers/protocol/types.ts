// What a handler of a contract is for the compiler. Types only. Entered by users and by every file of this room.
import type { ExitReason } from '../../base/exit-reason.js'
import type { From } from '../../runtime/call.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import type { Command } from '../../sockets/commands.js'
import type { SocketEvent, SocketHandler, SocketSelf, TerminateReason } from '../../sockets/handler.js'
import type { RouteOptions } from '../../sockets/options.js'
import type { Codec } from '../../wire/codec.js'
import type {
  CallSchema,
  Callers,
  CallsOfSide,
  ErrorsOf,
  EventToClient,
  EventToServer,
  MessagesOf,
  Protocol,
  ProtocolShape,
  Senders,
  Sent,
} from '../../wire/contract-types.js'
import type { InputOf, OutputOf } from '../../wire/standard-schema.js'

/**
 * The process of the socket, as the callbacks of a contract see it: what it sends is what the contract names.
 *
 * @example
 * const greet = (self: ProtocolSelf<typeof chat>, line: string): void => self.push.said({ line })
 * const handler = protocolHandler<null>()(chat, {
 *   init(_args, self) {
 *     greet(self, 'hello')
 *     return ['ok', null]
 *   },
 *   on: { say: (_message, state) => ['ok', state] },
 *   calls: { history: (_request, _from, state) => ['reply', [], state] },
 * })
 * const socket = fakeTransport(node, handler, { request: { headers: { 'sec-websocket-protocol': 'chat.1' } } })
 * await node.settle()
 * socket.sent // => [['text', '["said",{"line":"hello"}]']]
 * @see {@link SocketSelf}
 */
export interface ProtocolSelf<P extends ProtocolShape, Message = never> extends Omit<SocketSelf<Message>, 'push' | 'call'> {
  /**
   * `self.push.name(message)`: sends now, in order with everything else. Nothing once the socket ends. Throws
   * `GENSOCK_ERR_BAD_MESSAGE` where the message does not fit the contract (`validateOut`).
   */
  readonly push: Senders<P['toClient'], void>
  /** The same for a message as an event, `{ type: name, ...message }`: as an xstate machine emits it. */
  readonly emit: (event: EventToClient<Protocol<P>>) => void
  /** Carries out commands that are no data, now: for callbacks whose answer has no place for them, and for async ones. */
  readonly control: (commands: ControlCommand | readonly ControlCommand[]) => void
  /**
   * `await self.call.name(request)`: asks the client. Rejects with a `ProtocolError`. Meanwhile the socket handles nothing
   * else, as with every `await` of a callback; the answer overtakes what waits in the mailbox. Throws
   * `GENSOCK_ERR_BAD_MESSAGE` where the request does not fit the contract (`validateOut`).
   */
  readonly call: Callers<P['toClient']>
}
/**
 * A command other than data: those are what the contract names.
 *
 * @example
 * const bye: ControlCommand = close(4000, 'bye')
 * @see {@link Command}
 */
export type ControlCommand = Exclude<Command, readonly ['text', string] | readonly ['binary', Uint8Array]>
/**
 * Now or later. A promise has no `join`, as tuples have, and says so: the compiler then picks by the tag which tuple was meant,
 * and its error stands at the element that is wrong.
 */
type Answer<R> = R | (Promise<R> & { readonly join?: never })

// There are no values of these: their names stand in what the compiler says of a mistake.
declare const kHint: unique symbol
/** Of `['push', text('hi'), state]`. */
interface DataGoesBySelfPush {
  readonly [kHint]: never
}
/** Of `['stop', 'normal']`. */
interface TheStateIsMissing {
  readonly [kHint]: never
}
/** Of `['error', 'full', data, state]`, and of `replyError`. */
interface ThisCallHasNoErrors {
  readonly [kHint]: never
}
/** Of a clause. */
interface NotInTheContract {
  readonly [kHint]: never
}
type DataFrame = readonly ['text' | 'binary', DataGoesBySelfPush]

/**
 * What a callback of a contract answers: the state to go on with, the same after commands, or the end with an exit reason.
 *
 * @example
 * const quit = (n: number): ProtocolResult<number> => (n < 3 ? ['ok', n + 1] : ['push', close(4000, 'enough'), n])
 * quit(0) // => ['ok', 1]
 * @see `Result` of gensock/socket
 */
export type ProtocolResult<State> =
  | readonly ['ok', State, 'hibernate'?]
  | readonly ['push', ControlCommand | readonly ControlCommand[], State, 'hibernate'?]
  | readonly ['stop', ExitReason, State]
type MessageAnswer<State> = Answer<
  | ProtocolResult<State>
  | readonly ['push', DataFrame | readonly (DataFrame | ControlCommand)[], State]
  | readonly ['push' | 'stop', TheStateIsMissing]
>

type ErrorResult<Errors, State> = { [E in keyof Errors]: readonly ['error', E, Errors[E], State] }[keyof Errors]
type CallResult<Reply, Errors, State> =
  | readonly ['reply', Reply, State, 'hibernate'?]
  | ErrorResult<Errors, State>
  | readonly ['noreply', State, 'hibernate'?]
  | readonly ['stop', ExitReason, Reply, State]
  | readonly ['stop', ExitReason, State]
type CallAnswer<Reply, Errors, State> = Answer<
  | CallResult<Reply, Errors, State>
  | ([keyof Errors] extends [never] ? readonly ['error', ThisCallHasNoErrors, unknown, State] : never)
  | readonly ['reply' | 'error' | 'stop', TheStateIsMissing]
>
/**
 * What a call of the contract answers: a reply, an error that the contract names, nothing for now (`reply(from, value)` or
 * `replyError(from, error, data)` later, from any process), or the end, with a reply or without.
 *
 * @example
 * type History = typeof chat.toServer.calls.history
 * const answer: ProtocolCallResult<History, null> = ['error', 'tooMany', 100, null]
 * @see OTP `gen_server:Module:handle_call/3`
 */
export type ProtocolCallResult<C extends CallSchema, State> = CallResult<InputOf<C['reply']>, ErrorsOf<C>, State>

declare const kErrors: unique symbol
/**
 * The client that called, by what its call may be answered with: a reply, or by name an error with what comes with it.
 *
 * @example
 * const waiting: CallFrom<number, { taken: string }>[] = []
 * const refuse = (): void => waiting.forEach((from) => replyError(from, 'taken', 'seat 7 is taken'))
 * refuse()
 * @see {@link ProtocolFrom}, the same by the call of a contract
 */
export interface CallFrom<Reply, Errors> extends From<Reply> {
  /** For the compiler only: no such field exists. */
  readonly [kErrors]: Errors
}
/**
 * The client that called: for `reply` of gensock, and for `replyError`.
 *
 * @example
 * type History = typeof chat.toServer.calls.history
 * const waiting: ProtocolFrom<History>[] = []
 * for (const from of waiting) reply(from, ['hello'])
 * @see {@link From}
 */
export type ProtocolFrom<C extends CallSchema> = CallFrom<InputOf<C['reply']>, ErrorsOf<C>>
/** The errors of who has called: name -> what comes with it. */
type ErrorsOfFrom<F> = F extends { readonly [kErrors]: infer E } ? E : {}
/** The names of the errors of who has called. */
export type ErrorNameOf<F> = [keyof ErrorsOfFrom<F>] extends [never] ? ThisCallHasNoErrors : keyof ErrorsOfFrom<F>
/** What is to be given with an error: nothing where it may be undefined. */
export type ErrorDataOf<F, E> = [E] extends [keyof ErrorsOfFrom<F>] ? Sent<ErrorsOfFrom<F>[E]> : [data?: unknown]

interface MessageClause<Message, State, Self> {
  (message: Message, state: State, self: Self): MessageAnswer<State>
}
interface CallClause<Request, Reply, Errors, State, Self> {
  (request: Request, from: CallFrom<Reply, Errors>, state: State, self: Self): CallAnswer<Reply, Errors, State>
}
type CallClauseOf<C, S, Self> = C extends CallSchema
  ? CallClause<OutputOf<C['request']>, InputOf<C['reply']>, ErrorsOf<C>, S, Self>
  : never
/**
 * A callback for each message to the server.
 *
 * @example
 * type Shape = { version: '1'; toServer: { messages: { say: StandardSchema<string> } }; toClient: {} }
 * const on: MessageClauses<Shape, string[], never> = { say: (line, lines) => ['ok', [...lines, line]] }
 * @see docs/protocol.md
 */
export type MessageClauses<P extends ProtocolShape, S, M> = P extends unknown
  ? {
      readonly [K in keyof MessagesOf<P['toServer']>]: MessageClause<
        OutputOf<MessagesOf<P['toServer']>[K]>,
        S,
        ProtocolSelf<P, M>
      >
    }
  : never
/**
 * A callback for each call to the server.
 *
 * @example
 * type Now = { request: StandardSchema<null>; reply: StandardSchema<number> }
 * type Shape = { version: '1'; toServer: { calls: { now: Now } }; toClient: {} }
 * const calls: ProtocolCallClauses<Shape, null, never> = { now: (_request, _from, state) => ['reply', 0, state] }
 * @see docs/protocol.md
 */
export type ProtocolCallClauses<P extends ProtocolShape, S, M> = P extends unknown
  ? { readonly [K in keyof CallsOfSide<P['toServer']>]: CallClauseOf<CallsOfSide<P['toServer']>[K], S, ProtocolSelf<P, M>> }
  : never
type OnPart<P extends ProtocolShape, S, M> = keyof MessagesOf<P['toServer']> extends never
  ? { readonly on?: { readonly [name: string]: NotInTheContract } }
  : {
      /** What comes, by name; or one callback for all of it, each message as an event: `{ type: name, ...message }`. */
      readonly on:
        | MessageClauses<P, S, M>
        | ((event: EventToServer<Protocol<P>>, state: S, self: ProtocolSelf<P, M>) => MessageAnswer<S>)
    }
type CallsPart<P extends ProtocolShape, S, M> = keyof CallsOfSide<P['toServer']> extends never
  ? { readonly calls?: { readonly [name: string]: NotInTheContract } }
  : {
      /** What is asked, by name. */
      readonly calls: ProtocolCallClauses<P, S, M>
    }
interface OtherParts<P extends ProtocolShape, S, M, A> {
  /** Makes the first state; frames wait until it has answered. */
  readonly init: (args: A, self: ProtocolSelf<P, M>) => MessageAnswer<S>
  /** A message from a process or timer. Without it messages are ignored. */
  readonly info?: (message: M, state: S, self: ProtocolSelf<P, M>) => MessageAnswer<S>
  /** What the library tells of the peer and of limits. Without it pings are answered all the same. */
  readonly event?: (event: SocketEvent, state: S, self: ProtocolSelf<P, M>) => MessageAnswer<S>
  /** Cleans up: once, last. Without it nothing is done. */
  readonly terminate?: (reason: TerminateReason, state: S, self: ProtocolSelf<P, M>) => MaybePromise<void>
  /**
   * For `onSlowPeer: { coalesce }` of its routes: name of a message to the client -> what it is about. Of those that wait for a
   * peer that is behind, only the newest about the same thing is kept. Messages of other names, and those about undefined,
   * wait. Default none.
   */
  readonly coalesce?: {
    readonly [K in keyof MessagesOf<P['toClient']>]?: (message: InputOf<MessagesOf<P['toClient']>[K]>) => string | undefined
  }
  /** Options that its routes have unless they say otherwise. Default none. */
  readonly defaults?: Partial<RouteOptions>
}
/**
 * The handler of a contract, as `protocolHandler` takes it.
 *
 * @example
 * type Shape = { version: '1'; toServer: { messages: { say: StandardSchema<string> } }; toClient: {} }
 * const shape: ProtocolHandlerShape<Shape, null, never, InitArgs> = {
 *   init: () => ['ok', null],
 *   on: { say: (_line, state) => ['ok', state] },
 * }
 * @see {@link protocolHandler}
 */
export type ProtocolHandlerShape<P extends ProtocolShape, S, M, A> = OtherParts<P, S, M, A> & OnPart<P, S, M> & CallsPart<P, S, M>

/**
 * How a handler of a contract takes what comes, and checks what goes.
 *
 * @example
 * const options: ProtocolOptions = { onBadFrame: { closeAfter: 3 } }
 * @see docs/protocol.md
 */
export interface ProtocolOptions {
  /**
   * What to do with a frame that is none or does not fit the contract. `answer`: its sender is told what was expected. `drop`:
   * it is only counted. `closeAfter`: the first are answered, with that many the socket closes: with 1007 if the last cannot be
   * decoded, else with 1008. A call is answered whatever is said here. Default 'answer'.
   */
  readonly onBadFrame?: 'answer' | 'drop' | { readonly closeAfter: number }
  /** Checks what comes. Without it a peer can send anything in the place of a value. Default true. */
  readonly validateIn?: boolean
  /** Checks what goes: a mistake throws `GENSOCK_ERR_BAD_MESSAGE`. Default: unless NODE_ENV is 'production'. */
  readonly validateOut?: boolean
  /** Those that a client can choose from, the best first. Default `[jsonCodec]`. */
  readonly codecs?: readonly Codec[]
  /** Of calls that are delivered at least once, so many answers are kept, so long. Default 1 000, for 600 000 ms. */
  readonly answered?: { readonly max?: number; readonly keepMs?: number }
}
/**
 * What has happened at the sockets of one handler, counted since it was made.
 *
 * @example
 * const nothing: ProtocolCounters = { badFrames: 0, repeatedCalls: 0, refusedVersions: 0 }
 * @see {@link ProtocolHandler}
 */
export interface ProtocolCounters {
  /** Frames that were none, or did not fit the contract. */
  readonly badFrames: number
  /** Calls that came again and were not run again. */
  readonly repeatedCalls: number
  /** Connections that were closed with 4406. */
  readonly refusedVersions: number
}
/**
 * What `protocolHandler` answers: a handler for `route`, and its counters.
 *
 * @example
 * const counted = (handler: ProtocolHandler<any, any, any>): number => handler.counters().badFrames
 * @see {@link SocketHandler}
 */
export interface ProtocolHandler<State, Message, Args> extends SocketHandler<State, Message, {}, Args> {
  /** What has happened so far. */
  counters(): ProtocolCounters
}
