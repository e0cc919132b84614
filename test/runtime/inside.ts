// Runs a body in a process of a test node and hands out what it answers or throws.
import type { Receiver, SpawnOptions } from 'gensock'
import type { TestNode } from 'gensock/testing'

/** The body's answer, after everything that can happen within `withinMs` of virtual time. */
export async function inside<T>(
  node: TestNode,
  body: (self: Receiver<any>) => T | Promise<T>,
  { withinMs = 0, ...options }: SpawnOptions & { readonly withinMs?: number } = {},
): Promise<T> {
  let outcome: { readonly value: T } | { readonly thrown: unknown } | undefined
  node.spawn(async (self: Receiver<any>) => {
    try {
      outcome = { value: await body(self) }
    } catch (thrown) {
      outcome = { thrown }
    }
  }, options)
  await node.advance(withinMs)
  if (outcome === undefined) throw new Error('the body has not ended')
  if ('thrown' in outcome) throw outcome.thrown
  return outcome.value
}

/** A process that waits for a message, for ever if none comes. */
export async function idle(self: Receiver<any>): Promise<void> {
  await self.receive((message) => message === 'end')
}

/** What `run` throws. */
export function thrownBy(run: () => unknown): any {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}
