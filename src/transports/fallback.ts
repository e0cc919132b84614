// Connections for peers that get no WebSocket through: docs/fallback.md. All of one door, by their ids; each is made by
// one request, `open`, and found by the others. Entered by plain-requests; calls the carriers and the CarriedTransport.
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Kernel } from '../runtime/process.js'
import { type CheckedRouteOptions, FALLBACK_DEFAULTS, type FallbackOptions, optionsOf } from '../sockets/options.js'
import type { AcceptOptions } from '../sockets/request.js'
import type { Sink } from '../sockets/transport.js'
import { ACK, ID, numberOf } from '../wire/carrier.js'
import type { Asker } from './asker.js'
import { CarriedTransport, type Carrier } from './carried.js'
import type { Exchange } from './exchange.js'
import { HttpAsker } from './http-asker.js'
import { cutSoon } from './linger.js'
import { PollCarrier } from './long-poll.js'
import { refuse, Sends } from './sends.js'
import { SseCarrier } from './sse.js'

/** Who knows the id has the connection: 128 random bits cannot be guessed. */
const ID_BYTES = 16

/** One connection, as its requests find it. */
interface Found {
  readonly path: string
  readonly options: Required<FallbackOptions>
  readonly transport: CarriedTransport
  readonly sends: Sends
  /** Of the newest request that takes frames. */
  taking: ServerResponse | null
}

/** The connections of one door. */
export class Fallback {
  readonly #kernel: Kernel
  readonly #connections = new Map<string, Found>()
  /** Those of requests that are under way. */
  readonly #responses = new Set<ServerResponse>()
  /** Null as long as new ones may come. */
  #stopped: (() => void)[] | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Who asks for a new one. */
  asker(exchange: Exchange, via: 'sse' | 'longPoll'): Asker {
    this.track(exchange.response)
    return new HttpAsker(exchange, via, (options, sink, route) => this.#open(exchange, options, sink, route))
  }
  /** A request of one that there is. */
  serve(verb: 'sse' | 'poll' | 'send', exchange: Exchange): void {
    const id = exchange.seen.query.get(ID)
    if (id === null) return refuse(exchange, 400, `${ID} is missing\n`)
    const found = this.#connections.get(id)
    if (found === undefined || found.path !== exchange.seen.path) return refuse(exchange, 410, 'Gone\n')
    this.track(exchange.response)
    exchange.response.once('close', () => found.transport.ends())
    found.transport.begins()
    const acknowledged = acknowledgedBy(exchange, verb === 'send')
    if (acknowledged === undefined) return refuse(exchange, 400, `${ACK} is no number\n`)
    if (!found.transport.acknowledge(acknowledged)) return refuse(exchange, 400, `${ACK} is ahead of what was sent\n`)
    if (!this.#connections.has(id)) return refuse(exchange, 410, 'Gone\n') // that was the acknowledgement of its close frame
    if (verb === 'send') return found.sends.serve(exchange)
    const before = found.taking
    found.taking = exchange.response
    found.transport.attach(this.#carrier(verb, exchange, found, acknowledged))
    if (before !== null) cutSoon(before)
  }
  /**
   * Nobody is let in any more. Resolves when the last connection has ended and its answers are out; the sockets' own
   * ends see to that.
   */
  stop(): Promise<void> {
    const stopped = (this.#stopped ??= [])
    for (const { transport } of this.#connections.values()) transport.last()
    return new Promise((resolve) => {
      stopped.push(resolve)
      this.#check()
    })
  }

  #open(
    { seen }: Exchange,
    { options: own }: AcceptOptions,
    sink: Sink,
    route: CheckedRouteOptions,
  ): readonly [id: string, transport: CarriedTransport] {
    const settings = optionsOf(route, own)
    const options = route.fallback === false ? FALLBACK_DEFAULTS : route.fallback
    const id = randomBytes(ID_BYTES).toString('base64url')
    const transport = new CarriedTransport(this.#kernel, sink, settings, options.graceMs, () => this.#forget(id))
    const sends = new Sends(this.#kernel, transport, settings)
    this.#connections.set(id, { path: seen.path, options, transport, sends, taking: null })
    if (this.#stopped !== null) transport.last()
    return [id, transport]
  }
  #forget(id: string): void {
    const found = this.#connections.get(id)
    this.#connections.delete(id)
    found?.sends.stop()
    if (found?.taking) cutSoon(found.taking)
    this.#check()
  }

  /** A response that shall be out before the listener cuts what is left. */
  track(response: ServerResponse): void {
    this.#responses.add(response)
    response.once('close', () => {
      this.#responses.delete(response)
      this.#check()
    })
  }
  #check(): void {
    if (this.#stopped === null || this.#connections.size > 0 || this.#responses.size > 0) return
    for (const resolve of this.#stopped.splice(0)) resolve()
  }

  #carrier(verb: 'sse' | 'poll', exchange: Exchange, { transport, options }: Found, acknowledged: number): Carrier {
    if (verb === 'sse') return new SseCarrier(exchange, transport, acknowledged)
    return new PollCarrier(this.#kernel, exchange, transport, acknowledged, options)
  }
}

/**
 * What the peer has: as the query says, or as a browser that has lost its EventSource and made it anew by itself says.
 * A `send` says it in its body.
 */
function acknowledgedBy({ seen }: Exchange, isSend: boolean): number | undefined {
  const given = [seen.query.get(ACK), seen.headers['last-event-id']].filter((text) => text !== null && text !== undefined)
  const numbers = given.map((text) => (typeof text === 'string' ? numberOf(text) : undefined))
  if (numbers.includes(undefined) || (numbers.length === 0 && !isSend)) return undefined
  return Math.max(0, ...(numbers as number[]))
}
