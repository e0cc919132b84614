// Restarts of a handler, wrong answers of its callbacks and a socket that sys holds still, at their edges.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, silentLogger, sys } from 'gensock'
import { close } from 'gensock/socket'
import { type TestNode, testNode, virtualClock } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { exitsOf, gate, type Handler, idle, quiet, say } from './edges.js'
import { type VirtualListener, virtualListener, type VirtualPeer } from './virtual-listener.js'

let node: TestNode
let web: VirtualListener
let log: unknown[] = []
beforeEach(() => {
  log = []
  node = testNode()
  web = virtualListener(node)
})
afterEach(() => node.stop())

const restart = { onCrash: { restart: { intensity: 3, periodMs: 1000 } }, ...quiet }
const closed = () => web.listener.counters.read().closed
/** A peer whose process has done what it can, and how the process ended. */
async function open(handler: Handler, options = {}): Promise<{ peer: VirtualPeer; exits: unknown[] }> {
  const peer = web.connect(handler, { ...quiet, ...options })
  const exits = exitsOf(peer)
  await node.settle()
  return { peer, exits }
}

describe('a restart', () => {
  test('gives init what the first one got: request, params, transport, seed', async () => {
    const { peer } = await open(
      {
        ...idle,
        init: (args) => (log.push(args), ['ok', 0]),
        handle() {
          throw new Error('boom')
        },
      },
      { ...restart, claims: 'me' },
    )
    node.expectCrash()
    say(peer)
    await node.settle()
    expect(log).toHaveLength(2)
    expect(log[1]).toEqual(log[0])
    expect((log[1] as any).request).toEqual({ remoteAddress: 'a' })
  })

  test('waits for an async terminate, and handles no frame before', async () => {
    const [wait, go] = gate()
    const { peer } = await open(
      {
        init: () => (log.push('init'), ['ok', 0]),
        handle(frame, n) {
          if (frame[1] === 'boom') throw new Error('boom')
          log.push(frame[1])
          return ['ok', n]
        },
        terminate: () => (log.push('terminate'), wait),
      },
      restart,
    )
    node.expectCrash()
    say(peer, 'boom')
    say(peer, 'next')
    await node.settle()
    expect(log).toEqual(['init', 'terminate'])
    go()
    await node.settle()
    expect(log).toEqual(['init', 'terminate', 'init', 'next'])
  })

  test('does not come when an exit signal arrives while terminate runs', async () => {
    const [wait, go] = gate()
    const { peer, exits } = await open(
      {
        ...idle,
        init: () => (log.push('init'), ['ok', 0]),
        handle() {
          throw new Error('boom')
        },
        terminate: () => wait,
      },
      restart,
    )
    node.expectCrash()
    say(peer)
    await node.settle()
    node.exit(peer.socket.pid, 'shutdown')
    go()
    await node.settle()
    expect([log, exits, peer.closes]).toEqual([['init'], ['shutdown'], [[1001, undefined, undefined]]])
  })

  test('does not come after a close frame of the handler: the crash is the exit reason', async () => {
    const { peer, exits } = await open(
      {
        ...idle,
        init: () => (log.push('init'), ['ok', 0]),
        handle(_frame, _n, self) {
          self.push(close(4000))
          throw new Error('boom')
        },
      },
      restart,
    )
    node.expectCrash()
    say(peer)
    await node.settle()
    expect([log, exits, peer.closes]).toEqual([
      ['init'],
      [expect.objectContaining({ error: expect.objectContaining({ message: 'boom' }) })],
      [[4000, undefined, undefined]],
    ])
  })

  test('a life that never began has nothing to terminate', async () => {
    let lives = 0
    const { peer } = await open(
      {
        ...idle,
        init() {
          if (lives++ > 0) throw new Error('never again')
          return ['ok', 0]
        },
        handle() {
          throw new Error('boom')
        },
        terminate: (reason) => void log.push(reason.type),
      },
      { ...restart, onCrash: { restart: { intensity: 1, periodMs: 1000 } } },
    )
    node.expectCrash()
    node.expectCrash()
    say(peer)
    await node.settle()
    expect([lives, log]).toEqual([2, ['crash']])
  })

  test('the call under way when its clause crashes fails with the crash, though the socket lives on', async () => {
    const { peer } = await open(
      {
        ...idle,
        call: {
          boom() {
            throw new Error('boom')
          },
        },
      },
      restart,
    )
    node.expectCrash()
    void node.call(peer.socket.pid as never, { type: 'boom' }, 'infinity').catch((error) => log.push(error.reason.error.message))
    await node.settle()
    expect([log, node.isAlive(peer.socket.pid)]).toEqual([['boom'], true])
  })
})

test.each<[string, Handler, (peer: VirtualPeer) => void]>([
  ['init', { ...idle, init: () => 7 as never }, () => undefined],
  ['upgrade', { ...idle, upgrade: () => 7 as never }, () => undefined],
  ['handle', { ...idle, handle: () => 7 as never }, (peer) => say(peer)],
  ['info', { ...idle, info: () => 7 as never }, (peer) => node.send(peer.socket.pid as never, 'x')],
  ['event', { ...idle, event: () => 7 as never }, (peer) => peer.sink.deliver(9, 'x', 1)],
  ['event', { ...idle, event: () => 7 as never }, (peer) => peer.sink.carried('attached', 'sse')],
  [
    'call',
    { ...idle, call: { x: () => 7 as never } },
    (peer) => void node.call(peer.socket.pid as never, { type: 'x' }).catch(() => undefined),
  ],
])('a wrong answer of %s is told with its name', async (name, handler, act) => {
  const peer = web.connect(handler, quiet)
  const exits = exitsOf(peer) as { error: Error }[]
  node.expectCrash()
  await node.settle()
  if (node.isAlive(peer.socket.pid)) act(peer)
  await node.settle()
  expect(exits[0]?.error.message).toMatch(new RegExp(`^${name} must return`))
})

describe('while sys holds a socket still', () => {
  test('a message that only looks like an end waits, and so does null', async () => {
    const { peer } = await open({ ...idle, info: (message, n) => (log.push(message), ['ok', n]) })
    const ask = async (run: () => Promise<unknown>): Promise<void> => {
      void node.run(run)
      await node.settle()
    }
    await ask(() => sys.suspend(peer.socket.pid))
    for (const message of [{ kind: 16 }, null, 16]) node.send(peer.socket.pid as never, message)
    await node.settle()
    expect([log, node.isAlive(peer.socket.pid)]).toEqual([[], true])
    await ask(() => sys.resume(peer.socket.pid))
    expect(log).toEqual([{ kind: 16 }, null, 16])
  })
})

describe('the idle timeout while sys holds a socket still', () => {
  async function suspended(handler: Handler): Promise<VirtualPeer & { exits: unknown[] }> {
    const { peer, exits } = await open(handler, { idleTimeoutMs: 1000 })
    void node.run(() => sys.suspend(peer.socket.pid))
    await node.settle()
    return Object.assign(Object.create(peer), { exits })
  }

  test('ends it before a message that came in the same millisecond is handled', async () => {
    const to: { pid?: never } = {}
    const kernel = kernelOf(node)
    kernel.timers.add(kernel.newRef(), 1000, null, () => node.send(to.pid as never, 'x'), null)
    const peer = await suspended({ ...idle, info: (message, n) => (log.push(message), ['ok', n]) })
    to.pid = peer.socket.pid as never
    await node.advance(1000)
    expect([log, peer.exits, closed()]).toEqual([[], ['normal'], { 1000: 1 }])
  })

  test('lets go of nothing when a byte came after all', async () => {
    const clock = virtualClock()
    const real = createNode({ clock, logger: silentLogger })
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    }
    const peer = virtualListener(real).connect(
      { ...idle, handle: ([, data], n) => (log.push(data), ['ok', n]) },
      { idleTimeoutMs: 1000, pingIntervalMs: 0 },
    )
    await turns()
    void real.run(() => sys.suspend(peer.socket.pid))
    await turns()
    clock.turnTo(1000)
    peer.sink.received()
    await turns()
    say(peer)
    await turns()
    expect([log, peer.closes]).toEqual([[], []])
    await real.stop()
  })
})
