// What the scanner refuses, format by format, and that msgpackr alone would take it.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { msgpackCodec } from 'gensock/msgpack'
import { Unpackr } from 'msgpackr'
import { scan } from '../../src/msgpack/scan.js'
import { cpuMs } from '../cpu-time.js'
import { be, bytes } from './raw.js'

const alone = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const refused = (data: Uint8Array, why: string): void => {
  expect(() => scan(data)).toThrow(why)
  expect(() => msgpackCodec.decode(data)).toThrow(why)
}
const EXTENSION = 'an extension other than a timestamp'

describe('extensions', () => {
  test('a record of msgpackr, whose keys become code, is refused', () => {
    // Define record 0x40 with the key "a" and the value 1; then use it four times: msgpackr has made a function by then.
    const record = hex('95 d4 72 40 91 a161 01  40 01  40 01  40 01  40 01')
    const made: string[] = []
    const { Function: whole } = globalThis
    globalThis.Function = new Proxy(whole, {
      construct: (target, args: string[]) => (made.push(args[1] as string), new target(...args)),
    })
    try {
      expect(alone.unpack(record)).toEqual(Array.from({ length: 5 }, () => ({ a: 1 })))
      expect(made).toEqual(['return function(){return ({a:r()})}'])
      made.length = 0
      refused(record, EXTENSION)
      refused(hex('91 d5 72 40 00 91 a161 01'), EXTENSION)
      expect(made).toEqual([])
    } finally {
      globalThis.Function = whole
    }
  })

  test('circles, regular expressions, sets, errors and typed arrays of msgpackr are refused', () => {
    const circle = hex('d6 69 00000001 91 d6 70 00000001')
    const made = alone.unpack(circle) as unknown[]
    expect(made[0]).toBe(made)
    refused(circle, EXTENSION)
    for (const [of, wanted] of [
      ['d4 78 00 92 a161 a0', RegExp],
      ['d4 73 00 91 01', Set],
      ['d4 65 00 93 a5 4572726f72 a161 c0', Error],
      ['c7 02 74 01 07', Uint8Array],
    ] as const) {
      expect(alone.unpack(hex(of))).toBeInstanceOf(wanted)
      refused(hex(of), EXTENSION)
      refused(bytes(0x92, 0xc0, hex(of)), EXTENSION)
    }
  })

  test('bundled texts, bigints and undefined of msgpackr are refused', () => {
    for (const written of ['d6 62 00000001 c0', 'c8 0004 62 00000001', 'c7 09 42 010000000000000000', 'd4 00 00'])
      refused(hex(written), EXTENSION)
  })

  test('of all types only -1 passes, in its three forms', () => {
    for (let type = 0; type < 256; type++) {
      const forms = [
        bytes(0xd4, type, 0),
        bytes(0xd5, type, 0, 0),
        bytes(0xd6, type, be(4, 0)),
        bytes(0xd7, type, be(4, 0), be(4, 0)),
        bytes(0xd8, type, new Uint8Array(16)),
        ...[0, 1, 4, 8, 12].map((length) => bytes(0xc7, length, type, new Uint8Array(length))),
        ...[0, 1, 4, 8, 12].map((length) => bytes(0xc8, be(2, length), type, new Uint8Array(length))),
        ...[0, 1, 4, 8, 12].map((length) => bytes(0xc9, be(4, length), type, new Uint8Array(length))),
      ]
      const pass = forms.map((form) => passes(form))
      expect(pass.flatMap((passed, i) => (passed ? [i] : []))).toEqual(type === 0xff ? [2, 3, 9] : [])
    }
  })

  test.each([
    ['timestamp 64 with a whole second of nanoseconds', 'd7 ff ee6b2800 00000000'],
    ['timestamp 96 with a whole second of nanoseconds', 'c7 0c ff 3b9aca00 0000000000000000'],
    ['timestamp 96 one second after the last Date', 'c7 0c ff 00000000 000007dba8218001'],
    ['timestamp 96 1 ms after the last Date', 'c7 0c ff 000f4240 000007dba8218000'],
    ['timestamp 96 one second before the first Date', 'c7 0c ff 00000000 fffff82457de7fff'],
    ['timestamp 96 of the largest number', 'c7 0c ff 00000000 7fffffffffffffff'],
  ])('%s is refused', (_, of) => refused(hex(of), 'a time that a Date cannot hold'))

  test('the first and the last Date pass', () => {
    expect(msgpackCodec.decode(hex('c7 0c ff 00000000 000007dba8218000'))).toEqual(new Date(8.64e15))
    expect(msgpackCodec.decode(hex('c7 0c ff 00000000 fffff82457de8000'))).toEqual(new Date(-8.64e15))
  })
})

describe('keys', () => {
  test('only strings are keys', () => {
    for (const key of [
      '00',
      '7f',
      'ff',
      'c0',
      'c2',
      'c3',
      'cc 01',
      'cb 3ff8000000000000',
      'c4 01 61',
      '90',
      '91 a161',
      '80',
      'd6 ff 00000001',
    ]) {
      refused(hex(`81 ${key} 01`), 'a key that is no string')
      refused(hex(`de 0001 ${key} 01`), 'a key that is no string')
      refused(hex(`82 a161 01 ${key} 01`), 'a key that is no string')
    }
    expect(alone.unpack(hex('81 01 01'))).toEqual({ 1: 1 })
  })

  test('msgpackr alone renames __proto__', () => {
    expect(alone.unpack(bytes(0x81, 0xa9, '__proto__', 1))).toEqual({ __proto_: 1 })
    refused(bytes(0x81, 0xa9, '__proto__', 1), 'a key that is not allowed')
  })

  test('bytes that are no UTF-8 do not make a key that is not allowed', () => {
    for (const key of [
      bytes(0xc1, 0x9f, '_proto__'), // an overlong underscore
      bytes(0xe0, 0x81, 0x9f, '_proto__'),
      bytes('__proto__', 0x80),
      bytes(0xff, '__proto__'),
      bytes(0xef, 0xbb, 0xbf, '__proto__'),
      bytes('__proto__', 0),
    ])
      for (const data of [bytes(0x81, 0xa0 | key.length, key, 1), bytes(0x81, 0xdb, be(4, key.length), key, 1)]) {
        const [name] = Object.keys(msgpackCodec.decode(data) as object) as [string]
        expect(['__proto__', '__proto_']).not.toContain(name)
        expect(name).toHaveLength(name.includes('\ufffd') ? name.length : 10)
      }
  })
})

describe('lengths', () => {
  test.each([
    ['str 8', bytes(0xd9, 0xff, 'a')],
    ['str 16', bytes(0xda, be(2, 0xffff), 'a')],
    ['str 32', bytes(0xdb, be(4, 0xffffffff), 'a')],
    ['bin 8', bytes(0xc4, 0xff, 'a')],
    ['bin 16', bytes(0xc5, be(2, 0xffff), 'a')],
    ['bin 32', bytes(0xc6, be(4, 0xffffffff), 'a')],
    ['fixarray', bytes(0x9f, 1)],
    ['array 16', bytes(0xdc, be(2, 0xffff), 1)],
    ['array 32', bytes(0xdd, be(4, 0xffffffff), 1)],
    ['fixmap', bytes(0x8f, 0xa1, 'a', 1)],
    ['map 16', bytes(0xde, be(2, 0xffff), 0xa1, 'a', 1)],
    ['map 32', bytes(0xdf, be(4, 0xffffffff), 0xa1, 'a', 1)],
    ['map 32 with half of its entries', bytes(0xdf, be(4, 0x80000000), 0xa1, 'a', 1)],
    ['a key of str 32', bytes(0x81, 0xdb, be(4, 0xffffffff), 'a')],
  ])('%s that claims more than there is is refused', (_, data) => {
    refused(data, 'the data ends too early')
    refused(bytes(0x91, data), 'the data ends too early')
    refused(bytes(0x81, 0xa1, 'k', data), 'the data ends too early')
  })

  test('claims that fit one by one and not together are refused before anything is made of them', () => {
    const size = 1_000_000
    const header = bytes(0xdd, be(4, size - 64 * 5))
    const data = bytes(...Array.from({ length: 64 }, () => header), new Uint8Array(size - 64 * 5))
    const before = cpuMs()
    refused(data, 'the data ends too early')
    expect(cpuMs() - before).toBeLessThan(1000)
  })

  test('every header that is cut off is refused', () => {
    for (let head = 0xc4; head < 0xe0; head++)
      for (let length = 0; length < 5; length++) {
        if (passes(bytes(head, new Uint8Array(length)))) continue
        expect(() => scan(bytes(head, new Uint8Array(length)))).toThrow(/ends too early|extension|after/)
      }
    for (const data of [
      'cc',
      'cd 00',
      'ce 000000',
      'cf 00000000000000',
      'd0',
      'd1 00',
      'd2 000000',
      'd3 00',
      'ca 000000',
      'cb 00000000000000',
      'd6 ff 000000',
      'd7 ff 00',
      'c7 0c ff 00',
      'dc 00',
      'dd 000000',
      'de 00',
      'df 000000',
      '81',
      '81 a1',
      '81 a161',
      '91',
    ])
      refused(hex(data), 'the data ends too early')
  })
})

describe('the rest', () => {
  test('the byte that the specification never uses is refused', () => {
    for (const written of ['c1', '91 c1', '81 a161 c1']) refused(hex(written), 'the byte that is never used')
  })

  test.each([
    'cf 0020000000000000',
    'cf ffffffffffffffff',
    'd3 0020000000000000',
    'd3 7fffffffffffffff',
    'd3 8000000000000000',
    'd3 ffdfffffffffffff',
  ])('the integer %s, which a number would round, is refused', (of) => refused(hex(of), 'an integer that a number cannot hold'))

  test('what the scanner passes msgpackr reads to its end, and nothing else', () => {
    const random = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40, size: 'max' }), small)
    let passed = 0
    fc.assert(
      fc.property(random, (data) => {
        if (!passes(data)) return
        passed++
        msgpackCodec.decode(data)
        expect(() => msgpackCodec.decode(bytes(data, 0xc0))).toThrow('data after the value')
      }),
      { numRuns: 8000 },
    )
    expect(passed).toBeGreaterThan(200)
  })
})

/** Few containers with few things in them: often whole. */
const small = fc
  .array(fc.constantFrom(0x80, 0x81, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0x61, 0xc0, 0xc4, 0xcc, 0xd9, 0xd0, 0x01), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) => Uint8Array.from(all))

function passes(data: Uint8Array): boolean {
  try {
    scan(data)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return false
  }
}
