// The peer of a fake transport: what it does is a method, what it got can be looked at. Entered by tests; calls the sink of its
// line as a real transport does.
import { requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { BINARY, type Opcode, type OutFrame, PING, PONG, TEXT } from '../sockets/frames.js'
import type { SocketPid, TerminateReason } from '../sockets/handler.js'
import type { AcceptOptions, RejectOptions } from '../sockets/request.js'
import type { Socket } from '../sockets/socket.js'
import type { Line } from './fake-line.js'

/**
 * A socket without a network, as its peer sees it. What it does takes effect as the node runs: `await node.settle()`.
 *
 * @example
 * const socket: FakeTransport = fakeTransport(node, echo)
 * socket.send('hi')
 * socket.close(1000, 'bye')
 * await node.settle()
 * socket.sent // => [['text', 'hi']]
 * socket.terminated // => [{ type: 'remote', code: 1000, reason: 'bye' }]
 * @see RFC 6455 section 5, without its bytes: frames come and go whole
 */
export interface FakeTransport {
  /** Of the socket's process. */
  readonly pid: SocketPid<any, any>
  /** Frames in the order sent, without close frames. */
  readonly sent: readonly OutFrame[]
  /** How our side ended the connection; undefined while it is open. `cut` without a close frame. */
  readonly closed: readonly ['close', number?, string?] | 'cut' | undefined
  /** What `terminate` heard, once for each incarnation. */
  readonly terminated: readonly TerminateReason[]
  /** The exit reason, once the process has ended. */
  readonly exit: ExitReason | undefined
  /** The answer to the handshake. */
  readonly handshake: readonly ['accept', AcceptOptions] | readonly ['reject', number, RejectOptions] | undefined
  /** Does the socket not read at the moment? Then what the peer sends waits. */
  readonly paused: boolean
  /** Bytes that the peer leaves untaken: above `outboundHighBytes` it is behind, at `outboundLowBytes` it has caught up. */
  bufferedBytes: number
  /**
   * A frame from the peer, as `sent` shows one; a string alone is a text frame, bytes are a binary one. Of bytes a copy is
   * sent. Waits while reading is paused.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such frame
   */
  send(frame: PeerFrame): void
  /** The frames of `sent` that were not taken before, oldest first: what came since the last look. */
  take(): readonly OutFrame[]
  /** Bytes that are no whole frame yet: a sign of life. */
  sendPart(): void
  /**
   * The peer's close frame; without a code it is empty.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - no code from 1000 to 4999, a reason that is no text
   */
  close(code?: number, reason?: string): void
  /** The peer broke a rule: `terminate` hears this error, such as `badframe`. */
  fail(error: string): void
  /** A request that takes frames to the peer begins, as with `fallback`. */
  attach(by: 'sse' | 'longPoll'): void
  /** Such a request ends. */
  detach(by: 'sse' | 'longPoll'): void
  /** The connection is gone; what has come before is delivered, read or not. */
  cut(): void
}

type PeerFrame =
  | string
  | Uint8Array
  | readonly ['text', string]
  | readonly ['binary', Uint8Array]
  | readonly ['ping' | 'pong', (string | Uint8Array)?]
const ALLOWED = "a string, bytes, or a frame: ['text', string], ['binary', bytes], ['ping' | 'pong', string or bytes]"

/** The opcode and the data of what the peer sends; of bytes a copy: the peer may use them for something else at once. */
function checkedFrame(frame: unknown): readonly [Opcode, string | Uint8Array] {
  if (typeof frame === 'string') return [TEXT, frame]
  if (frame instanceof Uint8Array) return [BINARY, copied(frame)]
  const [kind, data] = (Array.isArray(frame) && frame.length <= 2 ? frame : []) as readonly unknown[]
  if (kind === 'text' && typeof data === 'string') return [TEXT, data]
  if (kind === 'binary' && data instanceof Uint8Array) return [BINARY, copied(data)]
  const isControl = kind === 'ping' || kind === 'pong'
  if (isControl && (data === undefined || typeof data === 'string'))
    return [kind === 'ping' ? PING : PONG, Buffer.from(data ?? '')]
  if (isControl && data instanceof Uint8Array) return [kind === 'ping' ? PING : PONG, copied(data)]
  throw new BadArgError('send: frame', ALLOWED, frame)
}

/** `slice` of a Buffer would be the same bytes. */
const copied = (bytes: Uint8Array): Uint8Array => Uint8Array.prototype.slice.call(bytes)

/** The same frame, to be sent later on, as it is now. @internal */
export function keptFrame(frame: PeerFrame): PeerFrame {
  checkedFrame(frame)
  if (frame instanceof Uint8Array) return copied(frame)
  if (typeof frame === 'string') return frame
  return frame.map((part: unknown) => (part instanceof Uint8Array ? copied(part) : part)) as unknown as PeerFrame
}

/** What a close frame of the peer may say. @internal */
export function checkClose(code: unknown, reason: unknown): void {
  if (code !== undefined) requireInt('close: code', code, 1000, 4999)
  if (typeof reason !== 'string') throw new BadArgError('close: reason', 'a text', reason)
}

/** @internal */
export function peerOf(
  socket: Socket,
  line: Line,
  terminated: readonly TerminateReason[],
  facts: { readonly exit: ExitReason | undefined; readonly handshake: FakeTransport['handshake'] },
): FakeTransport {
  const seen = {
    pid: socket.pid as unknown as SocketPid<any, any>,
    sent: line.sent,
    terminated,
    get closed() {
      return line.closed
    },
    get exit() {
      return facts.exit
    },
    get handshake() {
      return facts.handshake
    },
    get paused() {
      return line.paused
    },
    get bufferedBytes() {
      return line.bufferedBytes
    },
    set bufferedBytes(bytes: number) {
      line.bufferedBytes = bytes
    },
    take: () => line.take(),
  }
  return Object.assign(seen, actsOf(line))
}

/** What the peer does. */
function actsOf(line: Line): Pick<FakeTransport, 'send' | 'sendPart' | 'close' | 'fail' | 'attach' | 'detach' | 'cut'> {
  const arrive = (happen: () => void): void => {
    const received = (): void => {
      line.sink?.received()
      happen()
    }
    if (line.paused) line.waiting.push(received)
    else received()
  }
  return {
    send(frame) {
      const [opcode, data] = checkedFrame(frame)
      arrive(() => line.sink?.deliver(opcode, data, Buffer.byteLength(data)))
    },
    sendPart: () => arrive(() => undefined),
    close(code, reason = '') {
      checkClose(code, reason)
      arrive(() => line.sink?.remoteClosed(code, reason))
    },
    fail: (error) => arrive(() => line.sink?.failed(error)),
    attach: (by) => line.sink?.carried('attached', by),
    detach: (by) => line.sink?.carried('detached', by),
    cut() {
      line.waiting.push(() => {
        line.isLost = true
        line.sink?.lost()
      })
      if (line.sink === null) return // told once it has been let in
      while (line.waiting.length > 0) line.waiting.shift()?.()
    },
  }
}
