// Timers: order, cancel, one alarm, many at once, and where they go.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { cancelTimer, createNode, isTimeout, readTimer, silentLogger } from 'gensock'
import { testNode, type TestNode, virtualClock } from 'gensock/testing'
import * as fc from 'fast-check'
import { Reference } from '../../src/base/ref.js'
import { kernelOf } from '../../src/runtime/node.js'
import { type Timer, Timers } from '../../src/runtime/timers.js'
import { idle, inside } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const order = (orderTimers: (timers: Timer[]) => Timer[]): string => {
  const clock = virtualClock()
  let fired = ''
  const timers = new Timers(clock, (due) => (fired += due.message as string), orderTimers)
  for (const name of 'abcd') timers.add(new Reference('a', 1, 1), 5, null, null, name)
  clock.turnTo(5)
  return fired
}

function counted(): { readonly timers: Timers; readonly set: number[]; readonly ring: (ms: number) => void } {
  const clock = virtualClock()
  const set: number[] = []
  const setAlarm = clock.setAlarm.bind(clock)
  clock.setAlarm = (atMs, ring) => {
    set.push(atMs)
    setAlarm(atMs, ring)
  }
  return { timers: new Timers(clock, () => undefined), set, ring: (ms) => clock.turnTo(ms) }
}

describe('order', () => {
  test('timers fire in the order of their time, equal ones as they were made', async () => {
    const probe = node.probe()
    for (const [ms, name] of [
      [20, 'c'],
      [10, 'a'],
      [20, 'd'],
      [10, 'b'],
      [0, 'first'],
    ] as const)
      node.sendAfter(ms, probe.pid, name)
    await node.advance(20)
    expect(probe.messages).toEqual(['first', 'a', 'b', 'c', 'd'])
  })

  test('any set of timers, some of them cancelled, fires as a stable sort by time', () => {
    const timer = fc.record({ ms: fc.nat(40), cancelled: fc.boolean() })
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 200 }), (plan) => {
        const clock = virtualClock()
        const fired: number[] = []
        const timers = new Timers(clock, (due) => fired.push(due.message as number))
        const refs = plan.map(({ ms }, i) => {
          const ref = new Reference('a', i, 1)
          timers.add(ref, ms, null, null, i)
          return ref
        })
        refs.forEach((ref, i) => {
          if (plan[i]?.cancelled) expect(timers.left(ref, true)).toBe(plan[i]?.ms)
        })
        for (let now = 0; now <= 40; now++) clock.turnTo(now)
        const expected = plan.map((entry, i) => ({ ...entry, i })).filter(({ cancelled }) => !cancelled)
        expect(fired).toEqual(expected.sort((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i))
        expect(timers.size).toBe(0)
      }),
    )
  })

  test('orderTimers says in which order timers of one millisecond fire; what it leaves out fires last', () => {
    expect(order((timers) => timers)).toBe('abcd')
    expect(order((timers) => timers.toReversed())).toBe('dcba')
    expect(order((timers) => timers.slice(2, 3))).toBe('cabd')
  })

  test('orderTimers is an option of a node', async () => {
    const reversed = testNode({ orderTimers: (timers) => timers.toReversed() })
    const probe = reversed.probe()
    for (const name of 'abc') reversed.sendAfter(5, probe.pid, name)
    await reversed.advance(5)
    expect(probe.messages).toEqual(['c', 'b', 'a'])
    await reversed.stop()
  })

  test('a timer of 0 ms fires, in a turn of its own', async () => {
    expect(
      await inside(node, async (self) => {
        self.sendAfter(0, 'later')
        self.send(self.pid, 'first')
        return [await self.receive(), await self.receive()]
      }),
    ).toEqual(['first', 'later'])
  })
})

describe('alarm', () => {
  test('a node has one alarm, which is set anew only for an earlier timer', () => {
    const { timers, set } = counted()
    for (const ms of [100, 200, 100, 50, 70, 50]) timers.add(new Reference('a', ms, 1), ms, null, null, null)
    expect(set).toEqual([100, 50])
  })

  test('a hundred thousand timers fire in order under one alarm each millisecond that has some', () => {
    const { timers, set, ring } = counted()
    for (let i = 0; i < 100_000; i++) timers.add(new Reference('a', i, 1), 100 + (i % 100), null, null, null)
    expect(set).toEqual([100])
    for (let now = 1; now <= 200; now++) ring(now)
    expect(timers.size).toBe(0)
    expect(set).toHaveLength(100)
  })

  test('timers that are set and cancelled leave nothing behind: the rest fire as if they had never been', () => {
    const clock = virtualClock()
    const fired: unknown[] = []
    const timers = new Timers(clock, (due) => fired.push(due.message))
    timers.add(new Reference('a', 0, 1), 60_000, null, null, 'kept')
    for (let i = 1; i <= 50_000; i++) {
      const ref = new Reference('a', i, 1)
      timers.add(ref, 30_000 + i, null, null, 'cancelled')
      timers.left(ref, true)
    }
    expect(timers.size).toBe(1)
    expect(timers.nextDueMs()).toBe(60_000)
    clock.turnTo(60_000)
    expect(fired).toEqual(['kept'])
  })

  test('a timer that is set when most of the others have been cancelled fires all the same', () => {
    const clock = virtualClock()
    const fired: unknown[] = []
    const timers = new Timers(clock, (due) => fired.push(due.message))
    const refs = Array.from({ length: 300 }, (_, n) => {
      const ref = new Reference('a', n, 1)
      timers.add(ref, n + 1, null, null, n)
      return ref
    })
    for (const ref of refs.slice(0, -1)) timers.left(ref, true) // in this order each stays in the heap until it is cleared
    for (const delayMs of [1000, 2000, 3000]) timers.add(new Reference('a', 1000 + delayMs, 1), delayMs, null, null, delayMs)
    clock.turnTo(5000)
    expect([fired, timers.size]).toEqual([[299, 1000, 2000, 3000], 0])
  })

  test('a hundred thousand sendAfter to one process all arrive, in order', async () => {
    const probe = node.probe<number>()
    for (let i = 0; i < 100_000; i++) node.sendAfter(1 + Math.floor(i / 1000), probe.pid, i)
    await node.advance(100)
    expect(probe.messages).toHaveLength(100_000)
    expect(probe.messages.every((message, i) => message === i)).toBe(true)
  })

  test('the alarm goes when the last timer has been cancelled', async () => {
    const clock = virtualClock()
    const quiet = createNode({ clock, logger: silentLogger })
    const ref = quiet.sendAfter(60_000, 'nobody', 'x')
    expect(clock.alarmAt).toBe(60_000)
    quiet.cancelTimer(ref)
    await new Promise((resolve) => setImmediate(resolve))
    expect(clock.alarmAt).toBe(Infinity)
    await quiet.stop()
  })
})

describe('cancelTimer and readTimer', () => {
  test('answer the ms that are left; false once it has fired, was cancelled, or never was', async () => {
    const probe = node.probe()
    const ref = node.sendAfter(100, probe.pid, 'x')
    await node.advance(30)
    expect(node.readTimer(ref)).toBe(70)
    expect(node.cancelTimer(ref)).toBe(70)
    expect([node.cancelTimer(ref), node.readTimer(ref), node.cancelTimer(node.makeRef())]).toEqual([false, false, false])
    const fired = node.sendAfter(0, probe.pid, 'y')
    await node.advance(100)
    expect(node.cancelTimer(fired)).toBe(false)
    expect(probe.messages).toEqual(['y'])
  })

  test('a timer is cancelled on the node of its target, whoever asks', async () => {
    const probe = node.probe()
    const ref = node.sendAfter(100, probe.pid, 'x')
    await node.advance(60)
    expect(readTimer(ref)).toBe(40)
    expect(cancelTimer(ref)).toBe(40)
    await node.advance(100)
    expect(probe.messages).toEqual([])
    expect(kernelOf(node).timers.size).toBe(0)
  })
})

describe('where a timer goes', () => {
  test('startTimer delivers { type: timeout, ref, message }, sendAfter the message itself', async () => {
    const probe = node.probe()
    const ref = node.startTimer(5, probe.pid, 'Hello!')
    node.sendAfter(5, probe.pid, 'Hello!')
    await node.advance(5)
    expect(probe.messages.map((message) => isTimeout(message))).toEqual([true, false])
    expect({ ...(probe.messages[0] as object) }).toEqual({ type: 'timeout', ref, message: 'Hello!' })
    expect(probe.messages[1]).toBe('Hello!')
  })

  test('"if Dest is an atom ... the process referred to by the name is looked up at the time of timer expiration"', async () => {
    const first = node.probe()
    const second = node.probe()
    node.register('bob', first.pid)
    node.sendAfter(10, 'bob', 'hi')
    node.unregister('bob')
    node.register('bob', second.pid)
    await node.advance(10)
    expect([first.messages, second.messages]).toEqual([[], ['hi']])
  })

  test('"no error is returned if the name does not refer to a process"', async () => {
    node.sendAfter(10, 'nobody', 'hi')
    await node.advance(10)
    expect(node.crashes).toEqual([])
  })

  test('"the timer is automatically canceled ... when the process exits" if it goes to a pid', async () => {
    const pid = node.spawn(idle)
    const ref = node.sendAfter(10, pid, 'hi')
    node.exit(pid, 'shutdown')
    expect(node.readTimer(ref)).toBe(false)
    const late = node.sendAfter(10, pid, 'hi')
    expect(node.readTimer(late)).toBe(false)
  })

  test('a timer outlives the process that made it', async () => {
    const probe = node.probe()
    node.spawn((self) => void self.sendAfterTo(10, probe.pid, 'from the grave'))
    await node.advance(10)
    expect(probe.messages).toEqual(['from the grave'])
  })

  test('a timer to an alias arrives while the alias is active', async () => {
    const got = await inside(
      node,
      async (self) => {
        const [kept, gone] = [self.alias(), self.alias()]
        self.sendAfterTo(10, gone, 'no')
        self.sendAfterTo(10, kept, 'yes')
        self.unalias(gone)
        return [await self.receive(), await self.receive({ afterMs: 50 })]
      },
      { withinMs: 100 },
    )
    expect(got).toEqual(['yes', undefined])
  })

  test('self.sleep waits and leaves the mailbox alone', async () => {
    const got = await inside(
      node,
      async (self) => {
        self.send(self.pid, 'before')
        await self.sleep(25)
        return [node.now(), await self.receive()]
      },
      { withinMs: 25 },
    )
    expect(got).toEqual([25, 'before'])
  })
})

test('the longest delay is taken, and with the system clock no warning comes', async () => {
  const warnings: unknown[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', onWarning)
  const real = createNode({ logger: silentLogger })
  const ref = real.sendAfter(2_147_483_647, 'nobody', 'x')
  expect(real.readTimer(ref)).toBeGreaterThan(2_147_480_000)
  await new Promise((resolve) => setImmediate(resolve))
  await real.stop()
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
