// Waiting in virtual time: the clock goes from timer to timer until something holds. Entered by probe and matchers; calls the
// driver.
import type { Driver } from './driver.js'

/** How long probes and matchers wait, in ms of virtual time, if nobody says otherwise. @internal */
export const PATIENCE_MS = 5000

/** Turns the clock until `isDone`, no further than that needs and by `forMs` at most; false if it never was. */
export async function within(driver: Driver, forMs: number, isDone: () => boolean): Promise<boolean> {
  const untilMs = driver.now() + forMs
  await driver.settle()
  for (;;) {
    if (isDone()) return true
    const dueMs = driver.nextDueMs()
    await driver.turnTo(Math.min(dueMs, untilMs))
    if (dueMs > untilMs) return isDone()
  }
}
