// Expressions: terms in which variables, processes and functions may occur anywhere.
import { isRef } from '../../src/index.js'
import { badarg, raise } from './raised.js'
import type { Json } from './scenario.js'
import { List, type Term, type Terms, Tuple } from './terms.js'

/** What an expression may look at. */
export interface Scope {
  readonly terms: Terms
  readonly variables: Map<string, Term>
  /** The process of that name, or `undefined` if none was started yet. */
  processNamed(name: string): Term
}

type Fields = { readonly [key: string]: Json }

/** The value of an expression. */
export function evaluate(expression: Json, scope: Scope): Term {
  if (typeof expression !== 'object') return expression
  if (expression === null) throw new Error('null is no expression')
  if (Array.isArray(expression)) return scope.terms.list(evaluateAll(expression, scope))
  const fields = expression as Fields
  for (const [name, kind] of KINDS) {
    const value = fields[name]
    if (value !== undefined) return kind(value, scope, fields)
  }
  throw new Error(`no expression: ${JSON.stringify(expression)}`)
}

function evaluateAll(expressions: Json, scope: Scope): Term[] {
  return (expressions as readonly Json[]).map((item) => evaluate(item, scope))
}

type Kind = (value: Json, scope: Scope, fields: Fields) => Term

const KINDS: readonly (readonly [string, Kind])[] = Object.entries<Kind>({
  v: (name, scope) => {
    const value = scope.variables.get(name as string)
    return value ?? raise('exit', scope.terms.tuple('oracle_unbound_variable', scope.terms.text(name as string)))
  },
  t: (items, scope) => scope.terms.tuple(...evaluateAll(items, scope)),
  s: (text, scope) => scope.terms.text(text as string),
  m: (entries, scope) =>
    scope.terms.dict((entries as readonly [Json, Json][]).map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)])),
  set: (items, scope) => scope.terms.bag(itemsOf(evaluate(items, scope))),
  proc: (name, scope) => scope.processNamed(name as string),
  fn: (name, scope, fields) => {
    const run = FUNCTIONS[name as string]
    if (run === undefined) throw new Error(`no function ${JSON.stringify(name)}`)
    return run(evaluateAll(fields['args'] ?? [], scope), scope.terms)
  },
})

const FUNCTIONS: Readonly<Record<string, (args: readonly Term[], terms: Terms) => Term>> = {
  add: ([a, b]) => number(a) + number(b),
  sub: ([a, b]) => number(a) - number(b),
  append: ([list, ...element], terms) => terms.list([...itemsOf(list), ...element]),
  length: ([list]) => itemsOf(list).length,
  hd: ([list]) => itemsOf(list)[0] ?? badarg(),
  tl: ([list], terms) => (itemsOf(list).length === 0 ? badarg() : terms.list(itemsOf(list).slice(1))),
  element: ([index, tuple]) => (tuple instanceof Tuple && isInteger(index) ? (tuple.items[index - 1] ?? badarg()) : badarg()),
  eq: ([a, b]) => a === b,
  between: ([x, low, high]) => isInteger(x) && atLeast(x, low) && atMost(x, high),
  is_ref: ([x]) => isRef(x),
  is_integer: ([x]) => isInteger(x),
}

function isInteger(term: Term | undefined): term is number {
  return Number.isInteger(term)
}

function number(term: Term | undefined): number {
  return typeof term === 'number' ? term : raise('error', 'badarith')
}

function itemsOf(term: Term | undefined): readonly Term[] {
  return term instanceof List ? term.items : badarg()
}

// Erlang's order of terms: every number is smaller than everything else, `infinity` included.
function atLeast(x: number, low: Term | undefined): boolean {
  return typeof low === 'number' && x >= low
}

function atMost(x: number, high: Term | undefined): boolean {
  return typeof high !== 'number' || x <= high
}
