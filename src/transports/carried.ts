// A connection that many plain requests carry: frames have numbers, and are kept until the peer has said that it has
// them. It outlives its requests by the grace time. Entered by the socket process (Transport) and by fallback, for each
// request; calls its Sink.
import type { Kernel } from '../runtime/process.js'
import { FRAME_BYTES, type Opcode, PONG, type SharedFrame } from '../sockets/frames.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { InOrder, Unacknowledged } from '../wire/numbering.js'
import { Alarm } from './alarm.js'
import { CLOSE, closeTail, sharedTail, tailOf, type UpFrame } from './items.js'
import { type Outlet, Outgoing } from './outgoing.js'

/** One request that takes frames to the peer. */
export interface Carrier {
  readonly by: 'sse' | 'longPoll'
  /** Frames may wait: writes what the response takes. */
  carry(): void
  /** Its answer ends: another one takes its place, or the connection has ended. */
  leave(isGone: boolean): void
}
/** Frames that one `send` has brought, as far as they have not been delivered. */
interface Delivery {
  readonly frames: readonly UpFrame[]
  next: number
  readonly done: (fate: Fate) => void
}
/** What became of the frames of a `send`; once the connection closes they are nobody's, as on a WebSocket. */
export type Fate = 'taken' | 'replaced' | 'gone'

/** How long a close frame may wait for a request to take it, and a peer for one that has heard it or closed by itself. */
const FLUSH_MS = 10_000
const CLOSE_MS = 2000
/** Answers to pings that may be unacknowledged; of more only the newest is kept. */
const MAX_PONGS = 512

const OPEN = 0
/** A close frame is on its way. */
const CLOSING = 1
/** A request has taken it. It is kept for a while, for a peer whose request broke. */
const CLOSED = 2
/** Requests do not find it any more. */
const FORGOTTEN = 3

/** The one implementation of `Transport` over requests that come and go. */
export class CarriedTransport implements Transport, Outlet {
  readonly compressed = false
  readonly #clock: Kernel['clock']
  readonly #sink: Sink
  readonly #graceMs: number
  readonly #onForgotten: () => void
  /** The JSON of each frame behind its number. */
  readonly #down = new Unacknowledged<string>()
  readonly #up = new InOrder()
  readonly #out: Outgoing
  /** While open the grace time, then the time that the end may take. */
  readonly #alarm: Alarm
  #state: typeof OPEN | typeof CLOSING | typeof CLOSED | typeof FORGOTTEN = OPEN
  /** Of the close frame. */
  #closeNumber = Infinity
  #underWay = 0
  #carrier: Carrier | null = null
  /** Nobody else will come. */
  #isLast = false
  #isPaused = true
  /** The peer has sent its close frame. */
  #isConcluded = false
  #isDelivering = false
  #delivery: Delivery | null = null
  #pongs = 0
  #nextPong: string | Uint8Array | null = null

  /** `onForgotten`: no request is to find it any more. */
  constructor(kernel: Kernel, sink: Sink, options: CheckedRouteOptions, graceMs: number, onForgotten: () => void) {
    this.#clock = kernel.clock
    this.#sink = sink
    this.#graceMs = graceMs
    this.#onForgotten = onForgotten
    this.#out = new Outgoing(this, sink, options)
    this.#alarm = new Alarm(kernel, () => this.#late())
    this.#alarm.set(graceMs)
  }

  // ---- Transport: what the socket's process calls

  get bufferedBytes(): number {
    return Math.max(this.#down.bytes, this.#down.size * FRAME_BYTES)
  }
  send(opcode: Opcode, data: string | Uint8Array, _compress: boolean, evenIfBehind = false): boolean {
    if (this.#state !== OPEN) return true
    if (!this.#out.takes(evenIfBehind)) return false
    this.#add(tailOf(opcode, data))
    return true
  }
  sendShared(frame: SharedFrame, _compress: boolean, evenIfBehind = false): boolean {
    if (this.#state !== OPEN) return true
    if (!this.#out.takes(evenIfBehind)) return false
    this.#add(sharedTail(frame))
    return true
  }
  isBehind(): boolean {
    return this.#state === OPEN && this.#out.isBehind()
  }
  pong(data: string | Uint8Array): void {
    if (this.#state !== OPEN) return
    if (this.#pongs >= MAX_PONGS) {
      this.#nextPong = data
      return
    }
    this.#pongs++
    this.#out.takes(true)
    this.#add(tailOf(PONG, data))
  }
  close(code: number | undefined, reason: string | undefined, lingerMs: number = FLUSH_MS): void {
    if (this.#state !== OPEN) return
    this.#pongNext()
    this.#add(closeTail(code, reason))
    this.#state = CLOSING
    this.#closeNumber = this.#down.last
    this.#deliver()
    if (this.#isLast && this.#carrier === null) return this.#forget()
    this.#out.soon()
    this.#alarm.set(Math.min(lingerMs, this.#isConcluded ? CLOSE_MS : FLUSH_MS))
  }
  destroy(): void {
    this.#forget()
  }
  pause(): void {
    this.#isPaused = true
  }
  resume(): void {
    this.#isPaused = false
    this.#deliver()
  }

  /** After the close frame nothing is added; after a cut neither. */
  #add(tail: string): void {
    if (this.#state === OPEN) this.#down.add(tail, Buffer.byteLength(tail), this.#clock.now())
  }
  #pongNext(): void {
    const next = this.#nextPong
    this.#nextPong = null
    if (next !== null) this.pong(next)
  }

  // ---- Requests

  /** A request of its peer has come. */
  begins(): void {
    this.#underWay++
    if (this.#state === OPEN) this.#alarm.clear()
    this.#sink.received()
  }
  /** Bytes of its body have come. */
  received(): void {
    this.#sink.received()
  }
  /** It is over, answered or not. */
  ends(): void {
    if (--this.#underWay === 0 && this.#state === OPEN) this.#alarm.set(this.#graceMs)
  }
  /** Nobody is let in any more: whoever has not come by now never will. */
  last(): void {
    this.#isLast = true
    if (this.#state !== OPEN && this.#carrier === null) this.#forget()
  }

  /** The peer has all frames up to this number: false if there is no such number yet. */
  acknowledge(number: number): boolean {
    const before = this.#down.acknowledged
    if (!this.#down.acknowledge(number)) return false
    if (number >= this.#closeNumber) this.#forget()
    if (number <= before || this.#state !== OPEN) return true
    this.#pongs = 0
    this.#pongNext()
    this.#out.took()
    return true
  }
  /** Takes the place of the carrier before it. */
  attach(carrier: Carrier): void {
    const before = this.#carrier
    if (before !== null) {
      this.detach(before)
      before.leave(false)
    }
    this.#carrier = carrier
    this.#sink.carried('attached', carrier.by)
    this.#out.soon()
  }
  /** This carrier takes nothing more. */
  detach(carrier: Carrier): void {
    if (this.#carrier !== carrier) return
    this.#carrier = null
    this.#sink.carried('detached', carrier.by)
    if (this.#isLast && this.#state !== OPEN) this.#forget()
  }
  /** A carrier has handed over all frames up to this number. */
  carried(number: number): void {
    if (this.#state !== CLOSING || number < this.#closeNumber) return
    this.#state = CLOSED
    this.#sink.gone()
    if (this.#isLast) this.#forget()
    else this.#alarm.set(CLOSE_MS)
  }

  /** What the peer has yet to take after this number. */
  after(number: number): Generator<readonly [number: number, tail: string]> {
    return this.#down.after(number)
  }
  /** The number of the newest frame. */
  get newest(): number {
    return this.#down.last
  }
  /** Has the close frame its number? Then no other follows. */
  get isEnding(): boolean {
    return this.#closeNumber <= this.#down.last
  }
  /** @internal */
  _flush(): void {
    this.#carrier?.carry()
  }

  // ---- Frames of the peer

  /**
   * Takes frames, in the place of those that still wait. `done` hears when the last of them has been delivered, or that
   * others have taken their place. False, and nothing is done: some that come before these are missing.
   */
  take(frames: readonly UpFrame[], done: (fate: Fate) => void): boolean {
    const order = new InOrder(this.#up.last)
    for (const { number } of frames) if (order.take(number) === 'gap' && this.#state === OPEN) return false
    if (frames.every(({ number }) => number <= this.#up.last)) {
      done('taken') // a late copy of what has been taken: whoever waits now is newer
      return true
    }
    this.#delivery?.done('replaced')
    this.#delivery = { frames, next: 0, done }
    this.#deliver()
    return true
  }
  /** Delivers what waits, as long as the socket reads. A frame that is delivered may pause it, or make it read on. */
  #deliver(): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    for (let delivery = this.#delivery; delivery !== null; delivery = this.#delivery) {
      const frame = delivery.frames[delivery.next]
      if (frame === undefined || this.#state !== OPEN) {
        this.#delivery = null
        delivery.done(this.#state === FORGOTTEN ? 'gone' : 'taken')
      } else if (this.#isPaused && frame.number > this.#up.last) break
      else {
        delivery.next++
        if (this.#up.take(frame.number) === 'next') this.#hand(frame)
      }
    }
    this.#isDelivering = false
  }
  #hand({ opcode, data, bytes, code }: UpFrame): void {
    if (this.#isConcluded) return
    if (opcode !== CLOSE) return this.#sink.deliver(opcode, data, bytes)
    this.#isConcluded = true
    this.#sink.remoteClosed(code, data as string)
  }

  // ---- Ends

  /** The peer has broken a rule: the close frame says so. */
  fail(error: string, code: number): void {
    if (this.#state !== OPEN) return
    this.close(code, undefined)
    this.#sink.failed(error, code)
  }
  #late(): void {
    if (this.#state === OPEN) this.#sink.lost()
    this.#forget()
  }
  #forget(): void {
    if (this.#state === FORGOTTEN) return
    const isNews = this.#state !== CLOSED
    this.#state = FORGOTTEN
    this.#alarm.clear()
    this.#onForgotten()
    const carrier = this.#carrier
    if (carrier !== null) {
      this.detach(carrier)
      carrier.leave(true)
    }
    this.#deliver()
    if (isNews) this.#sink.gone()
  }
}
