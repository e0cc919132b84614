// What a transport is to the socket process, and the other way round. The process never asks which one it has.
import type { RefusalReason } from './counters.js'
import type { Opcode, SharedFrame } from './frames.js'
import type { AcceptOptions, RejectOptions } from './request.js'

/** The wire below one socket. After `close` or `destroy` every method does nothing. */
export interface Transport {
  /** Is compression negotiated? */
  readonly compressed: boolean
  /** Bytes that the peer has not taken yet; many short frames count for more than their bytes. */
  readonly bufferedBytes: number
  /**
   * Sends one frame. All frames of one turn of the event loop leave together, in order. False, and nothing is sent: the peer has left more
   * than `outboundHighBytes` of earlier turns untaken, and `evenIfBehind` is not set. Then `drained` of the sink follows.
   */
  send(opcode: Opcode, data: string | Uint8Array, compress: boolean, evenIfBehind?: boolean): boolean
  /** Are more than `outboundHighBytes` untaken, this turn's included? Then `drained` of the sink follows. */
  isBehind(): boolean
  /** Answers a ping. A peer that takes no answers gets only the newest of them (RFC 6455 section 5.5.3). */
  pong(data: string | Uint8Array): void
  /** As `send`, for a frame that goes to many. */
  sendShared(frame: SharedFrame, compress: boolean, evenIfBehind?: boolean): boolean
  /**
   * Sends a close frame and ends the connection in good order; without a code the frame is empty. A peer that does not answer within `lingerMs`,
   * or the transport's own patience if that is less, is cut.
   */
  close(code: number | undefined, reason: string | undefined, lingerMs?: number): void
  /** Cuts the connection. */
  destroy(): void
  /** Stops and starts reading; what has been read already is still delivered. */
  pause(): void
  resume(): void
}

/** Where a transport takes what it hears. Everything is safe to call at any time, also after the end. */
export interface Sink {
  /** A whole frame arrived; `bytes` is its payload's length on the wire. */
  deliver(opcode: Opcode, data: string | Uint8Array, bytes: number): void
  /** A sign of life that is no frame of the application has come; counted as one. False: that was too much, and the end. */
  beat(): boolean
  /** Bytes arrived, of whole frames or of parts. */
  received(): void
  /**
   * The peer closed; `code` is undefined if it gave none. To be answered by `close` with the same code. `waits`: it only has nothing more to
   * send and waits for what comes of it, so no callback before the end is hurried.
   */
  remoteClosed(code: number | undefined, reason: string, waits?: boolean): void
  /** The peer broke the rules, or is too slow; the transport has answered with this close code, or cut the connection. */
  failed(error: string, code?: number): void
  /** The connection is gone without a close frame. */
  lost(): void
  /** A peer that is behind has taken something. */
  progressed(): void
  /** After a `send` that was not taken, or `isBehind`: the peer has left no more than `outboundLowBytes`. */
  drained(bytes: number): void
  /** A request that takes frames to the peer has begun or ended; of transports that need more than one. */
  carried(type: 'attached' | 'detached', by: 'sse' | 'longPoll'): void
  /** The connection is no more; the last that is heard of it. */
  gone(): void
}

/** One request that waits for its answer. Exactly one of the two is called. */
export interface Handshake {
  /** Switches protocols; null if the peer has gone meanwhile. Nothing is delivered before `resume` of the transport. */
  accept(options: AcceptOptions, sink: Sink): Transport | null
  reject(status: number, options: RejectOptions, reason?: RefusalReason): void
}

/** Before the 101 there is nothing to write to. */
export const NOT_YET: Transport = Object.freeze({
  compressed: false,
  bufferedBytes: 0,
  send: () => true,
  isBehind: () => false,
  pong: () => undefined,
  sendShared: () => true,
  close: () => undefined,
  destroy: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
})
