// Peers that send more than is wanted: pings, messages for a handler that has no time, rates at the edge of their buckets.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RateOptions, RouteOptions, SocketEvent, SocketHandler } from 'gensock/socket'
import { testNode, type TestNode } from 'gensock/testing'
import { acceptedEnd, echo, type Live, live, untilRead } from '../rfc/live.js'
import { CLOSE, fragments, frame, type Peer, PONG, ping, TEXT, text, turn } from '../rfc/peer.js'
import { expectClosed, expectUnharmed } from './aftermath.js'

let server: Live
let events: SocketEvent[] = []
afterEach(async () => {
  await expectUnharmed(server)
  await server.stop()
})
/** Keeps what it is told. */
const listening: SocketHandler<null, any, any, any> = {
  ...echo,
  event(event, state) {
    events.push(event)
    return ['ok', state]
  },
}
async function open(options: RouteOptions, handler = listening): Promise<Peer> {
  events = []
  server = await live({ pingIntervalMs: 0, ...options }, handler)
  return server.open()
}
const repeat = (bytes: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => bytes))

describe('pings', () => {
  test('a flood of 100 000 to a peer that reads: answered in part, the last one in any case', async () => {
    const peer = await open({}, echo)
    for (let i = 0; i < 20; i++) peer.send(repeat(ping('flood'), 5000))
    peer.send(ping('last'))
    let answers = 0
    for (let payload = ''; payload !== 'last'; answers++) payload = String(await peer.take(PONG))
    expect(answers).toBeLessThan(100_000)
    await server.leave(peer)
  })

  test('a flood to a peer that reads nothing: what waits for it stays small', async () => {
    const peer = await open({}, echo)
    peer.socket.pause()
    const far = await acceptedEnd(peer)
    const before = far.bytesRead
    const flood = repeat(ping('x'.repeat(125)), 2000)
    for (let i = 0; i < 20; i++) peer.send(flood)
    await untilRead(far, before + 20 * flood.length)
    expect(far.writableLength).toBeLessThan(100_000)
    await server.leave(peer)
  })

  test('between the fragments of a message: the message arrives', async () => {
    const peer = await open({}, echo)
    peer.send(...fragments(TEXT, ['a', 'b', 'c']).flatMap((part) => [part, repeat(ping('flood'), 1000)]))
    let got = await peer.next()
    while (got.opcode === PONG) got = await peer.next()
    expect([got.opcode, String(got.payload)]).toEqual([TEXT, 'abc'])
    await server.leave(peer)
  })
})

describe('a handler that has no time', () => {
  test.each([
    ['messages of 100 000 bytes', text('x'.repeat(100_000)), 300],
    ['messages of one byte', repeat(text('x'), 10_000), 300],
    ['empty messages', repeat(text(''), 10_000), 300],
  ])('holds its own peer back: %s', async (_name, bytes, count) => {
    let release: (() => void) | undefined
    let handled = 0
    const gate = new Promise<void>((resolve) => (release = resolve))
    const busy: SocketHandler<null, any, any, any> = {
      init: () => ['ok', null],
      async handle(frame) {
        if (frame[1] === 'are you there?') return ['push', frame, null]
        await gate
        handled++
        return ['ok', null]
      },
    }
    const peer = await open({ inboundHighBytes: 262_144 }, busy)
    const far = await acceptedEnd(peer)
    for (let i = 0; i < count; i++) peer.send(bytes)
    // It reads until it holds enough, and no further: all that it has read is the same for a hundred turns.
    for (let still = 0, before = -1; still < 100; still = far.bytesRead === before ? still + 1 : 0, await turn())
      before = far.bytesRead
    expect(far.bytesRead).toBeLessThan(3_000_000)
    expect(peer.socket.writableLength).toBeGreaterThan(0) // the rest waits on the other side
    expect(handled).toBe(0)
    peer.socket.resetAndDestroy() // and what waits on the way is gone
    release?.()
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'closed' })
  })
})

describe('rates', () => {
  let node: TestNode
  /** Buckets fill by the node's clock, which stands still. */
  async function limited(rate: RateOptions): Promise<Peer> {
    events = []
    node = testNode()
    server = await live({ pingIntervalMs: 0, rate }, listening, {}, node)
    return server.open()
  }

  test('messages: a full bucket passes, the next one is told to the handler and closed with 1008', async () => {
    const peer = await limited({ messages: { perSecond: 1, burst: 10 } })
    peer.send(repeat(text('ok'), 10))
    for (let i = 0; i < 10; i++) expect(String(await peer.take(TEXT))).toBe('ok')
    expect(events).toEqual([])
    peer.send(text('too much'), text('never'))
    await expectClosed(server, peer, 1008, 'rate_exceeded')
    expect(events).toEqual([{ type: 'rateExceeded', limit: 'messages' }])
  })

  test('messages: what has flowed in may be spent, to the millisecond', async () => {
    const peer = await limited({ messages: { perSecond: 10, burst: 2 } })
    peer.send(text('1'), text('2'))
    expect([await peer.take(TEXT), await peer.take(TEXT)].map(String)).toEqual(['1', '2'])
    for (let i = 0; i < 3; i++) {
      await node.advance(100)
      peer.send(text('next'))
      expect(String(await peer.take(TEXT))).toBe('next')
    }
    await node.advance(99)
    peer.send(text('too early'))
    await expectClosed(server, peer, 1008, 'rate_exceeded')
  })

  test('messages: pings and pongs count, fragments count once', async () => {
    const peer = await limited({ messages: { perSecond: 1, burst: 4 } })
    peer.send(ping(), frame({ opcode: PONG }), ...fragments(TEXT, ['a', 'b', 'c']), text('four'))
    expect(await peer.take(PONG)).toHaveLength(0)
    expect(String(await peer.take(TEXT))).toBe('abc')
    expect(String(await peer.take(TEXT))).toBe('four')
    peer.send(ping('five'))
    await expectClosed(server, peer, 1008, 'rate_exceeded')
  })

  test('bytes: a full bucket passes to its last byte, one more is too much', async () => {
    const peer = await limited({ bytes: { perSecond: 1, burst: 1000 } })
    peer.send(text('x'.repeat(600)), frame({ opcode: 2, payload: 'x'.repeat(400) }))
    expect([await peer.next(), await peer.next()].map(({ payload }) => payload.length)).toEqual([600, 400])
    expect(events).toEqual([])
    peer.send(text('y'.repeat(20)))
    await expectClosed(server, peer, 1008, 'rate_exceeded')
    expect(events).toEqual([{ type: 'rateExceeded', limit: 'bytes' }])
  })

  test('bytes: a message above the burst never passes, one of its size does', async () => {
    const peer = await limited({ bytes: { perSecond: 1, burst: 1000 } })
    peer.send(text('x'.repeat(1000)))
    expect(await peer.take(TEXT)).toHaveLength(1000)
    await server.leave(peer)
    const greedy = await server.open()
    greedy.send(text('x'.repeat(1001)))
    await expectClosed(server, greedy, 1008, 'rate_exceeded')
  })

  test('a flood above the rate is over at once: nothing of it is handled', async () => {
    let handled = 0
    const counting: SocketHandler<null, any, any, any> = {
      ...echo,
      handle(frame) {
        handled++
        return ['push', frame, null]
      },
    }
    const peer = await open({ rate: { messages: { perSecond: 100, burst: 100 } } }, counting)
    peer.send(repeat(text('flood'), 50_000))
    let got = await peer.next()
    while (got.opcode === TEXT) got = await peer.next()
    expect([got.opcode, got.payload.readUInt16BE(0)]).toEqual([CLOSE, 1008])
    expect(handled).toBeLessThan(500)
    peer.destroy()
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'rate_exceeded' })
  })
})
