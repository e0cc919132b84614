// A clock that stands still until a test turns it.
import { BadArgError } from '../base/errors.js'
import type { Clock } from '../base/clock.js'

/** A clock for tests and simulations. */
export interface VirtualClock extends Clock {
  /** When the alarm rings, or Infinity. */
  readonly alarmAt: number
  /** Moves the time to `ms` (never back) and rings the alarm if it is due. */
  turnTo(ms: number): void
}

/**
 * Makes a clock that starts at 0 and moves only by `turnTo`.
 *
 * @example
 * const clock = virtualClock()
 * const node = createNode({ clock })
 * clock.turnTo(1000)
 */
export function virtualClock(): VirtualClock {
  let nowMs = 0
  let alarmAt = Infinity
  let alarm: (() => void) | undefined
  return {
    now: () => nowMs,
    get alarmAt() {
      return alarmAt
    },
    setAlarm(atMs, ring) {
      alarmAt = atMs
      alarm = ring
    },
    clearAlarm() {
      alarmAt = Infinity
      alarm = undefined
    },
    turnTo(ms) {
      if (typeof ms !== 'number' || Number.isNaN(ms)) throw new BadArgError('turnTo: ms', 'a number', ms)
      nowMs = Math.max(nowMs, ms)
      if (alarmAt > nowMs || alarm === undefined) return
      const ring = alarm
      alarmAt = Infinity
      alarm = undefined
      ring()
    },
  }
}
