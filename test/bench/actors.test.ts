// `npm run bench:actors` as a program: one JSON line for each program, and clear words for a name that it does not know.
import { expect, jest, test } from '@jest/globals'
import { runBench } from './run-bench.js'

jest.setTimeout(40_000)

test('--json --only prints one JSON line with the fields that the tools read', async () => {
  const { code, stdout, stderr } = await runBench('actors/main.ts', ['--json', '--only', 'timer_set_cancel']).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^[^\n]+\n$/)
  const row = JSON.parse(stdout) as { n: number; us: number; ns_per_op: number; op_per_s: number }
  expect(Object.keys(row).sort()).toEqual(['bench', 'n', 'ns_per_op', 'op_per_s', 'us'])
  expect(row).toMatchObject({ bench: 'timer_set_cancel', n: 200_000, us: expect.any(Number) })
  expect(row.us).toBeGreaterThan(0)
  expect(row.ns_per_op / ((row.us * 1000) / row.n)).toBeCloseTo(1, 1)
  expect(row.op_per_s / ((row.n * 1e6) / row.us)).toBeCloseTo(1, 2)
})

test('an unknown name fails with the names that there are, before anything has run', async () => {
  const { code, stdout, stderr } = await runBench('actors/main.ts', ['--json', '--only', 'ping_pong,nonsense']).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^bench:actors: no program nonsense; there are spawn_exit, .*timer_set_cancel.*\nusage: .*--only/)
})

test('an unknown flag fails with the usage', async () => {
  const { code, stdout, stderr } = await runBench('actors/main.ts', ['--fast']).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^bench:actors: Unknown option '--fast'.*\nusage: /)
})
