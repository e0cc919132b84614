// Idle timeout and pings of one socket, with one timer of its node. Bytes count, not frames: a pong or half a frame is life.
// Entered by connection (bytes came, options changed) and by the node's timers; tells the connection what is due.
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'

/** Who wants to know. */
export interface KeptAlive {
  /** Nothing came for the idle timeout. */
  idle(): void
  ping(): void
}

/** In place of a time. */
const NEVER = -1
/** So long at least the event loop gets to read what waits. */
const READ_MS = 100

/** The clock of one socket's life signs. Its times are whole milliseconds: a fraction would cost an object each. */
export class Keepalive {
  readonly #kernel: Kernel
  readonly #target: KeptAlive
  #idleMs: number
  readonly #pingMs: number
  #lastBytesAt: number
  #nextPingAt: number
  #timer: Reference | null = null
  #stoodStillAt = -1
  /** For when the timer is set, and the time of the last byte in whose place a stall of this program has been excused. */
  #dueAt = 0
  #excused = NEVER

  constructor(kernel: Kernel, target: KeptAlive, idleMs: number, pingMs: number) {
    const now = timeOf(kernel)
    this.#kernel = kernel
    this.#target = target
    this.#idleMs = idleMs
    this.#pingMs = pingMs
    this.#lastBytesAt = now
    this.#nextPingAt = pingMs === 0 ? NEVER : now + pingMs
    this.#arm(now)
  }

  /** Bytes came. */
  touch(): void {
    const now = timeOf(this.#kernel)
    this.#lastBytesAt = now
    if (this.#stoodStillAt >= 0) this.#stoodStillAt = now
  }

  /** Is the idle timeout over, counted from the last byte? */
  get isIdle(): boolean {
    return this.#idleMs > 0 && this.#stoodStillAt < 0 && timeOf(this.#kernel) - this.#lastBytesAt >= this.#idleMs
  }

  setIdle(idleMs: number): void {
    this.#idleMs = idleMs
    this.touch()
    this.#arm(this.#lastBytesAt)
  }

  /** Reading was stopped by flow control: no byte can come, so the idle timeout stands still until `goOn`. */
  standStill(): void {
    if (this.#stoodStillAt < 0) this.#stoodStillAt = timeOf(this.#kernel)
  }
  goOn(): void {
    if (this.#stoodStillAt < 0) return
    this.#lastBytesAt += timeOf(this.#kernel) - this.#stoodStillAt
    this.#stoodStillAt = -1
  }

  /** The socket was not idle after all when it came to it. */
  again(): void {
    this.#arm(timeOf(this.#kernel))
  }

  stop(): void {
    if (this.#timer !== null) this.#kernel.timers.cancel(this.#timer)
    this.#timer = null
    this.#idleMs = 0
    this.#nextPingAt = NEVER
  }

  /** @internal */
  _ring(): void {
    this.#timer = null
    const now = timeOf(this.#kernel)
    const lateMs = now - this.#dueAt
    if (lateMs > READ_MS) this.#countOut(lateMs)
    if (this.isIdle && !this.#excuse(now, lateMs)) {
      this.#target.idle()
      return
    }
    if (this.#nextPingAt !== NEVER && now >= this.#nextPingAt) {
      this.#nextPingAt = now + this.#pingMs
      this.#target.ping()
    }
    this.#arm(now)
  }

  /** This program has stood still: that is no silence of the peer, which was not asked for a sign of life either. */
  #countOut(lateMs: number): void {
    if (this.#stoodStillAt >= 0 || this.#lastBytesAt > this.#dueAt) return
    const isExcused = this.#excused === this.#lastBytesAt
    this.#lastBytesAt += lateMs
    if (isExcused) this.#excused = this.#lastBytesAt
  }
  /**
   * A timer that rings late rings before what has come meanwhile is read. The peer gets as much time as that took, once: a program that is
   * late always must find dead peers, too.
   */
  #excuse(now: number, lateMs: number): boolean {
    if (lateMs <= 0 || this.#excused === this.#lastBytesAt) return false
    const moreMs = Math.min(this.#idleMs, Math.max(READ_MS, lateMs))
    this.#lastBytesAt = this.#excused = now - this.#idleMs + moreMs
    return true
  }

  #arm(now: number): void {
    if (this.#timer !== null) this.#kernel.timers.cancel(this.#timer)
    const idleAt = this.#idleMs === 0 ? Infinity : (this.#stoodStillAt < 0 ? this.#lastBytesAt : now) + this.#idleMs
    const at = Math.min(idleAt, this.#nextPingAt === NEVER ? Infinity : this.#nextPingAt)
    if (at === Infinity) {
      this.#timer = null
      return
    }
    this.#dueAt = at
    this.#timer = this.#kernel.newRef()
    this.#kernel.timers.add(this.#timer, Math.max(0, at - now), null, ring, this)
  }
}

function timeOf({ clock }: Kernel): number {
  return Math.floor(clock.now())
}
function ring(keepalive: unknown): void {
  ;(keepalive as Keepalive)._ring()
}
