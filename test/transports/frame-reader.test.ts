// FrameReader: which frames it reads, whole and in pieces, what it passes on to `ws`, and that nothing follows a bad one.
import { describe, expect, test } from '@jest/globals'
import { FrameReader, type FrameTarget } from '../../src/transports/frame-reader.js'
import { BINARY, CLOSE, CONTINUATION, close, closing, fragments, frame, ping, TEXT, text } from '../rfc/peer.js'
import { INVALID, VALID } from '../rfc/utf8.js'
import { asciiText, byBoth, byWs, cut, type Event, noise, pieces, wideText } from './frame-reading.js'

describe('frames that are read here', () => {
  test.each([0, 1, 63, 64, 65, 125, 126, 127, 2000, 65_535])(
    'of %d bytes, whole in their chunk, are not passed on',
    async (size) => {
      const last = frame({ opcode: BINARY, payload: noise(size) })
      const bytes = Buffer.concat([text(asciiText(size)), text(wideText(size)), last])
      const { events, others } = await byBoth([Buffer.from(bytes)])
      expect(events).toEqual([
        ['text', asciiText(size).toString(), size],
        ['text', wideText(size).toString(), size],
        ['binary', noise(size).toString('hex')],
      ])
      expect(others).toEqual([])
    },
  )

  test('bytes are counted, not characters', async () => {
    expect((await byBoth([text('🐙é')])).events).toEqual([['text', '🐙é', 6]])
  })

  test.each([5, 200, 2000])('a header of a frame of %d bytes may be cut in each place', async (size) => {
    const [before, one, after, later] = [text('before'), text(asciiText(size)), text('after'), text('later')]
    const header = one.length - size
    for (let at = 0; at <= header + 2; at++) {
      const chunks = cut(Buffer.concat([before, one, after, later]), [
        before.length + at,
        before.length + one.length + after.length,
      ])
      const { events, passed } = await byBoth(chunks)
      expect(events).toEqual([
        ['text', 'before', 6],
        ['text', asciiText(size).toString(), size],
        ['text', 'after', 5],
        ['text', 'later', 5],
      ])
      // a cut header is the business of ws; so is the chunk with the rest of it, where not even the length is known
      const expected = at === 0 || at >= header ? [] : at < header - 4 ? [one, after] : [one]
      expect(passed).toEqual(Buffer.concat(expected))
    }
  })

  test('a frame that is cut once, at each byte of its payload', async () => {
    for (const payload of [asciiText(130), wideText(130)]) {
      const one = text(payload)
      for (let at = 8; at < one.length; at++) {
        const { events, others } = await byBoth(cut(Buffer.concat([one, text('next')]), [at]))
        expect([events, others]).toEqual([
          [
            ['text', payload.toString(), 130],
            ['text', 'next', 4],
          ],
          [],
        ])
      }
    }
  })

  test.each([1, 62, 63, 64, 65, 66, 127, 128, 129, 200])(
    'a frame whose payload comes in %d pieces of one byte',
    async (count) => {
      for (const [opcode, payload] of [
        [TEXT, asciiText(count)],
        [BINARY, noise(count)],
      ] as const) {
        const one = frame({ opcode, payload })
        const header = one.length - count
        const { events, others } = await byBoth([Buffer.from(one.subarray(0, header)), ...pieces(one.subarray(header), 1)])
        expect(events).toEqual([opcode === TEXT ? ['text', payload.toString(), count] : ['binary', payload.toString('hex')]])
        expect(others).toEqual([])
      }
    },
  )

  test('of many pieces the early ones are joined: their chunks are let go', () => {
    const one = text(asciiText(200))
    const seen: string[] = []
    const reader = new FrameReader(1000, true)
    const target: FrameTarget = {
      _partial: null,
      _text: (data) => void seen.push(data),
      _binary: () => undefined,
      _others: () => seen.push('others') > 0,
    }
    const chunks = [Buffer.from(one.subarray(0, 8)), ...pieces(one.subarray(8), 1)]
    chunks.forEach((chunk, i) => {
      reader.read(target, chunk, null)
      if (i >= 65) chunks[i - 65]?.fill(0) // whoever still looked at it would see zeroes
    })
    expect(seen).toEqual([asciiText(200).toString()])
  })

  test('empty chunks change nothing', async () => {
    const [one, two] = [text(asciiText(100)), text('two')]
    const none = Buffer.alloc(0)
    const whole = Buffer.concat([one, two])
    const { events } = await byBoth([
      none,
      ...cut(whole, [3]),
      none,
      ...cut(whole, [50]),
      none,
      ...cut(whole, [one.length]),
      none,
    ])
    expect(events).toEqual(
      [1, 2, 3].flatMap(() => [
        ['text', asciiText(100).toString(), 100],
        ['text', 'two', 3],
      ]),
    )
  })

  test.each(VALID)('valid UTF-8: %s', async (_name, payload) => {
    const one = text(payload)
    for (let at = 0; at <= one.length; at++)
      expect((await byBoth(cut(one, [at]))).events).toEqual([['text', payload.toString(), payload.length]])
  })

  test('what the target was given stays as it is when later chunks come', async () => {
    const sizes = [1, 63, 64, 65, 66, 300, 2000]
    const bytes = Buffer.concat(sizes.map((size) => frame({ opcode: BINARY, payload: noise(size) })))
    for (const size of [1, 7, 64, 1000, bytes.length]) {
      const given: Uint8Array[] = []
      const reader = new FrameReader(100_000, true)
      const target: FrameTarget = {
        _partial: null,
        _text: () => undefined,
        _binary: (data) => void given.push(data),
        _others: () => true,
      }
      // the header is whole in each first piece: ws has no part in it
      for (const one of sizes.map((size) => frame({ opcode: BINARY, payload: noise(size) }))) {
        reader.read(target, Buffer.from(one.subarray(0, 8)), null)
        for (const chunk of pieces(one.subarray(8), size)) reader.read(target, chunk, null)
      }
      expect(given.map((data) => Buffer.from(data).toString('hex'))).toEqual(sizes.map((size) => noise(size).toString('hex')))
    }
  })
})

describe('what is passed on', () => {
  test.each([
    [1, 2],
    [63, 64],
    [125, 126],
    [2000, 2001],
    [65_535, 65_536],
  ])('a frame above the maximum of %d bytes goes on untouched, in its own chunk', async (maxBytes, over) => {
    const good = frame({ opcode: BINARY, payload: noise(maxBytes) })
    const bad = frame({ opcode: BINARY, payload: noise(over) })
    const limits = { maxBytes, validates: true }
    const fits = await byBoth([Buffer.from(good)], limits)
    expect([fits.events, fits.others]).toEqual([[['binary', noise(maxBytes).toString('hex')]], []])
    const chunk = Buffer.from(bad)
    const { events, others, passed } = await byBoth([chunk], limits)
    expect(events).toEqual([['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']])
    expect(others[0]).toBe(chunk)
    expect(passed.equals(bad)).toBe(true)
  })

  test('a frame of 65 536 bytes goes on in its chunks; the next one, in the last of them, is read here', async () => {
    const one = frame({ opcode: BINARY, payload: noise(65_536) })
    const { events, passed } = await byBoth(pieces(Buffer.concat([one, text('next')]), 1024))
    expect(events).toEqual([
      ['binary', noise(65_536).toString('hex')],
      ['text', 'next', 4],
    ])
    expect(passed.equals(one)).toBe(true)
  })

  test('a message of fragments, and all that comes between them; what follows is read here', async () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), last = Buffer.alloc(0)] = fragments(TEXT, ['a', 'bb', 'c'])
    const message = Buffer.concat([first, ping('p'), second, last])
    for (let at = 0; at <= message.length; at++) {
      const { events, passed } = await byBoth(cut(Buffer.concat([message, text('next')]), [at]))
      expect(events).toEqual([
        ['ping', '70'],
        ['text', 'abbc', 4],
        ['text', 'next', 4],
      ])
      // in one chunk with them, the next frame goes with them
      expect(passed.subarray(0, message.length).equals(message)).toBe(true)
    }
  })

  test.each(INVALID)('invalid UTF-8 goes on as it came, whole and in pieces: %s', async (_name, payload) => {
    for (const size of [0, 130]) {
      const bad = text(Buffer.concat([asciiText(size), payload, asciiText(size)]))
      const whole = await byBoth([Buffer.concat([text('good'), bad])])
      expect(whole.passed.equals(bad)).toBe(true)
      expect(whole.events).toEqual([
        ['text', 'good', 4],
        ['error', 'WS_ERR_INVALID_UTF8'],
      ])
      for (let at = 1; at < bad.length; at += size === 0 ? 1 : 11) {
        const { events, passed } = await byBoth(cut(bad, [at]))
        expect(passed.equals(bad)).toBe(true)
        expect(events).toEqual([['error', 'WS_ERR_INVALID_UTF8']])
      }
    }
  })

  test('invalid UTF-8 of 65 535 bytes in many pieces goes on as it came', async () => {
    const bad = text(Buffer.concat([asciiText(65_534), Buffer.of(0xff)]))
    const { events, passed } = await byBoth(pieces(bad, 512))
    expect(events).toEqual([['error', 'WS_ERR_INVALID_UTF8']])
    expect(passed.equals(bad)).toBe(true)
  })

  test('where UTF-8 is not looked at, nothing is passed on and wrong bytes become U+FFFD', async () => {
    for (const chunks of [[text(Buffer.of(0x61, 0xff))], cut(text(Buffer.of(0x61, 0xff)), [7])]) {
      const { events, others } = await byBoth(chunks, { maxBytes: 10, validates: false })
      expect([events, others]).toEqual([[['text', 'a\ufffd', 2]], []])
    }
  })
})

describe('behind a frame that ends the connection nothing is read:', () => {
  const broken = text(Buffer.concat([asciiText(20), Buffer.of(0xff)]))
  const next = text('never')

  test.each<[string, Buffer, Event]>([
    ['a reserved bit', frame({ opcode: TEXT, payload: 'x', rsv: 2 }), ['error', 'WS_ERR_UNEXPECTED_RSV_2_3']],
    ['compression that was not agreed on', frame({ opcode: TEXT, payload: 'x', rsv: 4 }), ['error', 'WS_ERR_UNEXPECTED_RSV_1']],
    ['a reserved opcode', frame({ opcode: 3, payload: 'hello' }), ['error', 'WS_ERR_INVALID_OPCODE']],
    ['no mask', frame({ opcode: TEXT, payload: 'hello', mask: false }), ['error', 'WS_ERR_EXPECTED_MASK']],
    ['no mask and no payload', frame({ opcode: TEXT, mask: false }), ['error', 'WS_ERR_EXPECTED_MASK']],
    ['a fragment of nothing', frame({ opcode: CONTINUATION, payload: 'x' }), ['error', 'WS_ERR_INVALID_OPCODE']],
    ['one message in another', Buffer.concat([frame({ opcode: TEXT, fin: false }), next]), ['error', 'WS_ERR_INVALID_OPCODE']],
    ['invalid UTF-8', broken, ['error', 'WS_ERR_INVALID_UTF8']],
    ['invalid UTF-8 in fragments', Buffer.concat(fragments(TEXT, ['a', Buffer.of(0xff)])), ['error', 'WS_ERR_INVALID_UTF8']],
    [
      'a reason that is no UTF-8',
      frame({ opcode: CLOSE, payload: closing(1000, Buffer.of(0xff)) }),
      ['error', 'WS_ERR_INVALID_UTF8'],
    ],
    ['a code that is none', close(1005), ['error', 'WS_ERR_INVALID_CLOSE_CODE']],
    ['too many bytes', frame({ opcode: BINARY, payload: noise(100_001) }), ['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']],
    ['a close frame', close(1000, 'bye'), ['close', 1000, 'bye']],
    ['an empty close frame', close(), ['close', 1005, '']],
  ])('%s', async (_name, end, event) => {
    const stream = Buffer.concat([text('before'), end, next, next])
    expect(await byWs(stream)).toEqual([['text', 'before', 6], event])
    const begin = text('before').length
    // whole; cut in or behind its header; cut shortly before its end, with the next frame in one chunk with the rest of it
    for (const by of [-begin, 0, 1, 2, 6, 7, end.length - 1, end.length]) {
      const at = begin + by
      const { events } = await byBoth(cut(stream, [at]))
      expect([at, events]).toEqual([at, [['text', 'before', 6], event]])
    }
  })
})
