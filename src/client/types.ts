// What a page sees of its client: states, events, options. Types only. Entered by users, and by every file of this folder.
import type { Codec } from '../wire/codec.js'
import type {
  CallSchema,
  Callers,
  CallsOfSide,
  ErrorsOf,
  MessagesOf,
  Protocol,
  ProtocolShape,
  Senders,
  Side,
} from '../wire/contract-types.js'
import type { Problem } from '../wire/envelope.js'
import type { InputOf, OutputOf } from '../wire/standard-schema.js'

/**
 * How frames travel: over a WebSocket, or over plain HTTP, down as server-sent events or as answers to polls.
 *
 * @example
 * const transports: TransportName[] = ['ws', 'longPoll']
 * connect('/chat', { transports })
 * @see docs/fallback.md
 */
export type TransportName = 'ws' | 'sse' | 'longPoll'
/**
 * What a client is doing: trying to connect, connected, waiting before it tries again, or done for good.
 *
 * @example
 * const states: ClientState[] = ['connecting', 'open', 'waiting', 'closed']
 * @see docs/client.md has the chart
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'closed'

/**
 * What `onopen` is told. `resumed`: 'resumed' if nothing is missing since the last connection, 'gap' if something is, 'new' if
 * nothing is known of it. Without `resume` it is always 'new'.
 *
 * @example
 * connect('/chat').onopen = ({ resumed, transport }: OpenInfo) => console.log(resumed, transport)
 * @see docs/client.md
 */
export interface OpenInfo {
  /** What is known of the connection before. */
  readonly resumed: 'new' | 'resumed' | 'gap'
  /** How the frames travel. */
  readonly transport: TransportName
}
/**
 * What `ondisconnect` and `onclose` are told: the close code, 1006 where none came, and how it goes on. `delayMs`: when the
 * next try begins; absent if there is none, or if it waits for the page to be shown again.
 *
 * @example
 * connect('/chat').ondisconnect = ({ code, delayMs }: CloseInfo) => console.log(`${code}, again in ${delayMs} ms`)
 * @see RFC 6455 section 7.4; docs/client.md has the table
 */
export interface CloseInfo {
  /** The close code, 1006 where none came. */
  readonly code: number
  /** Why, in words: the peer's, or the client's own as 'timeout'; may be empty. */
  readonly reason: string
  /** Whether the client tries again. */
  readonly willRetry: boolean
  /** When the next try begins, in ms from now. Undefined if there is none, or if it waits for the page to be shown again. */
  readonly delayMs?: number
}

/**
 * How a client connects, and how it connects again.
 *
 * @example
 * connect('/chat', { token: () => fetch('/token').then((answer) => answer.text()), resume: true })
 * @see docs/client.md
 */
export interface ClientOptions {
  /** What is tried, in this order. Default `['ws', 'sse', 'longPoll']`. */
  readonly transports?: readonly TransportName[]
  /** Asked before each try; goes along as `token` of the query. Default: none. */
  readonly token?: () => string | Promise<string>
  /**
   * The messages of a page of `gensock/zotonic` are numbered and acknowledged: none is lost or doubled, also over a reload.
   * Default false.
   */
  readonly resume?: boolean
  /** After so many ms the other side is asked whether it is still there; 0 = never. Default 20 000. */
  readonly heartbeatMs?: number
  /** The wait before a try is random, below a limit of `firstMs` that doubles up to `maxMs`. Default 500 and 30 000 ms. */
  readonly backoff?: { readonly firstMs?: number; readonly maxMs?: number }
  /** `'bullet'`: the timing of Bullet's own client, and every close but one's own is followed by another try. Default: none. */
  readonly preset?: 'bullet'
}

/**
 * A connection that comes back by itself.
 *
 * @example
 * const client: Client = connect('/chat')
 * client.onopen = ({ resumed }) => console.log(resumed)
 * client.state // => 'connecting'
 * @see WebSocket of the HTML standard. Differs: it connects again, and `onmessage` is given the data, not an event
 */
export interface Client {
  /** What it is doing now. */
  readonly state: ClientState
  /** It is open, for the first time or again. */
  onopen: ((info: OpenInfo) => void) | null
  /** Text, or bytes. While it is null, messages wait. */
  onmessage: ((data: string | ArrayBuffer) => void) | null
  /** The connection has ended, or every transport has failed. */
  ondisconnect: ((info: CloseInfo) => void) | null
  /** It will not connect again; called once. */
  onclose: ((info: CloseInfo) => void) | null
  /** `heartbeatMs` have passed since the connection opened, or since the last of these. */
  onheartbeat: (() => void) | null
  /** Sends a message. False when it cannot be sent now: it is not open, or 4 MiB of earlier ones have not left yet. */
  send(data: string | ArrayBuffer | Uint8Array): boolean
  /** Ends the connection, or the wait for the next one. `code`: 1000, or 3000 to 4999; `reason`: at most 123 bytes. */
  close(code?: number, reason?: string): void
}

/**
 * How a client with a contract connects.
 *
 * @example
 * const options: ProtocolClientOptions<any> = { protocol: chat, token: () => 's3cr3t' }
 * connect('/chat', options).state // => 'connecting'
 * @see docs/protocol.md
 */
export interface ProtocolClientOptions<P extends ProtocolShape> extends Omit<ClientOptions, 'resume'> {
  /** Not with a contract: it is of the pages of `gensock/zotonic`, which speak none. Default false. */
  readonly resume?: false
  /** The contract, the same as that of the server's handler. */
  readonly protocol: Protocol<P>
  /** Offered to the server, the best first. Default `[jsonCodec]`. */
  readonly codecs?: readonly Codec[]
  /** Checks what is sent as well. Default: unless NODE_ENV is 'production'. */
  readonly validateOut?: boolean
}
/**
 * A method for each message of the server: `client.on.said(listener)`. It answers what ends it.
 *
 * @example
 * const said: string[] = []
 * const stop = connect('/chat', { protocol: chat }).on.said(({ line }) => said.push(line))
 * stop()
 * @see docs/protocol.md
 */
export type Listeners<S extends Side> = S extends unknown
  ? { readonly [K in keyof MessagesOf<S>]: (listener: (message: OutputOf<MessagesOf<S>[K]>) => void) => () => void }
  : never
/** Answers with an error of the contract; of a call without errors there is none. */
type Fail<Errors> = [keyof Errors] extends [never]
  ? never
  : <E extends keyof Errors>(error: E, ...data: undefined extends Errors[E] ? [data?: Errors[E]] : [data: Errors[E]]) => never
/**
 * A method for each call of the server: `client.answer.name(fn)`, which sets who answers and answers what unsets it. `fail`
 * answers with an error of the contract instead.
 *
 * @example
 * connect('/chat', { protocol: chat }).answer.areYouThere(() => true)
 * @see docs/protocol.md
 */
export type Answerers<S extends Side> = S extends unknown
  ? { readonly [K in keyof CallsOfSide<S>]: Answerer<CallsOfSide<S>[K]> }
  : never
type Answerer<C> = C extends CallSchema
  ? (
      answer: (request: OutputOf<C['request']>, fail: Fail<ErrorsOf<C>>) => InputOf<C['reply']> | Promise<InputOf<C['reply']>>,
    ) => () => void
  : never
/**
 * A connection that comes back by itself, and speaks a contract.
 *
 * @example
 * const client: ProtocolClient<typeof chat> = connect('/chat', { protocol: chat })
 * client.on.said(({ line }) => console.log(line))
 * client.send.say({ line: 'hello' }) // => false
 * @see docs/protocol.md
 */
export interface ProtocolClient<P extends ProtocolShape> extends Omit<Client, 'onmessage' | 'send'> {
  /** `client.send.name(message)`: false when it cannot be sent now. Throws a TypeError where it does not fit the contract. */
  readonly send: Senders<P['toServer'], boolean>
  /**
   * `await client.call.name(request)`: rejects with a `ProtocolError`. One that is made before there is a connection waits for
   * it.
   */
  readonly call: Callers<P['toServer']>
  /** `client.on.name(listener)`. Messages that nobody listens for are dropped. */
  readonly on: Listeners<P['toClient']>
  /** `client.answer.name(fn)`. */
  readonly answer: Answerers<P['toClient']>
  /** A frame was not taken, by this end or the other, see {@link Problem}. While it is null, a warning goes to the console. */
  onproblem: ((problem: Problem & { readonly saidBy: 'client' | 'server' }) => void) | null
}
