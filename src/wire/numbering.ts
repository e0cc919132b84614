// Numbered messages that are kept until the other side has acknowledged them, so that a connection can break between the two. Pure, no Node
// import: the page's queue, the fallback transports and the browser client share it.

/** What a side that comes back is told: all is there, from here on something is missing, or nothing is known of it. */
export type Resumed = 'new' | 'resumed' | 'gap'

interface Kept<T> {
  readonly item: T
  readonly bytes: number
  readonly at: number
}

/** The sending side: numbers go up by one, from 1 if nothing else is said; what has been acknowledged is forgotten. */
export class Unacknowledged<T> {
  /** Those before `#head` have been forgotten. */
  readonly #kept: (Kept<T> | undefined)[] = []
  #head = 0
  /** Number of the last message that is no longer here: acknowledged or dropped. */
  #before = 0
  /** Number of the last message that the other side has said it has. */
  #acknowledged = 0
  #bytes = 0

  get size(): number {
    return this.#kept.length - this.#head
  }
  get bytes(): number {
    return this.#bytes
  }
  /** Number of the newest message; before the first 0, or what the numbers begin after. */
  get last(): number {
    return this.#before + this.size
  }
  /** The highest number that has been acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged
  }
  /** When the oldest one was added; undefined if there is none. */
  get oldestAt(): number | undefined {
    return this.#kept[this.#head]?.at
  }

  /** Adds a message; answers its number. */
  add(item: T, bytes: number, at: number): number {
    this.#kept.push({ item, bytes, at })
    this.#bytes += bytes
    return this.last
  }
  /** Numbers begin after this one in place of 0, those of what is here too: only while the other side knows none of them. */
  beginAfter(number: number): void {
    this.#before += number
    this.#acknowledged = number
  }
  /** The other side has everything up to this number: false if such a number has not been given out yet, and nothing is done. */
  acknowledge(upTo: number): boolean {
    if (upTo > this.last) return false
    if (upTo > this.#acknowledged) this.#acknowledged = upTo
    while (this.#before < upTo) this.#drop()
    return true
  }
  /** Forgets the oldest message, which the other side may never have seen. */
  dropOldest(): void {
    if (this.size > 0) this.#drop()
  }
  /** What is kept and comes after this number, in order. */
  *after(number: number): Generator<readonly [number: number, item: T]> {
    for (let next = Math.max(number, this.#before) + 1; next <= this.last; next++) {
      yield [next, (this.#kept[this.#head + next - this.#before - 1] as Kept<T>).item]
    }
  }
  /** What a side is told that has everything up to this number: 'gap' if something after it has been dropped. */
  resume(number: number): Resumed {
    if (number > this.last) return 'new'
    return number < this.#before ? 'gap' : 'resumed'
  }
  /** The number after which nothing is missing. */
  get before(): number {
    return this.#before
  }

  #drop(): void {
    this.#bytes -= (this.#kept[this.#head] as Kept<T>).bytes
    this.#kept[this.#head++] = undefined
    this.#before++
    if (this.#head < 64 || this.#head * 2 < this.#kept.length) return
    this.#kept.splice(0, this.#head)
    this.#head = 0
  }
}

/** The receiving side: takes each number once and in order. */
export class InOrder {
  /** The highest number that has been taken. */
  last: number

  constructor(last = 0) {
    this.last = last
  }
  /** 'next': it is the one to take. 'seen': it has been taken before. 'gap': some before it have not come. */
  take(number: number): 'next' | 'seen' | 'gap' {
    if (number <= this.last) return 'seen'
    if (number > this.last + 1) return 'gap'
    this.last = number
    return 'next'
  }
}
