// The growth programs as a plot: cost of one operation against size, both axes logarithmic, so that a line which stays level is
// a cost that stays, and the same factor is the same height everywhere. gensock is drawn solid, the BEAM dashed.
import type { GrowthRow } from './results.js'
import { figure, thousands } from './table.js'

interface Area {
  readonly x: (size: number) => number
  readonly y: (ns: number) => number
}
type Side = 'gensock' | 'beam'
const [WIDTH, HEIGHT] = [820, 440]
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 600, 20, 380]
/** Told apart by people who see colours otherwise too; the second one of each pair is for dark pages. */
const COLOURS = [
  ['#0072b2', '#56b4e9'],
  ['#b35900', '#ffa94d'],
  ['#007a59', '#2fd0a0'],
  ['#a8487f', '#f09bcb'],
  ['#6b5b00', '#e6d24a'],
  ['#5b5bd6', '#a9a9ff'],
] as const

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

function colours(which: 0 | 1): string {
  return COLOURS.map((pair, i) => `.c${i}{stroke:${pair[which]}}.c${i} .gensock{fill:${pair[which]}}`).join('')
}
function page(back: string, text: string, grid: string): string {
  return `.back,.beam{fill:${back}}text{fill:${text}}.key{stroke:${text}}.grid{stroke:${grid}}`
}
/** For light pages, and for dark ones. */
function style(): string {
  const all = 'text{font:13px sans-serif;stroke:none}.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 4}'
  const light = `${page('#ffffff', '#1f2328', '#d1d9e0')}${colours(0)}`
  const dark = `${page('#0d1117', '#e6edf3', '#3d444d')}${colours(1)}`
  return `<style>${all}${light}@media(prefers-color-scheme:dark){${dark}}</style>`
}

/** 1, 2 and 5 times the powers of ten, from the last one below `low` to the first one above `high`. */
export function ticks(low: number, high: number): number[] {
  const all = Array.from({ length: 36 }, (_, i) => [1, 2, 5][i % 3]! * 10 ** (Math.floor(i / 3) - 1))
  const first = all.findLastIndex((tick) => tick <= low)
  const last = all.findIndex((tick) => tick >= high)
  return all.slice(Math.max(0, first), last === -1 ? all.length : Math.max(last, first + 1) + 1)
}

function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const width = Math.log(high / low) || 1
  return (value) => Math.round((from + ((to - from) * Math.log(value / low)) / width) * 10) / 10
}

function text(x: number, y: number, anchor: string, words: string, more = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${more}>${words}</text>`
}

function axes({ x, y }: Area, sizes: readonly number[], costs: readonly number[]): string[] {
  const [centre, middle] = [(LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2]
  return [
    ...costs.map((ns) => `<path class="grid" d="M${LEFT} ${y(ns)}H${RIGHT}"/>${text(LEFT - 8, y(ns) + 4, 'end', label(ns))}`),
    ...sizes.map((size) => text(x(size), BOTTOM + 20, 'middle', thousands(size))),
    text(centre, BOTTOM + 45, 'middle', 'processes, waiting messages or pending timers'),
    text(18, middle, 'middle', 'ns per message or timer', ` transform="rotate(-90 18 ${middle})"`),
  ]
}
const label = (ns: number): string => (ns < 1 ? String(ns) : thousands(ns))

function point(program: string, side: Side, size: number, ns: number, [x, y]: readonly [number, number]): string {
  const title = escaped(`${program}, ${side === 'beam' ? 'BEAM' : side}, ${thousands(size)}: ${figure(ns)} ns`)
  return `<circle class="${side}" cx="${x}" cy="${y}" r="4"><title>${title}</title></circle>`
}

function line({ x, y }: Area, { program, sizes }: GrowthRow, side: Side, costs: readonly number[]): string {
  const at = sizes.map((size, i) => [x(size), y(costs[i] as number)] as const)
  const points = at.map((place, i) => point(program, side, sizes[i] as number, costs[i] as number, place))
  const classes = side === 'beam' ? 'line dashed' : 'line'
  return `<polyline class="${classes}" points="${at.map((place) => place.join(',')).join(' ')}"/>${points.join('')}`
}

function series(area: Area, row: GrowthRow, index: number): string {
  const beam = row.beam === null ? '' : line(area, row, 'beam', row.beam)
  return `<g class="c${index % COLOURS.length}">${beam}${line(area, row, 'gensock', row.gensock)}</g>`
}

function legend(rows: readonly GrowthRow[]): string[] {
  const [x, step] = [RIGHT + 20, 22]
  const entry = (i: number, classes: string, dashed: boolean, text: string): string => {
    const y = TOP + 10 + i * step
    const key = `<path class="line${dashed ? ' dashed' : ''}" d="M${x} ${y}H${x + 28}"/>`
    return `<g class="${classes}">${key}<text x="${x + 36}" y="${y + 4}">${escaped(text)}</text></g>`
  }
  const programs = rows.map(({ program }, i) => entry(i, `c${i % COLOURS.length}`, false, program))
  const sides = [entry(rows.length + 1, 'key', false, 'gensock')]
  if (rows.some(({ beam }) => beam !== null)) sides.push(entry(rows.length + 2, 'key', true, 'BEAM'))
  return [...programs, ...sides]
}

/** The whole picture; an empty list gives empty axes. */
export function costBySize(rows: readonly GrowthRow[]): string {
  const sizes = [...new Set(rows.flatMap((row) => row.sizes))].sort((a, b) => a - b)
  const all = rows.flatMap(({ gensock, beam }) => [...gensock, ...(beam ?? [])])
  const costs = ticks(Math.min(...all, 1e4), Math.max(...all, 1e-1))
  const area: Area = {
    x: scale(sizes[0] ?? 1, sizes.at(-1) ?? 10, LEFT + 20, RIGHT - 20),
    y: scale(costs[0] as number, costs.at(-1) as number, BOTTOM, TOP),
  }
  const box = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="What one operation costs, by size">`,
    style(),
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    ...axes(area, sizes, costs),
    ...rows.map((row, i) => series(area, row, i)),
    ...legend(rows),
    '</svg>',
  ].join('\n')}\n`
}
