// The codec against the MessagePack specification: bytes written by hand from its format table, in both directions.
import { describe, expect, test } from '@jest/globals'
import { msgpackCodec } from 'gensock/msgpack'
import { expectSame } from '../wire/codec-suite.js'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hexOf = (value: unknown): string => Buffer.from(msgpackCodec.encode(value) as Uint8Array).toString('hex')
const read = (hex: string): unknown => msgpackCodec.decode(bytesOf(hex))

const SHORTEST: readonly (readonly [format: string, hex: string, value: unknown])[] = [
  ['nil', 'c0', null],
  ['false', 'c2', false],
  ['true', 'c3', true],
  ['positive fixint, least', '00', 0],
  ['positive fixint, most', '7f', 127],
  ['negative fixint, most', 'ff', -1],
  ['negative fixint, least', 'e0', -32],
  ['uint 8, least that needs it', 'cc 80', 128],
  ['uint 8, most', 'cc ff', 255],
  ['uint 16, least that needs it', 'cd 0100', 256],
  ['uint 16, most', 'cd ffff', 65_535],
  ['uint 32, least that needs it', 'ce 00010000', 65_536],
  ['uint 32, most', 'ce ffffffff', 4_294_967_295],
  ['int 8, most that needs it', 'd0 df', -33],
  ['int 8, least', 'd0 80', -128],
  ['int 16, most that needs it', 'd1 ff7f', -129],
  ['int 16, least', 'd1 8000', -32_768],
  ['int 32, most that needs it', 'd2 ffff7fff', -32_769],
  ['int 32, least', 'd2 80000000', -2_147_483_648],
  ['float 64', 'cb 3ff8000000000000', 1.5],
  ['float 64, a third', 'cb 3fd5555555555555', 1 / 3],
  ['float 64, infinity', 'cb 7ff0000000000000', Number.POSITIVE_INFINITY],
  ['float 64, not a number', 'cb 7ff8000000000000', Number.NaN],
  ['fixstr, empty', 'a0', ''],
  ['fixstr', 'a2 6869', 'hi'],
  ['fixstr, two bytes a character', 'a4 c3a4c3b6', 'äö'],
  ['fixstr, four bytes a character', 'a4 f09f92ac', '💬'],
  ['fixstr, longest', `bf ${'61'.repeat(31)}`, 'a'.repeat(31)],
  ['str 8, shortest that needs it', `d9 20 ${'61'.repeat(32)}`, 'a'.repeat(32)],
  ['str 8, longest', `d9 ff ${'61'.repeat(255)}`, 'a'.repeat(255)],
  ['str 16, shortest that needs it', `da 0100 ${'61'.repeat(256)}`, 'a'.repeat(256)],
  ['str 32, shortest that needs it', `db 00010000 ${'61'.repeat(65_536)}`, 'a'.repeat(65_536)],
  ['bin 8', 'c4 03 010203', new Uint8Array([1, 2, 3])],
  ['bin 8, empty', 'c4 00', new Uint8Array()],
  ['bin 16, shortest that needs it', `c5 0100 ${'07'.repeat(256)}`, new Uint8Array(256).fill(7)],
  ['bin 32, shortest that needs it', `c6 00010000 ${'07'.repeat(65_536)}`, new Uint8Array(65_536).fill(7)],
  ['fixarray, empty', '90', []],
  ['fixarray', '93 01 a161 c0', [1, 'a', null]],
  ['array 16, shortest that needs it', `dc 0010 ${'05'.repeat(16)}`, Array(16).fill(5)],
  ['array 32, shortest that needs it', `dd 00010000 ${'05'.repeat(65_536)}`, Array(65_536).fill(5)],
  ['fixmap, empty', '80', {}],
  ['fixmap', '82 a161 01 a162 91 c3', { a: 1, b: [true] }],
  [
    'map 16, shortest that needs it',
    `de 0010 ${letters('').join('')}`,
    Object.fromEntries(letters('key').map((key) => [key, 1])),
  ],
  ['timestamp 32', 'd6 ff 00000001', new Date(1000)],
  ['timestamp 32, most', 'd6 ff ffffffff', new Date(4_294_967_295_000)],
  ['timestamp 64, 1 ms: 1 000 000 ns << 34', 'd7 ff 003d0900 00000000', new Date(1)],
  ['timestamp 96, before 1970', 'c7 0c ff 3b8b87c0 ffffffffffffffff', new Date(-1)],
]

/** Sixteen keys of one letter: as text, or as the bytes of an entry with the value 1. */
function letters(as: 'key' | ''): string[] {
  return Array.from({ length: 16 }, (_, i) => (as === 'key' ? String.fromCharCode(97 + i) : `a1 ${(0x61 + i).toString(16)} 01`))
}

const LONGER: readonly (readonly [format: string, hex: string, value: unknown])[] = [
  ['uint 8 of a small number', 'cc 01', 1],
  ['uint 16 of a small number', 'cd 0001', 1],
  ['uint 32 of a small number', 'ce 00000001', 1],
  ['uint 64 of a small number', 'cf 0000000000000001', 1],
  ['uint 64 beyond 32 bits', 'cf 0000000100000002', 4_294_967_298],
  ['uint 64, most that a number holds', 'cf 001fffffffffffff', 9_007_199_254_740_991],
  ['int 8 of a small number', 'd0 01', 1],
  ['int 16 of a small number', 'd1 ffff', -1],
  ['int 32 of a small number', 'd2 ffffffff', -1],
  ['int 64 of a small number', 'd3 ffffffffffffffff', -1],
  ['int 64, most that a number holds', 'd3 001fffffffffffff', 9_007_199_254_740_991],
  ['int 64, least that a number holds', 'd3 ffe0000000000000', -9_007_199_254_740_992],
  ['float 32', 'ca 3fc00000', 1.5],
  ['float 32, not exact', 'ca 3dcccccd', 0.10000000149011612],
  ['float 32, infinity', 'ca ff800000', Number.NEGATIVE_INFINITY],
  ['float 64 of a whole number', 'cb 4000000000000000', 2],
  ['float 64 of -0', 'cb 8000000000000000', -0],
  ['str 8 of a short text', 'd9 02 6869', 'hi'],
  ['str 16 of a short text', 'da 0002 6869', 'hi'],
  ['str 32 of a short text', 'db 00000002 6869', 'hi'],
  ['bin 16 of few bytes', 'c5 0001 07', new Uint8Array([7])],
  ['bin 32 of few bytes', 'c6 00000001 07', new Uint8Array([7])],
  ['array 16 of few', 'dc 0001 01', [1]],
  ['array 32 of few', 'dd 00000002 01 02', [1, 2]],
  ['array 32 of none', 'dd 00000000', []],
  ['map 16 of few', 'de 0001 a161 01', { a: 1 }],
  ['map 32 of few', 'df 00000001 a161 01', { a: 1 }],
  ['map 32 of none', 'df 00000000', {}],
  ['a key as str 8', '81 d9 01 61 01', { a: 1 }],
  ['a key as str 16', '81 da 0001 61 01', { a: 1 }],
  ['a key as str 32', '81 db 00000001 61 01', { a: 1 }],
  ['timestamp 64 of whole seconds', 'd7 ff 00000000 00000001', new Date(1000)],
  ['timestamp 64, most seconds: 34 bits', 'd7 ff 00000003 ffffffff', new Date(17_179_869_183_000)],
  ['timestamp 64, most nanoseconds', 'd7 ff ee6b27fc 00000000', new Date(999)],
  ['timestamp 96 of whole seconds', 'c7 0c ff 00000000 0000000000000001', new Date(1000)],
]

describe('the formats of the specification', () => {
  test.each(SHORTEST)('%s is written and read', (_, hex, value) => {
    expect(hexOf(value)).toBe(hex.replaceAll(' ', ''))
    expectSame(read(hex), value)
  })

  test.each(LONGER)('%s is read, as others may write it', (_, hex, value) => expectSame(read(hex), value))

  test('whole numbers beyond 32 bits are written as float 64', () => {
    expect(hexOf(4_294_967_296)).toBe('cb41f0000000000000')
    expect(hexOf(-2_147_483_649)).toBe('cbc1e0000000200000')
    expect(hexOf(9_007_199_254_740_991)).toBe('cb433fffffffffffff')
  })

  test('what goes out has no extension but the timestamp, whatever is in it', () => {
    const odd = [
      undefined,
      () => 1,
      new Map([[1, 2]]),
      new Set([1]),
      /a/,
      new Error('a'),
      new Float64Array(1),
      new ArrayBuffer(1),
    ]
    // nil, nil, map, map, map, map, map with the key "0", map
    expect(hexOf(odd)).toBe('98c0c08080808081a1300080')
    expect(hexOf({ a: undefined })).toBe('80')
  })
})
