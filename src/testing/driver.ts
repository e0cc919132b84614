// How the time of a test node passes and its work gets done: everything that can run does, then the clock goes to the next timer.
// Entered by test-node and probe; a simulation has a driver of its own.
import { performance } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers' // a test may have put its own in place of the global ones
import { GensockError } from '../base/errors.js'
import { BUSY, type Kernel, READY } from '../runtime/process.js'
import { lineOf, runsOf, waitOf } from './open-processes.js'
import type { VirtualClock } from './virtual-clock.js'
import type { Driver } from './within.js'

export type { Driver } from './within.js'

/** So many messages while time stands still: whoever sends them goes on for ever. */
const ENDLESS = 1_000_000
/** So many once that has been told: what comes then is the end of the test, and of the node. */
const ENDLESS_AGAIN = 10_000
const MAX_NAMED = 5
/** Between two looks at what others do, in ms. */
const LOOK_MS = 2

/** One turn of the event loop. @internal */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** @internal */
export function plainDriver(kernel: Kernel, clock: VirtualClock): Driver {
  const { queue, timers } = kernel
  const steps = countSteps(kernel)
  let isTold = false
  async function settle(): Promise<void> {
    const from = steps()
    let turns: number
    do {
      turns = queue.turns
      await loopTurn()
      if (isTold && steps() - from > ENDLESS_AGAIN) return
      if (steps() - from > ENDLESS) {
        isTold = true
        throw endless(kernel, clock.now())
      }
    } while (queue.turns !== turns || queue.length > 0)
    isTold = false
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
    async letOthers(longestMs) {
      const [{ turns }, began] = [queue, performance.now()]
      let waited = false
      while (queue.turns === turns && awaitsOthers(kernel)) {
        if (performance.now() - began >= longestMs) return false
        waited = true
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
      return waited
    },
  }
}

/** Messages and turns so far. A turn may be many messages, and a loop around `receive` is none at all. */
function countSteps({ queue }: Kernel): () => number {
  const { tick } = queue
  let ticks = 0
  queue.tick = () => {
    ticks++
    return tick.call(queue)
  }
  return () => ticks + queue.turns
}

/** A supervisor waits for its children only. */
function awaitsOthers({ processes }: Kernel): boolean {
  for (const process of processes.values())
    if (process.state === BUSY && waitOf(process) === 'promise' && runsOf(process) !== 'supervisor') return true
  return false
}

function endless({ processes }: Kernel, atMs: number): GensockError {
  const busy = [...processes.values()].filter(
    (process) => process.state === READY || process.queueLength > 0 || (process.state === BUSY && waitOf(process) === 'promise'),
  )
  const lines = busy.slice(0, MAX_NAMED).map(({ pid }) => `\n  ${lineOf(pid)}`)
  const more = busy.length > MAX_NAMED ? `\n  and ${busy.length - MAX_NAMED} more` : ''
  const text = `more than ${ENDLESS} messages at ${atMs} ms of virtual time, and no end: something goes on without time passing`
  return new GensockError('GENSOCK_ERR_CALL', `${text}; busy:${lines.join('')}${more}`, 'endless')
}
