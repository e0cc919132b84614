// Tables of links, monitors and aliases: one entry goes without the others, and what is empty costs nothing.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Receiver } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { Reference } from '../../src/base/ref.js'
import { kernelOf } from '../../src/runtime/node.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { idle, inside } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const of = (self: Receiver<any>): Process => processOf(self.pid) as Process

describe('one of several', () => {
  test('unalias takes one alias away and leaves the others', async () => {
    const got = await inside(node, (self) => {
      const [first, second] = [self.alias(), self.alias()]
      const answers = [self.unalias(first), self.unalias(second), self.unalias(second)]
      return [...answers, of(self).aliases]
    })
    expect(got).toEqual([true, true, false, null])
  })

  test('demonitor takes one monitor away and leaves the others, on both ends', async () => {
    const pid = node.spawn(idle)
    const got = await inside(node, (self) => {
      const [first, second] = [self.monitor(pid), self.monitor(pid)]
      const counts = (): unknown[] => [
        self.processInfo(self.pid, 'monitors')?.length,
        self.processInfo(pid, 'monitored_by')?.length,
      ]
      const before = counts()
      const answers = [self.demonitor(first, { info: true }), ...counts(), self.demonitor(second, { info: true }), ...counts()]
      return [before, answers, of(self).monitors, processOf(pid)?.monitoredBy]
    })
    expect(got).toEqual([[2, 2], [true, 1, 1, true, 0, 0], null, null])
  })

  test('unlink takes one link away and leaves the others', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    const got = await inside(node, (self) => {
      self.link(a)
      self.link(b)
      self.unlink(a)
      const left = self.processInfo(self.pid, 'links')
      self.unlink(b)
      return [left, of(self).links, processOf(a)?.links]
    })
    expect(got).toEqual([[b], null, null])
  })
})

describe('aliases', () => {
  test('go with their process: the node keeps none', async () => {
    const { aliases } = kernelOf(node)
    await inside(node, (self) => {
      self.alias()
      self.alias({ reply: true })
      self.spawnMonitor(idle, { monitor: { alias: 'demonitor' } })
      expect(aliases.size).toBe(3)
    })
    expect(aliases.size).toBe(0)
  })

  test('one with empty options stays after a message', async () => {
    const got = await inside(node, (self) => {
      const ref = self.alias({})
      self.send(ref, 'a')
      self.send(ref, 'b')
      return self.processInfo(self.pid, 'messages')
    })
    expect(got).toEqual(['a', 'b'])
  })

  test('a ref of another node or of an earlier run with the same number is no alias of this process', async () => {
    const got = await inside(node, (self) => {
      const ref = self.alias()
      return [
        self.unalias(new Reference('b@far', ref.id, ref.creation)),
        self.unalias(new Reference(ref.node, ref.id, ref.creation + 1)),
        self.unalias(ref),
      ]
    })
    expect(got).toEqual([false, false, true])
  })

  test('unalias of a reply_demonitor monitor leaves the monitor', async () => {
    const got = await inside(node, async (self) => {
      const [pid, ref] = self.spawnMonitor(idle, { monitor: { alias: 'reply_demonitor' } })
      const was = self.unalias(ref)
      self.exit(pid, 'x')
      return [was, (await self.receive('DOWN')).reason]
    })
    expect(got).toEqual([true, 'x'])
  })
})

describe('tables of monitors', () => {
  test('are used again, on both ends, and at most 64 are kept', async () => {
    const { spareMonitors } = kernelOf(node)
    spareMonitors.length = 0
    const pids = Array.from({ length: 40 }, () => node.spawn(idle))
    const got = await inside(node, (self) => {
      const [first, ...others] = pids.map((pid) => self.monitor(pid))
      self.demonitor(first as NonNullable<typeof first>)
      const afterOne = spareMonitors.length
      const kept = spareMonitors[0]
      self.monitor(pids[0] as NonNullable<(typeof pids)[0]>)
      const again = processOf(pids[0] as NonNullable<(typeof pids)[0]>)?.monitoredBy === kept
      for (const ref of others) self.demonitor(ref)
      return [afterOne, again]
    })
    expect(got).toEqual([1, true])
    const many = Array.from({ length: 100 }, () => node.spawn(idle))
    await inside(node, (self) => {
      for (const ref of many.map((pid) => self.monitor(pid))) self.demonitor(ref)
    })
    expect(spareMonitors).toHaveLength(64)
  })
})
