// What is seen and taken back of processes: the table's pages, what is listed of them, their monitors from outside, a reset.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as gensock from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { BadArgError } from '../../src/base/errors.js'
import { ProcessId } from '../../src/base/pid.js'
import { addMonitor } from '../../src/runtime/alias.js'
import { kernelOf } from '../../src/runtime/node.js'
import { onNode } from '../../src/runtime/on-node.js'
import { type Process, processOf, shared } from '../../src/runtime/process.js'
import { ProcessTable } from '../../src/runtime/process-table.js'
import { resetProcess } from '../../src/runtime/reset.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('the table of processes', () => {
  test('has nothing to delete before anything was set', () => {
    const table = new ProcessTable<string>()
    for (const key of [0, 1, 511, 512, 600, 1023]) table.delete(key)
    expect([table.size, [...table.values()]]).toEqual([0, []])
  })

  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  test.each([
    ['each before the next one', 1],
    ['always the older one', 2],
  ])('keeps no memory of processes that have come and gone, %s', (_when, alive) => {
    const table = new ProcessTable<number>()
    const churn = (from: number, to: number): void => {
      for (let key = from; key < to; key++) {
        table.set(key, key)
        table.delete(key - alive + 1)
      }
    }
    churn(0, 10_000)
    collect()
    const before = process.memoryUsage().heapUsed
    churn(10_000, 310_000)
    collect()
    // Each page has 512 places of 8 bytes: all of them would be 2.4 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000)
    expect(table.size).toBe(alive - 1)
  })
})

describe('what can be seen of a process', () => {
  test('who watches it from outside any process is not listed', async () => {
    const pid = node.spawn(idle)
    const watcher = node.spawn(async (self) => (self.monitor(pid), idle(self)))
    const called = node.call(pid, 'x', 'infinity').catch((error: unknown) => error)
    await node.settle()
    expect(node.processInfo(pid, 'monitored_by')).toEqual([watcher])
    node.exit(pid, 'kill')
    expect(await called).toMatchObject({ reason: 'killed' })
  })

  test('a pid of another node is refused: its processes cannot be seen from here', () => {
    const far = new ProcessId('b@far', 5, 0, 1, undefined) as unknown as gensock.Pid
    for (const item of [undefined, 'links'] as const)
      expect(thrownBy(() => node.processInfo(far, item as 'links'))).toBeInstanceOf(BadArgError)
  })

  test('a crash report names the parent, and none for a process of outside', async () => {
    const reports: { parent?: string }[] = []
    const note = (facts: object): void => void reports.push(facts)
    const own = gensock.createNode({ logger: { error: note, warn: note, info: note, debug: note }, drainMs: 1_000 })
    const parent = own.spawn((self) => {
      self.spawn(() => {
        throw new Error('child')
      })
      throw new Error('parent')
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(reports.map((report) => report.parent)).toEqual([undefined, String(parent)])
    await own.stop()
  })
})

describe('a reset', () => {
  test('of a process that has made nothing does nothing', async () => {
    const process = processOf(node.spawn(idle)) as Process
    await node.settle()
    resetProcess(process)
    expect(node.processInfo(process.pid)).toMatchObject({ links: [], monitored_by: [], messages: [] })
  })

  test('ends its linked children with shutdown, but nobody else, and takes back what is held by its monitors', async () => {
    const other = node.spawn(idle)
    let child: gensock.Pid | undefined
    const pid = node.spawn(async (self) => {
      self.link(other)
      child = self.spawnLink(idle)
      await idle(self)
    })
    await node.settle()
    const process = processOf(pid) as Process
    const log: unknown[] = []
    const monitor = { ref: process.kernel.newRef(), owner: null, target: process, name: undefined, tag: undefined }
    addMonitor({ ...monitor, alias: undefined, pid, onDown: undefined, onReset: () => log.push('taken back') })
    node.onExit((dead, reason) => void log.push([dead, reason]))
    resetProcess(process)
    node.onExit(undefined)
    expect(log).toEqual(['taken back', [child, 'shutdown']])
    expect([node.isAlive(other), node.isAlive(pid)]).toEqual([true, true])
  })
})

describe('functions that are called', () => {
  test('spawnMonitor: in a process it answers pid and reference of one that it monitors', async () => {
    const [pair, down] = await inside(node, async (self) => {
      const pair = gensock.spawnMonitor(() => undefined)
      const tagged = gensock.spawnMonitor(() => undefined, { monitor: { tag: 'mine' } })
      return [
        [pair, tagged],
        [await self.receive(gensock.isDown), await self.receive(gensock.isDown)],
      ] as const
    })
    expect(down).toMatchObject([
      { pid: pair[0][0], ref: pair[0][1], reason: 'normal' },
      { pid: pair[1][0], ref: pair[1][1], reason: 'normal', tag: 'mine' },
    ])
  })

  test('exit(pid, reason): outside any process it comes from outside', async () => {
    const { pid, messages } = node.probe()
    const target = node.spawn(async (self) => self.send(pid, await self.receive(gensock.isExit)), { trapExit: true })
    await node.settle()
    node.run(() => gensock.exit(target, 'bye'))
    await node.settle()
    expect(messages).toMatchObject([{ pid: kernelOf(node).outsidePid, reason: 'bye' }])
  })

  test('by onNode are code outside any process of that node, and what was before is so again, even after a throw', async () => {
    const seen = await inside(node, (self) => {
      const other = testNode()
      const before = [shared.current?.pid === self.pid, shared.running]
      const within = onNode(kernelOf(other), () => [shared.current, shared.running === kernelOf(other)])
      const thrown = thrownBy(() =>
        onNode(kernelOf(other), () => {
          throw new Error('x')
        }),
      )
      return [before, within, (thrown as Error).message, shared.current?.pid === self.pid, shared.running]
    })
    expect(seen).toEqual([[true, null], [null, true], 'x', true, null])
  })
})

test('a process function may answer null, and init may give null as state', async () => {
  const ends: unknown[] = []
  node.onExit((_pid, reason) => void ends.push(reason))
  node.spawn(() => null as never)
  const states: unknown[] = []
  const pid = node.spawnProcess({
    init: () => null,
    message(_message: string, state) {
      states.push(state)
      return ['stop', 'done']
    },
  })
  node.send(pid, 'x')
  await node.settle()
  expect([ends, states]).toEqual([['normal', 'done'], [null]])
})

test('spawnProcess of null is refused', () => {
  expect(thrownBy(() => node.spawnProcess(null as never))).toBeInstanceOf(BadArgError)
})

test('to erase what a process has never put answers undefined', async () => {
  expect(await inside(node, (self) => [self.erase('k'), self.get('k'), self.put('k', 1), self.erase('k')])).toEqual([
    undefined,
    undefined,
    undefined,
    1,
  ])
})
