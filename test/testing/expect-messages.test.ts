// What a probe was to get: in order or not, within virtual time, and what the failure says.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isDown } from 'gensock'
import { type ExpectOptions, type Probe, type TestNode, testNode } from 'gensock/testing'
import { linked } from '../linked.js'

let node: TestNode
let probe: Probe<unknown>
beforeEach(() => {
  node = testNode()
  probe = node.probe()
})
afterEach(() => node.stop())

function get(...messages: readonly unknown[]): void {
  for (const message of messages) node.send(probe.pid, message)
}
const failure = (promise: Promise<unknown>): Promise<Error & { code?: string; reason?: unknown }> =>
  promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error as Error,
  )

describe('in order', () => {
  test('answers one message for each, in the order of the list, and leaves the others', async () => {
    get('a', { n: 1 }, 'b', 'c')
    expect(await probe.expectMessages(['a', 'c'])).toEqual(['a', 'c'])
    expect(await probe.expectMessages([{ n: expect.any(Number) }, expect.stringMatching(/^b$/)])).toEqual([{ n: 1 }, 'b'])
    await probe.expectNothing()
  })

  test('turns the clock as far as the last of them needs', async () => {
    for (const ms of [100, 200, 300]) node.sendAfter(ms, probe.pid, ms)
    expect(await probe.expectMessages([100, 200])).toEqual([100, 200])
    expect(node.now()).toBe(200)
  })

  test('the limit is for all of them together, and is inclusive', async () => {
    node.sendAfter(60, probe.pid, 'a')
    node.sendAfter(100, probe.pid, 'b')
    expect(await failure(probe.expectMessages(['a', 'b'], { withinMs: 99 }))).toMatchObject({
      code: 'GENSOCK_ERR_CALL',
      reason: 'timeout',
    })
    expect(node.now()).toBe(99)
    expect(await probe.expectMessages(['a', 'b'], { withinMs: 1 })).toEqual(['a', 'b'])
  })

  test('a message in the wrong order does not count, and nothing is taken then', async () => {
    get('b', 'a')
    await expect(probe.expectMessages(['a', 'b'], { withinMs: 0 })).rejects.toThrow(
      '1 of 2 expected messages did not come in this order',
    )
    expect([await probe.next(), await probe.next()]).toEqual(['b', 'a'])
  })

  test('no message stands for two', async () => {
    get('a')
    await expect(probe.expectMessages(['a', 'a'], { withinMs: 10 })).rejects.toThrow('1 of 2')
  })

  test('DOWN messages are compared with a literal', async () => {
    const pid = node.spawn((self) => self.exit('done'))
    probe.monitor(pid)
    const [down] = await probe.expectMessages([{ type: 'DOWN', ref: expect.anything(), pid, reason: 'done' }])
    expect(isDown(down)).toBe(true)
  })

  test('an empty list is there at once', async () => {
    node.sendAfter(5, probe.pid, 'later')
    expect(await probe.expectMessages([])).toEqual([])
    expect(node.now()).toBe(0)
  })
})

describe('in any order', () => {
  const anyOrder: ExpectOptions = { inOrder: false }
  test('answers in the order of the list, whatever came first', async () => {
    node.sendAfter(10, probe.pid, 'a')
    get('c', 'b')
    expect(await probe.expectMessages(['a', 'b', 'c'], anyOrder)).toEqual(['a', 'b', 'c'])
    expect(node.now()).toBe(10)
  })

  test('a pattern that fits much does not take what another one needs', async () => {
    get('a', 'b', 'c')
    const wide = expect.stringMatching(/./)
    const middle = expect.stringMatching(/[ab]/)
    expect(await probe.expectMessages([wide, middle, 'a'], anyOrder)).toEqual(['c', 'b', 'a'])
  })

  test('no message stands for two', async () => {
    get('a', 'b')
    await expect(probe.expectMessages(['a', 'a'], { ...anyOrder, withinMs: 10 })).rejects.toThrow(
      '1 of 2 expected messages did not come in any order',
    )
  })
})

describe('the failure', () => {
  test('says what was expected, what came and when, what is missing, and what came out of order', async () => {
    get({ type: 'late' })
    node.sendAfter(20, probe.pid, { type: 'first' })
    const { message } = await failure(
      probe.expectMessages([{ type: 'first' }, { type: 'late' }, expect.objectContaining({ n: 1 })], { withinMs: 100 }),
    )
    expect(message.split('\n')).toEqual([
      linked('GENSOCK_ERR_CALL', 'probe: 2 of 3 expected messages did not come in this order within 100 ms of virtual time'),
      'expected:',
      "  1. { type: 'first' } - came at 20 ms",
      "  2. { type: 'late' } - missing: came out of order, at 0 ms",
      '  3. ObjectContaining { n: 1 } - missing',
      'got:',
      "   0 ms  { type: 'late' }",
      "  20 ms  { type: 'first' }",
    ])
  })

  test('names the crashes so far: often the reason', async () => {
    node.expectCrash(/boom/)
    node.spawn(() => {
      throw new Error('boom')
    })
    const { message } = await failure(probe.expectMessages(['an answer'], { withinMs: 10 }))
    expect(message).toMatch(/got: nothing\ncrashes so far:\n {2}process <.*> crashed: Error: boom$/)
  })

  test('of many messages the last 20', async () => {
    get(...Array.from({ length: 50 }, (_, n) => n))
    const { message } = await failure(probe.next((n): n is number => n === 50, 0))
    expect(message).toContain('got:\n  30 before these\n  0 ms  30\n')
    expect(message.split('\n')).toHaveLength(23)
  })

  test('expectNothing lists what was not taken, with the times', async () => {
    node.sendAfter(7, probe.pid, 'boo')
    await expect(probe.expectNothing(10)).rejects.toThrow(
      `${linked('GENSOCK_ERR_CALL', "probe: expected nothing, got [ 'boo' ]")}\nnot taken:\n  7 ms  'boo'`,
    )
  })
})

test('history has the times', async () => {
  node.sendAfter(7, probe.pid, 'later')
  get('now')
  await node.advance(10)
  expect(probe.history).toEqual([
    { atMs: 0, message: 'now' },
    { atMs: 7, message: 'later' },
  ])
})

test('bad arguments are refused', async () => {
  const bad = (expected: unknown, options?: unknown): Promise<unknown> =>
    probe.expectMessages(expected as [], options as ExpectOptions)
  await expect(bad('a')).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  await expect(bad([], { withinMs: -1 })).rejects.toThrow('expectMessages: withinMs')
  await expect(bad([], { inOrder: 'yes' })).rejects.toThrow('expectMessages: inOrder')
  await expect(bad([], { order: true })).rejects.toMatchObject({ code: 'GENSOCK_ERR_UNKNOWN_OPTION' })
  await expect(probe.next(undefined, -1)).rejects.toThrow('next: withinMs')
})
