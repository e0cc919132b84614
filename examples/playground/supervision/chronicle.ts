// What has happened so far: the last lines, how often each place was restarted, and how near each supervisor is to giving up.
import type { Place } from './place.js'
import type { Told } from './story.js'

const MAX_LINES = 60

export interface Line {
  /** Counts up from 1. */
  readonly id: number
  /** Unix time in ms. */
  readonly at: number
  readonly kind: 'ended' | 'gaveUp' | 'note' | 'anew'
  readonly text: string
}

export class Chronicle {
  readonly #now: () => number
  readonly #restarts = new Map<string, number>()
  /** When each supervisor restarted something, in ms of `now`. */
  readonly #times = new Map<string, readonly number[]>()
  #lines: readonly Line[] = []
  #next = 1

  constructor(now: () => number) {
    this.#now = now
  }

  get lines(): readonly Line[] {
    return this.#lines
  }
  /** The id that the next line will have. */
  get next(): number {
    return this.#next
  }
  linesFrom(id: number): readonly Line[] {
    return this.#lines.filter((line) => line.id >= id)
  }

  write(kind: Line['kind'], text: string): void {
    this.#lines = [...this.#lines, { id: this.#next++, at: Date.now(), kind, text }].slice(-MAX_LINES)
  }
  tell({ lines, restarted, by }: Told): void {
    for (const { kind, text } of lines) this.write(kind, text)
    this.restarted(restarted)
    if (by !== undefined) this.#times.set(by, [...(this.#times.get(by) ?? []), this.#now()])
  }
  /** A new process in each of these places; a supervisor begins to count anew. */
  restarted(names: readonly string[]): void {
    for (const name of names) {
      this.#restarts.set(name, this.restartsOf(name) + 1)
      this.#times.delete(name)
    }
  }
  /** Only these places are left. */
  keep(names: { has(name: string): boolean }): void {
    for (const name of this.#restarts.keys()) if (!names.has(name)) this.#restarts.delete(name)
    for (const name of this.#times.keys()) if (!names.has(name)) this.#times.delete(name)
  }

  restartsOf(name: string): number {
    return this.#restarts.get(name) ?? 0
  }
  /** Restarts of a supervisor within its period; one more than its intensity, and it gives up. */
  recentOf({ name, limit }: Place): number {
    const since = this.#now() - (limit?.periodMs ?? 0)
    const times = (this.#times.get(name) ?? []).filter((at) => at >= since)
    if (this.#times.has(name)) this.#times.set(name, times)
    return times.length
  }
}
