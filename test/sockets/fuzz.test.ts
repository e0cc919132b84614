// Random lives of a socket in virtual time. A seed that fails is named, and lives alone again:
// GENSOCK_FUZZ=17 npx jest test/sockets/fuzz.test.ts
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { live, type Tally } from './fuzz-life.js'

const SEEDS = 150
const alone = process.env['GENSOCK_FUZZ']

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000) // claims end by the date; it must not run beside the node's clock
})
afterEach(() => {
  jest.restoreAllMocks()
})

async function faultsOf(seed: number, tally: Tally): Promise<string[]> {
  const node = testNode({ seed })
  const faults = await live(seed, node, tally)
  await node.stop().catch(() => undefined) // crashes are part of the game
  return faults.map((fault) => `seed ${seed}: ${fault}`)
}

test('one callback at a time, init first, terminate once a life and last, counters that balance, no timer left', async () => {
  const tally: Tally = {}
  const faults: string[] = []
  const seeds = alone === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(alone)]
  for (const seed of seeds) faults.push(...(await faultsOf(seed, tally)))
  expect(faults).toEqual([])
  if (alone !== undefined) return
  // Otherwise nothing was tried: every callback ran often, and every way to end came about.
  for (const often of ['handle', 'event', 'info', 'init', 'terminate'])
    expect([often, tally[often]]).toEqual([often, expect.any(Number)])
  expect(Object.keys(tally).filter((key) => /^[0-9]+$/.test(key))).toEqual([
    '1000',
    '1001',
    '1006',
    '1008',
    '1011',
    '1012',
    '1013',
    '3000',
    '4001',
    '4401',
  ])
})

test('the same seed lives the same life', async () => {
  const [first, second]: [Tally, Tally] = [{}, {}]
  await faultsOf(7, first)
  await faultsOf(7, second)
  expect([first, first['steps']]).toEqual([second, expect.any(Number)])
})
