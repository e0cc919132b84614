// The options of a client: defaults, presets, checks. A mistake is a TypeError. Entered by connect and by the client.
import { NORMAL } from '../wire/close-codes.js'
import type { Pace } from './backoff.js'
import type { ClientOptions, TransportName } from './types.js'

export interface Settings {
  readonly transports: readonly TransportName[]
  readonly token: ClientOptions['token']
  readonly resume: boolean
  readonly heartbeatMs: number
  readonly pace: Pace
  readonly isBullet: boolean
  /** Offered, the best first: of a client with a contract. */
  readonly subprotocols: readonly string[] | undefined
}

/** What each transport is made of. */
export const NEEDS = { ws: 'WebSocket', sse: 'EventSource', longPoll: 'fetch' } as const
const TRANSPORTS = Object.keys(NEEDS) as TransportName[]
const OPTIONS = ['transports', 'token', 'resume', 'heartbeatMs', 'backoff', 'preset']
/** What a browser's timers can count. */
const MAX_MS = 2_147_483_647
/** RFC 6455 section 5.5: a close frame holds 125 bytes, its code takes two. */
const MAX_REASON_BYTES = 123

/** Checks what was given and fills in the defaults. */
export function settingsOf(given: ClientOptions, subprotocols?: readonly string[]): Settings {
  amongst('options', Object.keys(given), OPTIONS)
  const { transports = TRANSPORTS, token, resume = false, heartbeatMs = 20_000, backoff = {}, preset } = given
  const isBullet = preset === 'bullet'
  const { firstMs = isBullet ? 160 : 500, maxMs = isBullet ? 10_000 : 30_000 } = backoff
  amongst('transports', transports, TRANSPORTS)
  amongst('backoff', Object.keys(backoff), ['firstMs', 'maxMs'])
  amongst('preset', [preset ?? 'bullet'], ['bullet'])
  must(typeof resume === 'boolean', 'resume must be a boolean')
  must(token === undefined || typeof token === 'function', 'token must be a function')
  for (const [name, ms] of Object.entries({ heartbeatMs, firstMs, maxMs })) {
    must(Number.isInteger(ms) && ms >= 0 && ms <= MAX_MS, `${name} must be whole ms, 0 to ${MAX_MS}, got ${ms}`)
  }
  return {
    transports: [...new Set(transports)],
    token,
    resume,
    heartbeatMs,
    pace: { firstMs, maxMs, isExact: isBullet },
    isBullet,
    subprotocols,
  }
}
function amongst(what: string, names: readonly string[], allowed: readonly string[]): void {
  for (const name of names) must(allowed.includes(name), `${what} must be of ${allowed.join(', ')}, got ${name}`)
}

export function checkData(data: unknown): void {
  const isGood = typeof data === 'string' || typeof (data as Partial<ArrayBuffer> | null)?.byteLength === 'number'
  must(isGood, 'data must be text or bytes')
}
/** As a browser checks them. */
export function checkClose(code: number, reason: string): void {
  must(
    code === NORMAL || (Number.isInteger(code) && code >= 3000 && code < 5000),
    `code must be 1000 or 3000 to 4999, got ${code}`,
  )
  must(new TextEncoder().encode(reason).length <= MAX_REASON_BYTES, `reason must be at most ${MAX_REASON_BYTES} bytes`)
}
export function must(isSo: boolean, what: string): void {
  if (!isSo) throw new TypeError(`gensock: ${what}`)
}
