// Who asks to be let in, and how the answer gets there: by an upgrade or by plain HTTP. Types only. Entered by admission; implemented by
// ws-asker, http-asker and carry.
import type { InitArgs } from '../sockets/handler.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { AcceptOptions } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import type { Refusal } from './refuse.js'

/** The peer of one admission. Exactly one of `accept` and `refuse` is called, after `end`. */
export interface Asker {
  /** How frames will travel. */
  readonly kind: InitArgs['transport']
  /** The subprotocols that it offers. */
  readonly offered: readonly string[]
  /** From now on a peer that goes is told. */
  begin(gone: () => void): void
  /** The answer takes its time: read on, only so the end of a peer is seen. */
  watch(): void
  /** It is decided: nothing is told any more. */
  end(): void
  /** Lets it in; null if it has gone. The transport starts paused. */
  accept(options: AcceptOptions, sink: Sink, route: CheckedRouteOptions): Transport | null
  refuse(refusal: Omit<Refusal, 'reason'>): void
  /** It has gone, or must. */
  destroy(): void
}
