// The soak as a picture: some panels above each other with one axis of time, the rests between the waves shaded. Pure.
// Entered by main.
import type { Mark, Sample } from './sample.js'

/** One line of a panel. */
interface Line {
  readonly name: string
  readonly of: (sample: Sample) => number
  /** Only where the heap was collected. */
  readonly collected?: boolean
  /** Only at the rests, with a dot for each. */
  readonly rests?: boolean
}
interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
}
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, count) => all + count, 0)
const PANELS: readonly Panel[] = [
  {
    title: 'memory of the server, MB',
    lines: [
      { name: 'rss', of: ({ rssBytes }) => rssBytes / 1e6 },
      { name: 'buffers', of: ({ bufferBytes }) => bufferBytes / 1e6 },
    ],
  },
  {
    title: 'heap, MB',
    lines: [
      { name: 'heap, collected', of: ({ heapBytes }) => heapBytes / 1e6, collected: true },
      { name: 'heap at rest', of: ({ heapBytes }) => heapBytes / 1e6, rests: true },
    ],
  },
  {
    title: 'sockets and processes',
    lines: [
      { name: 'processes', of: ({ processes }) => processes },
      { name: 'sockets', of: ({ open }) => open },
      { name: 'processes at rest', of: ({ processes }) => processes, rests: true },
    ],
  },
  {
    title: 'timers and handles',
    lines: [
      { name: 'timers', of: ({ timers }) => timers },
      { name: 'handles', of: ({ handles }) => sum(handles) },
      { name: 'timers at rest', of: ({ timers }) => timers, rests: true },
    ],
  },
  {
    title: 'listeners',
    lines: [
      { name: 'on connections', of: ({ connectionListeners }) => connectionListeners },
      { name: 'server, process', of: ({ listeners }) => sum(listeners) },
      { name: 'connections, rest', of: ({ connectionListeners }) => connectionListeners, rests: true },
    ],
  },
  {
    title: 'delay of the event loop, ms',
    lines: [
      { name: 'longest', of: ({ delayMax }) => delayMax },
      { name: '99 %', of: ({ delayP99 }) => delayP99 },
    ],
  },
]

const [WIDTH, LEFT, RIGHT] = [820, 64, 660]
const [TOP, PANEL, GAP] = [34, 96, 40]
const HEIGHT = TOP + PANELS.length * (PANEL + GAP) + 22
/** Told apart by people who see colours otherwise too; the second one of each pair is for dark pages. */
const COLOURS = [
  ['#0072b2', '#56b4e9'],
  ['#b35900', '#ffa94d'],
  ['#007a59', '#2fd0a0'],
] as const

function style(): string {
  const all = 'text{font:13px sans-serif;stroke:none}.title{font-weight:bold}.line{fill:none;stroke-width:1.5}'
  const page = (back: string, text: string, grid: string, rest: string, which: 0 | 1): string =>
    `.back{fill:${back}}text{fill:${text}}.grid{stroke:${grid}}.rest{fill:${rest}}` +
    COLOURS.map((pair, i) => `.c${i}{stroke:${pair[which]}}.c${i} circle{fill:${pair[which]}}`).join('')
  const light = page('#ffffff', '#1f2328', '#d1d9e0', '#eef1f4', 0)
  return `<style>${all}${light}@media(prefers-color-scheme:dark){${page('#0d1117', '#e6edf3', '#3d444d', '#1b222b', 1)}}</style>`
}

const rounded = (value: number): number => Math.round(value * 10) / 10
function text(x: number, y: number, anchor: string, words: string, more = ''): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}"${more}>${words}</text>`
}

/** A round number of steps, each 1, 2 or 5 times a power of ten, that reach `highest`. */
export function steps(highest: number): number[] {
  const rough = Math.max(highest, 1e-9) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough) as number) * power
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)))
}

type Across = (at: number) => number

/** From the last look of a wave to the first of the next one. */
function rests(marks: readonly Mark[], across: Across, [top, bottom]: readonly [number, number]): string[] {
  return marks.flatMap(({ phase, sample }, i) => {
    const [before, after] = [marks[i - 1]?.sample.at ?? sample.at, marks[i + 1]?.sample.at ?? sample.at]
    if (phase === 'load') return []
    const [from, to] = [across(before), across(after)]
    return [`<rect class="rest" x="${from}" y="${top}" width="${rounded(Math.max(1, to - from))}" height="${bottom - top}"/>`]
  })
}

function chosen({ collected, rests: atRest }: Line, marks: readonly Mark[]): Mark[] {
  return marks.filter(({ phase, sample }) => (atRest !== true || phase !== 'load') && (collected !== true || sample.collected))
}
function drawn(line: Line, marks: readonly Mark[], across: Across, up: Across): string {
  const points = chosen(line, marks).map(({ sample }) => [across(sample.at), up(line.of(sample))] as const)
  const path = `<polyline class="line" points="${points.map((point) => point.join(',')).join(' ')}"/>`
  if (line.rests !== true) return path
  return path + points.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="${points.length > 20 ? 2 : 3}"/>`).join('')
}

function panel({ title, lines }: Panel, index: number, marks: readonly Mark[], across: Across): string {
  const top = TOP + index * (PANEL + GAP)
  const bottom = top + PANEL
  const values = lines.flatMap((line) => chosen(line, marks).map(({ sample }) => line.of(sample)))
  const marked = steps(Math.max(1, ...values))
  const highest = marked.at(-1) as number
  const up: Across = (value) => rounded(bottom - (PANEL * value) / highest)
  const parts = [
    ...rests(marks, across, [top, bottom]),
    ...marked.map((value) => `<path class="grid" d="M${LEFT} ${up(value)}H${RIGHT}"/>`),
    ...marked.map((value) => text(LEFT - 8, up(value) + 4, 'end', value.toLocaleString('en').replaceAll(',', ' '))),
    text(LEFT, top - 10, 'start', title, ' class="title"'),
    ...lines.map((line, i) => `<g class="c${i}">${drawn(line, marks, across, up)}${key(line, top + 10 + i * 22)}</g>`),
  ]
  return parts.join('\n')
}
function key({ name }: Line, y: number): string {
  return `<path class="line" d="M${RIGHT + 16} ${y}h20"/>${text(RIGHT + 42, y + 4, 'start', name)}`
}

/** The whole picture, from the moment when the server is warm. */
export function picture(all: readonly Mark[]): string {
  const marks = all.filter(({ phase }) => phase !== 'cold')
  const [first, last] = [marks[0]?.sample.at ?? 0, marks.at(-1)?.sample.at ?? 1]
  const seconds = Math.max(1, (last - first) / 1000)
  const across: Across = (at) => rounded(LEFT + ((RIGHT - LEFT) * (at - first)) / 1000 / seconds)
  const inMinutes = seconds > 180
  const unit = inMinutes ? 60 : 1
  const times = steps(seconds / unit).filter((time) => time * unit <= seconds)
  const low = HEIGHT - 34
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" ` +
      'aria-label="Memory, sockets, processes, timers, handles, listeners and delay of a server under a load that comes and goes">',
    style(),
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    ...PANELS.map((one, i) => panel(one, i, marks, across)),
    ...times.map((time) => text(across(first + time * unit * 1000), low, 'middle', String(time))),
    text((LEFT + RIGHT) / 2, low + 20, 'middle', `${inMinutes ? 'minutes' : 'seconds'}; shaded: no load, at rest`),
    '</svg>',
  ].join('\n')}\n`
}
