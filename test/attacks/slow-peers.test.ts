// Peers that take their time: to send, to read, to say good-bye.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ListenerOptions, RouteOptions, SocketEvent, SocketHandler } from 'gensock/socket'
import { testNode, type TestNode } from 'gensock/testing'
import { bytewise, echo, farEnd, farEndGone, type Live, live, sendSegments } from '../rfc/live.js'
import { BINARY, CLOSE, close, frame, handshake, type Peer, TEXT, text, turn } from '../rfc/peer.js'
import { expectClosed, expectUnharmed } from './aftermath.js'

let server: Live
afterEach(async () => {
  await expectUnharmed(server)
  await server.stop()
})
async function open(options: RouteOptions, handler: SocketHandler<any, any, any, any> = echo): Promise<Peer> {
  server = await live({ pingIntervalMs: 0, ...options }, handler)
  return server.open()
}

describe('slow to send', () => {
  async function openVirtual(): Promise<[Peer, TestNode]> {
    const node = testNode()
    server = await live({ pingIntervalMs: 0, idleTimeoutMs: 60_000 }, echo, {}, node)
    return [await server.open(), node]
  }

  test('a frame that comes byte by byte over half an hour is served: each byte is a sign of life', async () => {
    const [peer, node] = await openVirtual()
    for (const byte of bytewise(frame({ opcode: BINARY, payload: Buffer.alloc(24, 7) }))) {
      await node.advance(59_999)
      await sendSegments(peer, [byte])
    }
    expect(await peer.take(BINARY)).toHaveLength(24)
    await server.leave(peer)
  })

  test.each([
    ['one byte of a header', 1],
    ['a header without its mask', 2],
    ['half a mask', 4],
    ['a header without its payload', 6],
    ['all but the last byte', 14],
  ])('%s, then silence: the idle timeout closes with 1000', async (_name, length) => {
    const [peer, node] = await openVirtual()
    await sendSegments(peer, [frame({ opcode: TEXT, payload: 'half done' }).subarray(0, length)])
    await node.advance(59_999)
    expect(peer.frames).toEqual([])
    await node.advance(1)
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1000)
    peer.destroy()
    expect(await server.reason(peer)).toEqual({ type: 'timeout' })
  })

  test('half a message, then silence: the same', async () => {
    const [peer, node] = await openVirtual()
    await sendSegments(peer, [frame({ fin: false, opcode: TEXT, payload: 'half done' })])
    await node.advance(60_000)
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1000)
    peer.send(close(1000)) // between fragments a close frame is still one
    await peer.ended()
    expect(await server.reason(peer)).toEqual({ type: 'timeout' })
  })

  test.each<[string, string]>([
    ['nothing at all', ''],
    ['half a request line', 'GET /ws HT'],
    ['half the headers', handshake().slice(0, 80)],
    ['all but the last line end', handshake().slice(0, -2)],
  ])('half a handshake, then silence, ends in time: %s', async (_name, bytes) => {
    const limits: ListenerOptions = { handshakeTimeoutMs: 50 }
    server = await live({}, echo, limits)
    const peer = server.connect()
    if (bytes !== '') peer.send(Buffer.from(bytes))
    const status = await peer.status() // NaN where the connection just ends
    expect(bytes === '' ? Number.isNaN(status) || status === 408 : status === 408).toBe(true)
    peer.destroy()
  })

  test('a handshake byte by byte is served, if it is done in time', async () => {
    server = await live()
    const peer = server.connect()
    await new Promise((resolve) => peer.socket.once('connect', resolve))
    await sendSegments(peer, bytewise(Buffer.from(handshake())))
    expect(await peer.status()).toBe(101)
    peer.send(text('hi'))
    expect(String(await peer.take(TEXT))).toBe('hi')
    peer.destroy()
  })
})

const pour = (): any => ['push', ['binary', Buffer.alloc(500_000)], null]
/** Asked to pour, it sends 500 000 bytes each millisecond; everything else is an echo. */
const pouring = (events: SocketEvent[]): SocketHandler<null, any, any, any> => ({
  ...echo,
  handle(got, _state, self) {
    if (got[1] !== 'pour') return ['push', got, null]
    self.sendAfter(1, 'more')
    return pour()
  },
  info(_message, _state, self) {
    self.sendAfter(1, 'more')
    return pour()
  },
  event(event) {
    events.push(event)
    return ['ok', null]
  },
})
/** A peer that asks for much and reads nothing. */
async function stuck(options: RouteOptions): Promise<[Peer, SocketEvent[]]> {
  const events: SocketEvent[] = []
  const peer = await open({ outboundHighBytes: 1_000_000, ...options }, pouring(events))
  peer.socket.pause()
  peer.send(text('pour'))
  return [peer, events]
}

describe('slow to read', () => {
  test('policy close: 1013 behind what was sent before, and terminate hears slow_peer', async () => {
    const [peer, events] = await stuck({})
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'slow_peer' })
    expect(events[0]).toMatchObject({ type: 'highWater' })
    peer.socket.resume()
    let got = await peer.next()
    while (got.opcode === BINARY) got = await peer.next()
    expect([got.opcode, got.payload.readUInt16BE(0)]).toEqual([CLOSE, 1013])
    peer.send(close(1013))
    await peer.ended()
    expect(server.listener.counters().closed).toEqual({ 1013: 1 })
  })

  test('policy dropNewest: what waits stays small, and the peer lives on when it reads again', async () => {
    const [peer, events] = await stuck({ onSlowPeer: 'dropNewest' })
    while (server.listener.counters().dropped < 20) await turn()
    expect(farEnd(peer)?.writableLength).toBeLessThan(3_000_000)
    peer.socket.resume()
    while (!events.some((event) => event.type === 'lowWater' && event.dropped >= 20)) await turn()
    expect((await peer.next()).payload).toHaveLength(500_000)
    peer.destroy()
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'closed' })
  })

  test('above maxBufferedBytes it is cut, whatever the policy', async () => {
    const hungry: SocketHandler<null, any, any, any> = {
      ...echo,
      async handle(got, state, self) {
        if (got[1] === 'are you there?') return ['push', got, state]
        for (let i = 0; i < 1000; i++) {
          self.push(['binary', Buffer.alloc(500_000)])
          await turn()
        }
        return ['ok', state]
      },
    }
    const peer = await open({ outboundHighBytes: 1_000_000, maxBufferedBytes: 4_000_000, onSlowPeer: 'wait' }, hungry)
    peer.socket.pause()
    peer.send(text('pour'))
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'slow_peer' })
    await farEndGone(peer)
    peer.destroy()
  })
})

describe('slow to say good-bye', () => {
  test('peers that never answer a close frame, never end their side or only send on are gone after two seconds', async () => {
    const silent = await open({})
    const [talking, broken, polite] = await Promise.all([server.open(), server.open(), server.open()])
    const started = Date.now()
    polite.send(close(1000)) // but keeps its side open
    broken.send(frame({ opcode: 0x3 }))
    server.listener.closeAll(1001)
    const chatter = setInterval(() => talking.send(text('still here')), 20)
    const all = [silent, talking, broken, polite]
    await Promise.all(all.map(farEndGone))
    clearInterval(chatter)
    expect(Date.now() - started).toBeLessThan(3500)
    expect(await server.reason(talking)).toEqual({ type: 'exit', reason: 'shutdown' })
    for (const peer of all) peer.destroy()
  })

  test('a peer that has said good-bye and keeps its TCP side open: its handler ends at once', async () => {
    const peer = await open({ idleTimeoutMs: 0 })
    peer.send(close(4000, 'bye'))
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(4000)
    for (let i = 0; i < 50 && server.listener.counters().open > 0; i++) await turn()
    expect(server.listener.counters().open).toBe(0)
    expect(await server.reason(peer)).toEqual({ type: 'remote', code: 4000, reason: 'bye' })
    peer.destroy()
  })

  test('a close with a code of ours that is answered is over at once', async () => {
    const peer = await open({ rate: { messages: { perSecond: 1, burst: 1 } } })
    peer.send(text('one'), text('two'))
    expect(String(await peer.take(TEXT))).toBe('one')
    await expectClosed(server, peer, 1008, 'rate_exceeded')
  })
})
