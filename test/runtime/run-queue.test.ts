// Which process runs next, and for how long before the event loop gets its turn. Bounds are wide: the machine may be busy.
import { describe, expect, jest, test } from '@jest/globals'
import { createNode, type Node, type Pid, send, silentLogger, spawn } from 'gensock'
import { testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { RunQueue } from '../../src/runtime/run-queue.js'

const DRAIN_MS = 5
/** Eight times the budget: what a starved event loop would miss by orders of magnitude. */
const BOUND_MS = 40
const BEATS = 15

/** The median time between two turns of the event loop while `work` keeps a node busy; `work` ends at the flag. */
async function medianGapMs(beat: (go: () => void) => unknown, work: (node: Node, going: () => boolean) => void): Promise<number> {
  const node = createNode({ logger: silentLogger, drainMs: DRAIN_MS })
  const endsAt = performance.now() + 3000
  let stopped = false
  // The second condition ends the work even when it never lets the event loop go.
  work(node, () => !stopped && performance.now() < endsAt)
  const gaps: number[] = []
  for (let i = 0; i < BEATS; i++) {
    const before = performance.now()
    await new Promise<void>((resolve) => void beat(resolve))
    gaps.push(performance.now() - before)
  }
  stopped = true
  // A loop that was starved once, until the work gave up, has a fine median.
  expect(performance.now()).toBeLessThan(endsAt)
  await node.stop()
  return gaps.sort((a, b) => a - b)[BEATS >> 1] ?? Infinity
}

function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const WORKS: readonly [string, (node: Node, going: () => boolean) => void][] = [
  [
    'a callback process that floods itself',
    (node, going) => {
      const pid: Pid = node.spawnProcess({
        init: () => 0,
        message(_message: string, count, self) {
          if (going()) self.send(self.pid, 'again')
          return ['ok', count + 1]
        },
      })
      node.send(pid, 'again')
    },
  ],
  [
    'a callback process whose async callbacks flood it',
    (node, going) => {
      const pid: Pid = node.spawnProcess({
        init: () => 0,
        async message(_message: string, count, self) {
          if (going()) self.send(self.pid, 'again')
          return ['ok', count + 1]
        },
      })
      node.send(pid, 'again')
    },
  ],
  [
    'two callback processes that play ping-pong in async callbacks',
    (node, going) => {
      const player = () =>
        node.spawnProcess({
          init: () => 0,
          async message(from: Pid, count: number, self) {
            if (going()) self.send(from, self.pid)
            return ['ok', count + 1]
          },
        })
      node.send(player(), player())
    },
  ],
  [
    'a function process that floods itself',
    (node, going) => {
      node.spawn(async (self) => {
        while (going()) {
          self.send(self.pid, 'again')
          await self.receive()
        }
      })
    },
  ],
  [
    'two function processes that play ping-pong',
    (node, going) => {
      const player = (first: Pid | undefined) => async (self: any) => {
        if (first !== undefined) self.send(first, self.pid)
        while (going()) self.send(await self.receive(), self.pid)
      }
      node.spawn(player(node.spawn(player(undefined))))
    },
  ],
  [
    'a process with callbacks of 1 ms and a thousand messages',
    (node, going) => {
      const pid: Pid = node.spawnProcess({
        init: () => 0,
        message(_message: number, count) {
          if (going()) spin(1)
          return ['ok', count + 1]
        },
      })
      for (let i = 0; i < 1000; i++) node.send(pid, i)
    },
  ],
  [
    'processes that each spawn the next',
    (node, going) => {
      const next = (): void => {
        if (going()) spawn(next)
      }
      node.spawn(next)
    },
  ],
  [
    'a process that calls another in a loop',
    (node, going) => {
      const callee: Pid = node.spawnProcess({
        init: () => 0,
        message(message: any, count, self) {
          self.reply(message.from, count)
          return ['ok', count + 1]
        },
      })
      node.spawn(async (self) => {
        while (going()) await self.call(callee, 'count')
      })
    },
  ],
]

describe('budget', () => {
  test.each(WORKS)('%s does not hold up setImmediate', async (_name, work) => {
    expect(await medianGapMs((go) => setImmediate(go), work)).toBeLessThan(BOUND_MS)
  })

  test.each(WORKS.slice(0, 4))('%s does not hold up setTimeout', async (_name, work) => {
    expect(await medianGapMs((go) => setTimeout(go, 1), work)).toBeLessThan(BOUND_MS)
  })

  test('a process with a full mailbox lets the others run after turnMessages', async () => {
    const node = createNode({ logger: silentLogger, drainMs: 1000, turnMessages: 10 })
    const seen: string[] = []
    const recorder = (name: string): Pid =>
      node.spawnProcess({
        init: () => 0,
        message(_message: number, count) {
          seen.push(name)
          return ['ok', count]
        },
      })
    const a = recorder('a')
    const b = recorder('b')
    for (let i = 0; i < 25; i++) node.send(a, i)
    for (let i = 0; i < 15; i++) node.send(b, i)
    await new Promise((resolve) => setImmediate(resolve))
    await node.stop()
    const runs = seen
      .join('')
      .match(/a+|b+/g)
      ?.map((run) => `${run[0]}${run.length}`)
    expect(runs).toEqual(['a10', 'b10', 'a10', 'b5', 'a5'])
  })
})

const orderWith = async (pick: (ready: readonly { readonly pid: Pid }[]) => number): Promise<string> => {
  const node = testNode({ pick })
  let order = ''
  for (const name of 'abcd')
    node.spawn(() => {
      order += name
    })
  await node.stop()
  return order
}

describe('run queue', () => {
  test('send from outside returns before anyone runs', async () => {
    const node = testNode()
    const seen: unknown[] = []
    const pid = node.spawnProcess({ init: () => 0, message: (message: string, n) => (seen.push(message), ['ok', n]) })
    await node.settle()
    node.send(pid, 'hi')
    expect(seen).toEqual([])
    await Promise.resolve()
    expect(seen).toEqual(['hi'])
    await node.stop()
  })

  test('a process never runs under the feet of the one who sends to it or spawns it', async () => {
    const node = testNode()
    const order: string[] = []
    node.spawn((self) => {
      const child = self.spawn(async (child) => {
        order.push('child')
        order.push((await child.receive()) as string)
      })
      send(child, 'message')
      order.push('parent')
    })
    await node.settle()
    expect(order).toEqual(['parent', 'child', 'message'])
    await node.stop()
  })

  test('pick says which ready process runs next', async () => {
    expect(await orderWith(() => 0)).toBe('abcd')
    expect(await orderWith((ready) => ready.length - 1)).toBe('dcba')
  })

  test('a stopped queue takes nothing', async () => {
    const node = testNode()
    await node.stop()
    const { queue } = kernelOf(node)
    queue.push({ _queued: false } as never)
    expect(queue.length).toBe(0)
  })

  test('a queue that is stopped while someone is ready asks for no more turns: the program can end', async () => {
    const ran: unknown[] = []
    const queue: RunQueue<{ _queued: boolean }> = new RunQueue({ drainMs: 5, turnMessages: 1, pick: undefined }, (process) => {
      ran.push(process)
      queue.stopped = true
    })
    const asked = jest.spyOn(globalThis, 'setImmediate')
    const first = { _queued: false }
    for (const each of [first, { _queued: false }]) queue.push(each)
    await Promise.resolve()
    const before = asked.mock.calls.length
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve))
    expect([ran, asked.mock.calls.length - before]).toEqual([[first], 0])
    asked.mockRestore()
  })
})

describe('a chain of callbacks that has used up its slice', () => {
  test('goes on after the event loop had its turn, with a new slice', async () => {
    const node = testNode()
    const { queue } = kernelOf(node)
    const order: unknown[] = []
    for (const until = performance.now() + 1000; queue.tick() && performance.now() < until; );
    setImmediate(() => order.push('event loop'))
    const going = queue.nextSlice('value').then((value) => order.push(value, queue.tick()))
    expect(queue.length).toBe(1)
    await going
    expect([order, queue.length]).toEqual([['event loop', 'value', true], 0])
    await node.stop()
  })

  test('a node has not settled before it is done', async () => {
    const node = testNode()
    let refused = 0
    node.spawn(async (self) => {
      for (let i = 0; i < 200; i++) {
        spin(0.1) // twenty milliseconds in all: several slices
        await self.run(() => node.call('nobody', 'x')).catch(() => refused++)
      }
    })
    await node.settle()
    expect(refused).toBe(200)
    await node.stop()
  })
})
