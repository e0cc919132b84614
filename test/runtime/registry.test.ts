// Names of a node.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('names', () => {
  test('whereis answers the pid of a name, undefined for none', () => {
    const pid = node.spawn(idle, { name: 'bob' })
    expect(node.whereis('bob')).toBe(pid)
    expect(node.whereis('alice')).toBeUndefined()
  })

  test('register of a taken name is badarg: "badarg if Name is already in use"', () => {
    const bob = node.spawn(idle, { name: 'bob' })
    const other = node.spawn(idle)
    const error = thrownBy(() => node.register('bob', other))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_NAME_TAKEN', reason: 'badarg' })
    expect(error.message).toBe(linked('GENSOCK_ERR_NAME_TAKEN', `register: the name "bob" belongs to ${String(bob)}`))
  })

  test('a process has one name: "badarg if the process or port is already registered with another name"', () => {
    const pid = node.spawn(idle, { name: 'bob' })
    expect(thrownBy(() => node.register('robert', pid))).toMatchObject({ code: 'GENSOCK_ERR_NAME_TAKEN', reason: 'badarg' })
  })

  test('a dead pid cannot be registered: "badarg if PidOrPort is not an existing local process"', async () => {
    const pid = node.spawn(() => undefined)
    await node.settle()
    expect(thrownBy(() => node.register('bob', pid))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC', reason: 'badarg' })
  })

  test('unregister frees the name, and of an unknown one is badarg', () => {
    const pid = node.spawn(idle, { name: 'bob' })
    node.unregister('bob')
    expect(node.whereis('bob')).toBeUndefined()
    node.register('robert', pid)
    expect(node.processInfo(pid, 'registered_name')).toBe('robert')
    expect(thrownBy(() => node.unregister('bob'))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC', reason: 'badarg' })
  })

  test('a name is free as soon as its process has ended', async () => {
    const pid = node.spawn(idle, { name: 'bob' })
    node.exit(pid, 'shutdown')
    expect(node.whereis('bob')).toBeUndefined()
    node.spawn(idle, { name: 'bob' })
  })

  test("the name 'undefined', as in OTP, and anything that is no text are refused", () => {
    const pid = node.spawn(idle)
    for (const name of ['undefined', '', 42, null, Symbol.iterator])
      expect(thrownBy(() => node.register(name as string, pid))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })

  test('spawn under a taken name makes no process', async () => {
    node.spawn(idle, { name: 'bob' })
    const before = node.processes().length
    expect(thrownBy(() => node.spawn(idle, { name: 'bob' }))).toMatchObject({ code: 'GENSOCK_ERR_NAME_TAKEN' })
    expect(node.processes()).toHaveLength(before)
  })

  test('a new holder of a name does not get the DOWN of the old one twice', async () => {
    const first = node.spawn(idle, { name: 'bob' })
    const got = await inside(node, async (self) => {
      const ref = self.monitor('bob')
      self.exit(first, 'gone')
      self.spawn(idle, { name: 'bob' })
      const down = await self.receive('DOWN')
      self.exit(self.whereis('bob') as never, 'gone too')
      return { same: down.ref === ref, name: down.name, again: await self.receive({ afterMs: 0 }) }
    })
    expect(got).toEqual({ same: true, name: 'bob', again: undefined })
  })
})
