// Selective receive.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, type Pid, type Receiver } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const bad = (): boolean => {
  throw new Error('bad guard')
}

const guard = (pid: Pid) => (): boolean => (exit(pid, 'kill'), true)

describe('receive', () => {
  test('without a match takes the oldest message', async () => {
    const got = await inside(node, async (self) => {
      for (const message of ['a', 'b']) self.send(self.pid, message)
      return [await self.receive(), await self.receive()]
    })
    expect(got).toEqual(['a', 'b'])
  })

  test('takes the oldest that fits, and the others keep their order', async () => {
    const got = await inside(node, async (self) => {
      for (const n of [1, 2, 3, 4, 5]) self.send(self.pid, n)
      const even = await self.receive((n) => n % 2 === 0)
      return [even, self.processInfo(self.pid, 'messages')]
    })
    expect(got).toEqual([2, [1, 3, 4, 5]])
  })

  test('by type takes objects of that type only', async () => {
    const got = await inside(node, async (self) => {
      for (const message of ['tick', null, undefined, { type: 'tock' }, { type: 'tick', n: 1 }]) self.send(self.pid, message)
      return [await self.receive('tick'), self.processInfo(self.pid, 'message_queue_len')]
    })
    expect(got).toEqual([{ type: 'tick', n: 1 }, 4])
  })

  test('a waiting receive looks at each message once', async () => {
    const looked: number[] = []
    const pid = node.spawn(async (self) => {
      await self.receive((n) => {
        looked.push(n as number)
        return n === 3
      })
    })
    for (const n of [1, 2, 3, 4]) {
      node.send(pid, n)
      await node.settle()
    }
    expect(looked).toEqual([1, 2, 3])
  })

  test('what a first receive has passed over, the next one sees', async () => {
    const got: unknown[] = []
    const pid = node.spawn(async (self) => {
      got.push(await self.receive((m) => m === 'b'))
      got.push(await self.receive())
    })
    await node.settle()
    node.send(pid, 'a')
    await node.settle()
    node.send(pid, 'b')
    await node.settle()
    expect(got).toEqual(['b', 'a'])
  })

  test('the receiver sees what its guard throws, at once and later, and the message stays', async () => {
    const got = await inside(
      node,
      async (self) => {
        const caught: unknown[] = []
        self.sendAfter(5, 'later')
        await self.receive(bad).catch((error: Error) => caught.push(error.message))
        try {
          await self.receive(bad)
        } catch (error) {
          caught.push((error as Error).message)
        }
        return [caught, await self.receive()]
      },
      { withinMs: 5 },
    )
    expect(got).toEqual([['bad guard', 'bad guard'], 'later'])
  })

  test('a guard that throws and is not caught ends the process', async () => {
    node.expectCrash(/bad guard/)
    const pid = node.spawn(async (self) => {
      await self.receive(() => {
        throw new Error('bad guard')
      })
    })
    node.send(pid, 1)
    await node.settle()
    expect(node.isAlive(pid)).toBe(false)
  })

  test('a guard that ends its own process ends it once', async () => {
    const ended: unknown[] = []
    node.onExit((pid, reason) => void ended.push([pid, reason]))
    const waiting = node.spawn(async (self) => void (await self.receive(guard(self.pid))))
    const linked = node.spawn(async (self) => {
      const other = self.spawnLink(idle)
      await self.receive(guard(other))
    })
    await node.settle()
    for (const pid of [waiting, linked]) node.send(pid, 1)
    await node.settle()
    expect(ended.filter(([pid]: any) => pid === waiting || pid === linked)).toEqual([
      [waiting, 'killed'],
      [linked, 'killed'],
    ])
  })

  test('two receives of one process at once are refused', async () => {
    const error = await inside(node, (self) => {
      void self.receive('never')
      return thrownBy(() => void self.receive())
    })
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
    expect(error.message).toMatch(/^receive: <0\.\d+\.0> waits in another receive already; await that first \(see /)
  })
})

describe('a guard that meddles with the mailbox', () => {
  test('a receive of its own is refused, and no message is lost', async () => {
    const got = await inside(node, async (self) => {
      for (const message of ['a', 'b', 'c']) self.send(self.pid, message)
      const errors: unknown[] = []
      const first = await self.receive(() => {
        errors.push(thrownBy(() => void self.receive()).code)
        return true
      })
      return [errors, first, await self.receive(), await self.receive()]
    })
    expect(got).toEqual([['GENSOCK_ERR_BADARG'], 'a', 'b', 'c'])
  })

  test('what it flushes away is not received, and what comes later is', async () => {
    const got = await inside(node, async (self) => {
      const [, ref] = self.spawnMonitor((child) => child.send(self.pid, 'done'))
      await self.receive((message: unknown) => message === 'done')
      const before = self.processInfo(self.pid, 'message_queue_len')
      const first = await self.receive(() => self.demonitor(ref, { flush: true }), { afterMs: 0 })
      self.send(self.pid, 'later')
      return [before, first, await self.receive()]
    })
    expect(got).toEqual([1, undefined, 'later'])
  })
})

describe('afterMs', () => {
  test('0 takes what is there already and does not wait', async () => {
    const got = await inside(node, async (self) => {
      self.send(self.pid, 'a')
      return [await self.receive('b', { afterMs: 0 }), await self.receive({ afterMs: 0 }), await self.receive({ afterMs: 0 })]
    })
    expect(got).toEqual([undefined, 'a', undefined])
  })

  test('answers undefined once the time is over, and no later message is lost', async () => {
    const got = await inside(
      node,
      async (self) => {
        self.sendAfter(60, 'late')
        const first = await self.receive({ afterMs: 50 })
        return [first, node.now(), await self.receive({ afterMs: 50 }), node.now()]
      },
      { withinMs: 100 },
    )
    expect(got).toEqual([undefined, 50, 'late', 60])
  })

  test('a message that does not fit does not start the time anew', async () => {
    const got = await inside(
      node,
      async (self) => {
        for (const ms of [20, 40]) self.sendAfter(ms, 'noise')
        return [await self.receive((m) => m !== 'noise', { afterMs: 50 }), node.now()]
      },
      { withinMs: 100 },
    )
    expect(got).toEqual([undefined, 50])
  })

  test('a receive that got its message leaves no timer behind', async () => {
    await inside(
      node,
      async (self) => {
        const waiting = self.receive({ afterMs: 1000 })
        self.send(self.pid, 'a')
        await waiting
        await self.sleep(0)
      },
      { withinMs: 1 },
    )
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('Infinity waits as without', async () => {
    const got = await inside(
      node,
      (self) => {
        self.sendAfter(1_000_000, 'a')
        return self.receive({ afterMs: Infinity })
      },
      { withinMs: 1_000_000 },
    )
    expect(got).toBe('a')
  })
})

describe('receive in a callback process', () => {
  test('takes the message that it asks for; the others come to the callback, in order', async () => {
    const handled: unknown[] = []
    const pid = node.spawnProcess({
      init: () => 0,
      async message(message: string, state, self) {
        handled.push(message)
        if (message === 'ask') handled.push(await self.receive((m: string) => m.startsWith('answer')))
        return ['ok', state]
      },
    })
    for (const message of ['a', 'ask', 'b', 'answer 1', 'answer 2']) node.send(pid, message)
    await node.settle()
    expect(handled).toEqual(['a', 'ask', 'answer 1', 'b', 'answer 2'])
  })

  test('works in init too', async () => {
    const handled: unknown[] = []
    const pid = node.spawnProcess({
      init: (self) => self.receive('config') as Promise<{ n: number }>,
      message(message: unknown, state) {
        handled.push([message, state.n])
        return ['ok', state]
      },
    })
    node.send(pid, 'early')
    node.send(pid, { type: 'config', n: 7 })
    await node.settle()
    expect(handled).toEqual([['early', 7]])
  })

  test.each([
    ['a callback', { init: () => 0, first: 'receive' }],
    ['an async callback', { init: () => 0, first: 'receive, async' }],
  ])('one that %s started and did not await takes no later message', async (_name, { init, first }) => {
    const handled: unknown[] = []
    const pid = node.spawnProcess({
      init,
      message(message: string, state, self: Receiver) {
        handled.push(message)
        if (message.startsWith('receive')) void self.receive({ afterMs: 10 })
        return message.endsWith('async') ? Promise.resolve(['ok', state] as const) : ['ok', state]
      },
    })
    node.send(pid, first)
    await node.settle()
    for (const message of ['b', 'c']) node.send(pid, message)
    await node.advance(100)
    node.send(pid, 'd')
    await node.settle()
    expect(handled).toEqual([first, 'b', 'c', 'd'])
    expect(node.processInfo(pid, 'status')).toBe('waiting')
  })

  test('one that init started and did not await takes no message', async () => {
    const handled: unknown[] = []
    const pid = node.spawnProcess({
      init: (self) => void self.receive(),
      message(message: string, state) {
        handled.push(message)
        return ['ok', state]
      },
    })
    await node.settle()
    node.send(pid, 'a')
    await node.settle()
    expect(handled).toEqual(['a'])
  })

  test('the time limit of an abandoned receive does not end the next one', async () => {
    const got: unknown[] = []
    const pid = node.spawnProcess({
      init: () => 0,
      async message(message: string, state, self: Receiver) {
        if (message === 'abandon') void self.receive('never', { afterMs: 10 })
        else got.push(await self.receive('never', { afterMs: 50 }), node.now())
        return ['ok', state]
      },
    })
    node.send(pid, 'abandon')
    node.send(pid, 'wait')
    await node.advance(100)
    expect(got).toEqual([undefined, 50])
  })
})
