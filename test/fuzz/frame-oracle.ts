// What RFC 6455 and 7692 say of the bytes that a client sends after its handshake: a second reader, written for this alone and
// sharing no code with the server. Pure. Entered by the generator of streams.
import { isUtf8 } from 'node:buffer'
import type { Codec } from '../rfc/zlib-codec.js'
import type { Message } from './routes.js'

export interface Reading {
  /** Whole messages before the end, as they were sent. */
  readonly messages: readonly Message[]
  readonly pings: readonly Buffer[]
  /** Messages, pings and pongs. */
  readonly count: number
  /** The peer's close frame, a broken rule with its close code, or neither: the stream stops. */
  readonly end:
    | { readonly type: 'close'; readonly code: number | undefined }
    | { readonly type: 'error'; readonly code: number }
    | null
  /** It stops inside a frame or a message. */
  readonly isCut: boolean
}

const CONTINUATION = 0
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
const PROTOCOL_ERROR = 1002
const INVALID_DATA = 1007
const TOO_BIG = 1009

interface Header {
  readonly fin: boolean
  readonly rsv1: boolean
  readonly opcode: number
  readonly length: number
  readonly mask: Buffer
  readonly start: number
}
/** The message that is under way. */
interface Open {
  readonly opcode: 1 | 2
  readonly isCompressed: boolean
  readonly parts: Buffer[]
  bytes: number
}

/** Reads a stream from its first byte. `codec` inflates what the client has compressed; without one nothing may be. */
export function readStream(bytes: Buffer, maxBytes: number, codec?: Codec): Reading {
  const messages: Message[] = []
  const pings: Buffer[] = []
  let count = 0
  let open: Open | null = null
  const reading = (end: Reading['end'], isCut = false): Reading => ({ messages, pings, count, end, isCut })
  const failed = (code: number): Reading => reading({ type: 'error', code })
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at, open, maxBytes, codec !== undefined)
    if (header === undefined) return reading(null, true)
    if (typeof header === 'number') return failed(header)
    const { opcode, fin, start, length } = header
    if (start + length > bytes.length) return reading(null, true)
    const payload = unmasked(bytes.subarray(start, start + length), header.mask)
    at = start + length
    if (opcode === CLOSE) return reading(closeOf(payload))
    if (opcode === PING || opcode === PONG) {
      count++
      if (opcode === PING) pings.push(payload)
      continue
    }
    open ??= { opcode: opcode as 1 | 2, isCompressed: header.rsv1, parts: [], bytes: 0 }
    open.parts.push(payload)
    open.bytes += length
    if (!fin) continue
    const message = messageOf(open, maxBytes, codec)
    if (typeof message === 'number') return failed(message)
    open = null
    count++
    messages.push(message)
  }
  return reading(null, open !== null)
}

/** The header; undefined if it is not whole and not wrong so far, the close code if it is wrong. */
function headerAt(
  bytes: Buffer,
  at: number,
  open: Open | null,
  maxBytes: number,
  compresses: boolean,
): Header | number | undefined {
  if (bytes.length - at < 2) return undefined
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number]
  const header = { fin: first >= 0x80, rsv1: (first & 0x40) !== 0, opcode: first & 15 }
  const short = second & 0x7f
  if (isBroken(first, short, open, compresses) || second < 0x80) return PROTOCOL_ERROR
  const size = short < 126 ? 0 : short === 126 ? 2 : 8
  // Section 5.2: the most significant bit of 64 must be 0.
  if (size === 8 && (bytes[at + 2] ?? 0) > 0x7f) return PROTOCOL_ERROR
  if (bytes.length - at < 2 + size) return undefined
  const length = size === 0 ? short : size === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  if ((size === 2 && length < 126) || (size === 8 && length < 65_536)) return PROTOCOL_ERROR
  // Compressed bytes may be more than what they hold; the generator stays clear of where that would count.
  const most = compresses ? 2 * maxBytes : maxBytes
  if (header.opcode < CLOSE && length > 0 && (open?.bytes ?? 0) + length > most) return TOO_BIG
  const start = at + 2 + size + 4
  return bytes.length < start ? undefined : { ...header, length, mask: bytes.subarray(start - 4, start), start }
}

/** Sections 5.2, 5.4 and 5.5: what the first two bytes tell. */
function isBroken(first: number, short: number, open: Open | null, compresses: boolean): boolean {
  const opcode = first & 15
  const rsv1 = (first & 0x40) !== 0
  if ((first & 0x30) !== 0 || (rsv1 && !compresses)) return true
  if (opcode >= CLOSE) return opcode > PONG || first < 0x80 || rsv1 || short > 125 || (opcode === CLOSE && short === 1)
  if (opcode === CONTINUATION) return open === null || rsv1
  return opcode > BINARY || open !== null
}

function unmasked(masked: Buffer, mask: Buffer): Buffer {
  const plain = Buffer.from(masked)
  for (let i = 0; i < plain.length; i++) plain[i] = (plain[i] as number) ^ (mask[i & 3] as number)
  return plain
}

function messageOf({ opcode, isCompressed, parts }: Open, maxBytes: number, codec: Codec | undefined): Message | number {
  let payload = Buffer.concat(parts)
  if (isCompressed && codec !== undefined) {
    try {
      payload = codec.decompress(payload) as typeof payload
    } catch {
      return INVALID_DATA
    }
  }
  if (payload.length > maxBytes) return TOO_BIG
  return opcode === TEXT && !isUtf8(payload) ? INVALID_DATA : { opcode, payload }
}

/** Section 7.4: which codes a close frame may hold, and section 5.5.1: its reason is UTF-8. */
function closeOf(payload: Buffer): NonNullable<Reading['end']> {
  if (payload.length === 0) return { type: 'close', code: undefined }
  const code = payload.readUInt16BE(0)
  const isOfProtocol = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  if (!isOfProtocol && (code < 3000 || code > 4999)) return { type: 'error', code: PROTOCOL_ERROR }
  return isUtf8(payload.subarray(2)) ? { type: 'close', code } : { type: 'error', code: INVALID_DATA }
}
