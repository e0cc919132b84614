// FrameScan: lengths that RFC 6455 section 5.2 forbids are found at any cut of the stream, and nothing else is.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { FrameScan } from '../../src/transports/frame-scan.js'

const CLOSE = 8
type Form = 7 | 16 | 64
interface Spec {
  readonly first: number
  readonly masked: boolean
  readonly length: number
  readonly form: Form
}

const shortest = (length: number): Form => (length < 126 ? 7 : length < 65_536 ? 16 : 64)

/** The header of a frame, in any form of length, with a mask if there is to be one. */
function header({ first, masked, length, form }: Spec, high = 0): Buffer {
  const bytes = Buffer.alloc(2 + (form === 7 ? 0 : form / 8) + (masked ? 4 : 0), 0xfe)
  bytes[0] = first
  bytes[1] = (masked ? 0x80 : 0) | (form === 7 ? length : form === 16 ? 126 : 127)
  if (form === 16) bytes.writeUInt16BE(length, 2)
  if (form === 64) bytes.writeBigUInt64BE((BigInt(high) << 56n) | BigInt(length), 2)
  return bytes
}
/** Payload bytes that would themselves be bad headers. */
const frame = (spec: Spec): Buffer => Buffer.concat([header(spec), Buffer.alloc(spec.length, 0xfe)])

/** Cuts the bytes at the given places (any order, any number) and scans the pieces: the answer, and the chunk that it is of. */
function scan(bytes: Buffer, cuts: readonly number[]): { at: number; chunk: number; begin: number } {
  const scanner = new FrameScan()
  const places = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  let begin = 0
  for (const end of places) {
    const at = scanner.scan(bytes.subarray(begin, end))
    if (at !== -1) return { at, chunk: end - begin, begin }
    begin = end
  }
  return { at: -1, chunk: 0, begin }
}

const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 130 }) },
  { weight: 2, arbitrary: fc.integer({ min: 131, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 65_600 }) },
)
/** Any first byte but a close frame's: what else is wrong with it is the business of `ws`. */
const firsts = fc.integer({ min: 0, max: 255 }).filter((first) => (first & 15) !== CLOSE)
const good = fc
  .record({ first: firsts, masked: fc.boolean(), length: lengths })
  .map((spec): Spec => ({ ...spec, form: shortest(spec.length) }))
const bad = fc.oneof(
  fc.record({ first: firsts, masked: fc.boolean(), length: fc.integer({ min: 0, max: 125 }), form: fc.constant<Form>(16) }),
  fc.record({ first: firsts, masked: fc.boolean(), length: fc.integer({ min: 0, max: 65_535 }), form: fc.constant<Form>(64) }),
)
const cuts = fc.array(fc.nat(1_000_000), { maxLength: 40 })

describe('streams cut at random places', () => {
  test('good frames are fine, whatever their payload looks like', () => {
    fc.assert(
      fc.property(fc.array(good, { maxLength: 12 }), cuts, (specs, cuts) => {
        expect(scan(Buffer.concat(specs.map(frame)), cuts).at).toBe(-1)
      }),
      { numRuns: 400 },
    )
  })

  test('one bad frame is found where it begins, or at 0 if it began in an earlier chunk', () => {
    fc.assert(
      fc.property(fc.array(good, { maxLength: 8 }), bad, fc.array(good, { maxLength: 2 }), cuts, (before, wrong, after, cuts) => {
        const head = Buffer.concat(before.map(frame))
        const { at, begin, chunk } = scan(Buffer.concat([head, header(wrong), ...after.map(frame)]), cuts)
        expect(at).toBe(Math.max(0, head.length - begin))
        expect(at).toBeLessThan(chunk)
      }),
      { numRuns: 400 },
    )
  })

  test('a length whose most significant bit is set is found, in whole headers and in split ones', () => {
    fc.assert(
      fc.property(
        fc.array(good, { maxLength: 4 }),
        fc.integer({ min: 0x80, max: 0xff }),
        fc.nat(2 ** 40),
        cuts,
        (before, high, length, cuts) => {
          const head = Buffer.concat(before.map(frame))
          const wrong = header({ first: 0x82, masked: true, length, form: 64 }, high)
          const { at, begin } = scan(Buffer.concat([head, wrong]), cuts)
          expect(at).toBe(Math.max(0, head.length - begin))
        },
      ),
    )
  })
})

describe('one byte at a time', () => {
  const bytewise = (bytes: Buffer): number => {
    const scanner = new FrameScan()
    for (let i = 0; i < bytes.length; i++) {
      const at = scanner.scan(bytes.subarray(i, i + 1))
      if (at !== -1) return i
    }
    return -1
  }

  test.each<[number, Form, boolean]>([
    [0, 7, false],
    [125, 7, false],
    [0, 16, true],
    [125, 16, true],
    [126, 16, false],
    [127, 16, false],
    [65_535, 16, false],
    [0, 64, true],
    [126, 64, true],
    [65_535, 64, true],
    [65_536, 64, false],
    [65_537, 64, false],
  ])('a length of %i in %i bits: bad is %j', (length, form, isBad) => {
    const bytes = Buffer.concat([header({ first: 0x82, masked: true, length, form }), Buffer.alloc(length, 0xfe)])
    expect(bytewise(bytes)).toBe(isBad ? 2 + form / 8 - 1 : -1)
    expect(new FrameScan().scan(bytes)).toBe(isBad ? 0 : -1)
  })

  test('the most significant bit of 64 is seen at its byte', () => {
    expect(bytewise(header({ first: 0x82, masked: true, length: 0, form: 64 }, 0x80))).toBe(2)
  })

  test('what follows a split header and its payload is looked at again', () => {
    const stream = Buffer.concat([
      frame({ first: 0x82, masked: true, length: 300, form: 16 }),
      frame({ first: 0x81, masked: true, length: 70_000, form: 64 }),
      header({ first: 0x82, masked: true, length: 1, form: 16 }),
    ])
    expect(bytewise(stream)).toBe(stream.length - 5)
  })
})

describe('where looking ends', () => {
  const wrong = header({ first: 0x82, masked: true, length: 1, form: 16 })

  test('behind a close frame nothing is looked at, in its chunk and in later ones', () => {
    const close = frame({ first: 0x88, masked: true, length: 2, form: 7 })
    for (const cut of [0, 1, 2, 3, close.length, close.length + 1]) {
      expect(scan(Buffer.concat([close, wrong]), [cut]).at).toBe(-1)
    }
  })

  test('nor behind the header of a frame of 2 GiB or more, which every limit refuses', () => {
    for (const length of [2 ** 31 - 1, 2 ** 31, 2 ** 40]) {
      const head = header({ first: 0x82, masked: true, length, form: 64 })
      for (const cut of [0, 1, 5, 9, 10, 12]) expect(scan(Buffer.concat([head, wrong]), [cut]).at).toBe(-1)
    }
    const highest = header({ first: 0x82, masked: true, length: 0, form: 64 }, 0x7f)
    expect(scan(Buffer.concat([highest, wrong]), []).at).toBe(-1)
  })

  test('the payload of a frame may be longer than any chunk: the next header is found behind it', () => {
    const scanner = new FrameScan()
    const length = 3_000_000
    expect(scanner.scan(header({ first: 0x82, masked: true, length, form: 64 }))).toBe(-1)
    for (let left = length; left > 0; left -= 60_000) expect(scanner.scan(Buffer.alloc(Math.min(left, 60_000), 0xfe))).toBe(-1)
    expect(scanner.scan(wrong)).toBe(0)
  })

  test('an empty chunk changes nothing', () => {
    const scanner = new FrameScan()
    for (const byte of wrong.subarray(0, 3)) {
      expect(scanner.scan(Buffer.alloc(0))).toBe(-1)
      expect(scanner.scan(Buffer.of(byte))).toBe(-1)
    }
    expect(scanner.scan(wrong.subarray(3))).toBe(0)
  })
})
