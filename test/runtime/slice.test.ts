// The slice of a run queue on a clock that the test turns: how long processes run before the event loop gets its turn, and how often
// the clock is looked at.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { performance } from 'node:perf_hooks'
import { RunQueue, type Runnable } from '../../src/runtime/run-queue.js'

let now: number
let looks: number
beforeEach(() => {
  now = 1000
  looks = 0
  jest.spyOn(performance, 'now').mockImplementation(() => {
    looks++
    return now
  })
})
afterEach(() => void jest.restoreAllMocks())

interface Work extends Runnable {
  readonly run: () => void
}
const work = (run: () => void): Work => ({ _queued: false, run })
/** A queue whose turns are what its entries do. */
const queueOf = (options: object = {}): RunQueue<Work> =>
  new RunQueue<Work>({ drainMs: 5, turnMessages: 100, pick: undefined, ...options }, (entry) => entry.run())
const microtasks = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a slice', () => {
  test('ends when its time is over, and the next one begins after the event loop had its turn', async () => {
    const queue = queueOf()
    let ran = 0
    const entry = (): Work =>
      work(() => {
        ran++
        now += 1
        queue.tick()
      })
    for (let i = 0; i < 12; i++) queue.push(entry())
    expect([ran, queue.length]).toEqual([0, 12])
    await microtasks()
    expect([ran, queue.length, queue.turns]).toEqual([5, 7, 5])
    await loopTurn()
    expect([ran, queue.length]).toEqual([10, 2])
    await loopTurn()
    expect([ran, queue.length, queue.turns]).toEqual([12, 0, 12])
  })

  test('is shared by all that runs in chained microtasks', async () => {
    const queue = queueOf()
    let ran = 0
    const chain = (): void =>
      queue.push(
        work(() => {
          ran++
          now += 1
          queue.tick()
          void Promise.resolve().then(chain)
        }),
      )
    chain()
    await microtasks()
    await microtasks()
    expect(ran).toBe(5)
    await loopTurn()
    await microtasks()
    expect(ran).toBe(10)
    queue.stopped = true
  })

  test('an entry is queued once until it runs', async () => {
    const queue = queueOf()
    let ran = 0
    const one = work(() => void ran++)
    queue.push(one)
    queue.push(one)
    await microtasks()
    queue.push(one)
    await microtasks()
    expect([ran, one._queued]).toEqual([2, false])
  })
})

describe('tick', () => {
  /** How often the clock was looked at in each of so many blocks of 32 messages that cost `ms` each. */
  function looksPer32(ms: number, blocks: number): number[] {
    const queue = queueOf({ drainMs: 1e9 })
    queue.mayRunNow()
    return Array.from({ length: blocks }, () => {
      looks = 0
      for (let i = 0; i < 32; i++) {
        now += ms
        queue.tick()
      }
      return looks
    })
  }

  test('looks at the clock after each dear message', () => {
    expect(looksPer32(1, 3)).toEqual([31, 32, 32]) // `mayRunNow` was cheap: the next look came one later
  })

  test('looks once in 32 cheap messages, at first more often', () => {
    const [first, second, third] = looksPer32(0.000_001, 3)
    expect(first).toBe(4)
    expect([second, third]).toEqual([1, 1])
  })

  test('looks about every 0.2 ms in between', () => {
    const counts = looksPer32(0.05, 4)
    expect(counts.slice(1)).toEqual([8, 8, 8])
  })

  test('says false from the moment on at which the time is over, until the next slice', async () => {
    const queue = queueOf()
    queue.mayRunNow()
    now += 4.9
    expect(queue.tick()).toBe(true)
    now += 0.1
    expect([queue.tick(), queue.tick(), queue.mayRunNow()]).toEqual([false, false, false])
    await loopTurn()
    expect(queue.mayRunNow()).toBe(true)
  })
})

describe('runNow', () => {
  test('runs the process at once, then what it made ready, before it returns; each counts as a turn', () => {
    const queue = queueOf()
    const log: string[] = []
    queue.mayRunNow()
    queue.runNow(
      work(() => {
        queue.push(work(() => void log.push('second')))
        expect(queue.mayRunNow()).toBe(false)
        log.push('first')
      }),
    )
    expect([log, queue.turns, queue.length]).toEqual([['first', 'second'], 2, 0])
  })

  test('leaves what is ready to the queue when its time is over', async () => {
    const queue = queueOf()
    const log: string[] = []
    queue.mayRunNow()
    queue.runNow(
      work(() => {
        for (const name of ['a', 'b', 'c'])
          queue.push(
            work(() => {
              log.push(name)
              now += 5
              queue.tick()
            }),
          )
      }),
    )
    expect(log).toEqual(['a', 'b']) // the first look at the clock is due after the second
    await loopTurn()
    expect(log).toEqual(['a', 'b', 'c'])
  })

  test('is not for a queue in which something is ready, that picks, or that is stopped', () => {
    const ready = queueOf()
    ready.push(work(() => undefined))
    const stopped = queueOf()
    stopped.stopped = true
    expect([ready, stopped, queueOf({ pick: () => 0 }), queueOf()].map((queue) => queue.mayRunNow())).toEqual([
      false,
      false,
      false,
      true,
    ])
  })
})

describe('nextSlice', () => {
  test('answers after the event loop had its turn, in a new slice, and counts as waiting until then', async () => {
    const queue = queueOf()
    queue.mayRunNow()
    now += 5
    queue.tick()
    expect(queue.tick()).toBe(false)
    const answer = queue.nextSlice('value')
    expect(queue.length).toBe(1)
    await expect(answer).resolves.toBe('value')
    expect([queue.length, queue.turns, queue.tick()]).toEqual([0, 1, true])
  })
})

describe('with pick', () => {
  test('each turn of the event loop runs one process, the one that was picked, and no clock is asked for a slice', async () => {
    const log: string[] = []
    const queue = queueOf({ pick: (ready: readonly Work[]) => ready.length - 1 })
    for (const name of ['a', 'b', 'c']) queue.push(work(() => void log.push(name)))
    await microtasks()
    expect(log).toEqual([])
    await loopTurn()
    expect(log).toEqual(['c'])
    await loopTurn()
    await loopTurn()
    expect([log, queue.tick()]).toEqual([['c', 'b', 'a'], false])
  })
})
