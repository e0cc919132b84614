// The runtime's messages are branded: what a user writes by hand, or JSON brings, is never taken for one of them.
import { describe, expect, test } from '@jest/globals'
import { DownMessage, ExitMessage, isDown, isExit, isTimeout, TimeoutMessage } from '../../src/base/messages.js'
import { ProcessId } from '../../src/base/pid.js'
import { Reference } from '../../src/base/ref.js'

const pid = new ProcessId('a@local', 81, 0, 1, null) as never
const ref = new Reference('a@local', 1, 1)
const exit = new ExitMessage(pid, 'normal')
const down = new DownMessage(ref, 'normal', pid, undefined, 'a@local', undefined)
const timeout = new TimeoutMessage(ref, 'hi')

/** The fields of a message, without its brand. */
const plain = (message: object): object => Object.fromEntries(Object.entries(message))

describe('messages', () => {
  test('each guard knows its own kind only', () => {
    expect([exit, down, timeout].map(isExit)).toEqual([true, false, false])
    expect([exit, down, timeout].map(isDown)).toEqual([false, true, false])
    expect([exit, down, timeout].map((message) => isTimeout(message))).toEqual([false, false, true])
  })

  test('look-alikes, copies and parsed JSON are not real ones', () => {
    const fakes = [
      { type: 'EXIT', pid, reason: 'normal' },
      plain(exit),
      JSON.parse('{"type":"EXIT","reason":"normal"}'),
      null,
      'EXIT',
    ]
    for (const fake of fakes) expect(isExit(fake)).toBe(false)
    expect(isDown(plain(down))).toBe(false)
    expect(isTimeout({ type: 'timeout', ref, message: 'hi' })).toBe(false)
  })

  test('the shape is { type, pid, reason }, { type, ref, pid, reason }, { type, ref, message }', () => {
    expect(plain(exit)).toEqual({ type: 'EXIT', pid, reason: 'normal' })
    expect(plain(down)).toEqual({ type: 'DOWN', ref, pid, reason: 'normal' })
    expect(plain(timeout)).toEqual({ type: 'timeout', ref, message: 'hi' })
  })

  test('a DOWN by name has name and node instead of pid; a tag is a field', () => {
    expect(plain(new DownMessage(ref, 'noproc', undefined, 'bob', 'a@local', 'mine'))).toEqual({
      type: 'DOWN',
      ref,
      reason: 'noproc',
      name: 'bob',
      node: 'a@local',
      tag: 'mine',
    })
  })
})
