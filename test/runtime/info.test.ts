// What can be seen of a process from outside.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { InfoItem } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('processInfo', () => {
  test('each item tells what it says', async () => {
    const watched = node.spawn(idle)
    const watcher = node.spawn(
      async (self) => {
        self.put('key', 'value')
        self.link(watched)
        self.monitor(watched)
        self.monitor('bob')
        await idle(self)
      },
      { name: 'bob', trapExit: true },
    )
    await node.settle()
    node.send(watcher, 'one')
    node.send(watcher, 'two')
    expect(node.processInfo(watcher)).toEqual({
      links: [watched],
      monitors: [watched],
      monitored_by: [],
      message_queue_len: 2,
      messages: ['one', 'two'],
      registered_name: 'bob',
      trap_exit: true,
      parent: undefined,
      dictionary: new Map([['key', 'value']]),
      status: 'runnable',
    })
    expect(node.processInfo(watched, 'monitored_by')).toEqual([watcher])
  })

  test('a monitor by name is listed as { name, node }', async () => {
    node.spawn(idle, { name: 'bob' })
    expect(await inside(node, (self) => (self.monitor('bob'), self.processInfo(self.pid, 'monitors')))).toEqual([
      { name: 'bob', node: 'gensock@local' },
    ])
  })

  test('undefined for a dead process, with an item and without', async () => {
    const pid = node.spawn(() => undefined)
    await node.settle()
    expect([node.processInfo(pid), node.processInfo(pid, 'links')]).toEqual([undefined, undefined])
  })

  test('what it answers is a copy', async () => {
    const pid = node.spawn(idle)
    node.send(pid, 'one')
    ;(node.processInfo(pid, 'messages') as unknown[]).length = 0
    ;(node.processInfo(pid, 'dictionary') as Map<unknown, unknown>).set('key', 1)
    expect(node.processInfo(pid)).toMatchObject({ messages: ['one'], dictionary: new Map() })
  })

  test('an unknown item is refused and the known ones are named', () => {
    const pid = node.spawn(idle)
    for (const item of ['memory', 'toString', 42]) {
      const error = thrownBy(() => node.processInfo(pid, item as InfoItem))
      expect(error.message).toMatch(/^processInfo: item must be one of links, monitors, .*, status, got /)
    }
  })

  test('status tells waiting for a message from waiting for a foreign promise', async () => {
    let go: (() => void) | undefined
    const foreign = new Promise<void>((resolve) => void (go = resolve))
    const waiting = node.spawn(idle)
    const suspended = node.spawn(() => foreign)
    expect(node.processInfo(waiting, 'status')).toBe('runnable')
    await node.settle()
    expect([waiting, suspended].map((pid) => node.processInfo(pid, 'status'))).toEqual(['waiting', 'suspended'])
    expect(await inside(node, (self) => self.processInfo(self.pid, 'status'))).toBe('runnable')
    go?.()
  })
})

test('processes lists the living ones, oldest first', async () => {
  const [first, second, third] = [node.spawn(idle), node.spawn(idle), node.spawn(idle)]
  node.exit(second, 'x')
  expect(node.processes()).toEqual([first, third])
})
