// Exit reasons: a crash is branded, an exit signal and a nocatch are what they say.
import { describe, expect, test } from '@jest/globals'
import { BadArgError } from '../../src/base/errors.js'
import { Crash, ExitSignal, isCrash, isExitSignal, isNocatch, nocatch, reasonOfThrown } from '../../src/base/exit-reason.js'

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

describe('exit reasons', () => {
  test('an object with the fields of a crash is no crash', () => {
    for (const value of [{ value: 1, error: new Error('x'), stack: '' }, null, 'normal', new Error('x')])
      expect(isCrash(value)).toBe(false)
    expect(isCrash(new Crash(1, 1, ''))).toBe(true)
  })

  test('an uncaught error is a crash with the error itself as its value, and with its stack', () => {
    const error = new TypeError('boom')
    const reason = reasonOfThrown(error)
    expect(reason).toEqual({ value: error, error, stack: error.stack })
    expect(isCrash(reason)).toBe(true)
    expect((reason as Crash).toString()).toBe('TypeError: boom')
  })

  test('an uncaught GensockError is a crash with the Erlang reason as its value', () => {
    expect(reasonOfThrown(new BadArgError('here', 'a pid', 42))).toMatchObject({ value: 'badarg' })
  })

  test('anything may be thrown', () => {
    expect(reasonOfThrown('text')).toMatchObject({ value: 'text', error: 'text', stack: '' })
    expect(reasonOfThrown(undefined)).toMatchObject({ value: undefined })
    expect(isCrash(reasonOfThrown(null))).toBe(true)
  })

  test('exit gives the bare reason', () => {
    expect(reasonOfThrown(new ExitSignal('shutdown'))).toBe('shutdown')
    expect(isExitSignal({ reason: 'shutdown' })).toBe(false)
  })

  test('nocatch is a crash: "If a throw is not caught, the reason is {nocatch, Term}"', () => {
    const thrown = thrownBy(() => nocatch('done'))
    expect(isNocatch(thrown)).toBe(true)
    expect(isNocatch({ value: 'done', stack: '' })).toBe(false)
    expect(reasonOfThrown(thrown)).toMatchObject({ value: ['nocatch', 'done'] })
  })
})
