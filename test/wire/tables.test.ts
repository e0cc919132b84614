// One side of a contract for the runtime: a method for each name.
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { Table } from '../../src/wire/tables.js'

const say = z.object({ line: z.string() })
const pay = { request: z.number(), reply: z.number() }
const table = new Table('toServer', { messages: { say, 'room/join': say }, calls: { pay } })

test('a method tells its user its name, its schema and what it was given', () => {
  const used: unknown[] = []
  const messages = new table.Messages({ say: (...given) => used.push(given) }) as any
  const calls = new table.Calls({ ask: (...given) => used.push(given) }) as any
  messages.say({ line: 'hi' })
  messages['room/join']({ line: 'hi' })
  calls.pay(7, { timeoutMs: 1 })
  expect(used).toEqual([
    ['say', say, { line: 'hi' }, undefined],
    ['room/join', say, { line: 'hi' }, undefined],
    ['pay', pay, 7, { timeoutMs: 1 }],
  ])
})

test('a method answers what its user does, and what it throws goes through', () => {
  const messages = new table.Messages({ say: () => 'done' }) as any
  expect(messages.say()).toBe('done')
  const failing = new table.Messages({
    say() {
      throw new Error('no')
    },
  }) as any
  expect(() => failing.say()).toThrow('no')
})

test('objects of a side share their methods and nothing else', () => {
  const [one, two] = [1, 2].map((n) => new table.Messages({ say: () => n }) as any)
  expect(one.say).toBe(two.say)
  expect([one.say(), two.say()]).toEqual([1, 2])
})

test('there are methods for the names, no others, and no way to replace them', () => {
  const messages = new table.Messages({ say: () => undefined }) as any
  expect(messages.pay).toBeUndefined()
  expect(Object.keys(Object.getPrototypeOf(messages))).toEqual(['say', 'room/join'])
  expect(() => {
    messages.say = () => undefined
  }).toThrow(TypeError)
})

test('a side without messages or calls has none', () => {
  const empty = new Table('toClient', {})
  expect([empty.messages.size, empty.calls.size]).toEqual([0, 0])
})
