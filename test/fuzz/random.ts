// Chance that a seed decides: the same seed and index give the same values on every machine. Entered by the generators.

/** The dice of one input. */
export class Dice {
  #state: number

  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0
    for (let i = 0; i < 3; i++) this.next() // neighbours part
  }

  /** 32 bits (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return (bits ^ (bits >>> 14)) >>> 0
  }
  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit)
  }
  /** True in so many of 100 cases. */
  percent(count: number): boolean {
    return this.below(100) < count
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next() & 0xff
    return bytes
  }
  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index))
  }
  /** Some of them, each at most once, in any order. */
  some<T>(values: readonly T[], count: number): T[] {
    const left = [...values]
    return this.times(Math.min(count, values.length), () => left.splice(this.below(left.length), 1)[0] as T)
  }
}
