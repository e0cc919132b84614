// Closing many sockets one after the other, so that their peers do not come back all at once. Entered by listener; the node's timers call.
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'

/** The slowest pace, in ms from one close to the next: a few sockets are gone at once. */
const STEP_MS = 10

/** What a drain acts on. */
export interface Drained {
  /** Closes the next one, whose peer may answer until then, on the node's clock; false if there is none. */
  closeNext(until: number): boolean
  /** Time is up. */
  killRest(): void
}

/** The closes are spread over half of the time; the other half is for `terminate`. */
export class Drain {
  readonly #kernel: Kernel
  readonly #target: Drained
  readonly #startedAt: number
  readonly #stepMs: number
  /** On the node's clock. */
  readonly deadline: number
  #closed = 0
  #timers: readonly Reference[]

  constructor(kernel: Kernel, target: Drained, count: number, deadlineMs: number) {
    this.#kernel = kernel
    this.#target = target
    this.#startedAt = kernel.clock.now()
    this.deadline = this.#startedAt + deadlineMs
    this.#stepMs = Math.min(STEP_MS, deadlineMs / 2 / Math.max(1, count))
    this.#timers = [this.#timer(deadlineMs, killRest)]
    this._close()
  }

  stop(): void {
    for (const ref of this.#timers) this.#kernel.timers.cancel(ref)
    this.#timers = []
  }

  /** @internal */
  _close(): void {
    const passed = this.#kernel.clock.now() - this.#startedAt
    const due = this.#stepMs === 0 ? Infinity : Math.floor(passed / this.#stepMs) + 1
    while (this.#closed < due) {
      if (!this.#target.closeNext(this.deadline)) return
      this.#closed++
    }
    const next = this.#closed * this.#stepMs - passed
    this.#timers = [this.#timers[0] as Reference, this.#timer(Math.max(1, Math.ceil(next)), close)]
  }
  /** @internal */
  _kill(): void {
    this.stop()
    this.#target.killRest()
  }

  #timer(ms: number, then: (drain: unknown) => void): Reference {
    const ref = this.#kernel.newRef()
    this.#kernel.timers.add(ref, ms, null, then, this)
    return ref
  }
}

function close(drain: unknown): void {
  ;(drain as Drain)._close()
}
function killRest(drain: unknown): void {
  ;(drain as Drain)._kill()
}
