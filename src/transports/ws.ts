// Hot path. The transport over real WebSockets: `ws` reads and closes, we write. Plain frames go to the net.Socket, which is
// corked at its first frame in a turn of the event loop and uncorked at the turn's end: one system call per socket and turn.
// Entered by ws-server and by ws's events; calls its Sink, the socket process.
import type { Socket as NetSocket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import { BINARY, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import type { Marks } from '../sockets/option-checks.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { FrameScan } from './frame-scan.js'

const kTransport = Symbol('gensock.transport')
const CLOSE_MS = 2000
const EMPTY = Buffer.alloc(0)
/** What a frame costs us while the peer has not taken it, however short it is. */
const FRAME_BYTES = 128
/** Answers to pings that may be under way; of more only the newest is kept. */
const MAX_PONGS = 16

type Attached = WebSocket & { [kTransport]: WsTransport }
type AttachedNet = NetSocket & { [kTransport]: WsTransport }

const dirty: WsTransport[] = []
function flush(): void {
  for (let i = 0; i < dirty.length; i++) (dirty[i] as WsTransport)._uncork()
  dirty.length = 0
}

/** The one implementation of `Transport` over a network. */
export class WsTransport implements Transport {
  readonly compressed: boolean
  readonly #ws: WebSocket
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
  #whenTaken: (() => void) | null = null
  /** Null once the peer has broken a rule that it looks for: nothing is heard any more. */
  #scan: FrameScan | null = new FrameScan()
  /** Where events go. @internal */
  readonly _sink: Sink

  constructor(ws: WebSocket, net: NetSocket, sink: Sink, marks: Marks) {
    this.compressed = ws.extensions !== ''
    this.#ws = ws
    this.#net = net
    this.#marks = marks
    this._sink = sink
    ;(ws as Attached)[kTransport] = this
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
    return this.#ws.bufferedAmount
  }

  send(opcode: Opcode, data: string | Uint8Array, compress: boolean, evenIfBehind = false): boolean {
    if (!this.#begin()) return true
    if (this.#isOver && !evenIfBehind) return this.#notTaken()
    if (this.compressed) this.#sendByWs(opcode, data, compress, this.#mark())
    else this.#net.write(encode(opcode, data), this.#mark())
    return true
  }

  pong(data: string | Uint8Array): void {
    if (this.#pongs >= MAX_PONGS) {
      this.#nextPong = data
      return
    }
    if (!this.#begin()) return
    this.#pongs++
    this.#isFirst = false
    const ponged = (): void => this.#ponged()
    if (this.compressed) this.#sendByWs(PONG, data, false, ponged)
    else this.#net.write(encode(PONG, data), ponged)
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
    this.#isOver ||= this.#waiting() > this.#marks.outboundHighBytes
    this.#isAwaited ||= this.#isOver
    return this.#isOver
  }

  close(code: number | undefined, reason: string | undefined, lingerMs: number = CLOSE_MS): void {
    if (!this.#begin()) return
    if (lingerMs < CLOSE_MS) setTimeout(() => this.#ws.terminate(), lingerMs).unref()
    if (code === undefined) this.#ws.close()
    else this.#ws.close(code, reason)
    this.#ws.resume() // to see the peer's answer, however much it has sent before
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
    const next = this.#nextPong
    this.#nextPong = null
    if (next !== null) this.pong(next)
    this.#check()
  }

  #notTaken(): false {
    this.#isAwaited = true
    return false
  }

  /**
   * Counts a frame. The first of each turn tells when it has been taken, and with it all frames of the turns before. Compressed ones
   * leave one by one, each when zlib has done with it, so each of them tells.
   */
  #mark(): (() => void) | undefined {
    const before = this.#written++
    if (this.compressed) return (this.#whenTaken ??= () => this.#oneTaken())
    if (!this.#isFirst) return undefined
    this.#isFirst = false
    if (!this.#isBehind) return (this.#whenTaken ??= () => this.#check())
    return () => {
      if (before > this.#taken) this.#taken = before
      this.#check()
    }
  }

  #oneTaken(): void {
    if (this.#taken < this.#written) this.#taken++
    this.#check()
  }

  /** Has the peer caught up? */
  #check(): void {
    if (!this.#isOver) return
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
    return Math.max(bytes, (this.#written - this.#taken) * FRAME_BYTES)
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
    // Frames before the bad one count. What ws, which sees the whole chunk after us, makes of the rest is not listened to.
    if (bad > 0) for (const read of this.#net.listeners('data')) if (read !== onData) read.call(this.#net, chunk.subarray(0, bad))
    this.#scan = null
    this._sink.failed(...BAD_FRAME)
    this.#ws.close(1002)
    this.#endSoon()
  }
  /** RFC 6455 section 7.1.7: a connection that is failed is closed without waiting for the peer; what zlib still holds goes first. */
  #endSoon(): void {
    if (this.#ws.bufferedAmount > this.#net.writableLength) setImmediate(() => this.#endSoon())
    else this.#net.end()
  }
  /** @internal */
  get _isDeaf(): boolean {
    return this.#scan === null
  }

  /** The peer has ended its side. Inflating takes its time: then ws says what came last. @internal */
  _ended(): void {
    if (this.compressed || this.#ws.readyState !== WebSocket.OPEN) return
    this._sink.lost()
    setTimeout(() => this.#net.destroy(), CLOSE_MS).unref()
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
  const { _sink, _isDeaf } = (this as Attached)[kTransport]
  if (_isDeaf) return
  if (isBinary) _sink.deliver(BINARY, bytes, bytes.length)
  else _sink.deliver(TEXT, bytes.toString(), bytes.length)
}
function onPing(this: WebSocket, data: Buffer): void {
  const { _sink, _isDeaf } = (this as Attached)[kTransport]
  if (!_isDeaf) _sink.deliver(PING, data, data.length)
}
function onPong(this: WebSocket, data: Buffer): void {
  const { _sink, _isDeaf } = (this as Attached)[kTransport]
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
  ;(this as Attached)[kTransport]._sink.failed(name, code)
}
function onClose(this: WebSocket, code: number, reason: Buffer = EMPTY): void {
  const { _sink } = (this as Attached)[kTransport]
  if (code === 1006) _sink.lost()
  else _sink.remoteClosed(code === 1005 ? undefined : code, reason.toString())
}

const BAD_FRAME = ['badframe', 1002] as const
/** zlib could not inflate it. */
const BAD_DEFLATE = ['badframe', 1007] as const
/** Cowboy's names for what a peer can do wrong, and what ws answers. */
const ERRORS: Readonly<Record<string, readonly [name: string, code: number]>> = {
  WS_ERR_INVALID_UTF8: ['badencoding', 1007],
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: ['badsize', 1009],
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: ['badsize', 1009],
  WS_ERR_TOO_MANY_BUFFERED_PARTS: ['badsize', 1008],
}
