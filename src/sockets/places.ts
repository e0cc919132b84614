// How many sockets a listener has room for, in all and for each client address. A place is taken before anything is known of a peer, and held
// while `authorize` runs. Entered by listener.
import type { RefusalReason } from './counters.js'

/** Room for one socket. `release` is false if it was given back before. */
export interface Place {
  release(): boolean
}

interface Limits {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
}

/** The places of one listener. */
export class Places {
  readonly #limits: Limits
  readonly #ofAddress = new Map<string, number>()
  #taken = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Takes a place for one more from this address, or says which limit is reached. */
  reserve(address: string): Place | RefusalReason {
    if (this.#taken >= this.#limits.maxConnections) return 'maxConnections'
    if ((this.#ofAddress.get(address) ?? 0) >= this.#limits.maxConnectionsPerAddress) return 'maxConnectionsPerAddress'
    this.take(address)
    let free = false
    const release = (): boolean => {
      if (free) return false
      free = true
      this.leave(address)
      return true
    }
    return { release }
  }
  take(address: string): void {
    this.#taken++
    this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1)
  }
  leave(address: string): void {
    this.#taken--
    const left = (this.#ofAddress.get(address) ?? 1) - 1
    if (left === 0) this.#ofAddress.delete(address)
    else this.#ofAddress.set(address, left)
  }
}
