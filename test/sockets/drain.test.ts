// Listeners that end, and the places of their sockets: kills before, while and after everything else. Virtual time, no network.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { accept, type SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { isBalanced, virtualListener } from './virtual-listener.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())
const never = (): Promise<never> => new Promise(() => undefined)
const quiet: SocketHandler<number, any, any, any> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }
/** Each frame keeps it busy for 900 ms, its end for 500. */
const slow: SocketHandler<number, any, any, any> = {
  ...quiet,
  async handle(_frame, n, self) {
    await self.sleep(900)
    return ['ok', n]
  },
  terminate: (_reason, _n, self) => self.sleep(500),
}

describe('a listener that is killed', () => {
  test('before its first turn: it is over as if it had run', async () => {
    const { listener, stops, connect } = virtualListener(node)
    const early = connect(quiet)
    node.exit(listener.pid, 'kill')
    await node.settle()
    expect([listener.ready, listener.reserve('a'), stops.count]).toEqual([false, 'draining', 1])
    expect([early.counts.accepted, early.rejected, listener.sockets()]).toEqual([0, [[503, 'draining']], []])
    await listener.drain({ deadlineMs: 1000 })
    expect(stops.count).toBe(1)
  })

  test('by an exit signal before its first turn, when it does not trap yet: the same', async () => {
    const { listener, stops } = virtualListener(node)
    node.exit(listener.pid, 'shutdown')
    await node.settle()
    expect([node.isAlive(listener.pid), listener.reserve('a'), stops.count]).toEqual([false, 'draining', 1])
  })

  test('while it drains: drain resolves only when its sockets have gone', async () => {
    const { listener, connect } = virtualListener(node)
    connect(slow)
    await node.settle()
    let goneAt = -1
    void listener.drain({ deadlineMs: 1000 }).then(() => (goneAt = node.now()))
    await node.advance(100)
    node.exit(listener.pid, 'kill')
    await node.advance(399)
    expect([goneAt, listener.sockets().length]).toEqual([-1, 1])
    await node.advance(1)
    expect([goneAt, listener.sockets()]).toEqual([500, []])
  })

  test('while it drains: by the deadline at the latest, when what is left is killed', async () => {
    const { listener, stops, connect } = virtualListener(node)
    connect({ ...quiet, terminate: never })
    connect({ ...quiet, upgrade: never })
    await node.settle()
    let goneAt = -1
    void listener.drain({ deadlineMs: 1000 }).then(() => (goneAt = node.now()))
    await node.advance(100)
    node.exit(listener.pid, 'kill')
    await node.advance(899)
    expect([goneAt, listener.sockets().length]).toEqual([-1, 2])
    await node.advance(1)
    expect([goneAt, listener.sockets(), stops.count]).toEqual([1000, [], 1])
    expect(listener.counters.read()).toMatchObject({ open: 0, opened: 1, closed: { 1012: 1 } })
  })

  test('a drain after the kill waits for the sockets too', async () => {
    const { listener, connect } = virtualListener(node)
    connect({ ...quiet, terminate: never })
    await node.settle()
    node.exit(listener.pid, 'kill')
    await node.settle()
    let goneAt = -1
    void listener.drain({ deadlineMs: 2000 }).then(() => (goneAt = node.now()))
    await node.advance(1999)
    expect(goneAt).toBe(-1)
    await node.advance(1)
    expect([goneAt, listener.sockets()]).toEqual([2000, []])
  })
})

describe('a drain', () => {
  test.each([
    ['when its turn to be closed has come', 0],
    ['before its turn to be closed has come', 1],
  ])('an upgrade that is answered meanwhile gets 503, whatever it says: %s', async (_name, before) => {
    const { listener, connect } = virtualListener(node)
    const answers: ((answer: any) => void)[] = []
    for (let i = 0; i < before; i++) connect(quiet)
    const peer = connect({ ...quiet, upgrade: () => new Promise((resolve) => answers.push(resolve)) })
    await node.settle()
    let isOver = false
    void listener.drain({ deadlineMs: 10_000 }).then(() => (isOver = true))
    await node.settle()
    expect([peer.rejected, isOver]).toEqual([[], false])
    answers[0]?.(accept('seed'))
    await node.settle()
    expect([peer.rejected, peer.counts.accepted, peer.closes, isOver]).toEqual([[[503, 'draining']], 0, [], true])
    expect(listener.counters.read()).toMatchObject({ open: 0, opened: before, closed: before === 0 ? {} : { 1012: before } })
  })

  test('a callback that delays the close leaves the peer that much less time to answer it', async () => {
    const { listener, connect } = virtualListener(node)
    const [busy, prompt] = [connect(slow), connect(quiet)]
    await node.settle()
    busy.sink.deliver(1, 'x', 1)
    await node.settle()
    void listener.drain({ deadlineMs: 1000 })
    await node.advance(900)
    expect([busy.closes, prompt.closes]).toEqual([[[1012, undefined, 100]], [[1012, undefined, 990]]])
  })

  test('a thousand sockets, hurried twice: each is closed once with 1012, all counted', async () => {
    const { listener, stops, connect } = virtualListener(node)
    const peers = Array.from({ length: 1000 }, () => connect(quiet))
    await node.settle()
    const order: number[] = []
    for (const deadlineMs of [60_000, 40_000, 0]) {
      void listener.drain({ deadlineMs }).then(() => order.push(deadlineMs))
      await node.advance(10)
    }
    expect([order.toSorted((a, b) => a - b), stops.count, listener.sockets()]).toEqual([[0, 40_000, 60_000], 1, []])
    expect(peers.every(({ closes }) => closes.length === 1 && closes[0]?.[0] === 1012)).toBe(true)
    expect([listener.counters.read().closed, isBalanced(listener.counters.read())]).toEqual([{ 1012: 1000 }, true])
  })
})

describe('a place', () => {
  test.each([
    ['maxConnections', { maxConnections: 1 }],
    ['maxConnectionsPerAddress', { maxConnectionsPerAddress: 1 }],
  ] as const)('is held until the network has nothing of the socket any more (%s)', async (reason, limits) => {
    const { listener, connect } = virtualListener(node, limits)
    const peer = connect(quiet)
    await node.settle()
    listener.closeAll()
    await node.settle()
    expect([listener.counters.read().open, listener.sockets(), listener.reserve('a')]).toEqual([0, [], reason])
    peer.sink.gone()
    expect(listener.reserve('a')).toEqual({ release: expect.any(Function) })
  })

  test('also after a kill, and if the network is done before the process is', async () => {
    const { listener, connect } = virtualListener(node, { maxConnections: 2 })
    const [killed, busy] = [connect(quiet), connect({ ...quiet, terminate: never })]
    await node.settle()
    node.exit(killed.socket.pid, 'kill')
    busy.sink.lost()
    busy.sink.gone()
    await node.settle()
    expect([killed.counts.cut, listener.reserve('a')]).toEqual([1, 'maxConnections'])
    killed.sink.gone()
    expect(listener.reserve('b')).not.toBe('maxConnections')
    await node.advance(5000) // terminate has had its time
    expect(listener.reserve('a')).not.toBe('maxConnections')
    expect(listener.reserve('a')).toBe('maxConnections')
  })

  test('of a handshake that is refused or that crashes is free at once', async () => {
    const { listener, connect } = virtualListener(node, { maxConnections: 1 })
    connect({ ...quiet, upgrade: () => ['reject', 403] })
    await node.settle()
    node.expectCrash()
    connect({
      ...quiet,
      upgrade: () => {
        throw new Error('no')
      },
    })
    await node.settle()
    expect(listener.reserve('a')).not.toBe('maxConnections')
  })
})
