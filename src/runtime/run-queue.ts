// Hot path. Which process runs next, and for how long before the event loop gets its turn. Knows nothing of processes
// but the one flag `_queued`. Entered by send (a process became ready) and by transports and timers (a new loop turn began).
import { performance } from 'node:perf_hooks' // the global one is a getter
import { setImmediate } from 'node:timers' // the global one may be a test's own, which nobody turns
import { requireInt } from '../base/check.js'
import { Fifo } from '../base/fifo.js'

/** What the queue needs to know of what it runs. */
export interface Runnable {
  /** @internal */
  _queued: boolean
}
/** Budgets and seams of a node's scheduler. */
export interface QueueOptions<P> {
  /** Longest time that processes run before sockets and timers get their turn, in ms. Default 5. */
  readonly drainMs: number
  /** Messages that one process handles before the next one runs. Default 100. */
  readonly turnMessages: number
  /**
   * Simulation: index of the ready process that runs next. Each message is a turn of its own, and no clock is looked at, so that the
   * answers alone decide what happens. Default: the one that waits longest.
   */
  readonly pick: ((ready: readonly P[]) => number) | undefined
}

const RESOLVED = Promise.resolve()
// So many dear messages after cheap ones can overrun the slice. A look at the clock costs as much as a message: 16 took 2 ns more of each.
const MAX_STRIDE = 32
/** Look at the real clock about this often, in ms of work. */
const CHECK_EVERY_MS = 0.2

/** The ready processes of one node. */
export class RunQueue<P extends Runnable> {
  readonly turnMessages: number
  readonly #ready = new Fifo<P>(64)
  readonly #runTurn: (process: P) => void
  readonly #pick: ((ready: readonly P[]) => number) | undefined
  readonly #drainMs: number
  #draining = false
  #wakePending = false
  #waiting = 0
  #sliceOpen = false
  #sliceEndsAt = 0
  #expired = false
  #stride = 1
  #untilCheck = 1
  #lastCheck = 0
  /** Turns run so far: lets `settle` see whether anything happened. */
  turns = 0
  /** Set once the node is stopped: nothing runs any more. */
  stopped = false

  constructor(options: QueueOptions<P>, runTurn: (process: P) => void) {
    this.turnMessages = options.turnMessages
    this.#drainMs = options.drainMs
    this.#pick = options.pick
    this.#runTurn = runTurn
  }

  /** How many processes are ready, and how many chains of callbacks wait for the next slice. */
  get length(): number {
    return this.#ready.length + this.#waiting
  }

  /** Puts a process at the end of the queue; it runs in this drain, or in a microtask when nothing runs now. */
  push(process: P): void {
    if (process._queued || this.stopped) return
    process._queued = true
    this.#ready.push(process)
    if (!this.#draining && !this.#wakePending) this.#wake()
  }

  /** Does nothing run, is nothing ready, and is there budget left? Then `runNow` may be called. */
  mayRunNow(): boolean {
    if (this.#draining || this.#ready.length > 0 || this.#pick !== undefined || this.stopped) return false
    this.#openSlice()
    return this.tick()
  }

  /** Runs one process now and then whatever it made ready, as one drain; only after `mayRunNow`. */
  runNow(process: P): void {
    this.#draining = true
    try {
      this.turns++
      this.#runTurn(process)
    } finally {
      this.#draining = false
    }
    if (this.#ready.length > 0) this.#drain()
  }

  /** Counts one message; false once the slice is used up. The stride between looks at the clock follows the cost of a message. */
  tick(): boolean {
    if (--this.#untilCheck > 0) return !this.#expired
    const now = performance.now()
    const perMessage = (now - this.#lastCheck) / this.#stride
    this.#stride = Math.max(1, Math.min(MAX_STRIDE, 2 * this.#stride, Math.floor(CHECK_EVERY_MS / perMessage)))
    this.#untilCheck = this.#stride
    this.#lastCheck = now
    if (now >= this.#sliceEndsAt) this.#expired = true
    return !this.#expired
  }

  /** Answers the value once sockets and timers had their turn: for a chain of callbacks that has used up its slice. */
  nextSlice<T>(value: T): Promise<T> {
    this.#waiting++
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#waiting--
        this.turns++
        this.#openSlice()
        resolve(value)
      })
    })
  }

  #wake(): void {
    this.#wakePending = true
    this.#openSlice()
    if (this.#pick === undefined) void RESOLVED.then(this.#onWake)
    else setImmediate(this.#onImmediate)
  }

  // One slice for all that runs between two turns of the event loop: chained microtasks share one budget.
  #openSlice(): void {
    if (this.#sliceOpen) return
    this.#sliceOpen = true
    this.#expired = this.#pick !== undefined // each message is a turn of its own then
    this.#lastCheck = performance.now()
    this.#sliceEndsAt = this.#lastCheck + this.#drainMs
    this.#untilCheck = this.#stride
    setImmediate(this.#onSliceEnd)
  }

  readonly #onSliceEnd = (): void => {
    this.#sliceOpen = false
  }

  readonly #onWake = (): void => {
    this.#wakePending = false
    this.#openSlice()
    if (this.#expired) this.#yield()
    else this.#drain()
  }

  readonly #onImmediate = (): void => {
    this.#wakePending = false
    this.#openSlice()
    this.#drain()
  }

  #yield(): void {
    this.#wakePending = true
    setImmediate(this.#onImmediate)
  }

  #picked(pick: (ready: readonly P[]) => number): P {
    const index = pick(this.#ready.toArray())
    requireInt('createNode: pick: the answer', index, 0, this.#ready.length - 1)
    return this.#ready.removeAt(index)
  }

  #drain(): void {
    const ready = this.#ready
    this.#draining = true
    try {
      while (ready.length > 0 && !this.stopped) {
        const process = this.#pick === undefined ? ready.shift() : this.#picked(this.#pick)
        process._queued = false
        this.turns++
        this.#runTurn(process)
        if (this.#expired) break
      }
    } finally {
      this.#draining = false
      if (ready.length > 0 && !this.stopped) this.#yield()
    }
  }
}
