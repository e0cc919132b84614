// Hot path. Selective receive: by nothing, by type, by guard, with a time limit. Entered by self; turn resumes it.
import { rejectUnknown, requireMs } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import { find, take, takeAt } from './mailbox.js'
import { BUSY, DEAD, isRunning, type Process, READY, WAITING, type Waiter } from './process.js'

/**
 * Options of `receive`.
 *
 * @example
 * await self.receive({ afterMs: 5 }) // => undefined
 * @see Erlang reference manual, "Expressions", Receive, `after`
 */
export interface ReceiveOptions {
  /** Whole milliseconds; 0 = only what is there already; infinity = for ever, as without. */
  readonly afterMs: number
}
type Guard = (message: unknown) => boolean

/** What every operation of an ended process answers. A promise of its own each time: a shared one would hold all who wait. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined)
}

/** The promise itself. Its error is handed to whoever awaits; one that nobody awaits in time must not end the program. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore)
  return promise
}
function ignore(): void {
  // See above.
}

/** @see Erlang reference manual, "receive" */
export function receive(process: Process, match?: unknown, options?: ReceiveOptions): Promise<unknown> {
  const guard = match === undefined ? undefined : guardOf(match)
  let afterMs = Infinity
  if (options !== undefined) {
    rejectUnknown('receive', options, ['afterMs'])
    afterMs = options.afterMs
    if (afterMs !== Infinity) requireMs('receive: afterMs', afterMs)
  }
  if (process.state === DEAD) return never()
  if (process.waiter !== null) {
    throw new GensockError(
      'GENSOCK_ERR_BADARG',
      `receive: ${String(process.pid)} waits in another receive already; await that first`,
      'badarg',
    )
  }
  const index = guard === undefined ? next(process, undefined, 0) : scan(process, guard)
  if (!isRunning(process)) return never() // the guard ended its own process
  const inBudget = process.kernel.queue.tick()
  if (inBudget && index >= 0) return Promise.resolve(takeAt(process, index))
  if (inBudget && afterMs === 0) return Promise.resolve(undefined)
  return wait(process, guard, index, afterMs)
}

function guardOf(match: unknown): Guard {
  if (typeof match === 'function') return match as Guard
  if (typeof match === 'string')
    return (message) => typeof message === 'object' && message !== null && (message as { type?: unknown }).type === match
  throw new BadArgError('receive: match', 'a message type or a guard', match)
}

/**
 * In place of a waiter while a guard looks at the mailbox: a `receive` of the guard's own would take messages from under it.
 */
const SCANNING: Waiter = {
  process: null as unknown as Process,
  match: undefined,
  scanned: 0,
  resolve: ignore,
  reject: ignore,
  timer: null,
  timedOut: false,
}
function scan(process: Process, guard: Guard): number {
  process.waiter = SCANNING
  try {
    return next(process, guard, 0)
  } finally {
    if (process.waiter === SCANNING) process.waiter = null
  }
}

function next(process: Process, guard: Guard | undefined, from: number): number {
  if (guard !== undefined) {
    const index = find(process, guard, from)
    return index < process.queueLength ? index : -1 // a guard may have flushed what it was shown
  }
  return from < process.queueLength ? from : -1
}

// Parks the process. With a message at hand (or no time to wait) it only lets the event loop go first: the budget is used up.
function wait(process: Process, guard: Guard | undefined, index: number, afterMs: number): Promise<unknown> {
  const parked = new Promise((resolve, reject) => {
    const waiter: Waiter = {
      process,
      match: guard,
      scanned: index >= 0 ? index : process.queueLength,
      resolve,
      reject,
      timer: null,
      timedOut: afterMs === 0,
    }
    process.waiter = waiter
    if (index >= 0 || afterMs === 0) {
      process.state = READY
      process.kernel.queue.push(process)
      return
    }
    process.state = WAITING
    if (afterMs !== Infinity) {
      waiter.timer = process.kernel.newRef()
      process.kernel.timers.add(waiter.timer, afterMs, process, onTimeout, waiter)
    }
  })
  return handled(parked)
}

/** The time limit of a receive is over: the process looks at its mailbox once more, in its own turn. */
function onTimeout(message: unknown): void {
  const waiter = message as Waiter
  const { process } = waiter
  if (process.waiter !== waiter) return
  waiter.timedOut = true
  if (process.state !== WAITING) return
  process.state = READY
  process.kernel.queue.push(process)
}

/** A turn of a process that waits in `receive`: gives it its message, or leaves it waiting. */
export function resumeReceive(process: Process): void {
  const waiter = process.waiter as Waiter
  let index: number
  try {
    index = next(process, waiter.match, waiter.scanned)
  } catch (error) {
    if (!isRunning(process)) return
    settle(process, waiter)
    waiter.reject(error)
    return
  }
  if (!isRunning(process)) return // the guard ended its own process
  if (index >= 0) {
    settle(process, waiter)
    waiter.resolve(index === 0 ? take(process) : takeAt(process, index))
  } else if (waiter.timedOut) {
    settle(process, waiter)
    waiter.resolve(undefined)
  } else {
    waiter.scanned = process.queueLength
    process.state = WAITING
  }
}

function settle(process: Process, waiter: Waiter): void {
  process.waiter = null
  process.state = BUSY
  if (waiter.timer !== null) process.kernel.timers.cancel(waiter.timer)
}

/** Forgets a receive that a callback started and did not await: it must not take the next message, nor keep a timer. */
export function abandonReceive(process: Process): void {
  if (process.waiter !== null) settle(process, process.waiter)
}
