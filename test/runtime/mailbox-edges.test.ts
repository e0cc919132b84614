// Looking at a message by its place, wherever the mailbox keeps it: in the process itself or in the ring behind it.
import { expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { messageAt, put, take } from '../../src/runtime/mailbox.js'
import { kernelOf } from '../../src/runtime/node.js'
import { Process } from '../../src/runtime/process.js'

test('each place has its message, before and after the oldest one was taken, and places beyond the last have none', async () => {
  const node = testNode()
  const process = new Process(kernelOf(node), { start: () => undefined }, undefined)
  const seen = (): unknown[] => [0, 1, 2, 3].map((index) => messageAt(process, index))
  expect(seen()).toEqual([undefined, undefined, undefined, undefined])
  for (const message of ['a', 'b', 'c']) put(process, message)
  expect(seen()).toEqual(['a', 'b', 'c', undefined])
  take(process)
  expect(seen()).toEqual(['b', 'c', undefined, undefined])
  take(process)
  take(process)
  put(process, 'd')
  expect(seen()).toEqual(['d', undefined, undefined, undefined])
  await node.stop()
})
