// Kills a process that takes too long to end: a `terminate`, or a callback that is under way when the end comes.
import type { Reference } from '../base/ref.js'
import { terminate } from '../runtime/exit.js'
import type { Process } from '../runtime/process.js'

const TERMINATE_MS = 5000

/** Starts the 5 s anew; the process ends with `killed` unless they are cancelled. */
export function startDeadline(process: Process, before: Reference | null): Reference {
  cancelDeadline(process, before)
  const ref = process.kernel.newRef()
  process.kernel.timers.add(ref, TERMINATE_MS, null, kill, process)
  return ref
}
export function cancelDeadline(process: Process, ref: Reference | null): null {
  if (ref !== null) process.kernel.timers.left(ref, true)
  return null
}

function kill(process: unknown): void {
  terminate(process as Process, 'killed')
}
