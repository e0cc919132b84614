import { describe, expect, test } from '@jest/globals'
import { readArguments, USAGE } from './arguments.js'

const read = (line: string): ReturnType<typeof readArguments> =>
  readArguments(line.split(' ').filter(Boolean), ['messages', 'calls'])

describe('the command line of npm run simulate', () => {
  test('without words: 1000 seeds of all scenarios', () => {
    expect(read('')).toEqual({ seeds: 1000, from: 1, isSingle: false, only: [], seconds: Infinity })
  })
  test('says how many seeds, from which on, of which scenarios and for how long', () => {
    const order = { seeds: 5, from: 0, isSingle: false, only: ['calls', 'messages'], seconds: 9 }
    expect(read('--seeds 5 --from 0 --only calls,messages --seconds 9')).toEqual(order)
  })
  test('one seed is run alone', () => {
    expect(read('--seed 0')).toEqual({ seeds: 1, from: 0, isSingle: true, only: [], seconds: Infinity })
  })
  test.each([
    ['--sead 1', 'unknown option "--sead"'],
    ['12', 'unknown option "12"'],
    ['--seeds', '--seeds needs a value'],
    ['--seeds 0', '--seeds must be a whole number from 1 on, got "0"'],
    ['--seeds 1.5', '--seeds must be a whole number from 1 on, got "1.5"'],
    ['--from -1', '--from must be a whole number from 0 on, got "-1"'],
    ['--seconds ten', '--seconds must be a whole number from 1 on, got "ten"'],
    ['--only calls,kalls', 'no scenario "kalls"; there are messages, calls'],
    ['--seed 1 --seeds 2', '--seed does not go with --seeds or --from'],
  ])('%s is refused, with the reason and the usage', (line, why) => {
    expect(read(line)).toEqual({ refusal: `${why}\n${USAGE}` })
  })
})
