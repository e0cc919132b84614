// The frames that one peer sends, POST by POST. A peer that has lost an answer sends the same again, so what is
// repeated counts once. At most two are read at a time, so that a peer whose frames wait can still say what it has
// received. Entered by fallback; calls the CarriedTransport.
import type { Kernel } from '../runtime/process.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import { type Sent, sentOf } from '../wire/carrier.js'
import { TOO_BIG } from '../wire/close-codes.js'
import { BodyReader, type NoBody } from './body.js'
import type { CarriedTransport, Fate } from './carried.js'
import { answer, type Exchange } from './exchange.js'
import { upFrames } from './items.js'
import { dismiss } from './linger.js'

/** In JSON one byte of text can take six: `\u0001`. Several short frames may come together. */
const JSON_BYTES = 6
const SHORT_BYTES = 65_536
/** Bodies of one peer that are read at a time. */
const MAX_READ = 2
/** Frames of one body. Empty ones are short: without a bound a body of megabytes could hold half a million. */
const MAX_FRAMES = 16_384

/** One body that is being read, and whom it came from. */
interface Reading {
  readonly exchange: Exchange
  readonly body: BodyReader
}

const STATUS: Readonly<Record<Exclude<NoBody, 'gone'>, readonly [status: number, body: string]>> = {
  tooLong: [413, 'Too long\n'],
  late: [408, 'Too slow\n'],
  notUtf8: [400, 'No UTF-8\n'],
}
const FATES: Readonly<Record<Fate, readonly [status: number, body: string]>> = {
  taken: [204, ''],
  replaced: [409, 'Another send has taken its place\n'],
  gone: [410, 'Gone\n'],
}

/** The sending side of one peer. */
export class Sends {
  readonly #kernel: Kernel
  readonly #transport: CarriedTransport
  readonly #maxBytes: number
  readonly #strict: boolean
  #reading: Reading[] = []

  constructor(kernel: Kernel, transport: CarriedTransport, { maxFrameBytes, validateUtf8 }: CheckedRouteOptions) {
    this.#kernel = kernel
    this.#transport = transport
    this.#maxBytes = SHORT_BYTES + JSON_BYTES * maxFrameBytes
    this.#strict = validateUtf8
  }

  serve(exchange: Exchange): void {
    if (this.#reading.length >= MAX_READ) this.#abandon(this.#reading[0] as Reading)
    const body = new BodyReader(this.#kernel, exchange.request, {
      maxBytes: this.#maxBytes,
      strict: this.#strict,
      received: () => this.#transport.received(),
      done: (text, why) => {
        this.#forget(reading)
        if (text === undefined) this.#failed(exchange, why as NoBody)
        else this.#read(exchange, text)
      },
    })
    const reading = { exchange, body }
    this.#reading.push(reading)
    body.begin()
  }
  /** The connection is no more. */
  stop(): void {
    for (const { exchange, body } of this.#reading.splice(0)) {
      body.stop()
      refuse(exchange, ...FATES.gone)
    }
  }

  #abandon(reading: Reading): void {
    reading.body.stop()
    this.#forget(reading)
    refuse(reading.exchange, ...FATES.replaced)
  }
  #forget(reading: Reading): void {
    this.#reading = this.#reading.filter((other) => other !== reading)
  }
  #failed(exchange: Exchange, why: NoBody): void {
    if (why === 'gone') return
    refuse(exchange, ...STATUS[why])
    if (why === 'tooLong') this.#transport.fail('badsize', TOO_BIG)
  }

  /** Nothing of a body that is none is done; frames are taken all or not at all. */
  #read(exchange: Exchange, text: string): void {
    const sent = sentOf(text)
    if (sent !== undefined && sent.frames.length > MAX_FRAMES) return refuse(exchange, 413, 'Too many frames\n')
    const frames = sent === undefined ? undefined : upFrames(sent.frames, this.#strict)
    if (frames === undefined) return refuse(exchange, 400, 'No { ack, frames } with frames that can be\n')
    if (!this.#transport.acknowledge((sent as Sent).ack)) return refuse(exchange, 400, 'ack is ahead of what was sent\n')
    if (frames.length === 0) return respond(exchange, 204)
    const isTaken = this.#transport.take(frames, (fate) => respond(exchange, ...FATES[fate]))
    if (!isTaken) refuse(exchange, 409, 'Frames before these are missing\n')
  }
}

export function respond(exchange: Exchange, status: number, body = ''): void {
  answer(exchange, status, { headers: { 'Cache-Control': 'no-store' }, body })
}
/** The same, where the request's body may not have been read. */
export function refuse(exchange: Exchange, status: number, body: string): void {
  respond(exchange, status, body)
  dismiss(exchange.request)
}
