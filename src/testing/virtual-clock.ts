// A clock that stands still until a test turns it.
import { BadArgError } from '../base/errors.js'
import type { Clock } from '../base/clock.js'

/**
 * A clock for tests and simulations.
 *
 * @example
 * const clock: VirtualClock = virtualClock()
 * clock.setAlarm(100, () => clock.setAlarm(250, () => undefined))
 * clock.turnTo(100)
 * clock.alarmAt // => 250
 * @see {@link testNode}, which turns one
 */
export interface VirtualClock extends Clock {
  /** When the alarm rings, in ms; Infinity without one. */
  readonly alarmAt: number
  /**
   * Moves the time to `ms` (never back) and rings the alarm if it is due.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a number
   */
  turnTo(ms: number): void
}

/**
 * Makes a clock that starts at 0 and moves only by `turnTo`.
 *
 * @returns the clock, for the option `clock` of `createNode`
 * @example
 * const clock = virtualClock()
 * const node = createNode({ clock })
 * const pid = node.spawn((self) => self.sleep(1000))
 * await new Promise((resolve) => setImmediate(resolve)) // it runs up to its sleep
 * clock.turnTo(1000)
 * await new Promise((resolve) => setImmediate(resolve))
 * node.isAlive(pid) // => false
 * await node.stop()
 * @see A node has one clock and one alarm of it, so that time is one more input of a test
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
