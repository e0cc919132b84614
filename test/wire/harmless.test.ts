import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { isHarmless, MAX_DEPTH } from '../../src/wire/harmless.js'
import { cpuMs } from '../cpu-time.js'

const own = (key: string, value: unknown): object => Object.defineProperty({}, key, { value, enumerable: true })

function nested(levels: number, innermost: unknown, around: (inner: unknown) => unknown): unknown {
  let made = innermost
  for (let level = 0; level < levels; level++) made = around(made)
  return made
}

/** JSON of few different keys, so that each stands in each other. */
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom('1', '"__proto__"', '[]'),
    fc.array(tie('tree'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.constantFrom('a', 'constructor', 'prototype', 'constructor ', '__proto__'), { maxLength: 3 })
      .chain((keys) => fc.tuple(...keys.map((key) => tie('tree').map((inner) => `"${key}":${inner}`))))
      .map((entries) => `{${entries.join(',')}}`),
  ),
}))

/** The keys that lead to each value within, in lists an index that is no key. */
function paths(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = Array.isArray(value) ? '#' : key
    return [name, ...paths(inner).map((path) => `${name}.${path}`)]
  })
}

describe('what is harmless', () => {
  test.each([undefined, null, true, 0, 'a', '__proto__', () => 1, [], {}, new Uint8Array(1), [new Uint8Array(1)], new Date(0)])(
    '%p is',
    (value) => expect(isHarmless(value)).toBe(true),
  )

  test.each([
    ['arrays', (inner: unknown) => [inner]],
    ['objects', (inner: unknown) => ({ inner })],
    ['a list among others', (inner: unknown) => [1, 'a', inner, null]],
  ])(`${MAX_DEPTH} levels of %s are, one more is not`, (_, around) => {
    expect(isHarmless(nested(MAX_DEPTH, 1, around))).toBe(true)
    expect(isHarmless(nested(MAX_DEPTH + 1, 1, around))).toBe(false)
  })

  test('bytes are no level: at the deepest place they are harmless', () => {
    expect(isHarmless(nested(MAX_DEPTH, new Uint8Array(1), (inner) => [inner]))).toBe(true)
  })

  test.each([0, 1, 2, MAX_DEPTH - 1])('the key __proto__ is not, %d levels deep, whatever it holds', (levels) => {
    for (const value of [1, null, {}, [], 'a', { polluted: 1 }]) {
      expect(isHarmless(nested(levels, own('__proto__', value), (inner) => ({ a: 1, inner })))).toBe(false)
      expect(isHarmless(nested(levels, own('__proto__', value), (inner) => [inner, 1]))).toBe(false)
    }
  })

  test('prototype in a constructor is not, either of them alone is', () => {
    const harm = { constructor: { a: 1, prototype: 1 } }
    for (const value of [harm, [harm], { a: harm }, { constructor: harm }, [1, { a: [harm] }]])
      expect(isHarmless(value)).toBe(false)
    for (const value of [
      { constructor: 1 },
      { constructor: null },
      { constructor: {} },
      { constructor: ['prototype'] },
      { constructor: { a: { prototype: 1 } } },
      { prototype: { constructor: {} } },
      { constructor: 'prototype', prototype: 1 },
    ])
      expect(isHarmless(value)).toBe(true)
  })

  test('a circle is not', () => {
    const list: unknown[] = []
    list.push({ list })
    expect(isHarmless(list)).toBe(false)
  })

  test('any value is judged as by walking down each of its paths', () => {
    fc.assert(
      fc.property(tree, (text) => {
        const value: unknown = JSON.parse(text)
        expect(isHarmless(value)).toBe(paths(value).every((path) => !/(^|\.)(__proto__|constructor\.prototype)$/.test(path)))
      }),
      { numRuns: 2000 },
    )
  })

  test('1 MB of small objects, and one list that is deep beyond measure, are judged quickly', () => {
    const wide = JSON.parse(`[${'{"a":[{}]},'.repeat(100_000)}{}]`) as unknown
    const deep = JSON.parse('['.repeat(500_000) + ']'.repeat(500_000)) as unknown
    const before = cpuMs()
    expect([isHarmless(wide), isHarmless(deep)]).toEqual([true, false])
    expect(cpuMs() - before).toBeLessThan(2000)
  })
})
