// How a value of a protocol becomes the data of a frame, and back. What comes from a peer is bounded here, before anything looks
// at it: how deep it is, and which keys it has. Pure. Entered by the protocol's handler and its client, and by codecs.
import { isHarmless, MAX_DEPTH } from './harmless.js'

/**
 * Turns values into the data of frames, text or bytes, and back. Its name is a part of the subprotocol: of version `chat.1`
 * that is `chat.1` for JSON, and `chat.1+NAME` for any other codec.
 *
 * @example
 * const shouting: Codec = {
 *   name: 'shouting',
 *   encode: (value) => JSON.stringify(value).toUpperCase(),
 *   decode: (data) => jsonCodec.decode(String(data).toLowerCase()),
 * }
 * shouting.decode(shouting.encode(['say', 'hi'])) // => ['say', 'hi']
 * @see RFC 6455 section 11.3.4, `Sec-WebSocket-Protocol`
 */
export interface Codec {
  /** Letters, digits, `-`, `.` and `_`. */
  readonly name: string
  /** A value of strings, finite numbers, booleans, null, arrays and plain objects, and what else the codec has a form for. */
  encode(value: unknown): string | Uint8Array
  /**
   * The value again. Throws for what it cannot read, for arrays and objects within each other more than 64 levels deep, and for
   * the key `__proto__`: whatever it throws is a bad frame of the peer.
   */
  decode(data: string | Uint8Array): unknown
}

/**
 * JSON as text frames. `undefined` in an array becomes null, in an object it is left out; what is not finite becomes null.
 *
 * @example
 * jsonCodec.encode(['say', { line: 'hi' }]) // => '["say",{"line":"hi"}]'
 * @see RFC 8259
 */
export const jsonCodec: Codec = Object.freeze({
  name: 'json',
  encode(value: unknown): string {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError('gensock: JSON has no form for this value')
    return text
  },
  decode(data: string | Uint8Array): unknown {
    if (typeof data !== 'string') throw new TypeError('gensock: JSON comes as text')
    const value: unknown = JSON.parse(data)
    if (mayHarm(data) && !isHarmless(value)) throw new TypeError('gensock: nested too deep, or a key that is not allowed')
    return value
  },
})

/** Few texts have so many brackets, a backslash or one of the keys; only those are walked through. */
function mayHarm(text: string): boolean {
  if (text.includes('\\u') || opensMoreThan(text, MAX_DEPTH)) return true
  // A short word is looked for three times as fast as a long one, and is in both keys: in what `constructor` must not have as well.
  return text.includes('proto') && (text.includes('__proto__') || text.includes('"constructor"'))
}
function opensMoreThan(text: string, most: number): boolean {
  if (text.length <= 2 * most) return false
  let left = most
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) if (--left < 0) return true
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) if (--left < 0) return true
  return false
}

/** The subprotocol of a version in a codec. */
export function subprotocolOf(version: string, codec: Codec): string {
  return codec.name === jsonCodec.name ? version : `${version}+${codec.name}`
}

/** It is a part of a subprotocol. */
const CODEC_NAME = /^[\w.-]{1,32}$/
/** Is it what a handler or a client can choose from: at least one codec, no name twice? */
export function areCodecs(codecs: unknown): codecs is readonly Codec[] {
  return (
    Array.isArray(codecs) &&
    codecs.length > 0 &&
    codecs.every(isCodec) &&
    new Set(codecs.map(({ name }: Codec) => name)).size === codecs.length
  )
}
function isCodec(codec: Codec | null | undefined): boolean {
  const { name, encode, decode } = codec ?? {}
  return typeof name === 'string' && CODEC_NAME.test(name) && typeof encode === 'function' && typeof decode === 'function'
}
