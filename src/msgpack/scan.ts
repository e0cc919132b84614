// MessagePack that a peer sent, walked before msgpackr sees it. msgpackr reads its own extensions whatever its options say: 0x72
// defines a record and ends in `new Function`, 0x62 moves the reader to where the peer says, 0x69 and 0x70 tie circles, 0x78 is a
// RegExp. It recurses, takes keys of any type, renames `__proto__` and rounds int64. Here nothing is built: one loop, no recursion,
// no memory by what a length claims. Entered by the codec.
import { MAX_DEPTH } from '../wire/harmless.js'

const LIST = 0
const MAP = 1
/** A map under the key `constructor`. */
const CONSTRUCTOR = 2

/** What is to come in the containers around the open one, and their kinds. Shared by all walks: one ends before another begins. */
const lefts = new Uint32Array(MAX_DEPTH)
const kinds = new Uint8Array(MAX_DEPTH)

/**
 * Walks through the bytes of one value. Throws unless they are MessagePack from the first to the last, at most 64 arrays and maps
 * deep, with no extension but timestamps that a Date can hold, no integer that a number cannot hold, strings as keys, no key
 * `__proto__`, and no `prototype` in a `constructor`.
 */
export function scan(bytes: Uint8Array): void {
  const end = bytes.length
  let at = 0
  let depth = 0
  let left = 1
  let kind = LIST
  for (;;) {
    while (left === 0) {
      if (depth === 0) return atEnd(at, end)
      left = lefts[--depth] as number
      kind = kinds[depth] as number
    }
    left--
    let inner = MAP
    if (kind !== LIST) {
      const from = at + keyHeader(bytes[at] as number)
      at = afterLeaf(bytes, at, bytes[at] as number)
      inner = meaningOf(bytes, from, at, kind)
    }
    const head = bytes[at] as number // undefined at the end: then no comparison holds
    if (!isContainer(head)) {
      at = afterLeaf(bytes, at, head)
      if (at > end) throw tooShort()
      continue
    }
    if (depth === MAX_DEPTH) throw refusal('nested too deep')
    lefts[depth] = left
    kinds[depth++] = kind
    kind = isMap(head) ? inner : LIST
    left = countOf(bytes, at, head)
    at += head < 0xa0 ? 1 : head & 1 ? 5 : 3
    // Each value takes a byte at least: what claims more is refused before its first one is read.
    if ((kind === LIST ? left : 2 * left) > end - at) throw tooShort()
  }
}

function refusal(what: string): TypeError {
  return new TypeError(`gensock: MessagePack: ${what}`)
}
function tooShort(): TypeError {
  return refusal('the data ends too early')
}
function atEnd(at: number, end: number): void {
  if (at !== end) throw refusal('data after the value')
}

function isContainer(head: number): boolean {
  return (head >= 0x80 && head < 0xa0) || (head >= 0xdc && head < 0xe0)
}
function isMap(head: number): boolean {
  return head < 0x90 || head >= 0xde
}
function countOf(bytes: Uint8Array, at: number, head: number): number {
  return head < 0xa0 ? head & 0x0f : head & 1 ? uint32(bytes, at + 1) : uint16(bytes, at + 1)
}

// Past the end these read zeros; the caller then stands past the end as well.
function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}
function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0
}

/** Where the next value begins, after one that holds no others. */
function afterLeaf(bytes: Uint8Array, at: number, head: number): number {
  if (head < 0x80 || head >= 0xe0) return at + 1
  if (head < 0xc0) return at + 1 + (head & 0x1f)
  switch (head) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return at + 1
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return at + 2 + ((bytes[at + 1] as number) | 0)
    case 0xc5: // bin 16
    case 0xda: // str 16
      return at + 3 + uint16(bytes, at + 1)
    case 0xc6: // bin 32
    case 0xdb: // str 32
      return at + 5 + uint32(bytes, at + 1)
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return at + 2
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return at + 3
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return at + 5
    case 0xcb: // float 64
      return at + 9
    default:
      return afterRare(bytes, at, head)
  }
}

function afterRare(bytes: Uint8Array, at: number, head: number): number {
  if (head === undefined) throw tooShort()
  if (head === 0xcf || head === 0xd3) {
    // uint 64, int 64: -2 ** 53 to 2 ** 53 - 1
    const high = head === 0xcf ? uint32(bytes, at + 1) : uint32(bytes, at + 1) | 0
    if (high < -0x20_0000 || high > 0x1f_ffff) throw refusal('an integer that a number cannot hold')
    return at + 9
  }
  if (head === 0xd6 && bytes[at + 1] === 0xff) return at + 6 // timestamp 32
  if (head === 0xd7 && bytes[at + 1] === 0xff) {
    if (uint32(bytes, at + 2) >>> 2 > 999_999_999) throw refusal('a time that a Date cannot hold')
    return at + 10
  }
  if (head === 0xc7 && bytes[at + 1] === 12 && bytes[at + 2] === 0xff) {
    const nanoseconds = uint32(bytes, at + 3)
    const seconds = (uint32(bytes, at + 7) | 0) * 2 ** 32 + uint32(bytes, at + 11)
    const ms = seconds * 1000 + nanoseconds / 1_000_000
    if (nanoseconds > 999_999_999 || Math.abs(ms) > 8.64e15) throw refusal('a time that a Date cannot hold')
    return at + 15
  }
  throw refusal(head === 0xc1 ? 'the byte that is never used' : 'an extension other than a timestamp')
}

/** How many bytes stand before the text of a key. */
function keyHeader(head: number): number {
  if ((head & 0xe0) === 0xa0) return 1
  if (head < 0xd9 || head > 0xdb) throw refusal('a key that is no string')
  return head === 0xd9 ? 2 : head === 0xda ? 3 : 5
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const PROTO = ascii('__proto__')
const CONSTRUCTOR_KEY = ascii('constructor')
const PROTOTYPE = ascii('prototype')

/** The kind of a map under this key. Throws for a key that is not allowed. */
function meaningOf(bytes: Uint8Array, from: number, to: number, kind: number): number {
  const size = to - from
  if (size === PROTO.length) {
    if (isText(bytes, from, PROTO) || (kind === CONSTRUCTOR && isText(bytes, from, PROTOTYPE)))
      throw refusal('a key that is not allowed')
  }
  return size === CONSTRUCTOR_KEY.length && isText(bytes, from, CONSTRUCTOR_KEY) ? CONSTRUCTOR : MAP
}
function isText(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false
  return true
}
