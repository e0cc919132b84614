// The flags of a supervisor: strategy, intensity, period. Checked with OTP's error terms, and in words for the report.
import { MAX_MS } from '../base/check.js'
import { BadArgError } from '../base/errors.js'

/** Which children are ended and started again with one that crashed. @see OTP `supervisor`, "Restart strategy" */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne' | 'simpleOneForOne'
/** Whether the end of significant children ends the supervisor. @see OTP `supervisor`, "Automatic Shutdown" */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant'
export interface SupervisorFlags {
  /** Default 'oneForOne'. */
  readonly strategy?: Strategy
  /** Restarts that are allowed within the period; one more and the supervisor gives up. Default 1; 0 = none. */
  readonly intensity?: number
  /** In ms. Default 5 000. */
  readonly periodMs?: number
  /** Default 'never'. */
  readonly autoShutdown?: AutoShutdown
}

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
  readonly text: string
}
export function refusal(refused: unknown, where: string, allowed: string, got: unknown): Refusal {
  return { refused, text: new BadArgError(where, allowed, got).message }
}
export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}

/** The flags with their defaults, or why not. */
export function checkFlags(given: SupervisorFlags): Required<SupervisorFlags> | Refusal {
  const flags = { ...DEFAULTS }
  for (const name of FLAG_NAMES) if (given[name] !== undefined) Object.assign(flags, { [name]: given[name] })
  const { strategy, intensity, periodMs, autoShutdown } = flags
  if (!STRATEGIES.includes(strategy))
    return refusal(['invalid_strategy', strategy], 'supervisor: strategy', `one of ${STRATEGIES.join(', ')}`, strategy)
  if (!Number.isInteger(intensity) || intensity < 0)
    return refusal(['invalid_intensity', intensity], 'supervisor: intensity', 'a whole number from 0', intensity)
  if (!Number.isInteger(periodMs) || periodMs <= 0 || periodMs > MAX_MS)
    return refusal(['invalid_period', periodMs], 'supervisor: periodMs', `whole milliseconds from 1 to ${MAX_MS}`, periodMs)
  if (!AUTO_SHUTDOWNS.includes(autoShutdown))
    return refusal(['invalid_auto_shutdown', autoShutdown], 'supervisor: autoShutdown', AUTO_SHUTDOWNS.join(', '), autoShutdown)
  return flags
}
