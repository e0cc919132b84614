// What must come of each call: the first of its reply, the end of who was called, and its time. Knows nothing of how the library
// keeps calls. Told by servers and callers; entered by the scenario.
import { CallError, type Pid } from 'gensock'
import type { Simulation } from 'gensock/testing'

/** One call, or one request whose response comes as a message. */
export interface Asked {
  readonly id: number
  /** Undefined: nobody was there to ask. */
  readonly server: Pid | undefined
  /** Undefined: code outside any process. */
  readonly caller: Pid | undefined
  /** When it is too late; Infinity: never. */
  readonly dueMs: number
  /** What it must come to; undefined as long as it waits. */
  outcome: Outcome | undefined
}
export type Outcome = { readonly value: unknown } | { readonly reason: unknown }

/** All calls of a run. */
export class CallModel {
  failure: unknown
  /** How many have come to their end. */
  answered = 0
  readonly waiting = new Set<Asked>()
  readonly #byId = new Map<number, Asked>()
  readonly #ended = new Set<unknown>()
  readonly #node: Simulation
  #count = 0

  constructor(node: Simulation) {
    this.#node = node
    node.onExit((pid, reason) => this.#processEnded(pid, reason))
  }
  nextId(): number {
    return ++this.#count
  }

  /** A call is made now. */
  asks(id: number, server: Pid | undefined, caller: Pid | undefined, timeoutMs: number): Asked {
    const asked: Asked = { id, server, caller, dueMs: this.#node.now() + timeoutMs, outcome: undefined }
    this.#byId.set(id, asked)
    this.waiting.add(asked)
    if (server === undefined || this.#ended.has(server)) this.#comes(asked, { reason: 'noproc' })
    return asked
  }
  /** `value` is given as the answer of this call, by whomever. Only the first one counts. */
  answers(id: number, value: unknown): void {
    const asked = this.#byId.get(id)
    if (asked === undefined) throw new Error(`a server was asked ${id}, which nobody has asked`)
    this.#comes(asked, { value })
  }
  /** The clock stands at `nowMs`: calls that are out of time have been given up. */
  timePassed(nowMs: number): void {
    for (const asked of this.waiting) if (asked.dueMs <= nowMs) this.#comes(asked, { reason: 'timeout' })
  }
  /** Whoever waits for the response gives it up. */
  givesUp(asked: Asked): void {
    this.#comes(asked, { reason: 'timeout' })
  }
  #processEnded(pid: Pid, reason: unknown): void {
    this.#ended.add(pid)
    for (const asked of this.waiting) {
      if (asked.caller === pid) this.waiting.delete(asked)
      else if (asked.server === pid) this.#comes(asked, { reason })
    }
  }
  #comes(asked: Asked, outcome: Outcome): void {
    asked.outcome ??= outcome
    this.waiting.delete(asked)
  }

  /** A call has come to this. */
  check(asked: Asked, got: Outcome): void {
    const { id, outcome } = asked
    this.answered++
    if (outcome === undefined) this.fails(`call ${id} comes to ${text(got)}, and nothing has happened that could end it`)
    else if (
      'value' in outcome ? !('value' in got) || got.value !== outcome.value : !('reason' in got) || got.reason !== outcome.reason
    )
      this.fails(`call ${id} comes to ${text(got)}, not to ${text(outcome)}`)
  }
  /** The same of an error. */
  checkError(asked: Asked, error: unknown): void {
    if (error instanceof CallError) this.check(asked, { reason: error.reason })
    else this.fails(`call ${asked.id} fails with ${String(error)}`)
  }
  fails(what: string): void {
    this.failure ??= new Error(what)
  }
}

function text(outcome: Outcome): string {
  return 'value' in outcome ? `the reply ${JSON.stringify(outcome.value)}` : `an exit with ${String(outcome.reason)}`
}
