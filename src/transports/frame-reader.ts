// Hot path. Reads the frames that most frames are: text and binary, in one fragment, masked, not compressed, of less than 64 KiB. Everything
// else - control frames, fragments, large and broken ones - goes on to `ws` as it came, which knows all the rules. So what is taken here is
// right without doubt: a frame that fails any test is left to ws, at which frame borders only. `ws` makes three views of each frame, a
// string or a fourth one, takes off the mask byte by byte and emits two events. Entered by ws (the transport) with the bytes of the network.
import { isUtf8 } from 'node:buffer'
import type { FrameScan } from './frame-scan.js'
import { unmask } from './unmask.js'

const TEXT_IN_ONE = 0x81
const BINARY_IN_ONE = 0x82
/** So many pieces of one frame are kept apart: more become one. */
const MAX_PIECES = 64

/** Whom the reader tells. */
export interface FrameTarget {
  /** Null at first. @internal */
  _partial: PartialFrame | null
  /** @internal */
  _text(data: string, bytes: number): void
  /** @internal */
  _binary(data: Uint8Array): void
  /** Bytes that are not for us, from a border of frames on. False: perhaps they were the last that are of any use. @internal */
  _others(bytes: Buffer): boolean
}

/** A frame of which not everything has come yet. */
export interface PartialFrame {
  /** The header, from the mask on. */
  readonly isText: boolean
  readonly mask: Uint8Array
  readonly length: number
  missing: number
  pieces: Uint8Array[]
}

/** Reads the frames of connections that do not compress and have these limits; what it must remember of each is with its target. */
export class FrameReader {
  readonly #maxBytes: number
  readonly #validatesUtf8: boolean

  constructor(maxBytes: number, validatesUtf8: boolean) {
    this.#maxBytes = maxBytes
    this.#validatesUtf8 = validatesUtf8
  }

  /** The next bytes of the connection; `others` is where the bytes stand that were not for us, null if there were none yet. */
  read(target: FrameTarget, chunk: Buffer, others: FrameScan | null): void {
    let at = 0
    if (target._partial !== null) {
      at = Math.min(target._partial.missing, chunk.length)
      if (!this.#goOn(target, target._partial, chunk, at)) return leave(target, chunk, at)
    } else if (others !== null && !others.isBetween) {
      at = Math.min(others.missing, chunk.length)
      if (!target._others(at === chunk.length ? chunk : chunk.subarray(0, at))) return leave(target, chunk, at)
    }
    if (at < chunk.length && (others === null || others.isBetween)) at = this.#frames(target, chunk, at)
    leave(target, chunk, at)
  }

  /** Takes frames from `at` on; answers where the first byte is that is not for us. */
  #frames(target: FrameTarget, chunk: Buffer, from: number): number {
    let at = from
    for (let left = chunk.length - at; left >= 6; left = chunk.length - at) {
      const first = chunk[at] as number
      const second = chunk[at + 1] as number
      if ((first !== TEXT_IN_ONE && first !== BINARY_IN_ONE) || second < 0x80 || second === 0xff) return at
      let length = second & 0x7f
      let start = at + 6
      if (length === 126) {
        if (left < 8) return at
        length = ((chunk[at + 2] as number) << 8) | (chunk[at + 3] as number)
        if (length < 126) return at
        start = at + 8
      }
      if (length > this.#maxBytes) return at
      if (start + length > chunk.length) return begin(target, chunk, first === TEXT_IN_ONE, start, length)
      if (!this.#whole(target, chunk, first === TEXT_IN_ONE, start, length, chunk, start - 4)) return at
      at = start + length
    }
    return at
  }

  /** False, and nothing is changed, if it is no UTF-8. */
  #whole(
    target: FrameTarget,
    chunk: Buffer,
    isText: boolean,
    start: number,
    length: number,
    mask: Uint8Array,
    maskAt: number,
  ): boolean {
    const end = start + length
    const isAscii = unmask(chunk, start, length, mask, maskAt)
    if (!isText) target._binary(chunk.subarray(start, end))
    else if (isAscii) target._text(chunk.toString('latin1', start, end), length)
    else {
      const data = chunk.subarray(start, end)
      if (this.#validatesUtf8 && !isUtf8(data)) {
        unmask(chunk, start, length, mask, maskAt)
        return false
      }
      target._text(data.toString(), length)
    }
    return true
  }

  /** Takes `count` bytes of a chunk; false if the frame is whole now, and no UTF-8. */
  #goOn(target: FrameTarget, partial: PartialFrame, chunk: Buffer, count: number): boolean {
    partial.missing -= count
    if (partial.pieces.length === MAX_PIECES) partial.pieces = [Buffer.concat(partial.pieces)]
    partial.pieces.push(count === chunk.length ? chunk : chunk.subarray(0, count))
    if (partial.missing > 0) return true
    const { isText, mask, length } = partial
    target._partial = null
    const data = Buffer.concat(partial.pieces, length)
    if (this.#whole(target, data, isText, 0, length, mask, 0)) return true
    target._others(headed(isText, mask, data))
    return false
  }
}

function begin(target: FrameTarget, chunk: Buffer, isText: boolean, start: number, length: number): number {
  const mask = Uint8Array.prototype.slice.call(chunk, start - 4, start)
  const piece = chunk.subarray(start)
  target._partial = { isText, mask, length, missing: length - piece.length, pieces: [piece] }
  return chunk.length
}
/** What is left of a chunk is for `ws`. */
function leave(target: FrameTarget, chunk: Buffer, at: number): void {
  if (at < chunk.length) target._others(at === 0 ? chunk : chunk.subarray(at))
}
/** A frame as it came, for `ws` to refuse. */
function headed(isText: boolean, mask: Uint8Array, payload: Buffer): Buffer {
  const { length } = payload
  const header = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([isText ? TEXT_IN_ONE : BINARY_IN_ONE, ...header]), mask, payload])
}
