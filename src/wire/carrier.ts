// What the fallback transports say over plain HTTP: the parameters of a request, and frames as JSON. Pure, no Node import: shared by
// transports/sse, transports/long-poll and the browser client. docs/fallback.md describes the protocol.

/** The query parameter that makes a request to a route one of these; the others go with it. */
export const PARAMETER = 'gensock'
/** `open`: POST, asks for a connection. `sse`, `poll`: GET, take frames. `send`: POST, brings frames. `ws`: an upgrade by our client. */
export type Verb = 'open' | 'sse' | 'poll' | 'send' | 'ws'
/** The connection that a request belongs to, what its sender has received, and with `open` how it means to go on. */
export const ID = 'id'
export const ACK = 'ack'
export const VIA = 'via'
/** Subprotocols that the peer offers with `open`, separated by commas. */
export const PROTOCOLS = 'protocols'

/** The event with which server-sent events begin: of a comment a browser tells its page nothing. */
export const ATTACHED = 'attached'

/**
 * One frame: its number, its kind (text, binary, ping, pong, close), and its data: text as it is, bytes in base64, of a close frame code and
 * reason.
 */
export type Item =
  | readonly [number: number, kind: 't' | 'b' | 'p' | 'q', data: string]
  | readonly [number: number, kind: 'c', code: number | null, reason: string]
/** The answer to `open`. */
export interface Opened {
  readonly id: string
  readonly subprotocol: string | null
}
/** What a `send` brings: the number of the last frame received, and frames. */
export interface Sent {
  readonly ack: number
  readonly frames: readonly Item[]
}

/** Reads one frame; undefined if it is none. */
export function itemOf(value: unknown): Item | undefined {
  if (!Array.isArray(value)) return undefined
  const [number, kind, data, reason] = value as readonly unknown[]
  if (!isCount(number) || number === 0) return undefined
  if (kind === 'c') {
    const good = value.length === 4 && (data === null || isCount(data)) && typeof reason === 'string'
    return good ? (value as unknown as Item) : undefined
  }
  const good = value.length === 3 && typeof data === 'string' && (kind === 't' || kind === 'b' || kind === 'p' || kind === 'q')
  return good ? (value as unknown as Item) : undefined
}

/** Reads the body of a `send`; undefined if it is none. */
export function sentOf(text: string): Sent | undefined {
  const body = parsed(text) as { readonly ack?: unknown; readonly frames?: unknown } | undefined
  if (typeof body !== 'object' || body === null || !isCount(body.ack) || !Array.isArray(body.frames)) return undefined
  const frames = body.frames.map(itemOf)
  return frames.every((item) => item !== undefined) ? { ack: body.ack, frames } : undefined
}

/** Reads a number of the query; undefined if it is none. */
export function numberOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** JSON, or undefined. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // garbage: the caller says so
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** What our client and a server of ours say to each other over a WebSocket besides the frames of the application: see docs/fallback.md. */
export const HELLO = '\u0000gensock'
/** From the client; answered with the same. */
export const HEARTBEAT = '\u0000'
