// One timer of a node that is set, set anew and cleared. Entered by what waits for plain requests; the node's timers ring.
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'

/** Rings once for each time that it is set. */
export class Alarm {
  readonly #kernel: Kernel
  readonly #onRing: () => void
  #timer: Reference | null = null

  constructor(kernel: Kernel, onRing: () => void) {
    this.#kernel = kernel
    this.#onRing = onRing
  }

  /** In so many ms, in place of any time set before. */
  set(ms: number): void {
    this.clear()
    this.#timer = this.#kernel.newRef()
    this.#kernel.timers.add(this.#timer, ms, null, ring, this)
  }
  clear(): void {
    if (this.#timer !== null) this.#kernel.timers.cancel(this.#timer)
    this.#timer = null
  }
  get isSet(): boolean {
    return this.#timer !== null
  }

  /** @internal */
  _ring(): void {
    this.#timer = null
    this.#onRing()
  }
}

function ring(alarm: unknown): void {
  ;(alarm as Alarm)._ring()
}
