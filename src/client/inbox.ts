// Messages on their way to `onmessage`: while there is none they wait, as those of a MessagePort. Entered by the client.
import type { World } from './world.js'

type Data = string | ArrayBuffer
interface Mail {
  readonly data: Data
  /** Of a message of the page; else 0. */
  number: number
}

export class Inbox {
  readonly #world: World
  readonly #given: (number: number) => void
  #mail: Mail[] = []
  handler: ((data: Data) => void) | null = null

  /** `given`: a message with this number has been handed over. */
  constructor(world: World, given: (number: number) => void) {
    this.#world = world
    this.#given = given
  }

  add(data: Data, number: number): void {
    this.#mail.push({ data, number })
    this.flush()
  }
  /** What waits and comes after this number comes again; the numbers of the rest mean nothing any more. */
  forgetAfter(number: number): void {
    this.#mail = this.#mail.filter((mail) => mail.number <= number)
    for (const mail of this.#mail) mail.number = 0
  }
  empty(): void {
    this.#mail = []
  }
  flush(): void {
    while (this.handler !== null) {
      const mail = this.#mail.shift()
      if (mail === undefined) return
      // Before the call: it may reload the page.
      this.#given(mail.number)
      call(this.#world, this.handler, mail.data)
    }
  }
}

/** Calls a handler of the page. What it throws is the page's own, and is reported as whatever is not caught. */
export function call<T>(world: World, handler: ((what: T) => void) | null, what: T): void {
  try {
    handler?.(what)
  } catch (error) {
    world.after(0, () => {
      throw error
    })
  }
}
