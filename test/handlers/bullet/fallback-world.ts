// What the tests of a route with `fallback` share: a test node, and sockets on it whose requests come and go as the test says.
import { afterEach, beforeEach, expect } from '@jest/globals'
import type { BulletHandler } from 'gensock/bullet'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { type Recorded, recorded } from './world.js'

export type Opened = Recorded & { readonly socket: FakeTransport }
export interface FallbackWorld {
  readonly node: TestNode
  /** Opens a connection; no request of it is attached. */
  open(script?: Partial<BulletHandler<number>>, opts?: unknown, options?: FakeTransportOptions): Promise<Opened>
  /** How many processes there are. */
  living(): number
}

/** How a connection is asked for that outlives its requests. */
const HOW: FakeTransportOptions = { transport: 'sse', request: { method: 'POST' } }

/** Call it at the top of a test file. After each test no process may be left. */
export function fallbackWorld(): FallbackWorld {
  let node: TestNode
  beforeEach(() => {
    node = testNode()
  })
  afterEach(async () => {
    await node.stop()
    expect(node.processes()).toEqual([])
  })
  return {
    get node() {
      return node
    },
    async open(script, opts, options = {}) {
      const it = recorded(script, opts)
      const socket = fakeTransport(node, it.handler, { ...HOW, ...options })
      await node.settle()
      return { ...it, socket }
    },
    living: () => node.openProcesses().length,
  }
}

export const boom = (): never => {
  throw new Error('on purpose')
}
