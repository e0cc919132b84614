// Which transport is tried next: rounds through those that there are, beginning with the one that worked lately. Pure. Entered
// by the client.
import type { TransportName } from './types.js'

/** What works is not forgotten for so long; then better ones get their chance again. */
const REMEMBER_MS = 600_000

export class Order {
  readonly #names: readonly TransportName[]
  #left: TransportName[] = []
  #worked = 0
  #until = 0

  constructor(names: readonly TransportName[]) {
    this.#names = names
  }

  /** A round begins. `isEarly`: what worked lately is all of it. */
  begin(now: number, isEarly: boolean): void {
    const isFresh = now < this.#until
    const first = isFresh ? this.#worked : 0
    this.#left = [...this.#names.slice(first), ...this.#names.slice(0, first)]
    if (isFresh && isEarly) this.#left.length = 1
  }
  /** Is there one left? */
  get hasNext(): boolean {
    return this.#left.length > 0
  }
  next(): TransportName {
    return this.#left.shift() as TransportName
  }
  worked(name: TransportName, now: number): void {
    this.#worked = this.#names.indexOf(name)
    this.#until = now + REMEMBER_MS
  }
  /** The network is another one. */
  forget(): void {
    this.#until = 0
  }
}
