// References: unique values that name monitors, timers, aliases and calls.

const kRef = Symbol.for('gensock.ref')

/** A unique reference. `===` on one node, `equals` across nodes. */
export interface Ref {
  readonly node: string
  readonly id: number
  readonly creation: number
  equals(other: Ref): boolean
  toString(): string
}

/** The one implementation of `Ref`. `_timer` is the pending timer that the ref names, if it names one; hidden as in a pid. */
export class Reference implements Ref {
  readonly node: string
  readonly id: number
  readonly creation: number
  #timer: object | null = null

  constructor(node: string, id: number, creation: number) {
    this.node = node
    this.id = id
    this.creation = creation
  }

  /** @internal */
  get _timer(): object | null {
    return this.#timer
  }
  /** @internal */
  set _timer(timer: object | null) {
    this.#timer = timer
  }

  get [kRef](): true {
    return true
  }

  equals(other: Ref): boolean {
    return (
      this === other || (isRef(other) && this.id === other.id && this.creation === other.creation && this.node === other.node)
    )
  }

  toString(): string {
    return `#Ref<${this.creation}.${this.id}>`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Is this value a reference? */
export function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && (value as { [kRef]?: true })[kRef] === true
}
