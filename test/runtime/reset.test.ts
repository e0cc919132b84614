// resetProcess takes back what callbacks have made; the mailbox and who watches the process stay.
import { expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { processOf } from '../../src/runtime/process.js'
import { resetProcess } from '../../src/runtime/reset.js'
import { idle } from './inside.js'

test('timers to it, links, monitors, aliases, its name, its dictionary and trapExit are gone; watchers and mail stay', async () => {
  const node = testNode()
  const other = node.spawn(idle)
  const pid = node.spawn(
    async (self) => {
      self.link(other)
      self.monitor(other)
      self.alias()
      self.put('k', 1)
      self.sendAfter(10, 'never')
      self.sendAfterTo(10, other, 'kept')
      await idle(self)
    },
    { name: 'bob', trapExit: true },
  )
  await node.settle()
  const watcher = node.spawn(async (self) => (self.monitor(pid), idle(self)))
  await node.settle()
  node.send(pid, 'mail')
  const process = processOf(pid)
  if (process === undefined) throw new Error('dead')
  resetProcess(process)
  expect(node.processInfo(pid)).toMatchObject({
    links: [],
    monitors: [],
    monitored_by: [watcher],
    messages: ['mail'],
    registered_name: undefined,
    trap_exit: false,
    dictionary: new Map(),
  })
  expect([node.whereis('bob'), kernelOf(node).aliases.size, kernelOf(node).timers.size]).toEqual([undefined, 0, 1])
  expect(node.processInfo(other)).toMatchObject({ links: [], monitored_by: [] })
  node.exit(other, 'boom')
  expect([node.isAlive(pid), node.processInfo(pid, 'messages')]).toEqual([true, ['mail']])
  await node.stop()
})
