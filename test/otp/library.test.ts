// The way from the library's values to terms and back.
import { describe, expect, test } from '@jest/globals'
import { Library, toReason } from './library.js'
import { Terms, toJson } from './terms.js'

const NAMES = { processName: () => 'p', refName: () => 'r' }

describe('what the library says', () => {
  const library = new Library(new Terms())
  test.each<[unknown, unknown]>([
    [undefined, 'undefined'],
    [['error', ['already_started', 1]], { t: ['error', { t: ['already_started', 1] }] }],
    [{ type: 'timeout' }, 'timeout'],
    [['bad_combination', [['auto_shutdown', 'never']]], { t: ['bad_combination', [{ t: ['auto_shutdown', 'never'] }]] }],
    [['invalid_period', 500], { t: ['invalid_period', 0.5] }],
    [['no_way', { id: 'a', start: () => undefined }], { t: ['no_way', '$child'] }],
    [{ odd: 1 }, { t: ['$unknown', { s: '{ odd: 1 }' }] }],
    [() => 1, { t: ['$unknown', { s: '[Function (anonymous)]' }] }],
  ])('%j is %j', (value, json) => expect(toJson(library.toTerm(value), NAMES)).toEqual(json))
})

test('a term that was handed over comes back as itself, and what stands for a value leads to it', () => {
  const terms = new Terms()
  const library = new Library(terms)
  const term = terms.tuple('reply', terms.list([1]))
  expect(library.toTerm(library.handOver(['reply', 'anything'], term))).toBe(term)
  const id = { ref: 1 }
  expect(library.origin(library.stands(term, id))).toBe(id)
  expect(library.origin('other')).toBe('other')
})

test('{shutdown, X} is the only reason that the library knows by its shape', () => {
  const terms = new Terms()
  const other = terms.tuple('other', 1)
  expect(toReason(terms.tuple('shutdown', other))).toEqual(['shutdown', other])
  expect(toReason(other)).toBe(other)
})
