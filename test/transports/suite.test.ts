// The shared suite, over every transport.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TestNode, testNode, transportSuite } from 'gensock/testing'
import { type Bench, fakeBench, fallbackBench, wsBench } from './benches.js'

const BENCHES: readonly (readonly [name: string, make: (node: TestNode) => Bench])[] = [
  ['ws', wsBench],
  ['sse', (node) => fallbackBench(node, 'sse')],
  ['longPoll', (node) => fallbackBench(node, 'longPoll')],
  ['fakeTransport', fakeBench],
]

describe.each(BENCHES)('%s', (name, make) => {
  let bench: Bench
  beforeEach(() => {
    bench = make(testNode())
  })
  afterEach(() => bench.end())

  const facts = transportSuite().filter(({ needsDoor }) => name !== 'fakeTransport' || !needsDoor)
  test.each(facts.map((fact) => [fact.title, fact] as const))('%s', (_title, fact) => fact.run(bench))
})

test('there are 24 facts, of which four need a handshake or a listener', () => {
  const all = transportSuite()
  expect([all.length, all.filter(({ needsDoor }) => needsDoor).length, new Set(all.map(({ title }) => title)).size]).toEqual([
    24, 4, 24,
  ])
})
