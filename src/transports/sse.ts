// Frames as server-sent events: one response that stays open, an event for each frame. Entered by fallback and by the
// CarriedTransport; what the response does not take at once stays with the transport.
import type { ServerResponse } from 'node:http'
import { ATTACHED } from '../wire/carrier.js'
import type { CarriedTransport, Carrier } from './carried.js'
import type { Exchange } from './exchange.js'
import { itemText } from './items.js'
import { whenOver } from './linger.js'

/** nginx keeps back an answer that looks like a file, unless it is told not to; others are told not to change or keep it. */
export const SSE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
})
/** So much text goes to the response in one piece. */
const PIECE = 65_536

/** Begins an answer of server-sent events. */
export function beginSse({ response, headers }: Exchange): void {
  for (const [name, value] of Object.entries({ ...headers, ...SSE_HEADERS })) response.setHeader(name, value)
  response.writeHead(200)
  response.flushHeaders()
}

/** One request for server-sent events. */
export class SseCarrier implements Carrier {
  readonly by = 'sse'
  readonly #response: ServerResponse
  readonly #transport: CarriedTransport
  /** The number of the last frame that has been written. */
  #written: number
  #isOver = false

  constructor(exchange: Exchange, transport: CarriedTransport, acknowledged: number) {
    this.#response = exchange.response
    this.#transport = transport
    this.#written = acknowledged
    beginSse(exchange)
    // The peer sees at once that nothing keeps the answer back; of a comment a browser tells its page nothing.
    this.#response.write(`:\n\nevent: ${ATTACHED}\ndata:\n\n`)
    this.#response.on('drain', () => this.carry())
    whenOver(this.#response, (isWhole) => this.#closed(isWhole))
  }

  carry(): void {
    if (this.#isOver || this.#response.writableNeedDrain) return // `drain` follows
    let piece = ''
    for (const [number, tail] of this.#transport.after(this.#written)) {
      piece += `id: ${number}\ndata: ${itemText(number, tail)}\n\n`
      this.#written = number
      if (piece.length < PIECE) continue
      if (!this.#response.write(piece)) return
      piece = ''
    }
    if (piece !== '' && !this.#response.write(piece)) return
    if (this.#transport.isEnding) this.#end()
  }
  leave(): void {
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#response.end()
    this.#transport.detach(this)
  }
  #closed(isWhole: boolean): void {
    this.#isOver = true
    this.#transport.detach(this)
    if (isWhole) this.#transport.carried(this.#written)
  }
}
