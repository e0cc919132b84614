// Messages that never end: maxFragments from both sides, empty fragments for ever.
import { afterEach, expect, test } from '@jest/globals'
import type { RouteOptions } from 'gensock/socket'
import { type Live, live } from '../rfc/live.js'
import { BINARY, CONTINUATION, fragments, frame, type Peer, PONG, ping, RSV1, TEXT } from '../rfc/peer.js'
import { Codec } from '../rfc/zlib-codec.js'
import { expectUnharmed } from './aftermath.js'

let server: Live
afterEach(async () => {
  await expectUnharmed(server)
  await server.stop()
})
async function open(options: RouteOptions, headers: Record<string, string> = {}): Promise<Peer> {
  server = await live({ pingIntervalMs: 0, ...options })
  return server.open({ headers })
}
const parts = (count: number, part = 'x'): string[] => Array.from({ length: count }, () => part)
async function expectTooMany(peer: Peer): Promise<void> {
  expect(await peer.ending()).toEqual({ code: 1008, reason: '' })
  expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badsize' })
}

test.each([4, 5])('maxFragments 5: %i are served, again and again', async (count) => {
  const peer = await open({ maxFragments: 5 })
  for (let i = 0; i < 3; i++) {
    peer.send(...fragments(TEXT, parts(count)))
    expect(await peer.take(TEXT)).toHaveLength(count)
  }
  await server.leave(peer)
})

test.each(['x', ''])('maxFragments 5: six close with 1008, of "%s"', async (part) => {
  for (const opcode of [TEXT, BINARY]) {
    const peer = await open({ maxFragments: 5 })
    peer.send(...fragments(opcode, parts(6, part)))
    await expectTooMany(peer)
    await server.stop()
  }
  await open({})
  server.listener.closeAll()
})

test('pings between fragments do not count', async () => {
  const peer = await open({ maxFragments: 5 })
  peer.send(...fragments(TEXT, parts(5)).flatMap((part, i) => [ping(String(i)), part]))
  for (let i = 0; i < 5; i++) expect(String(await peer.take(PONG))).toBe(String(i))
  expect(await peer.take(TEXT)).toHaveLength(5)
  await server.leave(peer)
})

test('fragments of a compressed message count', async () => {
  const peer = await open({ maxFragments: 5, compress: true }, { 'Sec-WebSocket-Extensions': 'permessage-deflate' })
  const bytes = new Codec().compress('Hello')
  peer.send(...fragments(TEXT, [bytes, '', '', '', ''], RSV1))
  expect(String((await peer.next()).payload)).toBe('Hello')
  peer.send(...fragments(TEXT, [new Codec().compress('Hello'), '', '', '', '', ''], RSV1))
  await expectTooMany(peer)
})

test('by default 16 384 are served, of one byte or of none; one more closes with 1008', async () => {
  const peer = await open({ maxFrameBytes: 20_000 })
  peer.send(...fragments(BINARY, parts(16_384)))
  expect(await peer.take(BINARY)).toHaveLength(16_384)
  peer.send(...fragments(BINARY, parts(16_384, '')))
  expect(await peer.take(BINARY)).toHaveLength(0)
  peer.send(...fragments(BINARY, parts(16_385, '')))
  await expectTooMany(peer)
})

test('by default the number grows with maxFrameBytes: a message of the limit in fragments of 16 bytes is served', async () => {
  const peer = await open({ maxFrameBytes: 400_000 })
  peer.send(...fragments(BINARY, parts(25_000, 'x'.repeat(16))))
  expect(await peer.take(BINARY)).toHaveLength(400_000)
  peer.send(...fragments(BINARY, parts(25_001, 'x')))
  await expectTooMany(peer)
})

test('maxFragments 0 is no limit: the bytes are', async () => {
  const peer = await open({ maxFragments: 0, maxFrameBytes: 30_000 })
  peer.send(...fragments(BINARY, parts(30_000)))
  expect(await peer.take(BINARY)).toHaveLength(30_000)
  peer.send(...fragments(BINARY, [...parts(30_000), 'x']))
  expect((await peer.ending()).code).toBe(1009)
  await server.reason(peer)
})

test('empty fragments for ever, in many segments: it ends, and nothing was kept of them', async () => {
  const peer = await open({})
  const before = process.memoryUsage().arrayBuffers
  const empty = Buffer.concat(parts(5000).map(() => frame({ fin: false, opcode: CONTINUATION })))
  peer.send(frame({ fin: false, opcode: TEXT }))
  for (let i = 0; i < 40; i++) peer.send(empty) // 200 000; maxFrameBytes / 16 are 62 500
  await expectTooMany(peer)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
})
