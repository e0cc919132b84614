// What is made of results: tables, the marked part of the README, results.json and the plot.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { costBySize, ticks } from '../../bench/report/plot.js'
import { withResults } from '../../bench/report/readme.js'
import { type Results, toJson, withEarlier } from '../../bench/report/results.js'
import { asMarkdown, asText, figure } from '../../bench/report/table.js'
import { terminalText } from '../../bench/report/terminal.js'
import { RESULTS } from './fixture.js'

describe('a table', () => {
  const table = {
    texts: 2,
    head: ['name', 'what', 'ns'],
    rows: [
      ['a', 'one | two', '1 000'],
      ['longer', 'three', '5'],
    ],
  }

  test('as text is aligned and shows the first of its columns of words', () => {
    expect(asText(table)).toBe('name       ns\na       1 000\nlonger      5')
  })

  test('as Markdown shows all of them, figures to the right', () => {
    expect(asMarkdown(table)).toBe(
      '| name | what | ns |\n| --- | --- | ---: |\n| a | one \\| two | 1 000 |\n| longer | three | 5 |',
    )
  })

  test.each([
    [1234567.8, '1 234 568'],
    [100, '100'],
    [99.94, '99.9'],
    [10, '10.0'],
    [9.876, '9.88'],
    [0, '0.00'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ])('shows %p as %s', (value, shown) => {
    expect(figure(value)).toBe(shown)
  })
})

test('the terminal shows every row with its goal and whether it is met', () => {
  const lines = terminalText(RESULTS).split('\n')
  const cells = (start: string): string[] => (lines.find((line) => line.startsWith(start)) ?? '').split(/ {2,}/).slice(1)
  expect(lines[0]).toBe('Taken 2026-11-30, 5 rounds, on A & B <CPU>, 2 cores, Linux 6.1, Node 20.20.2, ws 8.23.0, OTP 25.')
  expect(cells('echo, 64')).toEqual(['9.88', '10.5', '0.94', '≤ 1.10', 'met', '20.3', '1.49', '0.51'])
  expect(cells('idle conn')).toEqual(['9 372', '5 946', 'bare + 3 426', '≤ bare + 1 500', 'missed', '–', '–', '–'])
  expect(cells('ping_pong')).toEqual(['105', '548', '0.19', '≤ 0.20', 'met', '2 288', '6 888', '–'])
  expect(cells('bytes_per')).toEqual(['329', '–', '–', '≤ 450 bytes', 'met', '–', '–', '–'])
  expect(cells('ring')).toEqual(['1 000 / 10 000 / 100 000', '56.0 / 62.0 / 112', '267 / 300 / 380', '2.00', '≤ 1.50', 'missed'])
  expect(lines.at(-1)).toContain('p50 1.6 ms, p99 4.7 ms; the goal, p99 < 15 ms, is met.')
})

test('a part without results is not shown', () => {
  const text = terminalText({ ...RESULTS, sockets: [], growth: [], flood: null })
  expect(text).toContain('Actor programs')
  expect(text).not.toMatch(/Sockets|How cost grows|flood/)
})

describe('the README', () => {
  const page = '# Title\n\nbefore\n\n<!-- results -->\nold\n<!-- /results -->\n\nbehind\n'

  test('has the results between its marks, and the rest as it was', () => {
    const written = withResults(page, RESULTS)
    expect(written.startsWith('# Title\n\nbefore\n\n<!-- results -->\nTaken 2026-11-30')).toBe(true)
    expect(written.endsWith('\n<!-- /results -->\n\nbehind\n')).toBe(true)
    expect(written).not.toContain('old')
    expect(written).toContain(
      '| ping_pong | one round trip of two processes | 105 | 548 | 0.19 | ≤ 0.20 | met | 2 288 | 6 888 | – |',
    )
    expect(written).toContain('](cost-by-size.svg)')
  })

  test('is the same when it is written again', () => {
    const once = withResults(page, RESULTS)
    expect(withResults(once, RESULTS)).toBe(once)
  })

  test('without both marks, once each and in order, is left alone', () => {
    for (const wrong of ['none', '<!-- results -->', '<!-- /results --><!-- results -->', page + page])
      expect(() => withResults(wrong, RESULTS)).toThrow('<!-- results -->')
  })

  test('of bench/ has both marks and the section that follows', () => {
    const own = readFileSync('bench/README.md', 'utf8')
    expect(withResults(own, RESULTS)).toContain('\n<!-- /results -->\n\n## Where the time goes\n')
  })
})

describe('results.json', () => {
  test('holds what it was made of, one row a line', () => {
    const json = toJson(RESULTS)
    expect(JSON.parse(json)).toEqual(RESULTS)
    expect(json.split('\n').filter((line) => line.startsWith('    {"program":"ping_pong",'))).toHaveLength(1)
  })

  test('without any results is JSON too', () => {
    const empty: Results = { ...RESULTS, sockets: [], actors: [], growth: [], flood: null }
    expect(JSON.parse(toJson(empty))).toEqual(empty)
  })

  test('keeps the parts that did not run, from the same machine only', () => {
    const { machine, actors } = RESULTS
    const kept = withEarlier('2026-12-01', 3, machine, { actors: [] }, RESULTS)
    expect(kept).toEqual({ ...RESULTS, taken: '2026-12-01', rounds: 3, actors: [] })
    const other = withEarlier('2026-12-01', 3, { ...machine, node: '24.0.0' }, { actors }, RESULTS)
    expect(other).toMatchObject({ sockets: [], actors, growth: [], flood: null })
  })
})

/** The names of the elements, if each ends where it must; throws otherwise. */
function elements(xml: string): string[] {
  const open: string[] = []
  const names: string[] = []
  const rest = xml.replaceAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>/gi, (_tag, end, name: string, _more, empty) => {
    if (end === '') names.push(name)
    if (end === '/' && open.pop() !== name) throw new Error(`</${name}> ends something else`)
    if (end === '' && empty === '') open.push(name)
    return ''
  })
  if (open.length > 0) throw new Error(`${open.join(', ')} without an end`)
  const wrong = rest.replaceAll(/&(?:amp|lt|gt|quot);/g, '').match(/[<&]/)
  if (wrong !== null) throw new Error(`${wrong[0]} in the text`)
  return names
}

describe('the plot', () => {
  const svg = costBySize(RESULTS.growth)
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((match) => match[1])

  test('is well-formed XML whatever the names are', () => {
    expect(elements(svg)[0]).toBe('svg')
    expect(() => elements(svg.replace('</g>', ''))).toThrow('ends something else')
    expect(() => elements(svg.replace('&lt;', '<'))).toThrow()
  })

  test('has one point for each value, and one line for each program and side', () => {
    const titles = [...svg.matchAll(/<circle class="(\w+)"[^>]*><title>([^<]*)<\/title>/g)].map((match) => match[2])
    expect(titles).toEqual([
      'ring, BEAM, 1 000: 267 ns',
      'ring, BEAM, 10 000: 300 ns',
      'ring, BEAM, 100 000: 380 ns',
      'ring, gensock, 1 000: 56.0 ns',
      'ring, gensock, 10 000: 62.0 ns',
      'ring, gensock, 100 000: 112 ns',
      'timers_&lt;&amp;&gt;&quot;pending, gensock, 1 000: 477 ns',
      'timers_&lt;&amp;&gt;&quot;pending, gensock, 1 000 000: 601 ns',
    ])
    expect(svg.match(/<polyline class="line"/g)).toHaveLength(2)
    expect(svg.match(/<polyline class="line dashed"/g)).toHaveLength(1)
  })

  test('draws the same factor as the same distance', () => {
    const at = [...svg.matchAll(/<circle class="gensock" cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) =>
      match.slice(1).map(Number),
    )
    const [[x1, y1], [x2], [x3, y3]] = at as [[number, number], [number, number], [number, number]]
    expect(x2 - x1).toBeCloseTo(x3 - x2, 0)
    const perTwo = (y1 - y3) / Math.log2(112 / 56)
    const level = [...svg.matchAll(/class="grid" d="M\d+ ([\d.]+)H/g)].map((match) => Number(match[1]))
    expect((level[0] as number) - (level[1] as number)).toBeCloseTo(perTwo, 0) // 50 and 100
  })

  test('names its axes with units, its sizes and its lines', () => {
    expect(texts).toEqual(
      expect.arrayContaining(['ns per message or timer', '50', '100', '1 000', '10 000', '100 000', '1 000 000']),
    )
    expect(texts.slice(-4)).toEqual(['ring', 'timers_&lt;&amp;&gt;&quot;pending', 'gensock', 'BEAM'])
  })

  test('of no results is a picture still', () => {
    expect(elements(costBySize([]))).toContain('rect')
  })

  test('has the ticks that lie around the values', () => {
    expect(ticks(56, 600.5)).toEqual([50, 100, 200, 500, 1000])
    expect(ticks(50, 1000)).toEqual([50, 100, 200, 500, 1000])
    expect(ticks(100, 100)).toEqual([100, 200])
  })
})
