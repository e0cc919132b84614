// Crash reports: what ended, why and where.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { consoleLogger, exit, isCrash, type Receiver, silentLogger } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { Crash } from '../../src/base/exit-reason.js'
import { processOf } from '../../src/runtime/process.js'
import { reportCrash, reportIfCrash } from '../../src/runtime/report.js'
import { idle } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

test('a crash report tells pid, node, name, parent, reason, stack and queue length', async () => {
  const error = new RangeError('boom')
  const parent = node.spawn(async (self) => {
    const child = self.spawn(
      async (child: Receiver) => {
        await child.receive('go')
        throw error
      },
      { name: 'bob' },
    )
    for (const message of ['left', 'behind', { type: 'go' }]) self.send(child, message)
    await idle(self)
  })
  node.expectCrash(error)
  await node.settle()
  expect(node.crashes).toHaveLength(1)
  expect(node.crashes[0]?.facts).toEqual({
    pid: expect.stringMatching(/^<0\.\d+\.0>$/),
    node: 'gensock@local',
    registeredName: 'bob',
    parent: String(parent),
    reason: error,
    stack: error.stack,
    messageQueueLength: 2,
  })
  expect(node.crashes[0]?.text).toMatch(/^process <0\.\d+\.0> \(bob\) crashed: RangeError: boom$/)
})

test('an exit is no crash, whatever its reason', async () => {
  for (const reason of ['normal', 'boom', ['shutdown', 1], { a: 1 }, new Error('a value, not thrown')])
    node.spawn(() => exit(reason as string))
  await node.settle()
  expect(node.crashes).toEqual([])
})

test('a linked process that dies of a crash is not reported again', async () => {
  const seen: unknown[] = []
  node.onExit((_pid, reason) => void seen.push(isCrash(reason)))
  node.spawn(async (self) => {
    self.spawnLink(() => {
      throw new Error('boom')
    })
    await idle(self)
  })
  node.expectCrash(/boom/)
  await node.settle()
  expect([seen, node.crashes.length]).toEqual([[true, true], 1])
})

test('facts of the caller are added; what is no crash is not reported', () => {
  const process = processOf(node.spawn(idle))
  if (process === undefined) throw new Error('dead')
  reportCrash(process, new Crash('x', 'x', ''), { callback: 'handle' })
  reportIfCrash(process, 'boom')
  expect(node.crashes.map(({ facts }) => [facts.reason, facts['callback']])).toEqual([['x', 'handle']])
  node.expectCrash('x')
})

test('the console logger writes errors and warnings to standard error, the silent one nothing', () => {
  const error = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
  for (const logger of [consoleLogger, silentLogger])
    for (const level of ['error', 'warn', 'info', 'debug'] as const) logger[level]({ a: 1 }, level)
  expect([error.mock.calls, warn.mock.calls]).toEqual([[['error', { a: 1 }]], [['warn', { a: 1 }]]])
  error.mockRestore()
  warn.mockRestore()
})
