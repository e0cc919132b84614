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
   * A frame from the peer, as `sent` shows one; a string alone is a text frame, bytes are a binary one. Waits while reading is
   * paused.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such frame
   */
  send(
    frame:
      | string
      | Uint8Array
      | readonly ['text', string]
      | readonly ['binary', Uint8Array]
      | readonly ['ping' | 'pong', (string | Uint8Array)?],
  ): void
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

const ALLOWED = "a string, bytes, or a frame: ['text', string], ['binary', bytes], ['ping' | 'pong', string or bytes]"

/** The opcode and the data of what the peer sends. */
function checkedFrame(frame: unknown): readonly [Opcode, string | Uint8Array] {
  if (typeof frame === 'string') return [TEXT, frame]
  if (frame instanceof Uint8Array) return [BINARY, frame]
  const [kind, data] = (Array.isArray(frame) && frame.length <= 2 ? frame : []) as readonly unknown[]
  if (kind === 'text' && typeof data === 'string') return [TEXT, data]
  if (kind === 'binary' && data instanceof Uint8Array) return [BINARY, data]
  const isControl = kind === 'ping' || kind === 'pong'
  if (isControl && (data === undefined || typeof data === 'string'))
    return [kind === 'ping' ? PING : PONG, Buffer.from(data ?? '')]
  if (isControl && data instanceof Uint8Array) return [kind === 'ping' ? PING : PONG, data]
  throw new BadArgError('send: frame', ALLOWED, frame)
}

/** @internal */
export function peerOf(
  socket: Socket,
  transport: Line,
  terminated: readonly TerminateReason[],
  facts: { readonly exit: ExitReason | undefined; readonly handshake: FakeTransport['handshake'] },
): FakeTransport {
  const arrive = (happen: () => void): void => {
    const received = (): void => {
      transport.sink?.received()
      happen()
    }
    if (transport.paused) transport.waiting.push(received)
    else received()
  }
  return {
    pid: socket.pid as unknown as SocketPid<any, any>,
    sent: transport.sent,
    terminated,
    get closed() {
      return transport.closed
    },
    get exit() {
      return facts.exit
    },
    get handshake() {
      return facts.handshake
    },
    get paused() {
      return transport.paused
    },
    get bufferedBytes() {
      return transport.bufferedBytes
    },
    set bufferedBytes(bytes: number) {
      transport.bufferedBytes = bytes
    },
    send(frame) {
      const [opcode, data] = checkedFrame(frame)
      arrive(() => transport.sink?.deliver(opcode, data, Buffer.byteLength(data)))
    },
    take: () => transport.take(),
    sendPart: () => arrive(() => undefined),
    close(code, reason = '') {
      if (code !== undefined) requireInt('close: code', code, 1000, 4999)
      if (typeof reason !== 'string') throw new BadArgError('close: reason', 'a text', reason)
      arrive(() => transport.sink?.remoteClosed(code, reason))
    },
    fail: (error) => arrive(() => transport.sink?.failed(error)),
    attach: (by) => transport.sink?.carried('attached', by),
    detach: (by) => transport.sink?.carried('detached', by),
    cut() {
      transport.waiting.push(() => {
        transport.isLost = true
        transport.sink?.lost()
      })
      if (transport.sink === null) return // told once it has been let in
      while (transport.waiting.length > 0) transport.waiting.shift()?.()
    },
  }
}
