// The messages of one page that its browser has not acknowledged: numbered, within their bounds by number, bytes and age, the
// oldest dropped first. Pure. Entered by the page's process; calls wire/numbering.
import { type Resumed, Unacknowledged } from '../wire/numbering.js'
import type { QueueOptions } from './options.js'

/**
 * How far behind the number of another process the own ones begin. That number may be older than what the browser has: while
 * its connections break it hands more of that process to the page, as much as was on its way, and comes again with the number
 * of that. All of them must be below the own ones, or messages are taken for known that it has never got.
 */
const JUMP = 1_000_000
/** No browser has as many. Above it there would be no room for numbers of at most 15 digits, which is what the wire takes. */
const MAX_KNOWN = 100_000_000_000_000

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
  /** Number of the newest message; before the first 0, or what the numbers begin after. */
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
  /**
   * The first browser comes, and has given its page everything up to `known`. That is a number of another process of this page,
   * which has ended: the numbers begin anew after it, so that none means two messages. Nobody has been told of any yet.
   */
  beginBehind(known: number): void {
    if (known <= MAX_KNOWN) this.#kept.beginAfter(known + JUMP)
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
