// Aliases: refs that others can send to.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Receiver, Ref } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { removeMonitor, watchEnd } from '../../src/runtime/alias.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { idle, inside } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** Which of the messages sent to `ref` arrive. */
function arriving(self: Receiver<any>, ref: Ref, ...messages: unknown[]): unknown[] {
  for (const message of messages) self.send(ref, message)
  return [...(self.processInfo(self.pid, 'messages') ?? [])].filter((message) => messages.includes(message))
}

describe('alias', () => {
  test('a message to an active alias arrives, one to an inactive alias is dropped in silence', async () => {
    const got = await inside(node, (self) => {
      const ref = self.alias()
      const before = arriving(self, ref, 'a', 'b')
      return [before, self.unalias(ref), arriving(self, ref, 'c'), self.unalias(ref)]
    })
    expect(got).toEqual([['a', 'b'], true, [], false])
  })

  test('with reply it is gone after the first message', async () => {
    expect(await inside(node, (self) => arriving(self, self.alias({ reply: true }), 'a', 'b'))).toEqual(['a'])
  })

  test("another process's alias cannot be taken away: unalias answers false", async () => {
    let ref: Ref | undefined
    const owner = node.spawn(async (self) => {
      ref = self.alias()
      await idle(self)
    })
    await node.settle()
    expect(await inside(node, (self) => self.unalias(ref as Ref))).toBe(false)
    node.send(ref as Ref, 'still there')
    expect(node.processInfo(owner, 'messages')).toEqual(['still there'])
  })

  test('a fresh ref is no alias', async () => {
    expect(await inside(node, (self) => arriving(self, self.makeRef(), 'a'))).toEqual([])
  })

  test('the alias of a dead process takes a message in silence', async () => {
    const ref = await inside(node, (self) => self.alias())
    expect(() => node.send(ref, 'hi')).not.toThrow()
  })
})

describe('the alias of a monitor', () => {
  test.each([
    ['explicit_unalias', ['a', 'b'], ['c'], ['d']],
    ['demonitor', ['a', 'b'], [], []],
    ['reply_demonitor', ['a'], [], []],
  ] as const)('%s: what arrives before and after demonitor, and after DOWN', async (alias, before, after, afterDown) => {
    const got = await inside(node, (self) => {
      const [, first] = self.spawnMonitor(idle, { monitor: { alias } })
      const arrivedBefore = arriving(self, first, 'a', 'b')
      self.demonitor(first)
      const arrivedAfter = arriving(self, first, 'c')
      const [pid, second] = self.spawnMonitor(idle, { monitor: { alias } })
      self.exit(pid, 'x')
      return [arrivedBefore, arrivedAfter, arriving(self, second, 'd')]
    })
    expect(got).toEqual([before, after, afterDown])
  })

  test('reply_demonitor: the first message takes alias and monitor away', async () => {
    const got = await inside(node, async (self) => {
      const [pid, ref] = self.spawnMonitor(idle, { monitor: { alias: 'reply_demonitor' } })
      self.send(ref, 'reply')
      self.exit(pid, 'x')
      return [await self.receive(), await self.receive({ afterMs: 0 }), self.demonitor(ref, { info: true })]
    })
    expect(got).toEqual(['reply', undefined, false])
  })

  test('unalias leaves the monitor', async () => {
    const got = await inside(node, async (self) => {
      const [pid, ref] = self.spawnMonitor(idle, { monitor: { alias: 'demonitor' } })
      const was = self.unalias(ref)
      self.exit(pid, 'x')
      return [was, (await self.receive('DOWN')).reason]
    })
    expect(got).toEqual([true, 'x'])
  })
})

describe('watchEnd', () => {
  const living = (): Process => processOf(node.spawn(idle)) as Process

  test('is called once with the reason, sends nothing, and leaves nothing behind on either end', async () => {
    const [owner, target] = [living(), living()]
    const heard: unknown[] = []
    const { ref } = watchEnd(owner, target, (reason) => void heard.push(reason))
    expect([owner.monitors?.has(ref.id), node.processInfo(target.pid, 'monitored_by')]).toEqual([true, [owner.pid]])
    node.exit(target.pid, 'kill')
    await node.settle()
    expect([heard, owner.monitors, node.processInfo(owner.pid, 'messages')]).toEqual([['killed'], null, []])
  })

  test('ends with its owner; without one only removeMonitor takes it back; a ref may be given', () => {
    const [owner, target, other] = [living(), living(), living()]
    const heard: unknown[] = []
    const ref = owner.kernel.newRef()
    expect(watchEnd(owner, target, () => void heard.push('owned'), ref).ref).toBe(ref)
    watchEnd(null, target, (reason) => void heard.push(reason))
    removeMonitor(watchEnd(null, target, () => void heard.push('removed')))
    watchEnd(null, other, () => void heard.push('other'))
    node.exit(owner.pid, 'kill')
    node.exit(target.pid, 'boom')
    expect([heard, target.monitoredBy]).toEqual([['boom'], null])
  })
})
