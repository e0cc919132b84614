// What an instruction takes where Erlang wants a pid, a reference, an atom: anything else is `badarg`.
import { isPid, isRef, type Pid, type Ref } from '../../src/index.js'
import { badarg } from './raised.js'
import { isAtom, List, NODE, type Term, Tuple } from './terms.js'

export function pidOf(term: Term): Pid {
  return isPid(term) ? term : badarg()
}

export function refOf(term: Term): Ref {
  return isRef(term) ? term : badarg()
}

/** An atom as a registered name: the library's names are strings, Erlang's `true` and `false` are atoms too. */
export function nameOf(term: Term): string {
  return isAtom(term) ? String(term) : badarg()
}

/** Is it `{Name, Node}`? */
export function isRemoteName(term: Term): term is Tuple {
  return term instanceof Tuple && term.items.length === 2 && term.items.every(isAtom)
}

/** The name in `{Name, Node}`; undefined for one of another node. */
export function localNameOf(term: Tuple): string | undefined {
  const [name, node] = term.items
  return node === NODE && isAtom(name) ? String(name) : undefined
}

/** A list of options, each of them one of `known`. */
export function optionsOf(term: Term, known: readonly string[]): readonly string[] {
  if (!(term instanceof List) || !term.items.every((item) => known.includes(item as string))) return badarg()
  return term.items as readonly string[]
}
