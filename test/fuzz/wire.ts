// Sends one input over a connection of its own, takes what comes, and ends as the input says. Entered by run.ts; what came is
// for judge.ts.
import { connect, type Socket as NetSocket } from 'node:net'
import { CLOSE, frame, PONG } from '../rfc/peer.js'
import { AnswerReader } from './answer-reader.js'
import type { Input } from './input.js'

/** Nothing of an input may take longer: the server's own limits are far below. */
const LIMIT_MS = 10_000
const NO_MASK = Buffer.alloc(4)

export interface Outcome {
  readonly reader: AnswerReader
  /** The server has ended its side. */
  readonly hasEnded: boolean
  readonly isLate: boolean
  /** From the first byte to the end. */
  readonly ms: number
  /** Why the connection broke. */
  readonly error: string | undefined
}

/** One connection, from its first byte to its end. */
class Wire {
  readonly #input: Input
  readonly #socket: NetSocket
  readonly #reader: AnswerReader
  readonly #done: (outcome: Outcome) => void
  readonly #timer: NodeJS.Timeout
  readonly #began = performance.now()
  #next = 0
  #hasClosed = false
  #hasSentLast = false
  #hasEnded = false
  #isLate = false
  #error: string | undefined
  #seen = 0
  #data = 0
  #pongs = 0

  constructor(input: Input, port: number, done: (outcome: Outcome) => void) {
    this.#input = input
    this.#done = done
    this.#reader = new AnswerReader(input.expect.isHead === true ? input.expect.before.length : undefined)
    const localAddress = `127.0.0.${input.from}`
    this.#socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true, noDelay: true })
    this.#timer = setTimeout(() => this.#late(), LIMIT_MS)
    const socket = this.#socket
    if (input.end !== 'deaf') socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => this.#ended())
    socket.on('error', (error) => (this.#error = error.message))
    socket.once('close', () => this.#closed())
    socket.once('connect', () => this.#write())
  }

  #write(): void {
    const segment = this.#input.segments[this.#next]
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    if (segment === undefined) return this.#written()
    this.#next++
    this.#socket.write(segment, () => setImmediate(() => this.#write()))
  }
  #written(): void {
    const { end } = this.#input
    if (end === 'fin') this.#socket.end()
    else if (end !== 'server') this.#socket.resetAndDestroy()
    else this.#look()
  }

  #read(chunk: Buffer): void {
    this.#reader.read(chunk)
    this.#look()
  }
  /** Is it time to answer, or to end? */
  #look(): void {
    const { frames, last, fault, answers } = this.#reader
    const { before, stream } = this.#input.expect
    if (fault !== undefined) return void this.#socket.destroy()
    for (; this.#seen < frames.length; this.#seen++) {
      const { opcode, payload } = frames[this.#seen] as (typeof frames)[number]
      if (opcode === CLOSE) this.#close(payload.subarray(0, 2))
      else if (opcode === PONG) this.#pongs++
      else this.#data++
    }
    if (this.#input.end !== 'server' || last === undefined) return
    if (last.status !== 101) {
      const isOver = answers.length > before.length && this.#next === this.#input.segments.length
      if (isOver && !/\bclose\b/i.test(last.headers.get('connection') ?? '')) this.#socket.end()
    } else if (stream === undefined) this.#close(Buffer.of(0x03, 0xe8))
    else if (this.#data >= stream.data.length && this.#pongs >= stream.pongs.length) this.#sendLast()
  }
  #close(payload: Uint8Array): void {
    if (this.#hasClosed || this.#hasSentLast || !this.#socket.writable) return
    this.#hasClosed = true
    this.#next = Infinity // nothing follows
    this.#socket.write(frame({ opcode: CLOSE, payload, mask: NO_MASK }))
  }
  #sendLast(): void {
    const { last, segments } = this.#input
    if (last === undefined || this.#hasClosed || this.#hasSentLast || this.#next < segments.length || !this.#socket.writable)
      return
    this.#hasSentLast = true
    this.#socket.write(last)
  }

  #ended(): void {
    this.#hasEnded = true
    if (this.#input.from % 2 === 0) this.#socket.end()
    else this.#socket.resetAndDestroy()
  }
  #late(): void {
    this.#isLate = true
    this.#socket.destroy()
  }
  #closed(): void {
    clearTimeout(this.#timer)
    this.#done({
      reader: this.#reader,
      hasEnded: this.#hasEnded,
      isLate: this.#isLate,
      ms: performance.now() - this.#began,
      error: this.#error,
    })
  }
}

/** Resolves once the connection is closed. */
export function exchange(input: Input, port: number): Promise<Outcome> {
  return new Promise((resolve) => new Wire(input, port, resolve))
}
