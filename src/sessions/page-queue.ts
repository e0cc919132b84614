// The messages of one page that its browser has not acknowledged: numbered, within their bounds by number, bytes and age, the
// oldest dropped first. Pure. Entered by the page's process; calls wire/numbering.
import { type Resumed, Unacknowledged } from '../wire/numbering.js'
import type { QueueOptions } from './options.js'

/** The queue of one page. Times are ms of one clock. */
export class PageQueue {
  readonly #limits: Required<QueueOptions>
  readonly #kept = new Unacknowledged<string>()
  #newestAt = 0
  #dropped = 0

  constructor(limits: Required<QueueOptions>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#kept.size
  }
  get bytes(): number {
    return this.#kept.bytes
  }
  /** Number of the newest message; 0 before the first. */
  get last(): number {
    return this.#kept.last
  }
  get acknowledged(): number {
    return this.#kept.acknowledged
  }
  /** Messages after this number are here. */
  get before(): number {
    return this.#kept.before
  }
  get dropped(): number {
    return this.#dropped
  }
  /** When the newest of those that wait was added; undefined if none does. */
  get newestAt(): number | undefined {
    return this.size === 0 ? undefined : this.#newestAt
  }

  /** Adds a message of at most `maxBytes`, and makes room for it; answers its number. */
  add(data: string, now: number): number {
    const { maxCount, maxBytes } = this.#limits
    const number = this.#kept.add(data, Buffer.byteLength(data), now)
    this.#newestAt = now
    this.trim(now)
    while (this.size > maxCount || this.bytes > maxBytes) this.#drop()
    return number
  }
  /** Drops what has become too old. */
  trim(now: number): void {
    const { maxAgeMs } = this.#limits
    for (let at = this.#kept.oldestAt; at !== undefined && now - at >= maxAgeMs; at = this.#kept.oldestAt) this.#drop()
  }
  /** Forgets all up to this number; nothing if such a number has not been given out. */
  acknowledge(upTo: number): void {
    this.#kept.acknowledge(upTo)
  }
  /** What a browser is told that has everything up to this number. */
  resume(number: number): Resumed {
    return this.#kept.resume(number)
  }
  /** All that wait, in order. */
  waiting(): Iterable<readonly [number: number, data: string]> {
    return this.#kept.after(this.#kept.before)
  }

  #drop(): void {
    this.#kept.dropOldest()
    this.#dropped++
  }
}
