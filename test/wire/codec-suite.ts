// The facts that every codec of protocols holds to, whatever its bytes are. A codec's own test file calls `codecSuite` with the codec and
// with a `Raw`, which writes data of its format by hand: a peer that means harm does not use our encoder.
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { Codec } from '../../src/wire/codec.js'
import { isHarmless, MAX_DEPTH } from '../../src/wire/harmless.js'
import { cpuMs } from '../cpu-time.js'

export type Data = string | Uint8Array

/** Data of one format, written by hand. `D` is text or bytes. */
export interface Raw<D extends Data> {
  /** A text as a value or a key, in each way that the format has to write it. */
  spellings(text: string): D[]
  list(items: readonly D[]): D
  object(entries: readonly (readonly [key: D, value: D])[]): D
  /** So many lists within each other. */
  nested(levels: number): D
  /** The beginning of so many lists within each other, without an end. */
  openings(count: number): D
  join(...parts: D[]): D
  /** Its first `length` characters or bytes. */
  cut(data: D, length: number): D
  flip(data: D, at: number, bit: number): D
  /** What the format might take for data, and is none or of no use. */
  readonly garbage: fc.Arbitrary<D>
  /** Data of the other kind: bytes for a text codec, text for a binary one. */
  readonly otherKind: readonly Data[]
}

const RUNS = { numRuns: 300 }
/** For 1 MB; JSON.parse alone takes about 100 ms to refuse it. */
const QUICK_MS = 2000
const MB = 1_048_576

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
/** JSON values without what is refused on purpose. */
const values: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'binary' })
  .map(asJson)
  .filter((value) => isHarmless(value))

export function codecSuite<D extends Data>(name: string, codec: Codec, raw: Raw<D>): void {
  describe(`codec ${name}`, () => {
    const there = (value: unknown): unknown => codec.decode(codec.encode(value))
    let prototypes: string
    beforeEach(() => {
      prototypes = snapshot()
    })
    afterEach(() => expect(snapshot()).toBe(prototypes))

    test('its name can stand in a subprotocol, and nobody can change it', () => {
      expect(codec.name).toMatch(/^[\w.-]+$/)
      expect(Object.isFrozen(codec)).toBe(true)
    })
    roundTrips(there)
    formless(codec, there)
    depths(codec, raw)
    keys(codec, raw)
    garbage(codec, raw)
    memory(codec)
  })
}

/** Deeply the same, prototypes and -0 included. `toStrictEqual` takes a key `constructor` for the class. */
export function expectSame(got: unknown, wanted: unknown): void {
  const same = isDeepStrictEqual(got, wanted)
  if (!same) expect(got).toEqual(wanted)
  expect(same).toBe(true)
}

/** All that the shared prototypes have. */
function snapshot(): string {
  const shared: object[] = [Object.prototype, Array.prototype, Function.prototype, Uint8Array.prototype, Date.prototype]
  return JSON.stringify(
    shared.map((prototype) => [Reflect.ownKeys(prototype).map(String), typeof Object.getPrototypeOf(prototype)]),
  )
}

function roundTrips(there: (value: unknown) => unknown): void {
  test('any JSON value comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => expectSame(there(value), value)),
      RUNS,
    )
  })

  test('many values at once come back as they were', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 60, maxLength: 200, size: 'max' }), (list) => expectSame(there(list), list)),
      { numRuns: 30 },
    )
  })

  test.each([
    0,
    1,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
  ])('the number %d and its opposite, and both with a fraction, come back exactly', (number) => {
    for (const value of [number, -number || 0, number + 0.5, -number - 0.5]) expectSame(there([value]), [value])
  })

  test('the biggest, the smallest and the least exact numbers come back exactly', () => {
    const numbers = [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE, Number.EPSILON, 0.1, 1 / 3, 1e21, 1e-7, 123456789.123]
    expectSame(there(numbers), numbers)
  })

  test('-0 comes back as 0', () => expectSame(there([-0]), [0]))

  test.each([null, true, false, '', 0, [], {}])('%j on its own comes back', (value) => expectSame(there(value), value))

  test.each([1, 15, 16, 31, 32, 63, 64, 65, 255, 256, 65535, 65536])('texts of %d characters come back', (length) => {
    for (const unit of ['a', '"', '\u0000', 'ä', '日', '💬', '\u2028', '\uffff'])
      expectSame(there([unit.repeat(length), 'next']), [unit.repeat(length), 'next'])
  })

  test.each([15, 16, 255, 256, 65535, 65536])('a list and an object of %d come back', (size) => {
    const list = Array.from({ length: size }, (_, i) => i)
    expectSame(there(list), list)
    const object = Object.fromEntries(list.map((i) => [`k${i}`, i]))
    expectSame(there(object), object)
  })

  test('keys that look alike are told apart', () => {
    const alike = fc.string({ unit: fc.constantFrom('a', 'b', 'ä'), maxLength: 70 })
    fc.assert(
      fc.property(fc.uniqueArray(alike, { maxLength: 40, size: 'max' }), (names) => {
        const object = Object.fromEntries(names.map((key, i) => [key, i]))
        expectSame(there(object), object)
      }),
      RUNS,
    )
  })

  test('keys that objects and encoders know are keys as any other', () => {
    const known = ['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'length', 'then', '', '0', '-1']
    const object = Object.fromEntries(known.map((key, i) => [key, i]))
    expectSame(there(object), object)
    for (const key of known) {
      expectSame(there({ [key]: ['text'] }), { [key]: ['text'] })
      expectSame(there({ constructor: 'text', [key]: { a: 1 } }), { constructor: 'text', [key]: { a: 1 } })
    }
  })
}

class Point {
  x = 1
  hidden = (): number => this.x
  get far(): number {
    return this.x
  }
}

/** What has no form of its own is written as JSON.stringify does. */
function formless(codec: Codec, there: (value: unknown) => unknown): void {
  const cases: readonly (readonly [what: string, value: unknown, wanted: unknown])[] = [
    ['undefined in an object is left out', { a: undefined, b: 1 }, { b: 1 }],
    ['functions and symbols in an object are left out', { a: () => 1, b: Symbol('b'), c: 1 }, { c: 1 }],
    ['keys that are symbols are left out', { [Symbol('a')]: 1, b: 1 }, { b: 1 }],
    ['undefined, functions and symbols in a list are null', [undefined, () => 1, Symbol('a'), 1], [null, null, null, 1]],
    ['a hole in a list is null', Object.assign(Array(3), { 0: 1, 2: 2 }), [1, null, 2]],
    ['an object of a class is its own fields', [new Point()], [{ x: 1 }]],
    ['an object without a prototype is one as any other', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'a Map, a Set, an Error and a RegExp are empty objects',
      [new Map([[1, 2]]), new Set([1]), new Error('a'), /a/],
      [{}, {}, {}, {}],
    ],
    ['numbers of a typed array stand under their indices', new Float64Array([1.5, 2]), { 0: 1.5, 1: 2 }],
    ['an ArrayBuffer and a DataView are empty objects', [new ArrayBuffer(2), new DataView(new ArrayBuffer(2))], [{}, {}]],
    ['boxed values are what is in the box', [Object('a'), Object(1), Object(false)], ['a', 1, false]],
    ['an invalid Date is null', [new Date(Number.NaN)], [null]],
    ['toJSON says what is written', { a: { toJSON: (key: string) => [key, undefined] } }, { a: ['a', null] }],
    ['toJSON in a list hears the index', ['a', { toJSON: (key: string) => key }], ['a', '1']],
    ['toJSON on its own hears an empty key', { toJSON: (key: string) => [key] }, ['']],
    ['toJSON may answer its own object', { a: 1, toJSON: sameAgain }, { a: 1 }],
    ['what toJSON says is not to be written is left out', { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }],
    ['toJSON of a list says what is written', Object.assign([1], { toJSON: () => 'list' }), 'list'],
    ['toJSON of a function says what is written', { a: Object.assign(() => 1, { toJSON: () => 'f' }) }, { a: 'f' }],
    [
      'a long object with one thing left out is otherwise whole',
      { a: 1, b: 'b', c: undefined, d: [1], e: null },
      { a: 1, b: 'b', d: [1], e: null },
    ],
  ]
  test.each(cases)('%s', (_, value, wanted) => {
    expectSame(there(value), wanted)
    expectSame(asJson(value), wanted)
  })

  test('whatever a program has in its values is written as JSON.stringify does', () => {
    const withoutForm = fc.constantFrom(undefined, Symbol('a'), () => 1, new Map(), /a/, new Point())
    const anything = fc.anything({
      values: [fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), withoutForm],
      key: fc.string({ maxLength: 3 }),
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(
        anything.filter((value) => JSON.stringify(value) !== undefined && isHarmless(asJson(value))),
        (value) => expectSame(there(value), asJson(value)),
      ),
      RUNS,
    )
  })

  test('encoding does not change the value', () => {
    const value = Object.freeze({ a: undefined, b: Object.freeze([undefined, '\ud800']), '\ud800': 1 })
    codec.encode(value)
    expectSame(value, { a: undefined, b: [undefined, '\ud800'], '\ud800': 1 })
  })

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['a bigint within', { a: [1n] }],
    ['a boxed bigint', [Object(1n)]],
    ['a circle', circle()],
    ['a circle of objects', circleOfObjects()],
  ])('%s is refused with a TypeError', (_, value) => expect(() => codec.encode(value)).toThrow(TypeError))

  test('after a value that was refused the next is written as ever', () => {
    expect(() => codec.encode(['a', 1n])).toThrow(TypeError)
    expectSame(there(['b', 1]), ['b', 1])
  })
}

function sameAgain(this: unknown): unknown {
  return this
}
function circle(): unknown {
  const list: unknown[] = []
  list.push(list)
  return list
}
function circleOfObjects(): unknown {
  const object: Record<string, unknown> = {}
  object['a'] = { b: object }
  return object
}

function depths<D extends Data>(codec: Codec, raw: Raw<D>): void {
  const [key] = raw.spellings('a') as [D]
  const objects = (levels: number): D => within(levels, raw.object([]), (inner) => raw.object([[key, inner]]))
  const both = (levels: number): D =>
    within(levels, raw.list([]), (inner, level) => (level % 2 === 0 ? raw.list([inner]) : raw.object([[key, inner]])))

  test.each([
    ['lists', (levels: number): D => raw.nested(levels)],
    ['objects', objects],
    ['lists and objects', both],
  ])(`${MAX_DEPTH} %s within each other pass, one more is refused`, (_, nested) => {
    expect(levelsOf(codec.decode(nested(MAX_DEPTH)))).toBe(MAX_DEPTH)
    for (const levels of [MAX_DEPTH + 1, MAX_DEPTH + 2, 1000]) expect(() => codec.decode(nested(levels))).toThrow(Error)
  })

  test('depth is not added up over what stands side by side', () => {
    const deep = raw.nested(MAX_DEPTH - 1)
    expect(codec.decode(raw.list([deep, deep, objects(MAX_DEPTH - 1), deep]))).toHaveLength(4)
    expect(() => codec.decode(raw.list([deep, deep, objects(MAX_DEPTH), deep]))).toThrow(Error)
    expect(codec.decode(raw.list(Array.from({ length: 1000 }, () => raw.nested(2))))).toHaveLength(1000)
  })

  test('brackets in texts are no depth', () => {
    const text = '[{'.repeat(500)
    expectSame(codec.decode(codec.encode([text, { [text]: text }])), [text, { [text]: text }])
  })

  test('what is too deep gets to no peer: the encoder refuses it, or the decoder does', () => {
    const list = (levels: number): unknown => within<unknown>(levels, [], (inner) => [inner])
    const object = (levels: number): unknown => within<unknown>(levels, {}, (inner) => ({ inner }))
    for (const nested of [list, object]) {
      expectSame(codec.decode(codec.encode(nested(MAX_DEPTH))), nested(MAX_DEPTH))
      expect(() => codec.decode(codec.encode(nested(MAX_DEPTH + 1)))).toThrow(Error)
    }
  })

  test('1 MB of lists within each other is refused quickly, and not by the end of the stack', () => {
    for (const data of [raw.openings(MB), raw.nested(MB / 2), raw.list([raw.nested(MB / 2)])]) {
      const before = cpuMs()
      expect(['SyntaxError', 'TypeError']).toContain(refusalOf(() => codec.decode(data)))
      expect(cpuMs() - before).toBeLessThan(QUICK_MS)
    }
  })
}

/** So many levels: the innermost, and then each around the one before. */
function within<T>(levels: number, innermost: T, around: (inner: T, level: number) => T): T {
  let made = innermost
  for (let level = 1; level < levels; level++) made = around(made, level)
  return made
}
function levelsOf(value: unknown): number {
  let levels = 0
  for (let inner = value; typeof inner === 'object' && inner !== null; inner = Object.values(inner)[0]) levels++
  return levels
}
function refusalOf(decode: () => unknown): string | undefined {
  try {
    decode()
    return undefined
  } catch (error) {
    return (error as Error).name
  }
}

function keys<D extends Data>(codec: Codec, raw: Raw<D>): void {
  const value = raw.list([])
  /** An object with one key, for each way to write the key. */
  const keyed = (key: string, inner: D): D[] => raw.spellings(key).map((spelled) => raw.object([[spelled, inner]]))
  const [a, b] = [raw.spellings('a')[0] as D, raw.spellings('b')[0] as D]
  /** Within lists and objects, as the last of several entries. */
  const deep = (inner: D, levels: number): D =>
    within(levels + 1, inner, (made, level) =>
      level % 2 === 0
        ? raw.list([value, made])
        : raw.object([
            [a, value],
            [b, made],
          ]),
    )
  const polluted = raw.object([[raw.spellings('polluted')[0] as D, value]])

  test.each([0, 1, 2, 31, MAX_DEPTH - 2])('the key __proto__ is refused in each spelling, %d levels deep', (levels) => {
    for (const inner of [value, polluted]) {
      for (const data of keyed('__proto__', inner)) {
        const whole = deep(data, levels)
        expect(() => codec.decode(whole)).toThrow(Error)
        const many = raw.list([...Array.from({ length: 100 }, () => value), whole])
        expect(() => codec.decode(levels < MAX_DEPTH - 2 ? many : whole)).toThrow(Error)
      }
    }
    for (const data of keyed('__proto_', value)) expect(levelsOf(codec.decode(deep(data, 0)))).toBe(2)
  })

  test.each([0, 1, 2, 31, MAX_DEPTH - 3])('prototype in a constructor is refused in each spelling, %d levels deep', (levels) => {
    for (const inner of keyed('prototype', value))
      for (const data of keyed('constructor', inner)) expect(() => codec.decode(deep(data, levels))).toThrow(Error)
  })

  test('prototype is found among other keys of a constructor', () => {
    const [prototype] = raw.spellings('prototype') as [D]
    const [constructor] = raw.spellings('constructor') as [D]
    const inner = raw.object([
      [a, polluted],
      [prototype, value],
      [b, value],
    ])
    const outer = raw.object([
      [a, value],
      [constructor, inner],
      [b, value],
    ])
    expect(() => codec.decode(outer)).toThrow(Error)
    expect(() => codec.decode(raw.list([raw.object([[constructor, outer]])]))).toThrow(Error)
  })

  test('constructor and prototype are keys as any other elsewhere', () => {
    for (const ordinary of [
      { constructor: 'Ferrari', prototype: 'F1' },
      { prototype: { constructor: { a: 1 } } },
      { constructor: { a: { prototype: 1 } } },
      { constructor: ['prototype', { prototype: 1 }] },
      { constructor: { a: 1 }, b: { prototype: 1 } },
      [{ constructor: {} }, { prototype: 1 }],
      { constructor: { constructor: 1 } },
      { constructo: { prototype: 1 }, constructors: { prototype: 1 } },
    ])
      expectSame(codec.decode(codec.encode(ordinary)), ordinary)
  })

  test('such words as values are texts as any other', () => {
    const words = ['__proto__', 'constructor', 'prototype', { a: '__proto__' }]
    for (const written of words) expectSame(codec.decode(codec.encode([written])), [written])
    for (const data of raw.spellings('__proto__')) expectSame(codec.decode(raw.list([data])), ['__proto__'])
  })

  test('of a key that comes twice the last value counts', () => {
    const one = raw.object([
      [a, value],
      [b, value],
      [a, polluted],
    ])
    expectSame(codec.decode(one), { a: { polluted: [] }, b: [] })
  })
}

function garbage<D extends Data>(codec: Codec, raw: Raw<D>): void {
  /** It decodes to something harmless, or throws an Error. */
  const bear = (data: D): void => {
    let value: unknown
    try {
      value = codec.decode(data)
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
      return
    }
    expect(isHarmless(value)).toBe(true)
    codec.encode([value])
  }
  const encoded = (value: unknown): D => codec.encode([value]) as D

  test('garbage becomes something harmless, or an Error', () => fc.assert(fc.property(raw.garbage, bear), { numRuns: 5000 }))

  test('data with a bit flipped becomes something harmless, or an Error', () => {
    fc.assert(
      fc.property(values, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 3 }), (value, flips) => {
        const data = encoded(value)
        bear(flips.reduce((made, [at, bit]) => raw.flip(made, at % data.length, bit), data))
      }),
      { numRuns: 2000 },
    )
  })

  test('data that is cut off anywhere is refused', () => {
    const value = ['say', { line: 'hi', long: 'x'.repeat(300), n: [1, 300, 70000, 1.5, -1, null, true], ä: 'ä'.repeat(70) }]
    const data = encoded(value)
    for (let length = 0; length < data.length; length++) expect(() => codec.decode(raw.cut(data, length))).toThrow(Error)
    expectSame(codec.decode(data), [value])
    fc.assert(
      fc.property(values, fc.nat(), (other, length) => {
        const whole = encoded(other)
        expect(() => codec.decode(raw.cut(whole, length % whole.length))).toThrow(Error)
      }),
      RUNS,
    )
  })

  test('data with more after it is refused', () => {
    for (const more of [raw.list([]), raw.spellings('a')[0] as D, encoded('x'.repeat(100)), raw.openings(1)])
      for (const value of [1, 'a', [], { a: 1 }])
        expect(() => codec.decode(raw.join(codec.encode(value) as D, more))).toThrow(Error)
  })

  test('no data is refused', () => expect(() => codec.decode(raw.join())).toThrow(Error))

  test('data of the other kind is refused', () => {
    for (const data of raw.otherKind) expect(() => codec.decode(data)).toThrow(TypeError)
  })

  test('after data that was refused the next is read as ever', () => {
    const good = encoded({ a: ['b', 'c'] })
    expect(() => codec.decode(raw.cut(good, good.length - 1))).toThrow(Error)
    expect(() => codec.decode(raw.nested(MAX_DEPTH + 1))).toThrow(Error)
    expectSame(codec.decode(good), [{ a: ['b', 'c'] }])
  })
}

function memory(codec: Codec): void {
  test('what was encoded stays as it is when more is encoded', () => {
    const written: Data[] = []
    const before: Data[] = []
    const keep = (data: Data): void => {
      written.push(data)
      before.push(typeof data === 'string' ? data : Uint8Array.from(data))
    }
    for (const size of [1, 10, 100, 5000, 20_000, 2_000_000, 10, 1]) {
      keep(codec.encode(['x'.repeat(size)]))
      keep(codec.encode([{ a: 'y'.repeat(size) }]))
    }
    for (let i = 0; i < 2000; i++) codec.encode(['z', i])
    expect(written.every((data, i) => same(data, before[i] as Data))).toBe(true)
    expectSame(codec.decode(written[0] as Data), ['x'])
  })
  test('the same value is encoded to the same data, whatever was encoded in between', () => {
    const value = ['say', { line: 'hi', n: [1, 2.5, null] }]
    const first = codec.encode(value)
    codec.encode({ other: 'x'.repeat(3_000_000) })
    codec.encode(['y'])
    expect(same(codec.encode(value), first)).toBe(true)
  })
}

function same(one: Data, other: Data): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}
