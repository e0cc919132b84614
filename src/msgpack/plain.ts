// What MessagePack has no form for becomes what JSON.stringify makes of it, before msgpackr sees it. Left to itself msgpackr writes
// undefined as an extension of its own, lone surrogates as they are, the keys of a Map, memory that nobody wrote for a Float64Array,
// and runs into circles. Entered by the codec. What needs no change is not copied.
import { MAX_DEPTH } from '../wire/harmless.js'

/** A value in the forms of MessagePack; undefined if it has none. `key` is where it stands: JSON tells it to `toJSON`. */
export function plain(value: unknown, key: string | number, depth: number): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON !== 'function' || isBytes(value) || value instanceof Date) return formOf(value, depth)
  return formOf(toJSON.call(value, String(key)), depth)
}

function formOf(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      throw new TypeError('gensock: MessagePack: a number cannot hold every bigint; write it as text')
    case 'object':
      return value === null ? null : formOfObject(value, depth)
    default:
      return undefined
  }
}

function formOfObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return plainArray(value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return plainObject(value as Fields, undefined, depth)
  // Bytes of another realm, an iframe's or a test environment's, are no Uint8Array to msgpackr.
  if (isBytes(value))
    return value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value
  const inner: unknown = BOXED.has(tagOf(value)) ? value.valueOf() : value
  return typeof inner === 'object' ? plainObject(value as Fields, new Map(), depth) : formOf(inner, depth)
}

const BOXED: ReadonlySet<string> = new Set(['[object String]', '[object Number]', '[object Boolean]', '[object BigInt]'])

interface Fields {
  readonly [key: string]: unknown
}

function isBytes(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value) && tagOf(value) === '[object Uint8Array]'
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}

/** `copy` is what it becomes: a Map, for no key of it reaches a prototype. Undefined as long as nothing has to change. */
function plainObject(object: Fields, copy: Map<string, unknown> | undefined, depth: number): unknown {
  if (depth === MAX_DEPTH) throw tooDeep()
  const keys = Object.keys(object)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const value = object[key]
    const made = plain(value, key, depth + 1)
    const name = wellFormed(key)
    if (copy === undefined) {
      if (made !== undefined && Object.is(made, value) && name === key) continue
      copy = new Map(keys.slice(0, i).map((before) => [before, object[before]]))
    }
    if (made !== undefined) copy.set(name, made)
  }
  return copy ?? object
}

function plainArray(list: readonly unknown[], depth: number): unknown {
  if (depth === MAX_DEPTH) throw tooDeep()
  let copy: unknown[] | undefined
  for (let i = 0; i < list.length; i++) {
    const made = plain(list[i], i, depth + 1) // undefined is written as nil
    if (copy === undefined && Object.is(made, list[i])) continue
    copy ??= Array.from(list)
    copy[i] = made
  }
  return copy ?? list
}

function tooDeep(): TypeError {
  return new TypeError(`gensock: MessagePack: more than ${MAX_DEPTH} arrays and objects within each other, or a circle`)
}

/** msgpackr hands what is longer to Buffer or TextEncoder, and these put U+FFFD for a lone surrogate. */
const BY_HAND = 64
const LONE_SURROGATES = /\p{Surrogate}/gu

function wellFormed(text: string): string {
  if (text.length >= BY_HAND) return text
  for (let i = 0; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xf800) === 0xd800) return text.replace(LONE_SURROGATES, '\ufffd')
  return text
}
