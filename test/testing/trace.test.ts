// The lines of a trace: values without what differs from run to run and from machine to machine.
import { expect, test } from '@jest/globals'
import { GensockError, makeRef, nocatch } from 'gensock'
import { simulate, type Simulation } from 'gensock/testing'

async function notes(scenario: (node: Simulation) => unknown): Promise<string> {
  const { trace } = await simulate(1, async (node) => void (await scenario(node)), { allowCrashes: [/on purpose/] })
  return trace().join('\n')
}

test('errors are shown without their stacks, wherever they stand', async () => {
  const error = new GensockError('GENSOCK_ERR_CALL', 'on purpose', 'timeout')
  const text = await notes((node) => {
    node.note('alone', error)
    node.note('in a list', ['failed', new TypeError('on purpose'), 3])
    node.note('in a map', new Map([['a', error]]), new Set([error]))
    node.note('in a field', { of: { a: [error] }, n: 1 })
    node.note('as a field', { stack: error.stack, text: 'kept' })
  })
  expect(text).toContain('alone GensockError: on purpose')
  expect(text).toContain("in a list [ 'failed', TypeError: on purpose, 3 ]")
  expect(text).toContain("in a map Map(1) { 'a' => GensockError: on purpose } Set(1) { GensockError: on purpose }")
  expect(text).toContain('in a field { of: { a: [ GensockError: on purpose ] }, n: 1 }')
  expect(text).toContain("as a field { text: 'kept' }")
  expect(text).not.toMatch(/\.ts:\d|file:|node:| at /)
})

test('the reason of a crash that a link or a monitor tells has no stack', async () => {
  const text = await notes(async (node) => {
    const probe = node.probe()
    const pid = node.spawn(async (self) => {
      await self.receive()
      throw new Error('on purpose')
    })
    probe.monitor(pid)
    node.spawn(async (self) => {
      self.trapExit(true)
      self.link(pid)
      node.send(pid, 'go')
      await self.receive()
    })
    await node.settle()
  })
  expect(text.match(/reason: Crash \{ value: Error: on purpose, error: Error: on purpose \}/g)).toHaveLength(2)
  expect(text).not.toMatch(/\.ts:\d|file:|node:| at /)
})

test('a crash by what is no error shows what was thrown', async () => {
  const text = await notes((node) => {
    node.spawn(() => {
      throw { why: 'on purpose', from: new Error('on purpose') }
    })
    node.spawn(() => nocatch(['on purpose', new Error('on purpose')]))
    return node.settle()
  })
  expect(text).toMatch(/exit <[\d.]+> \{ why: 'on purpose', from: Error: on purpose \}/)
  expect(text).toMatch(/exit <[\d.]+> Nocatch \{ value: \[ 'on purpose', Error: on purpose \] \}/)
})

test('what was not of an error stays as it was', async () => {
  const held: Record<string, unknown> = { name: 'a' }
  held['self'] = held
  class Point {
    readonly x = 1
    readonly failed = new Error('on purpose')
    get y(): number {
      return 2
    }
  }
  const text = await notes((node) => {
    node.note('held', held)
    node.note('point', new Point())
    node.note('map', new Map([['a', 1]]), makeRef(), node.probe().pid, Buffer.from('ab'), { stack: 'of cards' })
    node.note(
      'refuses',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no')
          },
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    )
  })
  expect(text).toContain("held <ref *1> { name: 'a', self: [Circular *1] }")
  expect(text).toContain('point Point { x: 1, failed: Error: on purpose }')
  expect(text).toMatch(/map Map\(1\) \{ 'a' => 1 \} #Ref<1> #Pid<0\.\d+\.0> <Buffer 61 62> \{ stack: 'of cards' \}/)
})

test('simulations side by side have the traces that they have alone', async () => {
  const scenario = async (node: Simulation): Promise<void> => {
    const probe = node.probe()
    for (let i = 0; i < 5; i++)
      probe.monitor(
        node.spawn(async (self) => {
          await self.sleep(node.chance.int(10))
          throw new Error('on purpose')
        }),
      )
    await node.advance(100)
  }
  const options = { allowCrashes: [/on purpose/] }
  const alone = (await simulate(1, scenario, options)).trace()
  const [one, other] = await Promise.all([1, 2].map((seed) => simulate(seed, scenario, options)))
  expect(one?.trace()).toEqual(alone)
  expect(other?.trace()).not.toEqual(alone)
})
