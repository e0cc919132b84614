// What the looks at a server say: did everything come back to its start level? Pure. Entered by run, while it waits for a
// rest, and by main.
import type { Counts, LoadReport, Mark, Sample } from './sample.js'

/** What is exact: each of them has to be at its start level again. */
const EXACT = ['processes', 'timers', 'names', 'groups', 'open', 'connections', 'connectionListeners'] as const
/** Kinds of resources that come and go within a turn of the event loop, whatever a server does. */
const MOMENTARY: ReadonlySet<string> = new Set(['Immediate', 'TickObject'])

/**
 * So much more than at the start, when the server is warm, may be in the heap at the end: code that is compiled late, and
 * what Node keeps for the next connection. In a minute 10 000 sockets come and go: it is 300 bytes for each, and one that is
 * kept costs 8 000.
 */
export const HEAP_BYTES = 3_000_000
export const BUFFER_BYTES = 1_000_000

/** Differences between two tables of counts, as lines. */
function grown(what: string, before: Counts, after: Counts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => {
    const [from, to] = [before[name] ?? 0, after[name] ?? 0]
    return from === to || MOMENTARY.has(name) ? [] : [`${what} ${name}: ${from} at the start, ${to} at the end`]
  })
}
/** Everything that is counted and is not as it was, as lines. */
export function leftOvers(start: Sample, end: Sample): string[] {
  return [
    ...EXACT.flatMap((key) => (start[key] === end[key] ? [] : [`${key}: ${start[key]} at the start, ${end[key]} at the end`])),
    ...grown('handles', start.handles, end.handles),
    ...grown('listeners', start.listeners, end.listeners),
  ]
}
export function isAtRest(start: Sample, now: Sample): boolean {
  return leftOvers(start, now).length === 0
}

/** Theil-Sen: the median of the slopes between all pairs of points. A few that lie far off do not move it. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x1, y1], i) => points.slice(i + 1).map(([x2, y2]) => (y2 - y1) / (x2 - x1)))
  slopes.sort((a, b) => a - b)
  const middle = Math.floor(slopes.length / 2)
  if (slopes.length === 0) return 0
  return slopes.length % 2 === 1 ? (slopes[middle] as number) : ((slopes[middle - 1] as number) + (slopes[middle] as number)) / 2
}

export interface Trend {
  /** Between the start and the end, by the slope of all rests. */
  readonly grownBytes: number
  readonly bytesPerMinute: number
}
/** Of the heap, at the rests, where nothing of the load is left: under the load it follows the connections. */
export function trend(marks: readonly Mark[]): Trend {
  const points = marks
    .filter(({ phase }) => phase !== 'load' && phase !== 'cold')
    .map(({ sample }) => [sample.at, sample.heapBytes] as const)
  const perMs = slope(points)
  const ms = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)
  return { grownBytes: Math.round(perMs * ms), bytesPerMinute: Math.round(perMs * 60_000) }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

function heapLines(marks: readonly Mark[], start: Sample, end: Sample): string[] {
  const lines: string[] = []
  const { grownBytes } = trend(marks)
  // The end alone may have been looked at in a bad moment, the trend alone may come from one: a leak shows in both.
  const last = end.heapBytes - start.heapBytes
  if (Math.min(last, grownBytes) > HEAP_BYTES)
    lines.push(`heap: ${megabytes(start.heapBytes)} at the start, ${megabytes(end.heapBytes)} at the end`)
  if (end.bufferBytes - start.bufferBytes > BUFFER_BYTES)
    lines.push(`buffers: ${megabytes(start.bufferBytes)} at the start, ${megabytes(end.bufferBytes)} at the end`)
  return lines
}

/** RFC 6455 section 7.4.1: a broken rule, and data that is not what it says. The peers of this load keep the rules. */
const BROKEN_RULES = ['1002', '1003', '1007', '1009', '1010']
function ruleLines({ closed, broken }: Sample): string[] {
  const count = BROKEN_RULES.reduce((sum, code) => sum + (closed[code] ?? 0), 0)
  const where = Object.entries(broken).map(([what, times]) => `${what}: ${times}`)
  return count === 0 ? [] : [`closes: ${count} for broken rules (${where.join(', ')})`]
}

function loadLines({ kinds, losses }: LoadReport): string[] {
  const lines = Object.entries(kinds).flatMap(([kind, { sent, answered, unanswered, lost }]) => {
    if (lost > 0) return [`answers: ${lost} of "${kind}" were lost`]
    return sent === answered + unanswered ? [] : [`answers: "${kind}" sent ${sent}, got ${answered}, ${unanswered} were cut`]
  })
  return [...lines, ...losses.map((loss) => `  ${loss}`)]
}

/** What did not come back, or was lost; empty if all is well. */
export function verdict(marks: readonly Mark[], load: LoadReport, errors: string): string[] {
  const cold = marks.find(({ phase }) => phase === 'cold')?.sample
  const start = marks.find(({ phase }) => phase === 'start')?.sample
  const end = marks.find(({ phase }) => phase === 'end')?.sample
  if (cold === undefined || start === undefined || end === undefined) return ['there is no start, or no end']
  const printed = errors === '' ? [] : [`stderr: ${errors.trim().split('\n', 1)[0] ?? ''}`]
  return [...leftOvers(cold, end), ...heapLines(marks, start, end), ...ruleLines(end), ...loadLines(load), ...printed]
}
