// The request that asks for a socket, and the two answers to it. Types, and the constructors `accept` and `reject`.
import type { IncomingHttpHeaders } from 'node:http'
import { MAX_MS } from '../base/check.js'
import { BadReturnError } from '../base/errors.js'
import { checkCompress, MAX_FRAME_BYTES } from './option-checks.js'

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
/** What the command `['setOptions', ...]` changes. */
export interface SocketChanges extends SocketLimits {
  /** The claims hold until then, in ms since 1970 (`Date.now()`); Infinity = for ever. */
  readonly expiresAt?: number
  /** The claims from now on: for `disconnectWhere`, and for `init` after a restart. */
  readonly claims?: unknown
}
/** How permessage-deflate (RFC 7692) is negotiated and done. */
export interface CompressOptions {
  /** zlib's level, 0 to 9. Default 6. */
  readonly level?: number
  /** zlib's memory level, 1 to 9. Default 8. */
  readonly memLevel?: number
  /** Messages shorter than this go out as they are, in bytes. Default 1024. */
  readonly thresholdBytes?: number
  /** Forget the dictionary after each message that we send: slower and larger, but no memory between messages. Default false. */
  readonly serverNoContextTakeover?: boolean
  /** Ask the peer to do the same. Default false. */
  readonly clientNoContextTakeover?: boolean
  /** Size of our window, as a power of two, 8 to 15. Default 15. */
  readonly serverMaxWindowBits?: number
  /** Size of the peer's window; a peer that cannot be told is not taken up on its offer. Default 15. */
  readonly clientMaxWindowBits?: number
}
/** What one socket can have that differs from its route. */
export interface UpgradeOptions extends SocketLimits {
  readonly compress?: boolean | CompressOptions
  /** Close with 1007 on text that is no UTF-8. Default true; false delivers U+FFFD in its place. */
  readonly validateUtf8?: boolean
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
  /** The claims hold until then, in ms since 1970 (`Date.now()`): told by the event `claimsExpiring`, then closed with 4401. */
  readonly expiresAt?: number
  /** Options of this one socket, in place of its route's. */
  readonly options?: UpgradeOptions
}
/** The answer of `authorize`. */
export type AuthorizeResult<Claims> = readonly ['accept', Claims, AcceptOptions?] | readonly ['reject', number, RejectOptions?]
/** The answer of `upgrade`: what it accepts with is `args.seed` of `init`. */
export type Upgrade = AuthorizeResult<unknown>

/** Lets the peer in. @example accept({ user: 'u1' }, { subprotocol: 'v2' }) */
export function accept<C>(claims: C, options?: AcceptOptions): readonly ['accept', C, AcceptOptions?] {
  return options === undefined ? ['accept', claims] : ['accept', claims, options]
}
/** Refuses the peer with an HTTP status from 200 to 599. @example reject(401) */
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

const ALLOWED =
  'accept(claims, { subprotocol?, headers?, expiresAt?, options? }?) or reject(status from 200 to 599, { headers?, body? }?)'

/** Refuses an answer of `authorize` or `upgrade` that could not go on the wire, or holds options that are none. */
export function checkUpgrade(callback: string, answer: unknown): asserts answer is Upgrade {
  const [tag, value, options = {}] = Array.isArray(answer) ? (answer as unknown[]) : []
  const good =
    isObject(options) && (tag === 'accept' ? isAccept(options) : tag === 'reject' && isStatus(value) && isReject(options))
  if (!good) throw new BadReturnError(callback, ALLOWED, answer)
}

function isStatus(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
}
function isReject({ headers, body, ...unknown }: Record<string, unknown>): boolean {
  return areHeaders(headers) && (body === undefined || typeof body === 'string') && isEmpty(unknown)
}
function isAccept({ subprotocol, headers, expiresAt, options, ...unknown }: Record<string, unknown>): boolean {
  const isToken = subprotocol === undefined || (typeof subprotocol === 'string' && TOKEN.test(subprotocol))
  const isTime = expiresAt === undefined || expiresAt === Infinity || isWhole(expiresAt, 0, Number.MAX_SAFE_INTEGER)
  return isToken && isTime && areHeaders(headers) && areUpgradeOptions(options) && isEmpty(unknown)
}
function areUpgradeOptions(given: unknown): boolean {
  if (given === undefined) return true
  if (!isObject(given)) return false
  const { idleTimeoutMs, maxFrameBytes, compress, validateUtf8, ...unknown } = given
  return (
    (idleTimeoutMs === undefined || isWhole(idleTimeoutMs, 0, MAX_MS)) &&
    (maxFrameBytes === undefined || isWhole(maxFrameBytes, 1, MAX_FRAME_BYTES)) &&
    (compress === undefined || isCompress(compress)) &&
    (validateUtf8 === undefined || typeof validateUtf8 === 'boolean') &&
    isEmpty(unknown)
  )
}
function isCompress(compress: unknown): boolean {
  try {
    checkCompress('compress', compress)
    return true
  } catch {
    return false // what it says of an option, the error of the whole answer shows
  }
}
function areHeaders(headers: unknown): boolean {
  return headers === undefined || (isObject(headers) && Object.entries(headers).every(isField))
}
function isField([name, text]: [string, unknown]): boolean {
  return TOKEN.test(name) && !RESERVED.includes(name.toLowerCase()) && isHeaderValue(text)
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
function isEmpty(unknown: object): boolean {
  return Object.keys(unknown).length === 0
}
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
/** Visible text without line ends: nothing that could start another header. */
function isHeaderValue(text: unknown): boolean {
  return typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
