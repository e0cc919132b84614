// A seed decides all that a test leaves to chance.
import { describe, expect, test } from '@jest/globals'
import { chance } from 'gensock/testing'

const TIMES = 2000

describe('chance', () => {
  test('gives the same answers for the same seed and the same questions, others for another seed', () => {
    const answers = (seed: number): unknown[] => {
      const dice = chance(seed)
      return [dice.random(), dice.int(1000), dice.is(0.5), dice.pick(['a', 'b', 'c']), dice.shuffle([1, 2, 3, 4, 5])]
    }
    expect(answers(7)).toEqual(answers(7))
    expect(answers(7)).not.toEqual(answers(8))
  })

  test('a whole number lies from 0 to below the bound, and each of them comes about as often', () => {
    const dice = chance(1)
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < TIMES; i++) counts[dice.int(4)]!++
    expect(counts.reduce((sum, count) => sum + count)).toBe(TIMES)
    for (const count of counts) expect(Math.abs(count - TIMES / 4)).toBeLessThan(TIMES / 16)
  })

  test('a probability of 0 is never, of 1 always; neither asks for a number', () => {
    const dice = chance(2)
    const other = chance(2)
    expect([dice.is(0), dice.is(1), dice.is(2), dice.is(-1)]).toEqual([false, true, true, false])
    expect(dice.random()).toBe(other.random())
  })

  test('a probability holds over many', () => {
    const dice = chance(3)
    let hits = 0
    for (let i = 0; i < TIMES; i++) if (dice.is(0.1)) hits++
    expect(Math.abs(hits - TIMES / 10)).toBeLessThan(TIMES / 40)
  })

  test('a shuffle has the same values in every order, and leaves what it was given', () => {
    const dice = chance(4)
    const given = [1, 2, 3]
    const orders = new Set<string>()
    for (let i = 0; i < 200; i++) orders.add(dice.shuffle(given).join(''))
    expect([...orders].sort()).toEqual(['123', '132', '213', '231', '312', '321'])
    expect(given).toEqual([1, 2, 3])
  })

  test.each([
    [() => chance(-1), 'chance: seed must be a whole number from 0'],
    [() => chance(1.5), 'chance: seed must be a whole number from 0'],
    [() => chance(1).int(0), 'int: below must be a whole number from 1'],
    [() => chance(1).pick([]), 'pick: choices must be an array with something in it, got []'],
  ])('bad input is refused (%#)', (ask, text) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining(text) }))
  })
})
