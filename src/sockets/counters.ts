// What has happened at a listener, counted. Entered by listener and by the transports' handshake; read by users.

/**
 * Why a handshake was refused.
 *
 * @example
 * const reasons: RefusalReason[] = ['path', 'origin', 'rejected']
 * @see RFC 6455 section 4.2; RFC 9110 section 15, for the statuses
 */
export type RefusalReason =
  /** No route: 404; a request target that is no path: 400. */
  | 'path'
  /** The HTTP request breaks RFC 9110 or 9112, by its version, `Host` or body: 400, for HTTP/1.0 426. */
  | 'request'
  /** It is no GET: 405. */
  | 'method'
  /** No upgrade to websocket was asked for: 426. */
  | 'upgrade'
  /** `Sec-WebSocket-Version` is not one of 13, 8 and 7: 426. */
  | 'version'
  /** `Sec-WebSocket-Key`, `-Protocol` or `-Extensions` break RFC 6455: 400. */
  | 'headers'
  /** The web page may not connect (`origins`, `requireOrigin`): 403. */
  | 'origin'
  /** `authorize` or `upgrade` said no, with a status of its own. */
  | 'rejected'
  /** `authorize` or `upgrade` threw, or answered what it may not: 500. */
  | 'crashed'
  /** `handshakeTimeoutMs` was over: 408 while headers came, later 503. */
  | 'timeout'
  /** That limit of the listener is reached: 503. */
  | 'maxConnections'
  /** That limit of the listener is reached: 429. */
  | 'maxConnectionsPerAddress'
  /** The listener drains or has ended: 503 and `Retry-After`. */
  | 'draining'

/**
 * What has happened at a listener since it began, and how many sockets are open now. A copy: it does not change any more.
 *
 * @example
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)] })
 * const { open, opened, closed, refused } = listener.counters()
 * const cut = closed[1006] ?? 0
 * const metrics = { open, opened, cut, refused: refused.origin ?? 0 } // => { open: 0, opened: 0, cut: 0, refused: 0 }
 * await listener.drain({ deadlineMs: 1000 })
 * @see RFC 6455 sections 7.1.5 and 7.4.1
 */
export interface ListenerCounters {
  /** Sockets that live. */
  readonly open: number
  /** Handshakes that were answered with 101. */
  readonly opened: number
  /** By code of the first close frame, ours or the peer's; 1005 for one without a code, 1006 for an end without a frame. */
  readonly closed: Readonly<Record<number, number>>
  /** Handshakes that were refused, by reason; no key for what has not happened. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  /** Frames that slow peers did not get. */
  readonly dropped: number
  /** Callbacks that threw, restarts included. */
  readonly crashed: number
}

/** The counters of one listener. */
export class Counters {
  opened = 0
  dropped = 0
  crashed = 0
  #ended = 0
  readonly #closed = new Map<number, number>()
  readonly #refused = new Map<RefusalReason, number>()

  closed(code: number): void {
    this.#ended++
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1)
  }
  refused(reason: RefusalReason): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }
  /** A copy to hand out. */
  read(): ListenerCounters {
    const { opened, dropped, crashed } = this
    const open = opened - this.#ended
    return {
      open,
      opened,
      closed: Object.fromEntries(this.#closed),
      refused: Object.fromEntries(this.#refused),
      dropped,
      crashed,
    }
  }
}
