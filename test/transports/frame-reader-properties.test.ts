// FrameReader at random: any stream, good or bad, cut anywhere, is heard as one Receiver of `ws` hears it.
import { describe, expect, jest, test } from '@jest/globals'
import * as fc from 'fast-check'
import { BINARY, CLOSE, CONTINUATION, close, closing, fragments, frame, PING, PONG, TEXT } from '../rfc/peer.js'
import { asciiText, byBoth, byWs, cut, noise, pieces, wideText } from './frame-reading.js'

// `npm run coverage` counts each branch of the reader: that is several times the work.
jest.setTimeout(30_000)

const length = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }) },
  { weight: 4, arbitrary: fc.constantFrom(63, 64, 65, 66, 125, 126, 127) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 2000 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_534, 65_535, 65_536) },
)
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
/** With a wrong byte somewhere in the last third. */
const brokenText = (size: number): Buffer => Buffer.concat([wideText(size), Buffer.of(0xc3), asciiText(Math.floor(size / 2))])

const payload = fc.oneof(
  length.map((size): [number, Buffer] => [TEXT, asciiText(size)]),
  length.map((size): [number, Buffer] => [TEXT, wideText(size)]),
  length.map((size): [number, Buffer] => [BINARY, noise(size)]),
)
const plain = fc.tuple(payload, mask).map(([[opcode, payload], mask]) => frame({ opcode, payload, mask }))
const control = fc
  .tuple(fc.constantFrom(PING, PONG), fc.constantFrom(0, 1, 5, 125), mask)
  .map(([opcode, size, mask]) => frame({ opcode, payload: noise(size), mask }))
/** Cut anywhere, in the middle of characters too. */
const fragmented = fc
  .tuple(payload, fc.array(fc.nat(70_000), { minLength: 1, maxLength: 4 }), fc.array(control, { maxLength: 2 }))
  .map(([[opcode, bytes], places, controls]) =>
    Buffer.concat(fragments(opcode, cut(bytes, places)).flatMap((one, i) => [...(i === 1 ? controls : []), one])),
  )
const bad = fc.oneof(
  fc.tuple(payload, fc.integer({ min: 1, max: 7 })).map(([[opcode, payload], rsv]) => frame({ opcode, payload, rsv })),
  fc
    .tuple(fc.constantFrom(3, 4, 5, 6, 7, 11, 12, 13, 14, 15), length)
    .map(([opcode, size]) => frame({ opcode, payload: noise(size) })),
  payload.map(([opcode, payload]) => frame({ opcode, payload, mask: false })),
  fc.tuple(length, mask).map(([size, mask]) => frame({ opcode: TEXT, payload: brokenText(size), mask })),
  fc.tuple(length, mask).map(([size, mask]) => frame({ opcode: TEXT, payload: brokenText(size), mask })),
  length.map((size) => Buffer.concat(fragments(TEXT, [brokenText(size), 'end']))),
  fc.constantFrom(100_001, 120_000).map((size) => frame({ opcode: BINARY, payload: noise(size) })),
  payload.map(([, payload]) => frame({ opcode: CONTINUATION, payload })), // nothing to go on with
  fc.tuple(payload, plain).map(([[opcode, payload], next]) => Buffer.concat([frame({ opcode, payload, fin: false }), next])),
  fc.constantFrom(PING, PONG).map((opcode) => frame({ opcode, payload: noise(126) })),
  fc.constantFrom(PING, CLOSE).map((opcode) => frame({ opcode, fin: false })),
  fc
    .constantFrom(Buffer.of(3), closing(1005), closing(1000, Buffer.of(0xff)))
    .map((payload) => frame({ opcode: CLOSE, payload })),
)
const ending = fc.constantFrom(close(), close(1000), close(4000, 'grüße'))
const stream = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 3, arbitrary: control },
    { weight: 4, arbitrary: fragmented },
    { weight: 2, arbitrary: bad },
    { weight: 1, arbitrary: ending },
  ),
  { maxLength: 12 },
)
/** Anywhere, and at or near the border of a frame: in a header, mostly. */
const cuts = fc.tuple(
  fc.array(fc.nat(1_000_000), { maxLength: 12 }),
  fc.array(fc.tuple(fc.nat(20), fc.integer({ min: -3, max: 16 })), { maxLength: 12 }),
)
function placesOf(frames: readonly Buffer[], [anywhere, near]: readonly [number[], [number, number][]]): number[] {
  const borders = [0]
  for (const one of frames) borders.push((borders.at(-1) as number) + one.length)
  return [...anywhere, ...near.map(([which, by]) => Math.max(0, (borders[which % borders.length] as number) + by))]
}

describe('a random stream, cut at random places, is the same as for `ws` alone:', () => {
  test.each<[string, fc.Arbitrary<number>, boolean]>([
    ['every frame is read, and errors come at their place', fc.constant(100_000), true],
    ['where UTF-8 is not looked at', fc.constant(100_000), false],
    ['where frames above the maximum are many', fc.constantFrom(1, 64, 126, 1000, 65_535), true],
  ])('%s', async (_name, max, validates) => {
    const run = async (frames: readonly Buffer[], maxBytes: number, at: [number[], [number, number][]]): Promise<void> => {
      const bytes = Buffer.concat(frames)
      const limits = { maxBytes, validates }
      const { events } = await byBoth(cut(bytes, placesOf(frames, at)), limits)
      expect(events).toEqual(await byWs(bytes, limits))
    }
    await fc.assert(fc.asyncProperty(stream, max, cuts, run), { numRuns: 400 })
  })

  test('byte by byte', async () => {
    const small = fc
      .array(fc.oneof(plain, control, fragmented, bad), { maxLength: 5 })
      .filter((all) => Buffer.concat(all).length < 600)
    await fc.assert(
      fc.asyncProperty(small, async (frames) => {
        const bytes = Buffer.concat(frames)
        expect((await byBoth(pieces(bytes, 1))).events).toEqual(await byWs(bytes))
      }),
      { numRuns: 60 },
    )
  })
})
