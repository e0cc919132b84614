// Who pays for a call that is refused, and that whoever has died is not woken.
import { describe, expect, test } from '@jest/globals'
import { createNode, type Node, type Pid, silentLogger } from 'gensock'
import { testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { idle } from './inside.js'

describe('a call that is refused', () => {
  /** Has the call failed before the event loop went on? */
  async function failsAtOnce(calling: Promise<unknown>): Promise<boolean> {
    let failed = false
    const done = calling.catch((error: unknown) => {
      expect(error).toMatchObject({ reason: 'noproc' })
      failed = true
    })
    for (let i = 0; i < 10; i++) await Promise.resolve()
    const atOnce = failed
    await done
    return atOnce
  }
  /** `rich` has budget left, `poor` never has; both with a pid of a dead process. */
  function world(): { readonly rich: Node; readonly poor: Node; readonly deadRich: Pid; readonly deadPoor: Pid } {
    const rich = createNode({ name: 'rich@local', logger: silentLogger, drainMs: 1_000 })
    const poor = createNode({ name: 'poor@local', logger: silentLogger, pick: () => 0 })
    const [deadRich, deadPoor] = [rich.spawn(idle), poor.spawn(idle)]
    rich.exit(deadRich, 'kill')
    poor.exit(deadPoor, 'kill')
    return { rich, poor, deadRich, deadPoor }
  }

  test('from outside is paid by the node that is asked: at once, or after the event loop had its turn', async () => {
    const { rich, poor, deadRich, deadPoor } = world()
    const calls: [() => Promise<unknown>, boolean][] = [
      [() => rich.call(deadRich, 'x'), true],
      [() => poor.call(deadRich, 'x'), true],
      [() => rich.call('nobody', 'x'), true],
      [() => rich.call(deadPoor, 'x'), false],
      [() => poor.call(deadPoor, 'x'), false],
      [() => poor.call('nobody', 'x'), false],
    ]
    const seen: boolean[] = []
    for (const [make] of calls) {
      await new Promise((resolve) => setImmediate(resolve))
      kernelOf(rich).queue.mayRunNow() // opens a slice
      seen.push(await failsAtOnce(make()))
    }
    expect(seen).toEqual(calls.map(([, atOnce]) => atOnce))
    for (const node of [rich, poor]) await node.stop()
  })

  test('of a process is paid by its own node', async () => {
    const { rich, poor, deadPoor } = world()
    const atOnce = await new Promise((resolve) => {
      rich.spawn(async (self) => resolve(await failsAtOnce(self.call(deadPoor, 'x'))))
    })
    expect(atOnce).toBe(true)
    for (const node of [rich, poor]) await node.stop()
  })
})

test('who has died before a simulation lets it go on does not go on', async () => {
  const goes: (() => void)[] = []
  const node = testNode({ wake: (go) => void goes.push(go) })
  const log: string[] = []
  const [dead] = ['dead', 'alive'].map((name) =>
    node.spawn(async (self) => {
      await self.sleep(5)
      log.push(`${name} ${node.now()}`)
    }),
  ) as [Pid]
  await node.advance(5)
  expect([log, goes.length]).toEqual([[], 2])
  node.exit(dead, 'kill')
  for (const go of goes) go()
  await node.settle()
  expect(log).toEqual(['alive 5'])
  await node.stop()
})
