// RFC 6455 sections 5.5.1 and 7: closing handshakes begun by the peer. Those that the server begins are in
// rfc6455-7-server-closes.test.ts.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, close, closing, frame, type Peer, PONG, ping, TEXT, text } from './peer.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

async function answerTo(...bytes: readonly Uint8Array[]): Promise<[{ code: number | undefined; reason: string }, Peer]> {
  const peer = await server.open()
  peer.send(...bytes)
  return [await peer.ending(), peer]
}

describe('the answer', () => {
  const ECHO =
    '5.5.1 "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST ' +
    'send a Close frame in ' +
    'response. (When sending a Close frame in response, the endpoint typically echos the status code it received.)"'

  // 7.4.1 defines 1000 to 1003 and 1007 to 1011; 1012 to 1014 stand in IANA's registry. 7.4.2: 3000 to 4999.
  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    `${ECHO}: %i, the code alone`,
    async (code) => {
      const [bare, first] = await answerTo(close(code))
      expect(bare).toEqual({ code, reason: '' })
      expect(await server.reason(first)).toEqual({ type: 'remote', code, reason: '' })
      const [reasoned, second] = await answerTo(close(code, 'good reasons'))
      expect(reasoned).toEqual({ code, reason: '' })
      expect(await server.reason(second)).toEqual({ type: 'remote', code, reason: 'good reasons' })
    },
  )

  test('5.5.1 "The Close frame MAY contain a body": one without is answered by one without', async () => {
    const [answer, peer] = await answerTo(close())
    expect(answer).toEqual({ code: undefined, reason: '' })
    expect(await server.reason(peer)).toEqual({ type: 'remote' })
  })

  test.each([
    ['of 123 bytes', 'r'.repeat(123)],
    ['of two-byte characters, 122 bytes', 'ü'.repeat(61)],
    ['of four-byte characters', '🐙'.repeat(30)],
    ['of NULs', '\0\0'],
  ])(
    '5.5.1 "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value /reason/": %s',
    async (_name, reason) => {
      const [answer, peer] = await answerTo(close(1000, reason))
      expect(answer.code).toBe(1000)
      expect(await server.reason(peer)).toEqual({ type: 'remote', code: 1000, reason })
    },
  )

  test('a close frame that comes byte by byte is answered', async () => {
    const peer = await server.open()
    await sendSegments(peer, bytewise(close(4321, 'slowly')))
    expect((await peer.ending()).code).toBe(4321)
    expect(await server.reason(peer)).toEqual({ type: 'remote', code: 4321, reason: 'slowly' })
  })

  test('messages before it are answered first', async () => {
    const peer = await server.open()
    peer.send(text('one'), ping('two'), frame({ opcode: BINARY, payload: 'x'.repeat(100_000) }), close(1000))
    const got = [await peer.next(), await peer.next(), await peer.next()].map(({ opcode }) => opcode)
    expect(got.toSorted((a, b) => a - b)).toEqual([TEXT, BINARY, PONG])
    expect((await peer.ending()).code).toBe(1000)
    await server.reason(peer)
  })
})

describe('codes that are none', () => {
  const refused = async (code: number): Promise<void> => {
    for (const reason of ['', 'reason']) {
      const [answer, peer] = await answerTo(close(code, reason))
      expect(answer).toEqual({ code: 1002, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
    }
  }
  test.each([0, 1, 100, 999])('7.4.2 "Status codes in the range 0-999 are not used.": %i', refused)
  test.each([1005, 1006, 1015])(
    '7.4.1 "is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint": %i',
    refused,
  )
  test.each([1004, 1016, 1100, 2000, 2999])(
    '7.4.2 "Status codes in the range 1000-2999 are reserved for definition by this protocol, its future ' +
      'revisions, and extensions": %i',
    refused,
  )
  test.each([5000, 5001, 32_768, 65_535])('7.4.2 names no range for %i', refused)
})

describe('bodies that are none', () => {
  test.each([0x00, 0x03, 0xff])(
    '5.5.1 "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer": one byte, %i',
    async (byte) => {
      const [answer, peer] = await answerTo(frame({ opcode: CLOSE, payload: Buffer.of(byte) }))
      expect(answer).toEqual({ code: 1002, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
    },
  )

  test('5.5 "a payload length of 125 bytes or less": a reason of 124 bytes is too long', async () => {
    const [answer, peer] = await answerTo(frame({ opcode: CLOSE, payload: closing(1000, 'r'.repeat(124)) }))
    expect(answer).toEqual({ code: 1002, reason: '' })
    await server.reason(peer)
  })
})

describe('after the close frame', () => {
  test(
    '5.5.1 "The application MUST NOT send any more data frames after sending a Close frame": what comes ' +
      'nevertheless is not heard',
    async () => {
      for (const late of [text('late'), ping('late'), close(4000, 'twice'), frame({ opcode: 0x7 }), Buffer.alloc(100, 0xff)]) {
        const peer = await server.open()
        peer.send(close(1000, 'first'), late, text('later'))
        expect(await peer.ending()).toEqual({ code: 1000, reason: '' })
        expect(await server.reason(peer)).toEqual({ type: 'remote', code: 1000, reason: 'first' })
      }
    },
  )

  test('[...] nor in segments of its own', async () => {
    const peer = await server.open()
    await sendSegments(peer, [close(1000), text('late'), Buffer.alloc(10_000)])
    expect(await peer.ending()).toEqual({ code: 1000, reason: '' })
    await server.reason(peer)
  })

  test('5.5.1 "The server MUST close the underlying TCP connection immediately": it ends its side first', async () => {
    const peer = await server.open()
    peer.send(close(1000))
    await peer.take(CLOSE)
    expect(peer.socket.writableEnded).toBe(false) // this side is open all the while
    await peer.ended()
    await server.reason(peer)
  })

  test(
    '7.1.7 "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from the ' +
      'remote endpoint"',
    async () => {
      const peer = await server.open()
      peer.send(frame({ opcode: 0x3 }), close(1000), text('never'))
      expect(await peer.ending()).toEqual({ code: 1002, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
    },
  )

  test('7.1.7 "MUST _Close the WebSocket Connection_": the server ends its side at once, whatever broke the rules', async () => {
    const started = Date.now()
    for (const bad of [frame({ opcode: 0x3 }), frame({ opcode: TEXT, form: 16, payload: 'x' }), text(Buffer.of(0xff))]) {
      const peer = await server.open()
      peer.send(bad)
      await peer.ending()
      await server.reason(peer)
    }
    expect(Date.now() - started).toBeLessThan(1500)
  })
})

describe('ends without a close frame', () => {
  const closed = { type: 'error', error: 'closed' }
  test(
    '7.1.5 "no Close control frame was received by the endpoint (such as could occur if the underlying transport ' +
      'connection is lost)": a reset',
    async () => {
      const peer = await server.open()
      peer.socket.resetAndDestroy()
      expect(await server.reason(peer)).toEqual(closed)
    },
  )
  test('[...]: the peer ends its side', async () => {
    const peer = await server.open()
    peer.socket.end()
    expect(await server.reason(peer)).toEqual(closed)
    await peer.ended()
  })
  test('[...]: in the middle of a frame', async () => {
    const peer = await server.open()
    peer.socket.end(text('cut').subarray(0, 5))
    expect(await server.reason(peer)).toEqual(closed)
    await peer.ended()
  })
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
