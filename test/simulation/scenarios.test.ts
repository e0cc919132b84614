import { describe, expect, test } from '@jest/globals'
import { SCENARIOS } from './scenarios.js'

/** In `npm test`; `npm run simulate` runs as many as one likes. */
const SEEDS = 25

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  'the scenario %s',
  (_name, { run, claims, name }) => {
    test(`holds over ${SEEDS} seeds: ${claims.join('; ')}`, async () => {
      let steps = 0
      for (let seed = 1; seed <= SEEDS; seed++) steps += (await run(seed)).steps
      expect(steps).toBeGreaterThan(SEEDS * 20)
    }, 60_000)

    test('is the same again with the same seed, and another one with another', async () => {
      const traces: string[] = []
      for (const seed of [7, 7, 8]) traces.push((await run(seed)).trace().join('\n'))
      expect(traces[1]).toBe(traces[0])
      expect(traces[2]).not.toBe(traces[0])
    }, 60_000)

    test('has a name and claims that can be read', () => {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
      expect(claims.length).toBeGreaterThan(0)
    })
  },
)

test('no two scenarios have the same name', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})
