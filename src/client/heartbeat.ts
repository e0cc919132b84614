// Whether the other side is still there: asked now and then, and at once when time has leapt, as it does for a laptop that
// slept. Entered by the client.
import type { World } from './world.js'

/** The other side has so long to answer. A timer that is later than that was asleep. */
export const ANSWER_MS = 5000

/** What a heartbeat asks of its client. */
export interface Patient {
  /** It is time. */
  beat(): void
  /** Asks for an answer. False: none would come. */
  test(): boolean
  /** There was no answer. */
  dead(): void
}

export class Heartbeat {
  readonly #world: World
  readonly #everyMs: number
  readonly #patient: Patient
  #nextAt = 0
  #stopTick: () => void = () => undefined
  #stopWait: (() => void) | undefined

  constructor(world: World, everyMs: number, patient: Patient) {
    this.#world = world
    this.#everyMs = everyMs
    this.#patient = patient
  }

  start(): void {
    this.stop()
    this.#nextAt = this.#world.now() + this.#everyMs
    if (this.#everyMs > 0) this.#tick()
  }
  stop(): void {
    this.#stopTick()
    this.answered()
  }
  /** Looks at the clock more often than it beats, so that a sleep is noticed soon. */
  #tick(): void {
    this.#stopTick = this.#after(Math.min(this.#nextAt - this.#world.now(), ANSWER_MS), (isLate) => {
      const now = this.#world.now()
      const isDue = now >= this.#nextAt
      if (isDue) this.#nextAt = now + this.#everyMs
      this.#tick()
      if (isDue) this.#patient.beat()
      if (isDue || isLate) this.test()
    })
  }
  /** Asks now, unless an answer is being waited for. */
  test(): void {
    if (this.#stopWait !== undefined || !this.#patient.test()) return
    this.#stopWait = this.#after(ANSWER_MS, (isLate) => {
      this.#stopWait = undefined
      // The answer may have come while we slept: it is not told from one that did not.
      if (isLate) this.test()
      else this.#patient.dead()
    })
  }
  answered(): void {
    this.#stopWait?.()
    this.#stopWait = undefined
  }
  #after(ms: number, run: (isLate: boolean) => void): () => void {
    const due = this.#world.now() + ms
    return this.#world.after(ms, () => run(this.#world.now() - due >= ANSWER_MS))
  }
}
