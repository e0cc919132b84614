// The request that asks for a socket, and the two answers to it. Types, and the constructors `accept` and `reject`.
import type { IncomingHttpHeaders } from 'node:http'
import { MAX_MS } from '../base/check.js'
import { BadReturnError } from '../base/errors.js'
import { checkCompress, MAX_FRAME_BYTES, defined } from './option-checks.js'
import { IS_TOKEN } from '../wire/token.js'

/**
 * The HTTP request that asked for the socket.
 *
 * @example
 * const greeter = defineHandler({
 *   init: ({ request }: InitArgs) => ['push', text(`hello ${request.query.get('name')}`), null],
 *   handle: (_frame, state) => ['ok', state],
 * })
 * const socket = fakeTransport(node, greeter, { request: { query: new URLSearchParams('name=ann') } })
 * await node.settle()
 * socket.sent // => [['text', 'hello ann']]
 * @see RFC 6455 section 4.2.1; Cowboy 2.18, `cowboy_req`
 */
export interface SocketRequest {
  /** `GET`. */
  readonly method: string
  /** The request target as it came, with its query. */
  readonly url: string
  /** As it came, not decoded, without the query. */
  readonly path: string
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** What stands behind the question mark. */
  readonly query: URLSearchParams
  /** By name, decoded. */
  readonly cookies: Readonly<Record<string, string | undefined>>
  /** The client's address; behind proxies that `trustProxy` trusts, the one that they vouch for. */
  readonly remoteAddress: string
  /** Did it come over TLS, here or at a trusted proxy? */
  readonly secure: boolean
}
type Segment<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? Segment<Head> | Segment<Tail>
  : P extends `:${infer Name}`
    ? Name
    : P extends '*'
      ? '*'
      : never
/**
 * The variables of a path, as `init` gets them. What a last `*` has taken is called `*`.
 *
 * @example
 * const params: PathParams<'/rooms/:room/files/*'> = { room: 'lobby', '*': 'a/b.txt' }
 * params.room // => 'lobby'
 * @see Cowboy 2.18, `cowboy_req:bindings/1`
 */
export type PathParams<P extends string> = { readonly [K in Segment<P>]: string }

/**
 * Limits that can also be set on a running socket.
 *
 * @example
 * const limits: SocketLimits = { idleTimeoutMs: 30_000, maxFrameBytes: 65_536 }
 * route('/ws', echo, limits).path // => '/ws'
 * @see docs/limits.md
 */
export interface SocketLimits {
  /** Close after this long without a received byte, pongs included, in ms; 0 = never. Default 60 000. */
  readonly idleTimeoutMs?: number
  /** Longest message from the peer, in bytes after decompression; a longer one closes 1009. Default 1 000 000. */
  readonly maxFrameBytes?: number
}
/**
 * What the command `['setOptions', changes]` changes on a running socket. `maxFrameBytes` may only go down: the transport
 * enforces the limit that the socket began with.
 *
 * @example
 * const socket = fakeTransport(node, echo, { expiresAt: Date.now() + 1000 })
 * await node.settle()
 * const renewal: SocketChanges = { expiresAt: Date.now() + 3_600_000, claims: 'ann, again' }
 * pushTo(socket.pid, ['setOptions', renewal])
 * await node.advance(2000)
 * socket.closed // => undefined
 * @see Cowboy 2.18, `cowboy_websocket`: `set_options`
 */
export interface SocketChanges extends SocketLimits {
  /** The claims hold until then, in ms since 1970 (`Date.now()`); Infinity = for ever. Default: as it was. */
  readonly expiresAt?: number
  /** The claims from now on: for `disconnectWhere`, and for `init` after a restart. Default: as they were. */
  readonly claims?: unknown
}
/**
 * How permessage-deflate is negotiated and done.
 *
 * @example
 * const forManyIdleSockets: CompressOptions = { serverNoContextTakeover: true, clientNoContextTakeover: true }
 * route('/ws', echo, { compress: forManyIdleSockets }).path // => '/ws'
 * @see RFC 7692 section 7.1; docs/limits.md, for what a window costs
 */
export interface CompressOptions {
  /** Level of zlib, 0 (nothing) to 9 (slowest). Default 6. */
  readonly level?: number
  /** Memory level of zlib, 1 to 9. Default 8. */
  readonly memLevel?: number
  /** Messages shorter than this go out as they are, in bytes; 0 = none does. Default 1024. */
  readonly thresholdBytes?: number
  /** Forget the dictionary after each message sent: slower and larger, but no memory between them. Default false. */
  readonly serverNoContextTakeover?: boolean
  /** Ask the peer to do the same. Default false. */
  readonly clientNoContextTakeover?: boolean
  /** Size of our window, as a power of two, 8 to 15. Default 15. */
  readonly serverMaxWindowBits?: number
  /** Size of the peer's window; a peer that cannot be told is not taken up on its offer. Default 15. */
  readonly clientMaxWindowBits?: number
}
/**
 * What one socket can have that differs from its route.
 *
 * @example
 * const forAdmins: UpgradeOptions = { maxFrameBytes: 10_000_000, idleTimeoutMs: 0 }
 * accept({ user: 'root' }, { options: forAdmins }) // => ['accept', { user: 'root' }, { options: forAdmins }]
 * @see Cowboy 2.18, `cowboy_websocket`: `opts()`, which each `init/2` answers
 */
export interface UpgradeOptions extends SocketLimits {
  /** Negotiate permessage-deflate, RFC 7692. Default: as the route says. */
  readonly compress?: boolean | CompressOptions
  /** Close with 1007 on text that is no UTF-8; false delivers U+FFFD in its place. Default: as the route says. */
  readonly validateUtf8?: boolean
  /** Send a ping this often, in ms; 0 = never. Default: as the route says. */
  readonly pingIntervalMs?: number
}
/**
 * Headers of an answer; a list is a line for each.
 *
 * @example
 * const headers: Headers = { 'X-Node': 'a', 'Set-Cookie': ['user=ann', 'theme=dark'] }
 * reject(403, { headers }) // => ['reject', 403, { headers }]
 * @see RFC 9110 section 5.3
 */
export type Headers = Readonly<Record<string, string | readonly string[]>>
/**
 * How a refused handshake is answered, beside its status.
 *
 * @example
 * const options: RejectOptions = { headers: { 'WWW-Authenticate': 'Bearer' }, body: 'Log in first\n' }
 * reject(401, options) // => ['reject', 401, options]
 * @see RFC 9110 section 15
 */
export interface RejectOptions {
  /** More headers of the answer; a list becomes a line each (Set-Cookie). Default none. */
  readonly headers?: Headers
  /** Text of the answer. Default: the phrase of the status. */
  readonly body?: string
}
/**
 * What goes out with the 101, and what holds for this one socket.
 *
 * @example
 * const options: AcceptOptions = { subprotocol: 'v2', expiresAt: Date.now() + 3_600_000, headers: { 'X-Node': 'a' } }
 * accept({ user: 'ann' }, options) // => ['accept', { user: 'ann' }, options]
 * @see RFC 6455 section 4.2.2
 */
export interface AcceptOptions {
  /** One that the peer offers; any other is a crash. Default: the first of the route's that it offers, else none. */
  readonly subprotocol?: string
  /** More headers of the 101; not those of the handshake itself; a list becomes a line each (Set-Cookie). Default none. */
  readonly headers?: Headers
  /**
   * The claims hold until then, in ms since 1970 (`Date.now()`): told by the event `claimsExpiring`, then closed with 4401.
   * Default: for ever, as Infinity says.
   */
  readonly expiresAt?: number
  /** Options in place of those of the route. Default none. */
  readonly options?: UpgradeOptions
}
/**
 * The answer of `authorize`: what {@link accept} or {@link reject} answers.
 *
 * @example
 * const known = (user?: string): AuthorizeResult<{ user: string }> => (user === undefined ? reject(401) : accept({ user }))
 * known('ann') // => ['accept', { user: 'ann' }]
 * known() // => ['reject', 401]
 * @see RFC 6455 section 4.2.2: "The server can perform additional client authentication"
 */
export type AuthorizeResult<Claims> = readonly ['accept', Claims, AcceptOptions?] | readonly ['reject', number, RejectOptions?]
/**
 * The answer of `upgrade`: what it accepts with is `args.seed` of `init`.
 *
 * @example
 * const upgrade = ({ path }: SocketRequest): Upgrade => (path === '/closed' ? reject(410) : accept('seed'))
 * const socket = fakeTransport(node, { ...echo, upgrade }, { request: { path: '/closed' } })
 * await node.settle()
 * socket.handshake // => ['reject', 410, {}]
 * @see Cowboy 2.18, `cowboy_handler`: `init/2`
 */
export type Upgrade = AuthorizeResult<unknown>

/**
 * Lets the peer in: an answer of `authorize` or `upgrade`.
 *
 * @param claims - who it is: `args.claims` of `init`, from `upgrade` its `args.seed`
 * @param options - subprotocol, headers, when the claims end, options of the socket; default none
 * @returns the answer; it is checked where it is used
 * @example
 * accept({ user: 'ann' }) // => ['accept', { user: 'ann' }]
 * @see RFC 6455 section 4.2.2
 */
export function accept<C>(claims: C, options?: AcceptOptions): readonly ['accept', C, AcceptOptions?] {
  return options === undefined ? ['accept', claims] : ['accept', claims, options]
}
/**
 * Refuses the peer: an answer of `authorize` or `upgrade`.
 *
 * @param status - an HTTP status from 200 to 599
 * @param options - headers, body; default none
 * @returns the answer; it is checked where it is used
 * @example
 * reject(403, { body: 'Members only' }) // => ['reject', 403, { body: 'Members only' }]
 * @see RFC 6455 section 4.2.2; RFC 9110 section 15
 */
export function reject(status: number, options?: RejectOptions): readonly ['reject', number, RejectOptions?] {
  return options === undefined ? ['reject', status] : ['reject', status, options]
}

/**
 * What a request that asks for no upgrade gets at a handler's path: an answer, or a connection that this one request carries: a
 * stream of server-sent events, a poll that ends with its first frame, or a POST whose body is a frame.
 *
 * @example
 * const page: PlainAnswer = ['answer', 200, { headers: { 'Content-Type': 'text/plain' }, body: 'a WebSocket lives here' }]
 * const handler: SocketHandler<null> = { ...echo, init: () => ['ok', null], plain: () => page }
 * route('/ws', handler).path // => '/ws'
 * @see Bullet, `bullet_handler`; RFC 9110 section 9.3
 */
export type PlainAnswer =
  | readonly ['answer', status: number, options?: RejectOptions]
  | readonly ['carry', how: 'sse' | 'poll' | 'post']

/** Headers that the handshake itself owns. */
export const RESERVED: readonly string[] = [
  'connection',
  'upgrade',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'trailer',
  'transfer-encoding',
  'content-length',
]

const ALLOWED =
  'accept(claims, { subprotocol?, headers?, expiresAt?, options? }?) or reject(status from 200 to 599, { headers?, body? }?)'

/** What `authorize` has accepted with, and what `upgrade` adds: the later one counts, key by key. */
export function acceptedBoth(first: AcceptOptions, second: AcceptOptions): AcceptOptions {
  return {
    ...first,
    ...defined(second),
    headers: bothHeaders(first.headers ?? {}, second.headers ?? {}),
    ...(first.options === undefined && second.options === undefined
      ? {}
      : { options: { ...first.options, ...defined(second.options) } }),
  }
}

/** The later one counts, but cookies add up. */
function bothHeaders(first: Headers, second: Headers): Headers {
  const cookies = [first, second].flatMap(linesOfHeaders).filter(isCookie)
  const others = Object.entries({ ...first, ...second }).filter((header) => !isCookie(header))
  return { ...Object.fromEntries(others), ...(cookies.length === 0 ? {} : { 'Set-Cookie': cookies.map(([, value]) => value) }) }
}
function isCookie([name]: readonly [string, unknown]): boolean {
  return name.toLowerCase() === 'set-cookie'
}

/** Refuses an answer of `authorize` or `upgrade` that could not go on the wire, or holds options that are none. */
export function checkUpgrade(callback: string, answer: unknown): asserts answer is Upgrade {
  const [tag, value, options = {}] = Array.isArray(answer) ? (answer as unknown[]) : []
  const { length } = Array.isArray(answer) ? answer : []
  const good =
    (length === 2 || length === 3) &&
    isObject(options) &&
    (tag === 'accept' ? isAccept(options) : tag === 'reject' && isStatus(value) && isReject(options))
  if (!good) throw new BadReturnError(callback, ALLOWED, answer)
}

/** Refuses an answer of `plain` that could not go on the wire. */
export function checkPlain(answer: unknown): PlainAnswer | undefined {
  const [tag, value, options = {}] = Array.isArray(answer) ? (answer as unknown[]) : []
  const good =
    answer === undefined ||
    (tag === 'carry' && (value === 'sse' || value === 'poll' || value === 'post')) ||
    (tag === 'answer' && isStatus(value) && isObject(options) && isReject(options))
  if (good) return answer as PlainAnswer | undefined
  const allowed = "['answer', status from 200 to 599, { headers?, body? }?], ['carry', 'sse' or 'poll' or 'post'] or undefined"
  throw new BadReturnError('plain', allowed, answer)
}

function isStatus(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
}
function isReject({ headers, body, ...unknown }: Record<string, unknown>): boolean {
  return areHeaders(headers) && (body === undefined || typeof body === 'string') && isEmpty(unknown)
}
function isAccept({ subprotocol, headers, expiresAt, options, ...unknown }: Record<string, unknown>): boolean {
  const isToken = subprotocol === undefined || (typeof subprotocol === 'string' && IS_TOKEN.test(subprotocol))
  const isTime = expiresAt === undefined || expiresAt === Infinity || isWhole(expiresAt, 0, Number.MAX_SAFE_INTEGER)
  return isToken && isTime && areHeaders(headers) && areUpgradeOptions(options) && isEmpty(unknown)
}
function areUpgradeOptions(given: unknown): boolean {
  if (given === undefined) return true
  if (!isObject(given)) return false
  const { idleTimeoutMs, maxFrameBytes, compress, validateUtf8, pingIntervalMs, ...unknown } = given
  return (
    (idleTimeoutMs === undefined || isWhole(idleTimeoutMs, 0, MAX_MS)) &&
    (maxFrameBytes === undefined || isWhole(maxFrameBytes, 1, MAX_FRAME_BYTES)) &&
    (compress === undefined || isCompress(compress)) &&
    (validateUtf8 === undefined || typeof validateUtf8 === 'boolean') &&
    (pingIntervalMs === undefined || isWhole(pingIntervalMs, 0, MAX_MS)) &&
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
function isField([name, value]: [string, unknown]): boolean {
  const isGood = Array.isArray(value) ? value.every(isHeaderValue) : isHeaderValue(value)
  return IS_TOKEN.test(name) && !RESERVED.includes(name.toLowerCase()) && isGood
}
/** The lines of headers. */
export function linesOfHeaders(headers: Headers): (readonly [name: string, value: string])[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map((line) => [name, line] as const),
  )
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
function isEmpty(unknown: object): boolean {
  return Object.keys(unknown).length === 0
}
function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const above: unknown = Object.getPrototypeOf(value)
  // A `Headers` or a Map would look empty. Objects of another realm have another Object.prototype, with nothing above it.
  return above === null || Object.getPrototypeOf(above) === null
}
/** Visible text without line ends: nothing that could start another header. */
export function isHeaderValue(text: unknown): text is string {
  return typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
