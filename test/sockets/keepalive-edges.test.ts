// The clock of life signs by itself, on a clock that jumps as a program does that stands still: rings come late, never early.
import { describe, expect, test } from '@jest/globals'
import type { Kernel } from '../../src/runtime/process.js'
import { Keepalive } from '../../src/sockets/keepalive.js'

function keepalive(idleMs: number, pingMs = 0) {
  let now = 0
  const log: [what: string, at: number][] = []
  const timers = new Map<object, { at: number; ring: () => void }>()
  const kernel = {
    clock: { now: () => now },
    newRef: () => ({}),
    timers: {
      add: (ref: object, ms: number, _pid: null, then: (arg: unknown) => void, arg: unknown) =>
        void timers.set(ref, { at: now + ms, ring: () => then(arg) }),
      cancel: (ref: object) => void timers.delete(ref),
    },
  } as unknown as Kernel
  const it = new Keepalive(
    kernel,
    { idle: () => void log.push(['idle', now]), ping: () => void log.push(['ping', now]) },
    idleMs,
    pingMs,
  )
  const next = (): number => Math.min(Infinity, ...[...timers.values()].map(({ at }) => at))
  /** Time goes on, and every timer rings when it is due. */
  const goTo = (time: number): void => {
    for (let rings = 0; next() <= time && rings < 1000; rings++) jumpTo(Math.max(now, next()))
    now = time
  }
  /** The program stands still until then, and what was due rings once. */
  const jumpTo = (time: number): void => {
    now = time
    for (const [ref, { at, ring }] of Array.from(timers)) {
      if (at > now) continue
      timers.delete(ref)
      ring()
    }
  }
  const at = (time: number, then: () => void): void => {
    goTo(time)
    then()
  }
  return { it, log, goTo, jumpTo, at, next, timers, set: (time: number) => (now = time) }
}

describe('without a program that stands still', () => {
  test('silence for the idle timeout is the end, counted from the last byte; a ring before it is no ping', () => {
    const { it, log, at, goTo } = keepalive(1000, 5000)
    at(500, () => it.touch())
    goTo(1499)
    expect(log).toEqual([])
    goTo(1500)
    expect(log).toEqual([['idle', 1500]])
  })

  test('neither idle timeout nor pings: no timer', () => {
    expect(keepalive(0, 0).timers.size).toBe(0)
  })

  test('stopped it has no timer, and is never idle', () => {
    const { it, timers, goTo } = keepalive(1000, 100)
    expect(timers.size).toBe(1)
    it.setIdle(2000)
    it.again()
    expect(timers.size).toBe(1)
    it.stop()
    expect(timers.size).toBe(0)
    goTo(5000)
    expect(it.isIdle).toBe(false)
  })
})

describe('while reading is stopped', () => {
  test.each([0, 200])('from %i ms on the idle timeout stands still, however often it is told so', (start) => {
    const { it, log, at, goTo } = keepalive(1000)
    at(start, () => it.standStill())
    at(start + 400, () => it.standStill())
    at(start + 500, () => it.goOn())
    goTo(1499)
    expect(log).toEqual([])
    goTo(1500)
    expect(log).toEqual([['idle', 1500]])
  })

  test('to go on without a standstill changes nothing', () => {
    const { it, log, at, goTo } = keepalive(1000)
    at(500, () => it.goOn())
    goTo(1000)
    expect(log).toEqual([['idle', 1000]])
  })

  test.each([0, 500])('a program that stands still as well is not counted twice (from %i ms on)', (start) => {
    const { it, at, jumpTo, goTo } = keepalive(1000)
    at(start, () => it.standStill())
    jumpTo(1500)
    at(1600, () => it.goOn())
    const idleAt = 1000 + 1600 - start
    goTo(idleAt - 1)
    expect(it.isIdle).toBe(false)
    goTo(idleAt)
    expect(it.isIdle).toBe(true)
  })
})

describe('a program that stands still', () => {
  test.each([50, 100])('for %i ms gives the peer 100 ms, in which what has come meanwhile is read', (lateMs) => {
    const { log, jumpTo, goTo } = keepalive(1000)
    jumpTo(1000 + lateMs)
    goTo(1000 + lateMs + 99)
    expect(log).toEqual([])
    goTo(1000 + lateMs + 100)
    expect(log).toEqual([['idle', 1100 + lateMs]])
  })

  test.each([50, 100])('for %i ms while no byte was due gives the peer no more time than it had', (lateMs) => {
    const { log, jumpTo, goTo } = keepalive(1000, 400)
    jumpTo(400 + lateMs)
    goTo(1000)
    expect(log).toEqual([
      ['ping', 400 + lateMs],
      ['ping', 800 + lateMs],
      ['idle', 1000],
    ])
  })

  test('and has read a byte after the timer was due: the peer has the idle timeout from that byte', () => {
    const { it, log, set, jumpTo, goTo } = keepalive(1000)
    set(1400)
    it.touch()
    jumpTo(1500)
    goTo(2399)
    expect(log).toEqual([])
    goTo(2400)
    expect(log).toEqual([['idle', 2400]])
  })

  test('with the last byte in the millisecond in which the timer was due: the stall after it is not counted', () => {
    const { it, log, set, jumpTo, goTo } = keepalive(1000)
    set(1000)
    it.touch()
    jumpTo(1500)
    goTo(2499)
    expect(log).toEqual([])
    goTo(2500)
    expect(log).toEqual([['idle', 2500]])
  })
})

test('no time of a clock is a mark: a ping that is due 1 ms after the start of the clock is sent', () => {
  const { goTo, log } = keepalive(0, 1)
  goTo(2)
  expect(log).toEqual([
    ['ping', 1],
    ['ping', 2],
  ])
})
