// What a message is compared with: deep equality as toEqual has it, asymmetric matchers of any framework, and pictures of
// both.
import { describe, expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { DownMessage } from '../../src/base/messages.js'
import { fits, picture } from '../../src/testing/pattern.js'

const circle = (name: string): object => {
  const self: { name: string; self?: object } = { name }
  self.self = self
  return self
}

describe('fits', () => {
  const same: [string, unknown, unknown][] = [
    ['NaN', Number.NaN, Number.NaN],
    ['nested literals', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }],
    ['a field that is undefined and one that is not there', { a: 1, b: undefined }, { a: 1 }],
    ['and the other way round', { a: 1 }, { a: 1, b: undefined }],
    [
      'an object of a class and a literal',
      new (class Tick {
        type = 'tick'
      })(),
      { type: 'tick' },
    ],
    ['dates', new Date(5), new Date(5)],
    ['regular expressions', /a/g, /a/g],
    ['errors that say the same', new TypeError('no'), new RangeError('no')],
    ['bytes', Buffer.from('hi'), new Uint8Array([104, 105])],
    ['buffers', new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
    [
      'maps in any order',
      new Map([
        ['a', { n: 1 }],
        ['b', { n: 2 }],
      ]),
      new Map([
        ['b', { n: 2 }],
        ['a', { n: 1 }],
      ]),
    ],
    ['sets of objects', new Set([{ n: 1 }, { n: 2 }]), new Set([{ n: 2 }, { n: 1 }])],
    ['circles', circle('a'), circle('a')],
  ]
  const other: [string, unknown, unknown][] = [
    ['0 and -0', 0, -0],
    ['a number and its text', 1, '1'],
    ['null and an object', null, {}],
    ['a longer array', [1, 2], [1]],
    ['a hole and a value', [undefined], [1]],
    ['a field more', { a: 1, b: 2 }, { a: 1 }],
    ['a field less', { a: 1 }, { a: 1, b: 2 }],
    ['an array and an object', [], {}],
    ['dates', new Date(5), new Date(6)],
    ['flags', /a/g, /a/],
    ['errors that say other things', new Error('no'), new Error('yes')],
    ['an error and a literal', new Error('no'), { message: 'no' }],
    ['bytes', Buffer.from('hi'), Buffer.from('ho')],
    ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
    ['sets', new Set([1, 2]), new Set([1, 3])],
    ['functions', () => 1, () => 1],
    ['circles', circle('a'), circle('b')],
    ['symbols as keys', { [Symbol.for('x')]: 1 }, {}],
  ]
  test.each(same)('%s: the same, as for toEqual', (_name, one, two) => {
    expect(fits(one, two)).toBe(true)
    expect(one).toEqual(two)
  })
  test.each(other)('%s: not the same, as for toEqual', (_name, one, two) => {
    expect(fits(one, two)).toBe(false)
    expect(one).not.toEqual(two)
  })

  test('asymmetric matchers, at the top and in any depth, of jest or of nobody', () => {
    expect(fits(1, expect.any(Number))).toBe(true)
    expect(
      fits(
        { a: [1, { b: 'xyz', c: 1 }] },
        { a: [expect.anything(), expect.objectContaining({ b: expect.stringMatching(/y/) })] },
      ),
    ).toBe(true)
    expect(fits({ a: 'x' }, { a: expect.any(Number) })).toBe(false)
    const even = { asymmetricMatch: (n: unknown) => Number(n) % 2 === 0 }
    expect([fits([2], [even]), fits([3], [even])]).toEqual([true, false])
  })

  test('pids and refs are compared by who they are, without a walk into their processes', async () => {
    const node = testNode()
    const [one, two] = [node.probe().pid, node.probe().pid]
    const ref = node.makeRef()
    const down = new DownMessage(ref, 'x', one, undefined, node.name, undefined)
    expect([fits(one, one), fits(one, two), fits({ id: one.id }, one)]).toEqual([true, false, false])
    expect([fits(ref, ref), fits(ref, node.makeRef())]).toEqual([true, false])
    expect([
      fits(down, { type: 'DOWN', ref, pid: one, reason: 'x' }),
      fits(down, { type: 'DOWN', ref, pid: two, reason: 'x' }),
    ]).toEqual([true, false])
    await node.stop()
  })
})

describe('picture', () => {
  test('an asymmetric matcher as its framework writes it, at any depth', () => {
    expect(picture({ a: expect.any(Number), b: [expect.stringContaining('x')] })).toBe(
      "{ a: Any<Number>, b: [ StringContaining 'x' ] }",
    )
    expect(picture({ asymmetricMatch: () => true, toString: () => 'an even number' })).toBe('an even number')
  })
  test('anything else as inspect does, in one line and bounded', () => {
    expect(picture([1, { a: 'x' }])).toBe("[ 1, { a: 'x' } ]")
    expect(picture('x'.repeat(1000)).length).toBeLessThan(250)
    const bad = {
      asymmetricMatch: () => true,
      toString: () => {
        throw new Error('no picture')
      },
    }
    expect(picture([bad])).toMatch(/asymmetricMatch/)
  })
})

test('the members of sets are paired one for one', () => {
  const [one, two] = [{ a: 1 }, { a: 2 }]
  expect(fits(new Set([one, two]), new Set([{ a: 1 }, { a: 1 }]))).toBe(false)
  expect(fits(new Set([{ a: 1 }, { a: 1 }]), new Set([one, two]))).toBe(false)
  expect(fits(new Set([one, two]), new Set([expect.anything(), { a: 1 }]))).toBe(true)
  expect(fits(new Map([[one, 1]]), new Map([[two, 1]]))).toBe(false)
})
