// maxFrameBytes from both sides: by one frame, by fragments, by a length that is only announced, by inflating.
import { deflateRawSync, constants } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RouteOptions, SocketHandler } from 'gensock/socket'
import { echo, type Live, live, sendSegments } from '../rfc/live.js'
import { BINARY, CONTINUATION, fragments, frame, type Peer, PONG, ping, RSV1, TEXT, text } from '../rfc/peer.js'
import { Codec, noise } from '../rfc/zlib-codec.js'
import { expectClosed, expectUnharmed } from './aftermath.js'

const MAX = 1000
let server: Live
afterEach(async () => {
  await expectUnharmed(server)
  await server.stop()
})
async function open(options: RouteOptions = {}, headers: Record<string, string> = {}): Promise<Peer> {
  server = await live({ pingIntervalMs: 0, maxFrameBytes: MAX, ...options })
  return server.open({ headers })
}
const deflating = (options: RouteOptions = {}): Promise<Peer> =>
  open({ compress: true, ...options }, { 'Sec-WebSocket-Extensions': 'permessage-deflate' })
async function expectTooBig(peer: Peer, code = 1009): Promise<void> {
  expect(await peer.ending()).toEqual({ code, reason: '' })
  expect(await server.reason(peer)).toEqual({ type: 'error', error: code === 1009 ? 'badsize' : 'badframe' })
}

describe('one frame', () => {
  test.each([MAX - 1, MAX])('of %i bytes is served', async (length) => {
    const peer = await open()
    for (const opcode of [TEXT, BINARY]) {
      peer.send(frame({ opcode, payload: 'x'.repeat(length) }))
      expect(await peer.take(opcode)).toHaveLength(length)
    }
    await server.leave(peer)
  })
  test('one byte above closes with 1009, before its payload has come', async () => {
    const peer = await open()
    peer.send(frame({ opcode: BINARY, length: MAX + 1 }))
    await expectTooBig(peer)
  })
  test('one byte above closes with 1009, with its payload and what follows', async () => {
    const peer = await open()
    peer.send(frame({ opcode: TEXT, payload: 'x'.repeat(MAX + 1) }), text('never'))
    await expectTooBig(peer)
  })
  test('a message before it is served', async () => {
    const peer = await open()
    peer.send(text('before'), frame({ opcode: TEXT, length: MAX + 1 }))
    expect(String(await peer.take(TEXT))).toBe('before')
    await expectTooBig(peer)
  })
})

describe('fragments', () => {
  test.each([[[500, 500]], [[MAX, 0]], [[0, MAX, 0]], [Array.from({ length: MAX }, () => 1)]])(
    'that make up the limit are served: %j',
    async (lengths) => {
      const peer = await open()
      peer.send(
        ...fragments(
          TEXT,
          lengths.map((length) => 'x'.repeat(length)),
        ),
      )
      expect(await peer.take(TEXT)).toHaveLength(MAX)
      peer.send(
        ...fragments(
          BINARY,
          lengths.map((length) => 'x'.repeat(length)),
        ),
      ) // the count begins anew
      expect(await peer.take(BINARY)).toHaveLength(MAX)
      await server.leave(peer)
    },
  )
  test.each([[[500, 501]], [[MAX, 1]], [[1, MAX]], [[400, 400, 400]]])('that exceed it close with 1009: %j', async (lengths) => {
    const peer = await open()
    peer.send(
      ...fragments(
        TEXT,
        lengths.map((length) => 'x'.repeat(length)),
      ),
    )
    await expectTooBig(peer)
  })
  test('the header of the one that exceeds it is enough, and pings between do not count', async () => {
    const peer = await open()
    peer.send(frame({ fin: false, opcode: TEXT, payload: 'x'.repeat(600) }), ping('y'.repeat(125)))
    expect(await peer.take(PONG)).toHaveLength(125)
    peer.send(frame({ fin: false, opcode: CONTINUATION, payload: 'x'.repeat(400) }), ping('z'.repeat(125)))
    expect(await peer.take(PONG)).toHaveLength(125)
    peer.send(frame({ fin: false, opcode: CONTINUATION, length: 1 }).subarray(0, 2))
    await expectTooBig(peer)
  })
})

describe('a length that is only announced', () => {
  const above = [1001, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1].map(BigInt)
  test.each([...above, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n])('of %s closes with 1009 at its header', async (length) => {
    const peer = await open()
    const before = process.memoryUsage().arrayBuffers
    peer.send(frame({ opcode: BINARY, length }))
    await expectTooBig(peer)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000)
  })
  test.each([2n ** 63n, 2n ** 64n - 1n])('of %s, which no length may be, closes with 1002', async (length) => {
    const peer = await open()
    peer.send(frame({ opcode: BINARY, length }))
    await expectTooBig(peer, 1002)
  })
  test('at the limit reserves nothing: many peers announce, and only half of each message comes', async () => {
    server = await live({ pingIntervalMs: 0, maxFrameBytes: 100_000_000 })
    const before = process.memoryUsage().arrayBuffers
    const peers = await Promise.all(Array.from({ length: 20 }, () => server.open()))
    for (const peer of peers) await sendSegments(peer, [frame({ opcode: BINARY, length: 100_000_000 }), Buffer.alloc(1000)])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
    await Promise.all(peers.map((peer) => server.leave(peer)))
  })
})

describe('inflating', () => {
  const whole = (data: Uint8Array): Buffer => frame({ rsv: RSV1, opcode: BINARY, payload: new Codec().compress(data) })

  test('to the limit is served, also what does not compress', async () => {
    const peer = await deflating({ maxFrameBytes: 100_000, compress: { clientNoContextTakeover: true } })
    for (const data of [Buffer.alloc(100_000), noise(100_000)]) {
      peer.send(whole(data)) // of noise: some bytes above the limit on the wire
      expect((await peer.next()).opcode).toBe(BINARY)
    }
    await server.leave(peer)
  })
  test.each([
    ['one byte above', Buffer.alloc(MAX + 1)],
    ['a thousand times', Buffer.alloc(MAX * 1000)],
    ['noise', noise(MAX + 1)],
  ])('above it closes with 1009: %s', async (_name, data) => {
    const peer = await deflating()
    peer.send(whole(data))
    await expectClosed(server, peer, 1009, 'badsize')
  })
  test('by fragments, none of which is above it, closes with 1009', async () => {
    const peer = await deflating()
    const half = deflateRawSync(Buffer.alloc(501), { finishFlush: constants.Z_SYNC_FLUSH })
    peer.send(...fragments(BINARY, [half, half, Buffer.of(0)], RSV1))
    await expectClosed(server, peer, 1009, 'badsize')
  })
  test('a bomb of 20 000 000 bytes in 20 000 ends at the limit: the memory of the server does not grow by it', async () => {
    const peer = await deflating({ maxFrameBytes: 100_000 })
    const bomb = new Codec({ level: 9 }).compress(Buffer.alloc(20_000_000))
    expect(bomb.length).toBeLessThan(20_000)
    const before = process.memoryUsage().arrayBuffers
    peer.send(frame({ rsv: RSV1, opcode: BINARY, payload: bomb }))
    await expectClosed(server, peer, 1009, 'badsize')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
  })
  test('ten bombs at once, in one segment of each peer', async () => {
    server = await live({ compress: true, pingIntervalMs: 0, maxFrameBytes: MAX })
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
    const bomb = frame({ rsv: RSV1, opcode: TEXT, payload: new Codec().compress(Buffer.alloc(1_000_000)) })
    const peers = await Promise.all(Array.from({ length: 10 }, () => server.open({ headers })))
    for (const peer of peers) peer.send(bomb, bomb, bomb)
    await Promise.all(peers.map((peer) => expectClosed(server, peer, 1009, 'badsize')))
  })
})

describe('a limit of one socket', () => {
  test('set lower by the handler counts for messages and pings (C61, C73)', async () => {
    const init: SocketHandler<null, any, any, any>['init'] = ({ request }) =>
      request.headers['x-low'] === undefined ? ['ok', null] : ['push', ['setOptions', { maxFrameBytes: 10 }], null]
    server = await live({ pingIntervalMs: 0, maxFrameBytes: MAX }, { ...echo, init })
    for (const tooLong of [text('x'.repeat(11)), frame({ opcode: BINARY, payload: 'x'.repeat(11) }), ping('p'.repeat(11))]) {
      const peer = await server.open({ headers: { 'X-Low': 'yes' } })
      peer.send(text('x'.repeat(10)), ping('p'.repeat(10)))
      expect([await peer.next(), await peer.next()].map(({ payload }) => payload.length)).toEqual([10, 10])
      peer.send(tooLong)
      await expectClosed(server, peer, 1009, 'badsize')
    }
  })
})
