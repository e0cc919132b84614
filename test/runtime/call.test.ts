// Calls: a request that waits for its reply, watched by a monitor.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CallError, type From, isCall, isCrash, type Pid, reply } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** Answers each call with what `answer` gives. */
function server(answer: (request: any, from: From) => unknown): Pid {
  return node.spawnProcess({
    init: () => 0,
    message(message: unknown, count, self) {
      if (isCall(message)) {
        const value = answer(message.request, message.from)
        if (value !== undefined) self.reply(message.from, value)
      }
      return ['ok', count + 1]
    },
  })
}
const failure = (promise: Promise<unknown>): Promise<CallError> =>
  promise.then(
    () => {
      throw new Error('the call did not fail')
    },
    (error: CallError) => error,
  )

describe('call', () => {
  test('answers what was replied, to processes and to code outside', async () => {
    const pid = server((n: number) => n * 2)
    expect(await inside(node, (self) => self.call<number>(pid, 21))).toBe(42)
    expect(await node.call(pid, 4)).toBe(8)
  })

  test('reaches a process by its name', async () => {
    node.register(
      'doubler',
      server((n: number) => n * 2),
    )
    expect(await node.call('doubler', 4)).toBe(8)
  })

  test('the reply may come later, from another process', async () => {
    const pid = server((_request, from) => {
      node.spawn(async (self) => {
        await self.sleep(100)
        reply(from, 'late')
      })
    })
    const answer = node.call(pid, 'x')
    await node.advance(100)
    expect(await answer).toBe('late')
  })

  test('fails with timeout after 5 000 ms, or what was asked for; a late reply is dropped', async () => {
    const froms: From[] = []
    const pid = server((_request, from) => void froms.push(from))
    const left = await inside(
      node,
      async (self) => {
        const first = await failure(self.call(pid, 1))
        const at = node.now()
        const second = await failure(self.call(pid, 2, 10))
        for (const from of froms) reply(from, 'too late')
        return [first.reason, at, second.reason, node.now(), second.message, await self.receive({ afterMs: 0 })]
      },
      { withinMs: 6000 },
    )
    expect(left).toEqual([
      'timeout',
      5000,
      'timeout',
      5010,
      linked('GENSOCK_ERR_CALL', `call to ${String(pid)} failed: timeout after 10 ms (request: 2)`),
      undefined,
    ])
    expect(node.processInfo(pid, 'monitored_by')).toEqual([])
  })

  test('infinity waits for ever', async () => {
    let from: From | undefined
    const pid = server((_request, given) => void (from = given))
    const answer = node.call(pid, 1, 'infinity')
    await node.advance(1_000_000_000)
    reply(from as From, 'at last')
    expect(await answer).toBe('at last')
  })

  test('fails with noproc at once when nobody is there', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    const error = await failure(node.call(dead, 1))
    expect(error).toBeInstanceOf(CallError)
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc', name: 'CallError' })
    expect((await failure(node.call('nobody', 1))).message).toBe(
      linked('GENSOCK_ERR_CALL', `call to "nobody" failed: no process has that name on node ${node.name} (request: 1)`),
    )
  })

  test('a process cannot call itself: calling_self', async () => {
    expect((await inside(node, (self) => failure(self.call(self.pid, 1)))).reason).toBe('calling_self')
  })

  test('fails with the exit reason when the callee ends', async () => {
    const pid = server(() => undefined)
    const byExit = failure(node.call(pid, 1))
    node.exit(pid, ['shutdown', 'soon'])
    expect((await byExit).reason).toEqual(['shutdown', 'soon'])
    node.expectCrash(/no/)
    const crashing = server(() => {
      throw new Error('no')
    })
    expect(isCrash((await failure(node.call(crashing, 1))).reason)).toBe(true)
  })

  test('leaves nothing in the mailbox of the caller, and no monitor', async () => {
    const pid = server(() => 'ok')
    const left = await inside(node, async (self) => {
      await self.call(pid, 1)
      const dead = self.spawn(idle)
      const failed = failure(self.call(dead, 1))
      self.exit(dead, 'x')
      await failed
      return self.processInfo(self.pid)
    })
    expect(left).toMatchObject({ message_queue_len: 0, monitors: [] })
  })

  test('a second answer is dropped', async () => {
    const pid = server((_request, from) => {
      reply(from, 'first')
      reply(from, 'second')
    })
    expect(await node.call(pid, 1)).toBe('first')
  })

  test('when the caller has died, a reply goes nowhere and the call never settles', async () => {
    let from: From | undefined
    const pid = server((_request, given) => void (from = given))
    const settled: string[] = []
    const caller = node.spawn(async (self) => {
      await self.call(pid, 1, 50).then(
        () => settled.push('resolved'),
        () => settled.push('rejected'),
      )
    })
    await node.settle()
    expect(from?.pid).toBe(caller)
    node.exit(caller, 'gone')
    expect(() => reply(from as From, 'x')).not.toThrow()
    await node.advance(100)
    expect(settled).toEqual([])
    expect(node.processInfo(pid, 'monitored_by')).toEqual([])
  })

  test('the from of a call from outside has no pid', async () => {
    let from: From | undefined
    const pid = server((_request, given) => ((from = given), 'ok'))
    await node.call(pid, 1)
    expect(from?.pid).toBeUndefined()
  })

  test('a request is branded: an object that looks like one is a plain message', async () => {
    const seen: boolean[] = []
    const pid = node.spawn(async (self) => {
      for (;;) seen.push(isCall(await self.receive()))
    })
    node.send(pid, { type: 'call', from: {}, request: 1 })
    void failure(node.call(pid, 1))
    await node.settle()
    expect(seen).toEqual([false, true])
    node.exit(pid, 'x')
  })

  test('a process calls another from the callback of a callback process', async () => {
    const doubler = server((n: number) => n * 2)
    const chain = node.spawnProcess({
      init: () => 0,
      async message(message: any, state, self) {
        self.reply(message.from, 1 + (await self.call<number>(doubler, message.request)))
        return ['ok', state]
      },
    })
    expect(await Promise.all([node.call(chain, 1), node.call(chain, 2)])).toEqual([3, 5])
  })

  test('reply refuses what is no from', () => {
    for (const bad of [undefined, {}, { pid: 1, ref: 2 }])
      expect(thrownBy(() => reply(bad as never, 1))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})
