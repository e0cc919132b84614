// What happens inside, on node:diagnostics_channel.
import { afterEach, expect, test } from '@jest/globals'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { testNode } from 'gensock/testing'
import { crashChannel, exitChannel, spawnChannel } from '../../src/runtime/telemetry.js'

const heard: [string, any][] = []
const listener = (message: unknown, name: string | symbol): void => void heard.push([String(name), message])
const NAMES = ['gensock:process:spawn', 'gensock:process:exit', 'gensock:process:crash']
afterEach(() => {
  for (const name of NAMES) unsubscribe(name, listener)
})

test('spawn, exit and crash are published with pid, name, reason and error, crash before exit', async () => {
  for (const name of NAMES) subscribe(name, listener)
  const node = testNode()
  const error = new Error('boom')
  const pid = node.spawn(
    () => {
      throw error
    },
    { name: 'bob' },
  )
  node.expectCrash()
  await node.stop()
  expect(heard).toEqual([
    ['gensock:process:spawn', { pid, name: 'bob' }],
    ['gensock:process:crash', { pid, error, reason: error }],
    ['gensock:process:exit', { pid, reason: expect.objectContaining({ value: error }) }],
  ])
})

test('nobody listens until somebody subscribes', () => {
  for (const channel of [spawnChannel, exitChannel, crashChannel]) expect(channel.hasSubscribers).toBe(false)
})
