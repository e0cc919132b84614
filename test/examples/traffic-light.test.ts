// The traffic-light example, in virtual time: the light that was restarted changes when it would have without the crash.
import { expect, test } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { demo } from '../../examples/traffic-light/demo.js'
import { compiled } from './run-example.js'

const run = compiled('traffic-light')

const LINES = [
  'red',
  'green',
  '-- the light ended: Error: a lamp broke',
  '-- its supervisor has started it anew: green',
  'yellow',
  'red',
  'green',
]

test('the light breaks in the middle of green, comes back green, and keeps its time', async () => {
  const node = testNode()
  const lines: [number, string][] = []
  const pid = node.spawn(demo((line) => lines.push([node.now(), line])))
  node.expectCrash(/a lamp broke/)
  await node.advance(2000)

  const times = [0, 600, 700, 700, 1000, 1200, 1800]
  expect(lines).toEqual(LINES.map((line, index) => [times[index], line]))
  expect(node.isAlive(pid)).toBe(false)
  expect(node.processes()).toEqual([])
  expect(node.nextDueMs()).toBe(Infinity)
  await node.stop()
})

test('main.ts tells the story on standard output, the reports on standard error, and ends by itself', async () => {
  const { code, stdout, stderr } = await run().ended
  expect(stdout.split('\n')).toEqual(LINES)
  const reports = stderr.trimEnd().split('\n')
  expect(reports).toEqual([
    expect.stringMatching(/^process <0\.\d+\.0> \(light\) crashed: Error: a lamp broke$/),
    expect.stringMatching(/^supervisor <0\.\d+\.0>: child 'light' ended, reason Error: a lamp broke$/),
  ])
  expect(code).toBe(0)
}, 30_000)
