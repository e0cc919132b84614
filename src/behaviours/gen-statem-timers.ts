// Hot path. The timeouts of a state machine: one event timeout, one state timeout, and any number with names. Entered by
// gen-statem-rules; calls the node's timers. A timeout of 0 has no timer: it stands in a queue that is emptied before the
// machine looks into its mailbox.
import type { Reference } from '../base/ref.js'
import { discard } from '../runtime/mailbox.js'
import type { Process } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isSame } from './gen-statem-same.js'
import type { TimeoutType } from './gen-statem-types.js'

/** What an action asks for, brought to one form: `cancel` is `infinity`. */
export type TimeoutOrder = readonly [type: TimeoutType, time: number | 'infinity' | 'update', content: unknown]

/** A timeout that is running, stands in the queue of zero timeouts, or has fired and waits in the mailbox. */
export class Timeout {
  readonly type: TimeoutType
  content: unknown
  /** Null without a timer. */
  readonly ref: Reference | null
  fired = false
  // Hidden from those who walk over the fields: in a trace stands what happened, not a whole node.
  readonly #process: Process
  constructor(type: TimeoutType, content: unknown, process: Process, ref: Reference | null) {
    this.type = type
    this.content = content
    this.ref = ref
    this.#process = process
  }
  /** @internal */
  _fire(): void {
    this.fired = true
    post(this.#process, this)
  }
}

function timedOut(timeout: unknown): void {
  ;(timeout as Timeout)._fire()
}

/** The timeouts of one machine. */
export class Timeouts {
  readonly #process: Process
  #event: Timeout | null = null
  #state: Timeout | null = null
  readonly #named = new Map<unknown, Timeout>()
  /** Timeouts of 0, in the order in which they come. */
  readonly #zero: Timeout[] = []

  constructor(process: Process) {
    this.#process = process
  }

  /** Any event ends the event timeout. */
  eventHandled(): void {
    if (this.#event !== null) this.#cancel(this.#event)
  }
  /** A change of state ends the state timeout. */
  stateChanged(): void {
    if (this.#state !== null) this.#cancel(this.#state)
  }

  /**
   * Carries out the orders of one transition; the last one of a type counts. As in OTP, timers start from the last to the
   * first.
   */
  apply(orders: readonly TimeoutOrder[]): void {
    const zeros: Timeout[] = []
    for (let i = orders.length - 1; i >= 0; i--) {
      const order = orders[i] as TimeoutOrder
      if (i === orders.length - 1 || !isOrdered(orders, i + 1, order[0])) this.#apply(order, zeros)
    }
    for (let i = zeros.length - 1; i >= 0; i--) this.#zero.push(zeros[i] as Timeout)
  }

  /** The next timeout of 0; undefined when there is none. */
  nextZero(): Timeout | undefined {
    const timeout = this.#zero[0]
    if (timeout !== undefined) this.#cancel(timeout)
    return timeout
  }
  /** A timeout came out of the mailbox: it runs no more. */
  received(timeout: Timeout): void {
    this.#set(timeout.type, null)
  }

  /** For reports. */
  get active(): readonly (readonly [TimeoutType, unknown])[] {
    const all = [...this.#named.values()]
    if (this.#state !== null) all.unshift(this.#state)
    if (this.#event !== null) all.unshift(this.#event)
    return all.map(({ type, content }) => [type, content] as const)
  }

  #apply([type, time, content]: TimeoutOrder, zeros: Timeout[]): void {
    const old = this.#get(type)
    if (time === 'update' && old !== null) {
      old.content = content
      return
    }
    if (old !== null) this.#cancel(old)
    if (time === 'infinity') return
    const isZero = time === 0 || time === 'update'
    const ref = isZero ? null : this.#process.kernel.newRef()
    const timeout = new Timeout(type, content, this.#process, ref)
    this.#set(type, timeout)
    if (isZero) zeros.push(timeout)
    else this.#process.kernel.timers.add(ref as Reference, time, this.#process, timedOut, timeout)
  }

  // One that has fired already must not come any more either.
  #cancel(timeout: Timeout): void {
    this.#set(timeout.type, null)
    if (timeout.ref === null) this.#zero.splice(this.#zero.indexOf(timeout), 1)
    else if (timeout.fired) discard(this.#process, (message) => message === timeout)
    else this.#process.kernel.timers.cancel(timeout.ref)
  }

  #get(type: TimeoutType): Timeout | null {
    if (type === 'timeout') return this.#event
    if (type === 'state_timeout') return this.#state
    return this.#named.get(this.#keyOf(type[1])) ?? null
  }
  #set(type: TimeoutType, timeout: Timeout | null): void {
    if (type === 'timeout') this.#event = timeout
    else if (type === 'state_timeout') this.#state = timeout
    else if (timeout === null) this.#named.delete(this.#keyOf(type[1]))
    else this.#named.set(type[1], timeout)
  }
  /** The name as the map has it: names that are objects are compared deeply. */
  #keyOf(name: unknown): unknown {
    if (typeof name !== 'object' || name === null || this.#named.has(name)) return name
    for (const key of this.#named.keys()) if (isSame(key, name)) return key
    return name
  }
}

function isOrdered(orders: readonly TimeoutOrder[], from: number, type: TimeoutType): boolean {
  for (let i = from; i < orders.length; i++) if (isSame((orders[i] as TimeoutOrder)[0], type)) return true
  return false
}
