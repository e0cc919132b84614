// How the time of a test node passes and its work gets done: everything that can run does, then the clock goes to the next timer.
// Entered by test-node and probe; a simulation has a driver of its own.
import type { Kernel } from '../runtime/process.js'
import type { VirtualClock } from './virtual-clock.js'

/** @internal */
export interface Driver {
  /** Virtual ms since the start. */
  now(): number
  /** When something is due next; Infinity if nothing is. */
  nextDueMs(): number
  /** Runs what can run without time passing. */
  settle(): Promise<void>
  /** Turns the clock to this time, through all that is due on the way. */
  turnTo(untilMs: number): Promise<void>
}

/** One turn of the event loop. @internal */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** @internal */
export function plainDriver({ queue, timers }: Kernel, clock: VirtualClock): Driver {
  async function settle(): Promise<void> {
    let turns: number
    do {
      turns = queue.turns
      await loopTurn()
    } while (queue.turns !== turns || queue.length > 0)
  }
  return {
    now: () => clock.now(),
    nextDueMs: () => timers.nextDueMs(),
    settle,
    async turnTo(untilMs) {
      await settle()
      for (let dueMs = timers.nextDueMs(); dueMs <= untilMs; dueMs = timers.nextDueMs()) {
        clock.turnTo(dueMs)
        await settle()
      }
      clock.turnTo(untilMs)
      await settle()
    },
  }
}
