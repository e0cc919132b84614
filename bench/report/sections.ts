// The parts of the results as headings, tables and lines of words: the same ones for the terminal and for README.md.
import { actorMark, floodMark, growthMark, socketMark } from './goals.js'
import type { ActorRow, Flood, GrowthRow, Results, SocketRow } from './results.js'
import { figure, ratio, type Table, thousands } from './table.js'

export interface Section {
  readonly title: string
  readonly words: string
  readonly table?: Table
}

/** All names that the rows have in this field, in order of appearance. */
function namesIn(records: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))]
}

function socketGoal({ unit, goal }: SocketRow): string {
  return unit === 'bytes' ? `≤ bare + ${thousands(goal)}` : `≤ ${ratio(goal)}`
}

/** Of bytes the difference counts. */
function socketRatio({ unit, gensock, bare, ratio: times }: SocketRow): string {
  return unit === 'bytes' ? `bare ${gensock < bare ? '-' : '+'} ${thousands(Math.abs(gensock - bare))}` : ratio(times)
}

function socketTable(rows: readonly SocketRow[]): Table {
  const peers = namesIn(rows.map(({ peers }) => peers))
  const recorded = namesIn(rows.map(({ recorded }) => recorded))
  const cells = (row: SocketRow): string[] => [
    row.unit === 'bytes' ? `${row.what} (bytes)` : row.what,
    figure(row.gensock),
    figure(row.bare),
    socketRatio(row),
    socketGoal(row),
    socketMark(row),
    ...peers.map((name) => figure(row.peers[name])),
    ...recorded.map((name) => ratio(row.recorded[name] ?? null)),
  ]
  const elsewhere = recorded.map((name) => `${name} / bare*`)
  const head = ['load', 'gensock', 'bare ws', 'ratio', 'goal', 'goal is', ...peers, ...elsewhere]
  return { texts: 1, head, rows: rows.map(cells) }
}

function actorGoal({ unit, goal }: ActorRow): string {
  if (goal === null) return '–'
  return unit === 'bytes' ? `≤ ${thousands(goal)} bytes` : `≤ ${ratio(goal)}`
}

function actorTable(rows: readonly ActorRow[]): Table {
  const peers = namesIn(rows.map(({ peers }) => peers))
  const cells = (row: ActorRow): string[] => [
    row.program,
    row.unit === 'bytes' ? `${row.what} (bytes)` : row.what,
    figure(row.gensock),
    figure(row.beam),
    ratio(row.ratio),
    actorGoal(row),
    actorMark(row),
    ...peers.map((name) => figure(row.peers[name])),
  ]
  const head = ['program', 'one operation', 'gensock', 'BEAM', 'ratio', 'goal', 'goal is', ...peers]
  return { texts: 2, head, rows: rows.map(cells) }
}

function growthCells(row: GrowthRow): string[] {
  return [
    row.program,
    row.what,
    row.sizes.map((size) => thousands(size)).join(' / '),
    row.gensock.map((ns) => figure(ns)).join(' / '),
    row.beam?.map((ns) => figure(ns)).join(' / ') ?? '–',
    ratio(row.ratio),
    `≤ ${ratio(row.goal)}`,
    growthMark(row),
  ]
}

function growthTable(rows: readonly GrowthRow[]): Table {
  const head = ['program', 'one operation', 'sizes', 'gensock', 'BEAM', 'ratio', 'goal', 'goal is']
  return { texts: 2, head, rows: rows.map(growthCells) }
}

function floodWords(flood: Flood): string {
  const { p50Ms, p99Ms, goalMs } = flood
  const goal = `the goal, p99 < ${goalMs} ms, is ${floodMark(flood)}`
  return (
    'Round trip of one message at a time, while another socket of the server keeps 4 096 messages in flight: ' +
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms; ${goal}.`
  )
}

/** What the machine is, and when it was. */
export function taken({ taken, rounds, machine }: Results): string {
  const { cpu, cores, os, node, ws, otp } = machine
  const times = rounds === 1 ? 'one round' : `${rounds} rounds`
  const on = [cpu, `${cores} cores`, os, `Node ${node}`, `ws ${ws}`, otp === null ? 'no Erlang' : `OTP ${otp}`]
  return `Taken ${taken}, ${times}, on ${on.join(', ')}.`
}

/** Those parts that there are results of. */
export function sections({ sockets, actors, growth, flood }: Results): Section[] {
  const found: Section[] = []
  if (sockets.length > 0)
    found.push({
      title: 'Sockets',
      words: 'CPU microseconds of the server per message, per delivery for 1 to 1 000. * = measured once, elsewhere.',
      table: socketTable(sockets),
    })
  if (actors.length > 0)
    found.push({
      title: 'Actor programs',
      words: 'Nanoseconds per operation; the ratio is gensock to the BEAM with one scheduler.',
      table: actorTable(actors),
    })
  if (growth.length > 0)
    found.push({
      title: 'How cost grows',
      words: 'Nanoseconds per operation at each size; the ratio is the dearest size to the cheapest.',
      table: growthTable(growth),
    })
  if (flood !== null) found.push({ title: 'Under a flood', words: floodWords(flood) })
  return found
}
