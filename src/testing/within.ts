// Waiting in virtual time: the clock goes from timer to timer until something holds. Entered by probe and matchers; calls the
// driver, of which it says what one is.

/** Who lets the time of a test node pass. @internal */
export interface Driver {
  /** Virtual ms since the start. */
  now(): number
  /** When something is due next; Infinity if nothing is. */
  nextDueMs(): number
  /** Runs what can run without time passing. */
  settle(): Promise<void>
  /** Turns the clock to this time, through all that is due on the way. */
  turnTo(untilMs: number): Promise<void>
  /** Lets real time pass while a process waits for what is not the library's; true if something has happened by then. */
  letOthers?(longestMs: number): Promise<boolean>
}

/** How long probes and matchers wait, in ms of virtual time, if nobody says otherwise. @internal */
export const PATIENCE_MS = 5000

/**
 * Turns the clock until `look` finds something, no further than that needs and by `forMs` at most; undefined if it never did.
 * What it finds it takes at once: after an `await` another one that waits may have taken it. @internal
 */
export async function within<T>(driver: Driver, forMs: number, look: () => T | undefined): Promise<T | undefined> {
  const untilMs = driver.now() + forMs
  await driver.settle()
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    const dueMs = driver.nextDueMs()
    await driver.turnTo(Math.min(dueMs, untilMs))
    if (dueMs > untilMs) return look()
  }
}
