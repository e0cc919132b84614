// How long the claims of one socket hold: tells before they end, and when they do. Made for sockets whose claims end. Entered by connection
// and by the node's timers.
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'

/** Who wants to know. */
export interface Expiring {
  /** The claims end in so many ms. */
  expiring(inMs: number): void
  expired(): void
}

/** The clock of one socket's claims. */
export class Expiry {
  readonly #kernel: Kernel
  readonly #target: Expiring
  readonly #noticeMs: number
  /** On the node's clock. */
  #endsAt = Infinity
  #isTold = false
  #timer: Reference | null = null

  constructor(kernel: Kernel, target: Expiring, noticeMs: number) {
    this.#kernel = kernel
    this.#target = target
    this.#noticeMs = noticeMs
  }

  /** `expiresAt` in ms since 1970: the node's clock knows no dates, so what is left is counted from now. */
  set(expiresAt: number): void {
    this.stop()
    if (expiresAt === Infinity) return
    this.#endsAt = this.#kernel.clock.now() + expiresAt - Date.now()
    this.#isTold = false
    this.#arm()
  }
  stop(): void {
    if (this.#timer !== null) this.#kernel.timers.cancel(this.#timer)
    this.#timer = null
  }

  /** @internal */
  _ring(): void {
    this.#timer = null
    const left = this.#endsAt - this.#kernel.clock.now()
    if (left <= 0) {
      this.#target.expired()
      return
    }
    if (!this.#isTold) {
      this.#isTold = true
      this.#target.expiring(Math.ceil(left))
    }
    this.#arm()
  }

  #arm(): void {
    const left = this.#endsAt - this.#kernel.clock.now()
    this.#timer = this.#kernel.newRef()
    this.#kernel.timers.add(this.#timer, Math.max(0, Math.ceil(this.#isTold ? left : left - this.#noticeMs)), null, ring, this)
  }
}

function ring(expiry: unknown): void {
  ;(expiry as Expiry)._ring()
}
