// What a page sees of its client: states, events, options. Types only. Entered by users, and by every file of this folder.

/**
 * How frames travel: over a WebSocket, or over plain HTTP, down as server-sent events or as answers to polls.
 *
 * @see docs/fallback.md
 */
export type TransportName = 'ws' | 'sse' | 'longPoll'
/**
 * What a client is doing: trying to connect, connected, waiting before it tries again, or done for good.
 *
 * @see docs/client.md has the chart
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'closed'

/**
 * What `onopen` is told. `resumed`: 'resumed' if nothing is missing since the last connection, 'gap' if something is, 'new' if
 * nothing is known of it. Without `resume` it is always 'new'.
 *
 * @see docs/client.md
 */
export interface OpenInfo {
  readonly resumed: 'new' | 'resumed' | 'gap'
  readonly transport: TransportName
}
/**
 * What `ondisconnect` and `onclose` are told: the close code, 1006 where none came, and how it goes on. `delayMs`: when the
 * next try begins; absent if there is none, or if it waits for the page to be shown again.
 *
 * @see RFC 6455 section 7.4; docs/client.md has the table
 */
export interface CloseInfo {
  readonly code: number
  readonly reason: string
  readonly willRetry: boolean
  readonly delayMs?: number
}

/**
 * How a client connects, and how it connects again.
 *
 * @example
 * connect('/chat', { token: () => fetch('/token').then((answer) => answer.text()), resume: true })
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
 * @see WebSocket of the HTML standard. Differs: it connects again, and `onmessage` is given the data, not an event
 */
export interface Client {
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
