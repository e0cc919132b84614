// The counter example, in virtual time: what it prints is what happens.
import { expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { boss } from '../../examples/counter/counter.js'
import { compiled } from './run-example.js'

const run = compiled('counter')

test('the counter breaks, takes its ticker along, and its boss starts both anew', async () => {
  const node = testNode()
  const lines: string[] = []
  const pid = node.spawn(boss((line) => lines.push(line)))
  node.expectCrash(/the counter broke/)
  await node.advance(1000)

  expect(lines.map((line) => line.replaceAll(/<[\d.]+>/g, '<pid>'))).toEqual([
    'first counter: <pid>, its ticker: <pid>',
    'after three ticks: 3',
    'and ten more: 13',
    expect.stringContaining('the counter broke'),
    'the ticker is gone with it',
    'second counter: <pid>, its ticker: <pid>',
    'after three ticks: 3',
    'and ten more: 13',
    "the counter ended: 'shutdown'",
    'the ticker is gone with it',
  ])
  expect(node.isAlive(pid)).toBe(false)
  expect(node.processes()).toEqual([])
  await node.stop()
})

test('main.ts runs it and ends by itself', async () => {
  const { code, stdout, stderr } = await run().ended
  expect(stdout.split('\n')).toHaveLength(10)
  expect(stdout).toContain('the ticker is gone with it')
  expect(stderr).toContain('the counter broke')
  expect(code).toBe(0)
}, 30_000)
