// permessage-deflate: which offer is taken and how it is answered (RFC 7692 section 7), what goes over the wire then, and
// bombs.
import { constants, createDeflateRaw, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { accept, type CompressOptions, route, type UpgradeOptions } from 'gensock/socket'
import { DEFLATE_DEFAULTS, negotiateDeflate } from '../../src/transports/deflate.js'
import { parseExtensions } from '../../src/transports/extensions.js'
import { echo, frame, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const D = 'permessage-deflate'
const answer = (offers: string, options: CompressOptions = {}): string | undefined =>
  negotiateDeflate(parseExtensions(offers) ?? [], { ...DEFLATE_DEFAULTS, ...options })

describe('RFC 7692 section 7: "A server MUST decline an extension negotiation offer for this extension if any of the following conditions are met', () => {
  test.each([
    ['an extension parameter not defined for use in an offer', 'bogus'],
    ['an extension parameter not defined for use in an offer', 'Client_Max_Window_Bits'],
    ['an extension parameter with an invalid value', 'server_no_context_takeover=1'],
    ['an extension parameter with an invalid value', 'client_no_context_takeover=true'],
    ['an extension parameter with an invalid value', 'server_max_window_bits'], // section 7.1.2.1: it has a value
    ...['7', '16', '0', '08', '010', '+9', '9.0', '0x9', '1e1', '-9', '99999999999999999999', 'x'].flatMap((bits) => [
      ['an extension parameter with an invalid value', `server_max_window_bits=${bits}`],
      ['an extension parameter with an invalid value', `client_max_window_bits=${bits}`],
    ]),
    ['multiple extension parameters with the same name', 'server_no_context_takeover; server_no_context_takeover'],
    ['multiple extension parameters with the same name', 'client_max_window_bits; client_max_window_bits=10'],
    ['multiple extension parameters with the same name', 'server_max_window_bits=9; server_max_window_bits=9'],
  ])('contains %s": %s', (_rule, parameter) => {
    expect(answer(`${D}; ${parameter}`)).toBeUndefined()
    expect(answer(`${D}; client_no_context_takeover; ${parameter}`)).toBeUndefined()
    // section 5: the next one is tried
    expect(answer(`${D}; ${parameter}, ${D}; server_no_context_takeover`)).toBe(`${D}; server_no_context_takeover`)
  })
  test('names are compared as they are', () => {
    expect([answer('Permessage-Deflate'), answer('permessage-bzip2'), answer('x-webkit-deflate-frame')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
  test('"the server doesn\'t support the offered configuration": a client that cannot be told of a smaller window', () => {
    expect(answer(D, { clientMaxWindowBits: 14 })).toBeUndefined()
    expect(answer(`${D}, ${D}; client_max_window_bits`, { clientMaxWindowBits: 14 })).toBe(`${D}; client_max_window_bits=14`)
  })
})

describe('the answer', () => {
  test.each<[string, CompressOptions, string]>([
    [D, {}, D],
    // section 7.1.1.1: accepted "by including the "server_no_context_takeover" extension parameter in the [...] response"
    [`${D}; server_no_context_takeover`, {}, `${D}; server_no_context_takeover`],
    [`${D}; client_no_context_takeover`, {}, `${D}; client_no_context_takeover`],
    [
      D,
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
      `${D}; server_no_context_takeover; client_no_context_takeover`,
    ],
    // section 7.1.2.1: "with the same or smaller value as the offer"
    [`${D}; server_max_window_bits=10`, {}, `${D}; server_max_window_bits=10`],
    [`${D}; server_max_window_bits="10"`, {}, `${D}; server_max_window_bits=10`],
    [`${D}; server_max_window_bits="1\\0"`, {}, `${D}; server_max_window_bits=10`],
    [`${D}; server_max_window_bits=15`, {}, `${D}; server_max_window_bits=15`],
    [`${D}; server_max_window_bits=10`, { serverMaxWindowBits: 12 }, `${D}; server_max_window_bits=10`],
    [`${D}; server_max_window_bits=13`, { serverMaxWindowBits: 12 }, `${D}; server_max_window_bits=12`],
    [D, { serverMaxWindowBits: 12 }, `${D}; server_max_window_bits=12`],
    // Cowboy case C82
    [`${D}; bogus, ${D}; client_max_window_bits`, {}, `${D}; client_max_window_bits=15`],
    [`${D}; client_max_window_bits=9`, {}, `${D}; client_max_window_bits=9`],
    [`${D}; client_max_window_bits=9`, { clientMaxWindowBits: 11 }, `${D}; client_max_window_bits=9`],
    [`${D}; client_max_window_bits=13`, { clientMaxWindowBits: 11 }, `${D}; client_max_window_bits=11`],
    [
      `foo, ${D};client_max_window_bits;server_max_window_bits=8, ${D}`,
      {},
      `${D}; server_max_window_bits=8; client_max_window_bits=15`,
    ],
  ])('to %j with %j is %j', (offers, options, expected) => expect(answer(offers, options)).toBe(expected))

  const bits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined })
  test('has client_max_window_bits if and only if the offer has it, and never a larger window than either side wants', () => {
    const wish = fc.record({
      server: bits,
      client: fc.oneof(bits, fc.constant('any' as const)),
      a: fc.boolean(),
      b: fc.boolean(),
    })
    const ours = fc.record({
      server: fc.integer({ min: 8, max: 15 }),
      client: fc.integer({ min: 8, max: 15 }),
      a: fc.boolean(),
      b: fc.boolean(),
    })
    fc.assert(
      fc.property(wish, ours, (offer, own) => {
        const parts = [D]
        if (offer.a) parts.push('server_no_context_takeover')
        if (offer.b) parts.push('client_no_context_takeover')
        if (offer.server !== undefined) parts.push(`server_max_window_bits=${offer.server}`)
        if (offer.client !== undefined)
          parts.push(offer.client === 'any' ? 'client_max_window_bits' : `client_max_window_bits=${offer.client}`)
        const given = answer(parts.join('; '), {
          serverMaxWindowBits: own.server,
          clientMaxWindowBits: own.client,
          serverNoContextTakeover: own.a,
          clientNoContextTakeover: own.b,
        })
        // section 7.1.2.2: "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension
        // parameter, the corresponding extension negotiation response to the offer MUST NOT include" it
        if (offer.client === undefined && own.client < 15) return given === undefined
        const got = new Map(parseExtensions(given as string)?.[0]?.parameters)
        const client = offer.client === 'any' ? 15 : offer.client
        const server = Math.min(offer.server ?? 15, own.server)
        return (
          got.has('client_max_window_bits') === (client !== undefined) &&
          Number(got.get('client_max_window_bits') ?? 8) <= Math.min(client ?? 15, own.client) &&
          Number(got.get('server_max_window_bits') ?? 15) === server &&
          got.has('server_no_context_takeover') === (offer.a || own.a) &&
          got.has('client_no_context_takeover') === (offer.b || own.b)
        )
      }),
    )
  })
})

/** A connection with this offer: frames go in, messages come out, inflated with exactly the window that was agreed on. */
async function dial(offer: string, compress: boolean | CompressOptions, own?: UpgradeOptions, handler = echo) {
  const authorize = (): ReturnType<typeof accept> => (own === undefined ? accept(null) : accept(null, { options: own }))
  const { port } = await world.serve([route('/ws', handler, { compress, maxFrameBytes: 100_000, authorize })])
  const socket = world.dial(port, handshake({ 'Sec-WebSocket-Extensions': offer }))
  let seen = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => (seen = Buffer.concat([seen, chunk])))
  while (!seen.includes('\r\n\r\n')) await world.turn()
  const header = /Sec-WebSocket-Extensions: (.*)\r\n/.exec(String(seen))?.[1]
  seen = seen.subarray(seen.indexOf('\r\n\r\n') + 4)
  return {
    socket,
    header,
    /** First byte and payload of the next frame. */
    async next(): Promise<[number, Buffer]> {
      while (seen.length < 4 && seen.length !== (seen[1] ?? 9) + 2) await world.turn()
      const isShort = (seen[1] as number) < 126
      const start = isShort ? 2 : 4
      const end = start + (isShort ? (seen[1] as number) : seen.readUInt16BE(2))
      while (seen.length < end) await world.turn()
      const result: [number, Buffer] = [seen[0] as number, seen.subarray(start, end)]
      seen = seen.subarray(end)
      return result
    },
  }
}
const TAIL = Buffer.from([0, 0, 0xff, 0xff])
/** A message as RFC 7692 section 7.2.1 compresses it. */
function compressed(data: Buffer, options: ZlibOptions = {}): Buffer {
  const flushed = deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH })
  return flushed.subarray(0, -4)
}
const inflated = (data: Buffer, options: ZlibOptions = {}): Buffer =>
  inflateRawSync(Buffer.concat([data, TAIL]), { ...options, finishFlush: constants.Z_SYNC_FLUSH })
/** Its second half is its first: a good compressor refers 300, or 30 000 bytes back. */
function farReferences(): Buffer {
  let seed = 7
  const random = Buffer.from(Array.from({ length: 30_000 }, () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16))
  return Buffer.concat([random.subarray(0, 300), random.subarray(0, 300), random, random.subarray(0, 3000)])
}

describe('on the wire', () => {
  test.each([8, 9, 10, 12, 15])(
    'what we send can be inflated with a window of %d bits, if that was agreed on',
    async (windowBits) => {
      const strict = { windowBits, chunkSize: 64 } // so zlib remembers hardly more than the window itself
      const data = farReferences()
      if (windowBits < 15) expect(() => inflated(compressed(data), strict)).toThrow('too far back')
      const peer = await dial(`${D}; server_max_window_bits=${windowBits}`, { thresholdBytes: 0 })
      expect(peer.header).toBe(`${D}; server_max_window_bits=${windowBits}`)
      peer.socket.write(Buffer.concat([frame(2, data), frame(2, data)]))
      const [[first, one], [second, two]] = [await peer.next(), await peer.next()]
      expect([first, second]).toEqual([0xc2, 0xc2])
      expect(inflated(Buffer.concat([one, TAIL, two]), strict).equals(Buffer.concat([data, data]))).toBe(true)
    },
  )

  test.each([8, 11, 15])('what the client sends with a window of %d bits is understood', async (bits) => {
    const peer = await dial(`${D}; client_max_window_bits`, { clientMaxWindowBits: bits })
    expect(peer.header).toBe(`${D}; client_max_window_bits=${bits}`)
    const data = Buffer.from('a long enough text '.repeat(40))
    peer.socket.write(frame(1, compressed(data, { windowBits: bits }), true, 0x40))
    const [first, payload] = await peer.next()
    expect([first, String(payload)]).toEqual([0x81, String(data)])
  })

  test('the context is kept, or with server_no_context_takeover forgotten after each message', async () => {
    const data = Buffer.from(Array.from({ length: 1500 }, (_, i) => (i * i * 31) & 255))
    const sizes = async (offer: string): Promise<number[]> => {
      const peer = await dial(offer, { thresholdBytes: 0 })
      const both: number[] = []
      for (let i = 0; i < 2; i++) {
        peer.socket.write(frame(2, data))
        both.push((await peer.next())[1].length)
      }
      return both
    }
    const [first = 0, second = 0] = await sizes(D)
    expect(second).toBeLessThan(first / 2)
    const [one, two] = await sizes(`${D}; server_no_context_takeover`)
    expect([one, two]).toEqual([first, first])
  })

  test('messages below thresholdBytes go out as they are, 1024 bytes by default', async () => {
    const peer = await dial(D, true)
    const own = await dial(D, { thresholdBytes: 10 })
    for (const [{ socket, next }, length, first] of [
      [peer, 1023, 0x81],
      [peer, 1024, 0xc1],
      [own, 9, 0x81],
      [own, 10, 0xc1],
    ] as const) {
      socket.write(frame(1, 'x'.repeat(length)))
      expect([length, (await next())[0]]).toEqual([length, first])
    }
  })

  test('level 0 stores, level 9 compresses', async () => {
    const sizeAt = async (level: number): Promise<number> => {
      const peer = await dial(D, { level, memLevel: 9 })
      peer.socket.write(frame(1, 'x'.repeat(5000)))
      const [, payload] = await peer.next()
      expect(inflated(payload)).toHaveLength(5000)
      return payload.length
    }
    expect(await sizeAt(0)).toBeGreaterThan(5000)
    expect(await sizeAt(9)).toBeLessThan(100)
  })

  test.each([
    ['longer than the threshold', 4000, 0xc2],
    ['shorter', 100, 0x82],
  ])('bytes are taken as they are when they are sent, though zlib comes to them later: %s', async (_name, size, first) => {
    const handler: typeof echo = {
      ...echo,
      handle(_frame, _state, self) {
        const bytes = new Uint8Array(size)
        for (let n = 1; n <= 5; n++) self.push(['binary', bytes.fill(n)])
        bytes.fill(99)
        return ['ok', null]
      },
    }
    const { socket, next } = await dial(D, { serverNoContextTakeover: true }, undefined, handler)
    socket.write(frame(1, 'go'))
    for (let n = 1; n <= 5; n++) {
      const [head, payload] = await next()
      expect([head, first === 0x82 ? payload : inflated(payload)]).toEqual([first, Buffer.alloc(size, n)])
    }
  })

  test('accept gives one socket options of its own', async () => {
    expect((await dial(D, false, { compress: true })).header).toBe(D)
    expect((await dial(D, false, { compress: { serverMaxWindowBits: 9 } })).header).toBe(`${D}; server_max_window_bits=9`)
    expect((await dial(D, true, { compress: false })).header).toBeUndefined()
    expect((await dial(D, true, {})).header).toBe(D)
  })
})

describe('bombs: the limit is checked while inflating', () => {
  /** Ends a stream that would inflate to `bytes` zeros. */
  async function bomb(bytes: number): Promise<Buffer> {
    const deflater = createDeflateRaw({ level: 9 })
    const chunks: Buffer[] = []
    deflater.on('data', (chunk: Buffer) => chunks.push(chunk))
    const zeros = Buffer.alloc(1_000_000)
    for (let left = bytes; left > 0; left -= zeros.length) if (!deflater.write(zeros)) await once(deflater, 'drain')
    deflater.flush(constants.Z_SYNC_FLUSH)
    deflater.end()
    await once(deflater, 'end')
    return Buffer.concat(chunks)
  }

  test('a message of 60 kB that would become 60 MB ends with 1009, and takes little memory', async () => {
    const data = await bomb(60_000_000)
    expect(data.length).toBeLessThan(65_000)
    const peers = await Promise.all(Array.from({ length: 5 }, () => dial(D, true)))
    const before = process.memoryUsage().rss
    for (const { socket } of peers) socket.write(frame(2, data, true, 0x40))
    for (const { next } of peers) {
      const [first, payload] = await next()
      expect([first, payload.readUInt16BE(0)]).toEqual([0x88, 1009])
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000)
  })

  test('so does a bomb in fragments, each of which passes', async () => {
    const peer = await dial(D, true)
    const part = compressed(Buffer.alloc(60_000))
    peer.socket.write(Buffer.concat([frame(2, Buffer.concat([part, TAIL]), false, 0x40), frame(0, part, true)]))
    const [first, payload] = await peer.next()
    expect([first, payload.readUInt16BE(0)]).toEqual([0x88, 1009])
  })

  test.each([
    [100_000, 0x82],
    [100_001, 0x88],
  ])('a message that becomes %d bytes, with a limit of 100 000', async (bytes, expected) => {
    for (const level of [0, 9]) {
      const peer = await dial(D, { thresholdBytes: 1_000_000 })
      const data = compressed(Buffer.alloc(bytes), { level }) // stored it is longer than the message itself
      peer.socket.write(
        level === 0
          ? Buffer.concat([frame(2, data.subarray(0, 60_000), false, 0x40), frame(0, data.subarray(60_000))])
          : frame(2, data, true, 0x40),
      )
      expect((await once(peer.socket, 'data'))[0][0]).toBe(expected)
    }
  })

  test('what is no deflate stream ends with a close frame, and the others live', async () => {
    const peer = await dial(D, true)
    peer.socket.write(frame(2, Buffer.from([0xff, 0xff, 0xff]), true, 0x40))
    expect((await peer.next())[0]).toBe(0x88)
    const fresh = await dial(D, true)
    fresh.socket.write(frame(1, 'hi'))
    expect(String((await fresh.next())[1])).toBe('hi')
  })
})
