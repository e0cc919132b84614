// What a contract is for the compiler: its shape, and what follows from it for both ends. Types only. Entered by users, and by the
// two ends. `S extends unknown ? ... : never` around a mapped type is for who reads: the compiler then writes out what is in it, and
// not the name of the type with the whole contract behind it.
import type { AnySchema, InputOf, OutputOf, StandardSchema } from './standard-schema.js'

/**
 * A call of a contract: what is asked, what is answered, and by name the errors that may be answered instead.
 *
 * @example
 * const [request, reply] = [z.object({ last: z.number() }), z.array(z.string())]
 * const history: CallSchema = { request, reply, errors: { tooMany: z.number() } }
 * @see docs/protocol.md
 */
export interface CallSchema {
  /** What is asked. */
  readonly request: StandardSchema<any, any>
  /** What is answered. */
  readonly reply: StandardSchema<any, any>
  /** What may be answered instead: name -> what comes with it. Default none. */
  readonly errors?: { readonly [name: string]: StandardSchema<any, any> }
  /**
   * `atLeastOnce`: a call whose connection is lost is sent again over the next one, with the same key; a server that has
   * answered it, or is about to, does not run it again. Only for calls to the server. Default `atMostOnce`.
   */
  readonly delivery?: 'atMostOnce' | 'atLeastOnce'
}
/**
 * What travels in one direction: messages, which nobody answers, and calls. No name may be in both.
 *
 * @example
 * const toServer: Side = { messages: { say: z.object({ line: z.string() }) } }
 * @see docs/protocol.md
 */
export interface Side {
  /** Name -> schema. Default none. */
  readonly messages?: { readonly [name: string]: StandardSchema<any, any> }
  /** Name -> schemas of request, reply and errors. Default none. */
  readonly calls?: { readonly [name: string]: CallSchema }
}
/**
 * A contract as `defineProtocol` takes it, seen from the wire, not from an end: what travels to the server, what to the client.
 *
 * @example
 * const shape: ProtocolShape = { version: 'chat.1', toServer: {}, toClient: { messages: { said: z.string() } } }
 * @see docs/protocol.md
 */
export interface ProtocolShape {
  /** The subprotocol: letters, digits and `!#$%&'*-.^_|~`. A change that old clients do not understand needs a new one. */
  readonly version: string
  /** What clients send. */
  readonly toServer: Side
  /** What the server sends. */
  readonly toClient: Side
}
/** Its name stands in what the compiler says of an object that is no contract. */
declare const madeByDefineProtocol: unique symbol
/**
 * A contract, for `protocolHandler` on the server and `connect` in the page.
 *
 * @example
 * const chat = defineProtocol({ version: 'chat.1', toServer: { messages: { say: z.string() } }, toClient: {} })
 * const version: 'chat.1' = chat.version
 * @see {@link defineProtocol}, which makes it
 */
export interface Protocol<in out P extends ProtocolShape> {
  /** As it was given. */
  readonly version: P['version']
  /** As it was given. */
  readonly toServer: P['toServer']
  /** As it was given. */
  readonly toClient: P['toClient']
  /** For the compiler only: no such field exists. */
  readonly [madeByDefineProtocol]: (shape: P) => P
}

/**
 * The messages of a side: name -> schema; none is `{}`.
 *
 * @example
 * type Names = keyof MessagesOf<{ messages: { say: StandardSchema<string> } }>
 * const name: Names = 'say'
 * @see {@link Side}
 */
export type MessagesOf<S extends Side> = S['messages'] extends object ? S['messages'] : {}
/**
 * The calls of a side: name -> schemas; none is `{}`.
 *
 * @example
 * type Names = keyof CallsOfSide<{ calls: { now: { request: StandardSchema<null>; reply: StandardSchema<number> } } }>
 * const name: Names = 'now'
 * @see {@link Side}
 */
export type CallsOfSide<S extends Side> = S['calls'] extends object ? S['calls'] : {}

/** No argument where the value may be undefined. */
export type Sent<I> = undefined extends I ? [message?: I] : [message: I]
type Asked<I, O> = undefined extends I ? [request?: I, options?: O] : [request: I, options?: O]
/** The errors of a call: name -> what is given with it. */
export type ErrorsOf<C> = C extends { readonly errors: infer E extends object } ? { readonly [K in keyof E]: InputOf<E[K]> } : {}
/**
 * A method for each message of a side.
 *
 * @example
 * const send: Senders<{ messages: { say: StandardSchema<string> } }, boolean> = { say: (line) => line !== '' }
 * send.say('hi') // => true
 * @see docs/protocol.md
 */
export type Senders<S extends Side, R> = S extends unknown
  ? { readonly [K in keyof MessagesOf<S>]: (...message: Sent<InputOf<MessagesOf<S>[K]>>) => R }
  : never
/**
 * How long a call waits.
 *
 * @example
 * const patient: ProtocolCallOptions = { timeoutMs: 'infinity' }
 * @see OTP `gen_server:call/3`
 */
export interface ProtocolCallOptions {
  /**
   * The call rejects after so many ms, from 1, with reason `timeout`; an answer that comes later is dropped. Default 5 000, of
   * a call that is delivered at least once 60 000.
   */
  readonly timeoutMs?: number | 'infinity'
}
/**
 * A method for each call of a side: resolves with the reply, rejects with a {@link ProtocolError}.
 *
 * @example
 * type ToServer = { calls: { double: { request: StandardSchema<number>; reply: StandardSchema<number> } } }
 * const call: Callers<ToServer> = { double: async (n) => 2 * n }
 * await call.double(21) // => 42
 * @see OTP `gen_server:call/3`
 */
export type Callers<S extends Side> = S extends unknown
  ? { readonly [K in keyof CallsOfSide<S>]: Caller<CallsOfSide<S>[K]> }
  : never
type Caller<C> = C extends CallSchema
  ? (...request: Asked<InputOf<C['request']>, ProtocolCallOptions>) => Promise<OutputOf<C['reply']>>
  : never

type Flat<T> = T extends unknown ? { readonly [K in keyof T]: T[K] } : never
/** What becomes the `data` of its event; anything else is an object, and becomes the event itself. */
type Data<D> = D extends readonly unknown[] | Uint8Array ? D : D extends object ? never : D
type Event<K, D> =
  | ([Data<D>] extends [never] ? never : Flat<{ readonly type: K } & Sole<Data<D>>>)
  | (D extends Data<D> ? never : Flat<{ readonly type: K } & Omit<Fields<D>, 'type'>>)
type Sole<D> = undefined extends D ? { readonly data?: D } : { readonly data: D }
/** zod says of an empty object that each key of it is `never`, and so would be `type`. */
type Fields<D> = string extends keyof D ? ([D[keyof D]] extends [never] ? {} : D) : D
/**
 * The messages to the server as events: `{ type: name, ...message }`, and of a message that is no object
 * `{ type: name, data }`. So they are the events of an xstate machine.
 *
 * @example
 * const messages = { go: z.object({ to: z.string() }) }
 * const light = defineProtocol({ version: 'light.1', toServer: { messages }, toClient: {} })
 * const event: EventToServer<typeof light> = { type: 'go', to: 'green' }
 * @see docs/protocol.md; https://stately.ai/docs/transitions
 */
export type EventToServer<T> =
  T extends Protocol<infer P>
    ? { [K in keyof MessagesOf<P['toServer']>]: Event<K, OutputOf<MessagesOf<P['toServer']>[K]>> }[keyof MessagesOf<
        P['toServer']
      >]
    : never
/**
 * The messages to the client as events, in the same form: what `self.emit` takes.
 *
 * @example
 * const light = defineProtocol({ version: 'light.1', toServer: {}, toClient: { messages: { colour: z.string() } } })
 * const event: EventToClient<typeof light> = { type: 'colour', data: 'green' }
 * @see docs/protocol.md
 */
export type EventToClient<T> =
  T extends Protocol<infer P>
    ? { [K in keyof MessagesOf<P['toClient']>]: Event<K, InputOf<MessagesOf<P['toClient']>[K]>> }[keyof MessagesOf<P['toClient']>]
    : never

type CallNamed<P extends ProtocolShape, K> =
  | (K extends keyof CallsOfSide<P['toServer']> ? CallsOfSide<P['toServer']>[K] : never)
  | (K extends keyof CallsOfSide<P['toClient']> ? CallsOfSide<P['toClient']>[K] : never)
/**
 * The names of all calls of a contract, in both directions.
 *
 * @example
 * const calls = { now: { request: z.null(), reply: z.number() } }
 * const clock = defineProtocol({ version: 'clock.1', toServer: { calls }, toClient: {} })
 * const name: CallName<typeof clock> = 'now'
 * @see {@link isProtocolError}
 */
export type CallName<T> =
  T extends Protocol<infer P> ? keyof CallsOfSide<P['toServer']> | keyof CallsOfSide<P['toClient']> : never
/**
 * What a call of a contract may reject with besides reasons of the library, by name: `{ error, data }` of each.
 *
 * @example
 * const request = z.object({ last: z.number() })
 * const history = { request, reply: z.array(z.string()), errors: { tooMany: z.number() } }
 * const chat = defineProtocol({ version: '1', toServer: { calls: { history } }, toClient: {} })
 * const error: ContractError<typeof chat, 'history'> = { error: 'tooMany', data: 100 }
 * @see {@link isProtocolError}
 */
export type ContractError<T, K> =
  T extends Protocol<infer P>
    ? CallNamed<P, K> extends { readonly errors: infer E extends { readonly [name: string]: AnySchema } }
      ? { [N in keyof E]: { readonly error: N; readonly data: OutputOf<E[N]> } }[keyof E]
      : never
    : never
