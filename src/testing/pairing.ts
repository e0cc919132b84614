// Who gets whom, when some fit several: as many pairs as possible, each with one of its own. Pure; entered by expectations and
// pattern.

/**
 * Of each, the index of the one that it gets out of those that are `possible` for it, by augmenting paths; -1 where none is left.
 * @internal
 */
export function pairOff(possible: readonly (readonly number[])[]): number[] {
  const holder = new Map<number, number>()
  const place = (one: number, tried: Set<number>): boolean => {
    for (const index of possible[one] ?? []) {
      if (tried.has(index)) continue
      tried.add(index)
      const other = holder.get(index)
      if (other !== undefined && !place(other, tried)) continue
      holder.set(index, one)
      return true
    }
    return false
  }
  for (const one of possible.keys()) place(one, new Set())
  const pairing: number[] = possible.map(() => -1)
  for (const [index, one] of holder) pairing[one] = index
  return pairing
}
