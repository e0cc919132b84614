// What goes wrong with a store, in the node's log: which call, and what it failed with; never a key. And how long a store may
// take.
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'
import { logError } from '../runtime/report.js'

/** How long one call of a store may take, in ms. */
export const STORE_MS = 5000

export function reportStore(kernel: Kernel, call: 'load' | 'save' | 'remove', error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  logError(kernel.logger, { label: 'session_store', call, error }, `sessions: the store failed to ${call}: ${text}`)
}

/** The store has not answered, but may still do. */
export class TooLate extends Error {}

/** The promise, or a rejection once it has taken too long on the node's clock. */
export function withinTime<T>(kernel: Kernel, promise: Promise<T>): Promise<T> {
  const timer = kernel.newRef()
  return new Promise<T>((resolve, reject) => {
    kernel.timers.add(timer, STORE_MS, null, tooLate, reject)
    void promise.then(resolve, reject).finally(() => kernel.timers.cancel(timer))
  })
}

function tooLate(reject: unknown): void {
  ;(reject as (error: Error) => void)(new TooLate(`no answer within ${STORE_MS} ms`))
}

/** Calls `fn` after so many ms on the node's clock; never on a node that has stopped. */
export function later(kernel: Kernel, ms: number, fn: (arg: unknown) => void): Reference | null {
  if (kernel.queue.stopped) return null
  const timer = kernel.newRef()
  kernel.timers.add(timer, ms, null, fn, undefined)
  return timer
}
