// `ws`'s WebSocket but for four habits. A subclass is the way that `ws` offers (its option `WebSocket`). Made by ws-server, used by ws.
import type { Socket as NetSocket } from 'node:net'
import { WebSocket } from 'ws'
import { INVALID_DATA, POLICY_VIOLATION, PROTOCOL_ERROR, TOO_BIG } from '../wire/close-codes.js'

/** Who has the socket: its transport. */
export interface WsOwner {
  /** The peer has sent a close frame; `_end` answers it. @internal */
  _concluded(code: number | undefined, reason: string): void
  /** `ws` is about to send a close frame by itself: the peer has broken a rule. @internal */
  _failing(): void
  /** It has. @internal */
  _failed(): void
  /** What `ws` emits. @internal */
  _message(data: Buffer, isBinary: boolean): void
  /** @internal */
  _ping(data: Buffer): void
  /** @internal */
  _pong(data: Buffer): void
  /** @internal */
  _error(error: Error & { readonly code?: string }): void
  /** @internal */
  _gone(code: number, reason: string): void
}

/** One WebSocket of `ws`. */
export class WsSocket extends WebSocket {
  /** @internal */
  _owner: WsOwner | null = null
  /** @internal */
  _thresholdBytes = 0

  /**
   * Called by `ws` itself: for the peer's close frame with its reason as a Buffer or with nothing at all, for a broken rule with a code alone.
   * `ws` would answer at once, ahead of what the process has yet to say, and send the reason back; we answer when the process has come to
   * the peer's close frame, with the code alone, as Cowboy does.
   */
  override close(code?: number, reason?: string | Buffer): void {
    const hasConcluded = code === undefined || typeof reason === 'object'
    if (hasConcluded && this._owner !== null && this.readyState === WebSocket.OPEN)
      this._owner._concluded(code, String(reason ?? ''))
    else {
      this._owner?._failing()
      super.close(code)
      this._owner?._failed()
    }
  }
  /** Our own close frame, or our answer to the peer's. @internal */
  _end(code: number | undefined, reason: string | undefined): void {
    super.close(code, reason)
  }
  /** Short messages go out as they are: `ws` heeds its threshold only where no context is kept. */
  override send(data: any, options?: any, done?: (error?: Error) => void): void {
    const isShort = options.compress === true && byteLength(data) < this._thresholdBytes
    super.send(data, isShort ? { ...options, compress: false } : options, done)
  }
  /** There is one listener: so no table of listeners is needed, which was a tenth of what an idle connection weighs. */
  override emit(event: string | symbol, first?: any, second?: any): boolean {
    const owner = this._owner
    if (owner === null) return false
    if (event === 'message') owner._message(first, second)
    else if (event === 'ping') owner._ping(first)
    else if (event === 'pong') owner._pong(first)
    else if (event === 'error') owner._error(first)
    else if (event === 'close') owner._gone(first, String(second))
    return true
  }
}

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length
}

/** The peer has broken a rule of the protocol. */
export const BAD_FRAME = ['badframe', PROTOCOL_ERROR] as const
/** zlib could not inflate it. */
const BAD_DEFLATE = ['badframe', INVALID_DATA] as const
/** Cowboy's names for what a peer can do wrong, and what ws answers. */
const ERRORS: Readonly<Record<string, readonly [name: string, code: number]>> = {
  WS_ERR_INVALID_UTF8: ['badencoding', INVALID_DATA],
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: ['badsize', TOO_BIG],
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: ['badsize', TOO_BIG],
  WS_ERR_TOO_MANY_BUFFERED_PARTS: ['badsize', POLICY_VIOLATION],
}

/** What an error of `ws` means. */
export function failureOf({ code = '' }: { readonly code?: string }): readonly [name: string, code: number] {
  return ERRORS[code] ?? (code.startsWith('Z_') ? BAD_DEFLATE : BAD_FRAME)
}

type Listener = (this: NetSocket, chunk: Buffer) => void
/** The listeners of `ws` for what a network brings, the same for all its sockets: taken from the first. */
let reads: Listener | undefined
let ends: Listener | undefined
let closes: Listener | undefined

/** From now on `ws` hears of the network what `readByWs`, `endedForWs` and `closedForWs` tell it. */
export function takeOver(net: NetSocket, onData: Listener, onEnd: () => void, onClose: () => void): void {
  reads ??= net.listeners('data').at(-1) as Listener
  ends ??= net.listeners('end').at(-1) as Listener
  closes ??= net.listeners('close').at(-1) as Listener
  net.prependListener('data', onData) // before the other goes: a stream changes its ways with its last listener
  net.removeListener('data', reads)
  net.removeListener('end', ends)
  net.removeListener('close', closes)
  net.on('end', onEnd)
  net.on('close', onClose)
}
export function readByWs(net: NetSocket, bytes: Buffer): void {
  reads?.call(net, bytes)
}
export function endedForWs(net: NetSocket): void {
  ends?.call(net, NO_BYTES)
}
export function closedForWs(net: NetSocket): void {
  closes?.call(net, NO_BYTES)
}
/** In place of a chunk or a head. */
export const NO_BYTES: Buffer = Buffer.alloc(0)
