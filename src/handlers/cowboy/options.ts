// Options by Cowboy's names: what `init` of 2.x and the command `setOptions` give, for the socket. Pure.
// Entered by the handshakes and by command-lists.
import { rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../../base/check.js'
import { BadArgError } from '../../base/errors.js'
import type { Req } from '../../sockets/req.js'
import type { CompressOptions, SocketLimits, UpgradeOptions } from '../../sockets/request.js'

/**
 * How permessage-deflate is negotiated and done, by the names of `cow_ws`.
 *
 * @example
 * const small: DeflateOpts = { level: 'best_speed', memLevel: 1, serverMaxWindowBits: 9 }
 * @see cowlib, `cow_ws:deflate_opts()`; RFC 7692 section 7.1
 */
export interface DeflateOpts {
  /** Zlib's level, 0 to 9 or its name. Default 'best_compression', which is 9. */
  readonly level?: number | 'none' | 'default' | 'best_speed' | 'best_compression'
  /** Zlib's memory level, 1 to 9. Default 8. */
  readonly memLevel?: number
  /** Zlib's strategy: accepted and without effect, it changes nothing but the size. Default 'default'. */
  readonly strategy?: 'default' | 'filtered' | 'huffman_only' | 'rle' | 'fixed'
  /** Does the dictionary of our messages carry over to the next one? Default 'takeover'. */
  readonly serverContextTakeover?: 'takeover' | 'no_takeover'
  /** The same for the peer's messages. Default 'takeover'. */
  readonly clientContextTakeover?: 'takeover' | 'no_takeover'
  /** Our window, as a power of two, 8 to 15. Default 15. */
  readonly serverMaxWindowBits?: number
  /** The peer's window. Default 15. */
  readonly clientMaxWindowBits?: number
}
/**
 * What `init` of 2.x may add. What is left out is as in the route's options; other names are refused.
 *
 * @example
 * const init: Cowboy2<null>['init'] = (req) => ['cowboy_websocket', req, null, { idleTimeout: 30_000, compress: true }]
 * @see Cowboy 2.18, `cowboy_websocket`: `opts()`
 */
export interface Cowboy2Options<Kept = Partial<Req>> {
  /** Negotiate compression; then every text and binary frame is compressed. Default: the route's, false. */
  readonly compress?: boolean
  /** How to compress; only with `compress`. Default: each of its options as said there. */
  readonly deflateOpts?: DeflateOpts
  /** Close after this long without a received byte, in ms. Default: the route's, 60 000. */
  readonly idleTimeout?: number | 'infinity'
  /** Longest message from the peer, in bytes after decompression. Default: the route's, 1 000 000. */
  readonly maxFrameSize?: number | 'infinity'
  /** Refuse text that is no UTF-8. Default: the route's, true; false delivers U+FFFD in its place. */
  readonly validateUtf8?: boolean
  /** What `terminate` gets in place of the request. Default: the request without headers. */
  readonly reqFilter?: (req: Req) => Kept
}

const KNOWN = ['compress', 'deflateOpts', 'idleTimeout', 'maxFrameSize', 'validateUtf8', 'reqFilter']
const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  memLevel: [1, 9],
  serverMaxWindowBits: [8, 15],
  clientMaxWindowBits: [8, 15],
}
const NAMED = ['level', 'strategy', 'serverContextTakeover', 'clientContextTakeover']
const LEVELS: Readonly<Record<string, number>> = { none: 0, default: 6, best_speed: 1, best_compression: 9 }
const STRATEGIES = ['default', 'filtered', 'huffman_only', 'rle', 'fixed']
const MAX_FRAME_BYTES = 0x7fffffff

/** Options of `init`, for the socket. */
export function upgradeOptions(given: Cowboy2Options): UpgradeOptions {
  const where = 'the options of init'
  rejectUnknown(where, given, KNOWN)
  const { compress, deflateOpts, validateUtf8, reqFilter } = given
  if (compress !== undefined) requireBoolean(`${where}: compress`, compress)
  if (validateUtf8 !== undefined) requireBoolean(`${where}: validateUtf8`, validateUtf8)
  if (reqFilter !== undefined) requireFunction(`${where}: reqFilter`, reqFilter)
  const deflate = compressOptions(`${where}: deflateOpts`, deflateOpts)
  return {
    ...limits(where, given),
    ...(compress === undefined ? {} : { compress: compress ? deflate : false }),
    ...(validateUtf8 === undefined ? {} : { validateUtf8 }),
  }
}

/** Limits of `init` and of the command `setOptions`; other keys are not looked at, as in Cowboy. */
export function limits(where: string, { idleTimeout, maxFrameSize }: Cowboy2Options<any>): SocketLimits {
  return {
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleMs(`${where}: idleTimeout`, idleTimeout) }),
    ...(maxFrameSize === undefined ? {} : { maxFrameBytes: frameBytes(`${where}: maxFrameSize`, maxFrameSize) }),
  }
}

/** Is this a timeout of Erlang: whole milliseconds or 'infinity'? */
export function isTimeout(value: unknown): value is number | 'infinity' {
  return value === 'infinity' || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
}

/** In Cowboy 0 is a time like any other, and over at once; for the socket it is none. */
export function idleMs(where: string, timeout: unknown): number {
  if (timeout === 'infinity') return 0
  if (!isTimeout(timeout)) throw new BadArgError(where, "whole milliseconds or 'infinity'", timeout)
  requireMs(where, timeout)
  return Math.max(1, timeout)
}

function frameBytes(where: string, size: unknown): number {
  if (size === 'infinity') return MAX_FRAME_BYTES
  requireInt(`${where}, unless 'infinity',`, size, 1, MAX_FRAME_BYTES)
  return size
}

/** Cowboy compresses every data frame, however short. */
function compressOptions(where: string, given: DeflateOpts = {}): CompressOptions {
  rejectUnknown(where, given, [...Object.keys(RANGES), ...NAMED])
  const { level = 'best_compression', strategy = 'default', serverContextTakeover, clientContextTakeover, ...rest } = given
  if (!STRATEGIES.includes(strategy)) throw new BadArgError(`${where}.strategy`, `one of ${STRATEGIES.join(', ')}`, strategy)
  const options: CompressOptions = {
    level: levelOf(`${where}.level`, level),
    ...rest,
    thresholdBytes: 0,
    serverNoContextTakeover: isForgotten(`${where}.serverContextTakeover`, serverContextTakeover),
    clientNoContextTakeover: isForgotten(`${where}.clientContextTakeover`, clientContextTakeover),
  }
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value = (rest as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined) requireInt(`${where}.${name}`, value, min, max)
  }
  return options
}

function levelOf(where: string, level: unknown): number {
  const number = typeof level === 'string' && Object.hasOwn(LEVELS, level) ? LEVELS[level] : level
  requireInt(`${where}, unless one of ${Object.keys(LEVELS).join(', ')},`, number, 0, 9)
  return number
}

function isForgotten(where: string, takeover: unknown): boolean {
  if (takeover !== undefined && takeover !== 'takeover' && takeover !== 'no_takeover') {
    throw new BadArgError(where, "'takeover' or 'no_takeover'", takeover)
  }
  return takeover === 'no_takeover'
}
