// The probe: messages in order, waiting in virtual time, DOWN messages.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isDown } from 'gensock'
import { simulate, type TestNode, testNode } from 'gensock/testing'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const isText = (message: unknown): message is string => typeof message === 'string'

describe('next', () => {
  test('answers in the order of arrival, each message once; messages keeps all', async () => {
    const probe = node.probe<number>()
    for (const n of [1, 2, 3]) node.send(probe.pid, n)
    expect([await probe.next(), await probe.next(), await probe.next()]).toEqual([1, 2, 3])
    expect(probe.messages).toEqual([1, 2, 3])
    await probe.expectNothing()
  })

  test('takes the first that fits and leaves the others', async () => {
    const probe = node.probe()
    for (const message of [1, 'a', 2, 'b']) node.send(probe.pid, message)
    expect(await probe.next(isText)).toBe('a')
    expect(await probe.next()).toBe(1)
    expect(await probe.next(isText)).toBe('b')
    expect(await probe.next()).toBe(2)
  })

  test('undefined is a message as any other', async () => {
    const probe = node.probe()
    node.send(probe.pid, undefined)
    expect(await probe.next()).toBeUndefined()
    await probe.expectNothing()
  })

  test('turns the clock as far as the message needs and no further', async () => {
    const probe = node.probe()
    node.sendAfter(400, probe.pid, 'first')
    node.sendAfter(900, probe.pid, 'second')
    expect(await probe.next()).toBe('first')
    expect(node.now()).toBe(400)
    expect(probe.messages).toEqual(['first'])
  })

  test('a message that is there already costs no time', async () => {
    const probe = node.probe()
    node.sendAfter(100, probe.pid, 'later')
    node.send(probe.pid, 'now')
    expect(await probe.next()).toBe('now')
    expect(node.now()).toBe(0)
  })

  test('waits through timers of others and through what they set off', async () => {
    const probe = node.probe()
    node.spawn(async (self) => {
      await self.sleep(1000)
      await self.sleep(1000)
      self.send(probe.pid, 'slept')
    })
    expect(await probe.next()).toBe('slept')
    expect(node.now()).toBe(2000)
  })

  test('the limit is inclusive: due at it comes, due after it does not', async () => {
    const probe = node.probe()
    node.sendAfter(5000, probe.pid, 'at the default limit')
    expect(await probe.next()).toBe('at the default limit')
    node.sendAfter(101, probe.pid, 'late')
    await expect(probe.next(undefined, 100)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
    expect(await probe.next(undefined, 101)).toBe('late')
  })

  test('the error says how long it waited and what came instead', async () => {
    const probe = node.probe()
    node.send(probe.pid, 42)
    await expect(probe.next(isText, 30)).rejects.toThrow('probe: no such message within 30 ms of virtual time; it got [ 42 ]')
    expect(await probe.next()).toBe(42)
  })

  test('a timer that repeats for ever does not hold it past its limit', async () => {
    const probe = node.probe()
    node.spawn(async (self) => {
      for (;;) await self.sleep(10)
    })
    await expect(probe.next()).rejects.toMatchObject({ reason: 'timeout' })
    expect(node.now()).toBe(5000)
  })
})

describe('expectNothing', () => {
  test('passes while it is quiet and lets the time go by', async () => {
    const probe = node.probe()
    node.sendAfter(101, probe.pid, 'later')
    await probe.expectNothing()
    expect(node.now()).toBe(0)
    await probe.expectNothing(100)
    expect(node.now()).toBe(100)
  })

  test('fails on what comes in that time, and shows it', async () => {
    const probe = node.probe()
    node.sendAfter(100, probe.pid, 'boo')
    await expect(probe.expectNothing(100)).rejects.toThrow("probe: expected nothing, got [ 'boo' ]")
  })

  test('fails on what came before and was not taken', async () => {
    const probe = node.probe()
    node.send(probe.pid, 'old')
    await expect(probe.expectNothing()).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'unexpected' })
    await probe.next()
    await probe.expectNothing()
  })
})

describe('monitor', () => {
  test('brings the DOWN message with the reason', async () => {
    const probe = node.probe()
    const pid = node.spawn(async (self) => {
      await self.sleep(50)
      self.exit('done')
    })
    probe.monitor(pid)
    await probe.expectNothing(49)
    expect(await probe.next(isDown)).toMatchObject({ type: 'DOWN', pid, reason: 'done' })
    expect(node.now()).toBe(50)
  })

  test('of a process that has ended says noproc', async () => {
    const probe = node.probe()
    const pid = node.spawn(() => undefined)
    await node.settle()
    probe.monitor(pid)
    expect(await probe.next(isDown)).toMatchObject({ pid, reason: 'noproc' })
  })
})

describe('several that wait, in a simulation: they go on in the same moment', () => {
  const isA = (message: unknown): message is string => message === 'a'

  test('each message goes to one of them', async () => {
    for (let seed = 1; seed <= 5; seed++)
      await simulate(seed, async (sim) => {
        const probe = sim.probe()
        for (const message of ['a', 'b']) sim.sendAfter(10, probe.pid, message)
        expect((await Promise.all([probe.next(), probe.next()])).toSorted()).toEqual(['a', 'b'])
        await probe.expectNothing()
      })
  })

  test('two that want the same one: one of them gets none, and what they did not want stays', async () => {
    for (let seed = 1; seed <= 5; seed++)
      await simulate(seed, async (sim) => {
        const probe = sim.probe()
        for (const message of ['a', 'keep']) sim.sendAfter(10, probe.pid, message)
        const both = await Promise.allSettled([probe.next(isA, 50), probe.next(isA, 50)])
        expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
        expect(both).toContainEqual({ status: 'fulfilled', value: 'a' })
        expect(await probe.next()).toBe('keep')
      })
  })

  test('two lists that want the same one: one of them fails, and the last message stays', async () => {
    for (let seed = 1; seed <= 5; seed++)
      await simulate(seed, async (sim) => {
        const probe = sim.probe()
        for (const message of ['a', 'b']) sim.sendAfter(10, probe.pid, message)
        const both = await Promise.allSettled([1, 2].map(() => probe.expectMessages(['a'], { withinMs: 50 })))
        expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
        expect(await probe.next()).toBe('b')
      })
  })
})

describe('several that wait at once get theirs in the order in which they asked', () => {
  const three = async (probe: { next(): Promise<number> }): Promise<number[]> =>
    Promise.all([probe.next(), probe.next(), probe.next()])

  test('by timers, one after another and in the same ms', async () => {
    const probe = node.probe<number>()
    for (const n of [1, 2, 3]) node.sendAfter(n * 10, probe.pid, n)
    expect(await three(probe)).toEqual([1, 2, 3])
    expect(node.now()).toBe(30)
    for (const n of [4, 5, 6]) node.sendAfter(10, probe.pid, n)
    expect(await three(probe)).toEqual([4, 5, 6])
    expect(node.now()).toBe(40)
  })

  test('under every order of a simulation', async () => {
    for (let seed = 0; seed < 30; seed++) {
      const { value } = await simulate(seed, (sim) => {
        const probe = sim.probe<number>()
        for (const n of [1, 2, 3]) sim.sendAfter(n * 10, probe.pid, n)
        return three(probe)
      })
      expect(value).toEqual([1, 2, 3])
    }
  })

  test('who does not want a message lets the one behind have it; expectMessages stands in the same line', async () => {
    const probe = node.probe()
    for (const [at, message] of ['a', 1, 2, 'b', 3].entries()) node.sendAfter(at * 10, probe.pid, message)
    const got = [
      probe.next((message) => message === 2),
      probe.expectMessages([1, 'b']),
      probe.next(isText),
      probe.next((message) => message === 3),
    ]
    expect(await Promise.all(got)).toEqual([2, [1, 'b'], 'a', 3])
  })

  test('beside an advance: what is due in its last ms has come in time', async () => {
    for (let ms = 1; ms <= 10; ms++) {
      const probe = node.probe<string>()
      node.sendAfter(ms, probe.pid, 'in time')
      node.sendAfter(ms + 1, probe.pid, 'too late')
      const [message] = await Promise.all([probe.next(undefined, ms), node.advance(100)])
      expect([message, probe.history.map(({ message: one }) => one)]).toEqual(['in time', ['in time', 'too late']])
      const [one, other] = probe.history.map(({ atMs }) => atMs) as [number, number]
      expect(other - one).toBe(1)
    }
  })

  test('one whose time is over, or whose function fails, takes nothing from those behind', async () => {
    const probe = node.probe()
    node.sendAfter(50, probe.pid, 'late')
    const fails = (): never => {
      throw new Error('on purpose')
    }
    const [early, bad, good] = await Promise.allSettled([probe.next(isText, 10), probe.next(fails as never), probe.next()])
    expect(early).toMatchObject({ status: 'rejected', reason: { code: 'GENSOCK_ERR_CALL', reason: 'timeout' } })
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'on purpose' } })
    expect(good).toEqual({ status: 'fulfilled', value: 'late' })
    expect(node.now()).toBe(50)
  })
})

describe('what is refused', () => {
  test.each<[string, unknown]>([
    ['a text', 'tick'],
    ['a number', 1000],
    ['null', null],
  ])('next: %s in place of a function, whether or not a message is there', async (_name, match) => {
    const probe = node.probe()
    await expect(probe.next(match as never)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    node.send(probe.pid, 'tick')
    await expect(probe.next(match as never)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    expect(node.now()).toBe(0)
  })

  test('next: a function that answers a promise takes nothing', async () => {
    const probe = node.probe()
    node.send(probe.pid, 'tick')
    const never = (async () => false) as never
    await expect(probe.next(never)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    expect(await probe.next()).toBe('tick')
  })

  test('monitor: what is no pid, on a stopped node too', async () => {
    const other = testNode()
    const probes = [node.probe(), other.probe()]
    await other.stop()
    for (const probe of probes)
      expect(() => probe.monitor('server' as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})
