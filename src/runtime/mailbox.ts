// Hot path. A process's mailbox: a ring that exists only while something is in it; empty rings are kept for the next one.
import { Fifo } from '../base/fifo.js'
import type { Process } from './process.js'

const MAX_SPARE = 1024

/** Puts a message at the end. */
export function put(process: Process, message: unknown): void {
  let ring = process.mailbox
  if (ring === null) {
    ring = process.kernel.spareRings.pop() ?? new Fifo<unknown>()
    process.mailbox = ring
  }
  ring.push(message)
}

/** Takes the oldest message; only when there is one. */
export function take(process: Process): unknown {
  const ring = process.mailbox as Fifo<unknown>
  const message = ring.shift()
  if (ring.length === 0) release(process, ring)
  return message
}

/** Takes the message at `index`, 0 being the oldest. */
export function takeAt(process: Process, index: number): unknown {
  const ring = process.mailbox as Fifo<unknown>
  const message = ring.removeAt(index)
  if (ring.length === 0) release(process, ring)
  return message
}

/** Takes out every message that `test` accepts, oldest first, `most` at most; returns how many. */
export function discard(process: Process, test: (message: unknown) => boolean, most = Infinity): number {
  let removed = 0
  for (let index = 0; removed < most && process.mailbox !== null && index < process.mailbox.length; ) {
    if (test(process.mailbox.at(index))) {
      takeAt(process, index)
      removed++
    } else index++
  }
  if (process.waiter !== null) process.waiter.scanned = 0
  return removed
}

function release(process: Process, ring: Fifo<unknown>): void {
  process.mailbox = null
  if (ring.small && process.kernel.spareRings.length < MAX_SPARE) process.kernel.spareRings.push(ring)
}
