// Patterns. A `match` or `case` looks at variables as it goes; a `receive` evaluates what stands in its patterns when it starts.
import { evaluate, type Scope } from './expressions.js'
import type { Json } from './scenario.js'
import { List, type Term, Tuple } from './terms.js'

/** Matches a term and puts what it binds into `bound`; true if it matched. What a failed match bound does not count. */
export type Pattern = (term: Term, bound: Map<string, Term>) => boolean

/** Matches now, with the variables of the scope; binds there, and only if all of it matched. */
export function matchNow(pattern: Json, term: Term, scope: Scope): boolean {
  return matchAllNow([pattern], [term], scope)
}

/** As `matchNow` for the arguments of a callback: each pattern on its argument. */
export function matchAllNow(patterns: readonly Json[], terms: readonly Term[], scope: Scope): boolean {
  const bound = new Map<string, Term>()
  const variables = new Map(scope.variables)
  // `{v: x}` after `{bind: x}` in one pattern means the new x.
  const inside: Scope = { terms: scope.terms, variables, processNamed: (name) => scope.processNamed(name) }
  const lazy = (expression: Json): Pattern => {
    return (value, sofar) => {
      for (const [name, new_] of sofar) variables.set(name, new_)
      return evaluate(expression, inside) === value
    }
  }
  if (!all(patterns.map((pattern) => compile(pattern, lazy)))(terms, bound)) return false
  for (const [name, value] of bound) scope.variables.set(name, value)
  return true
}

/** The pattern with all values in it evaluated. */
export function freeze(pattern: Json, scope: Scope): Pattern {
  return compile(pattern, (expression) => {
    const wanted = evaluate(expression, scope)
    return (value) => value === wanted
  })
}

function compile(pattern: Json, leaf: (expression: Json) => Pattern): Pattern {
  if (pattern === '_') return () => true
  if (Array.isArray(pattern)) {
    const items = all(pattern.map((item) => compile(item, leaf)))
    return (value, bound) => value instanceof List && items(value.items, bound)
  }
  if (typeof pattern === 'object' && pattern !== null) {
    const fields = pattern as { readonly t?: readonly Json[]; readonly bind?: string }
    const name = fields.bind
    if (name !== undefined) {
      return (value, bound) => {
        bound.set(name, value)
        return true
      }
    }
    if (fields.t !== undefined) {
      const items = all(fields.t.map((item) => compile(item, leaf)))
      return (value, bound) => value instanceof Tuple && items(value.items, bound)
    }
  }
  return leaf(pattern)
}

function all(patterns: readonly Pattern[]): (terms: readonly Term[], bound: Map<string, Term>) => boolean {
  return (terms, bound) => {
    if (terms.length !== patterns.length) return false
    for (const [index, matches] of patterns.entries()) if (!matches(terms[index] ?? 'undefined', bound)) return false
    return true
  }
}
