// The request that asks for a socket, and the two answers to it. Types, and the constructors `accept` and `reject`.
import type { IncomingHttpHeaders } from 'node:http'
import { BadReturnError } from '../base/errors.js'

/** The HTTP request that asked for the socket. */
export interface SocketRequest {
  readonly method: string
  readonly url: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
  readonly cookies: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string
  /** Did it come over TLS? */
  readonly secure: boolean
}
type Segment<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? Segment<Head> | Segment<Tail>
  : P extends `:${infer Name}`
    ? Name
    : P extends '*'
      ? '*'
      : never
/** The variables of a path: `PathParams<'/rooms/:id'>` is `{ id: string }`. */
export type PathParams<P extends string> = { readonly [K in Segment<P>]: string }

/** Limits that can also be set on a running socket. */
export interface SocketLimits {
  /** Close after this long without a received byte, pongs included, in ms; 0 = never. Default 60 000. */
  readonly idleTimeoutMs?: number
  /** Longest message from the peer, in bytes after decompression; a longer one closes 1009. Default 1 000 000. */
  readonly maxFrameBytes?: number
}
/** How a refused handshake is answered. */
export interface RejectOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
/** What goes out with the 101. */
export interface AcceptOptions {
  readonly subprotocol?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Limits of this one socket. */
  readonly options?: SocketLimits
}
/** The answer of `authorize`. */
export type AuthorizeResult<Claims> = readonly ['accept', Claims, AcceptOptions?] | readonly ['reject', number, RejectOptions?]
/** The answer of `upgrade`: what it accepts with is `args.seed` of `init`. */
export type Upgrade = AuthorizeResult<unknown>

/** Lets the peer in. @example accept({ user: 'u1' }, { subprotocol: 'v2' }) */
export function accept<C>(claims: C, options?: AcceptOptions): readonly ['accept', C, AcceptOptions?] {
  return options === undefined ? ['accept', claims] : ['accept', claims, options]
}
/** Refuses the peer with an HTTP status from 400 to 599. @example reject(401) */
export function reject(status: number, options?: RejectOptions): readonly ['reject', number, RejectOptions?] {
  return options === undefined ? ['reject', status] : ['reject', status, options]
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Headers that the handshake itself owns. */
const RESERVED = [
  'connection',
  'upgrade',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'transfer-encoding',
  'content-length',
]

/** Refuses an answer of `authorize` or `upgrade` that could not go on the wire. */
export function checkUpgrade(callback: string, answer: unknown): asserts answer is Upgrade {
  const [tag, value, options] = Array.isArray(answer) ? (answer as unknown[]) : []
  const good =
    tag === 'accept' || (tag === 'reject' && Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599)
  const { headers, subprotocol, body } = (options ?? {}) as AcceptOptions & RejectOptions
  const badName = Object.entries(headers ?? {}).find(
    ([name, text]) => !TOKEN.test(name) || RESERVED.includes(name.toLowerCase()) || !isHeaderValue(text),
  )
  const rest = (subprotocol === undefined || TOKEN.test(subprotocol)) && (body === undefined || typeof body === 'string')
  if (!good || badName !== undefined || !rest) {
    throw new BadReturnError(
      callback,
      'accept(claims, { subprotocol?, headers?, options? }?) or reject(status from 200 to 599, { headers?, body? }?)',
      answer,
    )
  }
}

/** Visible text without line ends: nothing that could start another header. */
function isHeaderValue(text: unknown): boolean {
  return typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
