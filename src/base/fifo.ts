// Hot path. A growable ring: push, shift, and removal from the middle for selective receive.

/** A queue in a ring of a power of two; removing from the middle moves the shorter side. */
export class Fifo<T> {
  #items: (T | undefined)[]
  #mask: number
  #head = 0
  length = 0

  constructor(capacity = 4) {
    this.#items = Array.from<T | undefined>({ length: capacity })
    this.#mask = capacity - 1
  }

  /** Is the ring small enough to be worth keeping when it is empty? */
  get small(): boolean {
    return this.#mask < 64
  }

  push(item: T): void {
    if (this.length > this.#mask) this.#grow()
    this.#items[(this.#head + this.length) & this.#mask] = item
    this.length++
  }

  /** Takes the oldest; only when `length > 0`. */
  shift(): T {
    const item = this.#items[this.#head] as T
    this.#items[this.#head] = undefined // let the collector have it
    this.#head = (this.#head + 1) & this.#mask
    this.length--
    return item
  }

  /** The item at `index`, 0 being the oldest. */
  at(index: number): T {
    return this.#items[(this.#head + index) & this.#mask] as T
  }

  /** Where the first item is that `test` accepts, from `from` on; -1 if there is none. The test may add items. */
  findFrom(test: (item: T) => boolean, from: number): number {
    for (let index = from; index < this.length; index++) {
      if (test(this.#items[(this.#head + index) & this.#mask] as T)) return index
    }
    return -1
  }

  /** Takes the item at `index` out; the order of the others stays. */
  removeAt(index: number): T {
    if (index === 0) return this.shift()
    const items = this.#items
    const mask = this.#mask
    const item = items[(this.#head + index) & mask] as T
    if (index < this.length >> 1) {
      for (let i = index; i > 0; i--) items[(this.#head + i) & mask] = items[(this.#head + i - 1) & mask]
      items[this.#head] = undefined
      this.#head = (this.#head + 1) & mask
    } else {
      for (let i = index; i < this.length - 1; i++) items[(this.#head + i) & mask] = items[(this.#head + i + 1) & mask]
      items[(this.#head + this.length - 1) & mask] = undefined
    }
    this.length--
    return item
  }

  /** All items, oldest first. */
  toArray(): T[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  // In place: what had wrapped around moves behind the old end.
  #grow(): void {
    const items = this.#items
    const size = items.length
    items.length = size * 2
    for (let i = 0; i < this.#head; i++) {
      items[size + i] = items[i]
      items[i] = undefined
    }
    this.#mask = size * 2 - 1
  }
}
