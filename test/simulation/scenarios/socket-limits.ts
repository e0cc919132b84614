// What the limits of one socket of the scenario `sockets` promise: how much waits in its mailbox, when it does not read, when a silent peer
// is gone, how long a callback may take, and that nobody who calls it is forgotten. Entered by the socket's witness and its handler.
import type { Watch } from './socket-watch.js'

/** On its way out a socket waits so long for each callback. */
const CALLBACK_MS = 5000
/** What a frame costs in the mailbox, however short it is. */
const FRAME_OVERHEAD = 64
/** A silent peer is found so much later at most: the clock of a simulation is late now and then. */
const LATE_MS = 500

/** The options of its route that are held against it. */
export interface Limited {
  readonly idleTimeoutMs: number
  readonly pingIntervalMs: number
  readonly inboundHighBytes: number
  /** It may stop taking frames before its end is on its way: then nobody can tell what waits. */
  readonly mayRefuse: boolean
}

export class Limits {
  /** Somebody has killed it. */
  isKilled = false
  readonly #watch: Watch
  readonly #given: Limited
  #idleMs: number
  /** Index: a frame's number; what it and those before it cost in the mailbox. */
  readonly #bytes: number[] = [0]
  #arrived = 0
  #isBroken = false
  /** While the handler does not read: the last frame that the peer had sent when it said so. */
  #lastWanted: number | undefined = undefined
  /** When anything happened to it last. */
  #activeAt = 0
  #runsSince: number | undefined = undefined
  /** When each incarnation began; which of them has taken a call, by what was asked. */
  readonly #lives: number[] = []
  readonly #calls = new Map<number, number>()

  constructor(watch: Watch, given: Limited) {
    this.#watch = watch
    this.#given = given
    this.#idleMs = given.idleTimeoutMs
  }

  get isInactive(): boolean {
    return this.#lastWanted !== undefined
  }
  /** The peer sends its next frame. */
  speaks(frame: string): void {
    this.#bytes.push((this.#bytes.at(-1) as number) + FRAME_OVERHEAD + frame.length)
  }
  /** One more of them has come to the socket, which may not read it yet. */
  arrives(): void {
    this.#arrived++
  }
  /** The connection is gone: what has come before is delivered, whether anybody reads or not. */
  breaks(): void {
    this.#isBroken = true
  }
  /** Something went to or fro. */
  isActive(): void {
    this.#activeAt = this.#watch.node.now()
  }
  begins(callback: string): void {
    this.#runsSince = this.#watch.node.now()
    this.isActive()
    if (callback !== 'init') return
    this.#lives.push(this.#runsSince)
    this.#idleMs = this.#given.idleTimeoutMs
    this.#lastWanted = undefined
  }
  ends(): void {
    this.#runsSince = undefined
    this.isActive()
  }

  // ---- What the handler has asked for

  reads(on: boolean): void {
    this.#lastWanted = on ? undefined : (this.#lastWanted ?? this.#watch.asked)
  }
  setIdle(ms: number): void {
    this.#idleMs = ms
  }
  /** The running incarnation has the call that asks for `value`. */
  takesCall(value: number): void {
    this.#calls.set(value, this.#lives.length)
  }

  // ---- What must hold

  hears(number: number): void {
    if (!this.#isBroken && this.#lastWanted !== undefined && number > this.#lastWanted)
      this.#watch.fail(`frame ${number} is handled, and the handler has not read since the peer had sent ${this.#lastWanted}`)
  }
  /** While it reads, less waits than its mark; above it the peer is held back. */
  inspect(): void {
    const { phase, exit, socket, handled } = this.#watch
    if (
      this.#given.mayRefuse ||
      this.#isBroken ||
      phase !== 'born' ||
      exit !== undefined ||
      socket.closed !== undefined ||
      socket.paused
    )
      return
    const waiting = (this.#bytes[this.#arrived] as number) - (this.#bytes[handled] as number)
    if (waiting > this.#given.inboundHighBytes) this.#watch.fail(`it still reads, and ${waiting} bytes wait in its mailbox`)
  }
  /** The process ends with `killed`: somebody has done that, or a callback has had its time. */
  killed(): void {
    const { phase, node, lastReason } = this.#watch
    const isTold = phase === 'over' && lastReason?.type === 'exit' && lastReason.reason === 'killed'
    if (this.isKilled || isTold || (phase !== 'born' && phase !== 'over')) return
    const ranMs = this.#runsSince === undefined ? 0 : node.now() - this.#runsSince
    if (ranMs < CALLBACK_MS) this.#watch.fail(`it was killed after ${ranMs} ms of a callback`)
  }
  /** The peer is silent, nothing is under way, and nobody asks it for a sign of life. */
  mustBeGone(): void {
    const { phase, exit, hangs, running, node, socket } = this.#watch
    if (this.#idleMs === 0 || this.#given.pingIntervalMs > 0 || exit !== undefined || phase !== 'born') return
    const silentMs = node.now() - this.#activeAt
    if (hangs || running !== undefined || socket.ended !== undefined || silentMs <= this.#idleMs + LATE_MS) return
    this.#watch.fail(`it lives, ${silentMs} ms after the last sign of life; its idle timeout is ${this.#idleMs} ms`)
  }
  /** The caller who asks for `value` has waited in vain until then: should it have been told of a crash or an end before? */
  hasForgotten(value: number, untilMs: number): boolean {
    const { exit } = this.#watch
    if (exit !== undefined && exit.atMs < untilMs) return true
    const life = this.#calls.get(value)
    return life !== undefined && (this.#lives[life] ?? Infinity) < untilMs
  }
}
