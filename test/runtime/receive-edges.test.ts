// Receives at their edges: a process that ends while it looks, and a budget that is used up while a message is at hand.
import { describe, expect, test } from '@jest/globals'
import type { Receiver } from 'gensock'
import { testNode } from 'gensock/testing'
import { DEAD, type Process, processOf } from '../../src/runtime/process.js'

describe('a process that has ended', () => {
  test('leaves no timer behind when it receives with a limit', async () => {
    const node = testNode()
    let self: Receiver | undefined
    const pid = node.spawn(async (own) => {
      self = own
      await own.receive()
    })
    await node.settle()
    node.exit(pid, 'kill')
    void (self as Receiver).receive({ afterMs: 10 })
    expect(node.nextDueMs()).toBe(Infinity)
    await node.stop()
  })

  test.each(['at once', 'later'])('by its own guard, %s, gets no message, and stays dead', async (when) => {
    const node = testNode()
    let settled = false
    let process: Process | undefined
    const pid = node.spawn(async (self) => {
      process = processOf(self.pid)
      if (when === 'at once') self.send(self.pid, 'a')
      const receiving = self.receive(() => {
        node.exit(self.pid, 'kill')
        return true
      })
      void receiving.then(() => (settled = true))
      await receiving
    })
    await node.settle()
    if (when === 'later') node.send(pid, 'a')
    await node.settle()
    expect([settled, node.isAlive(pid), process?.state]).toEqual([false, false, DEAD])
    await node.stop()
  })
})

describe('with a budget that is always used up', () => {
  test('a receive takes the message that is at hand, whichever it is, and the others keep their order', async () => {
    const node = testNode({ pick: () => 0 })
    const got: unknown[] = []
    node.spawn(async (self) => {
      for (const type of ['a', 'b', 'c']) self.send(self.pid, { type })
      for (const match of ['b', undefined, undefined])
        got.push(((await (match === undefined ? self.receive() : self.receive(match))) as { type: string }).type)
      got.push(await self.receive({ afterMs: 0 }))
      self.send(self.pid, 'last')
      got.push(await self.receive({ afterMs: 0 }))
    })
    await node.settle()
    expect(got).toEqual(['b', 'a', 'c', undefined, 'last'])
    expect(node.nextDueMs()).toBe(Infinity)
    await node.stop()
  })
})

test('a message that was flushed before a waiting receive looks again does not hide a later one', async () => {
  const node = testNode()
  let self: Receiver | undefined
  let got: unknown
  const other = node.spawn(async (own) => void (await own.receive()))
  let ref: ReturnType<Receiver['monitor']> | undefined
  node.spawn(async (own: Receiver<any>) => {
    self = own
    ref = own.monitor(other)
    own.send(own.pid, 'kept')
    got = await own.receive('wanted')
  })
  await node.settle()
  node.exit(other, 'kill')
  await node.settle()
  self?.demonitor(ref as NonNullable<typeof ref>, { flush: true })
  node.send(self?.pid as Receiver['pid'], { type: 'wanted' })
  await node.settle()
  expect(got).toEqual({ type: 'wanted' })
  await node.stop()
})
