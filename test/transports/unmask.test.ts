// unmask: what a plain loop over the bytes makes of it (RFC 6455 section 5.3), at every length and place.
import { describe, expect, test } from '@jest/globals'
import { unmask } from '../../src/transports/unmask.js'

const MAX_LENGTH = 300
const MAX_OFFSET = 8
/** Bytes on either side that are nobody's business. */
const MARGIN = 16
const MASKS: readonly (readonly [string, Buffer])[] = [
  ['low bits', Buffer.from([0x01, 0x22, 0x43, 0x7f])],
  ['high bits', Buffer.from([0x80, 0xff, 0xc3, 0x9d])],
  ['high and low bits', Buffer.from([0x37, 0xfa, 0x21, 0x3d])],
  ['nothing', Buffer.alloc(4)],
]
const lengths = Array.from({ length: MAX_LENGTH + 1 }, (_, length) => length)

/** The same bytes each time, of all values. */
const noise = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (Math.imul(i + 7, 2_654_435_761) >>> 11) & 0xff))
/** A view that begins so many bytes into its memory. */
function viewAt(byteOffset: number, bytes: Uint8Array): Buffer {
  const memory = Buffer.alloc(byteOffset + bytes.length)
  memory.set(bytes, byteOffset)
  return memory.subarray(byteOffset)
}
/** RFC 6455 section 5.3: "j = i MOD 4, transformed-octet-i = original-octet-i XOR masking-key-octet-j". */
function plain(chunk: Uint8Array, start: number, length: number, mask: Uint8Array): Buffer {
  const out = Buffer.from(chunk)
  for (let i = 0; i < length; i++) out[start + i] = (out[start + i] as number) ^ (mask[i % 4] as number)
  return out
}

describe.each(MASKS)('a mask of %s', (_name, mask) => {
  test.each([0, 1, 2, 3])(
    'does at every length and offset what a loop over the bytes does, in a view %d bytes into its memory',
    (into) => {
      const wrong: string[] = []
      for (const length of lengths) {
        for (let start = 0; start <= MAX_OFFSET; start++) {
          const before = noise(start + length + MARGIN)
          const expected = plain(before, start, length, mask)
          const chunk = viewAt(into, before)
          const isAscii = unmask(chunk, start, length, mask, 0)
          // the whole chunk is compared: what is around the payload stays as it is
          if (!chunk.equals(expected)) wrong.push(`${length} bytes at ${start}`)
          if (isAscii !== expected.subarray(start, start + length).every((byte) => byte < 128))
            wrong.push(`flag of ${length} at ${start}`)
          unmask(chunk, start, length, mask, 0)
          if (!chunk.equals(before)) wrong.push(`${length} bytes at ${start}, twice`)
        }
      }
      expect(wrong).toEqual([])
    },
  )

  test('one byte of 128 or more is seen wherever it stands, and no other bit is taken for it', () => {
    const wrong: string[] = []
    for (const length of [1, 3, 4, 5, 62, 63, 64, 65, 66, 67, 68, 127, 128, 129, 131]) {
      for (let start = 0; start < 4; start++) {
        const text = plain(Buffer.alloc(start + length, 0x7f), start, length, mask)
        if (!unmask(Buffer.from(text), start, length, mask, 0)) wrong.push(`${length} at ${start}`)
        for (let at = 0; at < length; at++) {
          const chunk = plain(Buffer.alloc(start + length), start, length, mask)
          chunk[start + at] = (chunk[start + at] as number) ^ 0x80
          if (unmask(chunk, start, length, mask, 0)) wrong.push(`${length} at ${start}, byte ${at}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })
})

test('bytes of 128 or more around the payload do not count', () => {
  for (const length of [0, 1, 63, 64, 65, 66, 67, 200]) {
    for (let start = 1; start <= MAX_OFFSET; start++) {
      const chunk = Buffer.alloc(start + length + MARGIN, 0xff).fill('a', start, start + length)
      expect(unmask(chunk, start, length, Buffer.alloc(4), 0)).toBe(true)
    }
  }
})

test('the mask may stand in the chunk itself, anywhere before the payload, and stays as it is', () => {
  for (const length of [0, 1, 4, 63, 64, 65, 66, 67, 300]) {
    for (let maskAt = 0; maskAt <= MAX_OFFSET; maskAt++) {
      const start = maskAt + 4
      const before = noise(start + length + MARGIN)
      const chunk = viewAt(1, before)
      unmask(chunk, start, length, chunk, maskAt)
      expect(chunk.equals(plain(before, start, length, before.subarray(maskAt, start)))).toBe(true)
    }
  }
})
