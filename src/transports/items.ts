// Frames as the fallback transports write them, JSON of wire/carrier, and back. Pure. Entered by carried and sends.
import { BINARY, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import type { Item } from '../wire/carrier.js'
import { isCloseCode } from '../wire/close-codes.js'

/** RFC 6455 section 5.2. */
export const CLOSE = 0x8
/** RFC 6455 section 5.5: what a ping or pong may hold, and what a close frame has left beside its code. */
const MAX_CONTROL_BYTES = 125
const MAX_REASON_BYTES = 123

/** A frame of the peer that can be delivered. */
export interface UpFrame {
  readonly number: number
  readonly opcode: Opcode | typeof CLOSE
  /** Of a close frame its reason. */
  readonly data: string | Uint8Array
  /** Of its payload as a WebSocket would carry it. */
  readonly bytes: number
  /** Of a close frame. */
  readonly code: number | undefined
}

/**
 * Frames of a `send`, decoded; undefined if one of them could not stand on a WebSocket. Without `strict` bad text gets
 * U+FFFD, as there.
 */
export function upFrames(items: readonly Item[], strict: boolean): readonly UpFrame[] | undefined {
  const frames: UpFrame[] = []
  for (const item of items) {
    const frame = upFrame(item, strict)
    if (frame === undefined) return undefined
    frames.push(frame)
  }
  return frames
}

function upFrame(item: Item, strict: boolean): UpFrame | undefined {
  const number = item[0]
  if (item[1] === 'c') return closeFrame(number, item[2], item[3])
  if (item[1] === 't') return textFrame(number, item[2], strict)
  const data = bytesOf(item[2])
  if (data === undefined) return undefined
  if (item[1] === 'b') return { number, opcode: BINARY, data, bytes: data.length, code: undefined }
  if (data.length > MAX_CONTROL_BYTES) return undefined
  return { number, opcode: item[1] === 'p' ? PING : PONG, data, bytes: data.length, code: undefined }
}
function closeFrame(number: number, code: number | null, reason: string): UpFrame | undefined {
  if (code === null ? reason !== '' : !isCloseCode(code) || !isWellFormed(reason)) return undefined
  const bytes = Buffer.byteLength(reason)
  return bytes > MAX_REASON_BYTES ? undefined : { number, opcode: CLOSE, data: reason, bytes, code: code ?? undefined }
}
/** Half a surrogate pair has no UTF-8; JSON can hold one. */
function textFrame(number: number, data: string, strict: boolean): UpFrame | undefined {
  if (!isWellFormed(data)) return strict ? undefined : textFrame(number, Buffer.from(data).toString(), strict)
  return { number, opcode: TEXT, data, bytes: Buffer.byteLength(data), code: undefined }
}
/** Base64 of RFC 4648 section 4, whole. Node skips what is none, so its length tells. */
function bytesOf(base64: string): Uint8Array | undefined {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === (base64.length / 4) * 3 - padding ? bytes : undefined
}
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed() // of ES2024; Node 20 has it
}

// ---- Down: an item without its number, which differs for each peer of a broadcast

const tails = new WeakMap<SharedFrame, string>()

/** The JSON of a frame behind its number. */
export function tailOf(opcode: Opcode, data: string | Uint8Array): string {
  if (opcode === TEXT) return `,"t",${JSON.stringify(textOf(data))}]`
  const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.length)
  return `,"${opcode === BINARY ? 'b' : opcode === PING ? 'p' : 'q'}","${bytes.toString('base64')}"]`
}
/** The same of a frame for many; made once. */
export function sharedTail(frame: SharedFrame): string {
  const known = tails.get(frame)
  if (known !== undefined) return known
  const tail = tailOf(frame.opcode, frame.data)
  tails.set(frame, tail)
  return tail
}
export function closeTail(code: number | undefined, reason: string | undefined): string {
  return `,"c",${code ?? null},${JSON.stringify(reason ?? '')}]`
}
/** As a WebSocket would carry it, in UTF-8. */
function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' && isWellFormed(data) ? data : Buffer.from(data as string).toString()
}
/** A whole item. */
export function itemText(number: number, tail: string): string {
  return `[${number}${tail}`
}
