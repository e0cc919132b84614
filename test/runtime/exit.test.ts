// How a process ends and who hears of it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, exit, isCrash, nocatch, type Pid, silentLogger } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** The reason that a monitor hears when a process with this body ends. */
function reasonOf(body: (self: any) => unknown, options: object = {}): Promise<any> {
  return inside(node, async (self) => {
    self.spawnMonitor(body as never, options)
    return (await self.receive('DOWN')).reason
  })
}

const after = async (reason: string, options: object = {}): Promise<[boolean, unknown]> => {
  const pid = node.spawn(idle, options)
  await node.settle()
  node.exit(pid, reason)
  const messages = node.processInfo(pid, 'messages')?.map((message) => (message as { reason: unknown }).reason)
  return [node.isAlive(pid), messages]
}

describe('reasons', () => {
  test('a function that returns ends normal, exit(r) gives r', async () => {
    expect(await reasonOf(() => undefined)).toBe('normal')
    expect(await reasonOf(() => exit('shutdown'))).toBe('shutdown')
    expect(await reasonOf(async (self) => (await self.sleep(0), self.exit(['shutdown', 7])))).toEqual(['shutdown', 7])
  }, 5000)

  test('a throw ends it with a crash; an exit that is caught and thrown again is still the exit', async () => {
    const error = new Error('boom')
    node.expectCrash(/boom/)
    const reason = await reasonOf(() => {
      throw error
    })
    expect(isCrash(reason)).toBe(true)
    expect(reason).toMatchObject({ value: error, error })
    expect(
      await reasonOf(() => {
        try {
          exit('bye')
        } catch (thrown) {
          throw thrown as Error
        }
      }),
    ).toBe('bye')
  })

  test("nocatch ends it with the crash ['nocatch', value]", async () => {
    node.expectCrash(/nocatch/)
    expect(await reasonOf(() => nocatch('x'))).toMatchObject({ value: ['nocatch', 'x'] })
  })

  test('raised, exit(kill) gives reason kill, and its link signal can be trapped', async () => {
    const message = await inside(node, (self) => (self.spawnLink(() => exit('kill')), self.receive('EXIT')), { trapExit: true })
    expect(message.reason).toBe('kill')
  })
})

describe('exit signals', () => {
  test('"If Pid is not trapping exits, Pid itself exits with exit reason Reason"', async () => {
    expect(await after('boom')).toEqual([false, undefined])
    expect(await after('boom', { trapExit: true })).toEqual([true, ['boom']])
  })

  test('"If Reason is the atom normal, Pid does not exit"; trapped, it is a message', async () => {
    expect(await after('normal')).toEqual([true, []])
    expect(await after('normal', { trapExit: true })).toEqual([true, ['normal']])
  })

  test('"an untrappable exit signal is sent ..., which unconditionally exits with exit reason killed"', async () => {
    expect(await after('kill', { trapExit: true })).toEqual([false, undefined])
    const reasons = await inside(
      node,
      async (self) => {
        const pid = self.spawnLink(idle, { trapExit: true })
        self.exit(pid, 'kill')
        return (await self.receive('EXIT')).reason
      },
      { trapExit: true },
    )
    expect(reasons).toBe('killed')
  })

  test('killed, passed on over a link, can be trapped', async () => {
    expect(await after('killed', { trapExit: true })).toEqual([true, ['killed']])
  })

  test('exit(self(), normal) ends the caller, although normal sent to others is ignored', async () => {
    const reached: string[] = []
    const reason = await reasonOf((self) => {
      self.exit(self.pid, 'normal')
      reached.push('after exit')
    })
    expect([reason, reached]).toEqual(['normal', []])
  })

  test('exit of a dead pid does nothing', async () => {
    const pid = node.spawn(() => undefined)
    await node.settle()
    expect(() => node.exit(pid, 'boom')).not.toThrow()
  })

  test('a signal from outside any process comes from a pid that no process has', async () => {
    const pid = node.spawn(idle, { trapExit: true })
    node.exit(pid, 'hello')
    const [message] = node.processInfo(pid, 'messages') as [{ pid: Pid }]
    expect(node.isAlive(message.pid)).toBe(false)
  })
})

describe('chains', () => {
  test('a chain of 100 000 linked processes dies without a stack overflow, each with the first reason', async () => {
    const big = createNode({ logger: silentLogger })
    const reasons = new Map<unknown, number>()
    let previous: Pid | undefined
    let first: Pid | undefined
    for (let i = 0; i < 100_000; i++) {
      const linkTo = previous
      previous = big.spawnProcess({
        init: (self) => (linkTo === undefined ? undefined : self.link(linkTo)),
        message: (_message: unknown, state) => ['ok', state],
      })
      first ??= previous
    }
    while (big.processInfo(previous as Pid, 'status') !== 'waiting') await new Promise((resolve) => setImmediate(resolve))
    big.onExit((_pid, reason) => void reasons.set(reason, (reasons.get(reason) ?? 0) + 1))
    big.exit(first as Pid, 'boom')
    expect([...reasons]).toEqual([['boom', 100_000]])
    expect(big.processes()).toEqual([])
    await big.stop()
  }, 15_000)

  test('a circle of links dies once', async () => {
    const middle = node.spawn(idle)
    const pids = [node.spawn(idle), middle, node.spawn(idle)]
    await node.settle()
    const ended: Pid[] = []
    node.onExit((pid) => void ended.push(pid))
    const circle = node.spawn(async (self) => {
      for (const pid of pids) self.link(pid)
      await idle(self)
    })
    await node.settle()
    node.exit(middle, 'boom')
    expect(new Set(ended)).toEqual(new Set([...pids, circle]))
    expect(ended).toHaveLength(4)
  })

  test('the order of news: the name is free and the pid dead before anyone hears of the end', async () => {
    const pid = node.spawn(idle, { name: 'bob' })
    const seen = await inside(node, async (self) => {
      self.monitor(pid)
      self.exit(pid, 'x')
      await self.receive('DOWN')
      return [self.whereis('bob'), self.isAlive(pid), self.processInfo(pid)]
    })
    expect(seen).toEqual([undefined, false, undefined])
  })
})

describe('hooks', () => {
  test('onExit of a node sees every end with its reason', async () => {
    const seen: unknown[] = []
    node.onExit((pid, reason) => void seen.push([String(pid), reason]))
    const pid = node.spawn(() => exit('done'))
    await node.settle()
    expect(seen).toEqual([[String(pid), 'done']])
    node.onExit(undefined)
    node.spawn(() => undefined)
    await node.settle()
    expect(seen).toHaveLength(1)
  })

  test('a hook that throws is logged, and the others that die in the same walk end as well', async () => {
    const pid = node.spawn(idle)
    const linked = node.spawn(async (self) => (self.link(pid), idle(self)))
    await node.settle()
    node.onExit(() => {
      throw new Error('bad hook')
    })
    node.exit(pid, 'boom')
    node.onExit(undefined)
    expect([node.isAlive(linked), node.processes()]).toEqual([false, []])
    expect(node.crashes.map(({ text }) => text)).toEqual([
      expect.stringContaining('a hook threw'),
      expect.stringContaining('a hook threw'),
    ])
    node.expectCrash(/a hook threw/)
    node.expectCrash(/a hook threw/)
  })
})
