// Hot path. The transport over real WebSockets. Plain data frames are read and written here (frame-reader, turn): what a turn of the event loop
// sends leaves at its end, in one system call for each connection. Everything else - control frames, fragments, compression, the close - is
// the business of `ws`, which gets the bytes from us. Entered by ws-server, by the net.Socket and by ws's events; calls its Sink, the socket process.
import type { Socket as NetSocket } from 'node:net'
import { WebSocket } from 'ws'
import { BINARY, copyData, EMPTY, FRAME_BYTES, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import { ABNORMAL, NO_STATUS, PROTOCOL_ERROR } from '../wire/close-codes.js'
import { HEARTBEAT, HELLO } from '../wire/carrier.js'
import type { Marks } from '../sockets/option-checks.js'
import type { Sink, Transport } from '../sockets/transport.js'
import type { FrameReader, FrameTarget, PartialFrame } from './frame-reader.js'
import { FrameScan } from './frame-scan.js'
import { CLOSE_MS, FLUSH_MS, Patience } from './patience.js'
import { beginTurn, encode, type Turn, type TurnOwner } from './turn.js'
import { BAD_FRAME, closedForWs, endedForWs, failureOf, readByWs, takeOver, type WsOwner, type WsSocket } from './ws-socket.js'

const kTransport = Symbol('gensock.transport')
/** Answers to pings that may be under way, of at most 125 bytes each; of more only the newest is kept. */
const MAX_PONGS = 512

type AttachedNet = NetSocket & { [kTransport]: WsTransport }

/** The one implementation of `Transport` over a network. */
export class WsTransport implements Transport, WsOwner, TurnOwner, FrameTarget {
  readonly compressed: boolean
  readonly #ws: WsSocket
  readonly #net: NetSocket
  readonly #marks: Marks
  /** What goes out in this turn of the event loop. */
  #turn: Turn | null = null
  /** More than the high mark waited, and not yet as little as the low mark. */
  #isOver = false
  /** A frame was not taken: the sink hears of the low mark. */
  #isAwaited = false
  /** Frames ever written, and those of them that the peer has taken for certain. */
  #written = 0
  #taken = 0
  #pongs = 0
  #nextPong: string | Uint8Array | null = null
  #whenTaken: ((error?: Error | null) => void) | null = null
  /** Writes have failed. Node has forgotten what was in them by the time that the loss is heard of. */
  #isUntaken = false
  #whenPonged: (() => void) | null = null
  /** Null where everything is read by `ws`. */
  readonly #reader: FrameReader | null
  /** @internal */
  _partial: PartialFrame | null = null
  /** Ends a connection that takes too long to end. */
  #patience: Patience | null = null
  /** Reads along with `ws`; null until `ws` has anything to read. */
  #scan: FrameScan | null = null
  /** Does `ws` read? Until the peer has closed or has broken a rule. */
  #reads = true
  /** The peer has broken a rule that `ws` lets pass: nothing is heard any more. */
  #isDeaf = false
  /** Where events go. @internal */
  readonly _sink: Sink
  /** @internal */
  _hearsHeartbeats = false

  constructor(ws: WsSocket, net: NetSocket, sink: Sink, marks: Marks, reader: FrameReader) {
    this.compressed = ws.extensions !== ''
    this.#ws = ws
    this.#net = net
    this.#marks = marks
    this._sink = sink
    this.#reader = this.compressed ? null : reader
    ws._owner = this
    ;(net as AttachedNet)[kTransport] = this
    takeOver(net, onData, onEnd, onClose)
    ws.pause() // before anything has flowed: frames of the handshake's segment wait as well
  }

  get bufferedBytes(): number {
    return this.#waiting()
  }

  send(opcode: Opcode, data: string | Uint8Array, compress: boolean, evenIfBehind = false): boolean {
    if (!this.#begin()) return true
    if (this.#isOver && !evenIfBehind) return this.#notTaken()
    this.#written++
    if (this.compressed) this.#sendByWs(opcode, copyData(data), compress, (this.#whenTaken ??= this.#oneTaken()))
    else this.#turn?.add(opcode, data)
    return true
  }

  pong(data: string | Uint8Array): void {
    if (this.#pongs >= MAX_PONGS) {
      this.#nextPong = data
      return
    }
    this.#pong(data)
  }
  #pong(data: string | Uint8Array, opcode: Opcode = PONG): void {
    if (!this.#begin()) return
    this.#pongs++
    if (this.compressed) this.#sendByWs(opcode, data, false, (this.#whenPonged ??= () => this.#ponged(1)))
    else {
      const turn = this.#turn as Turn
      turn.pongs++
      turn.add(opcode, data)
    }
  }

  /** The peer is our browser client, which sees no pings: it is told that its heartbeats will be answered. @internal */
  _greet(): void {
    this._hearsHeartbeats = true
    this.#pong(HELLO, TEXT)
  }
  /** @internal */
  _heartbeat(): void {
    if (this._sink.beat() && this.#pongs < MAX_PONGS) this.#pong(HEARTBEAT, TEXT)
  }

  sendShared(frame: SharedFrame, compress: boolean, evenIfBehind = false): boolean {
    if (!this.#begin()) return true
    if (this.#isOver && !evenIfBehind) return this.#notTaken()
    this.#written++
    if (this.compressed) this.#sendByWs(frame.opcode, frame.data, compress, (this.#whenTaken ??= this.#oneTaken()))
    else this.#turn?.addEncoded((frame._wire ??= encode(frame.opcode, frame.data)))
    return true
  }

  isBehind(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false
    if (!this.#isOver && this.#waiting() <= this.#marks.outboundHighBytes) return false
    this.#isAwaited = true
    return true
  }

  close(code: number | undefined, reason: string | undefined, lingerMs: number = FLUSH_MS): void {
    if (!this.#begin()) return
    this.#pongNext()
    this.#end(code, reason)
    this.#ws.resume() // to see the peer's answer, however much it has sent before
    this.#ending().linger(lingerMs)
  }

  destroy(): void {
    this.#ws.terminate()
  }
  pause(): void {
    this.#ws.pause()
  }
  resume(): void {
    this.#ws.resume()
  }

  // Compression is asynchronous inside ws: then every frame takes that way, for the order.
  #sendByWs(opcode: Opcode, data: string | Uint8Array, compress: boolean, done: (() => void) | undefined): void {
    if (opcode === PING) this.#ws.ping(data, false, done)
    else if (opcode === PONG) this.#ws.pong(data, false, done)
    else this.#ws.send(data, { binary: opcode === BINARY, compress }, done)
  }

  #ponged(count: number): void {
    this.#pongs -= count
    this.#pongNext()
    this.#check()
  }
  #pongNext(): void {
    const next = this.#nextPong
    this.#nextPong = null
    if (next !== null) this.#pong(next)
  }

  #notTaken(): false {
    this.#isAwaited = true
    return false
  }

  /** What is told once a turn has been written: the peer has taken it, and all turns before it. */
  #done({ pongs, isBehind }: Turn): (error?: Error | null) => void {
    if (pongs === 0 && !isBehind) return (this.#whenTaken ??= (error) => (error ? this.#untaken() : this.#check()))
    const written = this.#written
    return (error) => {
      if (pongs > 0) this.#ponged(pongs)
      if (error) return this.#untaken()
      if (written > this.#taken) this.#taken = written
      this.#check()
    }
  }
  #untaken(): void {
    this.#isUntaken = true
  }
  /** Compressed frames leave one by one, each when zlib has done with it, so each of them tells. */
  #oneTaken(): (error?: Error | null) => void {
    return (error) => {
      if (error) return this.#untaken()
      if (this.#taken < this.#written) this.#taken++
      this.#check()
    }
  }

  /** Has the peer caught up? */
  #check(): void {
    if ((!this.#isOver && !this.#isAwaited) || this.#net.destroyed) return
    this._sink.progressed()
    const waiting = this.#waiting()
    if (waiting > this.#marks.outboundLowBytes) return
    this.#isOver = false
    if (!this.#isAwaited) return
    this.#isAwaited = false
    this._sink.drained(waiting)
  }

  /** What the peer has not taken yet; many short frames cost more than their bytes. */
  #waiting(): number {
    const bytes = (this.compressed ? this.#ws.bufferedAmount : this.#net.writableLength) + (this.#turn?.bytes ?? 0)
    if (bytes === 0) this.#taken = this.#written
    return Math.max(bytes, (this.#written - this.#taken) * FRAME_BYTES, this.#isUntaken ? FRAME_BYTES : 0)
  }

  /** Before a write: may it be written, and is this the first one of the turn? */
  #begin(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false
    if (this.#turn !== null) return true
    // What earlier turns wrote and the peer has not taken: one turn's burst does not count against it.
    const waiting = this.#waiting()
    if (waiting > this.#marks.outboundHighBytes) {
      this.#isOver = true
      if (waiting > this.#marks.maxBufferedBytes) {
        this._sink.failed('slow_peer')
        this.#ws.terminate()
        return false
      }
    }
    const turn = beginTurn(this)
    turn.isBehind = waiting > 0
    this.#turn = turn
    if (this.compressed) this.#cork(turn)
    return true
  }

  /** @internal */
  _flush(turn: Turn): void {
    this.#turn = null
    if (turn.bytes > 0) this.#write(turn)
    if (turn.isCorked) this.#net.uncork()
  }
  #cork(turn: Turn): void {
    if (!turn.isCorked) this.#net.cork()
    turn.isCorked = true
  }
  /** Where all was well so far, the kernel mostly takes everything at once: then nobody needs to be told, which Node does in a turn of its own. */
  #write(turn: Turn): void {
    const net = this.#net
    if (!net.writable) {
      turn.clear()
      return this.#untaken()
    }
    if (turn.pongs > 0 || turn.isBehind || turn.isCorked || 'encrypted' in net) return turn.writeTo(net, this.#done(turn))
    turn.writeTo(net)
    if (net.errored !== null) this.#untaken()
    else if (net.writableLength > 0) net.write(EMPTY, this.#done(turn))
    else this.#check()
  }
  #ending(): Patience {
    return (this.#patience ??= new Patience(this.#ws, this.#net))
  }
  /** Sends a close frame, behind everything of this turn and together with it. */
  #end(code: number | undefined, reason: string | undefined): void {
    this.#hurry()
    this.#ws._end(code, reason)
  }
  /** Somebody else is about to write: what is gathered goes first. */
  #hurry(): void {
    const turn = this.#turn
    if (turn === null || turn.bytes === 0) return
    this.#cork(turn)
    this.#write(turn)
  }

  /** Bytes came. @internal */
  _read(chunk: Buffer): void {
    if (this.#isDeaf) return
    this._sink.received()
    if (!this.#reads) return
    if (this.#reader === null) this._others(chunk)
    else this.#reader.read(this, chunk, this.#scan)
  }
  /**
   * Bytes for `ws`. What it finds wrong with them it says later, but it stops the socket at once, as it does for what it cannot take now.
   * @internal
   */
  _others(bytes: Buffer): boolean {
    this.#toWs(bytes)
    return this.#reads && !this.#net.isPaused()
  }
  #toWs(bytes: Buffer): void {
    if (!this.#reads) return
    const bad = (this.#scan ??= new FrameScan()).scan(bytes)
    if (bad < 0) return readByWs(this.#net, bytes)
    // Frames before the bad one count (but those that zlib still has).
    if (bad > 0) readByWs(this.#net, bytes.subarray(0, bad))
    if (!this.#reads) return
    this.#isDeaf = true
    this.#reads = false
    this._sink.failed(...BAD_FRAME)
    this.#end(PROTOCOL_ERROR, undefined)
    this.#ending().endSoon()
  }

  // ---- FrameTarget and WsOwner: what has been read, here or by ws

  /** @internal */
  _text(data: string, bytes: number): void {
    if (this.#isDeaf) return
    // HEARTBEAT, one byte of zero; whoever does not ask for heartbeats may send it as what it wants
    if (this._hearsHeartbeats && bytes === 1 && data === HEARTBEAT) return this._heartbeat()
    this._sink.deliver(TEXT, data, bytes)
  }
  /** @internal */
  _binary(data: Uint8Array): void {
    if (!this.#isDeaf) this._sink.deliver(BINARY, data, data.length)
  }
  /** @internal */
  _message(data: Buffer, isBinary: boolean): void {
    if (isBinary) this._binary(data)
    else this._text(data.toString(), data.length)
  }
  /** @internal */
  _ping(data: Buffer): void {
    if (!this.#isDeaf) this._sink.deliver(PING, data, data.length)
  }
  /** @internal */
  _pong(data: Buffer): void {
    if (!this.#isDeaf) this._sink.deliver(PONG, data, data.length)
  }
  /** ws has answered a broken rule with its close code already. @internal */
  _error(error: Error & { readonly code?: string }): void {
    this._sink.failed(...failureOf(error))
  }

  /** @internal */
  _concluded(code: number | undefined, reason: string): void {
    this.#reads = false
    this._sink.remoteClosed(code, reason)
  }
  /** @internal */
  _failing(): void {
    this.#reads = false
    this.#hurry()
  }
  /** @internal */
  _failed(): void {
    this.#ending().linger(FLUSH_MS)
  }
  /** The peer has ended its side. Inflating takes its time: then ws says what came last. @internal */
  _ended(): void {
    if (!this.compressed && this.#ws.readyState === WebSocket.OPEN) this._sink.lost()
    if (this.#patience === null) this.#ending().endWithin(CLOSE_MS)
    if (this.#net.writableEnded) return // both sides have closed; to end a stream twice costs an error each time
    this.#hurry()
    endedForWs(this.#net)
  }
  /** The connection is closed. `ws` would read by itself what waits in it while reading is stopped. @internal */
  _closed(): void {
    const net = this.#net
    if (this.#reads && net.readableLength > 0) {
      const rest = net.read(net.readableLength) as Buffer | null
      if (rest !== null) this._read(rest)
    }
    closedForWs(net)
  }
  /** @internal */
  _gone(code: number, reason: string): void {
    this.#patience?.stop()
    if (code === ABNORMAL) this._sink.lost()
    else this._sink.remoteClosed(code === NO_STATUS ? undefined : code, reason)
    this._sink.gone()
  }
}

// ---- Listeners: of the module, not of each socket

function onData(this: NetSocket, chunk: Buffer): void {
  ;(this as AttachedNet)[kTransport]._read(chunk)
}
/** Half a close: without a close frame before it, this peer is gone, though ws may wait for what it has not taken. */
function onEnd(this: NetSocket): void {
  ;(this as AttachedNet)[kTransport]._ended()
}
function onClose(this: NetSocket): void {
  ;(this as AttachedNet)[kTransport]._closed()
}
