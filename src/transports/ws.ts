// Hot path. The transport over real WebSockets: `ws` reads and closes, we write. Plain frames go to the net.Socket, which is
// corked at its first frame in a turn of the event loop and uncorked at the turn's end: one system call per socket and turn.
// Entered by ws-server and by ws's events; calls its Sink, the socket process.
import type { Socket as NetSocket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import { BINARY, copyData, EMPTY, FRAME_BYTES, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import { ABNORMAL, INVALID_DATA, NO_STATUS, POLICY_VIOLATION, PROTOCOL_ERROR, TOO_BIG } from '../wire/close-codes.js'
import { HEARTBEAT, HELLO } from '../wire/carrier.js'
import type { Marks } from '../sockets/option-checks.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { FrameScan } from './frame-scan.js'
import type { WsOwner, WsSocket } from './ws-socket.js'

const kTransport = Symbol('gensock.transport')
/** How long what we have sent may take to go out before a close, and how long the peer may take to answer it then. */
const FLUSH_MS = 10_000
const CLOSE_MS = 2000
/** Answers to pings that may be under way, of at most 125 bytes each; of more only the newest is kept. */
const MAX_PONGS = 512

type Attached = WsSocket & { _owner: WsTransport }
type AttachedNet = NetSocket & { [kTransport]: WsTransport }

const dirty: WsTransport[] = []
function flush(): void {
  for (let i = 0; i < dirty.length; i++) (dirty[i] as WsTransport)._uncork()
  dirty.length = 0
}

/** The one implementation of `Transport` over a network. */
export class WsTransport implements Transport, WsOwner {
  readonly compressed: boolean
  readonly #ws: WsSocket
  readonly #net: NetSocket
  readonly #marks: Marks
  #corked = false
  /** The next frame is the first of its turn. */
  #isFirst = false
  /** Did anything of earlier turns wait when this turn's first frame was written? */
  #isBehind = false
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
  /** Ends a connection that takes too long to end. */
  #patience: NodeJS.Timeout | null = null
  /** Null once the peer has broken a rule that it looks for: nothing is heard any more. */
  #scan: FrameScan | null = new FrameScan()
  /** Where events go. @internal */
  readonly _sink: Sink
  /** @internal */
  _hearsHeartbeats = false

  constructor(ws: WsSocket, net: NetSocket, sink: Sink, marks: Marks) {
    this.compressed = ws.extensions !== ''
    this.#ws = ws
    this.#net = net
    this.#marks = marks
    this._sink = sink
    ws._owner = this
    ;(net as AttachedNet)[kTransport] = this
    ws.on('message', onMessage)
    ws.on('ping', onPing)
    ws.on('pong', onPong)
    ws.on('error', onError)
    ws.on('close', onClose)
    net.prependListener('data', onData) // before ws reads the bytes
    net.prependListener('end', onEnd) // before ws changes its state
    ws.pause() // before anything has flowed: frames of the handshake's segment wait as well
  }

  get bufferedBytes(): number {
    return this.#waiting()
  }

  send(opcode: Opcode, data: string | Uint8Array, compress: boolean, evenIfBehind = false): boolean {
    if (!this.#begin()) return true
    if (this.#isOver && !evenIfBehind) return this.#notTaken()
    if (this.compressed) this.#sendByWs(opcode, copyData(data), compress, this.#mark())
    else this.#net.write(encode(opcode, data), this.#mark())
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
    this.#isFirst = false
    this.#whenPonged ??= () => this.#ponged()
    if (this.compressed) this.#sendByWs(opcode, data, false, this.#whenPonged)
    else this.#net.write(encode(opcode, data), this.#whenPonged)
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
    if (this.compressed) this.#sendByWs(frame.opcode, frame.data, compress, this.#mark())
    else this.#net.write((frame._wire ??= encode(frame.opcode, frame.data)), this.#mark())
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
    this.#ws._end(code, reason)
    this.#ws.resume() // to see the peer's answer, however much it has sent before
    this.#linger(lingerMs)
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

  #ponged(): void {
    this.#pongs--
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

  /**
   * Counts a frame. The first of each turn tells when it has been taken, and with it all frames of the turns before. Compressed ones
   * leave one by one, each when zlib has done with it, so each of them tells.
   */
  #mark(): ((error?: Error | null) => void) | undefined {
    const before = this.#written++
    if (this.compressed) return (this.#whenTaken ??= (error) => (error ? this.#untaken() : this.#oneTaken()))
    if (!this.#isFirst) return undefined
    this.#isFirst = false
    if (!this.#isBehind) return (this.#whenTaken ??= (error) => (error ? this.#untaken() : this.#check()))
    return (error) => {
      if (error) return this.#untaken()
      if (before > this.#taken) this.#taken = before
      this.#check()
    }
  }
  #untaken(): void {
    this.#isUntaken = true
  }

  #oneTaken(): void {
    if (this.#taken < this.#written) this.#taken++
    this.#check()
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
    const bytes = this.#ws.bufferedAmount
    if (bytes === 0) this.#taken = this.#written
    return Math.max(bytes, (this.#written - this.#taken) * FRAME_BYTES, this.#isUntaken ? FRAME_BYTES : 0)
  }

  /** Before a write: may it be written, and is this the first one of the turn? */
  #begin(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false
    if (this.#corked) return true
    // What earlier turns wrote and the peer has not taken: one turn's burst does not count against it.
    const waiting = this.#waiting()
    this.#isBehind = waiting > 0
    if (waiting > this.#marks.outboundHighBytes) {
      this.#isOver = true
      if (waiting > this.#marks.maxBufferedBytes) {
        this._sink.failed('slow_peer')
        this.#ws.terminate()
        return false
      }
    }
    this.#corked = true
    this.#isFirst = true
    this.#net.cork()
    if (dirty.length === 0) setImmediate(flush)
    dirty.push(this)
    return true
  }

  /** Bytes came. @internal */
  _read(chunk: Buffer): void {
    if (this.#scan === null) return
    this._sink.received()
    const bad = this.#scan.scan(chunk)
    if (bad < 0) return
    // Frames before the bad one count (but those that zlib still has). What ws, which sees the whole chunk after us, makes of the
    // rest is not listened to.
    if (bad > 0) for (const read of this.#net.listeners('data')) if (read !== onData) read.call(this.#net, chunk.subarray(0, bad))
    this.#scan = null
    this._sink.failed(...BAD_FRAME)
    this.#ws._end(PROTOCOL_ERROR, undefined)
    this.#endSoon()
  }
  /** RFC 6455 section 7.1.7: a connection that is failed is closed without waiting for the peer. */
  #endSoon(): void {
    this.#linger(FLUSH_MS)
    this.#whenFlushed(() => this.#net.end())
  }
  /** A close frame is on its way out: so long for what is before it, then less for the answer. */
  #linger(ms: number): void {
    const until = performance.now() + ms
    this.#endWithin(ms)
    this.#whenFlushed(() => this.#endWithin(Math.min(CLOSE_MS, until - performance.now())))
  }

  /** Cuts the connection if it has not ended by itself by then. */
  #endWithin(ms: number): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = this.#net.destroyed ? null : setTimeout(cut, Math.max(0, ms), this.#ws).unref()
  }
  /** Once all that has been sent is out of our hands; zlib may still have some of it. */
  #whenFlushed(then: () => void): void {
    if (this.#net.destroyed) return
    if (this.#ws.bufferedAmount > this.#net.writableLength) setImmediate(() => this.#whenFlushed(then))
    else if (this.#net.writable) this.#net.write(EMPTY, then)
    else then()
  }

  /** @internal */
  get _isDeaf(): boolean {
    return this.#scan === null
  }

  /** @internal */
  _concluded(code: number | undefined, reason: string): void {
    this._sink.remoteClosed(code, reason)
  }
  /** @internal */
  _failed(): void {
    this.#linger(FLUSH_MS)
  }
  /** The peer has ended its side. Inflating takes its time: then ws says what came last. @internal */
  _ended(): void {
    if (!this.compressed && this.#ws.readyState === WebSocket.OPEN) this._sink.lost()
    if (this.#patience === null) this.#endWithin(CLOSE_MS)
  }
  /** @internal */
  _gone(code: number, reason: string): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    if (code === ABNORMAL) this._sink.lost()
    else this._sink.remoteClosed(code === NO_STATUS ? undefined : code, reason)
    this._sink.gone()
  }
  /** @internal */
  _uncork(): void {
    this.#corked = false
    this.#net.uncork()
  }
}

/** One unmasked frame, RFC 6455 section 5.2; the payload is copied, so its owner may change it afterwards. */
function encode(opcode: Opcode, data: string | Uint8Array): Buffer {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = 0x80 | opcode
  if (start === 2) frame[1] = length
  else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(Math.floor(length / 0x100000000), 2)
    frame.writeUInt32BE(length % 0x100000000, 6)
  }
  if (typeof data === 'string') frame.write(data, start)
  else frame.set(data, start)
  return frame
}

// ---- Listeners: of the module, not of each socket

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const bytes = data as Buffer
  const owner = (this as Attached)._owner
  const { _sink } = owner
  if (owner._isDeaf) return
  // HEARTBEAT, one byte of zero; whoever does not ask for heartbeats may send it as what it wants
  if (owner._hearsHeartbeats && !isBinary && bytes.length === 1 && bytes[0] === 0) return owner._heartbeat()
  if (isBinary) _sink.deliver(BINARY, bytes, bytes.length)
  else _sink.deliver(TEXT, bytes.toString(), bytes.length)
}
function onPing(this: WebSocket, data: Buffer): void {
  const { _sink, _isDeaf } = (this as Attached)._owner
  if (!_isDeaf) _sink.deliver(PING, data, data.length)
}
function onPong(this: WebSocket, data: Buffer): void {
  const { _sink, _isDeaf } = (this as Attached)._owner
  if (!_isDeaf) _sink.deliver(PONG, data, data.length)
}
function onData(this: NetSocket, chunk: Buffer): void {
  ;(this as AttachedNet)[kTransport]._read(chunk)
}
/** Half a close: without a close frame before it, this peer is gone, though ws may wait for what it has not taken. */
function onEnd(this: NetSocket): void {
  ;(this as AttachedNet)[kTransport]._ended()
}
/** ws has answered a broken rule with its close code already. */
function onError(this: WebSocket, error: Error & { readonly code?: string }): void {
  const given = error.code ?? ''
  const [name, code] = ERRORS[given] ?? (given.startsWith('Z_') ? BAD_DEFLATE : BAD_FRAME)
  ;(this as Attached)._owner._sink.failed(name, code)
}
function onClose(this: WebSocket, code: number, reason: Buffer): void {
  ;(this as Attached)._owner._gone(code, reason.toString())
}
function cut(ws: WsSocket): void {
  ws.terminate()
}

const BAD_FRAME = ['badframe', PROTOCOL_ERROR] as const
/** zlib could not inflate it. */
const BAD_DEFLATE = ['badframe', INVALID_DATA] as const
/** Cowboy's names for what a peer can do wrong, and what ws answers. */
const ERRORS: Readonly<Record<string, readonly [name: string, code: number]>> = {
  WS_ERR_INVALID_UTF8: ['badencoding', INVALID_DATA],
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: ['badsize', TOO_BIG],
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: ['badsize', TOO_BIG],
  WS_ERR_TOO_MANY_BUFFERED_PARTS: ['badsize', POLICY_VIOLATION],
}
