// The sending side that transports over plain HTTP share: all frames of one turn of the event loop leave together, and
// a peer that has left too much of earlier turns untaken is behind. Entered by carried and carry; calls them back at
// the turn's end, and the Sink.
import type { Marks } from '../sockets/option-checks.js'
import type { Sink } from '../sockets/transport.js'

/** The transport, as far as this concerns it. */
export interface Outlet {
  /** Bytes that the peer has not taken yet. */
  readonly bufferedBytes: number
  /** The end of a turn in which something was to be sent. @internal */
  _flush(): void
  /** Far too much waits. */
  destroy(): void
}

const dirty: Outgoing[] = []
function flush(): void {
  for (const one of dirty.splice(0)) one._endTurn()
}

/** What `Transport` says of `send`, `isBehind` and `drained`. */
export class Outgoing {
  readonly #outlet: Outlet
  readonly #sink: Sink
  readonly #marks: Marks
  #isDirty = false
  /** A frame of this turn has been looked at. */
  #isInTurn = false
  /** More than the high mark waited, and not yet as little as the low mark. */
  #isOver = false
  /** A frame was not taken: the sink hears of the low mark. */
  #isAwaited = false

  constructor(outlet: Outlet, sink: Sink, marks: Marks) {
    this.#outlet = outlet
    this.#sink = sink
    this.#marks = marks
  }

  /** Before a frame: may it be sent? The first one of a turn looks at what the turns before it have left. */
  takes(evenIfBehind: boolean): boolean {
    if (!this.#isInTurn) this.#begin()
    if (!this.#isOver || evenIfBehind) return true
    this.#isAwaited = true
    return false
  }
  #begin(): void {
    this.#isInTurn = true
    this.soon()
    const waiting = this.#outlet.bufferedBytes
    if (waiting <= this.#marks.outboundHighBytes) return
    this.#isOver = true
    if (waiting <= this.#marks.maxBufferedBytes) return
    this.#sink.failed('slow_peer')
    this.#outlet.destroy()
  }
  /** Are more than the high mark untaken, this turn's included? */
  isBehind(): boolean {
    if (!this.#isOver && this.#outlet.bufferedBytes <= this.#marks.outboundHighBytes) return false
    this.#isAwaited = true
    return true
  }
  /** The peer has taken something. */
  took(): void {
    if (!this.#isOver && !this.#isAwaited) return
    this.#sink.progressed()
    const waiting = this.#outlet.bufferedBytes
    if (waiting > this.#marks.outboundLowBytes) return
    this.#isOver = false
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this.#sink.drained(waiting)
  }

  /** Has the outlet flushed at the end of this turn. */
  soon(): void {
    if (this.#isDirty) return
    this.#isDirty = true
    if (dirty.length === 0) setImmediate(flush)
    dirty.push(this)
  }
  /** @internal */
  _endTurn(): void {
    this.#isDirty = this.#isInTurn = false
    this.#outlet._flush()
  }
}
