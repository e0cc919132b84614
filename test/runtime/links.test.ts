// Links and monitors.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isDown, isExit } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('links', () => {
  test('a link is one, however often it is made, and one unlink takes it away', async () => {
    const pid = node.spawn(idle)
    const counts = await inside(node, (self) => {
      const counts: (number | undefined)[] = []
      self.link(pid)
      self.link(pid)
      counts.push(self.processInfo(pid, 'links')?.length)
      self.unlink(pid)
      counts.push(self.processInfo(pid, 'links')?.length)
      return counts
    })
    expect(counts).toEqual([1, 0])
  })

  test('a linked process dies with the reason of the other, a trapping one gets EXIT', async () => {
    const victim = node.spawn(idle)
    const message = await inside(
      node,
      async (self) => {
        self.link(victim)
        self.exit(victim, 'boom')
        return self.receive('EXIT')
      },
      { trapExit: true },
    )
    expect(isExit(message)).toBe(true)
    expect({ ...message }).toEqual({ type: 'EXIT', pid: victim, reason: 'boom' })
  })

  test('a normal end does not end linked processes', async () => {
    const parent = node.spawn(async (self) => {
      self.spawnLink(() => undefined)
      await self.receive()
    })
    await node.settle()
    expect(node.isAlive(parent)).toBe(true)
    expect(node.processInfo(parent, 'links')).toEqual([])
  })

  test('link to a dead pid is an error noproc that can be caught; a trapping process gets EXIT noproc', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    expect(await inside(node, (self) => thrownBy(() => self.link(dead)))).toMatchObject({
      code: 'GENSOCK_ERR_NOPROC',
      reason: 'noproc',
    })
    const exit = await inside(node, (self) => (self.link(dead), self.receive('EXIT')), { trapExit: true })
    expect({ ...exit }).toEqual({ type: 'EXIT', pid: dead, reason: 'noproc' })
  })

  test('a process linked to itself is not linked', async () => {
    expect(await inside(node, (self) => (self.link(self.pid), self.processInfo(self.pid, 'links')))).toEqual([])
  })

  test('unlink leaves an EXIT that is in the mailbox already', async () => {
    const message = await inside(
      node,
      async (self) => {
        const pid = self.spawnLink(idle)
        self.exit(pid, 'boom')
        self.unlink(pid)
        return self.receive({ afterMs: 0 })
      },
      { trapExit: true },
    )
    expect(message).toMatchObject({ type: 'EXIT', reason: 'boom' })
  })
})

describe('monitors', () => {
  test('each monitor gives one DOWN with its own ref', async () => {
    const pid = node.spawn(idle)
    const got = await inside(node, async (self) => {
      const refs = [self.monitor(pid), self.monitor(pid)]
      self.exit(pid, 'boom')
      const downs = [await self.receive('DOWN'), await self.receive('DOWN')]
      return {
        same: downs.map((down) => down.ref === refs[downs.indexOf(down)]),
        real: downs.map(isDown),
        down: { ...downs[0] },
        refs,
      }
    })
    expect(got).toMatchObject({ same: [true, true], real: [true, true] })
    expect(got.down).toEqual({ type: 'DOWN', ref: got.refs[0], pid, reason: 'boom' })
  })

  test('a monitor of a dead pid or a free name fires at once with noproc; by name it tells name and node', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    const [byPid, byName] = await inside(node, async (self) => {
      self.monitor(dead)
      self.monitor('nobody')
      return [await self.receive('DOWN'), await self.receive('DOWN')]
    })
    expect(byPid).toMatchObject({ pid: dead, reason: 'noproc' })
    expect(byName).toMatchObject({ name: 'nobody', node: 'gensock@local', reason: 'noproc' })
    expect('pid' in byName).toBe(false)
  })

  test('a monitor by name stays with the process that had the name when it was made', async () => {
    const pid = node.spawn(idle, { name: 'bob' })
    const down = await inside(node, async (self) => {
      self.monitor('bob')
      self.unregister('bob')
      self.exit(pid, 'gone')
      return self.receive('DOWN')
    })
    expect(down).toMatchObject({ name: 'bob', reason: 'gone' })
  })

  test('a process may monitor itself and never hears of it', async () => {
    expect(await inside(node, (self) => (self.monitor(self.pid), self.processInfo(self.pid, 'monitors')))).toEqual([])
  })

  test('after demonitor nothing comes; what is in the mailbox goes with flush only', async () => {
    const got = await inside(node, async (self) => {
      const after = async (end: 'before' | 'after', flush: boolean): Promise<unknown> => {
        const [pid, ref] = self.spawnMonitor(idle)
        if (end === 'before') self.exit(pid, 'x')
        self.demonitor(ref, { flush })
        if (end === 'after') self.exit(pid, 'x')
        return (await self.receive({ afterMs: 0 }))?.type
      }
      return [await after('after', false), await after('before', false), await after('before', true)]
    })
    expect(got).toEqual([undefined, 'DOWN', undefined])
  })

  test('flush takes out the DOWN of this monitor and no other message', async () => {
    const left = await inside(node, async (self) => {
      const [pid, ref] = self.spawnMonitor(idle)
      self.monitor(pid)
      self.send(self.pid, { type: 'DOWN', ref, pid, reason: 'a look-alike' })
      self.exit(pid, 'x')
      self.demonitor(ref, { flush: true })
      return self.processInfo(self.pid, 'messages')
    })
    expect(left?.map((message) => (message as { reason: unknown }).reason)).toEqual(['a look-alike', 'x'])
  })

  test('demonitor answers true; with info, whether the monitor was still there', async () => {
    const got = await inside(node, (self) => {
      const [, ref] = self.spawnMonitor(idle)
      return [self.demonitor(ref, { info: true }), self.demonitor(ref, { info: true }), self.demonitor(ref)]
    })
    expect(got).toEqual([true, false, true])
  })

  test('a tag is a field of DOWN; its type stays DOWN', async () => {
    const tag = { job: 7 }
    const down = await inside(node, async (self) => {
      const [pid] = self.spawnMonitor(idle, { monitor: { tag } })
      self.exit(pid, 'x')
      return self.receive('DOWN')
    })
    expect(down.tag).toBe(tag)
  })

  test('a monitor is one-way: the end of the watcher is nothing to the watched', async () => {
    const pid = node.spawn(idle, { trapExit: true })
    await inside(node, (self) => void self.monitor(pid))
    expect(node.processInfo(pid)).toMatchObject({ message_queue_len: 0, monitored_by: [] })
  })
})
