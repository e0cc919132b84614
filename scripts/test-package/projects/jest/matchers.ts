// Type-checked only, with jest's types installed: one import brings the matchers to `expect` of @jest/globals and to the global one.
import { expect as imported } from '@jest/globals'
import { testNode } from 'gensock/testing'
import { matchers } from 'gensock/testing/jest'

imported.extend(matchers)
expect.extend(matchers)

export async function example(): Promise<void> {
  const node = testNode({ leftovers: 'error' })
  const probe = node.probe<{ type: 'tick'; n: number }>()
  const pid = node.spawn((self) => self.sleep(10))
  await probe.expectMessages([{ type: 'tick', n: imported.any(Number) }, expect.objectContaining({ n: 1 })], { inOrder: false })
  imported(probe).toHaveReceived({ type: 'tick', n: 1 })
  imported(pid).not.toBeAlive()
  await imported(pid).toExitWith('normal', 10)
  expect(probe).not.toHaveReceived()
  expect(pid).toBeAlive()
  await expect(pid).not.toExitWith(/killed/)
  // @ts-expect-error no such matcher
  imported(pid).toBeDead()
  // @ts-expect-error no such matcher
  expect(pid).toBeDead()
  // @ts-expect-error one message
  imported(probe).toHaveReceived(1, 2)
  await node.stop()
}
