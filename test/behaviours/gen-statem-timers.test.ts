// Timeouts of state machines: set, restart, stop, update, and what happens to those that have fired but wait in the mailbox.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Pid, send, sys } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { acts, casts, machine, type Machine, started, step, to } from './statem-machine.js'

let node: TestNode
let it: Machine
let pid: Pid
beforeEach(async () => {
  node = testNode()
  it = machine()
  pid = await started(node, it)
})
afterEach(() => node.stop())

const pending = (): number => kernelOf(node).timers.size
/** Holds the machine in a callback until the answer opens. */
function held(answer: unknown = 'keep_state_and_data'): { event: unknown; go: () => Promise<void> } {
  let open: (value: unknown) => void = () => undefined
  const event = step('held', () => new Promise((resolve) => (open = resolve)))
  return {
    event,
    go: async () => {
      open(answer)
      await node.settle()
    },
  }
}

describe('every kind of timeout', () => {
  const kinds: readonly (readonly [string, unknown])[] = [
    ['event timeout', 'timeout'],
    ['state timeout', 'state_timeout'],
    ['named timeout', ['timeout', 'n']],
    ['timeout named by an object', ['timeout', { user: 1 }]],
  ]

  test.each(kinds)('%s: comes once, when its time is over and not before', async (_name, kind) => {
    await casts(node, pid, acts('set', [kind, 50, 'now']))
    await node.advance(49)
    expect(it.taken()).toEqual([['cast', 'set', 'a']])
    await node.advance(1)
    expect(it.taken()).toEqual([[kind, 'now', 'a']])
    await node.advance(1000)
    expect([it.log, pending()]).toEqual([[], 0])
  })

  test.each(kinds)('%s: a second one takes the place of the first', async (_name, kind) => {
    await casts(node, pid, acts('set', [kind, 50, 'first']), acts('again', [kind, 80, 'second']))
    expect(pending()).toBe(1)
    await node.advance(1000)
    expect(it.taken().slice(2)).toEqual([[kind, 'second', 'a']])
  })

  test.each(kinds)('%s: cancel and infinity stop it, also when there is none', async (_name, kind) => {
    for (const stop of [
      [kind, 'cancel'],
      [kind, 'infinity', 'x'],
    ]) {
      await casts(node, pid, acts('stop', stop), acts('set', [kind, 50, 'x']), acts('stop', stop))
      expect(pending()).toBe(0)
    }
    await node.advance(1000)
    expect(it.log).toHaveLength(6)
  })

  test.each(kinds.slice(1))('%s: update changes the content and not the time', async (_name, kind) => {
    await casts(node, pid, acts('set', [kind, 50, 'old']))
    await node.advance(30)
    await casts(node, pid, acts('change', [kind, 'update', 'new']))
    await node.advance(19)
    expect(it.taken()).toHaveLength(2)
    await node.advance(1)
    expect(it.taken()).toEqual([[kind, 'new', 'a']])
  })

  test.each(kinds)('%s: update of one that is not there comes at once', async (_name, kind) => {
    await casts(node, pid, acts('change', [kind, 'update', 'new']))
    expect(it.taken().slice(1)).toEqual([[kind, 'new', 'a']])
  })

  test.each(kinds)('%s: 0 ms is no timer, and comes before messages that wait', async (_name, kind) => {
    node.run(() => {
      send(pid, acts('set', [kind, 0, 'now']))
      send(pid, 'message')
    })
    await node.settle()
    expect(it.taken()).toEqual([
      ['info', 'set', 'a'],
      [kind, 'now', 'a'],
      ['info', 'message', 'a'],
    ])
  })
})

describe('a timeout that has fired, but was not handled yet', () => {
  const kinds: readonly (readonly [string, unknown])[] = [
    ['state timeout', 'state_timeout'],
    ['named timeout', ['timeout', 'n']],
  ]

  test.each(kinds)('%s: comes after the callback that is under way', async (_name, kind) => {
    const { event, go } = held()
    await casts(node, pid, acts('set', [kind, 10, 'fired']), event)
    await node.advance(10)
    expect(node.processInfo(pid, 'message_queue_len')).toBe(1)
    await go()
    expect(it.taken().slice(1)).toEqual([
      ['cast', 'held', 'a'],
      [kind, 'fired', 'a'],
    ])
  })

  test.each(kinds)('%s: cancel takes it out of the mailbox', async (_name, kind) => {
    const { event, go } = held(['keep_state_and_data', [kind, 'cancel']])
    await casts(node, pid, acts('set', [kind, 10, 'fired']), event)
    await node.advance(10)
    await casts(node, pid, 'other')
    await go()
    expect(it.taken().slice(2)).toEqual([['cast', 'other', 'a']])
  })

  test.each(kinds)('%s: update changes what it brings', async (_name, kind) => {
    const { event, go } = held(['keep_state_and_data', [kind, 'update', 'new']])
    await casts(node, pid, acts('set', [kind, 10, 'fired']), event)
    await node.advance(10)
    await go()
    expect(it.taken().slice(2)).toEqual([[kind, 'new', 'a']])
  })

  test.each(kinds)('%s: setting it anew starts from the beginning', async (_name, kind) => {
    const { event, go } = held(['keep_state_and_data', [kind, 30, 'second']])
    await casts(node, pid, acts('set', [kind, 10, 'first']), event)
    await node.advance(10)
    await go()
    await node.advance(29)
    expect(it.taken()).toHaveLength(2)
    await node.advance(1)
    expect(it.taken()).toEqual([[kind, 'second', 'a']])
  })

  test('a change of state takes a state timeout back, but not a named one', async () => {
    const { event, go } = held(['next_state', 'b', 0])
    await casts(node, pid, acts('set', ['state_timeout', 10, 's'], [['timeout', 'n'], 10, 'n']), event)
    await node.advance(10)
    await go()
    expect(it.taken().slice(2)).toEqual([[['timeout', 'n'], 'n', 'b']])
  })

  test('an event that came before takes an event timeout back', async () => {
    await casts(node, pid, acts('set', ['timeout', 10, 't']))
    await node.run(() => sys.suspend(pid))
    await casts(node, pid, 'first')
    await node.advance(10)
    await node.run(() => sys.resume(pid))
    await node.advance(100)
    expect(it.taken().slice(1)).toEqual([['cast', 'first', 'a']])
  })

  test('a suspended machine handles it when it is resumed', async () => {
    await casts(node, pid, acts('set', ['state_timeout', 10, 's']))
    await node.run(() => sys.suspend(pid))
    await node.advance(50)
    expect(it.taken()).toHaveLength(1)
    await node.run(() => sys.resume(pid))
    await node.settle()
    expect(it.taken()).toEqual([['state_timeout', 's', 'a']])
  })
})

describe('names of timeouts', () => {
  test('are compared deeply', async () => {
    const named = (name: unknown): unknown => ['timeout', name]
    await casts(node, pid, acts('set', [named(['x', { y: 1 }]), 50, 'first'], [named(['x', { y: 2 }]), 60, 'other']))
    await casts(node, pid, acts('again', [named(['x', { y: 1 }]), 70, 'second']))
    expect(pending()).toBe(2)
    await node.advance(100)
    expect(it.taken().slice(2)).toEqual([
      [named(['x', { y: 2 }]), 'other', 'a'],
      [named(['x', { y: 1 }]), 'second', 'a'],
    ])
  })

  test('numbers, texts and null are names too; 1 and "1" are two', async () => {
    await casts(node, pid, acts('set', ...[1, '1', null, undefined].map((name, i) => [['timeout', name], 10 + i, i])))
    await node.advance(20)
    expect(it.taken().slice(1)).toEqual([1, '1', null, undefined].map((name, i) => [['timeout', name], i, 'a']))
  })
})

describe('several at once', () => {
  test('of one kind the last in the list counts', async () => {
    await casts(node, pid, acts('set', ['state_timeout', 10, 'first'], ['state_timeout', 20, 'second']))
    await node.advance(100)
    expect(it.taken().slice(1)).toEqual([['state_timeout', 'second', 'a']])
  })

  test('an update behind a start in the same list finds none to update: it comes at once', async () => {
    await casts(node, pid, acts('set', ['state_timeout', 10, 'first'], ['state_timeout', 'update', 'second']))
    await node.advance(100)
    expect(it.taken().slice(1)).toEqual([['state_timeout', 'second', 'a']])
  })

  test('timeouts of 0 come in the order of the list; one that is set again goes to the end', async () => {
    const zeros = [
      ['state_timeout', 0, 's'],
      [['timeout', 'n'], 0, 'n'],
      [['timeout', 'm'], 'update', 'm'],
    ]
    await casts(
      node,
      pid,
      acts('set', ...zeros, [
        'next_event',
        'internal',
        acts('again', ['state_timeout', 0, 's2'], [['timeout', 'n'], 'update', 'n2']),
      ]),
    )
    expect(it.taken().slice(2)).toEqual([
      [['timeout', 'n'], 'n2', 'a'],
      [['timeout', 'm'], 'm', 'a'],
      ['state_timeout', 's2', 'a'],
    ])
  })

  test('a waiting timeout of 0 is stopped like any other', async () => {
    const stopped = acts('stop', ['state_timeout', 'cancel'], [['timeout', 'n'], 'infinity', undefined])
    await casts(
      node,
      pid,
      acts('set', ['state_timeout', 0, 's'], [['timeout', 'n'], 0, 'n'], ['next_event', 'internal', stopped]),
    )
    expect(it.taken()).toHaveLength(2)
  })

  // OTP 25 forgets it and sends a stray info {timeout, Ref, state_timeout}; the manual's "will restart it" holds here.
  test('differs: a waiting timeout of 0 that is set to a time starts with that time', async () => {
    const again = acts('again', ['state_timeout', 20, 'later'])
    await casts(node, pid, acts('set', ['state_timeout', 0, 'now'], ['next_event', 'internal', again]))
    expect(it.taken()).toHaveLength(2)
    await node.advance(20)
    expect(it.taken()).toEqual([['state_timeout', 'later', 'a']])
  })

  test('those of one millisecond start from the last in the list to the first, as in OTP', async () => {
    await casts(node, pid, acts('set', ['state_timeout', 20, 's'], [['timeout', 'x'], 20, 'x'], ['timeout', 20, 't']))
    await node.advance(20)
    expect(it.taken().slice(1)).toEqual([
      ['timeout', 't', 'a'],
      [['timeout', 'x'], 'x', 'a'],
      ['state_timeout', 's', 'a'],
    ])
  })
})

test('timers end with their machine', async () => {
  await casts(node, pid, acts('set', ['state_timeout', 1000, 's'], [['timeout', 'n'], 1000, 'n'], 1000))
  expect(pending()).toBe(3)
  await casts(node, pid, to('b', ['state_timeout', 500, 's']), step('end', 'stop'))
  expect([pending(), node.isAlive(pid)]).toEqual([0, false])
})

test('ms are whole numbers from 0 to 2^31 - 1', async () => {
  await casts(node, pid, acts('set', ['state_timeout', 2 ** 31 - 1, 's']))
  expect(pending()).toBe(1)
  for (const ms of [-1, 2 ** 31, 0.5, Number.NaN, '5', undefined]) {
    const bad = ['state_timeout', ms, 's']
    node.expectCrash(['bad_action_from_state_function', bad] as never)
    await casts(node, await started(node, it), acts('bad', bad))
  }
  expect(node.crashes).toHaveLength(6)
  expect(node.crashes[0]?.text).toMatch(/where a timeout is .* ms are 0 to 2147483647; got \[ 'state_timeout', -1, 's' \]/)
})
