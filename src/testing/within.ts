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

/** One that waits; what it waits for may be found while another one looks. @internal */
export interface Waiter<T> {
  readonly look: (untilMs: number) => T | undefined
  /** What comes later is not for it. */
  readonly untilMs: number
  found?: T | undefined
  fault?: { readonly error: unknown }
}
/** Those that wait for what only one of them can have, in the order in which they have asked. @internal */
export type WaitingLine = Waiter<any>[]

/**
 * Turns the clock until `look` finds something, no further than that needs and by `forMs` at most; undefined if it never did.
 * What it finds it takes at once: after an `await` another one that waits may have taken it. Those before it in the line look
 * first. @internal
 */
export async function within<T>(
  driver: Driver,
  forMs: number,
  look: (untilMs: number) => T | undefined,
  line: WaitingLine = [],
): Promise<T | undefined> {
  const waiter: Waiter<T> = { look, untilMs: driver.now() + forMs }
  const { untilMs } = waiter
  line.push(waiter)
  try {
    await driver.settle()
    for (;;) {
      letLook(line, waiter)
      if (waiter.found !== undefined) return waiter.found
      const dueMs = driver.nextDueMs()
      await driver.turnTo(Math.min(dueMs, untilMs))
      if (dueMs <= untilMs) continue
      letLook(line, waiter)
      return waiter.found
    }
  } finally {
    line.splice(line.indexOf(waiter), 1)
  }
}

/** Whose turn of the event loop ends first must not matter: all up to `last` look, in order. */
function letLook(line: WaitingLine, last: Waiter<unknown>): void {
  for (const waiter of line.slice(0, line.indexOf(last) + 1)) {
    if (waiter.found !== undefined || waiter.fault !== undefined) continue
    try {
      waiter.found = waiter.look(waiter.untilMs)
    } catch (error) {
      waiter.fault = { error } // told to whom it belongs
    }
  }
  if (last.fault !== undefined) throw last.fault.error
}
