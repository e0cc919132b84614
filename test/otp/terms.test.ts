// Terms, expressions and patterns of the scenarios.
import { describe, expect, test } from '@jest/globals'
import { testNode } from '../../src/testing/index.js'
import { evaluate, type Scope } from './expressions.js'
import { freeze, matchNow } from './patterns.js'
import type { Json } from './scenario.js'
import { type Term, Terms, toJson } from './terms.js'

function newScope(): Scope {
  return { terms: new Terms(), variables: new Map<string, Term>(), processNamed: () => 'undefined' }
}
const NAMES = { processName: () => 'p', refName: () => 'r' }
const same = (a: Json, b: Json, scope = newScope()): boolean => evaluate(a, scope) === evaluate(b, scope)

describe('terms', () => {
  test.each<[Json, Json]>([
    [{ t: ['a', [1, { s: 'x' }]] }, { t: ['a', [1, { s: 'x' }]] }],
    [
      {
        m: [
          ['a', 1],
          ['b', 2],
        ],
      },
      {
        m: [
          ['b', 2],
          ['a', 1],
        ],
      },
    ],
    [[], []],
    [{ t: [] }, { t: [] }],
  ])('%j equals %j', (a, b) => expect(same(a, b)).toBe(true))

  test.each<[Json, Json]>([
    [{ t: ['a'] }, ['a']],
    [{ s: 'a' }, 'a'],
    [{ s: '1' }, 1],
    [{ t: [] }, []],
    [{ t: ['a', 'b'] }, { t: ['a,b'] }],
    [{ t: [['a'], 'b'] }, { t: ['a', ['b']] }],
    [true, { s: 'true' }],
    [{ m: [['a', 1]] }, { m: [['a', 2]] }],
  ])('%j differs from %j', (a, b) => expect(same(a, b)).toBe(false))

  test('pids and references are equal to themselves only', () => {
    const node = testNode()
    const terms = new Terms()
    const [a, b] = [node.makeRef(), node.makeRef()]
    expect(terms.tuple(a)).toBe(terms.tuple(a))
    expect(terms.tuple(a)).not.toBe(terms.tuple(b))
  })

  test.each<[Json, Json]>([
    [{ set: [3, 'a', 1, 1] }, { set: ['a', 1, 1, 3] }],
    [
      {
        m: [
          ['b', 1],
          ['a', 2],
          ['b', 3],
        ],
      },
      {
        m: [
          ['a', 2],
          ['b', 3],
        ],
      },
    ],
    [{ t: [{ s: 'é' }, [true, 1.5]] }, { t: [{ s: 'é' }, [true, 1.5]] }],
  ])('%j is written as %j', (expression, json) => {
    expect(toJson(evaluate(expression, newScope()), NAMES)).toEqual(json)
  })
})

describe('patterns', () => {
  const cases: [Json, Json, boolean][] = [
    ['_', { t: [1] }, true],
    [{ t: ['_', 'b'] }, { t: [1, 'b'] }, true],
    [{ t: ['_'] }, ['a'], false],
    [['_'], { t: ['a'] }, false],
    [{ t: ['_'] }, { t: ['a', 'b'] }, false],
    [['_', '_'], ['a'], false],
    [{ s: '_' }, { s: 'a' }, false],
    [{ v: 'known' }, { t: [7] }, true],
    [{ v: 'known' }, 7, false],
    [{ proc: 'nobody' }, 'undefined', true],
  ]
  test.each(cases)('%j on %j: %j', (pattern, value, matches) => {
    const scope = newScope()
    scope.variables.set('known', scope.terms.tuple(7))
    const term = evaluate(value, scope)
    expect(matchNow(pattern, term, scope)).toBe(matches)
    expect(freeze(pattern, scope)(term, new Map())).toBe(matches)
  })

  test('a variable bound in the same pattern has its new value in a match, its old one in a receive', () => {
    const scope = newScope()
    scope.variables.set('x', 1)
    const pattern = { t: [{ bind: 'x' }, { v: 'x' }] }
    const [twoTwo, twoOne] = [scope.terms.tuple(2, 2), scope.terms.tuple(2, 1)]
    const received = freeze(pattern, scope)
    expect([received(twoTwo, new Map()), received(twoOne, new Map())]).toEqual([false, true])
    expect(matchNow(pattern, twoOne, scope)).toBe(false)
    expect(matchNow(pattern, twoTwo, scope)).toBe(true)
  })

  test('a failed match binds nothing', () => {
    const scope = newScope()
    expect(matchNow({ t: [{ bind: 'x' }, 'no'] }, scope.terms.tuple(1, 'yes'), scope)).toBe(false)
    expect(scope.variables.has('x')).toBe(false)
  })
})
