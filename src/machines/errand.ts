// What a machine's process sends to itself: run this in a turn. Delays that are over, events that come from promises, callbacks
// and observables. Made by machine-host, run by machine-rules.
import type { EventObject } from 'xstate'
import { show } from '../base/errors.js'
import type { Reference } from '../base/ref.js'
import type { Process } from '../runtime/process.js'
import { post } from '../runtime/send.js'

/** One thing to do. */
export class Errand {
  readonly type = 'errand' as const
  /** What it brings, if it is known. */
  readonly event: EventObject | undefined
  #run: (() => void) | null
  #process: Process | null = null
  #timer: Reference | null = null

  constructor(run: () => void, event?: EventObject) {
    this.#run = run
    this.event = event
  }

  run(): void {
    const run = this.#run
    this.#run = null
    run?.()
  }
  /** Sends it once the time is over, as a timer that vanishes with the process. */
  after(process: Process, delayMs: number): void {
    if (delayMs === Infinity) return
    const { kernel } = process
    this.#process = process
    this.#timer = kernel.newRef()
    kernel.timers.add(this.#timer, delayMs > 0 ? delayMs : 0, process, due, this)
  }
  /** Also when it is in the mailbox already. */
  cancel(): void {
    this.#run = null
    if (this.#timer !== null) this.#process?.kernel.timers.cancel(this.#timer)
  }
  /** @internal */
  _due(): void {
    if (this.#process !== null) post(this.#process, this)
  }
  /** In reports, as the last message. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.event === undefined ? '[errand of the machine]' : show(this.event)
  }
}

function due(errand: unknown): void {
  ;(errand as Errand)._due()
}
