// Hot path. The transport over real WebSockets: `ws` reads and closes, we write. Plain frames go to the net.Socket, which is
// corked at its first frame in a turn of the event loop and uncorked at the turn's end: one system call per socket and turn.
// Entered by listen (upgrade) and by ws's events; calls its Sink, the socket process.
import type { IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { type RawData, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { BINARY, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { AcceptOptions, SocketRequest } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { deflateOffer } from './extensions.js'

const kTransport = Symbol('gensock.transport')
const kHeaders = Symbol('gensock.headers')
const CLOSE_MS = 2000
const EMPTY = Buffer.alloc(0)
/** What a frame costs us while the peer has not taken it, however short it is. */
const FRAME_BYTES = 128
/** Answers to pings that may be under way; of more only the newest is kept. */
const MAX_PONGS = 16

type Attached = WebSocket & { [kTransport]: WsTransport }
type AttachedNet = NetSocket & { [kTransport]: WsTransport }
type Prepared = IncomingMessage & { [kHeaders]: readonly string[] }

/** What `ws` does for one route: the 101, reading, compression, closing. */
export function wsServer(options: CheckedRouteOptions): WebSocketServer {
  const given: ServerOptions & { maxFragments: number; maxBufferedChunks: number; closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    autoPong: false,
    maxPayload: options.maxFrameBytes,
    perMessageDeflate: options.compress,
    maxFragments: options.maxFragments,
    maxBufferedChunks: options.maxFragments === 0 ? 0 : 262_144,
    closeTimeout: CLOSE_MS,
    // Only the chosen one is left of the header; see prepare.
    handleProtocols: (protocols: Set<string>) => [...protocols][0] ?? false,
  }
  const server = new WebSocketServer(given)
  server.on('headers', (lines, request) => lines.push(...(request as Prepared)[kHeaders]))
  return server
}

/** Switches protocols; null if the peer has gone. The transport starts paused. */
export function upgrade(
  server: WebSocketServer,
  request: IncomingMessage,
  socket: NetSocket,
  head: Buffer,
  options: AcceptOptions,
  sink: Sink,
  maxBufferedBytes: number,
): Transport | null {
  let transport: Transport | null = null
  server.handleUpgrade(prepare(request, options), socket, head, (ws) => {
    transport = new WsTransport(ws, socket, sink, maxBufferedBytes)
  })
  return transport
}

// ws sees a request that has been checked: one spelling of each header, only the offers that we take.
function prepare(request: IncomingMessage, { subprotocol, headers = {} }: AcceptOptions): IncomingMessage {
  const given = request.headers
  const offer = deflateOffer(given['sec-websocket-extensions'] ?? '')
  const seen: SocketRequest['headers'] = {
    upgrade: 'websocket',
    'sec-websocket-key': given['sec-websocket-key'],
    'sec-websocket-version': '13',
  }
  if (subprotocol !== undefined) seen['sec-websocket-protocol'] = subprotocol
  if (offer !== undefined && offer !== '') seen['sec-websocket-extensions'] = offer
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return Object.create(request, { headers: { value: seen }, [kHeaders]: { value: lines } }) as IncomingMessage
}

const dirty: WsTransport[] = []
function flush(): void {
  for (let i = 0; i < dirty.length; i++) (dirty[i] as WsTransport)._uncork()
  dirty.length = 0
}

class WsTransport implements Transport {
  readonly compressed: boolean
  readonly #ws: WebSocket
  readonly #net: NetSocket
  readonly #maxBufferedBytes: number
  #corked = false
  /** Frames that the peer may not have taken yet; of those, the ones written before the mark, which tells when it goes out. */
  #frames = 0
  #marked = 0
  /** Did anything wait when this turn's first frame was written? */
  #isBehind = false
  #pongs = 0
  #nextPong: string | Uint8Array | null = null
  /** Where events go. @internal */
  readonly _sink: Sink

  constructor(ws: WebSocket, net: NetSocket, sink: Sink, maxBufferedBytes: number) {
    this.compressed = ws.extensions !== ''
    this.#ws = ws
    this.#net = net
    this.#maxBufferedBytes = maxBufferedBytes
    this._sink = sink
    ;(ws as Attached)[kTransport] = this
    ;(net as AttachedNet)[kTransport] = this
    ws.on('message', onMessage)
    ws.on('ping', onPing)
    ws.on('pong', onPong)
    ws.on('error', onError)
    ws.on('close', onClose)
    net.on('data', onData)
    net.prependListener('end', onEnd) // before ws changes its state
    ws.pause() // before anything has flowed: frames of the handshake's segment wait as well
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  send(opcode: Opcode, data: string | Uint8Array, compress: boolean): void {
    if (!this.#begin()) return
    if (this.compressed) this.#sendByWs(opcode, data, compress, this.#mark())
    else this.#net.write(encode(opcode, data), this.#mark())
  }

  pong(data: string | Uint8Array): void {
    if (this.#pongs >= MAX_PONGS) {
      this.#nextPong = data
      return
    }
    if (!this.#begin()) return
    this.#pongs++
    const ponged = (): void => this.#ponged()
    if (this.compressed) this.#sendByWs(PONG, data, false, ponged)
    else this.#net.write(encode(PONG, data), ponged)
  }

  sendShared(frame: SharedFrame, compress: boolean): void {
    if (!this.#begin()) return
    if (this.compressed) this.#sendByWs(frame.opcode, frame.data, compress, this.#mark())
    else this.#net.write((frame._wire ??= encode(frame.opcode, frame.data)), this.#mark())
  }

  close(code: number | undefined, reason: string | undefined): void {
    if (!this.#begin()) return
    if (code === undefined) this.#ws.close()
    else this.#ws.close(code, reason)
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
  }

  /** Counts a frame; where frames wait already, one of them tells when all before it have gone. */
  #mark(): (() => void) | undefined {
    this.#frames++
    if (!this.#isBehind || this.#marked > 0) return undefined
    this.#marked = this.#frames
    return () => {
      this.#frames = Math.max(0, this.#frames - this.#marked)
      this.#marked = 0
    }
  }

  /** Before a write: may it be written, and is this the first one of the turn? */
  #begin(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false
    if (this.#corked) return true
    // What earlier turns wrote and the peer has not taken: one turn's burst does not count against it.
    const waiting = this.#ws.bufferedAmount
    this.#isBehind = waiting > 0
    if (!this.#isBehind) this.#frames = this.#marked = 0
    if (Math.max(waiting, this.#frames * FRAME_BYTES) > this.#maxBufferedBytes) {
      this._sink.failed('slow_peer')
      this.#ws.terminate()
      return false
    }
    this.#corked = true
    this.#net.cork()
    if (dirty.length === 0) setImmediate(flush)
    dirty.push(this)
    return true
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
  const { _sink } = (this as Attached)[kTransport]
  if (isBinary) _sink.deliver(BINARY, bytes, bytes.length)
  else _sink.deliver(TEXT, bytes.toString(), bytes.length)
}
function onPing(this: WebSocket, data: Buffer): void {
  ;(this as Attached)[kTransport]._sink.deliver(PING, data, data.length)
}
function onPong(this: WebSocket, data: Buffer): void {
  ;(this as Attached)[kTransport]._sink.deliver(PONG, data, data.length)
}
function onData(this: NetSocket): void {
  ;(this as AttachedNet)[kTransport]._sink.received()
}
/** Half a close: without a close frame before it, this peer is gone, though ws may wait for what it has not taken. */
function onEnd(this: NetSocket): void {
  ;(this as AttachedNet)[kTransport]._ended()
}
/** ws has answered a broken rule with its close code already. */
function onError(this: WebSocket, error: Error & { readonly code?: string }): void {
  ;(this as Attached)[kTransport]._sink.failed(errorName(error.code))
}
function onClose(this: WebSocket, code: number, reason: Buffer = EMPTY): void {
  const { _sink } = (this as Attached)[kTransport]
  if (code === 1006) _sink.lost()
  else _sink.remoteClosed(code === 1005 ? undefined : code, reason.toString())
}

/** Cowboy's names for what a peer can do wrong. */
function errorName(code: string | undefined): string {
  if (code === 'WS_ERR_INVALID_UTF8') return 'badencoding'
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH') return 'badsize'
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 'badsize'
  return 'badframe'
}
