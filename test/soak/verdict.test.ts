// The judge of the soak: a leak of each kind is found in made-up samples, what comes and goes is not taken for one.
import { describe, expect, test } from '@jest/globals'
import { GOOD, QUIET, series } from './series.js'
import type { KindCounts, LoadReport, Sample } from './sample.js'
import { HEAP_BYTES, slope, trend, verdict } from './verdict.js'

test('a server that gives everything back is well', () => {
  expect(verdict(series(), GOOD, '')).toEqual([])
})

describe('what is left is named', () => {
  test.each<[string, (waves: number) => Partial<Sample>, string]>([
    ['a process', (waves) => ({ processes: 20 + waves }), 'processes: 20 at the start, 30 at the end'],
    ['a timer', () => ({ timers: 17 }), 'timers: 16 at the start, 17 at the end'],
    ['a name', () => ({ names: 11 }), 'names: 10 at the start, 11 at the end'],
    ['a group', () => ({ groups: 1 }), 'groups: 0 at the start, 1 at the end'],
    ['a socket', () => ({ open: 1 }), 'open: 0 at the start, 1 at the end'],
    ['a connection', () => ({ connections: 1 }), 'connections: 0 at the start, 1 at the end'],
    ['a handle', () => ({ handles: { ...QUIET.handles, Timeout: 2 } }), 'handles Timeout: 1 at the start, 2 at the end'],
    ['a handle of a new kind', () => ({ handles: { ...QUIET.handles, Zlib: 5 } }), 'handles Zlib: 0 at the start, 5 at the end'],
    [
      'a listener',
      (waves) => ({ listeners: { ...QUIET.listeners, 'process warning': 1 + waves } }),
      'listeners process warning: 1 at the start, 11 at the end',
    ],
    ['a process too few', () => ({ processes: 19 }), 'processes: 20 at the start, 19 at the end'],
    ['buffers', (waves) => ({ bufferBytes: 500_000 * waves }), 'buffers: 0.10 MB at the start, 5.00 MB at the end'],
  ])('%s', (_what, leak, line) => {
    expect(verdict(series(leak), GOOD, '')).toEqual([line])
  })

  test('heap that grows with each wave', () => {
    const grows = (waves: number): Partial<Sample> => ({ heapBytes: 12_000_000 + waves * (HEAP_BYTES / 9) })
    expect(verdict(series(grows), GOOD, '')).toEqual([expect.stringMatching(/^heap: 12\.00 MB at the start, .* at the end$/)])
  })

  test('closes for broken rules: the peers break none', () => {
    const bad = { closed: { 1000: 9, 1002: 3, 1007: 1 }, broken: { '/echo badframe': 3 } }
    const found = verdict(
      series(() => bad),
      GOOD,
      '',
    )
    expect(found).toEqual(['closes: 4 for broken rules (/echo badframe: 3)'])
  })

  test('what the server prints on stderr', () => {
    expect(verdict(series(), GOOD, 'MaxListenersExceededWarning\nand more\n')).toEqual(['stderr: MaxListenersExceededWarning'])
  })

  test('a run without an end', () => {
    expect(verdict(series().slice(0, -1), GOOD, '')).toEqual(['there is no start, or no end'])
  })
})

describe('heap that is no leak', () => {
  test('one bad look at the end', () => {
    const last = (waves: number): Partial<Sample> => (waves === 10 ? { heapBytes: 12_000_000 + 2 * HEAP_BYTES } : {})
    expect(verdict(series(last), GOOD, '')).toEqual([])
  })
  test('one bad look in between', () => {
    const once = (waves: number): Partial<Sample> => (waves === 5 ? { heapBytes: 50_000_000 } : {})
    expect(verdict(series(once), GOOD, '')).toEqual([])
  })
  test('handles that live for a turn of the event loop', () => {
    expect(
      verdict(
        series(() => ({ handles: { ...QUIET.handles, Immediate: 1 } })),
        GOOD,
        '',
      ),
    ).toEqual([])
  })
})

describe('answers', () => {
  const counts = { connections: 1, cut: 0, sent: 10, answered: 10, unanswered: 0, lost: 0 }
  const load = (more: Partial<KindCounts>, losses: string[] = []): LoadReport => ({
    kinds: { echo: { ...counts, ...more } },
    losses,
  })
  test('one that is lost is told, with its story', () => {
    const lines = ['answers: 1 of "echo" were lost', '  echo: closed with 1006']
    expect(verdict(series(), load({ lost: 1 }, ['echo: closed with 1006']), '')).toEqual(lines)
  })
  test('those of connections that were cut may be missing, others may not', () => {
    expect(verdict(series(), load({ answered: 8, unanswered: 2 }), '')).toEqual([])
    expect(verdict(series(), load({ answered: 8, unanswered: 1 }), '')).toEqual(['answers: "echo" sent 10, got 8, 1 were cut'])
    expect(verdict(series(), load({ answered: 11 }), '')).toEqual(['answers: "echo" sent 10, got 11, 0 were cut'])
  })
})

describe('trend', () => {
  test('the slope of a line is its slope, whatever a few points say', () => {
    expect(slope([])).toBe(0)
    expect(slope([[1, 5]])).toBe(0)
    const line = Array.from({ length: 20 }, (_, x) => [x, 3 * x + 1] as [number, number])
    expect(slope(line)).toBe(3)
    line[7] = [7, 9999]
    line[15] = [15, -9999]
    expect(slope(line)).toBe(3)
  })
  test('it is of the rests alone: the heap under load does not count', () => {
    expect(Math.abs(trend(series()).grownBytes)).toBeLessThan(400_000)
    expect(trend(series((waves) => ({ heapBytes: 12_000_000 + waves * 11_000 }))).bytesPerMinute).toBe(60_000)
  })
})
