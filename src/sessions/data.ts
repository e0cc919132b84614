// The values of a session or visitor: private, so that they stay out of reports. Pure.

/** Values by name. */
export class Data {
  readonly #values: Map<string, unknown>

  constructor(values: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map(Object.entries(values))
  }
  get(key: string): unknown {
    return this.#values.get(key)
  }
  /** Undefined takes it away. */
  set(key: string, value: unknown): void {
    if (value === undefined) this.#values.delete(key)
    else this.#values.set(key, value)
  }
  /** A copy, for a store. */
  toRecord(): Record<string, unknown> {
    return Object.fromEntries(this.#values)
  }
}
