// The line of a fake transport: what a socket takes for its connection. It keeps what is sent, and holds back what the peer does
// while nobody reads. Entered by sockets/socket, and by the peer in fake-transport.
import type { AcceptOptions, RejectOptions } from '../sockets/request.js'
import { nameOfOpcode, type Opcode, type OutFrame, PING, PONG, type SharedFrame } from '../sockets/frames.js'
import type { Marks } from '../sockets/option-checks.js'
import type { Sink, Transport } from '../sockets/transport.js'

/** How our side ended the connection. @internal */
export type Closed = readonly ['close', number?, string?] | 'cut'
/** The answer to the handshake. @internal */
export type Answer = readonly ['accept', AcceptOptions] | readonly ['reject', number, RejectOptions]

/** What lies between a fake transport and its peer, when something does. @internal */
export interface LineWatcher {
  /** The handshake was answered. */
  answered(answer: Answer): void
  sent(frame: OutFrame): void
  ended(how: Closed): void
}

/** Our side's end of it: what a socket takes for its connection. @internal */
export class Line implements Transport {
  readonly compressed = false
  readonly sent: OutFrame[] = []
  readonly waiting: (() => void)[] = []
  readonly #marks: Marks
  readonly #watcher: LineWatcher | undefined
  sink: Sink | null = null
  paused = true
  closed: Closed | undefined = undefined
  /** The peer has cut it: the socket hears nothing of it any more. */
  isLost = false
  #bytes = 0
  #taken = 0
  #isBehind = false
  #isAwaited = false

  constructor(marks: Marks, watcher: LineWatcher | undefined) {
    this.#marks = marks
    this.#watcher = watcher
  }

  get bufferedBytes(): number {
    return this.#bytes
  }
  set bufferedBytes(bytes: number) {
    if (this.isLost) return
    if (this.#isBehind && bytes < this.#bytes) this.sink?.progressed()
    this.#bytes = bytes
    if (bytes > this.#marks.outboundHighBytes) this.#isBehind = true
    if (bytes > this.#marks.outboundLowBytes) return
    this.#isBehind = false
    const wasAwaited = this.#isAwaited
    this.#isAwaited = false // before the call: what goes out now may be too much again
    if (wasAwaited) this.sink?.drained(bytes)
  }
  send(opcode: Opcode, data: string | Uint8Array, _compress = false, evenIfBehind = false): boolean {
    if (this.closed !== undefined) return true
    if (!evenIfBehind && this.isBehind()) return false
    const frame = frameOf(opcode, data)
    this.sent.push(frame)
    this.#watcher?.sent(frame)
    return true
  }
  isBehind(): boolean {
    this.#isAwaited ||= this.#isBehind
    return this.#isBehind
  }
  take(): readonly OutFrame[] {
    const fresh = this.sent.slice(this.#taken)
    this.#taken = this.sent.length
    return fresh
  }
  pong(data: string | Uint8Array): void {
    this.send(PONG, data, false, true)
  }
  sendShared(frame: SharedFrame, compress = false, evenIfBehind = false): boolean {
    return this.send(frame.opcode, frame.data, compress, evenIfBehind)
  }
  close(code: number | undefined, reason: string | undefined): void {
    this.#end(code === undefined ? ['close'] : reason === undefined ? ['close', code] : ['close', code, reason])
  }
  destroy(): void {
    this.#end('cut')
  }
  #end(how: Closed): void {
    if (this.closed === undefined) {
      this.closed = how
      this.#watcher?.ended(how)
    }
    this.sink?.gone()
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
    while (!this.paused && this.waiting.length > 0) this.waiting.shift()?.()
  }
}

function frameOf(opcode: Opcode, data: string | Uint8Array): OutFrame {
  const isBare = data.length === 0 && (opcode === PING || opcode === PONG)
  return (isBare ? [nameOfOpcode(opcode)] : [nameOfOpcode(opcode), data]) as unknown as OutFrame
}
