// The flags of a supervisor: strategy, intensity, period. Checked with OTP's error terms, and in words for the report.
import { MAX_MS } from '../base/check.js'
import { BadArgError } from '../base/errors.js'

/**
 * Which children are ended and started again with one that crashed.
 *
 * @example
 * const strategy: Strategy = 'restForOne'
 * await supervisor.start({ strategy, children: [child('db', database), child('cache', cache)] })
 * @see OTP `supervisor`, "Restart strategy"
 */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne' | 'simpleOneForOne'
/**
 * Whether the end of significant children ends the supervisor.
 *
 * @example
 * const autoShutdown: AutoShutdown = 'anySignificant'
 * await supervisor.start({ autoShutdown, children: [] })
 * @see OTP `supervisor`, "Automatic Shutdown"
 */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant'
/**
 * How a supervisor treats its children as a whole.
 *
 * @example
 * const flags = { intensity: 3, periodMs: 10_000 } satisfies SupervisorFlags
 * await supervisor.start({ ...flags, children: [child('cache', cache)] })
 * @see OTP `supervisor`, "sup_flags()"
 */
export interface SupervisorFlags {
  /** Default 'oneForOne'. */
  readonly strategy?: Strategy
  /** Restarts that are allowed within the period; one more and the supervisor gives up. Default 1; 0 = none. */
  readonly intensity?: number
  /** The period in which restarts are counted, in whole ms from 1. Default 5 000. */
  readonly periodMs?: number
  /** Whether the end of significant children ends it. Default 'never'. */
  readonly autoShutdown?: AutoShutdown
}

/** The keys of a spec besides its children. */
export const FLAG_NAMES = ['strategy', 'intensity', 'periodMs', 'autoShutdown'] as const
const DEFAULTS: Required<SupervisorFlags> = Object.freeze({
  strategy: 'oneForOne',
  intensity: 1,
  periodMs: 5000,
  autoShutdown: 'never',
})
const STRATEGIES: readonly unknown[] = ['oneForOne', 'oneForAll', 'restForOne', 'simpleOneForOne']
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'anySignificant', 'allSignificant']

/** A value that was refused: OTP's term, and what a person reads. */
export interface Refusal {
  readonly refused: unknown
  /** As the argument of a function that throws at once. */
  readonly error: BadArgError
}
/** `where` must be `allowed`, and is `got`: for the program OTP's term `refused`. */
export function refusal(refused: unknown, where: string, allowed: string, got: unknown): Refusal {
  return { refused, error: new BadArgError(where, allowed, got) }
}
/** Is this a refusal and no checked value? */
export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}

/** The flags with their defaults, or why not; `where` they were given. */
export function checkFlags(given: SupervisorFlags, where = 'supervisor'): Required<SupervisorFlags> | Refusal {
  const flags = { ...DEFAULTS }
  for (const name of FLAG_NAMES) if (given[name] !== undefined) Object.assign(flags, { [name]: given[name] })
  const { strategy, intensity, periodMs, autoShutdown } = flags
  if (!STRATEGIES.includes(strategy))
    return refusal(['invalid_strategy', strategy], `${where}: strategy`, `one of ${STRATEGIES.join(', ')}`, strategy)
  if (!Number.isInteger(intensity) || intensity < 0)
    return refusal(['invalid_intensity', intensity], `${where}: intensity`, 'a whole number from 0', intensity)
  if (!Number.isInteger(periodMs) || periodMs <= 0 || periodMs > MAX_MS)
    return refusal(['invalid_period', periodMs], `${where}: periodMs`, `whole milliseconds from 1 to ${MAX_MS}`, periodMs)
  if (!AUTO_SHUTDOWNS.includes(autoShutdown))
    return refusal(['invalid_auto_shutdown', autoShutdown], `${where}: autoShutdown`, AUTO_SHUTDOWNS.join(', '), autoShutdown)
  return flags
}
