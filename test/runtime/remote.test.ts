// The seam for pids of other nodes: what the runtime asks of a cluster, and what it answers without one.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isExit, type Pid } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { ProcessId } from '../../src/base/pid.js'
import { Reference } from '../../src/base/ref.js'
import { kernelOf } from '../../src/runtime/node.js'
import type { Remote } from '../../src/runtime/remote.js'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
/** What the cluster was asked for. */
let asked: unknown[]
const far = new ProcessId('b@far', 5, 0, 1, undefined) as unknown as Pid
beforeEach(() => {
  node = testNode()
  asked = []
})
afterEach(() => node.stop())

function connect(): void {
  const note =
    (what: string) =>
    (...args: unknown[]): void =>
      void asked.push([what, ...args])
  kernelOf(node).remote = {
    send: note('send'),
    exit: note('exit'),
    link: note('link'),
    unlink: note('unlink'),
    monitor: note('monitor'),
    demonitor: note('demonitor'),
  } satisfies Remote
}

describe('with a cluster', () => {
  beforeEach(connect)

  test('a message to a pid or an alias of another node goes there', () => {
    const ref = new Reference('b@far', 7, 99)
    node.send(far, 'hi')
    node.send(ref, 'reply')
    expect(asked).toEqual([
      ['send', far, 'hi'],
      ['send', ref, 'reply'],
    ])
  })

  test('an exit signal goes there, from the process that sends it or from outside', async () => {
    const from = await inside(node, (self) => {
      self.exit(far, 'bye')
      return self.pid
    })
    node.exit(far, 'kill')
    expect(asked).toEqual([
      ['exit', from, far, 'bye'],
      ['exit', kernelOf(node).outsidePid, far, 'kill'],
    ])
  })

  test('link and unlink go there, and make no link here', async () => {
    const [from, links] = await inside(node, (self) => {
      self.link(far)
      self.unlink(far)
      return [self.pid, self.processInfo(self.pid, 'links')]
    })
    expect(links).toEqual([])
    expect(asked).toEqual([
      ['link', from, far],
      ['unlink', from, far],
    ])
  })

  test('a monitor goes there and stands here until demonitor or the end of its owner, which are told there', async () => {
    const [from, first, second, listed] = await inside(node, (self) => {
      const [first, second] = [self.monitor(far), self.monitor(far)]
      const listed = self.processInfo(self.pid, 'monitors')
      self.demonitor(first)
      self.demonitor(first)
      return [self.pid, first, second, listed]
    })
    expect(listed).toEqual([far, far])
    expect(asked).toEqual([
      ['monitor', from, far, first],
      ['monitor', from, far, second],
      ['demonitor', from, far, first],
      ['demonitor', from, far, second],
    ])
  })

  test('what is of this node is not asked of the cluster', async () => {
    const living = node.spawn(idle)
    const dead = node.spawn(() => undefined)
    await node.settle()
    await inside(node, async (self) => {
      for (const pid of [living, dead]) {
        self.demonitor(self.monitor(pid))
        self.monitor(pid)
        self.unlink(pid)
        self.send(pid, 'hi')
      }
      self.link(living)
      expect(thrownBy(() => self.link(dead))).toMatchObject({ reason: 'noproc' })
      self.exit(dead, 'x')
      self.monitor('nobody')
      self.send(self.makeRef(), 'hi')
    })
    expect(asked).toEqual([])
  })

  test('a pid that was decoded from bytes stands for the process of this node, living or dead', async () => {
    const pid = node.spawn(idle)
    const decoded = new ProcessId(pid.node, pid.id, pid.serial, pid.creation, undefined) as unknown as Pid
    const gone = new ProcessId(pid.node, pid.id + 1000, pid.serial, pid.creation, undefined) as unknown as Pid
    expect([node.isAlive(decoded), node.isAlive(gone)]).toEqual([true, false])
    const links = await inside(node, (self) => {
      self.link(decoded)
      return self.processInfo(pid, 'links')?.length
    })
    expect([links, asked]).toEqual([1, []])
  })
})

describe('without a cluster', () => {
  test('link to another node is the error noconnection, or EXIT for one that traps exits', async () => {
    const [error, exit] = await inside(node, async (self) => {
      const error = thrownBy(() => self.link(far))
      self.trapExit(true)
      self.link(far)
      return [error, await self.receive(isExit)]
    })
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_NOPROC', reason: 'noconnection' })
    expect(String(error)).toContain('link: <b@far.5.0> is on a node that is not connected')
    expect(exit).toMatchObject({ pid: far, reason: 'noconnection' })
  })

  test('a link to a dead process says that it is dead', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    expect(String(await inside(node, (self) => thrownBy(() => self.link(dead))))).toContain(`link: ${String(dead)} is dead`)
  })

  test('a monitor fires at once with noconnection', async () => {
    const [down, left] = await inside(node, async (self) => {
      self.monitor(far)
      return [await self.receive('DOWN'), self.processInfo(self.pid, 'monitors')]
    })
    expect([down, left]).toEqual([expect.objectContaining({ pid: far, reason: 'noconnection' }), []])
  })

  test('a call fails with noconnection', async () => {
    await expect(node.call(far, 'hi')).rejects.toMatchObject({
      reason: 'noconnection',
      message: linked('GENSOCK_ERR_CALL', 'call to <b@far.5.0> failed: its node is not connected'),
    })
  })

  test('unlink, demonitor, send and exit do nothing', async () => {
    await inside(node, (self) => {
      self.unlink(far)
      self.exit(far, 'x')
      self.send(far, 'hi')
      self.send(new Reference('b@far', 7, 99), 'hi')
      self.demonitor(self.monitor(far))
    })
    node.exit(far, 'x')
    expect(node.crashes).toEqual([])
  })
})
