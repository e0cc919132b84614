// What a page's process understands, and how it is seen from outside. Types only.
import type { ServerPid } from '../behaviours/gen-server-types.js'
import type { SocketPid } from '../sockets/handler.js'
import type { PagePid } from './pids.js'
import type { SessionServer } from './session-types.js'

/**
 * How the frames of a page's socket travel: over a WebSocket, or by something that stands in for one.
 *
 * @example
 * const kinds: AttachKind[] = ['websocket', 'comet']
 * kinds.length // => 2
 * @see Zotonic 0.10, `z_session_page:websocket_attach/2`, `comet_attach/2`
 */
export type AttachKind = 'websocket' | 'comet'
/**
 * How a page stands: what `page.info` answers.
 *
 * @example
 * const quiet = ({ status, waiting }: PageInfo): boolean => status === 'detached' && waiting === 0
 * const { pid } = await session.ensurePage(visitor)
 * quiet(await page.info(pid)) // => true
 * @see {@link page}
 */
export interface PageInfo {
  /** `attached` while it has a socket. */
  readonly status: 'attached' | 'detached'
  /** Its WebSocket, which gets the messages. */
  readonly websocket: SocketPid | undefined
  /** Its other socket, which gets them as long as there is no WebSocket. */
  readonly comet: SocketPid | undefined
  /** Messages that the browser has not acknowledged. */
  readonly waiting: number
  /** Their bytes. */
  readonly bytes: number
  /**
   * Number of the newest message; 0 before the first. They begin behind those of a process of this page that has ended, once
   * the first browser comes to a page that was made for an id that somebody brought, or has some of these.
   */
  readonly last: number
  /**
   * The highest number that the browser has acknowledged; to a socket that does not count, that was sent. Before the first the
   * number after which they begin.
   */
  readonly acknowledged: number
  /** How many messages were dropped before they were acknowledged. */
  readonly dropped: number
}

export interface PageCalls {
  info(): PageInfo
  /** Somebody comes: without a socket its time begins anew. */
  await(): void
}
export interface PageCasts {
  add: { readonly data: string }
  attach: { readonly socket: SocketPid; readonly kind: AttachKind; readonly ack: number | undefined }
  acknowledge: { readonly number: number; readonly from: SocketPid | undefined }
  /** It shall ask this page for its messages. */
  inherit: { readonly from: PagePid }
  /** It shall give its messages to that page, which is of this session, and end. */
  bequeath: { readonly heir: PagePid; readonly session: SessionServer }
  /** It ends; sockets that are attached close with this code. */
  finish: { readonly code: number }
}
export type PageServer = ServerPid<PageCalls, PageCasts, never>
