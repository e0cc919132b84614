// Making processes, and the two kinds of them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isCrash, type Pid, spawn, spawnLink, spawnMonitor, spawnProcess } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('options', () => {
  test('name registers the process before it runs', async () => {
    let seen: unknown
    const pid = node.spawn((self) => void (seen = self.whereis('bob')), { name: 'bob' })
    expect(node.whereis('bob')).toBe(pid)
    await node.settle()
    expect(seen).toBe(pid)
  })

  test('link is made with the start: a child that ends at once still tells its parent', async () => {
    const exit = await inside(
      node,
      (self) => {
        self.spawn((child) => child.exit('at once'), { link: true })
        return self.receive('EXIT')
      },
      { trapExit: true },
    )
    expect(exit.reason).toBe('at once')
  })

  test('trapExit holds from the start', async () => {
    const pid = node.spawn(idle, { trapExit: true })
    node.exit(pid, 'boom')
    expect(node.isAlive(pid)).toBe(true)
    expect(node.processInfo(pid, 'trap_exit')).toBe(true)
  })

  test('spawnMonitor answers pid and ref; monitor takes the options of a monitor', async () => {
    const got = await inside(node, async (self) => {
      const [pid, ref] = self.spawnMonitor(() => undefined, { monitor: { tag: 'mine' } })
      const down = await self.receive('DOWN')
      return [down.pid === pid, down.ref === ref, down.tag, down.reason]
    })
    expect(got).toEqual([true, true, 'mine', 'normal'])
  })

  test('the parent of a process is the one that spawned it; outside there is none', async () => {
    const outside = node.spawn(idle)
    const [child, parent] = await inside(node, (self) => [self.spawn(idle), self.pid] as const)
    expect(node.processInfo(child, 'parent')).toBe(parent)
    expect(node.processInfo(outside, 'parent')).toBeUndefined()
  })

  test('a spawn with options that it refuses makes no process and takes no name', async () => {
    const bad = [
      { name: 'x', nme: 1 },
      { name: 'x', link: 1 },
      { name: 'x', trapExit: 'no' },
      { name: 'x', monitor: { alias: 'y' } },
      { name: '' },
      42,
      null,
    ]
    await inside(node, (self) => {
      for (const options of bad as never[]) {
        expect(thrownBy(() => self.spawn(idle, options))).toMatchObject({ reason: 'badarg' })
        expect(thrownBy(() => self.spawnMonitor(idle, options))).toMatchObject({ reason: 'badarg' })
        if (options !== bad[1]) expect(thrownBy(() => self.spawnLink(idle, options))).toMatchObject({ reason: 'badarg' })
      }
    })
    expect(node.processes()).toEqual([])
    expect(node.whereis('x')).toBeUndefined()
  })

  test('link and monitor outside a process are refused with what to do', () => {
    for (const options of [{ link: true }, { monitor: true }])
      expect(thrownBy(() => node.spawn(idle, options))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' })
    for (const run of [spawnLink, spawnMonitor]) expect(thrownBy(() => run(idle))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })
})

describe('function processes', () => {
  test('end when the function returns, async ones when their promise settles', async () => {
    const pids = [node.spawn(() => undefined), node.spawn(async (self) => self.sleep(10))]
    await node.settle()
    expect(pids.map((pid) => node.isAlive(pid))).toEqual([false, true])
    await node.advance(10)
    expect(pids.map((pid) => node.isAlive(pid))).toEqual([false, false])
  })

  test('a rejected promise is a crash', async () => {
    node.expectCrash(/late/)
    const reason = await inside(
      node,
      async (self) => {
        self.spawnMonitor(async (child) => {
          await child.sleep(5)
          throw new Error('late')
        })
        return (await self.receive('DOWN')).reason
      },
      { withinMs: 5 },
    )
    expect(isCrash(reason)).toBe(true)
  })
})

describe('callback processes', () => {
  test('init gives the state, message handles one message at a time, stop ends it', async () => {
    const answers: number[] = []
    const pid = node.run(() =>
      spawnProcess({
        init: () => 10,
        message(message: number | 'stop', sum) {
          if (message === 'stop') return ['stop', 'shutdown']
          answers.push(sum + message)
          return ['ok', sum + message]
        },
      }),
    )
    for (const message of [1, 2, 3, 'stop', 4] as const) node.send(pid, message)
    await node.settle()
    expect(answers).toEqual([11, 13, 16])
    expect(node.isAlive(pid)).toBe(false)
  })

  test('messages wait while init or a callback is unsettled', async () => {
    const log: string[] = []
    const pid = node.spawnProcess({
      async init(self) {
        await self.sleep(10)
        log.push('init')
        return 0
      },
      async message(message: string, count, self) {
        log.push(`${message} begins`)
        await self.sleep(10)
        log.push(`${message} ends`)
        return ['ok', count + 1]
      },
    })
    node.send(pid, 'a')
    node.send(pid, 'b')
    await node.advance(9)
    expect([log, node.processInfo(pid, 'message_queue_len')]).toEqual([[], 2])
    await node.advance(100)
    expect(log).toEqual(['init', 'a begins', 'a ends', 'b begins', 'b ends'])
  })

  test.each([[undefined], [['okay', 1]], [['ok']], ['ok'], [['stop']], [Promise.resolve(7)]])(
    'a callback that answers %p ends its process with bad_return_value',
    async (answer) => {
      node.expectCrash(['bad_return_value', await answer] as never)
      const pid = node.spawnProcess({ init: () => 0, message: () => answer as never })
      node.send(pid, 'x')
      await node.settle()
      expect(node.isAlive(pid)).toBe(false)
      expect(node.crashes[0]?.text).toMatch(/message must return \['ok', state\] or \['stop', reason\], got /)
    },
  )

  test('an init that throws ends the process before any message', async () => {
    node.expectCrash(/no init/)
    const pid = node.spawnProcess({
      init() {
        throw new Error('no init')
      },
      message: (_message: string, state) => ['ok', state],
    })
    node.send(pid, 'x')
    await node.settle()
    expect(node.isAlive(pid)).toBe(false)
  })
})

test('spawn of a process in a stopped node is refused', async () => {
  const other = testNode()
  await other.stop()
  expect(thrownBy(() => other.spawn(idle))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC', reason: 'noproc' })
})

test('free functions spawn on the node of the running process', async () => {
  let child: Pid | undefined
  await inside(node, () => void (child = spawn(idle)))
  expect(node.isAlive(child as Pid)).toBe(true)
})
