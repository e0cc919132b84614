// Options of a route: the table of defaults, and the checks. Unknown keys are refused by name. Why a limit is what it is: docs/limits.md.
import { rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../base/check.js'
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
  type Marks,
  MAX_FRAME_BYTES,
} from './option-checks.js'
import type { AuthorizeResult, CompressOptions, SocketLimits, SocketRequest, UpgradeOptions } from './request.js'

/** What to do when a callback crashes. */
export type OnCrash = 'close' | { readonly restart: { readonly intensity: number; readonly periodMs: number } }

export interface RouteOptions<Claims = unknown> extends SocketLimits {
  /** Runs before everything else of the handler; what it accepts is `args.claims`. Default: everybody, without claims. */
  readonly authorize?: (request: SocketRequest) => MaybePromise<AuthorizeResult<Claims>>
  /** Subprotocols by preference; the first that the peer offers is chosen. Default none. */
  readonly subprotocols?: readonly string[]
  /** Which web pages may connect: those of the same host, any, or exactly these origins ('same' may stand among them). Default 'same'. */
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
  /** What to do with a peer that leaves more than `outboundHighBytes` untaken. Default 'close'. */
  readonly onSlowPeer?: OnSlowPeer
  /** Sent bytes that a peer may leave untaken before `onSlowPeer` acts. Default 4 194 304. */
  readonly outboundHighBytes?: number
  /** The peer has caught up once no more than this many are left. Default: a quarter of the high mark. */
  readonly outboundLowBytes?: number
  /** Whatever `onSlowPeer` says, a peer that leaves more than this untaken is cut. Default: four times the high mark. */
  readonly maxBufferedBytes?: number
  /** Received bytes that wait in the mailbox before the TCP connection is paused. Default 262 144. */
  readonly inboundHighBytes?: number
  /** Reading goes on once no more than this many wait. Default: a quarter of the high mark. */
  readonly inboundLowBytes?: number
  /** Longest chain of fragments of one message; 0 = no limit. Default: `maxFrameBytes` / 16, at least 16 384. */
  readonly maxFragments?: number
  /** Messages and bytes that a peer may send; above it the event `rateExceeded`, then 1008. Default: no limit. */
  readonly rate?: RateOptions
  /** How long before `expiresAt` the handler hears `claimsExpiring`, in ms. Default 30 000. */
  readonly claimsNoticeMs?: number
}
/**
 * `close`: with 1013. `dropNewest`, `dropOldest`: data frames are dropped and counted. `coalesce`: of the waiting frames with one key only
 * the newest is kept; frames without a key wait, up to `outboundHighBytes`, then 1013. `wait`: the socket's process handles nothing more until the peer
 * has caught up.
 */
export type OnSlowPeer =
  | 'close'
  | 'dropNewest'
  | 'dropOldest'
  | 'wait'
  | { readonly coalesce: (frame: OutFrame) => string | undefined }
/** A token bucket: `perSecond` tokens flow in, `burst` fit. */
export interface Bucket {
  readonly perSecond: number
  /** Default: `perSecond`. */
  readonly burst?: number
}
export interface RateOptions {
  /** Frames of any kind, whole messages counted once. */
  readonly messages?: Bucket
  /** Bytes of payload. A message above `burst` never passes. */
  readonly bytes?: Bucket
}
/** Checked options, none missing. */
export interface CheckedRouteOptions extends Marks {
  readonly idleTimeoutMs: number
  readonly maxFrameBytes: number
  readonly authorize: ((request: SocketRequest) => MaybePromise<AuthorizeResult<unknown>>) | undefined
  readonly subprotocols: readonly string[]
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
}
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
})
/** Checks the options of a route and fills in `defaults` (a handler's own) and the library's. */
export function routeOptions(
  where: string,
  given: RouteOptions<any> = {},
  defaults: Partial<RouteOptions<any>> = {},
): CheckedRouteOptions {
  rejectUnknown(where, given, Object.keys(ROUTE_DEFAULTS))
  const own = { ...defined(defaults), ...defined(given) } as RouteOptions<any>
  const options = { ...ROUTE_DEFAULTS, ...own, ...checkMarks(where, own) } as CheckedRouteOptions
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

/** The options of one socket: its route's, but for what the handshake has set. */
export function optionsOf(route: CheckedRouteOptions, own: UpgradeOptions | undefined): CheckedRouteOptions {
  return own === undefined ? route : { ...route, ...defined(own) }
}

function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
