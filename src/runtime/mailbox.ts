// Hot path. A process's mailbox. Most hold one message at most: that one lies in the process itself (`inbox`); only behind it a ring
// begins (`backlog`), which exists while something is in it. Empty rings are kept for the next one. Entered by send, turn, receive.
import { Fifo } from '../base/fifo.js'
import type { Process } from './process.js'

const MAX_SPARE = 1024

/** All messages, oldest first. */
export function messagesOf(process: Process): unknown[] {
  const rest = process.backlog?.toArray() ?? []
  return hasInbox(process) ? [process.inbox, ...rest] : rest
}

/** Is the oldest message in the process itself? */
function hasInbox({ queueLength, backlog }: Process): boolean {
  return queueLength > (backlog === null ? 0 : backlog.length)
}

/** The message at `index`, 0 being the oldest; it stays. */
export function messageAt(process: Process, index: number): unknown {
  const before = hasInbox(process) ? 1 : 0
  return index < before ? process.inbox : process.backlog?.at(index - before)
}

/** Puts a message at the end. */
export function put(process: Process, message: unknown): void {
  if (process.queueLength++ === 0) process.inbox = message
  else (process.backlog ??= ringFor(process)).push(message)
}

/** Takes the oldest message; only when there is one. */
export function take(process: Process): unknown {
  const left = --process.queueLength
  const ring = process.backlog
  if (ring === null || ring.length === left) {
    const message = process.inbox
    process.inbox = undefined // let the collector have it
    return message
  }
  const message = ring.shift()
  if (left === 0) release(process, ring)
  return message
}

/** Takes the message at `index`, 0 being the oldest. */
export function takeAt(process: Process, index: number): unknown {
  if (index === 0) return take(process)
  const ring = process.backlog as Fifo<unknown>
  const message = ring.removeAt(hasInbox(process) ? index - 1 : index)
  process.queueLength--
  if (ring.length === 0) release(process, ring)
  return message
}

/** Where the first message is that `test` accepts, from `from` on; -1 if there is none. The test may send and end its process. */
export function find(process: Process, test: (message: unknown) => boolean, from: number): number {
  const before = hasInbox(process) ? 1 : 0
  if (from < before && test(process.inbox)) return 0
  const ring = process.backlog
  if (ring === null) return -1
  const index = ring.findFrom(test, Math.max(0, from - before))
  return index < 0 || !hasInbox(process) ? index : index + 1
}

/** Takes out every message that `test` accepts, oldest first, `most` at most; returns how many. */
export function discard(process: Process, test: (message: unknown) => boolean, most = Infinity): number {
  let removed = 0
  for (let index = 0; removed < most; removed++) {
    index = find(process, test, index)
    if (index < 0) break
    takeAt(process, index)
  }
  if (process.waiter !== null) process.waiter.scanned = 0
  return removed
}

/** Forgets all of them. */
export function clear(process: Process): void {
  process.queueLength = 0
  process.inbox = undefined
  process.backlog = null
}

function ringFor(process: Process): Fifo<unknown> {
  return process.kernel.spareRings.pop() ?? new Fifo<unknown>()
}
function release(process: Process, ring: Fifo<unknown>): void {
  process.backlog = null
  if (ring.small && process.kernel.spareRings.length < MAX_SPARE) process.kernel.spareRings.push(ring)
}
