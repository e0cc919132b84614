// Hot path. What one connection sends in one turn of the event loop: its frames are encoded one behind the other into a block that all
// connections share, and handed to the net.Socket in one piece at the turn's end. A frame costs no buffer, no entry in the stream's queue and
// no place in a `writev`. Frames for many are not copied, and what is put together of them is put together once, as long as the next
// connection gets the same. An idle connection has no turn: they are used again. Entered by ws.
import type { Socket as NetSocket } from 'node:net'
import type { Opcode } from '../sockets/frames.js'

/** One block serves many turns of many connections; the collector has it when the last of them has been written. */
const BLOCK_BYTES = 16_384
/** What is longer, or has a longer piece, goes to the socket in its pieces: those are shared, or too long to be copied. */
const MAX_JOINED = 65_536
const MAX_PIECE = 4096
/** Longer payloads are not copied into the block. */
const MAX_COPIED = 1024
/** A string's units take three bytes at most, a header ten. */
const MAX_IN_BLOCK = 3 * MAX_COPIED + 10
/** Up to here a loop in JavaScript is faster than a call into C++. */
const MAX_BY_HAND = 48
const MAX_SPARE = 1024

/** Whose turn it is. */
export interface TurnOwner {
  /** The turn of the event loop is over. @internal */
  _flush(turn: Turn): void
}

/** A turn that is over holds none. */
const NO_BLOCK = Buffer.alloc(0)
let block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
let used = 0
const running: Turn[] = []
const spare: Turn[] = []

/** What one connection sends in this turn. */
export class Turn {
  /** Bytes gathered. */
  bytes = 0
  /** Answers to pings among the frames. */
  pongs = 0
  /** Did anything of earlier turns wait when this one began? */
  isBehind = false
  /** The socket is corked until the end of this turn. */
  isCorked = false
  /** @internal */
  _owner: TurnOwner | null = null
  /** What comes before the frames in the block. */
  #pieces: Uint8Array[] = []
  #hasLong = false
  #block: Buffer = NO_BLOCK
  #from = 0
  #to = 0

  /** Adds one frame; bytes are copied, so their owner may change them afterwards. */
  add(opcode: Opcode, data: string | Uint8Array): void {
    if (data.length > MAX_COPIED) return this.addEncoded(encode(opcode, data))
    const start = this.#room()
    if (typeof data === 'string') used = writeText(block, start, opcode, data)
    else {
      used = writeHeader(block, start, opcode, data.length)
      block.set(data, used)
      used += data.length
    }
    this.#to = used
    this.bytes += used - start
  }

  /** Adds a frame that has been encoded; nobody changes its bytes. */
  addEncoded(frame: Uint8Array): void {
    this.#endPiece()
    this.#pieces.push(frame)
    this.bytes += frame.length
    if (frame.length > MAX_PIECE) this.#hasLong = true
  }

  /** Hands everything to the socket; `done` is told once it has been written, if anybody wants to know. */
  writeTo(net: NetSocket, done?: (error?: Error | null) => void): void {
    if (this.#pieces.length === 0) net.write(this.#inBlock(), done)
    else {
      this.#endPiece()
      const pieces = this.#pieces
      if (pieces.length === 1) net.write(pieces[0] as Uint8Array, done)
      else if (this.bytes <= MAX_JOINED && !this.#hasLong) net.write(join(pieces, this.bytes), done)
      else writePieces(net, pieces, done)
    }
    this.clear()
  }
  /** Forgets what has not been handed over. */
  clear(): void {
    if (this.#pieces.length > 0) this.#pieces = []
    this.#hasLong = false
    this.#block = NO_BLOCK
    this.#from = this.#to = this.bytes = this.pongs = 0
  }

  /** What waits behind other turns may wait for long: it must not keep a block of many connections. */
  #inBlock(): Uint8Array {
    const bytes = this.#block.subarray(this.#from, this.#to)
    return this.isBehind ? Uint8Array.prototype.slice.call(bytes) : bytes
  }
  #endPiece(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#inBlock())
    this.#from = this.#to = 0
  }
  /** Where the next frame begins: behind the one before it, unless somebody else has written there or the block is full. */
  #room(): number {
    if (used > BLOCK_BYTES - MAX_IN_BLOCK) {
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      used = 0
    }
    if (this.#block !== block || this.#to !== used) {
      this.#endPiece()
      this.#block = block
      this.#from = used
    }
    return used
  }
}

let joinedPieces: readonly Uint8Array[] = []
let joined: Uint8Array = NO_BLOCK

/** The pieces as one. Of a broadcast many connections in a row have the very same ones. */
function join(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  if (!areSame(pieces, joinedPieces)) {
    joined = Buffer.concat(pieces, bytes)
    joinedPieces = pieces
  }
  return joined
}
function areSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false
  return true
}

function writePieces(net: NetSocket, pieces: readonly Uint8Array[], done: ((error?: Error | null) => void) | undefined): void {
  const last = pieces.length - 1
  net.cork()
  for (let i = 0; i < last; i++) net.write(pieces[i] as Uint8Array)
  net.write(pieces[last] as Uint8Array, done)
  net.uncork()
}

/** A turn for this connection, which ends with the turn of the event loop. */
export function beginTurn(owner: TurnOwner): Turn {
  const turn = spare.pop() ?? new Turn()
  turn._owner = owner
  turn.isCorked = false
  if (running.length === 0) setImmediate(endTurns)
  running.push(turn)
  return turn
}

function endTurns(): void {
  let done = 0
  try {
    while (done < running.length) endTurn(running[done++] as Turn)
  } finally {
    running.splice(0, done)
    if (running.length > 0) setImmediate(endTurns) // a stream that throws is one connection's affair
  }
}
function endTurn(turn: Turn): void {
  const owner = turn._owner as TurnOwner
  turn._owner = null
  owner._flush(turn)
  if (spare.length < MAX_SPARE) spare.push(turn)
}

/** One unmasked frame, RFC 6455 section 5.2, in bytes of its own. */
export function encode(opcode: Opcode, data: string | Uint8Array): Uint8Array {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  writeHeader(frame, 0, opcode, length)
  if (typeof data === 'string') frame.write(data, start)
  else frame.set(data, start)
  return frame
}

/** Answers where the payload begins. */
function writeHeader(into: Buffer, at: number, opcode: Opcode, length: number): number {
  into[at] = 0x80 | opcode
  if (length < 126) {
    into[at + 1] = length
    return at + 2
  }
  if (length < 65_536) {
    into[at + 1] = 126
    into[at + 2] = length >> 8
    into[at + 3] = length
    return at + 4
  }
  into[at + 1] = 127
  into.writeUInt32BE(Math.floor(length / 0x100000000), at + 2)
  into.writeUInt32BE(length % 0x100000000, at + 6)
  return at + 10
}

/** A short text: its bytes are counted by writing them. Answers where the frame ends. */
function writeText(into: Buffer, at: number, opcode: Opcode, text: string): number {
  const units = text.length
  const guess = at + (units < 126 ? 2 : 4)
  const isAscii = units <= MAX_BY_HAND && writeAscii(into, guess, text)
  const length = isAscii ? units : into.write(text, guess)
  if (length > 125 && guess === at + 2) into.copyWithin(at + 4, guess, guess + length)
  return writeHeader(into, at, opcode, length) + length
}
/** False if it is not ASCII. */
function writeAscii(into: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return false
    into[at + i] = unit
  }
  return true
}
