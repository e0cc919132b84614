// What has happened at a listener, counted. Entered by listener and by the transports' handshake; read by users.

/** Why a handshake was refused. */
export type RefusalReason =
  /** No route, or a request target that is no path. */
  | 'path'
  /** The HTTP request breaks RFC 9110 or 9112: version, `Host`, body. */
  | 'request'
  | 'method'
  /** No upgrade to websocket was asked for. */
  | 'upgrade'
  | 'version'
  /** `Sec-WebSocket-Key`, `-Protocol` or `-Extensions` break RFC 6455. */
  | 'headers'
  | 'origin'
  /** `authorize` or `upgrade` said no. */
  | 'rejected'
  /** `authorize` or `upgrade` threw. */
  | 'crashed'
  | 'timeout'
  | 'maxConnections'
  | 'maxConnectionsPerAddress'
  | 'draining'

/** Counts since the listener began; `open` is now. */
export interface ListenerCounters {
  readonly open: number
  readonly opened: number
  /** By close code: that of the first close frame, ours or the peer's; 1005 for one without a code, 1006 for an end without one. */
  readonly closed: Readonly<Record<number, number>>
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
  readonly #closed = new Map<number, number>()
  readonly #refused = new Map<RefusalReason, number>()

  closed(code: number): void {
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1)
  }
  refused(reason: RefusalReason): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }
  /** A copy to hand out. */
  read(open: number): ListenerCounters {
    const { opened, dropped, crashed } = this
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
