// Limits of one socket in virtual time: rates, claims that end, a mailbox that is full.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type RouteOptions, type SocketEvent, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { TokenBucket } from '../../src/sockets/rate.js'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

let node: TestNode
let events: SocketEvent[] = []
beforeEach(() => {
  events = []
  node = testNode()
})
afterEach(() => node.stop())

const handler: SocketHandler<number, never, {}, any> = {
  init: ({ claims }) => ['push', text(`claims ${String(claims)}`), 0],
  handle(frame, n) {
    if (frame[1] === 'boom') throw new Error('boom')
    if (typeof frame[1] !== 'string' || !frame[1].startsWith('renew ')) return ['push', frame, n + 1]
    const [, inMs, claims] = frame[1].split(' ')
    return ['push', ['setOptions', { expiresAt: Date.now() + Number(inMs), ...(claims === undefined ? {} : { claims }) }], n]
  },
  event(event, n) {
    events.push(event)
    return ['push', text(event.type), n]
  },
}
async function open(options: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, { pingIntervalMs: 0, idleTimeoutMs: 0, ...options })
  await node.settle()
  return socket
}
const lines = (socket: FakeTransport): unknown[] => socket.sent.map((frame) => frame[1]).slice(1)

describe('a token bucket', () => {
  test('starts full, gives what is in it, and not one more', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([true, true, true, false])
  })

  test('fills at its rate, up to the burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    bucket.take(3, 0)
    expect([bucket.take(1, 99), bucket.take(1, 100), bucket.take(1, 199), bucket.take(1, 200)]).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect([bucket.take(4, 10_000), bucket.take(3, 10_000), bucket.take(1, 10_000)]).toEqual([false, true, false])
  })

  test('without a burst a second of the rate fits', () => {
    const bucket = new TokenBucket({ perSecond: 5 }, 0)
    expect([bucket.take(6, 60_000), bucket.take(5, 60_000)]).toEqual([false, true])
  })
})

describe('rate', () => {
  const messages: RouteOptions['rate'] = { messages: { perSecond: 2, burst: 3 } }

  test('as many messages as the burst pass at once, then two per second', async () => {
    const socket = await open({ rate: messages })
    for (const line of ['1', '2', '3']) socket.send(line)
    for (const line of ['4', '5']) {
      await node.advance(500)
      socket.send(line)
    }
    await node.settle()
    expect([lines(socket), socket.closed]).toEqual([['1', '2', '3', '4', '5'], undefined])
  })

  test('one more is told to event, then the socket closes with 1008; the message itself is not handled', async () => {
    const socket = await open({ rate: messages })
    for (const line of ['1', '2', '3', '4', '5']) socket.send(line)
    await node.settle()
    expect([lines(socket), socket.closed]).toEqual([
      ['1', '2', '3', 'rateExceeded'],
      ['close', 1008],
    ])
    expect(events).toEqual([{ type: 'rateExceeded', limit: 'messages' }])
    expect([socket.terminated, socket.exit]).toEqual([[{ type: 'error', error: 'rate_exceeded' }], 'normal'])
  })

  test('pings and pongs count as messages; a flood of them is answered up to the limit', async () => {
    const socket = await open({ rate: messages })
    for (let n = 0; n < 5; n++) socket.send(n % 2 === 0 ? ['ping'] : ['pong'])
    await node.settle()
    expect(events.map((event) => event.type)).toEqual(['ping', 'pong', 'ping', 'rateExceeded'])
    expect(socket.sent.filter((frame) => frame[0] === 'pong')).toHaveLength(2)
  })

  test('bytes: exactly the burst passes, one byte more does not', async () => {
    const socket = await open({ rate: { bytes: { perSecond: 1, burst: 10 } } })
    socket.send('x'.repeat(10))
    await node.settle()
    expect(lines(socket)).toEqual(['x'.repeat(10)])
    socket.send('y')
    await node.settle()
    expect([events, socket.closed]).toEqual([[{ type: 'rateExceeded', limit: 'bytes' }], ['close', 1008]])
  })

  test('without an event callback it closes all the same', async () => {
    const { event: _event, ...deaf } = handler
    const socket = fakeTransport(node, deaf, { rate: messages })
    await node.settle()
    for (let n = 0; n < 4; n++) socket.send('x')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1008])
  })
})

describe('claims that end', () => {
  const inMs = (ms: number): FakeTransportOptions => ({ expiresAt: Date.now() + ms, claims: 'old', claimsNoticeMs: 1000 })
  /** `Date.now()` may have gone on by a few ms. */
  const SLACK = 200

  test('the handler hears of it before, then the socket closes with 4401', async () => {
    const socket = await open(inMs(10_000))
    await node.advance(9000 - SLACK)
    expect(events).toEqual([])
    await node.advance(SLACK)
    expect(events).toEqual([{ type: 'claimsExpiring', inMs: expect.any(Number) }])
    expect((events[0] as { inMs: number }).inMs).toBeGreaterThan(1000 - SLACK)
    expect((events[0] as { inMs: number }).inMs).toBeLessThanOrEqual(1000)
    await node.advance(1000)
    expect([socket.closed, socket.terminated]).toEqual([['close', 4401], [{ type: 'error', error: 'claims_expired' }]])
  })

  test('renewed in band they hold on, and another notice comes before the new end', async () => {
    const socket = await open(inMs(10_000))
    await node.advance(9500)
    socket.send('renew 5000')
    await node.advance(4000)
    expect([events.length, socket.closed]).toEqual([2, undefined])
    await node.advance(1000)
    expect(socket.closed).toEqual(['close', 4401])
  })

  test('renewed for ever nothing ends', async () => {
    const socket = await open(inMs(10_000))
    socket.send('renew Infinity')
    await node.advance(10_000_000)
    expect([events, socket.closed]).toEqual([[], undefined])
  })

  test('claims that end sooner than the notice are told of at once', async () => {
    const socket = await open(inMs(500))
    await node.advance(0)
    expect(events).toHaveLength(1)
    await node.advance(500)
    expect(socket.closed).toEqual(['close', 4401])
  })

  test('claims that have ended already close it right after init', async () => {
    const socket = await open(inMs(-1))
    await node.advance(1)
    expect([lines(socket), socket.closed]).toEqual([[], ['close', 4401]])
  })

  test('a handler that starts anew gets the claims that were renewed, and they still end', async () => {
    const socket = await open({ ...inMs(10_000), onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
    socket.send('renew 8000 new')
    socket.send('boom')
    node.expectCrash()
    await node.settle()
    expect(lines(socket)).toEqual(['claims new'])
    await node.advance(8000)
    expect(socket.closed).toEqual(['close', 4401])
  })

  test('setOptions refuses a time that is none', async () => {
    const socket = await open({})
    node.expectCrash()
    socket.send('renew NaN')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
  })

  test('a socket that ends leaves no timer behind', async () => {
    const socket = await open(inMs(10_000))
    socket.cut()
    await node.settle()
    await node.advance(20_000)
    expect([events, socket.exit]).toEqual([[], 'normal'])
  })
})

describe('inbound flow control', () => {
  // A frame in the mailbox counts 64 bytes and its payload.
  function slow(): { socket: FakeTransport; next: () => void } {
    const gates: (() => void)[] = []
    const socket = fakeTransport(
      node,
      {
        init: () => ['ok', null],
        async handle() {
          await new Promise<void>((resolve) => gates.push(resolve))
          return ['ok', null]
        },
      } as SocketHandler<null>,
      { inboundHighBytes: 300, inboundLowBytes: 100 },
    )
    return { socket, next: () => gates.shift()?.() }
  }

  test('reading stops above the high mark and goes on at the low mark', async () => {
    const { socket, next } = slow()
    await node.settle()
    const pauses: boolean[] = []
    for (let n = 0; n < 6; n++) {
      socket.send('1234567890') // the first is in the handler, it does not wait
      await node.settle()
      pauses.push(socket.paused)
    }
    expect(pauses).toEqual([false, false, false, false, false, true])
    const resumed: boolean[] = []
    for (let n = 0; n < 4; n++) {
      next()
      await node.settle()
      resumed.push(!socket.paused)
    }
    expect(resumed).toEqual([false, false, false, true])
    for (let n = 0; n < 2; n++) {
      next()
      await node.settle()
    }
    socket.cut()
    await node.settle()
    expect(socket.exit).toBe('normal')
  })

  test('the idle timeout stands still meanwhile', async () => {
    const { socket, next } = slow()
    await node.settle()
    for (let n = 0; n < 6; n++) socket.send('1234567890')
    await node.advance(600_000)
    expect([socket.paused, socket.exit]).toEqual([true, undefined])
    for (let n = 0; n < 6; n++) {
      next()
      await node.settle()
    }
    await node.advance(60_000)
    expect(socket.terminated).toEqual([{ type: 'timeout' }])
  })
})
