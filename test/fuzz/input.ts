// What one input is: bytes for one connection, how they are sent, and what must come of them. Types only; made by the
// generators, sent and judged by wire.ts.
import type { Door } from './routes.js'

/** What a peer must be answered to the frames that it sends. */
export interface StreamExpectation {
  /** Data that comes back, in order. */
  readonly data: readonly { readonly opcode: number; readonly payload: Buffer }[]
  readonly pongs: readonly Buffer[]
  /**
   * Codes of the close frame that the server sends, any of them; undefined: one without a code. Empty: the peer ends by itself.
   */
  readonly codes: readonly (number | undefined)[]
  /** So many of the data at least; fewer than all where some may be lost on the way. */
  readonly atLeast: number
  /** What is answered to data that is broken inside cannot be said: only its form is looked at, and that it ends. */
  readonly isLax: boolean
  /** Its route closes with 1000 after a while of silence. */
  readonly isIdle: boolean
}
export interface Expectation {
  /** Statuses of the answers to requests before the last one. */
  readonly before: readonly number[]
  /** Of the last one, any of them; 'any' of a request that chance has changed: no 5xx, and a 101 only if it can be right. */
  readonly status: readonly number[] | 'any'
  /** The connection may also end without an answer. */
  readonly mayEnd: boolean
  /** Of a HEAD: the answer has no content. */
  readonly isHead?: boolean
  /** Of a 101: headers, undefined for one that may not be there. */
  readonly accept?: string
  readonly protocol?: string | undefined
  readonly extensions?: string | undefined
  readonly stream?: StreamExpectation
}
export interface Input {
  /** For those who read of a fault. */
  readonly about: string
  readonly door: Door
  /** The last byte of the address that it comes from, 127.0.0.x. */
  readonly from: number
  readonly segments: readonly Buffer[]
  /** Sent once everything that is expected has come. */
  readonly last: Buffer | undefined
  /**
   * `server`: waits for the server's end. The others end by themselves, whatever has come: a FIN, a reset, a reset without
   * having read.
   */
  readonly end: 'server' | 'fin' | 'rst' | 'deaf'
  readonly expect: Expectation
  /** The server ends it, once its patience has. */
  readonly isSlow?: true
}
