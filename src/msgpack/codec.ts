// MessagePack as a codec of protocols. Entered by whoever names it in a protocol; calls msgpackr, after `plain` for what goes out and
// after `scan` for what comes in.
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr'
import type { Codec } from '../wire/codec.js'
import { plain } from './plain.js'
import { scan } from './scan.js'

// `toJSON` has been called by `plain`; what a getter changes behind its back still becomes nil, no extension of msgpackr.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true, useToJSON: false })
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, copyBuffers: true, int64AsType: 'number' })

/** msgpackr keeps a buffer that it has grown for one large value, for good: ours to replace beyond this. */
const KEPT_BYTES = 1_048_576
const NEW_BYTES = 8192

/** Where small frames are read: msgpackr makes a DataView for each Uint8Array that it sees first, a third of its time for them. */
const scratch = new Uint8Array(4096)

/**
 * MessagePack as binary frames, of subprotocol `VERSION+msgpack`: smaller than JSON, and it has bytes. Needs the package
 * `msgpackr`. What it writes is plain MessagePack, for any other library to read.
 *
 * - A `Uint8Array` and a `Date` arrive as such (timestamp extension -1), and so do NaN and the infinities.
 * - What MessagePack has no form for is as with JSON: `undefined`, functions and symbols are left out of objects and null in
 *   arrays, `toJSON` is called, a Map is `{}`, an invalid Date null. Lone surrogates become U+FFFD.
 * - `encode` throws a `TypeError` for a bigint, for a circle, and for more than 64 arrays and objects within each other.
 * - `decode` throws for what is no MessagePack, for other extensions, keys that are no strings, and integers that a number
 *   cannot hold (-2 ** 53 to 2 ** 53 - 1). What it answers shares no memory with the frame.
 * - In browsers a text of more than 64 bytes loses a U+FEFF at its beginning: msgpackr 2.1.3 takes it for a byte order mark.
 *
 * @example
 * msgpackCodec.decode(msgpackCodec.encode(['say', { line: 'hi' }])) // => ['say', { line: 'hi' }]
 * @see MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export const msgpackCodec: Codec = Object.freeze({
  name: 'msgpack',
  encode(value: unknown): Uint8Array {
    const form = plain(value, '', 0)
    if (form === undefined) throw new TypeError('gensock: MessagePack has no form for this value')
    const packed = packr.pack(form, RESET_BUFFER_MODE)
    // A copy: msgpackr's buffer is shared by all that is encoded, and is written over by the next.
    const bytes = new Uint8Array(packed)
    if (packed.buffer.byteLength > KEPT_BYTES) packr.useBuffer(Uint8Array.prototype.slice.call(packed, 0, NEW_BYTES))
    return bytes
  },
  decode(data: string | Uint8Array): unknown {
    if (typeof data === 'string') throw new TypeError('gensock: MessagePack comes as bytes')
    scan(data)
    if (data.length <= scratch.length) {
      scratch.set(data)
      return unpackr.unpack(scratch, data.length)
    }
    // A view of our own: msgpackr sets a property on what it reads, and what it cuts out of a Buffer would be Buffers.
    return unpackr.unpack(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  },
})
