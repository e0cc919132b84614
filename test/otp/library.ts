// Between the library's values and terms. What the library says (messages, exit reasons, tagged arrays, the `from` of a call)
// becomes a term; a term that the library gave before, or that was handed over to it, is found again. Entered by every room
// that calls the library or is called by it.
import { inspect } from 'node:util'
import {
  type Crash,
  type Down,
  type ExitReason,
  type From,
  isCall,
  isCrash,
  isDown,
  isExit,
  isGroupChange,
  isReply,
  isTimeout,
  type Pid,
} from '../../src/index.js'
import { isCast } from '../../src/behaviours/cast.js'
import { isFrom } from '../../src/runtime/call.js'
import { atomOf, isTerm, NODE, type Stack, type Term, type Terms, Tuple } from './terms.js'

/** The translation of one run. */
export class Library {
  readonly #terms: Terms
  readonly #stacks = new Map<Crash, Stack>()
  /** Arrays and objects that stand for a term on their way through the library. */
  readonly #given = new WeakMap<object, Term>()
  /** The library's values behind the terms that were made of them. */
  readonly #origins = new Map<Term, unknown>()

  constructor(terms: Terms) {
    this.#terms = terms
  }

  /** What the library says, as a term: its arrays are tuples, its objects messages. */
  toTerm(value: unknown): Term {
    if (value === undefined || value === null) return 'undefined'
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
    if (typeof value === 'object') {
      if (isTerm(value)) return value
      const known = this.#given.get(value)
      if (known !== undefined) return known
      if (Array.isArray(value)) return this.#array(value)
      const term = this.#object(value)
      if (term !== undefined) return term
    }
    return this.#terms.tuple('$unknown', this.#terms.text(inspect(value)))
  }

  /** Another value of the library that stands for this term from now on. */
  handOver<T extends object>(value: T, term: Term): T {
    this.#given.set(value, term)
    return value
  }

  /** Makes `term` stand for a value of the library. */
  stands(term: Term, origin: unknown): Term {
    this.#origins.set(term, origin)
    return term
  }

  /** What the library gave as this term, or the term itself. */
  origin(term: Term): unknown {
    return this.#origins.get(term) ?? term
  }

  #array(items: readonly unknown[]): Term {
    const [tag, value] = items
    // OTP's list of the two flags that do not go together; specifications; a number of seconds.
    if (tag === 'bad_combination' && Array.isArray(value))
      return this.#terms.tuple(tag, this.#terms.list(value.map((pair) => this.toTerm(pair))))
    if (tag === 'bad_start_spec') return this.#terms.tuple(tag, SPECS)
    if (tag === 'invalid_period' && typeof value === 'number') return this.#terms.tuple(tag, value / 1000)
    return this.#terms.tuple(...items.map((item) => this.toTerm(item)))
  }

  #object(value: object): Term | undefined {
    const make = (...items: readonly Term[]): Term => this.stands(this.#terms.tuple(...items), value)
    if (isExit(value)) return make('EXIT', value.pid as Pid, this.toTerm(value.reason))
    if (isDown(value)) return this.stands(this.#down(value), value)
    if (isTimeout(value)) return make('timeout', value.ref, this.toTerm(value.message))
    if (isCrash(value)) return this.#terms.tuple(this.toTerm(value.value), this.#stackOf(value))
    if (isFrom(value)) return make((value as From).pid as Pid, (value as From).ref)
    if (isReply(value)) return make(value.ref, this.toTerm(value.reply))
    if (isCall(value)) return make('$gen_call', this.toTerm(value.from), this.toTerm(value.request))
    if (isCast(value)) return make('$gen_cast', this.toTerm(value.request))
    if (isGroupChange(value)) return make(value.ref, value.type, this.toTerm(value.group), this.#terms.list(value.pids))
    if (isChildSpec(value)) return CHILD
    return isIdle(value) ? 'timeout' : undefined
  }

  #down(down: Down): Tuple {
    const object = down.name === undefined ? (down.pid as Pid) : this.#terms.tuple(atomOf(down.name), NODE)
    const tag = down.tag === undefined ? 'DOWN' : this.toTerm(down.tag)
    return this.#terms.tuple(tag, down.ref, 'process', object, this.toTerm(down.reason))
  }

  #stackOf(crash: Crash): Stack {
    let stack = this.#stacks.get(crash)
    if (stack === undefined) {
      stack = this.#terms.stack()
      this.#stacks.set(crash, stack)
    }
    return stack
  }
}

/** A term as an exit reason of the library, for which `{shutdown, X}` is the array `['shutdown', X]`. */
export function toReason(term: Term): ExitReason {
  return (term instanceof Tuple && term.items.length === 2 && term.items[0] === 'shutdown' ? [...term.items] : term) as ExitReason
}

/** Stand in errors of supervisors for their record of a child, and for a list of specifications. */
const CHILD = '$child'
const SPECS = '$specs'
function isChildSpec(value: object): boolean {
  const { id, start } = value as { id?: unknown; start?: unknown }
  return id !== undefined && typeof start === 'function'
}

/** `{ type: 'timeout' }`, what a server hears when it was idle for long enough: in OTP the bare atom. */
function isIdle(value: object): boolean {
  return (value as { type?: unknown }).type === 'timeout'
}
