// The free functions: right until the first await, and outside processes where nobody has to be running.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

const { exit, isAlive, makeRef, processes, processInfo, self, send, spawn, whereis } = gensock
let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const ref = makeRef()

/** All that look at the running process. */
const NEED_SELF: Readonly<Record<string, (pid: gensock.Pid) => unknown>> = {
  'self()': () => self(),
  'exit(reason)': () => exit('x'),
  link: (pid) => gensock.link(pid),
  unlink: (pid) => gensock.unlink(pid),
  monitor: (pid) => gensock.monitor(pid),
  demonitor: () => gensock.demonitor(ref),
  alias: () => gensock.alias(),
  unalias: () => gensock.unalias(ref),
  trapExit: () => gensock.trapExit(true),
  spawnLink: () => gensock.spawnLink(idle),
  spawnMonitor: () => gensock.spawnMonitor(idle),
}

describe('functions that look at the running process', () => {
  test.each(Object.entries(NEED_SELF))(
    '%s works inside a process and says what to do outside and after an await',
    async (name, run) => {
      const other = node.spawn(idle)
      const atOnce = await inside(node, (self) => {
        try {
          run(other)
          return 'done'
        } catch (thrown) {
          return (thrown as { code?: string; reason: string }).code ?? `exit ${(thrown as { reason: string }).reason}`
        } finally {
          self.trapExit(false)
          self.unlink(other)
        }
      })
      expect(atOnce).toBe(name === 'exit(reason)' ? 'exit x' : 'done')
      const outside = thrownBy(() => run(other))
      const after = await inside(node, async () => {
        await Promise.resolve()
        return thrownBy(() => run(other))
      })
      for (const error of [outside, after]) {
        expect(error).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' })
        expect(error.message).toBe(
          linked(
            'GENSOCK_ERR_NO_SELF',
            `${name} looks at the running process, and none is running here: call it before the first await, use the method of the Self that your callback got, or wrap the call in self.run(fn)`,
          ),
        )
      }
    },
  )

  test('self() is the running process, in nested functions and callbacks too', async () => {
    const got = await inside(node, (receiver) => [1].map(() => self() === receiver.pid))
    expect(got).toEqual([true])
  })

  test('self() is right again at the start of each callback', async () => {
    const seen: boolean[] = []
    const pid: gensock.Pid = node.spawnProcess({
      init: () => 0,
      async message(_message: string, state) {
        seen.push(self() === pid)
        await Promise.resolve()
        return ['ok', state]
      },
    })
    node.send(pid, 'a')
    node.send(pid, 'b')
    await node.settle()
    expect(seen).toEqual([true, true])
  })
})

describe('functions that need nobody to be running', () => {
  test('act on the node of the running process', async () => {
    const got = await inside(node, (receiver) => {
      gensock.register('bob', receiver.pid)
      send('bob', 'hi')
      return [
        whereis('bob') === receiver.pid,
        isAlive(receiver.pid),
        processes().length,
        processInfo(receiver.pid, 'messages'),
        makeRef().creation === receiver.pid.creation,
        gensock.unregister('bob'),
      ]
    })
    expect(got).toEqual([true, true, 1, ['hi'], true, undefined])
  })

  test('timers and calls run on it as well', async () => {
    const probe = node.probe()
    await inside(node, () => {
      gensock.sendAfter(10, probe.pid, 'a')
      gensock.startTimer(20, probe.pid, 'b')
      const gone = gensock.sendAfter(30, probe.pid, 'c')
      expect([gensock.readTimer(gone), gensock.cancelTimer(gone)]).toEqual([30, 30])
      void gensock.call(probe.pid, 'request').catch(() => undefined)
    })
    await node.advance(40)
    expect(probe.messages).toMatchObject([{ request: 'request' }, 'a', { message: 'b' }])
  })

  test('exit(pid, reason) from a process comes from it', async () => {
    const victim = node.spawn(idle, { trapExit: true })
    const killer = await inside(node, (receiver) => (exit(victim, 'x'), receiver.pid))
    expect(node.processInfo(victim, 'messages')).toMatchObject([{ pid: killer, reason: 'x' }])
  })

  test('spawnProcess and spawn make processes of the running node', async () => {
    const nodes = await inside(node, () => [
      spawn(idle).creation,
      gensock.spawnProcess({ init: () => 0, message: (_m: never, s) => ['ok', s] }).creation,
    ])
    expect(new Set(nodes).size).toBe(1)
    expect(node.processes()).toHaveLength(2)
  })
})
