// permessage-deflate (RFC 7692) of a client, by node:zlib's one-shot functions: the LZ77 window that one message leaves to the
// next is given as a dictionary. So it shares no code with the server.
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
const SMALLEST_CHUNK = 64

export interface CodecOptions {
  /** Of our window, 9 to 15 (zlib makes no smaller one; 9 keeps within 8). Default 15. */
  readonly clientBits?: number
  /** Of the server's window, 8 to 15: what refers further back is an error. Default 15. */
  readonly serverBits?: number
  /** Each of our messages stands alone. Default false. */
  readonly clientNoContext?: boolean
  /** Each of the server's messages must stand alone. Default false. */
  readonly serverNoContext?: boolean
  readonly level?: number
  readonly strategy?: number
}

/** Both directions of one connection. */
export class Codec {
  readonly #options: CodecOptions
  #sent = Buffer.alloc(0)
  #received = Buffer.alloc(0)

  constructor(options: CodecOptions = {}) {
    this.#options = options
  }

  /** RFC 7692 section 7.2.1. */
  compress(data: string | Uint8Array): Buffer {
    const { clientBits: windowBits = 15, clientNoContext = false, level = 6, strategy = 0 } = this.#options
    const plain = Buffer.from(data as Uint8Array)
    const history = this.#sent.length === 0 ? {} : { dictionary: this.#sent }
    const out = deflateRawSync(plain, { windowBits, level, strategy, finishFlush: constants.Z_SYNC_FLUSH, ...history })
    if (!clientNoContext) this.#sent = lastOf(this.#sent, plain, windowBits)
    if (!out.subarray(-4).equals(TAIL)) throw new Error(`zlib has not flushed: ${out.toString('hex')}`)
    return out.subarray(0, -4)
  }

  /** RFC 7692 section 7.2.2. Throws if the server's window is larger than it may be. */
  decompress(payload: Uint8Array): Buffer {
    const { serverBits: windowBits = 15, serverNoContext = false } = this.#options
    const history = this.#received.length === 0 ? {} : { dictionary: this.#received }
    // Small chunks: zlib looks no further back than its window into what it has handed out already.
    const chunkSize = windowBits === 15 ? 16_384 : SMALLEST_CHUNK
    const plain = inflateRawSync(Buffer.concat([payload, TAIL]), {
      windowBits,
      chunkSize,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...history,
    })
    if (!serverNoContext) this.#received = lastOf(this.#received, plain, windowBits)
    return plain
  }
}

/** What a window of so many bits still holds. */
function lastOf(before: Buffer, more: Buffer, bits: number): Buffer<ArrayBuffer> {
  return Buffer.from(Buffer.concat([before, more]).subarray(-(2 ** bits)))
}

const noises = new Map<number, Buffer>()
/** Bytes that do not compress, always the same ones for one seed. */
export function noise(length: number, seed = 1): Buffer {
  const known = noises.get(seed)
  if (known !== undefined && known.length >= length) return known.subarray(0, length)
  const bytes = Buffer.alloc(Math.max(length, 100_000))
  for (let i = 0, state = seed; i < bytes.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    bytes[i] = state >> 16
  }
  noises.set(seed, bytes)
  return bytes.subarray(0, length)
}
