// Nodes: a set of processes that share names, timers and a run queue.
import { describe, expect, test } from '@jest/globals'
import {
  createNode,
  defaultNode,
  type Exit,
  type Logger,
  type Pid,
  type Receiver,
  send,
  silentLogger,
  spawn,
  whereis,
} from 'gensock'
import { testNode, virtualClock } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { idle, thrownBy } from './inside.js'

const numbers = (seed: number): number[] => {
  const { random } = kernelOf(testNode({ seed }))
  return [random(), random(), random()]
}

describe('stop', () => {
  test('ends every process with shutdown, those that trap it with killed', async () => {
    const node = testNode()
    const reasons = new Map<Pid, unknown>()
    const plain = node.spawn(idle)
    const trapping = node.spawn(idle, { trapExit: true })
    const tidy = node.spawn(async (self: Receiver<Exit>) => self.exit((await self.receive('EXIT')).reason), { trapExit: true })
    await node.settle()
    node.onExit((pid, reason) => void reasons.set(pid, reason))
    await node.stop()
    expect([plain, trapping, tidy].map((pid) => reasons.get(pid))).toEqual(['shutdown', 'killed', 'shutdown'])
    expect(node.processes()).toEqual([])
  })

  test('drops all timers, fails open calls, and nothing runs afterwards', async () => {
    const node = testNode()
    const pid = node.spawn(idle)
    node.sendAfter(5, pid, 'x')
    node.sendAfter(5, 'nobody', 'x')
    const failed = node.call(pid, 1).catch((error: unknown) => error)
    await node.stop()
    expect(await failed).toMatchObject({ reason: 'shutdown' })
    expect(kernelOf(node).timers.size).toBe(0)
    await node.stop()
  })
})

describe('createNode', () => {
  test('nodes share nothing: names, pids and timers are their own', async () => {
    const [a, b] = [testNode({ name: 'a@local' }), testNode({ name: 'b@local' })]
    const pid = a.spawn(idle, { name: 'bob' })
    expect([a.whereis('bob') === pid, b.whereis('bob'), pid.node]).toEqual([true, undefined, 'a@local'])
    expect(b.processes()).toEqual([])
    await Promise.all([a.stop(), b.stop()])
  })

  test('random is the source of randomness; the same seed of a test node gives the same numbers', () => {
    expect(numbers(7)).toEqual(numbers(7))
    expect(numbers(7)).not.toEqual(numbers(8))
    for (const number of numbers(7)) expect(number >= 0 && number < 1).toBe(true)
    expect(kernelOf(createNode({ random: () => 0.25 })).random()).toBe(0.25)
  })

  test('the clock is the one that was given', async () => {
    const clock = virtualClock()
    const node = createNode({ clock, logger: silentLogger })
    const ref = node.sendAfter(50, 'nobody', 'x')
    clock.turnTo(20)
    expect(node.readTimer(ref)).toBe(30)
    await node.stop()
  })

  test('run makes it the node of the free functions, also within a process of another node', async () => {
    const [a, b] = [testNode({ name: 'a@local' }), testNode({ name: 'b@local' })]
    expect(a.run(() => b.run(() => spawn(idle)).node + spawn(idle).node)).toBe('b@locala@local')
    a.spawn(() => void b.run(() => spawn(idle, { name: 'bob' })))
    await a.settle()
    expect(b.run(() => whereis('bob'))?.node).toBe('b@local')
    await Promise.all([a.stop(), b.stop()])
  })
})

describe('the default node', () => {
  test('is one per program, made when first needed, and made anew after stop', async () => {
    const pid = spawn(idle)
    expect(defaultNode().isAlive(pid)).toBe(true)
    expect(defaultNode().name).toBe('gensock@local')
    await defaultNode().stop()
    const again = spawn(idle)
    expect([defaultNode().isAlive(pid), defaultNode().isAlive(again)]).toEqual([false, true])
    await defaultNode().stop()
  })

  test('outside processes the free functions act on it', async () => {
    const pid = spawn(idle, { name: 'bob' })
    expect(whereis('bob')).toBe(pid)
    send('bob', 'end')
    await new Promise<void>((resolve) => {
      spawn(async (self) => {
        self.monitor(pid)
        await self.receive('DOWN')
        resolve()
      })
    })
    expect(whereis('bob')).toBeUndefined()
    await defaultNode().stop()
  })
})

describe('logger', () => {
  test('is called as pino is: facts first, then the text, as a method', async () => {
    const lines: unknown[] = []
    class PinoLike implements Logger {
      #lines = lines
      error(facts: object, text: string): void {
        this.#lines.push([facts, text])
      }
      warn = this.error
      info = this.error
      debug = this.error
    }
    const node = createNode({ logger: new PinoLike() })
    node.spawn(
      () => {
        throw new Error('boom')
      },
      { name: 'bob' },
    )
    await new Promise((resolve) => setImmediate(resolve))
    await node.stop()
    expect(lines).toEqual([
      [
        expect.objectContaining({ registeredName: 'bob' }),
        expect.stringMatching(/^process <0\.\d+\.0> \(bob\) crashed: Error: boom$/),
      ],
    ])
  })

  test('kernelOf refuses what is no node', () => {
    for (const bad of [undefined, {}, 42])
      expect(thrownBy(() => kernelOf(bad as never))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})
