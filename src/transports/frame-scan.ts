// Hot path. Walks over the headers of the frames that a client sends and finds the lengths that RFC 6455 section 5.2 forbids
// and `ws` lets pass. Pure, and without allocations. Entered by ws, before `ws` sees the bytes.

const BAD = -1
const FINE = -1
/** In place of a count of bytes: nothing more is looked at. */
const ENDED = -1
/** Lengths stop counting here: no limit lies above it, so `ws` refuses the frame, and all that follows is ignored. */
const OVER = 0x7fffffff
const CLOSE = 8

/** Reads along with one connection. */
export class FrameScan {
  /** Bytes of mask and payload still to come. */
  #skip = 0
  /** Of a header that is split over chunks: how many of its bytes are known, the first two, the length so far. */
  #seen = 0
  #start = 0
  #length = 0
  /** In a message of more than one fragment. */
  #isFragmented = false

  /** Are all frames whole so far, and all messages? */
  get isBetween(): boolean {
    return this.#skip === 0 && this.#seen === 0 && !this.#isFragmented
  }
  /** Of the frame that is under way; Infinity where that cannot be said or does not count. */
  get missing(): number {
    return this.#skip > 0 && this.#seen === 0 ? this.#skip : Infinity
  }

  /**
   * Looks at the next bytes of the connection. Not called again once it has found something.
   *
   * RFC 6455 section 5.2: "in all cases, the minimal number of bytes MUST be used to encode the length", and of 64 bits "the
   * most significant bit MUST be 0". Nothing is looked at behind a close frame (section 5.5.1: no data follows it).
   *
   * @returns -1 if there is nothing to object to; else where in the chunk the bad frame begins, 0 if it began in an earlier one
   * @example
   * new FrameScan().scan(Uint8Array.of(0x82, 0xfe, 0, 125)) // => 0
   */
  scan(chunk: Uint8Array): number {
    if (this.#skip === ENDED) return FINE
    const end = chunk.length
    let at = this.#skip
    if (this.#seen > 0) {
      at = this.#splitHeader(chunk, 0)
      if (at === BAD) return 0
      if (this.#seen > 0) return FINE
    }
    while (end - at > 1) {
      const second = chunk[at + 1] as number
      let length = second & 0x7f
      let next = at + 2 + ((second & 0x80) >> 5) // the bit says that four bytes of mask follow
      if (length > 125) {
        const size = length === 126 ? 2 : 8
        if (end - at < 2 + size) break
        length = size === 2 ? short(chunk, at + 2) : long(chunk, at + 2)
        if (length === BAD) return at
        next += size
      }
      const first = chunk[at] as number
      if ((first & 0x0f) === CLOSE || length === OVER) return this.#end()
      this.#follow(first)
      at = next + length
    }
    if (at < end) {
      const begin = at
      at = this.#splitHeader(chunk, at)
      if (at === BAD) return begin
    }
    if (at - end >= OVER) return this.#end()
    this.#skip = at - end
    return FINE
  }

  /** Takes bytes of a header until it is whole or the chunk ends; answers where the frame ends, or BAD. */
  #splitHeader(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; ) {
      const byte = chunk[at++] as number
      const seen = this.#seen++
      if (seen < 2) {
        this.#start = (this.#start << 8) | byte
        if (seen === 0) continue
      } else {
        if (seen === 2 && byte > 0x7f && (this.#start & 0x7f) === 127) return BAD
        this.#length = longer(this.#length, byte)
      }
      const form = this.#start & 0x7f
      if (this.#seen === (form < 126 ? 2 : form === 126 ? 4 : 10)) return this.#wholeHeader(at, form)
    }
    return chunk.length
  }

  #wholeHeader(at: number, form: number): number {
    const start = this.#start
    const length = form < 126 ? form : this.#length
    this.#seen = 0
    this.#start = 0
    this.#length = 0
    if (form === 126 ? length < 126 : form === 127 && length < 65_536) return BAD
    if (((start >> 8) & 0x0f) === CLOSE) return Infinity
    this.#follow(start >> 8)
    return at + ((start & 0x80) >> 5) + length
  }

  /** RFC 6455 section 5.4: control frames may stand between fragments. */
  #follow(first: number): void {
    if ((first & 0x08) === 0) this.#isFragmented = (first & 0x80) === 0
  }

  #end(): typeof FINE {
    this.#skip = ENDED
    return FINE
  }
}

function short(chunk: Uint8Array, at: number): number {
  const length = ((chunk[at] as number) << 8) | (chunk[at + 1] as number)
  return length < 126 ? BAD : length
}

function long(chunk: Uint8Array, at: number): number {
  if ((chunk[at] as number) > 0x7f) return BAD
  let length = 0
  for (let i = at; i < at + 8; i++) length = longer(length, chunk[i] as number)
  return length < 65_536 ? BAD : length
}

/** The length with one more byte behind it. */
function longer(length: number, byte: number): number {
  return length > 0x7fffff ? OVER : (length << 8) | byte
}
