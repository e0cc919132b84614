// A source of chance of which a seed fixes every number: for nodes of tests, simulations and whatever a scenario decides by lot.
import { requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'

/**
 * What a seed decides. The same seed and the same questions in the same order give the same answers, on every machine.
 *
 * @example
 * const dice: Chance = chance(7)
 * const again = chance(7)
 * dice.int(6) === again.int(6) // => true
 * dice.shuffle([1, 2, 3]).length // => 3
 * @see {@link chance}
 */
export interface Chance {
  /** A number from 0 to below 1. */
  random(): number
  /**
   * A whole number from 0 to below `below`.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a whole number from 1 on
   */
  int(below: number): number
  /** True with this probability: 0 = never, 1 = always. Both ask no number of the generator. */
  is(probability: number): boolean
  /**
   * One of these.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - there are none
   */
  pick<T>(choices: readonly T[]): T
  /** The same values in another order, in an array of their own. */
  shuffle<T>(values: readonly T[]): T[]
}

/** Seeds have 32 bits. @internal */
export const MAX_SEED = 0xffff_ffff

/**
 * Makes a source of chance.
 *
 * @param seed - a whole number from 0 to 4 294 967 295
 * @returns the source
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such number
 * @example
 * const dice = chance(1)
 * dice.pick(['heads', 'tails']) // => 'tails'
 * @see Mulberry32, a generator of 32 bits of state: enough for tests, of no use for secrets
 */
export function chance(seed: number): Chance {
  requireInt('chance: seed', seed, 0, MAX_SEED)
  const random = seeded(seed)
  const int = (below: number): number => Math.floor(random() * below)
  return Object.freeze({
    random,
    int(below: number) {
      requireInt('int: below', below, 1)
      return int(below)
    },
    is: (probability: number) => probability > 0 && (probability >= 1 || random() < probability),
    pick<T>(choices: readonly T[]): T {
      if (choices.length === 0) throw new BadArgError('pick: choices', 'an array with something in it', choices)
      return choices[int(choices.length)] as T
    },
    shuffle<T>(values: readonly T[]): T[] {
      const shuffled = [...values]
      for (let left = shuffled.length; left > 1; left--) {
        const other = int(left)
        const value = shuffled[left - 1] as T
        shuffled[left - 1] = shuffled[other] as T
        shuffled[other] = value
      }
      return shuffled
    },
  })
}

function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
