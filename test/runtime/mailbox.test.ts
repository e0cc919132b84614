// The mailbox: a ring that exists only while something is in it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import { discard, put, take, takeAt } from '../../src/runtime/mailbox.js'
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
  test('an empty mailbox costs no ring, and a ring is used again', () => {
    expect(process.mailbox).toBeNull()
    put(process, 'a')
    const ring = process.mailbox
    expect(take(process)).toBe('a')
    expect(process.mailbox).toBeNull()
    expect(process.kernel.spareRings).toEqual([ring])
    put(process, 'b')
    expect(process.mailbox).toBe(ring)
  })

  test('a ring that has grown large is not kept', () => {
    for (let i = 0; i < 100; i++) put(process, i)
    for (let i = 0; i < 100; i++) expect(take(process)).toBe(i)
    expect(process.kernel.spareRings).toEqual([])
  })

  test('a message is taken from the middle and the others keep their order', () => {
    for (const message of ['a', 'b', 'c', 'd']) put(process, message)
    expect(takeAt(process, 2)).toBe('c')
    expect(process.mailbox?.toArray()).toEqual(['a', 'b', 'd'])
  })

  test('discard takes out all that fit and says how many', () => {
    for (let i = 0; i < 10; i++) put(process, i)
    expect(discard(process, (message) => (message as number) % 2 === 0)).toBe(5)
    expect(process.mailbox?.toArray()).toEqual([1, 3, 5, 7, 9])
    expect(discard(process, () => true)).toBe(5)
    expect(process.mailbox).toBeNull()
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
    expect([seen, process.mailbox?.toArray()]).toEqual([
      [0, 1, 2],
      [1, 3, 4, 5, 6, 7, 8, 9],
    ])
    expect(discard(process, even, 0)).toBe(0)
    expect(seen).toHaveLength(3)
  })
})
