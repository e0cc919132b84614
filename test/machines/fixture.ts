// A test node per test, and helpers to look at machines on it.
import { afterEach, beforeEach, expect } from '@jest/globals'
import { type AnyPid, type Down, isDown, type Pid, sys, unwrap } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { machineServer } from 'gensock/xstate'
import type { AnyStateMachine } from 'xstate'
import { kernelOf } from '../../src/runtime/node.js'

export interface Fixture {
  readonly node: TestNode
  /** Starts a machine from outside any process, and settles. */
  start(machine: AnyStateMachine, options?: object): Promise<Pid>
  /** What the start function answers. */
  tryStart(machine: AnyStateMachine, options?: object): Promise<unknown>
  send(pid: Pid, ...events: unknown[]): Promise<void>
  value(pid: Pid | string): Promise<unknown>
  context(pid: Pid | string): Promise<any>
  /** The reason that a process ends with, once it has; undefined while it lives. */
  watch(pid: AnyPid): Promise<() => unknown>
  /** The texts of the node's warnings from now on. */
  warnings(): string[]
}

/** Call at the top of a test file. After each test: no unexpected crash, nothing uncaught (jest sees to that), nothing left. */
export function fixture(): Fixture {
  let node: TestNode

  beforeEach(() => {
    node = testNode()
  })
  afterEach(async () => {
    await node.settle()
    await node.stop()
    // What XState can hand to nobody it throws from a timer: behind that, so that it fails this test.
    await new Promise((resolve) => setTimeout(resolve))
    expect([node.processes(), node.nextDueMs()]).toEqual([[], Infinity])
  })
  const stateOf = (pid: Pid | string): Promise<any> => node.run(() => sys.getState(pid))
  return {
    get node() {
      return node
    },
    async tryStart(machine, options) {
      const result = await node.run(() => machineServer.start(machine, options as object))
      await node.settle()
      return result
    },
    async start(machine, options) {
      return unwrap((await this.tryStart(machine, options)) as ['ok', Pid])
    },
    async send(pid, ...events) {
      for (const event of events) node.send(pid, event)
      await node.settle()
    },
    value: async (pid) => (await stateOf(pid)).value,
    context: async (pid) => (await stateOf(pid)).context,
    async watch(pid) {
      let reason: unknown
      node.spawn(async (self) => {
        self.monitor(pid)
        ;({ reason } = (await self.receive(isDown)) as Down)
      })
      await node.settle()
      return () => reason
    },
    warnings() {
      const texts: string[] = []
      const kernel = kernelOf(node)
      kernel.logger = { ...kernel.logger, warn: (_facts, text) => void texts.push(text) }
      return texts
    },
  }
}
