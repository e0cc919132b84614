import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { InOrder, Unacknowledged } from '../../src/wire/numbering.js'

function numbered(...items: string[]): Unacknowledged<string> {
  const queue = new Unacknowledged<string>()
  for (const item of items) queue.add(item, item.length, 0)
  return queue
}

describe('what has been sent and not acknowledged', () => {
  test('numbers go up from 1 by one', () => {
    const queue = numbered()
    expect([queue.last, queue.add('a', 1, 0), queue.add('b', 1, 0), queue.last]).toEqual([0, 1, 2, 2])
  })

  test('an acknowledgement forgets everything up to its number, and nothing after it', () => {
    const queue = numbered('a', 'bb', 'ccc')
    expect(queue.acknowledge(2)).toBe(true)
    expect([...queue.after(0)]).toEqual([[3, 'ccc']])
    expect([queue.size, queue.bytes, queue.acknowledged, queue.before]).toEqual([1, 3, 2, 2])
  })

  test('an acknowledgement of what has not been sent changes nothing', () => {
    const queue = numbered('a')
    expect(queue.acknowledge(2)).toBe(false)
    expect([queue.size, queue.acknowledged]).toEqual([1, 0])
  })

  test('an older acknowledgement changes nothing', () => {
    const queue = numbered('a', 'b', 'c')
    queue.acknowledge(2)
    expect([queue.acknowledge(1), queue.acknowledged, queue.size]).toEqual([true, 2, 1])
  })

  test('whoever comes back with what has been dropped since hears of a gap, with what was never sent of nothing', () => {
    const queue = numbered('a', 'b', 'c')
    expect([0, 1, 3, 4].map((number) => queue.resume(number))).toEqual(['resumed', 'resumed', 'resumed', 'new'])
    queue.dropOldest()
    queue.dropOldest()
    expect([0, 1, 2, 3].map((number) => queue.resume(number))).toEqual(['gap', 'gap', 'resumed', 'resumed'])
  })

  test('numbers may begin after a later one, as long as the other side knows none: what is here moves along', () => {
    const queue = numbered('a', 'b', 'c')
    queue.dropOldest()
    queue.beginAfter(100)
    expect([queue.before, queue.last, queue.acknowledged, queue.size, queue.bytes]).toEqual([101, 103, 100, 2, 2])
    expect([...queue.after(0)]).toEqual([
      [102, 'b'],
      [103, 'c'],
    ])
    expect([3, 100, 101, 103, 104].map((number) => queue.resume(number))).toEqual(['gap', 'gap', 'resumed', 'resumed', 'new'])
    expect([queue.acknowledge(3), queue.size, queue.acknowledged]).toEqual([true, 2, 100])
    expect([queue.add('d', 1, 0), queue.acknowledge(103), queue.size]).toEqual([104, true, 1])
  })

  test('the age of the oldest is known', () => {
    const queue = new Unacknowledged<string>()
    expect(queue.oldestAt).toBeUndefined()
    queue.add('a', 1, 10)
    queue.add('b', 1, 20)
    queue.acknowledge(1)
    expect(queue.oldestAt).toBe(20)
  })

  test('to drop the oldest of nothing does nothing', () => {
    const queue = numbered()
    queue.dropOldest()
    expect([queue.size, queue.before, queue.bytes]).toEqual([0, 0, 0])
  })

  test('it answers as a list does that is never cut, whatever is added, acknowledged and dropped', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const) }),
      fc.record({ do: fc.constant('drop' as const) }),
      fc.record({ do: fc.constant('acknowledge' as const), upTo: fc.nat(200) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new Unacknowledged<number>()
        let last = 0
        let before = 0
        for (const one of steps) {
          if (one.do === 'add') expect(queue.add(last + 1, 2, 0)).toBe(++last)
          else if (one.do === 'drop') {
            queue.dropOldest()
            before = Math.min(last, before + 1)
          } else {
            expect(queue.acknowledge(one.upTo)).toBe(one.upTo <= last)
            if (one.upTo <= last) before = Math.max(before, one.upTo)
          }
          const kept = Array.from({ length: last - before }, (_, index) => before + index + 1)
          expect([...queue.after(0)]).toEqual(kept.map((number) => [number, number]))
          expect([queue.last, queue.before, queue.size, queue.bytes]).toEqual([last, before, kept.length, 2 * kept.length])
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('what is taken in order', () => {
  test('each number once', () => {
    const taken = new InOrder()
    expect([1, 1, 3, 2, 3].map((number) => taken.take(number))).toEqual(['next', 'seen', 'gap', 'next', 'next'])
    expect(taken.last).toBe(3)
  })
})

test('two sides over a wire that loses and repeats: each message once, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('send', 'lost', 'again', 'acknowledged'), { maxLength: 200 }), (events) => {
      const sender = new Unacknowledged<number>()
      const receiver = new InOrder()
      const got: number[] = []
      const deliver = (): void => {
        for (const [number, item] of sender.after(0)) if (receiver.take(number) === 'next') got.push(item)
      }
      for (const event of events) {
        if (event === 'send') sender.add(sender.last + 1, 1, 0)
        if (event === 'again') deliver()
        if (event === 'acknowledged') sender.acknowledge(receiver.last)
      }
      deliver()
      expect(got).toEqual(Array.from({ length: sender.last }, (_, index) => index + 1))
    }),
  )
})
