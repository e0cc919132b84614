// Frames: what the peer sends, what a handler may send, and what can be encoded at all. Pure; entered by commands and transports.
import { GensockError, show } from '../base/errors.js'
import { isCloseCode } from '../wire/close-codes.js'
import { kMail, SHARED } from './mail.js'

/**
 * A message from the peer, its fragments put together. Pings and pongs are events, so that an echo of a frame is never an echo
 * of a ping.
 *
 * @example
 * const shout = ([kind, data]: Frame): OutFrame => (kind === 'text' ? ['text', data.toUpperCase()] : [kind, data])
 * shout(['text', 'hi']) // => ['text', 'HI']
 * @see RFC 6455 sections 5.4 and 5.6
 */
export type Frame = readonly ['text', string] | readonly ['binary', Uint8Array]
/**
 * A frame that can be sent: data of any length, a ping or pong with at most 125 bytes, or a close frame (see {@link close}).
 *
 * @example
 * const frames: OutFrame[] = [['text', 'hi'], ['binary', Uint8Array.of(1)], ['ping'], ['pong', 'here'], ['close', 4001, 'bye']]
 * frames.map(([kind]) => kind) // => ['text', 'binary', 'ping', 'pong', 'close']
 * @see RFC 6455 sections 5.5 and 5.6; Cowboy 2.18, `cow_ws:frame()`
 */
export type OutFrame =
  | readonly ['text', string]
  | readonly ['binary', Uint8Array]
  | readonly ['ping', (string | Uint8Array)?]
  | readonly ['pong', (string | Uint8Array)?]
  | readonly ['close', code?: number | undefined, reason?: string | undefined]

/** RFC 6455 section 5.2: opcodes. */
export const TEXT = 0x1
export const BINARY = 0x2
export const PING = 0x9
export const PONG = 0xa
export type Opcode = typeof TEXT | typeof BINARY | typeof PING | typeof PONG

const MAX_CONTROL_BYTES = 125
const MAX_REASON_BYTES = 123

/**
 * Makes a text frame.
 *
 * @param data - of any length
 * @returns the frame; it is checked where it is sent
 * @example
 * text('hello') // => ['text', 'hello']
 * @see RFC 6455 section 5.6
 */
export function text(data: string): readonly ['text', string] {
  return ['text', data]
}
/**
 * Makes a binary frame.
 *
 * @param data - of any length; a Buffer is a Uint8Array
 * @returns the frame; it is checked where it is sent
 * @example
 * binary(Uint8Array.of(1, 2)) // => ['binary', Uint8Array.of(1, 2)]
 * @see RFC 6455 section 5.6
 */
export function binary(data: Uint8Array): readonly ['binary', Uint8Array] {
  return ['binary', data]
}
/**
 * Makes a text frame with the JSON of a value.
 *
 * @param value - anything that JSON has a form for
 * @returns the frame
 * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - JSON has no form for it: undefined, a function, a circle, a bigint
 * @example
 * json({ a: 1 }) // => ['text', '{"a":1}']
 * @see RFC 8259; RFC 6455 section 5.6
 */
export function json(value: unknown): readonly ['text', string] {
  let encoded: string | undefined
  try {
    encoded = JSON.stringify(value) as string | undefined
  } catch (cause) {
    throw badFrame('json: value', 'a value that JSON can write', value, cause)
  }
  if (encoded === undefined) throw badFrame('json: value', 'a value that JSON can write', value)
  return ['text', encoded]
}
/**
 * Makes a close frame: the last that is sent.
 *
 * @param code - 1000 to 1003, 1007 to 1014 or 3000 to 4999; default none, which sends an empty frame
 * @param reason - at most 123 bytes of UTF-8; without a code it goes with 1000; default none
 * @returns the frame; it is checked where it is sent
 * @example
 * close(4001, 'bye') // => ['close', 4001, 'bye']
 * @see RFC 6455 sections 5.5.1 and 7.4
 */
export function close(code?: number, reason?: string): readonly ['close', number?, string?] {
  return ['close', code, reason] as readonly ['close', number?, string?]
}

/** Refuses what cannot be encoded. True if `frame` is a frame, false if its name is not one of a frame. */
export function checkFrame(frame: readonly unknown[]): boolean {
  const data = frame[1]
  switch (frame[0]) {
    case 'text':
      if (typeof data !== 'string' || frame.length !== 2) throw badFrame('a text frame', "['text', string]", frame)
      return true
    case 'binary':
      if (!(data instanceof Uint8Array) || frame.length !== 2) throw badFrame('a binary frame', "['binary', Uint8Array]", frame)
      return true
    case 'ping':
    case 'pong':
      checkControl(frame[0], frame)
      return true
    case 'close':
      checkClose(data, frame[2], frame)
      return true
    default:
      return false
  }
}

function checkControl(kind: string, frame: readonly unknown[]): void {
  const data = frame[1]
  const bytes =
    data === undefined ? 0 : typeof data === 'string' ? Buffer.byteLength(data) : data instanceof Uint8Array ? data.length : -1
  if (bytes < 0 || bytes > MAX_CONTROL_BYTES || frame.length > 2) {
    throw badFrame(`a ${kind} frame`, `['${kind}', at most ${MAX_CONTROL_BYTES} bytes of string or Uint8Array]`, frame)
  }
}

/** Refuses a close code or reason that may not be sent. */
export function checkClose(code: unknown, reason: unknown, given: unknown): void {
  if (code !== undefined && !isCloseCode(code)) {
    throw badFrame('a close code', '1000 to 1003, 1007 to 1014 or 3000 to 4999', given)
  }
  if (reason !== undefined && (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_REASON_BYTES)) {
    throw badFrame('a close reason', `a string of at most ${MAX_REASON_BYTES} bytes of UTF-8`, given)
  }
}

/** The error for a frame or command that cannot be encoded; as an exit reason it is `['bad_frame', got]`. */
export function badFrame(where: string, allowed: string, got: unknown, cause?: unknown): GensockError {
  const options = cause === undefined ? undefined : { cause }
  return new GensockError('GENSOCK_ERR_BAD_FRAME', `${where} must be ${allowed}, got ${show(got)}`, ['bad_frame', got], options)
}

/** A data frame for many sockets: encoded once by the first transport that sends it plain. */
export class SharedFrame {
  readonly opcode: Opcode
  readonly data: string | Uint8Array
  /** The bytes on the wire, once a transport has made them. @internal */
  _wire: Uint8Array | null = null
  constructor(opcode: Opcode, data: string | Uint8Array) {
    this.opcode = opcode
    this.data = data
  }
  get [kMail](): typeof SHARED {
    return SHARED
  }
}

/** No payload. */
export const EMPTY: Uint8Array = new Uint8Array(0)
/** What a frame costs us while it waits to be taken, however short it is. */
export const FRAME_BYTES = 128

/** A checked frame other than close, ready to share: bytes are copied, what their owner does to them later is not sent. */
export function sharedFrame(frame: readonly unknown[]): SharedFrame {
  return new SharedFrame(opcodeOf(frame[0]), copyData(frame[1] as string | Uint8Array | undefined) ?? EMPTY)
}

/** The payload of a frame, safe from its owner. */
export function copyData<D>(data: D): D {
  return data instanceof Uint8Array ? (new Uint8Array(data) as D & Uint8Array) : data
}

/** The name of an opcode. */
export function nameOfOpcode(opcode: Opcode): 'text' | 'binary' | 'ping' | 'pong' {
  return opcode === TEXT ? 'text' : opcode === BINARY ? 'binary' : opcode === PING ? 'ping' : 'pong'
}
/** The opcode of a checked frame other than close. */
export function opcodeOf(kind: unknown): Opcode {
  return kind === 'text' ? TEXT : kind === 'binary' ? BINARY : kind === 'ping' ? PING : PONG
}
