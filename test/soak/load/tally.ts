// Counts what is sent, answered, cut and lost, by kind of connection. Entered by everything of the load.
import type { KindCounts, LoadReport } from '../sample.js'

type Writable<T> = { -readonly [K in keyof T]: T[K] }
const MAX_LOSSES = 20

/** One kind of connection. */
export class Tally {
  readonly counts: Writable<KindCounts> = { connections: 0, cut: 0, sent: 0, answered: 0, unanswered: 0, lost: 0 }
  readonly #name: string
  readonly #losses: string[]

  constructor(name: string, losses: string[]) {
    this.#name = name
    this.#losses = losses
  }
  /** What must not happen. */
  lose(count: number, how: string): void {
    this.counts.lost += count
    if (this.#losses.length < MAX_LOSSES) this.#losses.push(`${this.#name}: ${how}`)
  }
}

/** All kinds. */
export class Tallies {
  readonly #kinds = new Map<string, Tally>()
  readonly #losses: string[] = []

  of(kind: string): Tally {
    const tally = this.#kinds.get(kind) ?? new Tally(kind, this.#losses)
    this.#kinds.set(kind, tally)
    return tally
  }
  report(): LoadReport {
    const kinds = Object.fromEntries(
      [...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { counts }]) => [name, counts]),
    )
    return { kinds, losses: this.#losses }
  }
}
