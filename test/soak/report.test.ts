// The command line, the report and the picture of the soak.
import { describe, expect, test } from '@jest/globals'
import { options } from './options.js'
import { picture, steps } from './picture.js'
import { json, markdown } from './report.js'
import type { Soak } from './run.js'
import type { Sample } from './sample.js'
import { GOOD, series } from './series.js'

const soak = (leak?: (waves: number) => Partial<Sample>): Soak => {
  const marks = series(leak)
  return { marks, load: GOOD, errors: '', node: 'v20.0.0', seconds: 600 }
}

describe('options', () => {
  test('minutes are needed, the others have defaults', () => {
    expect(options(['--minutes', '10'])).toEqual({ minutes: 10, out: undefined, seed: 1 })
    expect(options(['--minutes', '0.5', '--out', 'docs', '--seed', '7'])).toEqual({ minutes: 0.5, out: 'docs', seed: 7 })
  })
  test.each([
    [[], '--minutes is required'],
    [['--minutes', ''], '--minutes must be a number from 0.05 to 1440, got nothing'],
    [['--minutes', '0.04'], '--minutes must be a number from 0.05 to 1440, got 0.04'],
    [['--minutes', '1441'], '--minutes must be a number from 0.05 to 1440, got 1441'],
    [['--minutes', '1e3'], '--minutes must be a number from 0.05 to 1440, got 1e3'],
    [['--minutes', '1', '--seed', '-1'], "Option '--seed' argument is ambiguous"],
    [['--minutes', '1', '--seed', '4294967296'], '--seed must be a number from 0 to 4294967295, got 4294967296'],
    [['--minutes', '1', '--out', ''], '--out must name a folder, got nothing'],
    [['--minutes', '1', '--leak', 'timer'], "Unknown option '--leak'"],
    [['--minutes', '1', 'more'], "Unexpected argument 'more'"],
  ])('%j is refused', (args, message) => {
    expect(() => options(args)).toThrow(message)
  })
})

describe('report', () => {
  test('says in its first line that all is well, and shows each level and each kind', () => {
    const text = markdown(soak())
    expect(text).toContain('10.0 minutes of load, Node v20.0.0. Everything came back to its start level, and no answer was lost.')
    expect(text).toContain('| processes | 20 | 20 | 150 | 20 |')
    expect(text).toContain('| heap after a collection, MB | 9.00 | 12.00 | 14.50 | 12.08 |')
    expect(text).toContain('| echo | 10 | 3 | 100 | 90 | 10 | 0 |')
  })
  test('names what did not come back', () => {
    const text = markdown(soak((waves) => ({ timers: 16 + waves })))
    expect(text).toContain('NOT well:\n- timers: 16 at the start, 26 at the end\n')
  })
  test('for programs it is JSON, with all samples', () => {
    const facts = JSON.parse(json(soak())) as { verdict: string[]; marks: unknown[] }
    expect(facts.verdict).toEqual([])
    expect(facts.marks).toHaveLength(112)
  })
})

describe('picture', () => {
  test('each number in it is finite and inside of it, each tag is closed, and it has a line for each measure', () => {
    const svg = picture(series())
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
    expect(svg.match(/<polyline/g)).toHaveLength(15)
    expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length)
    const [, width, height] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number) as [number, number, number]
    const points = [...svg.matchAll(/points="([^"]*)"/g)].flatMap(([, list]) => String(list).split(' '))
    for (const point of points) {
      const [x, y] = point.split(',').map(Number) as [number, number]
      expect([x >= 0 && x <= width, y >= 0 && y <= height]).toEqual([true, true])
    }
    expect(points.length).toBeGreaterThan(1000)
  })
  test('a rest is shaded, for each of them', () => {
    expect(picture(series(undefined, 3)).match(/class="rest"/g)).toHaveLength(6 * 4)
  })
  test.each([
    [9, [0, 5, 10]],
    [10, [0, 5, 10]],
    [140, [0, 50, 100, 150]],
    [0, [0]],
  ])('the axis up to %i', (highest, expected) => {
    expect(steps(highest)).toEqual(expected)
  })
})
