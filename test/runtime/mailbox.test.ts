// The mailbox: one message in the process itself, those behind it in a ring that exists only while something is in it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { testNode, type TestNode } from 'gensock/testing'
import { clear, discard, find, messageAt, messagesOf, put, take, takeAt } from '../../src/runtime/mailbox.js'
import { kernelOf } from '../../src/runtime/node.js'
import { Process } from '../../src/runtime/process.js'

let node: TestNode
let process: Process
beforeEach(() => {
  node = testNode()
  process = new Process(kernelOf(node), { start: () => undefined }, undefined)
})
afterEach(() => node.stop())

describe('mailbox', () => {
  test('one message costs no ring, and a ring is used again', () => {
    put(process, 'a')
    expect(process.backlog).toBeNull()
    put(process, 'b')
    const ring = process.backlog
    expect(ring).not.toBeNull()
    expect([take(process), take(process)]).toEqual(['a', 'b'])
    expect([process.backlog, process.inbox, process.queueLength]).toEqual([null, undefined, 0])
    expect(process.kernel.spareRings).toEqual([ring])
    put(process, 'c')
    put(process, 'd')
    expect(process.backlog).toBe(ring)
  })

  test('a ring that has grown large is not kept', () => {
    for (let i = 0; i < 100; i++) put(process, i)
    for (let i = 0; i < 100; i++) expect(take(process)).toBe(i)
    expect(process.kernel.spareRings).toEqual([])
  })

  test('a message is taken from the middle and the others keep their order', () => {
    for (const message of ['a', 'b', 'c', 'd']) put(process, message)
    expect(takeAt(process, 2)).toBe('c')
    expect(messagesOf(process)).toEqual(['a', 'b', 'd'])
  })

  test('discard takes out all that fit and says how many', () => {
    for (let i = 0; i < 10; i++) put(process, i)
    expect(discard(process, (message) => (message as number) % 2 === 0)).toBe(5)
    expect(messagesOf(process)).toEqual([1, 3, 5, 7, 9])
    expect(discard(process, () => true)).toBe(5)
    expect([process.backlog, process.queueLength]).toEqual([null, 0])
    expect(discard(process, () => true)).toBe(0)
  })

  test('discard looks no further than the last message that it is told to take', () => {
    for (let i = 0; i < 10; i++) put(process, i)
    const seen: unknown[] = []
    const even = (message: unknown): boolean => {
      seen.push(message)
      return (message as number) % 2 === 0
    }
    expect(discard(process, even, 2)).toBe(2)
    expect([seen, messagesOf(process)]).toEqual([
      [0, 1, 2],
      [1, 3, 4, 5, 6, 7, 8, 9],
    ])
    expect(discard(process, even, 0)).toBe(0)
    expect(seen).toHaveLength(3)
  })

  test('a ring that a message from its middle has emptied is given back', () => {
    for (const message of ['a', 'b']) put(process, message)
    expect(takeAt(process, 1)).toBe('b')
    expect([process.backlog, process.queueLength]).toEqual([null, 1])
    put(process, 'c')
    expect(messagesOf(process)).toEqual(['a', 'c'])
  })

  test('whatever is put, taken, sought and discarded, it is what a list would be', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant(['put'] as const) },
      { weight: 3, arbitrary: fc.constant(['take'] as const) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('takeAt' as const), fc.nat(20)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('find' as const), fc.nat(20), fc.integer({ min: 1, max: 5 })) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('discard' as const), fc.integer({ min: 1, max: 5 }), fc.nat(4)) },
      { weight: 1, arbitrary: fc.constant(['clear'] as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        clear(process)
        const list: number[] = []
        let next = 0
        for (const [what, a = 0, b = 0] of steps) {
          const fits = (message: unknown): boolean => (message as number) % (what === 'find' ? b : a) === 0
          if (what === 'put') {
            list.push(next)
            put(process, next++)
          } else if (what === 'take' && list.length > 0) expect(take(process)).toBe(list.shift())
          else if (what === 'takeAt' && a < list.length) expect(takeAt(process, a)).toBe(list.splice(a, 1)[0])
          else if (what === 'find') {
            expect(find(process, fits, a)).toBe(list.findIndex((message, index) => index >= a && fits(message)))
          } else if (what === 'discard') {
            const out = list.filter(fits).slice(0, b)
            expect(discard(process, fits, b)).toBe(out.length)
            for (const message of out) list.splice(list.indexOf(message), 1)
          } else if (what === 'clear') {
            clear(process)
            list.length = 0
          }
          expect(messagesOf(process)).toEqual(list)
          expect(list.map((_message, index) => messageAt(process, index))).toEqual(list)
          expect([process.queueLength, process.backlog?.length === 0]).toEqual([list.length, false])
        }
      }),
      { numRuns: 300 },
    )
  })
})
