// Options of startSessions: the table of defaults, and the checks. Unknown keys are refused by name.
import { MAX_MS, rejectUnknown, requireFunction, requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { Node } from '../runtime/node.js'
import type { SessionStore } from './store.js'

/**
 * How much a page keeps for a browser that is away, or has not said yet that it has it. The oldest messages go first; the
 * browser hears `gap` when it comes back.
 *
 * @example
 * const sessions = await startSessions({ queue: { maxCount: 100, maxAgeMs: 60_000 } satisfies QueueOptions })
 * await supervisor.stop(sessions.pid)
 * @see Zotonic 0.11, `z_transport_queue`: 100 items, 5 minutes
 */
export interface QueueOptions {
  /** Messages, from 1. Default 1 000. */
  readonly maxCount?: number
  /** Bytes of UTF-8 of all of them, from 1; a single message above it is refused by `page.add`. Default 1 048 576. */
  readonly maxBytes?: number
  /** How old a message may become, in ms from 1. Default 300 000. */
  readonly maxAgeMs?: number
}
/**
 * Options of `startSessions`.
 *
 * @example
 * const options: SessionOptions = { secret: ['the new secret, long', 'the old secret, long'], keepAliveMs: 1_800_000 }
 * const sessions = await startSessions(options)
 * await supervisor.stop(sessions.pid)
 * @see Zotonic 0.10, `zotonic.hrl`: `SESSION_EXPIRE_1`, `SESSION_EXPIRE_N`, `SESSION_PAGE_TIMEOUT`
 */
export interface SessionOptions {
  /**
   * Keys that sign the cookies, of 16 characters or more: the first signs, all verify, so that a key can be replaced. Default:
   * drawn when the program needs it first, so cookies do not outlive the program.
   */
  readonly secret?: string | readonly string[]
  /** Where sessions outlive their processes. Default `memoryStore()`. */
  readonly store?: SessionStore
  /** Whose processes the sessions are. Default: the node of the caller. */
  readonly node?: Node
  /** How long a new session lives whose cookie has not come back, in ms from 1. Default 40 000. */
  readonly firstMs?: number
  /** How long a session lives after its last use, without pages, in ms from 1. Default 3 600 000. */
  readonly keepAliveMs?: number
  /** How long a page with an empty queue lives without a socket, in ms from 1. Default 20 000. */
  readonly pageMs?: number
  /** Pages of one session, from 1; for one more the one that is longest without a socket ends, then the oldest. Default 100. */
  readonly maxPages?: number
  /**
   * Sessions that run, from 1; for one more the one without an open socket that is longest unused ends. If there is none, a new
   * visitor gets a session without cookies, for this visit only. Default 100 000.
   */
  readonly maxSessions?: number
  /** What a page keeps, see {@link QueueOptions}. Default: as it says. */
  readonly queue?: QueueOptions
  /** When browsers send the cookies to requests from other sites; `none` needs TLS. Default 'lax'. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** `Domain` of the cookies. Default: none, so the host alone gets them back. */
  readonly domain?: string
  /** `Path` of the cookies. Default '/'. */
  readonly path?: string
  /**
   * `Max-Age` of `z_pid`, in s from 1, and how long a visitor's data is kept after it was written. Default 34 560 000 (400
   * days).
   */
  readonly persistMaxAgeS?: number
}
/** Checked limits, none missing. */
export type SessionLimits = Required<Omit<SessionOptions, 'secret' | 'store' | 'node' | 'queue' | 'domain'>> & {
  readonly queue: Required<QueueOptions>
  readonly domain: string | undefined
}

const KEYS = ['secret', 'store', 'node', 'domain'] as const
export const QUEUE_DEFAULTS: Required<QueueOptions> = Object.freeze({ maxCount: 1000, maxBytes: 1_048_576, maxAgeMs: 300_000 })
export const SESSION_DEFAULTS: SessionLimits = Object.freeze({
  firstMs: 40_000,
  keepAliveMs: 3_600_000,
  pageMs: 20_000,
  maxPages: 100,
  maxSessions: 100_000,
  queue: QUEUE_DEFAULTS,
  sameSite: 'lax',
  domain: undefined,
  path: '/',
  persistMaxAgeS: 34_560_000,
})

/** Checks all but the node, which the runtime checks, and the secret, which the signer does. */
export function sessionLimits(where: string, given: SessionOptions): SessionLimits {
  rejectUnknown(where, given, [...Object.keys(SESSION_DEFAULTS), ...KEYS])
  if (given.store !== undefined) checkStore(`${where}: store`, given.store)
  const limits: SessionLimits = {
    firstMs: given.firstMs ?? SESSION_DEFAULTS.firstMs,
    keepAliveMs: given.keepAliveMs ?? SESSION_DEFAULTS.keepAliveMs,
    pageMs: given.pageMs ?? SESSION_DEFAULTS.pageMs,
    maxPages: given.maxPages ?? SESSION_DEFAULTS.maxPages,
    maxSessions: given.maxSessions ?? SESSION_DEFAULTS.maxSessions,
    queue: queueLimits(`${where}: queue`, given.queue ?? {}),
    sameSite: given.sameSite ?? SESSION_DEFAULTS.sameSite,
    domain: given.domain,
    path: given.path ?? SESSION_DEFAULTS.path,
    persistMaxAgeS: given.persistMaxAgeS ?? SESSION_DEFAULTS.persistMaxAgeS,
  }
  for (const key of ['firstMs', 'keepAliveMs', 'pageMs'] as const) requireInt(`${where}: ${key}`, limits[key], 1, MAX_MS)
  for (const key of ['maxPages', 'maxSessions', 'persistMaxAgeS'] as const) requireInt(`${where}: ${key}`, limits[key], 1)
  if (!['lax', 'strict', 'none'].includes(limits.sameSite))
    throw new BadArgError(`${where}: sameSite`, "'lax', 'strict' or 'none'", limits.sameSite)
  return Object.freeze(limits)
}

function queueLimits(where: string, given: QueueOptions): Required<QueueOptions> {
  rejectUnknown(where, given, Object.keys(QUEUE_DEFAULTS))
  const limits = {
    maxCount: given.maxCount ?? QUEUE_DEFAULTS.maxCount,
    maxBytes: given.maxBytes ?? QUEUE_DEFAULTS.maxBytes,
    maxAgeMs: given.maxAgeMs ?? QUEUE_DEFAULTS.maxAgeMs,
  }
  requireInt(`${where}.maxCount`, limits.maxCount, 1)
  requireInt(`${where}.maxBytes`, limits.maxBytes, 1)
  requireInt(`${where}.maxAgeMs`, limits.maxAgeMs, 1, MAX_MS)
  return Object.freeze(limits)
}

function checkStore(where: string, store: unknown): void {
  if (typeof store !== 'object' || store === null) throw new BadArgError(where, 'an object with load, save and remove', store)
  for (const key of ['load', 'save', 'remove'] as const) requireFunction(`${where}.${key}`, (store as SessionStore)[key])
}
