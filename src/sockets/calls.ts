// Calls to a socket: which clause answers, and who still waits. With restarts the process lives on, so those who wait would
// never hear of the crash by a monitor: they are told.
import { type From, replyError } from '../runtime/call.js'
import type { Process } from '../runtime/process.js'
import type { AnySocketHandler, CallResult, SocketSelf } from './handler.js'

type Clause = (request: unknown, from: From, state: unknown, self: SocketSelf) => CallResult<unknown, unknown>
const SWEEP_AT = 32

/** The clause for a request; undefined if the handler has none of its `type`. */
export function clauseOf(handler: AnySocketHandler, request: unknown): Clause | undefined {
  const type = (request as { type?: unknown } | null | undefined)?.type
  const clauses = handler.call as Record<string, Clause> | undefined
  return clauses !== undefined && typeof type === 'string' && Object.hasOwn(clauses, type) ? clauses[type] : undefined
}

/** The calls of one socket that were taken and are not answered yet. */
export class TakenCalls {
  #taken: From[] = []
  #sweepAt = SWEEP_AT

  add(process: Process, from: From): void {
    if (this.#taken.length >= this.#sweepAt) {
      // Whoever waits still monitors this process.
      this.#taken = this.#taken.filter((one) => process.monitoredBy?.has(one.ref.id) === true)
      this.#sweepAt = Math.max(SWEEP_AT, this.#taken.length * 2)
    }
    this.#taken.push(from)
  }
  fail(reason: unknown): void {
    for (const from of this.#taken) replyError(from, reason)
    this.#taken = []
  }
}
