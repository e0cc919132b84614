// MessagePack written by hand from the format table of its specification, without msgpackr. Entered by the tests of the codec.
import * as fc from 'fast-check'
import type { Raw } from '../wire/codec-suite.js'

export function bytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : typeof part === 'number' ? [part] : [...part])),
  )
}
/** A number as 2 or 4 bytes, the highest first. */
export function be(width: 2 | 4, value: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => (value / 2 ** (8 * (width - 1 - i))) & 0xff)
}

/** A string in each of the forms that it fits in. */
function spellings(text: string): Uint8Array[] {
  const { length } = Buffer.from(text)
  const forms = [bytes(0xdb, be(4, length), text), bytes(0xda, be(2, length), text), bytes(0xd9, length, text)]
  return length < 32 ? [bytes(0xa0 | length, text), ...forms] : forms
}
const list = (items: readonly Uint8Array[]): Uint8Array =>
  bytes(items.length < 16 ? 0x90 | items.length : bytes(0xdc, be(2, items.length)), ...items)

const heads = fc.oneof(
  fc.integer({ min: 0xc0, max: 0xdf }),
  fc.constantFrom(
    0x00,
    0x7f,
    0x80,
    0x81,
    0x82,
    0x8f,
    0x90,
    0x91,
    0x9f,
    0xa0,
    0xa1,
    0xa9,
    0xff,
    0xe0,
    0x40,
    0x72,
    0x62,
    0x69,
    0x70,
  ),
)

export const rawMsgpack: Raw<Uint8Array> = {
  spellings,
  list,
  object: (entries) => bytes(0x80 | entries.length, ...entries.flat()),
  nested: (levels) => new Uint8Array(levels).fill(0x91, 0, levels - 1).fill(0x90, levels - 1),
  openings: (count) => new Uint8Array(count).fill(0x91),
  join: (...parts) => Uint8Array.from(Buffer.concat(parts)),
  cut: (data, length) => data.slice(0, length),
  flip: (data, at, bit) => data.with(at, (data[at] as number) ^ (1 << bit)),
  garbage: fc.oneof(
    fc.uint8Array({ maxLength: 64, size: 'max' }),
    fc.array(fc.oneof(heads, fc.nat({ max: 255 })), { maxLength: 64, size: 'max' }).map((all) => Uint8Array.from(all)),
    fc
      .array(
        fc.oneof(
          heads.map((head) => bytes(head)),
          fc.constantFrom(...spellings('__proto__'), ...spellings('a')),
        ),
        { maxLength: 30 },
      )
      .map((all) => bytes(...all)),
  ),
  otherKind: ['', '1', '\u0001', '\u0090', '["a"]'],
}
