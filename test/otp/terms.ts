// Erlang's values in JavaScript. Atoms are strings (and true, false), numbers are numbers, pids and refs are the library's;
// tuples, lists, texts and maps are branded and interned, so that equal terms of one run are identical (`===`): they can be
// keys of the process dictionary, or ids. Also the way from terms to JSON; library.ts is the way from and to the library.
import { isPid, isRef, type Pid, type Ref } from '../../src/index.js'
import type { Json } from './scenario.js'

export type Term = string | number | boolean | Pid | Ref | Tuple | List | Text | Dict | Bag | Stack
export type TermEntry = readonly [Term, Term]

/** `{a, b}`. */
export class Tuple {
  readonly id: number
  readonly items: readonly Term[]
  constructor(id: number, items: readonly Term[]) {
    this.id = id
    this.items = items
  }
}
/** `[a, b]`. */
export class List {
  readonly id: number
  readonly items: readonly Term[]
  constructor(id: number, items: readonly Term[]) {
    this.id = id
    this.items = items
  }
}
/** `<<"text">>`. */
export class Text {
  readonly id: number
  readonly text: string
  constructor(id: number, text: string) {
    this.id = id
    this.text = text
  }
}
/** `#{key => value}`. */
export class Dict {
  readonly id: number
  readonly entries: readonly TermEntry[]
  constructor(id: number, entries: readonly TermEntry[]) {
    this.id = id
    this.entries = entries
  }
}
/** Only to be logged: elements whose order does not count. */
export class Bag {
  readonly id: number
  readonly items: readonly Term[]
  constructor(id: number, items: readonly Term[]) {
    this.id = id
    this.items = items
  }
}
/** A stacktrace: the second element of the exit reason of a crash. */
export class Stack {
  readonly id: number
  constructor(id: number) {
    this.id = id
  }
}

/** The node's own name, as outcomes write it. */
export const NODE = '$node'

/** The terms of one run. */
export class Terms {
  readonly #interned = new Map<string, Tuple | List | Text | Dict | Bag>()
  readonly #ids = new Map<object, number>()
  #lastId = 0

  tuple(...items: readonly Term[]): Tuple {
    return this.#intern(`t${this.#keys(items)}`, (id) => new Tuple(id, items))
  }

  list(items: readonly Term[]): List {
    return this.#intern(`l${this.#keys(items)}`, (id) => new List(id, items))
  }

  text(text: string): Text {
    return this.#intern(`s${text}`, (id) => new Text(id, text))
  }

  /** A later entry with the same key wins. */
  dict(given: readonly TermEntry[]): Dict {
    const byKey = new Map(given.map((entry) => [this.#key(entry[0]), entry]))
    const entries = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
    return this.#intern(`m${this.#keys(entries.flat())}`, (id) => new Dict(id, entries))
  }

  /** A stacktrace; each is a value of its own. */
  stack(): Stack {
    return new Stack(++this.#lastId)
  }

  bag(items: readonly Term[]): Bag {
    return this.#intern(`b${this.#keys(items)}`, (id) => new Bag(id, items))
  }

  #intern<T extends Tuple | List | Text | Dict | Bag>(key: string, make: (id: number) => T): T {
    let term = this.#interned.get(key) as T | undefined
    if (term === undefined) {
      term = make(++this.#lastId)
      this.#interned.set(key, term)
    }
    return term
  }

  #keys(items: readonly Term[]): string {
    return items.map((item) => this.#key(item)).join(',')
  }

  #key(term: Term): string {
    if (typeof term === 'string') return JSON.stringify(term)
    if (typeof term !== 'object') return String(term)
    if (isComposite(term)) return `#${term.id}`
    let id = this.#ids.get(term)
    if (id === undefined) {
      id = ++this.#lastId
      this.#ids.set(term, id)
    }
    return `#${id}`
  }
}

/** A registered name as an atom: the library's names are strings, Erlang's `true` and `false` are atoms too. */
export function atomOf(name: string): Term {
  return name === 'true' || name === 'false' ? name === 'true' : name
}

export function isAtom(term: unknown): term is string | boolean {
  return typeof term === 'string' || typeof term === 'boolean'
}

function isComposite(value: object): value is Tuple | List | Text | Dict | Bag | Stack {
  return (
    value instanceof Tuple ||
    value instanceof List ||
    value instanceof Text ||
    value instanceof Dict ||
    value instanceof Bag ||
    value instanceof Stack
  )
}

/** Is this object a term? */
export function isTerm(value: object): value is Exclude<Term, string | number | boolean> {
  return isComposite(value) || isPid(value) || isRef(value)
}

/** Names of processes and references, for JSON. */
export interface Naming {
  processName(pid: Pid): string
  refName(ref: Ref): string
}

/** A term as outcomes write it. */
export function toJson(term: Term, names: Naming): Json {
  if (typeof term !== 'object') return term
  if (term instanceof Text) return { s: term.text }
  if (term instanceof List) return term.items.map((item) => toJson(item, names))
  if (term instanceof Bag) return { set: sortJson(term.items.map((item) => toJson(item, names))) }
  if (term instanceof Dict) {
    const entries = term.entries.map(([key, value]) => [toJson(key, names), toJson(value, names)] as const)
    return { m: entries.sort(([a], [b]) => compareJson(a, b)) }
  }
  if (term instanceof Stack) return '$stack'
  if (term instanceof Tuple) {
    const items = term.items.map((item) => toJson(item, names))
    const [reason = null] = items
    return items.length === 2 && term.items[1] instanceof Stack ? { crash: reason } : { t: items }
  }
  return isPid(term) ? { pid: names.processName(term) } : { ref: names.refName(term) }
}

/** Elements of a set in their order: by their compact JSON text. */
export function sortJson(items: readonly Json[]): Json[] {
  return [...items].sort(compareJson)
}

function compareJson(a: Json, b: Json): number {
  return Buffer.compare(Buffer.from(JSON.stringify(a)), Buffer.from(JSON.stringify(b)))
}
