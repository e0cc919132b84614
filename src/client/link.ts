// One connection over one transport, as the client sees it, and what it is told by it. Entered by ws and fallback, which
// implement it, and by the client, which uses it.
import type { TransportName } from './types.js'
import type { World } from './world.js'

export type Data = string | ArrayBuffer | Uint8Array
/** More than this that has not left, and nothing more is taken. */
export const MAX_WAITING_BYTES = 4_194_304

/** Why a connection has ended, or why there was none. */
export interface End {
  readonly code: number
  readonly reason: string
  /** A server has answered: other transports would hear the same of it. */
  readonly isAnswer?: boolean
  /** Try again, and not earlier than this. */
  readonly retryMs?: number | undefined
  /** The server knows nothing of this connection any more. */
  readonly isForgotten?: boolean
}

/** What is told of a link; nothing before the call that made it is over, nothing after `ended` or `close`. */
export interface LinkEvents {
  /** With the subprotocol that was agreed on; if there is none: empty, null or undefined. */
  opened(subprotocol: string | null | undefined): void
  message(data: string | ArrayBuffer): void
  /** Something came, be it no message: the other side lives. */
  heard(): void
  /** This transport carries it, now at least. */
  moved(name: TransportName): void
  ended(end: End): void
}

export interface Link {
  /** Once it is open. False: not now. */
  send(data: Data): boolean
  /** Once it is open: asks for a sign of life. False: the other side would not answer. */
  test(): boolean
  /** Ends it. Nothing is told any more. */
  close(code?: number, reason?: string): void
}

export interface LinkPlan {
  readonly world: World
  readonly url: URL
  /** Goes along with what asks for the connection. */
  readonly token: string | undefined
  /** Offered, the best first. */
  readonly subprotocols: readonly string[] | undefined
  /** There has been a connection: what asks for one does not come to a path that is not there. */
  readonly isKnown: boolean
  readonly events: LinkEvents
}
