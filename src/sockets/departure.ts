// How a socket leaves: from the moment its end is on the way, every callback has 5 s, then the process is killed. Idleness is an end that a
// byte of the peer takes back. Entered by socket; the node's timers call.
import type { Reference } from '../base/ref.js'
import { terminate } from '../runtime/exit.js'
import { DEAD, type Process, WAITING } from '../runtime/process.js'

const CALLBACK_MS = 5000

const STAYS = 0
const IDLES = 1
const LEAVES = 2

/** The way out of one socket. */
export class Departure {
  readonly #process: Process
  #phase: typeof STAYS | typeof IDLES | typeof LEAVES = STAYS
  #deadline: Reference | null = null

  constructor(process: Process) {
    this.#process = process
  }

  /** Is the end on its way, for good or perhaps? */
  get hasBegun(): boolean {
    return this.#phase !== STAYS
  }

  /** For good. A process that waits comes to its end at once; any other may have callbacks that hang before it. */
  leave(): void {
    if (this.#phase === LEAVES) return
    this.#phase = LEAVES
    this.#hurryIfBusy()
  }
  /** Perhaps: nothing has come for the idle timeout. */
  idle(): void {
    if (this.#phase !== STAYS) return
    this.#phase = IDLES
    this.#hurryIfBusy()
  }
  /** A byte came, and it was not idle after all; false if that changes nothing. */
  stay(): boolean {
    if (this.#phase !== IDLES) return false
    this.#phase = STAYS
    this.rest()
    return true
  }

  /** The next callback has its own 5 s. */
  next(): void {
    if (this.#deadline !== null) this.hurry()
  }
  /** Starts the 5 s anew; the process ends with `killed` unless `rest` comes before. */
  hurry(): void {
    this.rest()
    this.#deadline = this.#process.kernel.newRef()
    this.#process.kernel.timers.add(this.#deadline, CALLBACK_MS, null, kill, this.#process)
  }
  rest(): void {
    if (this.#deadline !== null) this.#process.kernel.timers.cancel(this.#deadline)
    this.#deadline = null
  }
  /** Another life of the handler begins; what is on its way still comes. */
  again(): void {
    this.rest()
    if (this.#phase === LEAVES) this.hurry()
  }

  #hurryIfBusy(): void {
    const { state } = this.#process
    if (state !== WAITING && state !== DEAD && this.#deadline === null) this.hurry()
  }
}

function kill(process: unknown): void {
  terminate(process as Process, 'killed')
}
