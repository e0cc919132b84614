// Options of a route: the table of defaults, and the checks. Unknown keys are refused by name. Why a limit is what it is:
// docs/limits.md.
import { MAX_MS, rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../base/check.js'
import type { MaybePromise } from '../runtime/self-types.js'
import type { OutFrame } from './frames.js'
import {
  checkCompress,
  checkMarks,
  checkOnCrash,
  checkOnSlowPeer,
  checkOrigins,
  checkRate,
  checkTokens,
  defined,
  type Marks,
  MAX_FRAME_BYTES,
} from './option-checks.js'
import type { AuthorizeResult, CompressOptions, SocketLimits, SocketRequest, UpgradeOptions } from './request.js'

/**
 * What to do when a callback crashes. `close`: with 1011. `restart`: `terminate`, then `init` again on the same connection, in
 * the same process, with all that the callbacks have made undone; above `intensity` crashes within `periodMs` (ms) it closes.
 *
 * @example
 * const onCrash: OnCrash = { restart: { intensity: 3, periodMs: 5000 } }
 * const fragile = defineHandler({
 *   init: () => ['ok', 0],
 *   handle(_frame, n) {
 *     if (n === 1) throw new Error('on purpose')
 *     return ['push', text(`${n}`), n + 1]
 *   },
 * })
 * const socket = fakeTransport(node, fragile, { onCrash })
 * for (const frame of ['a', 'crash', 'c']) socket.send(frame)
 * await node.settle()
 * socket.sent // => [['text', '0'], ['text', '0']]
 * node.expectCrash() // the one of the second frame
 * @see OTP `supervisor`, "Tuning the Intensity and Period". Differs: the process lives on, so that its connection does
 */
export type OnCrash = 'close' | { readonly restart: { readonly intensity: number; readonly periodMs: number } }

/**
 * Options of a route: who may connect, and the limits of each of its sockets.
 *
 * @example
 * const options = {
 *   authorize: ({ cookies }) => (cookies['user'] === undefined ? reject(401) : accept({ user: cookies['user'] })),
 *   origins: ['same', 'https://app.example'],
 *   onSlowPeer: 'dropOldest',
 *   rate: { messages: { perSecond: 20, burst: 100 } },
 * } satisfies RouteOptions<{ user: string }>
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo, options)] })
 * await listener.drain({ deadlineMs: 1000 })
 * @see docs/limits.md, for what happens above each limit and why a default is what it is
 */
export interface RouteOptions<Claims = unknown> extends SocketLimits {
  /**
   * Runs before everything else of the handler, outside any process; what it accepts is `args.claims`. A throw is a 500.
   * Default: everybody, without claims.
   */
  readonly authorize?: (request: SocketRequest) => MaybePromise<AuthorizeResult<Claims>>
  /** Subprotocols by preference, the first that the peer offers is chosen; 'any': the first of its own. Default none. */
  readonly subprotocols?: 'any' | readonly string[]
  /** Which web pages may connect: of the same host, any, or of these origins, which may hold 'same'. Default 'same'. */
  readonly origins?: 'same' | 'any' | readonly string[]
  /** Refuse requests without an `Origin` as well: programs that are no browsers. Default false. */
  readonly requireOrigin?: boolean
  /** Negotiate permessage-deflate, RFC 7692. Default false. */
  readonly compress?: boolean | CompressOptions
  /** Close with 1007 on text that is no UTF-8. Default true; false delivers U+FFFD in its place. */
  readonly validateUtf8?: boolean
  /** Close with 1011, or `terminate` and `init` again on the same connection. Default 'close'. */
  readonly onCrash?: OnCrash
  /** Send a ping this often, in ms; 0 = never. Default 25 000. */
  readonly pingIntervalMs?: number
  /** What to do with a peer that leaves more than `outboundHighBytes` untaken, see {@link OnSlowPeer}. Default 'close'. */
  readonly onSlowPeer?: OnSlowPeer
  /** Sent bytes that a peer may leave untaken before `onSlowPeer` acts; at least 1. Default 4 194 304. */
  readonly outboundHighBytes?: number
  /** The peer has caught up once no more than this many bytes are left. Default: a quarter of the high mark. */
  readonly outboundLowBytes?: number
  /** Whatever `onSlowPeer` says, a peer that leaves more than these bytes untaken is cut. Default: four times the high mark. */
  readonly maxBufferedBytes?: number
  /** Received bytes that wait in the mailbox before TCP is paused; each frame counts 64 more. Default 262 144. */
  readonly inboundHighBytes?: number
  /** Reading goes on once no more than this many bytes wait. Default: a quarter of the high mark. */
  readonly inboundLowBytes?: number
  /** Most fragments of one message, above them 1008; 0 = no limit. Default: `maxFrameBytes` / 16, at least 16 384. */
  readonly maxFragments?: number
  /** Messages and bytes that a peer may send; above it the event `rateExceeded`, then 1008. Default: no limit. */
  readonly rate?: RateOptions
  /** Serve peers that get no WebSocket through as well, see {@link FallbackOptions}. Default false. */
  readonly fallback?: boolean | FallbackOptions
  /** How long before `expiresAt` the handler hears `claimsExpiring`, in ms; 0 = it does not. Default 30 000. */
  readonly claimsNoticeMs?: number
}
/**
 * What to do with a peer that takes less than it is sent. `close`: with 1013. `dropNewest`, `dropOldest`: data frames are
 * dropped and counted. `coalesce`: of the waiting frames with one key only the newest is kept; frames without a key wait, up to
 * `outboundHighBytes`, then 1013. `wait`: the socket's process handles nothing more until the peer has caught up.
 *
 * @example
 * const onSlowPeer: OnSlowPeer = { coalesce: ([, data]) => String(data).split('=')[0] }
 * const socket = fakeTransport(node, echo, { onSlowPeer, outboundHighBytes: 1000 })
 * await node.settle()
 * socket.bufferedBytes = 1001
 * for (const frame of ['x=1', 'y=1', 'x=2']) socket.send(frame)
 * await node.settle()
 * socket.bufferedBytes = 0
 * socket.sent // => [['text', 'x=2'], ['text', 'y=1']]
 * @see docs/limits.md, for which policy is for what
 */
export type OnSlowPeer =
  | 'close'
  | 'dropNewest'
  | 'dropOldest'
  | 'wait'
  | { readonly coalesce: (frame: OutFrame) => string | undefined }
/**
 * A token bucket: full at the start, each message or byte takes a token out.
 *
 * @example
 * const tenOnAverage: Bucket = { perSecond: 10, burst: 50 }
 * const socket = fakeTransport(node, echo, { rate: { messages: tenOnAverage } })
 * for (let n = 0; n <= 50; n++) socket.send('x')
 * await node.settle()
 * socket.closed // => ['close', 1008]
 * @see docs/limits.md
 */
export interface Bucket {
  /** Tokens that flow in, at least 1. */
  readonly perSecond: number
  /** Tokens that fit in, at least 1. Default: `perSecond`. */
  readonly burst?: number
}
/**
 * What one peer may send. Above it the handler hears `rateExceeded`, and the socket closes with 1008.
 *
 * @example
 * const rate: RateOptions = { messages: { perSecond: 20 }, bytes: { perSecond: 10_000, burst: 100_000 } }
 * const socket = fakeTransport(node, echo, { rate })
 * socket.send('x'.repeat(100_001))
 * await node.settle()
 * socket.terminated // => [{ type: 'error', error: 'rate_exceeded' }]
 * @see docs/limits.md
 */
export interface RateOptions {
  /** Frames of any kind, whole messages counted once. Default: no limit. */
  readonly messages?: Bucket
  /** Bytes of payload; a message above `burst` never passes. Default: no limit. */
  readonly bytes?: Bucket
}
/**
 * How peers whose network blocks WebSockets are served: the same handler over server-sent events with POST, or over long polls.
 *
 * @example
 * const fallback: FallbackOptions = { pollMs: 55_000, graceMs: 20_000 }
 * route('/ws', echo, { fallback }).path // => '/ws'
 * @see HTML, "Server-sent events"; RFC 6202, "Long Polling"; docs/fallback.md
 */
export interface FallbackOptions {
  /** How long a poll waits for a frame, in ms; at least 1. Default 25 000. */
  readonly pollMs?: number
  /** How long a poll that has a frame waits for more of them, in ms; 0 = only for those of the same turn. Default 0. */
  readonly gatherMs?: number
  /** A peer without a request under way for so long is gone, in ms; at least 1. Default 10 000. */
  readonly graceMs?: number
}
/** Checked options, none missing. */
export interface CheckedRouteOptions extends Marks {
  readonly idleTimeoutMs: number
  readonly maxFrameBytes: number
  readonly authorize: ((request: SocketRequest) => MaybePromise<AuthorizeResult<unknown>>) | undefined
  readonly subprotocols: 'any' | readonly string[]
  readonly origins: 'same' | 'any' | readonly string[]
  readonly requireOrigin: boolean
  readonly compress: boolean | CompressOptions
  readonly validateUtf8: boolean
  readonly onCrash: OnCrash
  readonly pingIntervalMs: number
  readonly onSlowPeer: OnSlowPeer
  /** Undefined: follows from `maxFrameBytes`. */
  readonly maxFragments: number | undefined
  readonly rate: RateOptions
  readonly claimsNoticeMs: number
  /** False: WebSockets only. */
  readonly fallback: false | Required<FallbackOptions>
}
export const FALLBACK_DEFAULTS: Required<FallbackOptions> = Object.freeze({ pollMs: 25_000, gatherMs: 0, graceMs: 10_000 })
export const ROUTE_DEFAULTS: CheckedRouteOptions = Object.freeze({
  idleTimeoutMs: 60_000,
  maxFrameBytes: 1_000_000,
  authorize: undefined,
  subprotocols: [],
  origins: 'same',
  requireOrigin: false,
  compress: false,
  validateUtf8: true,
  onCrash: 'close',
  pingIntervalMs: 25_000,
  onSlowPeer: 'close',
  ...checkMarks('defaults', {}),
  maxFragments: undefined,
  rate: Object.freeze({}),
  claimsNoticeMs: 30_000,
  fallback: false,
})
/** Checks the options of a route and fills in `defaults` (a handler's own) and the library's. */
export function routeOptions(
  where: string,
  given: RouteOptions<any> = {},
  defaults: Partial<RouteOptions<any>> = {},
): CheckedRouteOptions {
  rejectUnknown(where, given, Object.keys(ROUTE_DEFAULTS))
  const own = { ...defined(defaults), ...defined(given) } as RouteOptions<any>
  const options = {
    ...ROUTE_DEFAULTS,
    ...own,
    ...checkMarks(where, own),
    fallback: checkFallback(`${where}: fallback`, own.fallback),
  } as CheckedRouteOptions
  for (const key of ['idleTimeoutMs', 'pingIntervalMs', 'claimsNoticeMs'] as const) requireMs(`${where}: ${key}`, options[key])
  requireInt(`${where}: maxFrameBytes`, options.maxFrameBytes, 1, MAX_FRAME_BYTES)
  if (options.maxFragments !== undefined) requireInt(`${where}: maxFragments`, options.maxFragments, 0, MAX_FRAME_BYTES)
  for (const key of ['requireOrigin', 'validateUtf8'] as const) requireBoolean(`${where}: ${key}`, options[key])
  if (options.authorize !== undefined) requireFunction(`${where}: authorize`, options.authorize)
  checkTokens(`${where}: subprotocols`, options.subprotocols)
  checkOrigins(`${where}: origins`, options.origins)
  checkCompress(`${where}: compress`, options.compress)
  checkOnCrash(`${where}: onCrash`, options.onCrash)
  checkOnSlowPeer(`${where}: onSlowPeer`, options.onSlowPeer)
  checkRate(`${where}: rate`, options.rate)
  return Object.freeze(options)
}

function checkFallback(where: string, given: unknown = false): CheckedRouteOptions['fallback'] {
  if (given === false) return false
  const own = given === true ? {} : given
  rejectUnknown(where, own as object, Object.keys(FALLBACK_DEFAULTS))
  const options = { ...FALLBACK_DEFAULTS, ...defined(own as FallbackOptions) }
  requireMs(`${where}.gatherMs`, options.gatherMs)
  for (const key of ['pollMs', 'graceMs'] as const) requireInt(`${where}.${key}`, options[key], 1, MAX_MS)
  return Object.freeze(options)
}

/** The options of one socket: its route's, but for what the handshake has set. */
export function optionsOf(route: CheckedRouteOptions, own: UpgradeOptions | undefined): CheckedRouteOptions {
  return own === undefined ? route : { ...route, ...defined(own) }
}
