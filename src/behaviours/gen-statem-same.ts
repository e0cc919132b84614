// Hot path. Erlang's `=:=` for states and names of timeouts. Entered by the rules of gen_statem and their timers.
import { isDeepStrictEqual } from 'node:util'

/** Are these the same term? Objects are compared deeply; most states are strings, which need no deep look. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  return isDeepStrictEqual(a, b)
}
