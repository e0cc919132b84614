// Token buckets: how much a peer may send per second, and at once. Pure but for what has been taken. Entered by connection.
import type { Bucket, RateOptions } from './options.js'

/** `perSecond` tokens flow in, `burst` fit; it starts full. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor({ perSecond, burst = perSecond }: Bucket, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes `count` tokens at `now` (ms); false, and nothing is taken, if there are not as many. */
  take(count: number, now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }
}

/** The buckets of one socket. */
export class Rate {
  readonly #messages: TokenBucket | null
  readonly #bytes: TokenBucket | null

  constructor({ messages, bytes }: RateOptions, now: number) {
    this.#messages = messages === undefined ? null : new TokenBucket(messages, now)
    this.#bytes = bytes === undefined ? null : new TokenBucket(bytes, now)
  }

  /** Null where nothing is limited. */
  static of(options: RateOptions, now: number): Rate | null {
    return options.messages === undefined && options.bytes === undefined ? null : new Rate(options, now)
  }

  /** Counts a message; which limit it is above, if any. */
  exceeded(bytes: number, now: number): 'messages' | 'bytes' | undefined {
    if (this.#messages !== null && !this.#messages.take(1, now)) return 'messages'
    return this.#bytes === null || this.#bytes.take(bytes, now) ? undefined : 'bytes'
  }
}
