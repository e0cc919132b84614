// RFC 7692 section 7.1: what is negotiated is kept to, in both directions. The client's zlib is node's, used in one-shot form.
import { afterAll, describe, expect, test } from '@jest/globals'
import type { CompressOptions } from 'gensock/socket'
import { type Live, live } from './live.js'
import { BINARY, frame, type Peer, RSV1 } from './peer.js'
import { Codec, type CodecOptions, noise } from './zlib-codec.js'

const servers: Live[] = []
afterAll(() => Promise.all(servers.map((server) => server.stop())))

async function open(offer: string, compress: CompressOptions = {}): Promise<Peer> {
  const server = await live({ compress: { thresholdBytes: 0, ...compress }, pingIntervalMs: 0 })
  servers.push(server)
  return server.open({ headers: { 'Sec-WebSocket-Extensions': `permessage-deflate${offer}` } })
}
/** Sends a message compressed, answers its echo as it came. */
async function echoed(peer: Peer, codec: Codec, data: string | Uint8Array): Promise<Buffer> {
  peer.send(frame({ rsv: RSV1, opcode: BINARY, payload: codec.compress(data) }))
  const { fin, rsv, opcode, payload } = await peer.next()
  expect([fin, rsv, opcode]).toEqual([true, RSV1, BINARY])
  return payload
}
async function carries(peer: Peer, codec: Codec, messages: readonly (string | Uint8Array)[]): Promise<void> {
  for (const message of messages) {
    const payload = await echoed(peer, codec, message)
    expect(codec.decompress(payload).equals(Buffer.from(message as Uint8Array))).toBe(true)
  }
}
const MIXED = [
  'Hello',
  'Hello',
  '',
  noise(3000),
  'Hello'.repeat(500),
  noise(3000),
  noise(70_000, 2),
  'x',
  noise(70_000, 2),
  'Hello',
]

describe('7.1.1 context takeover', () => {
  test(
    '7.2.3.2 without parameters both sides refer to earlier messages: "the payload of the second message will be: ' +
      '0xf2 0x00 0x11 0x00 0x00"',
    async () => {
      const peer = await open('')
      const codec = new Codec()
      const [first, second] = ['f248cdc9c90700', 'f200110000']
      for (const hex of [first, second, second]) {
        peer.send(frame({ rsv: RSV1, opcode: BINARY, payload: Buffer.from(hex as string, 'hex') }))
        expect(String(codec.decompress((await peer.next()).payload))).toBe('Hello')
      }
      const lengths = [(await echoed(peer, new Codec(), noise(500))).length, (await echoed(peer, new Codec(), noise(500))).length]
      expect(lengths[0]).toBeGreaterThan(500)
      expect(lengths[1]).toBeLessThan(50) // the server's window holds the first
    },
  )

  test('7.1.1.1 server_no_context_takeover: "a client prevents the peer server from using context takeover"', async () => {
    const peer = await open('; server_no_context_takeover')
    const codec = new Codec({ serverNoContext: true })
    const [one, two] = [await echoed(peer, codec, noise(500)), await echoed(peer, codec, noise(500))]
    expect(one.equals(two)).toBe(true)
    await carries(peer, codec, MIXED)
  })

  test(
    '7.1.1.2 client_no_context_takeover: messages that stand alone are understood, and the server’s still refer to ' +
      'earlier ones',
    async () => {
      const peer = await open('; client_no_context_takeover')
      const codec = new Codec({ clientNoContext: true })
      await carries(peer, codec, MIXED)
      await echoed(peer, codec, noise(500, 3))
      expect((await echoed(peer, codec, noise(500, 3))).length).toBeLessThan(50)
    },
  )

  test('7.1.1.2 "Hello" with client_no_context_takeover is the same bytes each time', async () => {
    const peer = await open('; client_no_context_takeover; server_no_context_takeover')
    const codec = new Codec({ clientNoContext: true, serverNoContext: true })
    for (let i = 0; i < 3; i++) {
      peer.send(frame({ rsv: RSV1, opcode: BINARY, payload: Buffer.from('f248cdc9c90700', 'hex') }))
      expect(String(codec.decompress((await peer.next()).payload))).toBe('Hello')
    }
  })

  test.each<[string, CompressOptions, CodecOptions]>([
    ['serverNoContextTakeover', { serverNoContextTakeover: true }, { serverNoContext: true }],
    ['clientNoContextTakeover', { clientNoContextTakeover: true }, { clientNoContext: true }],
    ['both', { serverNoContextTakeover: true, clientNoContextTakeover: true }, { serverNoContext: true, clientNoContext: true }],
  ])('7.1.1 the server’s own option %s is kept to', async (_name, compress, given) => {
    await carries(await open('', compress), new Codec(given), MIXED)
  })
})

/** A block and its copy at many distances: what a larger window finds, a smaller one does not. */
const far = (length: number): Buffer => Buffer.concat([noise(length), noise(length)])

describe('7.1.2 windows', () => {
  test.each([8, 9, 10, 11, 12, 13, 14, 15])(
    '7.1.2.1 "By including this parameter in an extension negotiation offer, a client limits the LZ77 sliding ' +
      'window size that the server will use to compress messages.": %i',
    async (serverBits) => {
      const peer = await open(`; server_max_window_bits=${serverBits}`)
      const window = 2 ** serverBits
      const codec = new Codec({ serverBits })
      const messages = [far(window / 4), far(window - 100), far(window + 1), far(2 * window), far(window / 4), far(window - 1)]
      await carries(peer, codec, [...messages, ...messages])
      const over = await echoed(peer, codec, far(window + 1))
      expect(over.length).toBeGreaterThan(2 * window) // no copy was found
    },
  )

  test(
    '7.1.2.1 "Absence of this parameter [...] indicates that the client can receive messages compressed using an ' +
      'LZ77 sliding window of up to 32,768 bytes": and such a window is too large for a smaller one',
    async () => {
      const peer = await open('')
      const small = new Codec({ serverBits: 9 })
      const payload = await echoed(peer, new Codec(), far(20_000))
      expect(payload.length).toBeLessThan(21_000)
      expect(() => small.decompress(payload)).toThrow(/too far back/)
    },
  )

  test('7.1.2.1 the server’s own option serverMaxWindowBits is kept to', async () => {
    const peer = await open('', { serverMaxWindowBits: 9 })
    await carries(peer, new Codec({ serverBits: 9 }), [far(300), far(512), far(5000)])
  })

  test.each([8, 9, 10, 11, 12, 13, 14, 15])(
    '7.1.2.2 "a server limits the LZ77 sliding window size that the client uses to compress messages": a client ' +
      'with %i bits is understood',
    async (bits) => {
      const peer = await open(`; client_max_window_bits=${bits}`)
      const codec = new Codec({ clientBits: Math.max(bits, 9) }) // zlib's 9 stays within 8
      const window = 2 ** bits
      await carries(peer, codec, [
        far(window / 4),
        far(window - 300 > 0 ? window - 300 : 100),
        far(2 * window),
        'Hello',
        ...MIXED,
      ])
    },
  )

  test('7.1.2.2 without the parameter a client’s window of 32,768 bytes is understood', async () => {
    await carries(await open(''), new Codec(), [far(30_000), far(32_768), far(30_000), noise(30_000)])
  })

  test('all parameters at once', async () => {
    const peer = await open(
      '; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10',
    )
    const codec = new Codec({ serverBits: 9, clientBits: 10, serverNoContext: true, clientNoContext: true })
    await carries(peer, codec, [...MIXED, far(400), far(1000), far(10_000)])
  })
})
