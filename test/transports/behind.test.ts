// Peers that are behind, over real TCP: which frames count, what is a sign of life, what is heard of a peer that has gone.
import type { Socket as NetSocket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { binary, type OnSlowPeer, type RouteOptions, type SocketEvent, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { echo, farEnd, type Live, live } from '../rfc/live.js'
import { BINARY, type Peer, TEXT, text as textFrame, turn } from '../rfc/peer.js'

let server: Live
afterEach(() => server.stop())
const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }
const CHUNK = new Uint8Array(500_000)

/** On any frame it sends chunks, one in each turn of the event loop, until it hears that the peer is behind. */
function pouring(events: SocketEvent[]): SocketHandler<number, any, any, any> {
  return {
    init: () => ['ok', 0],
    handle: (_frame, n, self) => (self.send(self.pid, 'more'), ['ok', n]),
    info(_message, n, self) {
      self.push(binary(CHUNK))
      if (events.length === 0) setImmediate(() => self.send(self.pid, 'more'))
      return ['ok', n + 1]
    },
    event: (event, n) => (events.push(event), ['ok', n]),
  }
}
/** A peer that reads nothing, and is behind. */
async function stuck(highBytes: number, options: RouteOptions, node?: TestNode): Promise<[Peer, SocketEvent[]]> {
  const events: SocketEvent[] = []
  const marks = { outboundHighBytes: highBytes, maxBufferedBytes: 1e9, pingIntervalMs: 0 }
  server = await live({ ...marks, ...options }, pouring(events), {}, node)
  const peer = await server.open()
  peer.socket.pause()
  peer.send(textFrame('go'))
  // A process with policy `wait` hears of it only afterwards.
  const isBehind = (): boolean => events.length > 0 || (farEnd(peer)?.writableLength ?? 0) > highBytes + CHUNK.length
  while (!isBehind()) await turn()
  return [peer, events]
}

describe('asking drained within a turn', () => {
  test.each([
    ['plain', {}],
    ['compressed', { compress: true }],
  ])('does not make the next frame of that turn late: %s', async (_name, options) => {
    const heard: unknown[] = []
    server = await live(
      { pingIntervalMs: 0, ...options },
      {
        ...echo,
        handle(_frame, _state, self) {
          self.push(binary(new Uint8Array(5_000_000))) // more than the high mark
          void self.drained()
          return ['push', text('done'), null]
        },
        event: (event) => (heard.push(event), ['ok', null]),
      },
    )
    const peer = await server.open(OFFER)
    peer.send(textFrame('go'))
    expect([(await peer.next()).opcode, (await peer.next()).opcode]).toEqual([BINARY, TEXT])
    expect([heard, server.listener.counters()]).toEqual([[], expect.objectContaining({ open: 1, closed: {} })])
    await server.leave(peer)
  })
})

describe.each<[string, OnSlowPeer]>([
  ['dropNewest', 'dropNewest'],
  ['dropOldest', 'dropOldest'],
  ['wait', 'wait'],
])('a peer that is behind: %s', (_name, onSlowPeer) => {
  test('hears no lowWater when it resets: what is not sent was not taken', async () => {
    const [peer, events] = await stuck(1_000_000, { onSlowPeer })
    peer.socket.resetAndDestroy()
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'closed' })
    while (server.listener.sockets().length > 0) await turn()
    expect(events.map(({ type }) => type)).toEqual(['highWater'])
  })

  test('lives as long as it takes something within the idle timeout', async () => {
    const node = testNode()
    const [peer] = await stuck(1_000_000, { onSlowPeer, idleTimeoutMs: 10_000 }, node)
    await node.advance(9999)
    await takeSome(peer)
    await node.advance(9999)
    expect(server.listener.counters().open).toBe(1)
    await node.advance(1)
    expect(await server.reason(peer)).toEqual({ type: 'timeout' })
  })
})

/** The peer takes so much that some of what waits at the server's end leaves, and stops again. */
async function takeSome(peer: Peer): Promise<void> {
  const far = farEnd(peer) as NetSocket
  const before = far.writableLength
  peer.socket.resume()
  for (;;) {
    await turn()
    if (far.writableLength < before) break
  }
  peer.socket.pause()
}
