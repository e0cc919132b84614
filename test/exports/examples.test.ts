// Every example of every door runs as it stands: in a process of its own, in virtual time or on 127.0.0.1.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { defaultNode } from 'gensock'
import { matchers, testNode } from 'gensock/testing'
import { doors, exportsOf } from './doors.js'
import { exampleIn, runExample } from './examples.js'
import { type Example, GIVEN, type Given, setNode } from './given.js'

const seen = new Set<string>()
/** The examples of a door; of what several doors export only the first has it. */
function examplesOf(door: (typeof all)[number]): Example[] {
  return exportsOf(door).flatMap(({ title, file, doc }) => {
    const code = exampleIn(doc)
    const known = seen.has(`${file}:${doc}`)
    seen.add(`${file}:${doc}`)
    return code === undefined || known ? [] : [{ title, file, code }]
  })
}

const all = doors()
expect.extend(matchers)
beforeEach(() => {
  for (const method of ['log', 'warn', 'error'] as const) jest.spyOn(console, method).mockImplementation(() => undefined)
})
afterEach(async () => {
  await defaultNode().stop()
  jest.restoreAllMocks()
})

const examples = new Map(all.map((door) => [door.name, examplesOf(door)]))
describe.each([...examples].filter(([, some]) => some.length > 0))('%s', (door, some) => {
  const given = GIVEN[door] as Given
  test.each(some.map((example) => [example.title, example] as const))('%s', async (_title, example) => {
    const node = testNode()
    setNode(node)
    const run = (): Promise<void> => runExample(example.code, (self) => given.before(self, example))
    try {
      const on = given.on?.(example)
      await expect(on === undefined ? run() : on.run(run)).resolves.toBeUndefined()
    } finally {
      given.after?.()
      await node.stop()
    }
  })
})

test('each door has examples, but the one that only passes on what another has', () => {
  expect([...examples].filter(([, some]) => some.length === 0).map(([door]) => door)).toEqual(['gensock/testing/jest'])
  expect([...examples.values()].flat().length).toBeGreaterThan(450)
})
