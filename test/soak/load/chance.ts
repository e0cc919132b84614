// Chance that can be repeated, and pauses. Entered by everything of the load.

/** Numbers from 0 to below 1, the same ones for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Chance for scenarios. */
export class Chance {
  readonly #next: () => number
  constructor(seed: number) {
    this.#next = mulberry32(seed)
  }
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }
  /** In so many of a hundred cases. */
  percent(percent: number): boolean {
    return this.below(100) < percent
  }
  /** One of them, by weight. */
  weighted<T>(all: readonly (readonly [weight: number, what: T])[]): T {
    let left = this.below(all.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, what] of all) {
      if (left < weight) return what
      left -= weight
    }
    throw new Error('no weights')
  }
  /** A pause of less than so many ms. */
  pause(ms: number): Promise<void> {
    return wait(this.below(ms))
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
