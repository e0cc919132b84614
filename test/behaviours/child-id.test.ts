// Which child ids are the same, and that a table by id finds what comparing with each of them would find.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { ById, sameId } from '../../src/behaviours/child-id.js'
import { ProcessId } from '../../src/base/pid.js'

const pidOf = (id: number): ProcessId => new ProcessId('n', id, 0, 1, null)

test('sameId: ids are compared by value, deeply', () => {
  const symbol = Symbol('x')
  const same: [any, any][] = [
    ['a', 'a'],
    [1, 1],
    [1n, 1n],
    [NaN, NaN],
    [symbol, symbol],
    [
      ['t', { n: 1 }],
      ['t', { n: 1 }],
    ],
    [pidOf(1), pidOf(1)],
  ]
  const other: [any, any][] = [
    ['1', 1],
    [1, 1n],
    [symbol, Symbol('x')],
    [
      ['t', 1],
      ['t', '1'],
    ],
    [['t'], ['t', undefined]],
    [{}, []],
    [pidOf(1), pidOf(2)],
  ]
  expect(same.map(([a, b]) => sameId(a, b))).toEqual(same.map(() => true))
  expect(other.map(([a, b]) => sameId(a, b))).toEqual(other.map(() => false))
})

describe('ById', () => {
  const id = fc.anything({
    maxDepth: 4,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  /** What comparing with each finds: the table's one truth. */
  const search = <T>(list: readonly (readonly [unknown, T])[], wanted: unknown): T | undefined =>
    list.find(([one]) => sameId(one, wanted))?.[1]

  test('finds a value by any id that is equal to the one it was put under', () => {
    let compound = 0
    const twice = fc.clone(id, 2)
    fc.assert(
      fc.property(twice, ([one, other]) => {
        if (typeof one === 'object' && one !== null) compound++
        const table = new ById<string>()
        table.add(one, 'x')
        expect(table.get(other)).toBe(sameId(one, other) ? 'x' : undefined)
        table.delete(other)
        expect(table.get(one)).toBe(sameId(one, other) ? undefined : 'x')
      }),
      { numRuns: 2000, seed: 3 },
    )
    expect(compound).toBeGreaterThan(1000)
  })

  test('and no other one: it says what comparing with each of them says', () => {
    // Few values, so that ids collide: equal ones, and different ones that look alike.
    const small = fc.oneof(
      fc.constantFrom(0, -0, 1, '1', 'a', null, undefined, 1n, NaN),
      fc.integer({ min: 1, max: 3 }).map(pidOf),
    )
    const some = fc.oneof(
      small,
      fc.array(small, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), small),
      fc.array(fc.array(small, { maxLength: 1 }), { maxLength: 2 }),
    )
    const ops = fc.array(fc.tuple(fc.boolean(), some), { minLength: 20, maxLength: 60 })
    let hits = 0
    fc.assert(
      fc.property(ops, (steps) => {
        const table = new ById<number>()
        let list: (readonly [unknown, number])[] = []
        steps.forEach(([adds, one], index) => {
          const there = search(list, one)
          expect(table.get(one)).toBe(there)
          if (there !== undefined) hits++
          if (adds && there === undefined) {
            table.add(one, index)
            list.push([one, index])
          } else if (!adds) {
            table.delete(one)
            list = list.filter(([other]) => !sameId(other, one))
          }
        })
      }),
      { numRuns: 500, seed: 5 },
    )
    expect(hits).toBeGreaterThan(500)
  })

  test('takes an id that cannot be read: it is the same as itself', () => {
    const [one, other] = [Proxy.revocable({}, {}), Proxy.revocable({}, {})]
    one.revoke()
    other.revoke()
    const table = new ById<string>()
    table.add(one.proxy, 'x')
    const found = [table.get(one.proxy), table.get(other.proxy), sameId(one.proxy, {}), sameId([one.proxy], [other.proxy])]
    expect(found).toEqual(['x', undefined, false, false])
  })
})
