// What the rounds found of each server, and what becomes of it: the median of each, and the median of our ratio to bare `ws`.
import type { SocketRow } from '../report/results.js'
import { median, medianRatio, rounded } from './numbers.js'
import type { Kind } from './servers.js'

/** One value a round, by the name of the server. */
export type Samples = ReadonlyMap<string, number[]>

export function noSamples(kinds: readonly Kind[]): Samples {
  return new Map(kinds.map(({ name }) => [name, []]))
}

const middle = (values: readonly number[]): number => rounded(median(values), 3)

export function compared(samples: Samples): Pick<SocketRow, 'gensock' | 'bare' | 'ratio' | 'peers'> {
  const { gensock = [], bare = [], ...peers } = Object.fromEntries(samples)
  return {
    gensock: middle(gensock),
    bare: middle(bare),
    ratio: rounded(medianRatio(gensock, bare), 3),
    peers: Object.fromEntries(Object.entries(peers).map(([name, values]) => [name, middle(values)])),
  }
}
