// The test node: virtual time, crashes that nobody expected, seeded randomness.
import { stat } from 'node:fs/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { child, defineServer, exit, type GenServer, genServer, named, type Pid, supervisor } from 'gensock'
import { type TestNode, type TestNodeOptions, testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { linked } from '../linked.js'

const started: TestNode[] = []
function start(options?: TestNodeOptions): TestNode {
  const node = testNode(options)
  started.push(node)
  return node
}
afterEach(async () => {
  for (const node of started.splice(0)) await node.stop()
})

describe('time', () => {
  test('advance fires timers in order, each at its own time', async () => {
    const node = start()
    const { pid, history } = node.probe()
    for (const [ms, name] of [
      [300, 'c'],
      [100, 'a'],
      [200, 'b'],
      [100, 'a, made later'],
      [301, 'after'],
    ] as const) {
      node.sendAfter(ms, pid, name)
    }
    await node.advance(300)
    expect(history.map(({ message, atMs }) => [message, atMs])).toEqual([
      ['a', 100],
      ['a, made later', 100],
      ['b', 200],
      ['c', 300],
    ])
    expect(node.now()).toBe(300)
  })

  test('advance fires the timers that timers set, if they are due by then', async () => {
    const node = start()
    const beats: number[] = []
    node.spawn(async (self) => {
      for (;;) {
        await self.sleep(100)
        beats.push(node.now())
      }
    })
    await node.advance(350)
    expect(beats).toEqual([100, 200, 300])
    expect(node.now()).toBe(350)
    await node.advance(50)
    expect(beats).toEqual([100, 200, 300, 400])
  })

  test('advance refuses what is no time', async () => {
    const node = start()
    for (const bad of [-1, Number.NaN, 'soon']) {
      await expect(node.advance(bad as number)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    }
    expect(node.now()).toBe(0)
  })

  test('settle runs everything that can run and does not move the clock', async () => {
    const node = start()
    const done: string[] = []
    const last = node.spawn(async (self) => {
      done.push(String(await self.receive()))
      await self.sleep(1)
      done.push('too early')
    })
    node.spawn(async (self) => {
      await Promise.resolve()
      self.spawn((inner) => inner.send(last, 'through two processes and a promise'))
    })
    await node.settle()
    expect(done).toEqual(['through two processes and a promise'])
    expect(node.now()).toBe(0)
  })

  test('nextDueMs is the time of the next timer, Infinity without one', async () => {
    const node = start()
    const { pid } = node.probe()
    expect(node.nextDueMs()).toBe(Infinity)
    await node.advance(50)
    const near = node.sendAfter(100, pid, 'near')
    node.sendAfter(500, pid, 'far')
    expect(node.nextDueMs()).toBe(150)
    node.cancelTimer(near)
    expect(node.nextDueMs()).toBe(550)
    await node.advance(500)
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('two nodes have two clocks', async () => {
    const [one, two] = [start(), start()]
    await one.advance(1000)
    expect([one.now(), two.now()]).toEqual([1000, 0])
  })
})

/** A node in which one process has thrown each of these; the test stops it. */
async function crashed(...thrown: readonly unknown[]): Promise<TestNode> {
  const node = testNode()
  for (const value of thrown)
    node.spawn(() => {
      throw value
    })
  await node.settle()
  return node
}
const UNEXPECTED = { code: 'GENSOCK_ERR_UNEXPECTED_CRASH' }

describe('crashes', () => {
  test('a quiet node stops without a word, and ends its processes', async () => {
    const node = testNode()
    const pid = node.spawn((self) => self.receive())
    node.spawn(() => exit('an exit is no crash'))
    await node.settle()
    await node.stop()
    expect(node.isAlive(pid)).toBe(false)
    expect(node.crashes).toEqual([])
  })

  test('stop throws the report and the stack of a crash that nobody expected', async () => {
    const boom = new Error('boom')
    const node = await crashed(boom)
    const stopped = await node.stop().then(
      () => 'nothing was thrown',
      (error: unknown) => error as Error & { reason: unknown },
    )
    expect(stopped).toMatchObject({
      ...UNEXPECTED,
      reason: boom,
      message: expect.stringMatching(/crashed: Error: boom \(see .*\)\nError: boom\n/),
    })
    expect(stopped).toHaveProperty('message', expect.stringContaining('test-node.test.ts'))
  })

  test('a crash that happens only when stop lets the node run is seen too', async () => {
    const node = testNode()
    node.spawn(() => {
      throw new Error('at the last moment')
    })
    await expect(node.stop()).rejects.toThrow('at the last moment')
  })

  test('crashes lists the reports in order', async () => {
    const node = await crashed('first', 'second')
    expect(node.crashes.map(({ facts }) => facts.reason)).toEqual(['first', 'second'])
    expect(node.crashes[0]?.text).toMatch(/^process <.+> crashed: 'first'$/)
    await expect(node.stop()).rejects.toMatchObject(UNEXPECTED)
  })

  test('expectCrash() takes any crash, but only one', async () => {
    const node = await crashed('one')
    node.expectCrash()
    await node.stop()
    const twice = await crashed('one', 'two')
    twice.expectCrash()
    await expect(twice.stop()).rejects.toMatchObject({ ...UNEXPECTED, reason: 'two' })
  })

  test('expectCrash(reason) compares by value', async () => {
    const node = await crashed(['bad', { n: 1 }])
    node.expectCrash(['bad', { n: 1 }])
    await node.stop()
    const other = await crashed(['bad', { n: 2 }])
    other.expectCrash(['bad', { n: 1 }])
    await expect(other.stop()).rejects.toMatchObject({ ...UNEXPECTED, reason: ['bad', { n: 2 }] })
  })

  test('expectCrash(RegExp) looks at the report', async () => {
    const node = await crashed(new Error('no such file: a.txt'), new Error('no such file: b.txt'))
    node.expectCrash(/no such file: b/)
    node.expectCrash(/no such file: a/)
    await node.stop()
    const other = await crashed(new Error('disk full'))
    other.expectCrash(/no such file/)
    await expect(other.stop()).rejects.toThrow('disk full')
  })

  test('an expected crash that did not happen throws as well', async () => {
    const node = testNode()
    node.expectCrash('badarg')
    node.expectCrash(/never/)
    await expect(node.stop()).rejects.toMatchObject({
      ...UNEXPECTED,
      reason: 'no_crash',
      message: linked('GENSOCK_ERR_UNEXPECTED_CRASH', "2 expected crash(es) did not happen: [ 'badarg', /never/ ]"),
    })
  })
})

describe('options', () => {
  const draws = (options?: TestNodeOptions): number[] => {
    const { random } = kernelOf(start(options))
    return Array.from({ length: 1000 }, () => random())
  }

  test('the seed fixes every random number; the default seed is 1', () => {
    expect(draws({ seed: 7 })).toEqual(draws({ seed: 7 }))
    expect(draws()).toEqual(draws({ seed: 1 }))
    expect(draws({ seed: 7 })).not.toEqual(draws({ seed: 8 }))
  })

  test('random numbers lie from 0 to below 1, and spread', () => {
    const numbers = draws({ seed: 0 })
    expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true)
    expect(new Set(numbers).size).toBeGreaterThan(990)
    const mean = numbers.reduce((sum, n) => sum + n, 0) / numbers.length
    expect(mean).toBeGreaterThan(0.45)
    expect(mean).toBeLessThan(0.55)
  })

  test('name, pick and orderTimers go to the node', async () => {
    const node = start({ name: 'mine@test', pick: (ready) => ready.length - 1 })
    const order: number[] = []
    for (const n of [1, 2, 3]) node.spawn(() => void order.push(n))
    await node.settle()
    expect([node.name, order]).toEqual(['mine@test', [3, 2, 1]])
  })

  test('a bad seed and an unknown option are refused', () => {
    for (const seed of [-1, 1.5, '1' as unknown as number])
      expect(() => testNode({ seed })).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    expect(() => testNode({ sead: 1 } as TestNodeOptions)).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_UNKNOWN_OPTION' }),
    )
  })
})

test('a crash that is named is matched before a bare expectCrash takes it', async () => {
  const node = testNode()
  for (const reason of ['b', 'a']) {
    node.spawn(() => {
      throw reason
    })
  }
  node.expectCrash()
  node.expectCrash('b')
  await expect(node.stop()).resolves.toBeUndefined()
})

test('what needs virtual time to end gets it when the node stops', async () => {
  const node = testNode()
  const ended: string[] = []
  const slow: GenServer<null> = {
    init: (_arg, self) => (self.trapExit(true), ['ok', null]),
    terminate: async (_reason, _state, self) => {
      await self.sleep(60_000)
      ended.push('after a minute')
    },
  }
  await node.run(() => supervisor.start({ children: [child('slow', slow, undefined, { shutdown: 'infinity' })] }))
  const before = performance.now()
  await node.stop()
  expect(ended).toEqual(['after a minute'])
  expect(performance.now() - before).toBeLessThan(4000)
})

test('what takes real time to end gets some, before the clock is turned', async () => {
  const node = testNode()
  const ended: string[] = []
  const writes: GenServer<null> = {
    init: (_arg, self) => (self.trapExit(true), ['ok', null]),
    terminate: async () => {
      for (const step of ['opened', 'written']) {
        await stat('.')
        ended.push(step)
      }
      await new Promise((resolve) => setTimeout(resolve, 30))
      ended.push('closed')
    },
  }
  await node.run(() => supervisor.start({ children: [child('writes', writes)] }))
  await node.stop()
  expect([ended, node.now()]).toEqual([['opened', 'written', 'closed'], 0])
})

test('what waits for something that never comes is cut off at its shutdown limit', async () => {
  const node = testNode()
  const stuck: GenServer<null> = {
    init: (_arg, self) => (self.trapExit(true), ['ok', null]),
    terminate: () => new Promise(() => undefined),
  }
  await node.run(() => supervisor.start({ children: [child('stuck', stuck)] }))
  await node.stop()
  expect(node.now()).toBe(5000)
})

test.each([0, 20])('a callback that takes %d ms of real time changes nothing of who runs when', async (busyMs) => {
  const node = start()
  const fragile = defineServer<null>()({
    init: () => ['ok', null],
    handleCall: {
      fall() {
        const end = performance.now() + busyMs
        while (performance.now() < end);
        throw new Error('on purpose')
      },
    },
  })
  node.expectCrash()
  await node.run(() => supervisor.start({ children: [child('it', fragile, undefined, { name: 'it' })] }))
  const fallen = node
    .run(() => genServer.call(named<typeof fragile>('it'), { type: 'fall' }))
    .catch(() => node.whereis('it') !== undefined)
  await node.settle()
  expect(await fallen).toBe(true)
})

describe('processes that never come to rest', () => {
  const endless: [string, (node: TestNode) => void][] = [
    [
      'a function that receives what it sends itself',
      (node) => {
        const pid = node.spawn(async (self) => {
          for (;;) {
            self.send(self.pid, 'again')
            await self.receive()
          }
        })
        node.register('busy', pid)
      },
    ],
    [
      'two that send to and fro',
      (node) => {
        const module = {
          init: () => null,
          message: (from: Pid<Pid>, state: null, self: { pid: Pid<Pid>; send(to: Pid<Pid>, message: Pid<Pid>): void }) => {
            self.send(from, self.pid)
            return ['ok', state] as const
          },
        }
        const [one, other] = [node.spawnProcess(module as never), node.spawnProcess(module as never)]
        node.register('busy', one)
        node.register('busy too', other) // one of the two is, when the messages are counted
        node.send(one, other as never)
      },
    ],
  ]
  test.each(endless)(
    '%s: settle, next and advance say so by name, and stop ends them',
    async (_name, begin) => {
      const node = testNode({ drainMs: 5 }) // a slice of them is over soon
      const idle = node.spawn((self) => self.receive())
      begin(node)
      const said: unknown = await node
        .probe()
        .next()
        .catch((error: unknown) => error)
      expect(said).toMatchObject({
        code: 'GENSOCK_ERR_CALL',
        reason: 'endless',
        message: expect.stringMatching(/\(busy( too)?\)/),
      })
      expect((said as Error).message).not.toContain(String(idle))
      await node.stop()
      expect(node.processes()).toEqual([])
    },
    60_000,
  ) // a million messages each
})
