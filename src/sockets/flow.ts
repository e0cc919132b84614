// Hot path. When reading stops: before `init` has answered, when the handler said `['active', false]`, and when more
// frames wait in the mailbox than a busy handler takes. Entered by socket; tells the transport and the idle timeout.
import type { Keepalive } from './keepalive.js'
import type { Transport } from './transport.js'

export const BY_INIT = 1
export const BY_HANDLER = 2
const BY_MAILBOX = 4

const FRAME_OVERHEAD = 64
const HIGH_BYTES = 262_144
const LOW_BYTES = 65_536

/** The reading side of one socket. It starts stopped, by init. */
export class Reading {
  readonly #transport: Transport
  #keepalive: Keepalive | null = null
  #reasons = BY_INIT
  #waitingBytes = 0

  constructor(transport: Transport) {
    this.#transport = transport
  }

  set keepalive(keepalive: Keepalive) {
    this.#keepalive = keepalive
    if ((this.#reasons & BY_MAILBOX) !== 0) keepalive.standStill()
  }

  /** A frame goes into the mailbox. */
  queued(bytes: number): void {
    this.#waitingBytes += bytes + FRAME_OVERHEAD
    if (this.#waitingBytes <= HIGH_BYTES || (this.#reasons & BY_MAILBOX) !== 0) return
    this.stop(BY_MAILBOX)
    this.#keepalive?.standStill()
  }
  /** A frame came out of the mailbox. */
  taken(bytes: number): void {
    this.#waitingBytes -= bytes + FRAME_OVERHEAD
    if (this.#waitingBytes >= LOW_BYTES || (this.#reasons & BY_MAILBOX) === 0) return
    this.#keepalive?.goOn()
    this.goOn(BY_MAILBOX)
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
