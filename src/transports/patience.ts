// How long a connection may take to end: what we have sent goes out, the peer answers our close frame; then it is cut. Made when the end
// begins. Entered by ws; acts on the net.Socket and on `ws`.
import type { Socket as NetSocket } from 'node:net'
import type { WebSocket } from 'ws'
import { EMPTY } from '../sockets/frames.js'

/** How long what we have sent may take to go out before a close, and how long the peer may take to answer it then. */
export const FLUSH_MS = 10_000
export const CLOSE_MS = 2000

/** The end of one connection. */
export class Patience {
  readonly #ws: WebSocket
  readonly #net: NetSocket
  #timer: NodeJS.Timeout | null = null

  constructor(ws: WebSocket, net: NetSocket) {
    this.#ws = ws
    this.#net = net
  }

  /** A close frame is on its way out: so long for what is before it, then less for the answer. */
  linger(ms: number): void {
    if (!this.#net.writable) return this.endWithin(Math.min(CLOSE_MS, ms)) // both have closed: nothing is left to flush
    const until = performance.now() + ms
    this.endWithin(ms)
    this.#whenFlushed(() => this.endWithin(Math.min(CLOSE_MS, until - performance.now())))
  }
  /** RFC 6455 section 7.1.7: a connection that is failed is closed without waiting for the peer. */
  endSoon(): void {
    this.linger(FLUSH_MS)
    this.#whenFlushed(() => this.#net.end())
  }
  /** Cuts the connection if it has not ended by itself by then. */
  endWithin(ms: number): void {
    this.stop()
    this.#timer = this.#net.destroyed ? null : setTimeout(cut, Math.max(0, ms), this.#ws).unref()
  }
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Once all that has been sent is out of our hands; zlib may still have some of it. */
  #whenFlushed(then: () => void): void {
    if (this.#net.destroyed) return
    if (this.#ws.bufferedAmount > this.#net.writableLength) setImmediate(() => this.#whenFlushed(then))
    else if (this.#net.writable) this.#net.write(EMPTY, then)
    else then()
  }
}

function cut(ws: WebSocket): void {
  ws.terminate()
}
