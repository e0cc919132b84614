// `ws`'s WebSocket but for three habits. A subclass is the way that `ws` offers (its option `WebSocket`). Made by ws-server, used by ws.
import { WebSocket } from 'ws'

/** Who has the socket: its transport. */
export interface WsOwner {
  /** The peer has sent a close frame; `_end` answers it. @internal */
  _concluded(code: number | undefined, reason: string): void
  /** `ws` has sent a close frame by itself: the peer has broken a rule. @internal */
  _failed(): void
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
}

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length
}
