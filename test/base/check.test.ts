// Each check says where, what was allowed and what came.
import { describe, expect, test } from '@jest/globals'
import { MAX_MS, rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../../src/base/check.js'
import { BadArgError, ERROR_CODES, GensockError, show } from '../../src/base/errors.js'

describe('check', () => {
  test('milliseconds are whole numbers from 0 to 2^31 - 1', () => {
    for (const good of [0, 1, MAX_MS]) expect(() => requireMs('here', good)).not.toThrow()
    for (const bad of [-1, MAX_MS + 1, 1.5, Number.NaN, Infinity, '5', null, undefined, 5n])
      expect(() => requireMs('here: ms', bad)).toThrow(/^here: ms must be whole milliseconds from 0 to 2147483647, got /)
  })

  test('an int is bounded on both sides', () => {
    for (const good of [2, 3, 4]) expect(() => requireInt('here', good, 2, 4)).not.toThrow()
    for (const bad of [1, 5, 2.5, '3'])
      expect(() => requireInt('here', bad, 2, 4)).toThrow(/^here must be a whole number from 2 to 4/)
  })

  test('functions and booleans are taken for nothing else', () => {
    expect(() => requireFunction('f', () => undefined)).not.toThrow()
    expect(() => requireFunction('f', {})).toThrow('f must be a function, got {}')
    expect(() => requireBoolean('b', false)).not.toThrow()
    expect(() => requireBoolean('b', 0)).toThrow('b must be true or false, got 0')
  })

  test('an unknown option is refused by name, and the known ones are listed', () => {
    expect(() => rejectUnknown('spawn', { nme: 1 }, ['name', 'link'])).toThrow(
      expect.objectContaining({
        code: 'GENSOCK_ERR_UNKNOWN_OPTION',
        reason: 'badarg',
        message: "spawn does not know the option 'nme'; it knows name, link",
      }),
    )
    expect(() => rejectUnknown('spawn', { name: 1 }, ['name'])).not.toThrow()
  })

  test('options that are no object are refused', () => {
    for (const bad of [42, null, [], 'name'])
      expect(() => rejectUnknown('spawn', bad as object, ['name'])).toThrow(/^spawn: options must be an object, got /)
  })
})

describe('errors', () => {
  test('a GensockError carries its name, its code and the Erlang reason', () => {
    const error = new BadArgError('here', 'a pid', 42)
    expect(error).toBeInstanceOf(GensockError)
    expect(error).toBeInstanceOf(Error)
    expect({ name: error.name, code: error.code, reason: error.reason, message: error.message }).toEqual({
      name: 'BadArgError',
      code: 'GENSOCK_ERR_BADARG',
      reason: 'badarg',
      message: 'here must be a pid, got 42',
    })
  })

  test('the table of codes is frozen', () => {
    expect(Object.isFrozen(ERROR_CODES)).toBe(true)
  })

  test('what came is shown on one line and cut', () => {
    expect(show({ a: { b: { c: { d: 1 } } } })).toBe('{ a: { b: { c: [Object] } } }')
    const long = show(Array.from({ length: 1000 }, (_, i) => `item number ${i} of a long list of texts`))
    expect(long).not.toContain('\n')
    expect(long.length).toBeLessThanOrEqual(203)
  })
})
