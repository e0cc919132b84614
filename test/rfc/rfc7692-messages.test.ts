// RFC 7692 sections 6 and 7.2: which frames are compressed, and what may stand in a compressed message.
import { constants, deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, CONTINUATION, close, fragments, frame, type Peer, PING, PONG, ping, RSV1, TEXT, text } from './peer.js'
import { Codec, noise } from './zlib-codec.js'

let server: Live
beforeAll(async () => {
  server = await live({ compress: { thresholdBytes: 0 }, pingIntervalMs: 0, maxFrameBytes: 2_000_000 })
})
afterAll(() => server.stop())

const open = (): Promise<Peer> => server.open({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
const compressed = (payload: string | Uint8Array, opcode = TEXT): Buffer => frame({ rsv: RSV1, opcode, payload })
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex')
/** The next message, which must be compressed. */
async function take(peer: Peer, codec: Codec, opcode = TEXT): Promise<string> {
  const got = await peer.next()
  expect([got.fin, got.rsv, got.opcode]).toEqual([true, RSV1, opcode])
  return codec.decompress(got.payload).toString(opcode === TEXT ? 'utf8' : 'latin1')
}
async function fails(code: number, ...bytes: readonly Uint8Array[]): Promise<void> {
  const peer = await open()
  peer.send(...bytes, text('never'))
  expect(await peer.ending()).toEqual({ code, reason: '' })
  expect(await server.reason(peer)).toMatchObject({ type: 'error' })
}
/** The bytes in so many parts. */
function cut(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / count)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
const HELLO = hex('f2 48 cd c9 c9 07 00')

describe('6 the bit RSV1', () => {
  const ONLY_FIRST =
    '6 "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments of a ' +
    'data message. An ' +
    'endpoint receiving such a frame MUST _Fail the WebSocket Connection_."'
  test.each([
    ['ping', PING],
    ['pong', PONG],
    ['close', CLOSE],
  ])(`${ONLY_FIRST}: %s`, async (_name, opcode) => {
    await fails(1002, frame({ rsv: RSV1, opcode }))
    await fails(1002, frame({ fin: false, rsv: RSV1, opcode: TEXT, payload: HELLO.subarray(0, 3) }), frame({ rsv: RSV1, opcode }))
  })
  test(`${ONLY_FIRST}: a continuation, of a compressed message and of a plain one`, async () => {
    for (const rsv of [RSV1, 0]) {
      await fails(1002, frame({ fin: false, rsv, opcode: TEXT, payload: HELLO }), frame({ rsv: RSV1, opcode: CONTINUATION }))
      await fails(1002, frame({ fin: false, rsv, opcode: TEXT }), frame({ fin: false, rsv: RSV1, opcode: CONTINUATION }))
    }
  })
  test('RFC 6455 5.2 the bits RSV2 and RSV3 have no meaning in this extension: they fail the connection', async () => {
    for (const rsv of [1, 2, 3, 5, 6, 7]) await fails(1002, frame({ rsv, opcode: TEXT, payload: HELLO }))
  })
  test('6 "this bit indicates whether a message is compressed or not": plain and compressed messages may alternate', async () => {
    const peer = await open()
    const codec = new Codec()
    for (const data of ['one', 'two', 'one']) {
      peer.send(text(data), compressed(codec.compress(data)), ...fragments(TEXT, ['plain ', data]))
      expect(await take(peer, codec)).toBe(data)
      expect(await take(peer, codec)).toBe(data)
      expect(await take(peer, codec)).toBe(`plain ${data}`)
    }
    await server.leave(peer)
  })
  test('6 messages shorter than thresholdBytes go out uncompressed, the bit not set', async () => {
    const choosy = await live({ compress: { thresholdBytes: 100 }, pingIntervalMs: 0 })
    const peer = await choosy.open({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    peer.send(text('x'.repeat(99)), text('x'.repeat(100)))
    expect(await peer.take(TEXT)).toHaveLength(99)
    expect(await take(peer, new Codec())).toHaveLength(100)
    await choosy.leave(peer)
    await choosy.stop()
  })
})

describe('7.2.3 the examples', () => {
  const EXAMPLES: [string, Buffer][] = [
    ['7.2.3.1 one compressed block: 0xf2 0x48 0xcd 0xc9 0xc9 0x07 0x00', HELLO],
    ['7.2.3.3 a block with no compression', hex('00 05 00 fa ff 48 65 6c 6c 6f 00')],
    ['7.2.3.4 "flush data using DEFLATE blocks with "BFINAL" set to 1"', hex('f3 48 cd c9 c9 07 00 00')],
    ['7.2.3.5 "Two or more DEFLATE blocks may be used in one message."', hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00')],
  ]
  test.each(EXAMPLES)(
    '%s, contains "Hello": whole, in fragments of one byte, in segments of one byte, three times',
    async (_name, bytes) => {
      for (let i = 0; i < 3; i++) {
        const peer = await open()
        const codec = new Codec()
        peer.send(compressed(bytes))
        expect(await take(peer, codec)).toBe('Hello')
        peer.send(...fragments(TEXT, bytewise(bytes), RSV1))
        expect(await take(peer, codec)).toBe('Hello')
        await sendSegments(peer, bytewise(compressed(bytes)))
        expect(await take(peer, codec)).toBe('Hello')
        await server.leave(peer)
      }
    },
  )

  test(
    '7.2.3.1 "Note that the RSV1 bit is set only on the first frame": 0x41 0x03 0xf2 0x48 0xcd, 0x80 0x04 0xc9 ' +
      '0xc9 0x07 0x00',
    async () => {
      const peer = await open()
      peer.send(hex('41 83 00000000 f2 48 cd'), hex('80 84 00000000 c9 c9 07 00'))
      expect(await take(peer, new Codec())).toBe('Hello')
      await server.leave(peer)
    },
  )

  test('7.2.3.6 an empty fragment, the single octet 0x00, may end a message', async () => {
    const peer = await open()
    const codec = new Codec()
    const flushed = deflateRawSync('Hello', { finishFlush: constants.Z_SYNC_FLUSH }) // with its tail: more follows
    for (const parts of [
      [flushed, hex('00')],
      [hex('00 00 00 ff ff'), HELLO],
      [flushed, '', hex('00')],
      ['', HELLO],
    ]) {
      peer.send(...fragments(TEXT, parts, RSV1))
      expect(await take(peer, codec)).toBe('Hello')
    }
    await server.leave(peer)
  })

  test('7.2.3.6 an empty message: 0x00, and 0x02 0x00 as other compressors write it', async () => {
    const peer = await open()
    const codec = new Codec()
    for (const bytes of ['00', '02 00', '00 00 00 ff ff 00']) {
      peer.send(compressed(hex(bytes)), compressed(hex(bytes), BINARY))
      expect([await take(peer, codec), await take(peer, codec, BINARY)]).toEqual(['', ''])
    }
    peer.send(...fragments(TEXT, ['', hex('00'), ''], RSV1), compressed(HELLO))
    expect([await take(peer, codec), await take(peer, codec)]).toEqual(['', 'Hello'])
    await server.leave(peer)
  })

  test(
    '7.2.1 "When any DEFLATE block with the "BFINAL" bit set to 1 doesn\'t end at a byte boundary, an endpoint ' +
      'MUST add minimal padding bits of 0 to make it end at a byte boundary. The next DEFLATE block follows the ' +
      'padded data if any." - differs: ws hands a message to zlib as one stream, which ends with its first such block; what follows is lost',
    async () => {
      const peer = await open()
      const codec = new Codec()
      const parts = ['Hel', 'lo, ', 'World'].map((part) => deflateRawSync(part)) // each ends with BFINAL
      peer.send(compressed(Buffer.concat([...parts, hex('00')])))
      expect(await take(peer, codec)).toBe('Hel')
      peer.send(compressed(HELLO)) // the next message is whole
      expect(await take(peer, codec)).toBe('Hello')
      await server.leave(peer)
    },
  )
})

describe('7.2.1 and 7.2.2 any compressor', () => {
  test.each([
    ['level 0, blocks with no compression', { level: 0 }],
    ['level 1', { level: 1 }],
    ['level 9', { level: 9 }],
    ['Huffman only', { strategy: constants.Z_HUFFMAN_ONLY }],
    ['fixed Huffman codes', { strategy: constants.Z_FIXED }],
    ['run lengths', { strategy: constants.Z_RLE }],
  ])(
    '7.2.1 "Compress all the octets of the payload of the message using DEFLATE": %s, messages of all sizes',
    async (_name, options) => {
      const peer = await open()
      const codec = new Codec(options)
      for (const length of [0, 1, 125, 126, 1000, 65_536, 100_000]) {
        for (const data of [noise(length).toString('latin1'), 'ab'.repeat(length / 2)]) {
          peer.send(compressed(codec.compress(Buffer.from(data, 'latin1')), BINARY))
          expect((await take(peer, codec, BINARY)) === data).toBe(true)
        }
      }
      await server.leave(peer)
    },
  )

  test('7.2.1 "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end": the server’s messages do not end in them', async () => {
    const peer = await open()
    const codec = new Codec()
    for (const data of ['', 'Hello', 'x'.repeat(10_000), noise(2000).toString('latin1')]) {
      peer.send(text(data))
      const { payload } = await peer.next()
      expect(payload.subarray(-4).toString('hex')).not.toBe('0000ffff')
      expect(codec.decompress(payload).toString()).toBe(data)
    }
    await server.leave(peer)
  })

  test('7.2.2 however the compressed bytes are cut into fragments, the message is one', async () => {
    const peer = await open()
    const codec = new Codec()
    const data = `${noise(50).toString('hex')} grüße 😀 ${'again '.repeat(30)}`
    const length = new Codec().compress(data).length
    for (let cut = 0; cut <= length; cut += 3) {
      const bytes = codec.compress(data)
      peer.send(...fragments(TEXT, [bytes.subarray(0, cut), bytes.subarray(cut)], RSV1))
      expect(await take(peer, codec)).toBe(data)
    }
    await server.leave(peer)
  })

  test(
    'RFC 6455 5.4 "An endpoint MUST be capable of handling control frames in the middle of a fragmented message": ' +
      'of a compressed one',
    async () => {
      // Cowboy runs them through its decompressor (C88).
      const peer = await open()
      const codec = new Codec()
      for (const data of ['Hello', 'Hello', noise(500).toString('hex')]) {
        const parts = fragments(TEXT, cut(codec.compress(data), 3), RSV1)
        for (const [i, part] of parts.entries()) {
          peer.send(part)
          if (i === parts.length - 1) break
          peer.send(ping(Buffer.of(0xff, i)), frame({ opcode: PONG, payload: HELLO }))
          expect([...(await peer.take(PONG))]).toEqual([0xff, i]) // at once, not compressed
        }
        expect(await take(peer, codec)).toBe(data)
      }
      await server.leave(peer)
    },
  )
})

describe('what is wrong', () => {
  test.each([
    ['a block of type 3', 'ff ff ff'],
    ['a stored block whose lengths do not match', '00 05 00 00 00 48 65 6c 6c 6f 00'],
    ['a distance before the first byte', 'f2 00 11 00 00'],
    ['a dynamic block with too many codes', '04 ff ff ff ff ff ff ff'],
  ])('data that no DEFLATE is fails the connection: %s', async (_name, bytes) => {
    await fails(1007, compressed(hex(bytes)))
    await fails(1007, ...fragments(BINARY, bytewise(hex(bytes)), RSV1))
  })

  test('RFC 6455 8.1 text is looked at after it is decompressed: 1007', async () => {
    await fails(1007, compressed(new Codec().compress(hex('61 ff 62'))))
    await fails(1007, ...fragments(TEXT, bytewise(new Codec().compress(hex('ed a0 80'))), RSV1))
  })
  test(
    '6 "The payload data portion in frames generated by a PMCE is not subject to the constraints for the original ' +
      'data type."',
    async () => {
      const peer = await open()
      const bytes = new Codec().compress('😀 grüße')
      expect(bytes.toString().includes('\ufffd')).toBe(true) // what goes over the wire is no UTF-8
      peer.send(compressed(bytes))
      expect(await take(peer, new Codec())).toBe('😀 grüße')
      await server.leave(peer)
    },
  )
})

describe('with everything else', () => {
  test('the answer to a message goes out before the close frame that answers a close frame', async () => {
    const peer = await open()
    const codec = new Codec()
    peer.send(compressed(codec.compress('x'.repeat(200_000))), close(1000))
    expect(await take(peer, codec)).toHaveLength(200_000)
    expect((await peer.ending()).code).toBe(1000)
    expect(await server.reason(peer)).toEqual({ type: 'remote', code: 1000, reason: '' })
  })

  test('a length that is not minimal, behind a compressed message: the message is answered or not, then 1002', async () => {
    const peer = await open()
    peer.send(compressed(HELLO), frame({ opcode: TEXT, form: 16, payload: 'bad' }), text('never'))
    let got = await peer.next()
    if (got.opcode === TEXT) got = await peer.next()
    expect([got.opcode, got.payload.readUInt16BE(0)]).toEqual([CLOSE, 1002])
    await peer.ended()
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
  })

  test('a hundred messages in one segment are answered in order', async () => {
    const peer = await open()
    const codec = new Codec()
    const messages = Array.from({ length: 100 }, (_, i) => `message ${i} ${'z'.repeat(i * 10)}`)
    peer.send(...messages.map((message) => compressed(codec.compress(message))))
    for (const message of messages) expect(await take(peer, codec)).toBe(message)
    await server.leave(peer)
  })
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
