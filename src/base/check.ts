// Argument and option checks. Each throws a GensockError that says where, what was allowed and what came.
import { BadArgError, GensockError, show } from './errors.js'

/** The longest delay of a timer and of any `...Ms` option: Node's own limit, 2^31 - 1 ms (24.8 days). */
export const MAX_MS = 2_147_483_647

/** Refuses a value that is not a whole number from `min` to `max`. */
export function requireInt(
  where: string,
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new BadArgError(where, `a whole number from ${min} to ${max}`, value)
  }
}

/** Refuses a value that is not whole milliseconds from 0 to `MAX_MS`. */
export function requireMs(where: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_MS) {
    throw new BadArgError(where, `whole milliseconds from 0 to ${MAX_MS}`, value)
  }
}

/** Refuses a value that is not a function. */
export function requireFunction(where: string, value: unknown): void {
  if (typeof value !== 'function') throw new BadArgError(where, 'a function', value)
}

/** Refuses a value that is not true or false. */
export function requireBoolean(where: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw new BadArgError(where, 'true or false', value)
}

/** Refuses options that are no object, and keys that are not in `known`. */
export function rejectUnknown(where: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new BadArgError(`${where}: options`, 'an object', given)
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new GensockError(
        'GENSOCK_ERR_UNKNOWN_OPTION',
        `${where} does not know the option ${show(key)}; it knows ${known.join(', ')}`,
        'badarg',
      )
    }
  }
}
