// Medians, ratios and minima over rounds.

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** The median of the ratios of each round: what slows one round down slows both sides of it down. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

/** The least value of each name over all rounds. */
export function leastOf(rounds: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const least = new Map<string, number>()
  for (const round of rounds)
    for (const [name, value] of round) least.set(name, Math.min(value, least.get(name) ?? Number.POSITIVE_INFINITY))
  return least
}

/** The value below which this part of them lies (0.99: the 99th percentile); NaN of nothing. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

export function rounded(value: number, places: number): number {
  return Number(value.toFixed(places))
}
