// What the harness does with lines, figures and flags; and `npm run bench` itself on the programs, on a path without any program.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Results } from '../../bench/report/results.js'
import { listening, loaded, rows } from '../../bench/run/lines.js'
import { leastOf, median, medianRatio, percentile } from '../../bench/run/numbers.js'
import { options } from '../../bench/run/options.js'
import { ACTOR_PROGRAMS, GROWTH_PROGRAMS } from '../../bench/run/programs.js'
import { compared } from '../../bench/run/samples.js'
import { type Ended, runBench } from './run-bench.js'

jest.setTimeout(40_000)

describe('a line', () => {
  test('of a server has its port and pid, once it is whole', () => {
    expect(listening('serve:socket.io listening on port 40665 pid 25286\n')).toEqual({ port: 40_665, pid: 25_286 })
    expect(listening('serve:load listening on port 40665 pid 252')).toBeUndefined()
  })

  test('of wsload has what was opened, and the time of a message if there was one', () => {
    const echo = '{"mode":"echo","opened":64,"failed":0,"total":31755,"server_us_per_msg":9.447,"bytes_per_conn":91776}\n'
    expect(loaded(echo)).toEqual({ opened: 64, failed: 0, total: 31_755, usPerMessage: 9.447, bytesPerConnection: 91_776 })
    const idle = '{"mode":"idle","opened":500,"failed":2,"total":0,"bytes_per_conn":696}\n'
    expect(loaded(idle)).toEqual({ opened: 500, failed: 2, total: 0, usPerMessage: undefined, bytesPerConnection: 696 })
  })

  test('of a program is a row by its name, its peer and its size; other lines are left out', () => {
    const text = [
      '{"bench":"ping_pong","n":10,"us":1,"ns_per_op":105.5,"op_per_s":10}',
      '{"peer":"nact","bench":"ping_pong","n":10,"us":1,"ns_per_op":6887.9,"op_per_s":10}',
      '{"bench":"ring","size":100000,"n":10,"us":1,"ns_per_op":78.2,"op_per_s":10}',
      '{"bench":"bytes_per_idle_process","bytes":1381}',
      '=INFO REPORT==== something that a runtime says',
      '',
    ].join('\n')
    expect(Object.fromEntries(rows(text))).toEqual({
      ping_pong: 105.5,
      'ping_pong nact': 6887.9,
      'ring 100000': 78.2,
      bytes_per_idle_process: 1381,
    })
  })
})

describe('over the rounds', () => {
  test('the median is the middle one, or between the two in the middle', () => {
    expect([median([3]), median([9, 1, 5]), median([4, 1, 2, 3]), median([])]).toEqual([3, 5, 2.5, Number.NaN])
  })

  test('the ratio is the median of the ratios of each round, not the ratio of the medians', () => {
    expect(medianRatio([10, 30, 100], [10, 20, 50])).toBe(1.5)
    expect(medianRatio([10, 40, 30], [10, 20, 60])).toBe(1)
  })

  test('the least value of each name counts, wherever it was', () => {
    const least = leastOf([
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
      new Map([
        ['a', 1],
        ['c', 3],
      ]),
    ])
    expect(Object.fromEntries(least)).toEqual({ a: 1, b: 1, c: 3 })
  })

  test('the 99th percentile has one in a hundred above it', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i)
    expect([percentile(values, 0.99), percentile(values, 0.5), percentile([7], 0.99), percentile([], 0.5)]).toEqual([
      198,
      100,
      7,
      Number.NaN,
    ])
  })

  test('servers are compared with bare ws, and all others are peers', () => {
    const samples = new Map([
      ['gensock', [10, 30, 12]],
      ['bare', [10, 20, 16]],
      ['socket.io', [20, 50, 30]],
    ])
    expect(compared(samples)).toEqual({ gensock: 12, bare: 16, ratio: 1, peers: { 'socket.io': 30 } })
  })
})

describe('the command line', () => {
  test('without flags means everything in five rounds; --quick one round', () => {
    const all = new Set(['sockets', 'actors', 'growth', 'peers'])
    expect(options([])).toEqual({ parts: all, rounds: 5, quick: false, out: undefined })
    expect(options(['--quick'])).toEqual({ parts: all, rounds: 1, quick: true, out: undefined })
  })

  test('peers alone means the tables that they have columns in', () => {
    expect(options(['--only', 'peers']).parts).toEqual(new Set(['sockets', 'actors', 'peers']))
    expect(options(['--only', 'growth,peers']).parts).toEqual(new Set(['growth', 'peers']))
  })

  test('refuses what it does not know', () => {
    expect(() => options(['--only', 'actors,cats'])).toThrow('no part cats; there are sockets, actors, growth, peers')
    for (const rounds of ['0', '101', '1.5', 'many', ''])
      expect(() => options(['--rounds', rounds])).toThrow('--rounds must be a whole number from 1 to 100')
    expect(options(['--rounds', '100']).rounds).toBe(100)
    expect(() => options(['--fast'])).toThrow("Unknown option '--fast'")
  })

  test('that is wrong ends with 2 and the usage, before anything has run', async () => {
    const { code, stdout, stderr } = await runBench('main.ts', ['--only', 'nothing']).ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^bench: no part nothing; .*\nusage: npm run bench .*\n$/)
  })
})

describe('on a machine without Erlang and without a C compiler', () => {
  let folder: string
  let ended: Ended
  let results: Results
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gensock-bench-'))
    const out = join(folder, 'results.json')
    const nothing = { PATH: folder, GENSOCK_BENCH_CACHE: folder }
    ended = await runBench('main.ts', ['--quick', '--only', 'actors,growth', '--out', out], undefined, nothing).ended
    results = JSON.parse(readFileSync(out, 'utf8')) as Results
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('every actor program and every growth program has its row, with no BEAM beside it', () => {
    expect(results.actors.map(({ program, goal }) => [program, goal])).toEqual(
      ACTOR_PROGRAMS.map(({ program, goal }) => [program, goal]),
    )
    for (const row of results.actors) expect(row).toMatchObject({ beam: null, ratio: null, gensock: expect.any(Number) })
    expect(results.growth.map(({ program, sizes, beam }) => [program, sizes, beam])).toEqual(
      GROWTH_PROGRAMS.map(({ program }) => [
        program,
        program.startsWith('timers') ? [1000, 1_000_000] : [1000, 10_000, 100_000],
        null,
      ]),
    )
    for (const { gensock, ratio } of results.growth) {
      expect(gensock.every((ns) => ns > 0)).toBe(true)
      expect(ratio).toBeCloseTo(Math.max(...gensock) / Math.min(...gensock), 2)
    }
  })

  test('the tables are on stdout, and stderr says what to install', () => {
    expect(ended.stdout).toMatch(/^Taken .* no Erlang\.\n\nActor programs\n/)
    expect(ended.stderr).toMatch(/^bench: no erl and erlc .*: the columns of the BEAM stay empty$/m)
    expect(ended.stderr).toMatch(/^bench: the sockets and the flood did not run: no C compiler \(cc\): install one, .*$/m)
  })

  test('it ends with 1, and has neither sockets nor a flood', () => {
    expect(ended.code).toBe(1)
    expect(results).toMatchObject({ sockets: [], flood: null, rounds: 1, machine: { otp: null } })
  })
})
