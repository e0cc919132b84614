// What a way down needs of the connection that it belongs to. Types only. Entered by sse and long-poll; implemented by
// fallback.
import type { Verb } from '../wire/carrier.js'
import type { World } from './world.js'

export interface Carried {
  readonly world: World
  /** Where to ask, with what has been received. */
  url(verb: Verb): string
  /** The body of a good answer; undefined if there is none: then `again` follows, or the connection is over. */
  ask(verb: Verb, init: RequestInit, again: () => void): Promise<string | undefined>
  /** Something was lost: runs it a little later, unless the connection is over or is given up. */
  again(run: () => void): void
  /** Frames have come, JSON. False: they are none, or with them the connection is over. */
  take(values: unknown): boolean
  /** Begins the way down anew. */
  goDown(): void
  /** Events get through. */
  flows(): void
  /** Events do not get through, or not in time: goes on by polls, for a while at least. */
  fallBack(): void
  /** Polls get through. True: goes on by them; else events get another chance with the next `goDown`. */
  polls(): boolean
}
