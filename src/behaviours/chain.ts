// Hot path. One callback leads to the next, at once: `handleContinue`, a timeout of 0, inserted events, enter calls. A chain may
// be endless, and lets sockets and timers have their turn. Entered by gen-server-rules and gen-statem-rules.
import { inside, type Process } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'

/** There is nothing more to do. */
export const REST = Symbol('rest')
/** There is only something to wait for: the process ends. */
export class Last {
  readonly done: Promise<void>
  constructor(done: Promise<void>) {
    this.done = done
  }
}
/** What a carried-out answer leaves to do: nothing, or its end to wait for. */
export function last(done: void | Promise<void>): typeof REST | Last {
  return done === undefined ? REST : new Last(done)
}

export class Chain {
  readonly #process: Process
  readonly #step: (result: unknown) => unknown
  #goesOn = false

  /** `step` carries out what a callback answered and calls the next one; it answers REST, a Last, or what that one answered. */
  constructor(process: Process, step: (result: unknown) => unknown) {
    this.#process = process
    this.#step = step
  }

  /** Goes on with what a callback answered, or its promise. */
  follow(result: unknown): void | Promise<void> {
    if (!isPromise(result)) return this.take(result)
    return result.then((settled) => inside(this.#process, () => this.take(settled)))
  }
  /** Goes on with what a callback answered. */
  take(result: unknown): void | Promise<void> {
    const waits = this.#run(result)
    return waits === undefined || !this.#goesOn ? (waits as void | Promise<void>) : this.#drive(waits)
  }

  /** Answers a promise to wait for; `#goesOn`: with what it answers. */
  #run(first: unknown): Promise<unknown> | undefined {
    const { queue } = this.#process.kernel
    this.#goesOn = false
    for (let result = first; ; ) {
      result = this.#step(result)
      if (result === REST) return undefined
      if (result instanceof Last) return result.done
      this.#goesOn = true
      if (isPromise(result)) return result
      if (!queue.tick()) return queue.nextSlice(result)
      this.#goesOn = false
    }
  }

  // One promise for the whole chain, however long it is.
  async #drive(first: Promise<unknown>): Promise<void> {
    const process = this.#process
    const { queue } = process.kernel
    for (let waits: Promise<unknown> | undefined = first; waits !== undefined; ) {
      const result: unknown = await waits
      if (!queue.tick()) await queue.nextSlice(undefined)
      waits = inside(process, () => this.#run(result))
      if (this.#goesOn) continue
      await waits
      return
    }
  }
}
