// Is what was seen what was expected? The order of keys, and of the elements of sets, does not count.
import { isDeepStrictEqual } from 'node:util'
import type { Seen } from './runner.js'
import type { Json, Outcome, Scenario } from './scenario.js'
import { sortJson } from './terms.js'

/** One scenario whose outcome was another one. */
export interface Difference {
  readonly name: string
  readonly expected: Outcome
  readonly seen: Seen
}

export function compare(scenario: Scenario, seen: Seen): Difference | undefined {
  const { name, expected } = scenario
  if (!('failure' in seen) && isDeepStrictEqual(canonical(seen), canonical(expected))) return undefined
  return { name, expected, seen }
}

/** The parts that count, with sets in order. */
function canonical({ logs, glog, exits, alive }: Outcome): Json {
  return inOrder({ logs, glog: glog ?? [], exits, alive: [...alive].sort() })
}

function inOrder(json: Json): Json {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(inOrder)
  const entries = Object.entries(json).map(([key, value]) => [key, inOrder(value)] as const)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === 'set') return { set: sortJson(first[1] as readonly Json[]) }
  return Object.fromEntries(entries)
}
