// Sending: to pids, names and the dead; order per pair.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isPid, send, spawn } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { ProcessId } from '../../src/base/pid.js'
import { kernelOf } from '../../src/runtime/node.js'
import { processOf, shared } from '../../src/runtime/process.js'
import { postNow } from '../../src/runtime/send.js'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('send', () => {
  test('any value is a message, undefined and null included', async () => {
    const values = [undefined, null, 0, '', false, Number.NaN, [], { type: 'x' }, Symbol.iterator, () => 1]
    const probe = node.probe()
    for (const value of values) node.send(probe.pid, value)
    await node.settle()
    expect(probe.messages).toEqual(values)
  })

  test('messages of one sender arrive in the order sent: "the order of signals between two entities is preserved"', async () => {
    const probe = node.probe<readonly [string, number]>()
    for (const name of ['a', 'b'])
      node.spawn(async (self) => {
        for (let n = 0; n < 500; n++) {
          self.send(probe.pid, [name, n])
          if (n % 7 === 0) await self.sleep(0)
        }
      })
    await node.advance(1000)
    for (const name of ['a', 'b'])
      expect(probe.messages.filter(([from]) => from === name).map(([, n]) => n)).toEqual(Array.from({ length: 500 }, (_, n) => n))
  })

  test('a dead pid takes a message in silence', async () => {
    const pid = node.spawn(() => undefined)
    await node.settle()
    expect(() => node.send(pid, 'hi')).not.toThrow()
  })

  test('a name that is not registered is badarg', () => {
    expect(thrownBy(() => node.send('nobody', 'hi'))).toMatchObject({
      code: 'GENSOCK_ERR_NOPROC',
      reason: 'badarg',
      message: linked('GENSOCK_ERR_NOPROC', 'send: no process is registered as "nobody" on node gensock@local'),
    })
  })

  test('a registered name is an address', async () => {
    const probe = node.probe()
    node.register('bob', probe.pid)
    node.send('bob', 'hi')
    await node.settle()
    expect(probe.messages).toEqual(['hi'])
  })

  test('a pid that was decoded from bytes reaches the process of this node', async () => {
    const probe = node.probe()
    const { node: name, id, serial, creation } = probe.pid
    const decoded = new ProcessId(name, id, serial, creation, undefined)
    node.send(decoded, 'hi')
    node.send(new ProcessId(name, id, serial, creation + 1, undefined), 'an earlier run of this node')
    node.send(new ProcessId('b@far', id, serial, creation, undefined), 'a node that is not connected')
    await node.settle()
    expect(probe.messages).toEqual(['hi'])
    expect(isPid(decoded) && decoded.equals(probe.pid)).toBe(true)
  })

  test('messages are passed by reference', async () => {
    const probe = node.probe()
    const message = { type: 'x' }
    node.send(probe.pid, message)
    await node.settle()
    expect(probe.messages[0]).toBe(message)
  })

  test('postNow runs an idle process at once when nothing else is ready, and queues else', async () => {
    const seen: unknown[] = []
    const pid = node.spawnProcess({ init: () => 0, message: (message: string, n) => (seen.push(message), ['ok', n]) })
    await node.settle()
    const process = processOf(pid)
    if (process === undefined) throw new Error('dead')
    postNow(process, 'now')
    expect(seen).toEqual(['now'])
    expect(shared.current).toBeNull()
    node.spawn(() => undefined)
    postNow(process, 'later')
    expect(seen).toEqual(['now'])
    await node.settle()
    expect(seen).toEqual(['now', 'later'])
    expect(kernelOf(node).queue.length).toBe(0)
  })

  test('within a process, postNow queues', async () => {
    const order: string[] = []
    const pid = node.spawnProcess({ init: () => 0, message: (message: string, n) => (order.push(message), ['ok', n]) })
    await inside(node, () => {
      const process = processOf(pid)
      if (process !== undefined) postNow(process, 'message')
      order.push('sender')
    })
    expect(order).toEqual(['sender', 'message'])
  })

  test('a message to oneself waits for the next receive', async () => {
    const got = await inside(node, (self) => {
      send(self.pid, 'first')
      send(self.pid, 'second')
      return self.receive()
    })
    expect(got).toBe('first')
    node.run(() => void spawn(idle))
  })
})
