// A peer that asks by a POST for a connection that plain requests carry: the answer is its id. Entered by fallback and
// the Admission.
import { STATUS_CODES } from 'node:http'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { AcceptOptions, Headers } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { type Opened, PROTOCOLS } from '../wire/carrier.js'
import { IS_TOKEN } from '../wire/token.js'
import type { Asker } from './asker.js'
import { answer, type Exchange } from './exchange.js'
import { listOf } from './headers.js'
import { dismiss } from './linger.js'
import { JSON_HEADERS } from './long-poll.js'
import type { Refusal } from './refuse.js'

/** Makes the connection that an `open` has been let in to. */
export type Open = (options: AcceptOptions, sink: Sink, route: CheckedRouteOptions) => readonly [id: string, wire: Transport]

/** One `open`. */
export class HttpAsker implements Asker {
  readonly kind: 'sse' | 'longPoll'
  readonly offered: readonly string[]
  readonly #exchange: Exchange
  readonly #open: Open
  #gone: (() => void) | null = null

  constructor(exchange: Exchange, kind: 'sse' | 'longPoll', open: Open) {
    this.kind = kind
    this.offered = offersOf(exchange.seen.query.get(PROTOCOLS))
    this.#exchange = exchange
    this.#open = open
  }

  begin(gone: () => void): void {
    this.#gone = gone
    this.#exchange.response.once('close', gone)
  }
  watch(): void {
    // node:http reads on by itself
  }
  end(): void {
    if (this.#gone !== null) this.#exchange.response.off('close', this.#gone)
    this.#gone = null
  }

  accept(options: AcceptOptions, sink: Sink, route: CheckedRouteOptions): Transport | null {
    const { response, request } = this.#exchange
    if (response.destroyed) return null
    const [id, transport] = this.#open(options, sink, route)
    const opened: Opened = { id, subprotocol: options.subprotocol ?? null }
    const headers = { ...withoutOwn(options.headers ?? {}, JSON_HEADERS), ...JSON_HEADERS }
    answer(this.#exchange, 200, { headers, body: JSON.stringify(opened) })
    dismiss(request)
    return transport
  }
  refuse(refusal: Omit<Refusal, 'reason'>): void {
    refuseByHttp(this.#exchange, refusal)
  }
  destroy(): void {
    this.#exchange.response.destroy()
  }
}

/** Answers a request that is not let in. */
export function refuseByHttp(exchange: Exchange, { status, headers = {}, body }: Omit<Refusal, 'reason'>): void {
  const own = { 'Cache-Control': 'no-store' }
  answer(exchange, status, {
    headers: { ...withoutOwn(headers, own), ...own },
    body: body ?? `${STATUS_CODES[status] ?? ''}\n`,
  })
  dismiss(exchange.request)
}

/** Of headers of the application those that we do not set. */
export function withoutOwn(headers: Headers, own: Headers): Headers {
  const names = Object.keys(own).map((name) => name.toLowerCase())
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())))
}

/** What is no list of different tokens offers nothing. */
function offersOf(text: string | null): readonly string[] {
  const names = text === null ? [] : (listOf([text], IS_TOKEN) ?? [])
  return new Set(names).size === names.length ? names : []
}
