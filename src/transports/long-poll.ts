// Frames as answers to polls: a request waits until there is one, and takes all that there are. Entered by fallback and by the
// CarriedTransport.
import type { Kernel } from '../runtime/process.js'
import type { FallbackOptions } from '../sockets/options.js'
import { Alarm } from './alarm.js'
import type { CarriedTransport, Carrier } from './carried.js'
import { answer, type Exchange } from './exchange.js'
import { itemText } from './items.js'
import { whenOver } from './linger.js'

/** An answer ends with the frame that brings it to so much text: one that breaks on the way is sent again whole. */
const ANSWER = 262_144
export const JSON_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
})

/** One poll. */
export class PollCarrier implements Carrier {
  readonly by = 'longPoll'
  readonly #exchange: Exchange
  readonly #transport: CarriedTransport
  readonly #gatherMs: number
  /** Until a frame comes, then until there have been enough of them. */
  readonly #alarm: Alarm
  #isGathering = false
  #acknowledged: number
  #written = 0
  #isOver = false

  constructor(
    kernel: Kernel,
    exchange: Exchange,
    transport: CarriedTransport,
    acknowledged: number,
    { pollMs, gatherMs }: Required<FallbackOptions>,
  ) {
    this.#exchange = exchange
    this.#transport = transport
    this.#acknowledged = acknowledged
    this.#gatherMs = gatherMs
    this.#alarm = new Alarm(kernel, () => this.#answer())
    this.#alarm.set(pollMs)
    whenOver(exchange.response, (isWhole) => this.#closed(isWhole))
  }

  carry(): void {
    const { newest, isEnding } = this.#transport
    if (this.#isOver || newest <= this.#acknowledged) return
    if (this.#gatherMs === 0 || isEnding) return this.#answer()
    if (this.#isGathering) return
    this.#isGathering = true
    this.#alarm.set(this.#gatherMs)
  }
  leave(isGone: boolean): void {
    if (isGone) this.#end(410, { headers: { 'Cache-Control': 'no-store' }, body: 'Gone\n' })
    else this.#end(200, { headers: JSON_HEADERS, body: '[]' })
  }

  #answer(): void {
    const items: string[] = []
    let length = 0
    for (const [number, tail] of this.#transport.after(this.#acknowledged)) {
      items.push(itemText(number, tail))
      this.#written = number
      length += tail.length
      if (length >= ANSWER) break
    }
    this.#end(200, { headers: JSON_HEADERS, body: `[${items.join()}]` })
  }
  #end(status: number, options: { readonly headers: Readonly<Record<string, string>>; readonly body: string }): void {
    if (this.#isOver) return
    this.#over()
    answer(this.#exchange, status, options)
    this.#transport.detach(this)
  }
  #over(): void {
    this.#isOver = true
    this.#alarm.clear()
  }
  #closed(isWhole: boolean): void {
    this.#over()
    this.#transport.detach(this)
    if (isWhole) this.#transport.carried(this.#written)
  }
}
