// What is MessagePack's own, beyond the facts that every codec holds to. Run with msgpackr's native reader and without.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { Packr } from 'msgpackr'
import { msgpackCodec } from 'gensock/msgpack'
import { expectSame } from '../wire/codec-suite.js'

const there = (value: unknown): unknown => msgpackCodec.decode(msgpackCodec.encode(value))
const written = (value: unknown): Uint8Array => msgpackCodec.encode(value) as Uint8Array
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff)

export function ownFacts(name: string): void {
  describe(`${name}: bytes`, () => {
    test.each([0, 1, 255, 256, 4090, 4096, 65_535, 65_536, 1_000_000])('%d bytes come back as a plain Uint8Array', (length) => {
      for (const bytes of [pattern(length), Buffer.from(pattern(length)), pattern(length + 20).subarray(20)]) {
        const [got] = there([bytes]) as [Uint8Array]
        expect(Object.getPrototypeOf(got) === Uint8Array.prototype).toBe(true)
        expect(Buffer.compare(got, bytes)).toBe(0)
      }
    })
    test('bytes of another realm are bytes', () => {
      expectSame(there([runInNewContext('new Uint8Array([7, 8])') as unknown]), [new Uint8Array([7, 8])])
    })
    test.each([3, 10_000])('%d bytes that were decoded do not change with the frame', (length) => {
      const frame = Buffer.from(written({ bytes: pattern(length) }))
      const { bytes } = msgpackCodec.decode(frame) as { bytes: Uint8Array }
      frame.fill(0)
      msgpackCodec.decode(written({ bytes: pattern(length).fill(9) }))
      expectSame(bytes, pattern(length))
      expect(bytes.buffer.byteLength).toBe(length)
    })
    test('what is encoded has memory of its own, and nothing else is in it', () => {
      for (const value of [1, 'x'.repeat(10_000), pattern(100)]) {
        const frame = written(value)
        expect(Object.getPrototypeOf(frame) === Uint8Array.prototype).toBe(true)
        expect([frame.byteOffset, frame.buffer.byteLength]).toEqual([0, frame.length])
      }
    })
    test.each([1, 5000])('a frame of %d texts is read where it stands in a larger buffer, and is left as it is', (count) => {
      const value = Array.from({ length: count }, (_, i) => ({ text: `text number ${i}` }))
      const data = written(value)
      const around = Buffer.alloc(data.length + 40, 0xc1)
      around.set(data, 13)
      const frame = around.subarray(13, 13 + data.length)
      expectSame(msgpackCodec.decode(frame), value)
      expect(Reflect.ownKeys(frame).filter((key) => typeof key === 'symbol' || !/^\d+$/.test(key))).toEqual([])
      expect(() => msgpackCodec.decode(around.subarray(13, 14 + data.length))).toThrow('data after the value')
    })
    test('the buffer of one large value is not kept', () => {
      written('x'.repeat(5_000_000))
      expect(new Packr().pack(1).buffer.byteLength).toBeLessThanOrEqual(1_048_576)
      expectSame(there(['after', { it: 'y'.repeat(100_000) }]), ['after', { it: 'y'.repeat(100_000) }])
    })
  })

  describe(`${name}: dates and numbers`, () => {
    test('any Date comes back, to the millisecond', () => {
      fc.assert(fc.property(fc.date({ noInvalidDate: true }), (date) => expectSame(there([date]), [date])))
      for (const ms of [0, 1, -1, 999, 1000, 2 ** 32 * 1000 - 1, 2 ** 32 * 1000, 2 ** 34 * 1000, 8.64e15, -8.64e15])
        expectSame(there({ at: new Date(ms) }), { at: new Date(ms) })
    })
    test('NaN and the infinities come back', () => {
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      expectSame(there(odd), odd)
    })
    test('any number comes back, -0 as 0', () => {
      fc.assert(fc.property(fc.double(), (number) => expectSame(there(number), number === 0 ? 0 : number)))
      fc.assert(fc.property(fc.maxSafeInteger(), (number) => expectSame(there(number), number)))
    })
  })

  describe(`${name}: texts`, () => {
    test('a lone surrogate becomes U+FFFD, in values and in keys, of short texts and of long', () => {
      const lone = fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\udbff', 'a', 'ä', '💬'), maxLength: 200, size: 'max' })
      fc.assert(
        fc.property(lone, (text) => {
          const whole = Buffer.from(text).toString()
          expectSame(there([text, { [text]: [text] }]), [whole, { [whole]: [whole] }])
          expect(Buffer.from(written([text])).includes(Buffer.from(whole))).toBe(true)
        }),
      )
    })
    test('any text comes back in any company', () => {
      const text = fc.string({ unit: 'binary', maxLength: 300, size: 'max' }).filter((made) => !made.startsWith('\ufeff'))
      fc.assert(fc.property(fc.array(text, { maxLength: 30, size: 'max' }), (texts) => expectSame(there(texts), texts)))
    })
  })

  test(`${name}: what a getter changes while it is written is nil, no extension`, () => {
    for (const second of [undefined, () => 1]) {
      let asked = 0
      const value = {
        get a(): unknown {
          return asked++ === 0 ? 1 : second
        },
      }
      expectSame(there(value), { a: null })
    }
  })
}
