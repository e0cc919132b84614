// Process identifiers. A pid of this node points at its process until that ends; a pid that came over the wire does not.

declare const kMessage: unique symbol
const kPid = Symbol.for('gensock.pid')

/**
 * Who to send to. `Pid<M>` takes messages of type M; plain `Pid` takes anything, as in Erlang.
 *
 * @example
 * const pid: Pid<{ type: 'tick' }> = spawn((clock) => clock.receive('tick').then(() => undefined))
 * send(pid, { type: 'tick' })
 * @see Erlang reference manual, "Data Types", Pid
 */
export interface Pid<in Message = any> {
  /** Name of the node that the process lives on. */
  readonly node: string
  /** Which process of its node; together with `serial`. Goes up by one for each. */
  readonly id: number
  /** How often `id` has begun anew. */
  readonly serial: number
  /** Tells two runs of a node with the same name apart. */
  readonly creation: number
  /** True for the same process, also when one of the two pids was decoded from bytes. */
  equals(other: AnyPid): boolean
  /** `<0.81.0>` for a pid made on this node, as Erlang prints it. */
  toString(): string
  /** For the compiler only: no such field exists. */
  readonly [kMessage]: (message: Message) => void
}
/**
 * Any pid, whatever it takes: for link, monitor, exit, sets. Nothing can be sent to it.
 *
 * @example
 * const known = new Set<AnyPid>([pid, self.pid])
 * known.has(self.pid) // => true
 * @see Erlang reference manual, "Data Types", Pid
 */
export type AnyPid = Pid<never>

/**
 * The one implementation of `Pid`. `_process` is the living process, null once it ended, undefined when it is remote; hidden
 * from those who walk over the fields of what they are given (JSON, an xstate machine that is persisted with a pid in its
 * context).
 */
export class ProcessId {
  declare readonly [kMessage]: (message: any) => void
  readonly node: string
  readonly id: number
  readonly serial: number
  readonly creation: number
  #process: object | null | undefined

  constructor(node: string, id: number, serial: number, creation: number, process: object | null | undefined) {
    this.node = node
    this.id = id
    this.serial = serial
    this.creation = creation
    this.#process = process
  }

  /** @internal */
  get _process(): object | null | undefined {
    return this.#process
  }
  /** @internal */
  set _process(process: object | null | undefined) {
    this.#process = process
  }

  get [kPid](): true {
    return true
  }

  equals(other: AnyPid): boolean {
    return (
      (this as AnyPid) === other ||
      (isPid(other) &&
        this.id === other.id &&
        this.serial === other.serial &&
        this.creation === other.creation &&
        this.node === other.node)
    )
  }

  toString(): string {
    return `<${this._process === undefined ? this.node : 0}.${this.id}.${this.serial}>`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `#Pid${this.toString()}`
  }
}

/**
 * Asks whether a value is a pid: of this node or another, of this copy of the library or another.
 *
 * @param value - any value
 * @returns true for a {@link Pid}
 * @example
 * isPid('<0.81.0>') // => false
 * @see OTP `erlang:is_pid/1`
 */
export function isPid(value: unknown): value is Pid {
  return typeof value === 'object' && value !== null && (value as { [kPid]?: true })[kPid] === true
}
