// Hot path. When reading stops: before `init` has answered, when the handler said `['active', false]`, and when more
// frames wait in the mailbox than a busy handler takes. Entered by connection; tells the transport and the idle timeout.
import type { Keepalive } from './keepalive.js'
import type { Transport } from './transport.js'

export const BY_INIT = 1
export const BY_HANDLER = 2
const BY_MAILBOX = 4

/** What a frame costs in the mailbox, however short it is. */
const FRAME_OVERHEAD = 64

/** The reading side of one socket. It starts stopped, by init. */
export class Reading {
  readonly #transport: Transport
  readonly #keepalive: Keepalive
  readonly #highBytes: number
  readonly #lowBytes: number
  #reasons = BY_INIT
  #waitingBytes = 0
  #waits = false

  constructor(transport: Transport, keepalive: Keepalive, highBytes: number, lowBytes: number) {
    this.#transport = transport
    this.#keepalive = keepalive
    this.#highBytes = highBytes
    this.#lowBytes = lowBytes
  }

  /** A frame goes into the mailbox. */
  queued(bytes: number): void {
    this.#waitingBytes += bytes + FRAME_OVERHEAD
    if (this.#waitingBytes <= this.#highBytes || (this.#reasons & BY_MAILBOX) !== 0) return
    this.stop(BY_MAILBOX)
    if (!this.#waits) this.#keepalive.standStill()
  }
  /** A frame came out of the mailbox. */
  taken(bytes: number): void {
    this.#waitingBytes -= bytes + FRAME_OVERHEAD
    if (this.#waitingBytes > this.#lowBytes || (this.#reasons & BY_MAILBOX) === 0) return
    this.#keepalive.goOn()
    this.goOn(BY_MAILBOX)
  }
  /**
   * The process waits for a peer that takes nothing. Now a full mailbox is the peer's own doing, and the idle timeout runs: to take
   * something is its sign of life.
   */
  waits(on: boolean): void {
    this.#waits = on
    this.#keepalive.touch()
    if (on) this.#keepalive.goOn()
    else if ((this.#reasons & BY_MAILBOX) !== 0) this.#keepalive.standStill()
  }

  stop(why: number): void {
    if (this.#reasons === 0) this.#transport.pause()
    this.#reasons |= why
  }
  goOn(why: number): void {
    if ((this.#reasons & why) === 0) return
    this.#reasons &= ~why
    if (this.#reasons === 0) this.#transport.resume()
  }
}
