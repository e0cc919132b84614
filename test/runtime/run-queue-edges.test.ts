// The run queue at its edges: one request for the next slice at a time, a seam that answers nonsense, and the default budget.
import { describe, expect, test } from '@jest/globals'
import { createNode, silentLogger } from 'gensock'
import { kernelOf } from '../../src/runtime/node.js'
import { RunQueue } from '../../src/runtime/run-queue.js'

interface Item {
  _queued: boolean
}
const item = (): Item => ({ _queued: false })
const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('with a budget that one process uses up, one runs in each turn of the event loop, whoever becomes ready', async () => {
  let ran = 0
  const queue: RunQueue<Item> = new RunQueue({ drainMs: 0, turnMessages: 1, pick: undefined }, () => {
    ran++
    for (const until = performance.now() + 0.5; performance.now() < until; ); // dear enough that each is looked at
    queue.tick()
  })
  for (let i = 0; i < 8; i++) queue.push(item())
  const runs: number[] = []
  for (let i = 0; i < 4; i++) {
    for (let n = 0; n < 3; n++) await Promise.resolve()
    queue.push(item()) // one that a frame made ready, while the rest waits for its slice
    for (let n = 0; n < 3; n++) await Promise.resolve()
    runs.push(ran)
    await loopTurn()
  }
  queue.stopped = true
  expect(runs).toEqual([1, 2, 3, 4])
})

test('an answer of pick that is no index of a ready process is refused', () => {
  const queue: RunQueue<Item> = new RunQueue({ drainMs: 5, turnMessages: 1, pick: (ready) => ready.length }, () =>
    queue.push(item()),
  )
  try {
    expect(() => queue.runNow(item())).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  } finally {
    queue.stopped = true
  }
})

test('what runs now is alone: nothing else may run inside of it, and what it made ready runs after it', () => {
  const log: unknown[] = []
  const [first, second] = [item(), item()]
  const queue: RunQueue<Item> = new RunQueue({ drainMs: 1000, turnMessages: 1, pick: undefined }, (process) => {
    log.push(process === first ? 'first' : 'second')
    if (process === second) return
    log.push(queue.mayRunNow())
    queue.push(second)
    log.push('first ends')
  })
  expect(queue.mayRunNow()).toBe(true)
  queue.runNow(first)
  expect(log).toEqual(['first', false, 'first ends', 'second'])
})

describe('the budget of a node', () => {
  /** How long its first slice lasted at least; Infinity if it came to no end. */
  const usedUpAfterMs = (drainMs?: number): number => {
    const { queue } = kernelOf(createNode({ logger: silentLogger, ...(drainMs === undefined ? {} : { drainMs }) }))
    const since = performance.now()
    queue.mayRunNow() // opens a slice
    while (queue.tick() && performance.now() - since < 1_000);
    const took = performance.now() - since
    // The clock is not looked at for each message.
    return Array.from({ length: 100 }, () => queue.tick()).includes(false) ? took : Infinity
  }

  test('is 5 ms by default', () => {
    const took = usedUpAfterMs()
    expect(took).toBeGreaterThanOrEqual(5)
    expect(took).toBeLessThan(Infinity)
  })

  test('is drainMs', () => {
    const took = usedUpAfterMs(40)
    expect(took).toBeGreaterThanOrEqual(40)
    expect(took).toBeLessThan(Infinity)
  })
})
