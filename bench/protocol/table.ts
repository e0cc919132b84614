// Samples as a table of markdown: the least of each, for whatever else runs can only add to it, and the median of the ratios of each
// round. Pure. Entered by bench/protocol.ts and the programs beside this one.

/** Kind of message -> for each way its samples, in the order of the rounds. */
export type Costs = Map<string, readonly (readonly number[])[]>

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
}

/** Round by round: what disturbed the one disturbed the other. */
export function ratio(values: readonly number[], yardstick: readonly number[]): number {
  return median(values.map((value, i) => value / (yardstick[i] as number)))
}

const NS = new Intl.NumberFormat('fr', { maximumFractionDigits: 0 })
export const whole = (n: number): string => NS.format(n).replaceAll(/\s/g, ' ')

/** Of each kind two columns: nanoseconds and ratio. */
export function markdown(names: readonly string[], yardstick: number, costs: Costs): string {
  const kinds = [...costs.keys()]
  const head = ['handler', ...kinds.flatMap((kind) => [`${kind}, ns`, 'ratio'])]
  const rows = names.map((name, way) => [
    name,
    ...kinds.flatMap((kind) => {
      const samples = costs.get(kind) as readonly (readonly number[])[]
      const own = samples[way] as readonly number[]
      return [whole(Math.min(...own)), ratio(own, samples[yardstick] as readonly number[]).toFixed(2)]
    }),
  ])
  return table(head, rows)
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
