// RFC 6455 section 5.2: reserved bits, opcodes, and the three forms of a length.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { expectFailed, bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CONTINUATION, type Form, frame, PING, PONG, ping, shortest, TEXT, text } from './peer.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

/** The bytes fail the connection; nothing behind them is looked at. */
function fails(...bytes: readonly Uint8Array[]): Promise<void> {
  return expectFailed(server, 1002, 'badframe', ...bytes, text('never'), ping('never'))
}

describe('reserved bits', () => {
  const opcodes = [CONTINUATION, TEXT, BINARY, 0x8, PING, PONG]
  const cases = [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => opcodes.map((opcode) => [rsv, opcode] as const))
  test.each(cases)(
    '5.2 "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a ' +
      'nonzero value, the ' +
      'receiving endpoint MUST _Fail the WebSocket Connection_": bits %i, opcode %i',
    async (rsv, opcode) => {
      await fails(frame({ rsv, opcode, payload: opcode === 0x8 ? '' : 'x' }))
    },
  )

  test('5.2 RSV "MUST be 0 unless an extension is negotiated": also in a fragment that is not the first', async () => {
    for (const rsv of [1, 2, 4]) {
      await fails(frame({ fin: false, opcode: TEXT, payload: 'a' }), frame({ rsv, opcode: CONTINUATION, payload: 'b' }))
    }
  })

  test('5.2 "MUST _Fail the WebSocket Connection_": at the header, without waiting for a payload', async () => {
    const peer = await server.open()
    peer.send(frame({ rsv: 2, opcode: TEXT, length: 100_000 }))
    expect((await peer.ending()).code).toBe(1002)
    await server.reason(peer)
  })
})

describe('opcodes', () => {
  const reserved = [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf]
  test.each(reserved.flatMap((opcode) => [true, false].map((fin) => [opcode, fin] as const)))(
    '5.2 "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_": %i, fin %j',
    async (opcode, fin) => {
      await fails(frame({ opcode, fin }))
      await fails(frame({ opcode, fin, payload: 'payload' }))
      await fails(frame({ fin: false, opcode: TEXT, payload: 'a' }), frame({ opcode, fin, payload: 'b' }))
    },
  )

  test('5.2 "%x1 denotes a text frame", "%x2 denotes a binary frame": the handler knows which is which', async () => {
    const peer = await server.open()
    peer.send(frame({ opcode: TEXT, payload: 'same' }), frame({ opcode: BINARY, payload: 'same' }))
    expect(String(await peer.take(TEXT))).toBe('same')
    expect(String(await peer.take(BINARY))).toBe('same')
    await server.leave(peer)
  })

  test('5.2 FIN "Indicates that this is the final fragment in a message. The first fragment MAY also be the final fragment."', async () => {
    const peer = await server.open()
    peer.send(frame({ opcode: TEXT, payload: 'whole' }), frame({ fin: false, opcode: TEXT, payload: 'a' }), ping())
    expect(String(await peer.take(TEXT))).toBe('whole')
    expect(String(await peer.take(PONG))).toBe('') // 'a' waits for more
    peer.send(frame({ opcode: CONTINUATION, payload: 'b' }))
    expect(String(await peer.take(TEXT))).toBe('ab')
    await server.leave(peer)
  })
})

describe('lengths', () => {
  const LENGTHS = [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 257, 32_767, 32_768, 65_534, 65_535, 65_536, 65_537, 1_000_000]
  test.each(LENGTHS)(
    '5.2 "if 0-125, that is the payload length. If 126, the following 2 bytes [...] If 127, the following 8 ' +
      'bytes": %i, both ways',
    async (length) => {
      // The peer's parser refuses a server's frame whose length is not minimal.
      const peer = await server.open()
      const payload = Buffer.from(Array.from({ length }, (_, i) => (i * 31 + 7) & 255))
      peer.send(frame({ opcode: BINARY, payload }))
      expect(Buffer.compare(await peer.take(BINARY), payload)).toBe(0)
      peer.send(frame({ opcode: TEXT, payload: 'z'.repeat(length) }))
      expect(await peer.take(TEXT)).toHaveLength(length)
      await server.leave(peer)
    },
  )

  test('5.2 "Multibyte length quantities are expressed in network byte order."', async () => {
    const peer = await server.open()
    peer.send(Buffer.from('82fe010200000000', 'hex'), Buffer.alloc(0x0102, 1))
    expect(await peer.take(BINARY)).toHaveLength(0x0102)
    peer.send(Buffer.from('82ff000000000001020300000000', 'hex'), Buffer.alloc(0x010203, 1))
    expect(await peer.take(BINARY)).toHaveLength(0x010203)
    await server.leave(peer)
  })

  test.each([0, 1, 125, 126, 127, 300, 65_535, 65_536])(
    'a frame of %i bytes whose header comes byte by byte is served',
    async (length) => {
      const peer = await server.open()
      const bytes = frame({ opcode: BINARY, payload: Buffer.alloc(length, 7) })
      await sendSegments(peer, [...bytewise(bytes.subarray(0, 16)), bytes.subarray(16)])
      expect(await peer.take(BINARY)).toHaveLength(length)
      await server.leave(peer)
    },
  )
})

describe('lengths that are not minimal', () => {
  const cases: [number, Form][] = [
    [0, 16],
    [1, 16],
    [124, 16],
    [125, 16],
    [0, 64],
    [125, 64],
    [126, 64],
    [65_535, 64],
  ]
  const MINIMAL =
    '5.2 "in all cases, the minimal number of bytes MUST be used to encode the length, for example, the length of ' +
    'a 124-byte-long ' +
    'string can\'t be encoded as the sequence 126, 0, 124"'

  test.each(cases)(`${MINIMAL}: %i in %i bits`, async (length, form) => {
    for (const opcode of [TEXT, BINARY]) await fails(frame({ opcode, form, payload: 'x'.repeat(length) }))
    await fails(frame({ fin: false, opcode: TEXT }), frame({ opcode: CONTINUATION, form, payload: 'x'.repeat(length) }))
  })

  test(`${MINIMAL}: control frames too`, async () => {
    for (const opcode of [PING, PONG, 0x8]) await fails(frame({ opcode, form: 16 }))
    for (const opcode of [PING, PONG, 0x8]) await fails(frame({ opcode, form: 64 }))
  })

  test(`${MINIMAL}: behind good frames, which are served`, async () => {
    const peer = await server.open()
    peer.send(text('one'), ping('two'), frame({ opcode: TEXT, form: 16, payload: 'bad' }), text('never'))
    const got = [await peer.next(), await peer.next()].map(({ opcode, payload }) => [opcode, String(payload)])
    expect(got.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [TEXT, 'one'],
      [PONG, 'two'],
    ])
    expect((await peer.ending()).code).toBe(1002)
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
  })

  test.each(cases)(`${MINIMAL}: %i in %i bits, cut after each byte of the header`, async (length, form) => {
    const bytes = frame({ opcode: BINARY, form, payload: Buffer.alloc(length) })
    for (let cut = 1; cut < 2 + form / 8 + 4; cut++) {
      const peer = await server.open()
      await sendSegments(peer, [bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(await peer.ending()).toEqual({ code: 1002, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
    }
  })

  test('the shortest form itself is never refused: all around its borders, byte by byte', async () => {
    const peer = await server.open()
    for (const length of [125, 126, 65_535, 65_536]) {
      const bytes = frame({ opcode: BINARY, form: shortest(length), payload: Buffer.alloc(length, 0xfe) })
      for (let cut = 1; cut < 14; cut++) {
        await sendSegments(peer, [bytes.subarray(0, cut), bytes.subarray(cut)])
        expect(await peer.take(BINARY)).toHaveLength(length)
      }
    }
    await server.leave(peer)
  })
})

describe('the highest bit', () => {
  test.each([0x8000000000000000n, 0x8000000000000001n, 0x8000000000010000n, 0xffffffffffffffffn])(
    '5.2 "a 64-bit unsigned integer (the most significant bit MUST be 0)": %s',
    async (length) => {
      for (const opcode of [TEXT, BINARY]) await fails(frame({ opcode, form: 64, length }))
      const bytes = frame({ opcode: BINARY, form: 64, length })
      const peer = await server.open()
      await sendSegments(peer, bytewise(bytes))
      expect((await peer.ending()).code).toBe(1002)
      await server.reason(peer)
    },
  )

  test('5.2 a length below it is no error of the protocol, only too big: 1009', async () => {
    for (const length of [0x7fffffffffffffffn, 0x0020000000000000n, 0x001fffffffffffffn, 1_000_001n]) {
      const peer = await server.open()
      peer.send(frame({ opcode: BINARY, form: 64, length }))
      expect((await peer.ending()).code).toBe(1009)
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badsize' })
    }
  })
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
