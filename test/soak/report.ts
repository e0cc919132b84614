// The soak in words and tables: Markdown for people, JSON for programs. Pure. Entered by main.
import type { Soak } from './run.js'
import type { Counts, KindCounts, Sample } from './sample.js'
import { BUFFER_BYTES, HEAP_BYTES, trend, verdict } from './verdict.js'

const thousands = (value: number): string => Math.round(value).toLocaleString('en').replaceAll(',', ' ')
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
const sum = (counts: Counts): number => Object.values(counts).reduce((all, count) => all + count, 0)

/** What was measured, in the order of the table. */
const ROWS: readonly (readonly [name: string, of: (sample: Sample) => number, show: (value: number) => string])[] = [
  ['heap after a collection, MB', ({ heapBytes }) => heapBytes, megabytes],
  ['buffers, MB', ({ bufferBytes }) => bufferBytes, megabytes],
  ['rss, MB', ({ rssBytes }) => rssBytes, megabytes],
  ['handles', ({ handles }) => sum(handles), thousands],
  ['processes', ({ processes }) => processes, thousands],
  ['timers', ({ timers }) => timers, thousands],
  ['names', ({ names }) => names, thousands],
  ['groups', ({ groups }) => groups, thousands],
  ['sockets', ({ open }) => open, thousands],
  ['TCP connections', ({ connections }) => connections, thousands],
  ['listeners on connections', ({ connectionListeners }) => connectionListeners, thousands],
  ['listeners of server and process', ({ listeners }) => sum(listeners), thousands],
]
function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

function levels({ marks }: Soak): string[] {
  const at = (phase: string): Sample => marks.find((mark) => mark.phase === phase)?.sample as Sample
  const [cold, start, end] = [at('cold'), at('start'), at('end')]
  const load = marks.filter(({ phase }) => phase === 'load').map(({ sample }) => sample)
  const most = (name: string, of: (sample: Sample) => number): number =>
    Math.max(0, ...load.filter(({ collected }) => collected || !name.startsWith('heap')).map(of))
  return [
    row(['', 'cold', 'warm', 'most under load', 'end']),
    row(['---', '---:', '---:', '---:', '---:']),
    ...ROWS.map(([name, of, show]) => row([name, show(of(cold)), show(of(start)), show(most(name, of)), show(of(end))])),
  ]
}
function kinds({ load }: Soak): string[] {
  const cells = ({ connections, cut, sent, answered, unanswered, lost }: KindCounts): string[] =>
    [connections, cut, sent, answered, unanswered, lost].map(thousands)
  const all = Object.values(load.kinds)
  const keys = ['connections', 'cut', 'sent', 'answered', 'unanswered', 'lost'] as const
  const total = Object.fromEntries(keys.map((key) => [key, all.reduce((so, counts) => so + counts[key], 0)]))
  return [
    row(['kind', 'connections', 'cut on purpose', 'messages', 'answered', 'cut before the answer', 'lost']),
    row(['---', ...Array.from({ length: 6 }, () => '---:')]),
    ...Object.entries(load.kinds).map(([kind, counts]) => row([kind, ...cells(counts)])),
    row(['**all**', ...cells(total as unknown as KindCounts)]),
  ]
}
function inWords(counts: Counts): string {
  const all = Object.entries(counts).map(([name, count]) => `${name}: ${thousands(count)}`)
  return all.length === 0 ? 'none' : all.join(', ')
}
function delays({ marks }: Soak): string {
  const load = marks.filter(({ phase }) => phase === 'load').map(({ sample }) => sample)
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const p50 = middle(load.map(({ delayP50 }) => delayP50))
  const p99 = middle(load.map(({ delayP99 }) => delayP99))
  const longest = Math.max(0, ...load.map(({ delayMax }) => delayMax))
  // The monitor looks each 10 ms, so that much of a figure is the monitor's own.
  const middles = `median of the seconds: 50 % ${p50.toFixed(1)} ms, 99 % ${p99.toFixed(1)} ms`
  return `${middles}; the longest ${longest.toFixed(0)} ms (10 ms are the monitor's)`
}

const WELL = 'Everything came back to its start level, and no answer was lost.'
/** For people. */
export function markdown(soak: Soak): string {
  const wrong = verdict(soak.marks, soak.load, soak.errors)
  const { grownBytes, bytesPerMinute } = trend(soak.marks)
  const end = soak.marks.at(-1)?.sample as Sample
  const lines = [
    `# Soak of ${new Date(end.at).toISOString().slice(0, 10)}`,
    '',
    `${(soak.seconds / 60).toFixed(1)} minutes of load, Node ${soak.node}. ${wrong.length === 0 ? WELL : 'NOT well:'}`,
    ...wrong.map((line) => `- ${line}`),
    '',
    ...levels(soak),
    '',
    ...kinds(soak),
    '',
    `- Heap at the rests: ${grownBytes < 0 ? '-' : '+'}${megabytes(Math.abs(grownBytes))} MB by its trend, ` +
      `${thousands(bytesPerMinute / 1000)} KB a minute; allowed are ${megabytes(HEAP_BYTES)} MB, of buffers ${megabytes(BUFFER_BYTES)} MB`,
    `- Delay of the event loop: ${delays(soak)}`,
    `- Handshakes answered with 101: ${thousands(end.opened)}; callbacks that crashed: ${thousands(end.crashed)}; ` +
      `crash reports: ${thousands(end.reports)}; frames that slow peers did not get: ${thousands(end.dropped)}`,
    `- Closes by code: ${inWords(end.closed)}; refused: ${inWords(end.refused)}; ended for a broken rule: ${inWords(end.broken)}`,
    `- Supervised servers: ${thousands(end.killed)} were killed, ${thousands(end.restarted)} started again`,
  ]
  return `${lines.join('\n')}\n`
}
/** For programs. */
export function json(soak: Soak): string {
  const { marks, load, errors, node, seconds } = soak
  const facts = { node, seconds, verdict: verdict(marks, load, errors), trend: trend(marks), load, marks }
  return `${JSON.stringify(facts)}\n`
}
