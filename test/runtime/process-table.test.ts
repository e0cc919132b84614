// The table of living processes is what a Map from numbers would be, in pages of 512.
import { describe, expect, test } from '@jest/globals'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { ProcessTable } from '../../src/runtime/process-table.js'

const PAGE = 512

describe('the table of processes', () => {
  test('knows what was set and not deleted, oldest first, across pages', () => {
    const table = new ProcessTable<string>()
    const keys = [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 7]
    for (const key of keys) table.set(key, `p${key}`)
    expect([[...table.values()], table.size]).toEqual([keys.map((key) => `p${key}`), keys.length])
    for (const key of [2, 2 * PAGE, 3 * PAGE + 1, 4 * PAGE]) expect(table.get(key)).toBeUndefined()
    for (const key of keys) expect(table.get(key)).toBe(`p${key}`)
  })

  test('what is deleted is gone, once; what was never there is nothing', () => {
    const table = new ProcessTable<string>()
    for (const key of [1, 2, PAGE + 1]) table.set(key, `p${key}`)
    for (const key of [1, 1, 3, PAGE + 2, 9 * PAGE]) table.delete(key)
    expect([[...table.values()], table.size, table.get(1)]).toEqual([['p2', `p${PAGE + 1}`], 2, undefined])
    table.delete(2)
    table.delete(PAGE + 1)
    expect([[...table.values()], table.size]).toEqual([[], 0])
  })

  test('a page that has emptied can be filled again, the last one too', () => {
    const table = new ProcessTable<string>()
    table.set(1, 'a')
    table.delete(1)
    table.set(2, 'b')
    expect([table.get(1), table.get(2), table.size]).toEqual([undefined, 'b', 1])
    table.set(PAGE, 'c')
    table.delete(2)
    table.set(2 * PAGE, 'd')
    table.delete(PAGE)
    expect([[...table.values()], table.get(2), table.get(PAGE), table.get(2 * PAGE)]).toEqual([['d'], undefined, undefined, 'd'])
  })

  test('does what a Map does, for numbers that go up and are deleted in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 300 })), { maxLength: 60 }), (steps) => {
        const [table, map] = [new ProcessTable<number>(), new Map<number, number>()]
        let next = 0
        for (const [adds, n] of steps) {
          if (adds) {
            next += n + 1
            table.set(next, next)
            map.set(next, next)
          } else {
            const key = [...map.keys()][n % Math.max(1, map.size)] ?? n
            table.delete(key)
            map.delete(key)
          }
          expect([[...table.values()], table.size]).toEqual([[...map.values()], map.size])
        }
        for (const key of map.keys()) expect(table.get(key)).toBe(key)
      }),
      { numRuns: 60, seed: 1 },
    )
  })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

describe('pages of which all have ended keep no memory', () => {
  test.each([
    ['the last page, before the next one begins', 0],
    ['a page before the last one', 1],
  ])('%s', (_title, behind) => {
    const table = new ProcessTable<number>()
    const churn = (from: number, to: number): void => {
      for (let page = from; page < to; page++) {
        table.set(page * PAGE, page)
        if (page >= behind) table.delete((page - behind) * PAGE)
      }
    }
    churn(0, 50)
    collect()
    const before = process.memoryUsage().heapUsed
    churn(50, 650)
    collect()
    // A page takes 4 kB at least: all of them would be 2.4 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(600_000)
    expect(table.size).toBe(behind)
  })
})
