// Calls that wait for their answers, without a connection: ids, clocks, and what becomes of them.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { Asking, type Fate, MAX_CALLS } from '../../src/wire/asking.js'
import type { CallSchema } from '../../src/wire/contract-types.js'
import type { ProtocolError } from '../../src/wire/protocol-error.js'

const count: CallSchema = { request: z.number(), reply: z.number(), errors: { busy: z.string() } }
const kept: CallSchema = { ...count, delivery: 'atLeastOnce' }

let sent: unknown[]
let fate: Fate
let clocks: { readonly ms: number; readonly ring: () => void; isStopped: boolean }[]
let asking: Asking
const make = (validates = true): Asking =>
  new Asking({
    send(frame) {
      sent.push(frame)
      return fate
    },
    after(ms, ring) {
      const clock = { ms, ring, isStopped: false }
      clocks.push(clock)
      return () => void (clock.isStopped = true)
    },
    validates,
    newKey: () => `key${sent.length}`,
  })
beforeEach(() => {
  sent = []
  clocks = []
  fate = 'sent'
  asking = make()
})
/** What a call has come to, once it has. */
const end = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => ['reply', value],
    ({ reason, error, data, problem }: ProtocolError) => ['rejected', reason, error ?? problem, data],
  )
const rejected = (reason: string, more?: unknown): unknown => ['rejected', reason, more, undefined]

describe('ids', () => {
  test('go up from 1, and are not used again', async () => {
    const first = asking.ask('count', count, 7)
    void asking.ask('count', count, 8)
    expect(sent).toEqual([
      [1, 'count', 7],
      [2, 'count', 8],
    ])
    asking.answered({ kind: 'ok', id: 1, data: 1 })
    await first
    void asking.ask('count', count, 9)
    expect(sent.at(-1)).toEqual([3, 'count', 9])
  })

  test('an answer to a call that was never made is none, one that comes too late is', async () => {
    const call = end(asking.ask('count', count, 7))
    expect(asking.answered({ kind: 'ok', id: 2, data: 1 })).toBe(false)
    expect(asking.answered({ kind: 'ok', id: 1, data: 1 })).toBe(true)
    expect(asking.answered({ kind: 'ok', id: 1, data: 2 })).toBe(true)
    expect(await call).toEqual(['reply', 1])
  })

  test('answers may come in any order', async () => {
    const calls = [1, 2, 3].map((n) => end(asking.ask('count', count, n)))
    for (const id of [3, 1, 2]) asking.answered({ kind: 'ok', id, data: id * 10 })
    expect(await Promise.all(calls)).toEqual([10, 20, 30].map((n) => ['reply', n]))
  })
})

describe('what a call comes to', () => {
  test('an error of the contract has its name and data', async () => {
    const call = end(asking.ask('count', count, 7))
    asking.answered({ kind: 'error', id: 1, name: 'busy', data: 'later' })
    expect(await call).toEqual(['rejected', 'error', 'busy', 'later'])
  })

  test.each([
    ['a reply that does not fit', { kind: 'ok', id: 1, data: 'many' }, expect.stringMatching(/number/)],
    ['the data of an error that does not fit', { kind: 'error', id: 1, name: 'busy', data: 7 }, expect.stringMatching(/string/)],
    ['an error that the contract does not name', { kind: 'error', id: 1, name: 'toString', data: 7 }, 'one of the errors busy'],
  ] as const)('%s is a bad_reply', async (_what, answer, expected) => {
    const call = end(asking.ask('count', count, 7))
    expect(asking.answered(answer)).toBe(true)
    expect(await call).toEqual(['rejected', 'bad_reply', { reason: 'bad_message', name: 'count', path: [], expected }, undefined])
  })

  test('without validation a reply is what came', async () => {
    asking = make(false)
    const call = end(asking.ask('count', count, 7))
    asking.answered({ kind: 'ok', id: 1, data: 'many' })
    expect(await call).toEqual(['reply', 'many'])
  })

  test.each(['unknown_call', 'bad_request', 'failed', 'too_many', 'bad_frame'] as const)(
    'refused with %s it is that',
    async (reason) => {
      const call = end(asking.ask('count', count, 7))
      asking.answered({ kind: 'refused', id: 1, problem: { reason } })
      expect(await call).toEqual(['rejected', reason, { reason }, undefined])
    },
  )

  test.each(['error', 'timeout', 'closed', 'bad_reply', '', 'constructor'])(
    'refused with %j, which the other end cannot know, it has failed',
    async (reason) => {
      const call = end(asking.ask('count', count, 7))
      asking.answered({ kind: 'refused', id: 1, problem: { reason: reason as never } })
      expect(await call).toEqual(rejected('failed', { reason }))
    },
  )

  test.each<readonly [how: string, validate: () => never | Promise<never>]>([
    [
      'now',
      () => {
        throw new Error('its own fault')
      },
    ],
    ['later', async () => Promise.reject(new Error('its own fault'))],
  ])('what the schema of a reply throws %s is for who waits, not for who brings the answer', async (_how, validate) => {
    const reply = { '~standard': { version: 1, vendor: 'ours', validate } } as const
    const call = asking.ask('count', { ...count, reply }, 7)
    expect(asking.answered({ kind: 'ok', id: 1, data: 1 })).toBe(true)
    await expect(call).rejects.toThrow('its own fault')
    expect(asking.size).toBe(0)
  })

  test('a frame that cannot be sent rejects, and nothing is under way', async () => {
    const failing = new Asking({
      send() {
        throw new Error('no form')
      },
      after: () => () => undefined,
      validates: true,
      newKey: () => '',
    })
    await expect(failing.ask('count', count, 7)).rejects.toThrow('no form')
    expect(failing.size).toBe(0)
  })

  test('when the connection is closed for good it is rejected with closed', async () => {
    fate = 'closed'
    expect(await end(asking.ask('count', count, 7))).toEqual(rejected('closed'))
    expect([asking.size, clocks.every(({ isStopped }) => isStopped)]).toEqual([0, true])
  })
})

describe('time', () => {
  test.each([
    ['5 s', count, undefined, 5000],
    ['a minute if it is delivered at least once', kept, undefined, 60_000],
    ['what the caller says', count, { timeoutMs: 1 }, 1],
    ['as long as a timer can', count, { timeoutMs: 2_147_483_647 }, 2_147_483_647],
  ])('a call waits %s', async (_what, call, options, ms) => {
    const asked = end(asking.ask('count', call, 7, options))
    expect(clocks.map((clock) => clock.ms)).toEqual([ms])
    clocks[0]?.ring()
    expect(await asked).toEqual(rejected('timeout'))
    expect(asking.answered({ kind: 'ok', id: 1, data: 1 })).toBe(true)
  })

  test('or for ever, and then it has no clock', () => {
    void asking.ask('count', count, 7, { timeoutMs: 'infinity' })
    expect([asking.size, clocks]).toEqual([1, []])
  })

  test.each([0, -1, 1.5, NaN, Infinity, 2_147_483_648, '1', null])('%p is no time', (timeoutMs) => {
    expect(() => asking.ask('count', count, 7, { timeoutMs: timeoutMs as never })).toThrow(
      `gensock: call.count: timeoutMs must be whole ms from 1 to 2147483647, or 'infinity', got ${String(timeoutMs)}`,
    )
    expect([asking.size, sent]).toEqual([0, []])
  })

  test('an answer stops the clock', async () => {
    const call = asking.ask('count', count, 7)
    asking.answered({ kind: 'ok', id: 1, data: 1 })
    await call
    expect(clocks[0]?.isStopped).toBe(true)
  })
})

test(`${MAX_CALLS} calls may be under way, one more is too many, until one is answered`, async () => {
  for (let n = 1; n <= MAX_CALLS; n++) void asking.ask('count', count, n).catch(() => undefined)
  expect(await end(asking.ask('count', count, 0))).toEqual(rejected('too_many'))
  expect(sent.length).toBe(MAX_CALLS)
  asking.answered({ kind: 'ok', id: 1, data: 1 })
  void asking.ask('count', count, 0)
  expect(sent.at(-1)).toEqual([MAX_CALLS + 1, 'count', 0])
})

describe('a connection that comes and goes', () => {
  test('a call that waits for one goes out with it, and once', () => {
    fate = 'later'
    void asking.ask('count', count, 7)
    fate = 'sent'
    asking.flush()
    asking.flush()
    expect(sent).toEqual([
      [1, 'count', 7],
      [1, 'count', 7],
    ])
  })

  test('lost: what was sent is disconnected, what was not waits on', async () => {
    const first = end(asking.ask('count', count, 1))
    fate = 'later'
    void asking.ask('count', count, 2)
    asking.lost()
    expect(await first).toEqual(rejected('disconnected'))
    expect(asking.size).toBe(1)
  })

  test('lost: a call at least once is sent again, with the same id and key', async () => {
    const call = end(asking.ask('pay', kept, 7))
    asking.lost()
    asking.flush()
    expect(sent).toEqual([
      [[1, 'key0'], 'pay', 7],
      [[1, 'key0'], 'pay', 7],
    ])
    asking.answered({ kind: 'ok', id: 1, data: 1 })
    expect(await call).toEqual(['reply', 1])
  })

  test('at its end all are rejected', async () => {
    const calls = [count, kept].map((call) => end(asking.ask('count', call, 7)))
    asking.end('closed')
    expect(await Promise.all(calls)).toEqual([rejected('closed'), rejected('closed')])
    expect(clocks.every(({ isStopped }) => isStopped)).toBe(true)
  })
})
