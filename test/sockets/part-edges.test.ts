// Small parts of a socket, each by itself: the chart of its life, its mail, its claims, who waits for a call, the outbox.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isCall, reply } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { createActor } from 'xstate'
import type { From } from '../../src/runtime/call.js'

import { kernelOf } from '../../src/runtime/node.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { clauseOf, TakenCalls } from '../../src/sockets/calls.js'
import { Departure } from '../../src/sockets/departure.js'
import { Expiry } from '../../src/sockets/expiry.js'
import { FRAME_BYTES, TEXT } from '../../src/sockets/frames.js'
import * as life from '../../src/sockets/lifecycle.js'
import { kMail, kSocket, Mail, MAIL, mailOf } from '../../src/sockets/mail.js'
import { Outbox } from '../../src/sockets/outbox.js'
import { NOT_YET } from '../../src/sockets/transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('the life of a socket', () => {
  const states = [life.ASKING, life.OPENING, life.OPEN, life.RESTARTING, life.CLOSING]

  test('a kill ends it in every state', () => {
    expect(states.map((state) => life.CHART.next(state, life.KILL))).toEqual(states.map(() => life.CLOSED))
  })

  test('every step leads where the chart says; what a state does not take leaves it as it is', () => {
    const steps = { ACCEPT: life.ACCEPT, REFUSE: life.REFUSE, READY: life.READY, CRASH: life.CRASH }
    const more = { AGAIN: life.AGAIN, END: life.END, DONE: life.DONE }
    const taken = (state: number): object =>
      Object.fromEntries(
        Object.entries({ ...steps, ...more })
          .map(([name, event]) => [name, life.CHART.next(state, event)] as const)
          .filter(([, next]) => next !== state),
      )
    expect([...states, life.CLOSED].map(taken)).toEqual([
      { ACCEPT: life.OPENING, REFUSE: life.CLOSED },
      { READY: life.OPEN, CRASH: life.RESTARTING, END: life.CLOSING },
      { CRASH: life.RESTARTING, END: life.CLOSING },
      { AGAIN: life.OPENING, END: life.CLOSING },
      { DONE: life.CLOSED },
      {},
    ])
  })

  test('closed is final: the machine is done', () => {
    const actor = createActor(life.lifecycle).start()
    for (const type of ['accept', 'ready', 'crash', 'again', 'ready', 'end', 'done']) actor.send({ type } as never)
    expect([actor.getSnapshot().value, actor.getSnapshot().status, life.CHART.isFinal(life.CLOSED)]).toEqual([
      'closed',
      'done',
      true,
    ])
    expect([life.CHART.id, states.map(life.CHART.isFinal)]).toEqual(['socket', states.map(() => false)])
  })
})

describe('mail', () => {
  test('is known by a brand that all copies of the library share', () => {
    expect([kMail, kSocket]).toEqual([Symbol.for('gensock.mail'), Symbol.for('gensock.socket')])
    expect([mailOf(new Mail(1, 'x', 1)), mailOf({ [Symbol.for('gensock.mail')]: MAIL })]).toEqual([MAIL, MAIL])
  })

  test('anything else is a message of a user, a branded function too', () => {
    for (const message of [null, undefined, 1, 'text', {}, { kind: 1 }, Object.assign(() => 0, { [kMail]: MAIL })])
      expect(mailOf(message)).toBeUndefined()
  })
})

test('before the 101 the wire takes everything, compresses nothing and is never behind', () => {
  const { compressed, bufferedBytes } = NOT_YET
  expect([compressed, bufferedBytes, NOT_YET.isBehind()]).toEqual([false, 0, false])
  expect([NOT_YET.send(TEXT, 'x', false), NOT_YET.sendShared({} as never, false)]).toEqual([true, true])
})

describe('claims', () => {
  function expiry(noticeMs: number): { it: Expiry; log: unknown[] } {
    const log: unknown[] = []
    const it = new Expiry(
      kernelOf(node),
      { expiring: (inMs) => void log.push(inMs), expired: () => void log.push('expired') },
      noticeMs,
    )
    return { it, log }
  }

  test('that hold for ever have no timer, nor have those that were told so later', () => {
    const { it } = expiry(100)
    it.set(Infinity)
    expect(kernelOf(node).timers.size).toBe(0)
    it.set(Date.now() + 1000)
    expect(kernelOf(node).timers.size).toBe(1)
    it.set(Infinity)
    expect(kernelOf(node).timers.size).toBe(0)
  })

  test('a timer that rings too early tells nothing a second time', () => {
    const { it, log } = expiry(100)
    it.set(Date.now() + 1000)
    for (let i = 0; i < 3; i++) it._ring()
    it.stop()
    expect(log).toEqual([expect.any(Number)])
  })
})

/** A process that hangs in a callback once it has got a message. */
async function process(): Promise<Process> {
  const pid = node.spawnProcess({ init: () => 0, message: () => new Promise<['ok', number]>(() => undefined) })
  await node.settle()
  return processOf(pid) as Process
}

describe('a departure', () => {
  test('of a process that waited: a second leave gives it no deadline', async () => {
    const one = await process()
    const departure = new Departure(one)
    departure.leave()
    node.send(one.pid, 'hang')
    await node.settle()
    departure.leave()
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('for good is not turned into idleness, which a byte would take back', async () => {
    const departure = new Departure(await process())
    departure.leave()
    departure.idle()
    expect([departure.stay(), departure.hasBegun]).toEqual([false, true])
  })
})

describe('calls to a socket', () => {
  test('the type of a request is text: a number names no clause', () => {
    const handler: any = { init: () => ['ok', 0], handle: () => ['ok', 0], call: { 1: () => ['reply', 1, 0] } }
    expect([clauseOf(handler, { type: 1 }), typeof clauseOf(handler, { type: '1' })]).toEqual([undefined, 'function'])
  })

  /** The froms of so many calls, of which those that stay still wait, and what failed. */
  async function calls(count: number): Promise<{ to: Process; froms: From[]; failed: number[] }> {
    const froms: From[] = []
    const failed: number[] = []
    const pid = node.spawnProcess({
      init: () => 0,
      message(message: unknown, n) {
        if (isCall(message)) froms.push(message.from)
        return ['ok', n]
      },
    })
    for (let i = 0; i < count; i++) void node.call(pid, i, 'infinity').catch(() => failed.push(i))
    await node.settle()
    return { to: processOf(pid) as Process, froms, failed }
  }

  test('of a thousand that wait none is forgotten', async () => {
    const { to, froms, failed } = await calls(1000)
    const taken = new TakenCalls()
    for (const from of froms) taken.add(to, from)
    taken.fail('restarted')
    await node.settle()
    expect(failed).toHaveLength(1000)
  })
})

test('calls that were answered are forgotten in time: a socket that answers for years does not grow', async () => {
  const asked: { request: unknown; from: From }[] = []
  const answered: From[] = []
  const failed: unknown[] = []
  const taken = new TakenCalls()
  const pid = node.spawnProcess({
    init: () => 0,
    message(message: unknown, n) {
      if (!isCall(message)) return ['ok', n]
      asked.push(message)
      taken.add(processOf(pid) as Process, message.from)
      return ['ok', n]
    },
  })
  const ask = async (count: number, answerNow: boolean): Promise<void> => {
    for (let i = 0; i < count; i++) void node.call(pid, i, 'infinity')
    await node.settle()
    if (answerNow) answerAll()
    await node.settle()
  }
  const answerAll = (): void => {
    for (const { request, from } of asked.splice(0)) {
      reply(from, request)
      // Who is told by `fail` is still kept, answered or not.
      answered.push(from)
      Object.assign(from, { _settle: () => void failed.push(request) })
    }
  }
  await ask(40, false)
  answerAll()
  const [first] = answered
  for (let i = 0; i < 100; i++) taken.add(processOf(pid) as Process, first as From) // nobody waits at all
  for (let i = 0; i < 20; i++) await ask(10, true)
  taken.fail('restarted')
  expect(failed.length).toBeLessThan(90)
})

describe('the outbox with dropOldest', () => {
  test('drops no more than it must: exactly the high mark may wait', () => {
    const log: unknown[] = []
    const it = new Outbox(
      {
        transport: { ...NOT_YET, send: () => false },
        held: () => undefined,
        tooSlow: () => void log.push('too slow'),
        dropped: () => void log.push('dropped'),
        event: () => undefined,
      },
      'dropOldest',
      2 * (FRAME_BYTES + 10),
    )
    for (let i = 0; i < 3; i++) it.add(TEXT, 'x'.repeat(10), false)
    expect([log, it.bytes]).toEqual([['dropped'], 2 * (FRAME_BYTES + 10)])
  })
})
