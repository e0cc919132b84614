// The way out of a socket: handlers that send until their peer has gone, several ends at once, what the counters make of them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, silentLogger } from 'gensock'
import { accept, close, reject, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode, virtualClock } from 'gensock/testing'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'
import { gate } from './edges.js'
import { isBalanced, virtualListener, type VirtualListener } from './virtual-listener.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const idle: SocketHandler<number, any, any, any> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }

describe('self.drained of a socket whose end is on its way', () => {
  const ROUNDS = 10
  /** A handler that waits for `go`, then sends and asks `drained` ten times; in which turn of the event loop each round ended. */
  function sender(): { handler: SocketHandler<number, any, any, any>; go(): Promise<number[]> } {
    const [gone, go] = gate<void>()
    const seen: number[] = []
    let now = 0
    return {
      handler: {
        ...idle,
        async handle(_frame, n, self) {
          await gone
          for (let round = 0; round < ROUNDS; round++) {
            self.push(text('more'))
            await self.drained()
            seen.push(now)
          }
          return ['ok', n]
        },
      },
      async go() {
        go()
        for (; now < 3 * ROUNDS; now++) await turn()
        return seen
      },
    }
  }

  test.each<[string, (socket: FakeTransport) => void | Promise<void>]>([
    ['the peer has gone', (socket) => socket.cut()],
    ['the peer has closed', (socket) => socket.close(1000)],
    ['the peer broke a rule', (socket) => socket.fail('badframe')],
    ['the peer is silent for the idle timeout', () => node.advance(1000)],
    ['the peer sent too much', (socket) => socket.send('x'.repeat(101))],
    ['an exit signal', (socket) => node.exit(socket.pid, 'shutdown')],
    ['the peer was given up', (socket) => void (socket.bufferedBytes = 1001)],
  ])('lets the event loop have its turn at every round: %s', async (_name, end) => {
    const { handler, go } = sender()
    const options = { idleTimeoutMs: 1000, pingIntervalMs: 0, maxFrameBytes: 100, outboundHighBytes: 1000 }
    const socket = fakeTransport(node, handler, options)
    await node.settle()
    socket.send('go')
    await node.settle()
    await end(socket)
    const turns = await go()
    expect([turns.length, new Set(turns).size]).toEqual([ROUNDS, ROUNDS])
    await node.settle()
    expect(socket.exit).toBeDefined()
  })

  test('the listener closes it: the same', async () => {
    const { handler, go } = sender()
    const { listener, connect } = virtualListener(node)
    const peer = connect(handler)
    await node.settle()
    peer.sink.deliver(1, 'go', 2)
    await node.settle()
    listener.closeAll()
    const turns = await go()
    expect([turns.length, new Set(turns).size, peer.closes]).toEqual([ROUNDS, ROUNDS, [[1001, undefined, undefined]]])
  })

  test('after a kill it never resolves', async () => {
    const { handler, go } = sender()
    const socket = fakeTransport(node, handler)
    await node.settle()
    socket.send('go')
    await node.settle()
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([await go(), socket.exit]).toEqual([[], 'killed'])
  })

  test('who sends for ever is killed 5 s after the peer has gone, and goes no further', async () => {
    const clock = virtualClock()
    const real = createNode({ clock, logger: silentLogger })
    let rounds = 0
    const socket = fakeTransport(real, {
      ...idle,
      async handle(_frame, n, self) {
        // As many as it takes to see that nobody else gets a turn.
        while (rounds++ < 100_000) {
          self.push(text('more'))
          if (rounds === 1) socket.cut()
          await self.drained()
        }
        return ['ok', n]
      },
    })
    for (let i = 0; i < 5; i++) await turn()
    socket.send('go')
    clock.turnTo(4999)
    for (let i = 0; i < 5; i++) await turn()
    expect([socket.exit, rounds > 1]).toEqual([undefined, true])
    clock.turnTo(5000)
    for (let i = 0; i < 5; i++) await turn()
    const atEnd = rounds
    for (let i = 0; i < 5; i++) await turn()
    expect([socket.exit, rounds]).toEqual(['killed', atEnd])
    await real.stop()
  })
})

test('a peer that is given up gets no pile of mails: 10 000 frames to it are one end', async () => {
  const lengths: unknown[] = []
  const drops: number[] = []
  const { listener, connect } = virtualListener(node)
  const peer = connect(
    {
      ...idle,
      handle(_frame, n, self) {
        for (let i = 0; i < 10_000; i++) self.push(text('x'))
        lengths.push(node.processInfo(self.pid, 'message_queue_len'))
        drops.push(listener.counters.read().dropped)
        return ['ok', n]
      },
      event: (_event, n) => ['ok', n],
    },
    {},
    () => ({ send: () => false, isBehind: () => true }),
  )
  await node.settle()
  peer.sink.deliver(1, 'go', 2)
  await node.settle()
  expect([lengths, drops]).toEqual([[2], [9999]]) // highWater, and the end
  expect([peer.closes, listener.counters.read().closed]).toEqual([[[1013, undefined, undefined]], { 1013: 1 }])
})

describe('the counters', () => {
  let web: VirtualListener
  beforeEach(() => {
    web = virtualListener(node)
  })
  const counters = () => web.listener.counters.read()

  test('a terminate that settles after its 5 s is not counted twice', async () => {
    const [late, settle] = gate<void>()
    web.connect({ ...idle, terminate: () => late })
    await node.settle()
    web.listener.closeAll()
    await node.advance(5000)
    const killed = counters()
    expect([killed.open, killed.opened, killed.closed]).toEqual([0, 1, { 1001: 1 }])
    settle()
    await node.settle()
    expect(counters()).toEqual(killed)
  })

  test('a callback that settles after its 5 s neither', async () => {
    const [late, settle] = gate<['ok', number]>()
    const peer = web.connect({ ...idle, handle: () => late })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    await node.settle()
    web.listener.closeAll()
    await node.advance(5000)
    settle(['ok', 1])
    await node.settle()
    expect([counters().closed, isBalanced(counters())]).toEqual([{ 1006: 1 }, true])
  })

  test('an end that was decided but never said to the peer is one without a close frame', async () => {
    const peer = web.connect({ ...idle, handle: () => new Promise(() => undefined) })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    await node.settle()
    node.exit(peer.socket.pid, 'shutdown')
    await node.advance(5000)
    expect([peer.closes, peer.counts.cut, counters().closed]).toEqual([[], 1, { 1006: 1 }])
  })

  test('open counts from the 101 on: not those whose upgrade is under way', async () => {
    const [yes, letIn] = gate<any>()
    const [no, refuse] = gate<any>()
    web.connect({ ...idle, upgrade: () => yes })
    web.connect({ ...idle, upgrade: () => no })
    await node.settle()
    expect([web.listener.sockets().length, counters().open, counters().opened]).toEqual([2, 0, 0])
    letIn(accept('seed'))
    refuse(reject(403))
    await node.settle()
    expect([web.listener.sockets().length, counters().open, counters().opened, counters().closed]).toEqual([1, 1, 1, {}])
  })

  test('a socket that is killed before its 101 was never open', async () => {
    const { socket, rejected } = web.connect({ ...idle, upgrade: () => new Promise(() => undefined) })
    await node.settle()
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([counters().open, counters().opened, counters().closed, rejected]).toEqual([0, 0, {}, [[503, 'crashed']]])
  })

  test('the code is that of the first close frame, ours: a crash after it changes nothing', async () => {
    const peer = web.connect({
      ...idle,
      handle(_frame, _n, self) {
        self.push(close(4000))
        throw new Error('after the close')
      },
    })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    node.expectCrash()
    await node.settle()
    expect([peer.closes, counters().closed]).toEqual([[[4000, undefined, undefined]], { 4000: 1 }])
  })

  test.each<[string, (peer: { sink: any }) => void, number]>([
    ['the peer’s', ({ sink }) => sink.remoteClosed(4001, 'bye'), 4001],
    ['one without a code', ({ sink }) => sink.remoteClosed(undefined, ''), 1005],
    ['that of the transport', ({ sink }) => sink.failed('badframe', 1002), 1002],
    ['none, for the connection is lost', ({ sink }) => sink.lost(), 1006],
  ])('or %s: a callback that crashes before it comes to its turn changes nothing', async (_name, end, code) => {
    const [never, , fail] = gate<never>()
    const peer = web.connect({ ...idle, handle: () => never })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    await node.settle()
    end(peer)
    fail(new Error('too late'))
    node.expectCrash()
    await node.settle()
    expect(counters()).toMatchObject({ open: 0, crashed: 1, closed: { [code]: 1 } })
  })
})

describe('the code and the text of a close frame belong to one end', () => {
  test('a crash while a close of the listener waits: 1011, without the listener’s text', async () => {
    const { listener, connect } = virtualListener(node)
    const [hung, , fail] = gate<never>()
    const peer = connect({ ...idle, handle: () => hung })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    await node.settle()
    listener.closeAll(4000, 'maintenance')
    fail(new Error('boom'))
    node.expectCrash()
    await node.settle()
    expect(peer.closes).toEqual([[1011, undefined, undefined]])
  })

  test.each<[string, [number?, string?][], [number, string | undefined]]>([
    ['without a text', [[], [4000, 'why']], [1001, undefined]],
    [
      'with a text',
      [
        [4000, 'why'],
        [4001, 'because'],
      ],
      [4000, 'why'],
    ],
  ])('of two closes of the listener the first counts, whole: %s', async (_name, orders, expected) => {
    const { listener, connect } = virtualListener(node)
    const [busy, done] = gate<any>()
    const peer = connect({ ...idle, handle: () => busy })
    await node.settle()
    peer.sink.deliver(1, 'x', 1)
    await node.settle()
    for (const order of orders) listener.closeAll(...order)
    done(['ok', 0])
    await node.settle()
    expect(peer.closes).toEqual([[...expected, undefined]])
  })
})

describe('a handler that has sent its close frame and never ends', () => {
  test.each<[string, (socket: FakeTransport) => void]>([
    ['is killed after 5 s', () => undefined],
    ['is killed after 5 s if its peer goes meanwhile', (socket) => socket.cut()],
    ['is killed after 5 s if somebody ends it in order meanwhile', (socket) => node.exit(socket.pid, 'shutdown')],
  ])('%s', async (_title, meanwhile) => {
    const socket = fakeTransport(node, {
      ...idle,
      handle: (_frame, _n, self) => {
        self.push(close(4000))
        return new Promise(() => undefined)
      },
    })
    await node.settle()
    socket.send('x')
    await node.settle()
    meanwhile(socket)
    await node.advance(4999)
    expect(socket.exit).toBeUndefined()
    await node.advance(1)
    expect([socket.exit, socket.closed, node.nextDueMs()]).toEqual(['killed', ['close', 4000], Infinity])
  })
})
