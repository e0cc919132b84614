// The test kit in types: what compiles, and what does not. Checked by tsc, never run.
import { expect } from '@jest/globals'
import type { ExitReason, Pid } from 'gensock'
import type { OutFrame } from 'gensock/socket'
import {
  type AsymmetricMatcher,
  type ExpectOptions,
  type FakeTransport,
  type GensockMatchers,
  type MessagePattern,
  matchers as neutral,
  type OpenProcess,
  type Probe,
  testNode,
  type TestNode,
  type WaitsFor,
} from 'gensock/testing'
import { type GensockMatchers as OfJest, matchers } from 'gensock/testing/jest'
import { expectTypeOf } from 'expect-type'

type Tick = { readonly type: 'tick'; readonly n: number; readonly tags?: readonly string[] }
declare const probe: Probe<Tick>
declare const anything: Probe<unknown>
declare const loose: Probe<any>
declare const pid: Pid<Tick>
declare const transport: FakeTransport

// ---- Nodes
export async function nodes(): Promise<void> {
  await using node = testNode({ leftovers: 'error', seed: 7 })
  expectTypeOf(node).toEqualTypeOf<TestNode>()
  expectTypeOf(node.probe<Tick>()).toEqualTypeOf<Probe<Tick>>()
  expectTypeOf(node.openProcesses()).toEqualTypeOf<readonly OpenProcess[]>()
  expectTypeOf(node.openProcesses()[0]?.waitsFor).toEqualTypeOf<WaitsFor | undefined>()
  expectTypeOf(node.describe()).toEqualTypeOf<string>()
  node.onExit((ended, reason) => {
    expectTypeOf(ended).toEqualTypeOf<Pid>()
    expectTypeOf(reason).toEqualTypeOf<ExitReason>()
  })
  // @ts-expect-error no such choice
  testNode({ leftovers: 'warn' })
  expectTypeOf(transport.take()).toEqualTypeOf<readonly OutFrame[]>()
}

// ---- Probes: messages, and patterns of them
export async function probes(): Promise<void> {
  expectTypeOf(await probe.expectMessages([{ type: 'tick', n: 1 }])).toEqualTypeOf<Tick[]>()
  await probe.expectMessages([{ type: 'tick', n: expect.any(Number) }, expect.objectContaining({ n: 1 })])
  await probe.expectMessages([{ type: 'tick', n: 1, tags: expect.arrayContaining(['a']) }, expect.anything()])
  await probe.expectMessages([{ type: 'tick', n: 1, tags: ['a', expect.any(String)] }], { inOrder: false, withinMs: 10 })
  await anything.expectMessages(['a', 1, undefined, { any: ['thing'] }])
  await loose.expectMessages(['a', expect.anything()])
  // @ts-expect-error no such message
  await probe.expectMessages([{ type: 'tock', n: 1 }])
  // @ts-expect-error a field too few
  await probe.expectMessages([{ type: 'tick' }])
  // @ts-expect-error a list
  await probe.expectMessages({ type: 'tick', n: 1 })
  // @ts-expect-error no such option
  await probe.expectMessages([], { any: true })
  expectTypeOf(probe.history).toEqualTypeOf<readonly { readonly atMs: number; readonly message: Tick }[]>()
  expectTypeOf<MessagePattern<string>>().toEqualTypeOf<string | AsymmetricMatcher>()
  expectTypeOf<MessagePattern<unknown>>().toEqualTypeOf<unknown>()
  expectTypeOf<ExpectOptions>().toEqualTypeOf<{ readonly inOrder?: boolean; readonly withinMs?: number }>()
}

// ---- Matchers: of @jest/globals by the door's import alone
export async function asserted(): Promise<void> {
  expect.extend(matchers)
  expect.extend(neutral)
  expectTypeOf(matchers).toEqualTypeOf(neutral)
  expectTypeOf<OfJest<void>>().toEqualTypeOf<GensockMatchers<void>>()
  expectTypeOf(expect(probe).toHaveReceived({ type: 'tick', n: 1 })).toEqualTypeOf<void>()
  expectTypeOf(expect(pid).toBeAlive()).toEqualTypeOf<void>()
  expectTypeOf(expect(pid).toExitWith('normal')).toEqualTypeOf<Promise<void>>()
  expectTypeOf(expect(Promise.resolve(pid)).resolves.toBeAlive()).toEqualTypeOf<Promise<void>>()
  expect(transport).not.toHaveReceived(['text', 'hi'])
  expect(probe).not.toHaveReceived()
  await expect(transport).not.toExitWith(/timeout/, 100)
  // @ts-expect-error whether, not how
  expect(pid).toBeAlive(true)
  // @ts-expect-error ms
  await expect(pid).toExitWith('normal', '5 s')
  // @ts-expect-error one message
  expect(probe).toHaveReceived('a', 'b')
  // @ts-expect-error no such matcher
  expect(pid).toBeDead()
}

/** `expect(pid)` as the global one of @types/jest has it. */
export async function ofTypesJest(global: jest.Matchers<void, Pid>): Promise<void> {
  expectTypeOf(global.toBeAlive()).toEqualTypeOf<void>()
  expectTypeOf(global.toExitWith('normal')).toEqualTypeOf<Promise<void>>()
}
