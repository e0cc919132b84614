// What a session's process understands. Types only.
import type { Pid } from '../base/pid.js'
import type { ServerPid } from '../behaviours/gen-server-types.js'
import type { PagePid } from './pids.js'
import type { SecretId } from './session-id.js'

/** Of a request that starts something or reads the store: what went wrong is the caller's to hear. */
export type Outcome<T> = readonly ['ok', T] | readonly ['error', unknown]
/** A page, with its id hidden. */
export interface HiddenPage {
  readonly id: SecretId
  readonly pid: PagePid
}
export interface SessionCalls {
  get(fields: { readonly key: string }): unknown
  set(fields: { readonly key: string; readonly value: unknown }): void
  getPersistent(fields: { readonly key: string }): Outcome<unknown>
  setPersistent(fields: { readonly key: string; readonly value: unknown }): Outcome<unknown>
  pages(): readonly HiddenPage[]
  ensurePage(fields: { readonly id: SecretId; readonly isNamed: boolean }): Outcome<PagePid>
  /** Its cookie has come. */
  use(): void
  /** From now on it is known by the key of this id. */
  rotate(fields: { readonly id: SecretId }): void
  finish(): void
}
export interface SessionCasts {
  addToAll: { readonly data: string }
  /** As long as this process lives it is in use. */
  hold: { readonly holder: Pid<never> }
  /** A page has got its first socket, or lost its last one. */
  attached: { readonly page: PagePid; readonly isAttached: boolean }
}
/** To itself: its time may be over. */
export interface Expire {
  readonly type: 'expire'
}
export type SessionServer = ServerPid<SessionCalls, SessionCasts, never>
