// Timers at their edges: cancelled by one that fires, set while others fire, thrown together, and dropped with their node.
import { expect, test } from '@jest/globals'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createNode, silentLogger } from 'gensock'
import { testNode, virtualClock } from 'gensock/testing'
import { Reference } from '../../src/base/ref.js'
import { Timers } from '../../src/runtime/timers.js'
import { inside } from './inside.js'

const ref = (id: number): Reference => new Reference('a', id, 1)
const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test.each([
  ['as they were set', undefined],
  ['as a simulation orders them', (timers: unknown[]) => timers],
])('of timers of one millisecond, %s, one that another cancels does not fire', (_title, order) => {
  const clock = virtualClock()
  const fired: unknown[] = []
  const [first, second] = [ref(1), ref(2)]
  const timers: Timers = new Timers(
    clock,
    ({ message }) => {
      fired.push(message)
      timers.cancel(second)
    },
    order as never,
  )
  timers.add(first, 5, null, null, 'first')
  timers.add(second, 5, null, null, 'second')
  clock.turnTo(5)
  expect([fired, timers.size, timers.left(second, false)]).toEqual([['first'], 0, false])
})

test('while timers fire the alarm stays as it is; it is set once, when they have fired', () => {
  const clock = virtualClock()
  const set: number[] = []
  const setAlarm = clock.setAlarm.bind(clock)
  clock.setAlarm = (atMs, ring) => {
    set.push(atMs)
    setAlarm(atMs, ring)
  }
  const timers: Timers = new Timers(clock, ({ message }) => {
    if (message === 'sets') [30, 20, 10].forEach((ms, i) => timers.add(ref(10 + i), ms, null, null, 'late'))
  })
  timers.add(ref(1), 5, null, null, 'sets')
  clock.turnTo(5)
  expect(set).toEqual([5, 15])
})

test('when most timers have been cancelled the rest still fire in the order of their time', () => {
  const clock = virtualClock()
  const fired: unknown[] = []
  const timers = new Timers(clock, ({ message }) => fired.push(message))
  const add = (ms: number): Reference => {
    const own = ref(ms)
    timers.add(own, ms, null, null, ms)
    return own
  }
  for (const ms of [900, 800, 700, 600]) add(ms)
  const cancelled = Array.from({ length: 200 }, (_, i) => add(i + 1))
  add(1000) // with this last leaf each of them stays in the heap until it is cleared
  for (const each of cancelled) timers.cancel(each)
  add(650)
  expect(timers.nextDueMs()).toBe(600)
  clock.turnTo(1000)
  expect(fired).toEqual([600, 650, 700, 800, 900, 1000])
})

test('timers fire in the order of their time in whatever order they were set, also when all have been dropped before', () => {
  const clock = virtualClock()
  const fired: unknown[] = []
  const timers = new Timers(clock, ({ message }) => fired.push(message))
  const ascending = Array.from({ length: 15 }, (_, i) => i + 1)
  for (const round of [0, 1]) {
    // An order for which one entry too many in the heap shows.
    for (const ms of [15, 4, 2, 12, 14, 7, 9, 1, 3, 5, 8, 13, 10, 11, 6]) timers.add(ref(ms), ms, null, null, ms)
    for (let ms = 0; ms < 15; ms++) clock.turnTo(15 * round + ms + 1)
    expect(fired.splice(0)).toEqual(ascending)
    timers.clear()
  }
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('timers that are set and cancelled long before their time keep no memory, even if another one was set in between', () => {
  const timers = new Timers(virtualClock(), () => undefined)
  let older = ref(0)
  const churn = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const younger = ref(i)
      timers.add(younger, 1_000_000 + i, null, null, null)
      timers.cancel(older)
      older = younger
    }
  }
  churn(1, 500)
  collect()
  const before = process.memoryUsage().heapUsed
  churn(500, 12_500)
  collect()
  // A bucket and its place in two tables take 80 bytes at least: all of them would be 960 kB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(600_000)
})

test('the alarm goes each time that the last timer is cancelled', async () => {
  const clock = virtualClock()
  const timers = new Timers(clock, () => undefined)
  const alarms: number[] = []
  for (const id of [1, 2]) {
    const own = ref(id)
    timers.add(own, 60_000, null, null, 'x')
    timers.cancel(own)
    await loopTurn()
    alarms.push(clock.alarmAt)
  }
  expect(alarms).toEqual([Infinity, Infinity])
})

test('a node that has been stopped has no timers: not even those to names, and no alarm', async () => {
  const clock = virtualClock()
  const node = createNode({ clock, logger: silentLogger })
  const refs = [10, 20, 20].map((ms) => node.sendAfter(ms, 'bob', 'x'))
  await node.stop()
  expect([refs.map((timer) => node.readTimer(timer)), clock.alarmAt]).toEqual([[false, false, false], Infinity])
})

test('startTimerTo of a living process is a timer', async () => {
  const node = testNode()
  const { pid, messages } = node.probe()
  const timer = await inside(node, (self) => self.startTimerTo(10, pid, 'hi'))
  await node.advance(10)
  expect(messages.map((message) => ({ ...(message as object) }))).toEqual([{ type: 'timeout', ref: timer, message: 'hi' }])
  await node.stop()
})
