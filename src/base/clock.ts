// The clock of a node: what time it is, and one alarm. The system clock here, a virtual one in testing/.
import { performance } from 'node:perf_hooks' // the global one is a getter

/**
 * Where a node gets its time from. A node has one alarm; setting it anew replaces the old one.
 *
 * @example
 * const clock: Clock = { now: () => 0, setAlarm: () => undefined, clearAlarm: () => undefined } // time stands still
 * createNode({ clock }).name // => 'gensock@local'
 * @see `virtualClock` of gensock/testing
 */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back; may have a fraction. */
  now(): number
  /** Calls `ring` once, not before the clock shows `atMs`. */
  setAlarm(atMs: number, ring: () => void): void
  /** Takes the alarm away. */
  clearAlarm(): void
}

/** The longest delay that `setTimeout` takes; an alarm that rings too early is set anew. */
const MAX_ALARM_MS = 2_147_483_647

/** The machine's monotonic clock with one `setTimeout`. */
export function systemClock(): Clock {
  let alarm: ReturnType<typeof setTimeout> | undefined
  return {
    now: () => performance.now(),
    setAlarm(atMs, ring) {
      clearTimeout(alarm)
      alarm = setTimeout(ring, Math.min(MAX_ALARM_MS, Math.max(0, Math.ceil(atMs - performance.now()))))
    },
    clearAlarm() {
      clearTimeout(alarm)
      alarm = undefined
    },
  }
}
