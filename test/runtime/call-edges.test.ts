// Calls at their edges: what an error tells, what is left behind, and the seam through which a simulation lets callers go on.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CallError, createNode, isCall, reply, silentLogger } from 'gensock'
import { testNode, type TestNode, virtualClock } from 'gensock/testing'
import { type From, isFrom, replyError } from '../../src/runtime/call.js'
import { kernelOf } from '../../src/runtime/node.js'
import { linked } from '../linked.js'
import { idle } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A process that hands out what it is called with and answers nothing by itself. */
function silent(on: Pick<TestNode, 'spawnProcess'> = node): { pid: ReturnType<TestNode['spawn']>; calls: From[] } {
  const calls: From[] = []
  const pid = on.spawnProcess({
    init: () => 0,
    message(message: unknown, n) {
      if (isCall(message)) calls.push(message.from)
      return ['ok', n]
    },
  })
  return { pid, calls }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const failed = (promise: Promise<unknown>): Promise<any> => promise.catch((error: unknown) => error)

describe('what is no call and no from', () => {
  test.each([undefined, null, 'call', 1, {}, { type: 'call' }, () => undefined])('%p', (value) => {
    expect([isCall(value), isFrom(value)]).toEqual([false, false])
  })
})

describe('the error of a call', () => {
  test('has the error of a callee that crashed as its cause, and tells the reason', async () => {
    node.expectCrash(/boom/)
    const error = new Error('boom')
    const pid = node.spawnProcess({
      init: () => 0,
      message() {
        throw error
      },
    })
    const failure = await failed(node.call(pid, 'x'))
    expect(failure).toBeInstanceOf(CallError)
    expect(failure.cause).toBe(error)
    expect(failure.message).toMatch(new RegExp(`^call to <0\\.${pid.id}\\.0> failed: the process ended with reason .*boom`))
  })

  test('of a callee that exits has no cause', async () => {
    const { pid } = silent()
    const failure = failed(node.call(pid, 'x'))
    node.exit(pid, 'gone')
    expect([(await failure).reason, (await failure).cause]).toEqual(['gone', undefined])
    expect((await failure).message).toBe(
      linked('GENSOCK_ERR_CALL', `call to ${String(pid)} failed: the process ended with reason 'gone'`),
    )
  })

  test('names whom it was for: a name in quotes with its node, or a pid', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    expect((await failed(node.call('nobody', { q: 1 }))).message).toBe(
      linked('GENSOCK_ERR_CALL', `call to "nobody" failed: no process has that name on node ${node.name} (request: { q: 1 })`),
    )
    expect((await failed(node.call(dead, 1))).message).toBe(
      linked('GENSOCK_ERR_CALL', `call to ${String(dead)} failed: no such process (request: 1)`),
    )
  })

  test('of one that gave up tells its reason', async () => {
    const { pid, calls } = silent()
    const failure = failed(node.call(pid, 'x'))
    await node.settle()
    replyError(calls[0] as From, 'busy')
    expect(await failure).toMatchObject({ reason: 'busy' })
    expect((await failure).message).toBe(
      linked('GENSOCK_ERR_CALL', `call to ${String(pid)} failed: the callee gave up with reason 'busy'`),
    )
  })

  test('after 0 ms is a timeout at once, and the request has arrived all the same', async () => {
    const { pid, calls } = silent()
    expect(await failed(node.call(pid, 'x', 0))).toMatchObject({ reason: 'timeout' })
    await node.settle()
    expect(calls).toHaveLength(1)
  })
})

describe('a call that is over', () => {
  test.each(['reply', 'end'])('by %s leaves no timer and no monitor', async (how) => {
    const { pid, calls } = silent()
    const done = failed(node.call(pid, 'x', 1000))
    await node.settle()
    expect(node.nextDueMs()).toBe(1000)
    if (how === 'reply') reply(calls[0] as From, 'yes')
    else node.exit(pid, 'kill')
    await done
    expect(node.nextDueMs()).toBe(Infinity)
    expect(kernelOf(node).timers.size).toBe(0)
  })
})

describe('wake, the seam of a simulation', () => {
  test('lets each caller go on once: after a reply, a failure and a sleep, with who it is', async () => {
    const clock = virtualClock()
    const waiting: [go: () => void, who: unknown][] = []
    const own = createNode({ clock, drainMs: 1_000, logger: silentLogger, wake: (go, who) => void waiting.push([go, who]) })
    const { pid, calls } = silent(own)
    const seen: unknown[] = []
    const caller = own.spawn(async (self) => {
      seen.push(await self.call(pid, 'a'))
      await self.sleep(10)
      seen.push('slept')
    })
    const wake = async (): Promise<unknown[]> => {
      await turn()
      const now = waiting.splice(0)
      for (const [go] of now) go()
      await turn()
      return now.map(([, who]) => (who as { pid: unknown } | null)?.pid ?? null)
    }
    await turn()
    reply(calls[0] as From, 'first')
    reply(calls[0] as From, 'second')
    expect(seen).toEqual([])
    expect([await wake(), seen]).toEqual([[caller], ['first']])
    clock.turnTo(10)
    await turn()
    expect(seen).toEqual(['first'])
    expect([await wake(), seen]).toEqual([[caller], ['first', 'slept']])

    const outside = failed(own.call(pid, 'b'))
    await turn()
    own.exit(pid, 'kill')
    expect(await wake()).toEqual([null])
    expect(await outside).toMatchObject({ reason: 'killed' })
    await own.stop()
  })
})

test('a caller that is called by nobody stays where it is', async () => {
  const pid = node.spawn(idle)
  const call = node.call(pid, 'x', 'infinity')
  let settled = false
  void call.catch(() => (settled = true))
  await node.advance(1_000_000)
  expect([settled, node.nextDueMs()]).toEqual([false, Infinity])
  node.exit(pid, 'kill')
  await failed(call)
})

test('a call and its from are known by brands that all copies of the library share', () => {
  expect(isCall({ [Symbol.for('gensock.call')]: true })).toBe(true)
  expect(isFrom({ [Symbol.for('gensock.from')]: true })).toBe(true)
  expect([isCall({ [Symbol('gensock.call')]: true }), isFrom({ [Symbol('gensock.from')]: true })]).toEqual([false, false])
})
