// Does the same with each of a list, one after the other: at once as long as nothing has to be awaited, and always in the turn
// of the process. Entered by the rules of supervisors.
import { inside, type Process } from '../runtime/process.js'
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
