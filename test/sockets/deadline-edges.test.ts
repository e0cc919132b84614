// The 5 s of a socket that leaves, the pace of a drain, and the calls that a socket has taken: each by itself, in virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import type { From } from '../../src/runtime/call.js'
import { kernelOf } from '../../src/runtime/node.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { clauseOf, TakenCalls } from '../../src/sockets/calls.js'
import { Departure } from '../../src/sockets/departure.js'
import { Drain } from '../../src/sockets/drain.js'
import { isCall } from 'gensock'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A process that hangs in a callback, or that waits for a message. */
async function process(hangs: boolean): Promise<Process> {
  const pid = node.spawnProcess({
    init: () => 0,
    message: () => new Promise<['ok', number]>(() => undefined),
  })
  if (hangs) node.send(pid, 'hang')
  await node.settle()
  return processOf(pid) as Process
}
const alive = (one: Process): boolean => node.isAlive(one.pid)

describe('a departure', () => {
  test('ends a process that is busy after 5 s, not earlier', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    expect(departure.hasBegun).toBe(false)
    departure.leave()
    expect(departure.hasBegun).toBe(true)
    await node.advance(4999)
    expect(alive(one)).toBe(true)
    await node.advance(1)
    expect(alive(one)).toBe(false)
  })

  test('gives a process that waits no deadline of its own, nor one that is dead', async () => {
    const waits = await process(false)
    new Departure(waits).leave()
    const dead = await process(false)
    node.exit(dead.pid, 'kill')
    new Departure(dead).leave()
    new Departure(dead).idle()
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('a second leave, or idleness after it, does not start the 5 s anew', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    departure.leave()
    await node.advance(3000)
    departure.leave()
    departure.idle()
    await node.advance(2000)
    expect(alive(one)).toBe(false)
  })

  test('leave after idle keeps the deadline of idle', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    departure.idle()
    await node.advance(3000)
    departure.idle()
    departure.leave()
    await node.advance(2000)
    expect(alive(one)).toBe(false)
  })

  test('a byte takes idleness back, and says so; it does not take back a leave', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    expect(departure.stay()).toBe(false)
    departure.idle()
    expect([departure.stay(), departure.hasBegun, departure.stay()]).toEqual([true, false, false])
    expect(node.nextDueMs()).toBe(Infinity)
    departure.leave()
    expect([departure.stay(), departure.hasBegun]).toEqual([false, true])
    await node.advance(5000)
    expect(alive(one)).toBe(false)
  })

  test('the next callback has its own 5 s, if there was a deadline', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    departure.next()
    expect(node.nextDueMs()).toBe(Infinity)
    departure.leave()
    await node.advance(3000)
    departure.next()
    await node.advance(4999)
    expect(alive(one)).toBe(true)
    departure.rest()
    await node.advance(10_000)
    expect(alive(one)).toBe(true)
  })

  test('another life gets 5 s anew only when the end is on its way for good', async () => {
    const one = await process(true)
    const departure = new Departure(one)
    departure.idle()
    departure.again()
    expect(node.nextDueMs()).toBe(Infinity)
    departure.leave()
    await node.advance(1000)
    departure.again()
    expect(node.nextDueMs()).toBe(node.now() + 5000)
    await node.advance(5000)
    expect(alive(one)).toBe(false)
  })
})

describe('a drain', () => {
  /** What happened when, of so many sockets. */
  function drain(count: number, deadlineMs: number): { log: unknown[]; drain: Drain } {
    const log: unknown[] = []
    let left = count
    const startedAt = node.now()
    const target = {
      closeNext(until: number) {
        if (left === 0) return false
        left--
        log.push([node.now() - startedAt, until - startedAt])
        return true
      },
      killRest: () => void log.push([node.now() - startedAt, 'kill']),
    }
    return { log, drain: new Drain(kernelOf(node), target, count, deadlineMs) }
  }

  test('closes few sockets 10 ms apart, and kills the rest when time is up', async () => {
    await node.advance(7) // the clock of a node that has lived a while
    const { log } = drain(3, 1000)
    await node.advance(2000)
    expect(log).toEqual([
      [0, 1000],
      [10, 1000],
      [20, 1000],
      [1000, 'kill'],
    ])
  })

  test('closes many within half of the time', async () => {
    await node.advance(1_000_000)
    const { log } = drain(100, 100)
    await node.advance(49)
    expect(log).toHaveLength(99)
    await node.advance(51)
    expect(log).toHaveLength(101)
    expect(log.at(-1)).toEqual([100, 'kill'])
  })

  test('with no time all are closed and then killed at once', async () => {
    const { log } = drain(3, 0)
    await node.advance(0)
    expect(log).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 'kill'],
    ])
  })

  test('that is stopped closes and kills nobody any more, and leaves no timer', async () => {
    const { log, drain: it } = drain(3, 1000)
    expect(kernelOf(node).timers.size).toBe(2)
    it.stop()
    expect(kernelOf(node).timers.size).toBe(0)
    await node.advance(2000)
    expect(log).toEqual([[0, 1000]])
  })
})

describe('calls to a socket', () => {
  test('the clause is the own one of the handler for the type of the request', () => {
    const get = (): any => ['reply', 1, 0]
    const handler: any = { init: () => ['ok', 0], handle: () => ['ok', 0], call: { get } }
    expect(clauseOf(handler, { type: 'get' })).toBe(get)
    for (const request of [{ type: 'other' }, { type: 'toString' }, { type: 1 }, {}, 'get', 1, null, undefined])
      expect(clauseOf(handler, request)).toBeUndefined()
    expect(clauseOf({ ...handler, call: undefined }, { type: 'get' })).toBeUndefined()
  })

  test('those that wait are told once; those that were answered are forgotten in time', async () => {
    const calls: From[] = []
    const pid = node.spawnProcess({
      init: () => 0,
      message(message: unknown, n) {
        if (isCall(message)) calls.push(message.from)
        return ['ok', n]
      },
    })
    const failures: unknown[] = []
    const ask = (): void =>
      void node.call(pid, 'x', 'infinity').catch((error: { reason: unknown }) => failures.push(error.reason))
    for (let i = 0; i < 3; i++) ask()
    await node.settle()
    const taken = new TakenCalls()
    for (const from of calls) taken.add(processOf(pid) as Process, from)
    taken.fail('restarted')
    await node.settle()
    expect(failures).toEqual(['restarted', 'restarted', 'restarted'])
    taken.fail('again')
    await node.settle()
    expect(failures).toHaveLength(3)
  })
})
