// The supervised-worker example, on a node of its own and as a program: the same lines, in the same order, every time.
import { expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { demo } from '../../examples/supervised-worker/demo.js'
import { compiled } from './run-example.js'

const run = compiled('supervised-worker')

const LINES = [
  'add 2: 2',
  'add 3: 5',
  'add two: crashed, Error: not a number: two',
  'add 4: 4',
  'b crashes under oneForOne: restarted b',
  'b crashes under oneForAll: restarted a, b, c',
  'b crashes under restForOne: restarted b, c',
  'crash 1 of b: inner restarted b',
  'crash 2 of b: inner restarted b',
  'crash 3 of b: inner gave up, top restarted inner with a, b, c',
  'crash 4 of b: inner restarted b',
  'crash 5 of b: inner restarted b',
  "crash 6 of b: inner gave up, top gave up with reason 'shutdown'",
]
const CRASHES = 10

test('the worker comes back, each strategy restarts its own, and a crash loop goes up the tree, without time passing', async () => {
  const node = testNode()
  const lines: string[] = []
  const pid = node.spawn(demo((line) => lines.push(line)))
  for (let n = 0; n < CRASHES; n++) node.expectCrash(/not a number: two/)
  await node.settle()

  expect(lines).toEqual(LINES)
  expect(node.isAlive(pid)).toBe(false)
  expect(node.processes()).toEqual([])
  expect(node.now()).toBe(0)
  await node.stop()
})

test('main.ts tells the story on standard output, the reports on standard error, and ends by itself', async () => {
  const { code, stdout, stderr } = await run().ended
  expect(stdout.split('\n')).toEqual(LINES)
  const reports = stderr.trimEnd().split('\n')
  expect(reports.filter((line) => line.endsWith('crashed: Error: not a number: two'))).toHaveLength(CRASHES)
  expect(reports.filter((line) => line.includes("given up, reason 'reached_max_restart_intensity'"))).toHaveLength(3)
  expect(reports.every((line) => /^(process|supervisor) <0\.\d+\.0>/.test(line))).toBe(true)
  expect(code).toBe(0)
}, 30_000)
