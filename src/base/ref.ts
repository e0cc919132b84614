// References: unique values that name monitors, timers, aliases and calls.

const kRef = Symbol.for('gensock.ref')

/**
 * A unique reference. `===` on one node, `equals` across nodes.
 *
 * @example
 * const ref: Ref = monitor(pid)
 * ref.equals(makeRef()) // => false
 * @see Erlang reference manual, "Data Types", Reference
 */
export interface Ref {
  /** Name of the node that made it. */
  readonly node: string
  /** Which reference of its node; goes up by one for each. */
  readonly id: number
  /** Tells two runs of a node with the same name apart. */
  readonly creation: number
  /** True for the same reference, also when one of the two was decoded from bytes. */
  equals(other: Ref): boolean
  /** `#Ref<creation.id>`, unique among the references of a node. */
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

/**
 * Asks whether a value is a reference: of this node or another, of this copy of the library or another.
 *
 * @param value - any value
 * @returns true for a {@link Ref}
 * @example
 * isRef(makeRef()) // => true
 * @see OTP `erlang:is_reference/1`
 */
export function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && (value as { [kRef]?: true })[kRef] === true
}
