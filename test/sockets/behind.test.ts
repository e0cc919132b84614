// A peer that is behind: what runs when, what is a sign of its life, when its silence is over. Virtual time, a fake transport.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type OnSlowPeer, pushTo, type SocketHandler, type SocketSelf, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

const HIGH = 1000
const LOW = 100
const marks = { outboundHighBytes: HIGH, outboundLowBytes: LOW, pingIntervalMs: 0 }

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())
const quiet: SocketHandler<number, any, any, any> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }

describe('self.push from outside of any callback', () => {
  /** A handler that answers every event, what it does in order, and its `self` for a timer of Node's or a stray promise. */
  async function talker(
    onSlowPeer: OnSlowPeer,
    hears = true,
  ): Promise<{ socket: FakeTransport; log: string[]; self: SocketSelf<any> }> {
    const log: string[] = []
    const found: { self?: SocketSelf<any> } = {}
    const socket = fakeTransport(
      node,
      {
        ...quiet,
        init: (_args, self) => ((found.self = self), ['ok', 0]),
        ...(hears ? { event: ({ type }, n) => (log.push(type), ['push', text(`answer to ${type}`), n]) } : {}),
        terminate: () => void log.push('terminate'),
      } as SocketHandler<number, any, any, any>,
      { onSlowPeer, ...marks },
    )
    await node.settle()
    return { socket, log, self: found.self as SocketSelf<any> }
  }

  test.each([
    ['with an event callback', true, ['push is over', 'highWater', 'terminate']],
    ['without one', false, ['push is over', 'terminate']],
  ])('neither event nor terminate runs inside of it: a peer that is given up, %s', async (_name, hears, expected) => {
    const { socket, log, self } = await talker('close', hears)
    socket.bufferedBytes = HIGH + 1
    self.push([text('one'), text('two')])
    log.push('push is over')
    await node.settle()
    expect(log).toEqual(expected)
    expect(socket.closed).toEqual(['close', 1013])
  })

  test('nor after a close frame of its own', async () => {
    const { socket, log, self } = await talker('close')
    self.push(['close', 4000])
    log.push('push is over')
    await node.settle()
    expect([log, socket.closed]).toEqual([
      ['push is over', 'terminate'],
      ['close', 4000],
    ])
  })

  test.each<[string, OnSlowPeer, string[]]>([
    ['dropOldest', 'dropOldest', ['one', 'two', 'answer to highWater', 'answer to lowWater']],
    ['coalesce', { coalesce: () => undefined }, ['one', 'two', 'answer to highWater', 'answer to lowWater']],
    ['wait', 'wait', ['one', 'two', 'answer to highWater', 'answer to lowWater']],
    ['dropNewest', 'dropNewest', ['answer to lowWater']],
  ])('what answers highWater comes after the frames that caused it: %s', async (_name, policy, expected) => {
    const { socket, log, self } = await talker(policy)
    socket.bufferedBytes = HIGH + 1
    self.push([text('one'), text('two')])
    log.push('push is over')
    await node.settle()
    socket.bufferedBytes = 0
    await node.settle()
    expect(log).toEqual(['push is over', 'highWater', 'lowWater'])
    expect(socket.sent.map((frame) => frame[1])).toEqual(expected)
  })
})

describe('what a peer takes that is behind is a sign of its life', () => {
  test.each<[string, OnSlowPeer]>([
    ['dropNewest', 'dropNewest'],
    ['dropOldest', 'dropOldest'],
    ['wait', 'wait'],
    ['coalesce', { coalesce: () => 'k' }],
  ])('one byte before the idle timeout is over, again and again; then none: %s', async (_name, onSlowPeer) => {
    const socket = fakeTransport(node, quiet, { onSlowPeer, ...marks, idleTimeoutMs: 10_000 })
    await node.settle()
    socket.bufferedBytes = HIGH + 10
    pushTo(socket.pid, text('x'))
    await node.settle()
    for (let i = 0; i < 5; i++) {
      await node.advance(9999)
      expect(socket.exit).toBeUndefined()
      socket.bufferedBytes--
    }
    await node.advance(9999)
    expect(socket.exit).toBeUndefined()
    await node.advance(1)
    expect([socket.terminated, socket.exit]).toEqual([[{ type: 'timeout' }], 'normal'])
  })
})

describe('the idle timeout after a standstill', () => {
  /** The first frame keeps the handler busy for so long while the mailbox is full; then `after` runs in it. */
  function busy(ms: number, after: (self: SocketSelf<any>) => unknown): SocketHandler<number, any, any, any> {
    return {
      ...quiet,
      async handle(frame, n, self) {
        if (frame[1] !== 'long') return ['ok', n]
        await self.sleep(ms)
        return (after(self) ?? ['ok', n]) as ['ok', number]
      },
    }
  }
  async function standing(handler: SocketHandler<number, any, any, any>, onSlowPeer: OnSlowPeer): Promise<FakeTransport> {
    const socket = fakeTransport(node, handler, { onSlowPeer, ...marks, idleTimeoutMs: 60_000, inboundHighBytes: 1000 })
    await node.settle()
    socket.send('long')
    socket.send('x'.repeat(2000))
    await node.settle()
    expect(socket.paused).toBe(true)
    return socket
  }
  async function expectTimeoutIn(socket: FakeTransport, ms: number): Promise<void> {
    await node.advance(ms - 1)
    expect([socket.exit, socket.terminated]).toEqual([undefined, []])
    await node.advance(1)
    expect([socket.exit, socket.terminated]).toEqual(['normal', [{ type: 'timeout' }]])
  }

  test('runs from the moment in which reading goes on', async () => {
    const socket = fakeTransport(
      node,
      busy(300_000, () => undefined),
      { idleTimeoutMs: 60_000, pingIntervalMs: 0, inboundHighBytes: 1000 },
    )
    await node.settle()
    socket.send('long')
    socket.send('x'.repeat(2000))
    await node.advance(300_000)
    expect([socket.paused, socket.exit]).toEqual([false, undefined])
    await expectTimeoutIn(socket, 60_000)
  })

  test('set anew in a standstill it runs from there: 10 s are 10 s', async () => {
    const socket = await standing(
      busy(300_000, (self) => self.push(['setOptions', { idleTimeoutMs: 10_000 }])),
      'close',
    )
    await node.advance(300_000)
    expect(socket.paused).toBe(false)
    await expectTimeoutIn(socket, 10_000)
  })

  test('policy wait: the time in which the peer takes nothing runs from the moment it is behind', async () => {
    const socket = await standing(
      busy(300_000, () => ['push', text('an answer'), 1]),
      'wait',
    )
    socket.bufferedBytes = HIGH + 1
    await node.advance(300_000)
    expect(socket.paused).toBe(true)
    await expectTimeoutIn(socket, 60_000)
  })
})
