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
  EventToClient,
  EventToServer,
  MessagesOf,
  Protocol,
  ProtocolShape,
  Senders,
} from '../../wire/contract-types.js'
import type { InputOf, OutputOf } from '../../wire/standard-schema.js'

/**
 * The process of the socket, as the callbacks of a contract see it: what it sends is what the contract names.
 *
 * @example
 * const greet = (self: ProtocolSelf<any>, line: string): void => self.push.said({ line })
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
  /**
   * `await self.call.name(request)`: asks the client. Rejects with a `ProtocolError`. Meanwhile the socket handles nothing else,
   * as with every `await` of a callback; the answer overtakes what waits in the mailbox.
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
 * What a callback of a contract answers: the state to go on with, the same after commands, or the end with an exit reason.
 *
 * @example
 * const quit = (n: number): ProtocolResult<number> => (n < 3 ? ['ok', n + 1] : ['push', close(4000, 'enough'), n])
 * quit(0) // => ['ok', 1]
 * @see {@link Result}
 */
export type ProtocolResult<State> =
  | readonly ['ok', State, 'hibernate'?]
  | readonly ['push', ControlCommand | readonly ControlCommand[], State, 'hibernate'?]
  | readonly ['stop', ExitReason, State]

type ErrorResult<C extends CallSchema, State> = C['errors'] extends object
  ? { [E in keyof C['errors']]: readonly ['error', E, InputOf<C['errors'][E]>, State] }[keyof C['errors']]
  : never
/**
 * What a call of the contract answers: a reply, an error that the contract names, nothing for now (`reply(from, value)` or
 * `replyError(from, error, data)` later, from any process), or the end, with a reply or without.
 *
 * @example
 * const answer: ProtocolCallResult<{ request: StandardSchema<null>; reply: StandardSchema<number> }, string> = ['reply', 1, 'state']
 * @see OTP `gen_server:Module:handle_call/3`
 */
export type ProtocolCallResult<C extends CallSchema, State> =
  | readonly ['reply', InputOf<C['reply']>, State, 'hibernate'?]
  | ErrorResult<C, State>
  | readonly ['noreply', State, 'hibernate'?]
  | readonly ['stop', ExitReason, InputOf<C['reply']>, State]
  | readonly ['stop', ExitReason, State]

declare const kErrors: unique symbol
/**
 * The client that called: for `reply` of gensock, and for `replyError`.
 *
 * @example
 * const waiting: ProtocolFrom<CallSchema>[] = []
 * @see {@link From}
 */
export interface ProtocolFrom<C extends CallSchema> extends From<InputOf<C['reply']>> {
  /** For the compiler only: no such field exists. */
  readonly [kErrors]: C['errors']
}
/** The errors of who has called: name -> schema. */
export type ErrorsOfFrom<F> = F extends { readonly [kErrors]: infer E } ? (E extends object ? E : {}) : never

/**
 * A callback for each message to the server.
 *
 * @example
 * type Shape = { version: '1'; toServer: { messages: { say: StandardSchema<string> } }; toClient: {} }
 * const on: MessageClauses<Shape, string[], never> = { say: (line, lines) => ['ok', [...lines, line]] }
 * @see docs/protocol.md
 */
export type MessageClauses<P extends ProtocolShape, S, M> = {
  readonly [K in keyof MessagesOf<P['toServer']>]: (
    message: OutputOf<MessagesOf<P['toServer']>[K]>,
    state: S,
    self: ProtocolSelf<P, M>,
  ) => MaybePromise<ProtocolResult<S>>
}
/**
 * A callback for each call to the server.
 *
 * @example
 * type Shape = { version: '1'; toServer: { calls: { now: { request: StandardSchema<null>; reply: StandardSchema<number> } } }; toClient: {} }
 * const calls: ProtocolCallClauses<Shape, null, never> = { now: (_request, _from, state) => ['reply', 0, state] }
 * @see docs/protocol.md
 */
export type ProtocolCallClauses<P extends ProtocolShape, S, M> = {
  readonly [K in keyof CallsOfSide<P['toServer']>]: CallsOfSide<P['toServer']>[K] extends CallSchema
    ? (
        request: OutputOf<CallsOfSide<P['toServer']>[K]['request']>,
        from: ProtocolFrom<CallsOfSide<P['toServer']>[K]>,
        state: S,
        self: ProtocolSelf<P, M>,
      ) => MaybePromise<ProtocolCallResult<CallsOfSide<P['toServer']>[K], S>>
    : never
}
type OnPart<P extends ProtocolShape, S, M> = keyof MessagesOf<P['toServer']> extends never
  ? { readonly on?: {} }
  : {
      /** What comes, by name; or one callback for all of it, each message as an event: `{ type: name, ...message }`. */
      readonly on:
        | MessageClauses<P, S, M>
        | ((event: EventToServer<Protocol<P>>, state: S, self: ProtocolSelf<P, M>) => MaybePromise<ProtocolResult<S>>)
    }
type CallsPart<P extends ProtocolShape, S, M> = keyof CallsOfSide<P['toServer']> extends never
  ? { readonly calls?: {} }
  : {
      /** What is asked, by name. */
      readonly calls: ProtocolCallClauses<P, S, M>
    }
interface OtherParts<P extends ProtocolShape, S, M, A> {
  /** Makes the first state; frames wait until it has answered. */
  readonly init: (args: A, self: ProtocolSelf<P, M>) => MaybePromise<ProtocolResult<S>>
  /** A message from a process or timer. Without it messages are ignored. */
  readonly info?: (message: M, state: S, self: ProtocolSelf<P, M>) => MaybePromise<ProtocolResult<S>>
  /** What the library tells of the peer and of limits. Without it pings are answered all the same. */
  readonly event?: (event: SocketEvent, state: S, self: ProtocolSelf<P, M>) => MaybePromise<ProtocolResult<S>>
  /** Cleans up: once, last. Without it nothing is done. */
  readonly terminate?: (reason: TerminateReason, state: S, self: ProtocolSelf<P, M>) => MaybePromise<void>
  /**
   * For `onSlowPeer: { coalesce }` of its routes: name of a message to the client -> what it is about. Of those that wait for a peer that
   * is behind, only the newest about the same thing is kept. Messages of other names, and those about undefined, wait. Default none.
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
   * What to do with a frame that is none or does not fit the contract. `answer`: its sender is told what was expected. `drop`: it is
   * only counted. `closeAfter`: the first are answered, with that many the socket closes: with 1007 if the last cannot be decoded,
   * else with 1008. A call is answered whatever is said here. Default 'answer'.
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
