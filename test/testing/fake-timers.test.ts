// Under the fake timers of a framework the node goes on: it has its own.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { simulate, testNode } from 'gensock/testing'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('a test node settles, advances, yields and stops', async () => {
  const node = testNode()
  const probe = node.probe()
  node.sendAfter(1000, probe.pid, 'tick')
  node.spawn(async (self) => {
    for (let n = 0; n < 50_000; n++) {
      self.send(self.pid, n)
      await self.receive() // more than one slice
    }
    self.send(probe.pid, 'counted')
  })
  expect(await probe.next()).toBe('counted')
  expect(await probe.next()).toBe('tick')
  await node.advance(1000)
  await node.stop()
  expect(node.now()).toBe(2000)
})

test('a simulation runs', async () => {
  const { value } = await simulate(1, async (node) => {
    const probe = node.probe()
    node.sendAfter(1000, probe.pid, 'tick')
    return probe.next()
  })
  expect(value).toBe('tick')
})
