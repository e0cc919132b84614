// RFC 6455 sections 5.6 and 8.1: text is UTF-8, however it is cut.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { expectFailed, bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, CONTINUATION, closing, fragments, frame, PONG, ping, TEXT, text } from './peer.js'
import { INVALID, VALID } from './utf8.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

function fails(...bytes: readonly Uint8Array[]): Promise<void> {
  return expectFailed(server, 1007, 'badencoding', ...bytes, text('never'))
}
const around = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' after')])

describe('valid', () => {
  test.each(VALID)('5.6 "The "Payload data" is text data encoded as UTF-8": %s', async (_name, bytes) => {
    const peer = await server.open()
    for (const payload of [bytes, around(bytes), Buffer.concat([bytes, bytes])]) {
      peer.send(text(payload))
      expect((await peer.take(TEXT)).equals(payload)).toBe(true)
    }
    await server.leave(peer)
  })

  test.each(VALID)(
    '5.6 "a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST contain ' +
      'valid UTF-8": %s, ' +
      'cut at every byte, over fragments and over TCP segments',
    async (_name, bytes) => {
      const peer = await server.open()
      for (let cut = 0; cut <= bytes.length; cut++) {
        peer.send(...fragments(TEXT, [bytes.subarray(0, cut), bytes.subarray(cut)]))
        expect((await peer.take(TEXT)).equals(bytes)).toBe(true)
      }
      peer.send(...fragments(TEXT, ['', ...bytewise(bytes), '']))
      expect((await peer.take(TEXT)).equals(bytes)).toBe(true)
      await sendSegments(peer, bytewise(text(bytes)))
      expect((await peer.take(TEXT)).equals(bytes)).toBe(true)
      await sendSegments(peer, fragments(TEXT, [...bytewise(bytes), '']))
      expect((await peer.take(TEXT)).equals(bytes)).toBe(true)
      await server.leave(peer)
    },
  )

  test('5.6 "a partial UTF-8 sequence": control frames between its parts change nothing', async () => {
    const peer = await server.open()
    const smile = Buffer.from('😀')
    peer.send(frame({ fin: false, opcode: TEXT, payload: smile.subarray(0, 1) }), ping('1'))
    peer.send(frame({ fin: false, opcode: CONTINUATION, payload: smile.subarray(1, 3) }), ping('2'))
    expect([String(await peer.take(PONG)), String(await peer.take(PONG))]).toEqual(['1', '2'])
    peer.send(frame({ opcode: CONTINUATION, payload: smile.subarray(3) }))
    expect(String(await peer.take(TEXT))).toBe('😀')
    await server.leave(peer)
  })
})

describe('invalid', () => {
  const MUST =
    '8.1 "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, ' +
    'a valid UTF-8 ' +
    'stream, that endpoint MUST _Fail the WebSocket Connection_"'

  test.each(INVALID)(`${MUST}: %s`, async (_name, bytes) => {
    await fails(text(bytes))
    await fails(text(around(bytes)))
  })

  test.each(INVALID)(`${MUST}: %s, cut at every byte, over fragments and over TCP segments`, async (_name, bytes) => {
    for (let cut = 1; cut < Math.min(bytes.length, 8); cut++) {
      await fails(...fragments(TEXT, [bytes.subarray(0, cut), bytes.subarray(cut)]))
    }
    await fails(...fragments(TEXT, ['valid', ...bytewise(bytes), '']))
    const peer = await server.open()
    await sendSegments(peer, bytewise(text(bytes)))
    expect((await peer.ending()).code).toBe(1007)
    await server.reason(peer)
  })

  test('8.1: the message before is delivered, the one after is not', async () => {
    const peer = await server.open()
    peer.send(text('good'), text(Buffer.of(0xff)), text('never'))
    expect(String(await peer.take(TEXT))).toBe('good')
    expect((await peer.ending()).code).toBe(1007)
    await server.reason(peer)
  })

  test(
    '5.6 "Invalid UTF-8 in reassembled messages is handled as described in Section 8.1": when the message is ' +
      'whole, not before',
    async () => {
      // Deviation from Cowboy (C55), which closes at the first bad byte. The RFC asks for no such hurry.
      const peer = await server.open()
      peer.send(frame({ fin: false, opcode: TEXT, payload: Buffer.of(0xff) }), ping('still open'))
      expect(String(await peer.take(PONG))).toBe('still open')
      peer.send(frame({ opcode: CONTINUATION }))
      expect((await peer.ending()).code).toBe(1007)
      await server.reason(peer)
    },
  )

  test('7.1.6 "a status code indicating a reason for closure, followed by UTF-8-encoded data": other data fails', async () => {
    for (const [, bytes] of INVALID.filter(([, one]) => one.length <= 123)) {
      const peer = await server.open()
      peer.send(frame({ opcode: CLOSE, payload: closing(1000, bytes) }))
      expect(await peer.ending()).toEqual({ code: 1007, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badencoding' })
    }
  })
})

describe('what is no text', () => {
  test('5.6 "The "Payload data" is arbitrary binary data": nobody looks for UTF-8 in binary frames', async () => {
    const peer = await server.open()
    for (const [, bytes] of INVALID) {
      peer.send(frame({ opcode: BINARY, payload: bytes }))
      expect((await peer.take(BINARY)).equals(bytes)).toBe(true)
    }
    await server.leave(peer)
  })

  test('5.5.2 "A Ping frame MAY include "Application data"": nor in pings', async () => {
    const peer = await server.open()
    for (const [, bytes] of INVALID) {
      peer.send(ping(bytes))
      expect((await peer.take(PONG)).equals(bytes)).toBe(true)
    }
    await server.leave(peer)
  })
})

test('validateUtf8: false delivers U+FFFD in the place of what is none', async () => {
  const lax = await live({ validateUtf8: false })
  const peer = await lax.open()
  peer.send(text(Buffer.from('61ff62', 'hex')))
  expect(String(await peer.take(TEXT))).toBe('a\ufffdb')
  await lax.leave(peer)
  await lax.stop()
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
