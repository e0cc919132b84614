// Options of a route and of a listener: the tables of defaults, and the checks. Unknown keys are refused by name.
import { rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { MaybePromise } from '../runtime/self-types.js'
import type { AuthorizeResult, SocketLimits, SocketRequest } from './request.js'

/** What to do when a callback crashes. */
export type OnCrash = 'close' | { readonly restart: { readonly intensity: number; readonly periodMs: number } }

export interface RouteOptions<Claims = unknown> extends SocketLimits {
  /** Runs before everything else of the handler; what it accepts is `args.claims`. Default: everybody, without claims. */
  readonly authorize?: (request: SocketRequest) => MaybePromise<AuthorizeResult<Claims>>
  /** Subprotocols by preference; the first that the peer offers is chosen. Default none. */
  readonly subprotocols?: readonly string[]
  /** Which web pages may connect: those of the same host, any, or exactly these origins. Default 'same'. */
  readonly origins?: 'same' | 'any' | readonly string[]
  /** Negotiate permessage-deflate. Default false. */
  readonly compress?: boolean
  /** Close with 1011, or `terminate` and `init` again on the same connection. Default 'close'. */
  readonly onCrash?: OnCrash
  /** Send a ping this often, in ms; 0 = never. Default 25 000. */
  readonly pingIntervalMs?: number
  /** Cut a peer that leaves more than this many sent bytes untaken. Default 16 777 216. */
  readonly maxBufferedBytes?: number
  /** Longest chain of fragments of one message; 0 = no limit. Default 16 384. */
  readonly maxFragments?: number
}
/** Checked options, none missing. */
export interface CheckedRouteOptions {
  readonly idleTimeoutMs: number
  readonly maxFrameBytes: number
  readonly authorize: ((request: SocketRequest) => MaybePromise<AuthorizeResult<unknown>>) | undefined
  readonly subprotocols: readonly string[]
  readonly origins: 'same' | 'any' | readonly string[]
  readonly compress: boolean
  readonly onCrash: OnCrash
  readonly pingIntervalMs: number
  readonly maxBufferedBytes: number
  readonly maxFragments: number
}
export const ROUTE_DEFAULTS: CheckedRouteOptions = Object.freeze({
  idleTimeoutMs: 60_000,
  maxFrameBytes: 1_000_000,
  authorize: undefined,
  subprotocols: [],
  origins: 'same',
  compress: false,
  onCrash: 'close',
  pingIntervalMs: 25_000,
  maxBufferedBytes: 16_777_216,
  maxFragments: 16_384,
})
const MAX_FRAME_BYTES = 0x7fffffff
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Checks the options of a route and fills in `defaults` (a handler's own) and the library's. */
export function routeOptions(
  where: string,
  given: RouteOptions<any> = {},
  defaults: Partial<RouteOptions<any>> = {},
): CheckedRouteOptions {
  rejectUnknown(where, given, Object.keys(ROUTE_DEFAULTS))
  const options = { ...ROUTE_DEFAULTS, ...defined(defaults), ...defined(given) } as CheckedRouteOptions
  requireMs(`${where}: idleTimeoutMs`, options.idleTimeoutMs)
  requireMs(`${where}: pingIntervalMs`, options.pingIntervalMs)
  requireInt(`${where}: maxFrameBytes`, options.maxFrameBytes, 1, MAX_FRAME_BYTES)
  requireInt(`${where}: maxBufferedBytes`, options.maxBufferedBytes, 1)
  requireInt(`${where}: maxFragments`, options.maxFragments, 0, MAX_FRAME_BYTES)
  requireBoolean(`${where}: compress`, options.compress)
  if (options.authorize !== undefined) requireFunction(`${where}: authorize`, options.authorize)
  checkStrings(
    `${where}: subprotocols`,
    options.subprotocols,
    (name) => TOKEN.test(name),
    'a list of subprotocol names (tokens of RFC 9110)',
  )
  if (options.origins !== 'same' && options.origins !== 'any') {
    checkStrings(
      `${where}: origins`,
      options.origins,
      isOrigin,
      "'same', 'any' or a list of origins such as 'https://example.org'",
    )
  }
  checkOnCrash(`${where}: onCrash`, options.onCrash)
  return Object.freeze(options)
}

function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function checkStrings(where: string, list: unknown, test: (text: string) => boolean, allowed: string): void {
  const good = Array.isArray(list) && list.every((item) => typeof item === 'string' && test(item))
  if (!good) throw new BadArgError(where, allowed, list)
}

function isOrigin(text: string): boolean {
  return text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i.test(text)
}

function checkOnCrash(where: string, onCrash: OnCrash): void {
  if (onCrash === 'close') return
  if (typeof onCrash !== 'object' || onCrash === null || typeof onCrash.restart !== 'object' || onCrash.restart === null) {
    throw new BadArgError(where, "'close' or { restart: { intensity, periodMs } }", onCrash)
  }
  rejectUnknown(where, onCrash, ['restart'])
  rejectUnknown(`${where}.restart`, onCrash.restart, ['intensity', 'periodMs'])
  requireInt(`${where}.restart.intensity`, onCrash.restart.intensity, 0)
  requireMs(`${where}.restart.periodMs`, onCrash.restart.periodMs)
}

/** Limits of a whole listener. */
export interface ListenerOptions {
  /** Sockets open at once; one more is refused with 503. Default infinity. */
  readonly maxConnections?: number
  /** Sockets of one remote address; one more is refused with 429. Default infinity. */
  readonly maxConnectionsPerAddress?: number
  /** Upgrades of other paths: leave them to others, or 404. Default 'leave' for attach, '404' for listen. */
  readonly unknownPath?: 'leave' | '404'
}
export const LISTENER_KEYS = ['maxConnections', 'maxConnectionsPerAddress', 'unknownPath'] as const

/** Checks a listener's options; the keys have been looked at. */
export function listenerOptions(where: string, given: ListenerOptions, unknownPath: 'leave' | '404'): Required<ListenerOptions> {
  for (const key of ['maxConnections', 'maxConnectionsPerAddress'] as const) {
    if (given[key] !== undefined && given[key] !== Infinity) requireInt(`${where}: ${key}`, given[key], 0)
  }
  if (given.unknownPath !== undefined && given.unknownPath !== 'leave' && given.unknownPath !== '404') {
    throw new BadArgError(`${where}: unknownPath`, "'leave' or '404'", given.unknownPath)
  }
  return {
    maxConnections: given.maxConnections ?? Infinity,
    maxConnectionsPerAddress: given.maxConnectionsPerAddress ?? Infinity,
    unknownPath: given.unknownPath ?? unknownPath,
  }
}
