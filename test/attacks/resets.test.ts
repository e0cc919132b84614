// Connections that break: at every byte of a handshake and of a frame, by a reset and by half a close.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { acceptedEnd, bytewise, farEndGone, type Live, live, sendSegments } from '../rfc/live.js'
import { close, fragments, frame, handshake, type Peer, PING, RSV1, TEXT, text } from '../rfc/peer.js'
import { Codec } from '../rfc/zlib-codec.js'
import { expectUnharmed } from './aftermath.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

const ENDS: readonly [string, (peer: Peer) => unknown][] = [
  ['a reset', (peer) => peer.socket.resetAndDestroy()],
  ['half a close', (peer) => peer.socket.end()],
]
async function gone(peer: Peer): Promise<void> {
  await farEndGone(peer)
  peer.destroy()
}

describe.each(ENDS)('%s', (_name, end) => {
  const bytes = Buffer.from(handshake())

  test('at every byte of a handshake', async () => {
    const all = Array.from({ length: bytes.length + 1 }, async (_, length) => {
      const peer = server.connect()
      await new Promise((resolve) => peer.socket.once('connect', resolve))
      await acceptedEnd(peer)
      await sendSegments(peer, length === 0 ? [] : [bytes.subarray(0, length)])
      end(peer)
      await gone(peer)
    })
    await Promise.all(all)
    await expectUnharmed(server)
  })

  test('in the turn in which the handshake is written', async () => {
    for (let i = 0; i < 20; i++) {
      const peer = server.connect()
      peer.send(bytes)
      await new Promise((resolve) => peer.socket.once('connect', resolve))
      if (i % 2 === 0) await acceptedEnd(peer)
      end(peer)
      await gone(peer)
    }
    await expectUnharmed(server)
  })

  test.each([
    ['a text of 10 bytes', frame({ opcode: TEXT, payload: 'ten bytes!' })],
    ['a text of 300 bytes', frame({ opcode: TEXT, payload: 'x'.repeat(300) }).subarray(0, 20)],
    ['a text of 70 000 bytes', frame({ opcode: TEXT, payload: 'x'.repeat(70_000) }).subarray(0, 20)],
    ['a ping', frame({ opcode: PING, payload: 'ping' })],
    ['fragments and a close frame', Buffer.concat([...fragments(TEXT, ['a', 'b']), close(1000, 'bye')])],
  ])('at every byte of %s', async (_what, frames) => {
    const all = Array.from({ length: frames.length + 1 }, async (_, length) => {
      const peer = await server.open()
      await sendSegments(peer, length === 0 ? [] : [frames.subarray(0, length)])
      end(peer)
      const reason = await server.reason(peer)
      if (reason.type !== 'remote') expect(reason).toEqual({ type: 'error', error: 'closed' })
      await gone(peer)
    })
    await Promise.all(all)
    await expectUnharmed(server)
  })

  test('at every byte of a compressed message, on a compressed connection', async () => {
    const deflating = await live({ pingIntervalMs: 0, compress: { thresholdBytes: 0 } })
    const bytes = Buffer.concat(fragments(TEXT, [new Codec().compress('Hello, hello, hello'), ''], RSV1))
    const all = Array.from({ length: bytes.length + 1 }, async (_, length) => {
      const peer = await deflating.open({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
      await sendSegments(peer, length === 0 ? [] : [bytes.subarray(0, length)])
      end(peer)
      expect(await deflating.reason(peer)).toEqual({ type: 'error', error: 'closed' })
      await gone(peer)
    })
    await Promise.all(all)
    await expectUnharmed(deflating)
    await deflating.stop()
  })

  test('while the server is writing much', async () => {
    for (let i = 0; i < 10; i++) {
      const peer = await server.open()
      peer.send(...Array.from({ length: 20 }, () => text('x'.repeat(100_000))))
      await peer.next()
      end(peer)
      await server.reason(peer)
      await gone(peer)
    }
    await expectUnharmed(server)
  })
})

test('a peer whose answer to the handshake is never read, and that sends on, is served by its frames', async () => {
  const peer = server.connect()
  peer.socket.pause()
  peer.send(Buffer.from(handshake()), text('blind'))
  await new Promise((resolve) => peer.socket.once('connect', resolve))
  await sendSegments(peer, bytewise(text('blind')))
  peer.socket.resume()
  expect(await peer.status()).toBe(101)
  expect([String(await peer.take(TEXT)), String(await peer.take(TEXT))]).toEqual(['blind', 'blind'])
  peer.destroy()
  await expectUnharmed(server)
})
