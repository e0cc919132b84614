// Ids that nobody but the browser and we shall know: drawn at random, hidden from logs, reports and inspect. Pure.
import { createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

/** 128 bits: RFC 4086 section 8.2 and OWASP ask for 64 at least. */
const ID_BYTES = 16
const IS_PAGE_ID = /^[\w-]{1,64}$/

/** An id. Whatever writes it down writes `hidden`; only `text` gives it away. */
export class SecretId {
  readonly #text: string
  private constructor(text: string) {
    this.#text = text
  }

  static random(): SecretId {
    return new SecretId(randomBytes(ID_BYTES).toString('base64url'))
  }
  static of(text: string): SecretId {
    return new SecretId(text)
  }
  /** The id of a page as a browser gave it; undefined for anything that is none. */
  static ofPage(text: unknown): SecretId | undefined {
    return typeof text === 'string' && IS_PAGE_ID.test(text) ? new SecretId(text) : undefined
  }

  get text(): string {
    return this.#text
  }
  /** Under which a store keeps it: a hash, so that who reads the store has no cookie in hand. */
  key(kind: 's' | 'p'): string {
    return `${kind}.${createHash('sha256').update(this.#text).digest('base64url')}`
  }
  toString(): string {
    return 'hidden'
  }
  toJSON(): string {
    return 'hidden'
  }
  [inspect.custom](): string {
    return 'hidden'
  }
}
