// Each check says where, what was allowed and what came.
import { describe, expect, jest, test } from '@jest/globals'
import { CallError, StartError } from 'gensock'
import { MAX_MS, rejectUnknown, requireBoolean, requireFunction, requireInt, requireMs } from '../../src/base/check.js'
import { BadArgError, BadReturnError, ERROR_CODES, type ErrorCode, GensockError, show } from '../../src/base/errors.js'
import { Crash } from '../../src/base/exit-reason.js'
import { linked } from '../linked.js'

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
        message: linked('GENSOCK_ERR_UNKNOWN_OPTION', "spawn does not know the option 'nme'; it knows name, link"),
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
      message: linked('GENSOCK_ERR_BADARG', 'here must be a pid, got 42'),
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
    expect(show([new Promise(() => undefined), new Error('x')])).not.toContain('\n')
  })

  test('of an error what it says is shown, not where', () => {
    expect(
      [new Error('first\n  second'), new TypeError(''), new RangeError('x'.repeat(300))].map((error) => show(error)),
    ).toEqual(['Error: first second', 'TypeError', `RangeError: ${'x'.repeat(188)}...`])
  })
})

test('an error of another copy of the library is one of this, of its own class and no other', async () => {
  jest.resetModules()
  const other = await import('../../src/base/errors.js')
  const theirs = new other.BadArgError('here', 'a number', 'none')
  const ours = new BadArgError('here', 'a number', 'none')
  expect(Object.getPrototypeOf(theirs)).not.toBe(BadArgError.prototype)
  expect([theirs instanceof GensockError, theirs instanceof BadArgError, theirs instanceof BadReturnError]).toEqual([
    true,
    true,
    false,
  ])
  expect([ours instanceof other.GensockError, ours instanceof other.BadArgError, ours instanceof other.BadReturnError]).toEqual([
    true,
    true,
    false,
  ])
  const lookAlike = Object.assign(new Error('no'), { name: 'BadArgError', code: 'GENSOCK_ERR_BADARG' })
  for (const value of [lookAlike, { name: 'BadArgError' }, undefined, null, 'no'])
    expect(value instanceof BadArgError).toBe(false)
})

describe('the link of a message', () => {
  const [BADARG, CALL, START] = ['BADARG', 'CALL', 'START'].map((name) => ` (see gensock/docs/errors/GENSOCK_ERR_${name}.md)`)

  test('stands behind what it says, for each code its own', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[])
      expect(new GensockError(code, 'no', 'why').message).toBe(`no (see gensock/docs/errors/${code}.md)`)
  })

  test('stands in the first line of more, before its colon', () => {
    expect(new GensockError('GENSOCK_ERR_CALL', 'no answer\ngot:\n  1', 'timeout').message).toBe(`no answer${CALL}\ngot:\n  1`)
    expect(new GensockError('GENSOCK_ERR_CALL', 'busy:\n  1', 'endless').message).toBe(`busy${CALL}:\n  1`)
    expect(new GensockError('GENSOCK_ERR_CALL', 'busy:', 'endless').message).toBe(`busy:${CALL}`)
  })

  test('is one to a line: a message that quotes another leads to its own page', () => {
    const inner = new BadArgError('here', 'a pid', 42)
    const again = new GensockError(inner.code, `${inner.message}; a hint`, 'badarg')
    expect(again.message).toBe(`here must be a pid, got 42; a hint${BADARG}`)
    const call = new CallError('bob', new Crash('badarg', inner, ''), `it ended with ${String(new Crash('badarg', inner, ''))}`)
    expect(call.message).toBe(`call to "bob" failed: it ended with BadArgError: here must be a pid, got 42${CALL}`)
    expect(call.cause).toBe(inner)
    const start = new StartError(call)
    expect(start.message.split(' (see ')).toHaveLength(2)
    expect(start.message.endsWith(String(START))).toBe(true)
  })

  test('of a quoted error stays in the lines below, as in a stack', () => {
    const inner = new BadArgError('here', 'a pid', 42)
    const { message } = new GensockError('GENSOCK_ERR_UNEXPECTED_CRASH', `crashed: ${inner.message}\n${inner.stack}`, 'badarg')
    const [first, second] = message.split('\n')
    expect(first).toBe('crashed: here must be a pid, got 42 (see gensock/docs/errors/GENSOCK_ERR_UNEXPECTED_CRASH.md)')
    expect(second).toBe(`BadArgError: here must be a pid, got 42${BADARG}`)
  })

  test('is shown with an error and with a crash, but not with what holds one', () => {
    const error = new BadArgError('here', 'a pid', 42)
    const said = `BadArgError: here must be a pid, got 42${BADARG}`
    expect([show(error), String(new Crash('badarg', error, ''))]).toEqual([said, said])
    expect(show({ error })).toContain('{ error: BadArgError: here must be a pid, got 42 at ')
  })
})
