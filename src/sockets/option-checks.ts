// Checks of options that have a form of their own. Entered by options, and by request for what a handshake sets.
import { rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { IS_TOKEN } from '../wire/token.js'

export const MAX_FRAME_BYTES = 0x7fffffff

/** Without the keys that are there and undefined. */
export function defined<O extends object>(options: O | undefined): Partial<O> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as Partial<O>
}

/** Any subprotocol, or a list of them: tokens of RFC 9110. */
export function checkTokens(where: string, list: unknown): void {
  if (list === 'any') return
  checkStrings(where, list, (name) => IS_TOKEN.test(name), "'any' or a list of subprotocol names (tokens of RFC 9110)")
}

export function checkOrigins(where: string, origins: unknown): void {
  if (origins === 'same' || origins === 'any') return
  const allowed = "'same', 'any' or a list of origins such as 'https://example.org', which may hold 'same'"
  checkStrings(where, origins, isOrigin, allowed)
}

function checkStrings(where: string, list: unknown, test: (text: string) => boolean, allowed: string): void {
  const good = Array.isArray(list) && list.every((item) => typeof item === 'string' && test(item))
  if (!good) throw new BadArgError(where, allowed, list)
}

function isOrigin(text: string): boolean {
  return text === 'null' || text === 'same' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i.test(text)
}

export function checkOnCrash(where: string, onCrash: unknown): void {
  if (onCrash === 'close') return
  const restart = isObject(onCrash) ? onCrash['restart'] : undefined
  if (!isObject(restart)) throw new BadArgError(where, "'close' or { restart: { intensity, periodMs } }", onCrash)
  rejectUnknown(where, onCrash as object, ['restart'])
  rejectUnknown(`${where}.restart`, restart, ['intensity', 'periodMs'])
  requireInt(`${where}.restart.intensity`, restart['intensity'], 0)
  requireMs(`${where}.restart.periodMs`, restart['periodMs'])
}

export function checkOnSlowPeer(where: string, policy: unknown): void {
  if (['close', 'dropNewest', 'dropOldest', 'wait'].includes(policy as string)) return
  if (!isObject(policy))
    throw new BadArgError(where, "'close', 'dropNewest', 'dropOldest', 'wait' or { coalesce: (frame) => key }", policy)
  rejectUnknown(where, policy, ['coalesce'])
  requireFunction(`${where}.coalesce`, policy['coalesce'])
}

const COMPRESS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  level: [0, 9],
  memLevel: [1, 9],
  thresholdBytes: [0, MAX_FRAME_BYTES],
  serverMaxWindowBits: [8, 15],
  clientMaxWindowBits: [8, 15],
}
const TAKEOVERS = ['serverNoContextTakeover', 'clientNoContextTakeover']

export function checkCompress(where: string, compress: unknown): void {
  if (typeof compress === 'boolean') return
  if (!isObject(compress)) throw new BadArgError(where, 'true, false or an object of its options', compress)
  rejectUnknown(where, compress, [...Object.keys(COMPRESS), ...TAKEOVERS])
  for (const [key, value] of Object.entries(compress)) {
    if (value === undefined) continue
    const range = COMPRESS[key]
    if (range === undefined) requireBoolean(`${where}.${key}`, value)
    else requireInt(`${where}.${key}`, value, range[0], range[1])
  }
}

/** Flow control's marks; those that were not given follow from the others. */
export interface Marks {
  readonly outboundHighBytes: number
  readonly outboundLowBytes: number
  readonly maxBufferedBytes: number
  readonly inboundHighBytes: number
  readonly inboundLowBytes: number
}
const OUTBOUND_HIGH_BYTES = 4_194_304
const INBOUND_HIGH_BYTES = 262_144
/** A low mark is this part of its high one, and the last limit that many times the high one. */
const SHARE = 4

/** Fills in and checks: a low mark lies below its high one, and the last limit not below the high mark. */
export function checkMarks(where: string, given: { readonly [K in keyof Marks]?: number | undefined }): Marks {
  if (given.maxBufferedBytes !== undefined) requireInt(`${where}: maxBufferedBytes`, given.maxBufferedBytes, 1)
  const outbound = given.outboundHighBytes ?? Math.min(OUTBOUND_HIGH_BYTES, given.maxBufferedBytes ?? Infinity)
  const inbound = given.inboundHighBytes ?? INBOUND_HIGH_BYTES
  const last = given.maxBufferedBytes ?? outbound * SHARE
  requireInt(`${where}: outboundHighBytes (at most maxBufferedBytes)`, outbound, 1, last)
  requireInt(`${where}: inboundHighBytes`, inbound, 1)
  const marks: Marks = {
    outboundHighBytes: outbound,
    outboundLowBytes: given.outboundLowBytes ?? Math.floor(outbound / SHARE),
    maxBufferedBytes: last,
    inboundHighBytes: inbound,
    inboundLowBytes: given.inboundLowBytes ?? Math.floor(inbound / SHARE),
  }
  requireInt(`${where}: outboundLowBytes (below outboundHighBytes)`, marks.outboundLowBytes, 0, outbound - 1)
  requireInt(`${where}: inboundLowBytes (below inboundHighBytes)`, marks.inboundLowBytes, 0, inbound - 1)
  return marks
}

export function checkRate(where: string, rate: unknown): void {
  if (!isObject(rate)) throw new BadArgError(where, 'an object with messages, bytes or both', rate)
  rejectUnknown(where, rate, ['messages', 'bytes'])
  for (const name of ['messages', 'bytes']) if (rate[name] !== undefined) checkBucket(`${where}.${name}`, rate[name])
}

function checkBucket(where: string, bucket: unknown): void {
  if (!isObject(bucket)) throw new BadArgError(where, '{ perSecond, burst? }', bucket)
  rejectUnknown(where, bucket, ['perSecond', 'burst'])
  requireInt(`${where}.perSecond`, bucket['perSecond'], 1)
  if (bucket['burst'] !== undefined) requireInt(`${where}.burst`, bucket['burst'], 1)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
