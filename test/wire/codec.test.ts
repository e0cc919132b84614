import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { type Codec, jsonCodec, subprotocolOf } from '../../src/wire/codec.js'
import { msgpackCodec } from '../../src/msgpack/codec.js'
import { codecSuite, type Raw } from './codec-suite.js'

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** As it is, with escapes throughout, and with one escape at each place, in small and in capital letters. */
function spellings(text: string): string[] {
  const each = Array.from(text, (char, i) => text.slice(0, i) + escaped(char) + text.slice(i + 1))
  const all = Array.from(text, escaped).join('')
  return [text, all, all.replace(/[0-9a-f]{4}/g, (digits) => digits.toUpperCase()), ...each].map((inner) => `"${inner}"`)
}

const tokens = fc.oneof(
  fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', '\\u', '005f', '"__proto__"', '"constructor"', '"prototype"', '"a"'),
  fc.constantFrom('null', 'true', '0', '-', '1e999', '.', 'E', ' ', '\n', '\u0000', '\ud800', 'é', '{"a":', '[1,'),
)

export const rawJson: Raw<string> = {
  spellings,
  list: (items) => `[${items.join(',')}]`,
  object: (entries) => `{${entries.map(([key, value]) => ` ${key} :\t${value}`).join(',')}}`,
  nested: (levels) => '['.repeat(levels) + ']'.repeat(levels),
  openings: (count) => '['.repeat(count),
  join: (...parts) => parts.join(''),
  cut: (data, length) => data.slice(0, length),
  flip: (data, at, bit) => data.slice(0, at) + String.fromCharCode(data.charCodeAt(at) ^ (1 << bit)) + data.slice(at + 1),
  garbage: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(tokens, { maxLength: 40, size: 'max' }).map((parts) => parts.join('')),
  ),
  otherKind: [new Uint8Array(), new Uint8Array([0x5b, 0x5d]), Buffer.from('["a"]')],
}

codecSuite('json', jsonCodec, rawJson)

describe("JSON's own", () => {
  const there = (value: unknown): unknown => jsonCodec.decode(jsonCodec.encode(value))

  test('lone surrogates come back as they were: JSON escapes them', () => {
    const lone = fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'a', '💬') })
    fc.assert(fc.property(lone, (text) => expect(there({ [text]: text })).toStrictEqual({ [text]: text })))
    expect(jsonCodec.encode(['\ud800'])).toBe('["\\ud800"]')
  })

  test('what is not finite becomes null, a Date its text, bytes an object', () => {
    expect(there([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toStrictEqual([null, null, null])
    expect(there([new Date(0)])).toStrictEqual(['1970-01-01T00:00:00.000Z'])
    expect(there(new Uint8Array([7]))).toStrictEqual({ 0: 7 })
  })

  test('a text that only looks harmful is read', () => {
    const brackets = `[${'[],'.repeat(200)}{}]`
    expect(jsonCodec.decode(brackets)).toHaveLength(201)
    for (const text of ['["\\u0061","__proto__"]', '{"a":"\\"__proto__\\":1","constructor":1}']) {
      expect(jsonCodec.decode(text)).toStrictEqual(JSON.parse(text))
    }
  })

  test('the key is found however much stands around it', () => {
    for (const around of [0, 10, 100, 127, 128, 129, 5000]) {
      const text = `{"x":"${'x'.repeat(around)}","__proto__":{}}`
      expect(() => jsonCodec.decode(text)).toThrow('a key that is not allowed')
    }
  })

  test('65 levels in as few characters as can be are refused, 64 are not', () => {
    expect('['.repeat(65) + ']'.repeat(65)).toHaveLength(130)
    expect(() => jsonCodec.decode('['.repeat(65) + ']'.repeat(65))).toThrow('nested too deep')
    expect(() => jsonCodec.decode('{"":'.repeat(64) + '[]' + '}'.repeat(64))).toThrow('nested too deep')
    expect(jsonCodec.decode('{"":'.repeat(63) + '[]' + '}'.repeat(63))).toBeInstanceOf(Object)
  })
})

describe('the subprotocol of a codec', () => {
  test('is the version for JSON, and names any other codec', () => {
    const other: Codec = { ...jsonCodec, name: 'cbor' }
    expect([subprotocolOf('chat.1', jsonCodec), subprotocolOf('chat.1', msgpackCodec), subprotocolOf('chat.1', other)]).toEqual([
      'chat.1',
      'chat.1+msgpack',
      'chat.1+cbor',
    ])
  })
})
