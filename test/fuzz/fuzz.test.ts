// A short form of `npm run fuzz`, with another seed than the long one.
import { expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { type AnyInput, inputOf, KINDS } from './inputs.js'
import { fuzz } from './run.js'

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

test('600 inputs: answered as they must be, no crash, all given back, a fresh client served after each batch', async () => {
  const { findings, inputs, counters } = await fuzz({ seed: 20_261_122, inputs: 600, batch: 300 })
  expect(findings).toEqual([])
  expect(inputs).toBe(600)
  for (const { opened, refused } of counters) {
    expect(opened).toBeGreaterThan(60) // deep states are reached
    expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(30)
  }
}, 60_000)
