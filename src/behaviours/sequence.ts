// Does the same with each of many, always in the turn of the process: one after the other, at once as long as nothing has to be
// awaited (`sequence`), or all of them, with a rest for the event loop (`inSlices`). Entered by the rules of supervisors.
import { inside, isRunning, type Process } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'

/** Until the end of the list, or until `step` answers false. Answers whether it came to the end. */
export function sequence<T>(
  process: Process,
  items: readonly T[],
  step: (item: T) => boolean | Promise<boolean>,
  from = 0,
): boolean | Promise<boolean> {
  for (let index = from; index < items.length; index++) {
    const on = step(items[index] as T)
    if (isPromise<boolean>(on)) return on.then((settled) => settled && goOn(process, items, step, index + 1))
    if (!on) return false
  }
  return true
}

function goOn<T>(
  process: Process,
  items: readonly T[],
  step: (item: T) => boolean | Promise<boolean>,
  from: number,
): boolean | Promise<boolean> {
  return inside(process, () => sequence(process, items, step, from)) ?? false
}

/**
 * With each of these; sockets and timers have their turn whenever the slice of the node is used up. Without a promise if it never
 * is. Over when the process has ended: whoever goes on then looks whether it has.
 */
export function inSlices<T>(process: Process, items: Iterable<T>, step: (item: T) => void): void | Promise<void> {
  const rest = items[Symbol.iterator]()
  return oneSlice(process, rest, step) ? undefined : moreSlices(process, rest, step)
}

/** Answers whether all is done. */
function oneSlice<T>(process: Process, rest: Iterator<T>, step: (item: T) => void): boolean {
  const { queue } = process.kernel
  for (let next = rest.next(); next.done !== true; next = rest.next()) {
    step(next.value)
    if (!queue.tick()) return false
  }
  return true
}

async function moreSlices<T>(process: Process, rest: Iterator<T>, step: (item: T) => void): Promise<void> {
  do await process.kernel.queue.nextSlice(undefined)
  while (isRunning(process) && inside(process, () => oneSlice(process, rest, step)) === false)
}
