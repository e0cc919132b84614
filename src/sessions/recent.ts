// Keys that something has happened to not long ago. Pure.

/** Keys of the last so many ms. */
export class Recent {
  readonly #ms: number
  /** Oldest first. */
  readonly #at = new Map<string, number>()

  constructor(ms: number) {
    this.#ms = ms
  }
  add(key: string, now: number): void {
    this.#forget(now)
    this.#at.set(key, now)
  }
  has(key: string, now: number): boolean {
    this.#forget(now)
    return this.#at.has(key)
  }

  #forget(now: number): void {
    for (const [key, at] of this.#at) {
      if (now - at < this.#ms) return
      this.#at.delete(key)
    }
  }
}
