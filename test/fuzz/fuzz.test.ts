// A short form of `npm run fuzz`, with another seed than the long one.
import { expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { type AnyInput, inputOf, KINDS } from './inputs.js'
import { batchOf } from './batch.js'
import { faultsOfHeap, fuzz, MAX_GROWTH } from './run.js'

/** Everything that is sent, and everything that is expected. */
function digestOf(inputs: readonly AnyInput[]): string {
  const hash = createHash('sha1')
  for (const { input } of inputs) hash.update(JSON.stringify(input))
  return hash.digest('hex')
}
const indices = Array.from({ length: 600 }, (_, i) => i)

test('an input is decided by its seed and its index alone', () => {
  const forwards = indices.map((index) => inputOf(7, index))
  const backwards = indices.toReversed().map((index) => inputOf(7, index))
  expect(digestOf(backwards.toReversed())).toBe(digestOf(forwards))
  expect(digestOf(indices.map((index) => inputOf(8, index)))).not.toBe(digestOf(forwards))
  for (const kind of KINDS) expect(forwards.filter((input) => input.kind === kind).length).toBeGreaterThan(30)
  for (const kind of KINDS) expect(indices.every((index) => inputOf(7, index, [kind]).kind === kind)).toBe(true)
})

test('handshakes and frames are counted, conversations come beside them, and count where they are alone', () => {
  const kindsOf = (...batch: Parameters<typeof batchOf>): string[] => batchOf(...batch).map(({ input }) => input.kind)
  const all = kindsOf(7, 0, 1000, 400, KINDS)
  expect(all.filter((kind) => kind !== 'fallback')).toHaveLength(400)
  expect(all.length).toBeGreaterThan(420)
  expect(all.at(-1)).not.toBe('fallback')
  expect(kindsOf(7, 0, 300, 400, KINDS)).toEqual(all.slice(0, 300))
  expect(kindsOf(7, 300, 1000, 5, ['fallback'])).toEqual(['fallback', 'fallback', 'fallback', 'fallback', 'fallback'])
})
test('a heap that has grown by more than the limit is a fault; one that was not measured is none', () => {
  expect(faultsOfHeap(1, 1 + MAX_GROWTH)).toEqual([])
  expect(faultsOfHeap(1, 2 + MAX_GROWTH)).toEqual(['the heap has grown by 8000001 bytes, from 1 after the warm-up'])
  expect(faultsOfHeap(0, 2 * MAX_GROWTH)).toEqual([])
})

test('600 inputs: answered as they must be, no crash, all given back, a fresh client served after each batch', async () => {
  const { findings, inputs, conversations, counters } = await fuzz({ seed: 20_261_122, inputs: 600, batch: 300 })
  expect(findings).toEqual([])
  expect(inputs).toBe(600)
  expect(conversations).toBeGreaterThan(30)
  for (const { opened, refused } of counters) {
    expect(opened).toBeGreaterThan(60) // deep states are reached
    expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(30)
  }
}, 60_000)
