// A connection that one plain request carries, as Bullet has it: a stream of server-sent events, a poll that ends with
// its first frame, or a POST whose body is a frame. Nothing is numbered and nothing kept. Entered by plain-requests,
// the Admission and the socket process.
import type { Kernel } from '../runtime/process.js'
import { FRAME_BYTES, type Opcode, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import { type CheckedRouteOptions, optionsOf } from '../sockets/options.js'
import { type AcceptOptions, linesOfHeaders, type PlainAnswer } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { INTERNAL_ERROR, INVALID_DATA, TOO_BIG } from '../wire/close-codes.js'
import { Alarm } from './alarm.js'
import type { Asker } from './asker.js'
import { BodyReader, type NoBody } from './body.js'
import { answer, type Exchange } from './exchange.js'
import { refuseByHttp, withoutOwn } from './http-asker.js'
import { dismiss, whenOver } from './linger.js'
import { type Outlet, Outgoing } from './outgoing.js'
import type { Refusal } from './refuse.js'
import { beginSse, SSE_HEADERS } from './sse.js'

/** How the one request carries its connection. */
type How = Extract<PlainAnswer, readonly ['carry', unknown]>[1]

const KINDS = { sse: 'sse', poll: 'longPoll', post: 'post' } as const
/** How long what we have sent may take to go out before the end. */
const FLUSH_MS = 10_000
const NO_STORE: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store' }

/** The peer of an Admission that this one request is. */
export function carryAsker(kernel: Kernel, exchange: Exchange, how: How): Asker {
  const { response } = exchange
  let gone: (() => void) | null = null
  return {
    kind: KINDS[how],
    offered: [],
    begin(onGone) {
      gone = onGone
      response.once('close', onGone)
    },
    watch() {
      // node:http reads on by itself
    },
    end() {
      if (gone !== null) response.off('close', gone)
    },
    accept(options: AcceptOptions, sink: Sink, route: CheckedRouteOptions) {
      if (response.destroyed) return null
      const headers = withoutOwn(options.headers ?? {}, how === 'sse' ? SSE_HEADERS : NO_STORE)
      for (const [name, value] of linesOfHeaders(headers)) response.appendHeader(name, value)
      return new CarryTransport(kernel, exchange, how, sink, optionsOf(route, options.options))
    },
    refuse: (refusal: Omit<Refusal, 'reason'>) => refuseByHttp(exchange, refusal),
    destroy: () => void response.destroy(),
  }
}

/** The one implementation of `Transport` over one plain request. */
class CarryTransport implements Transport, Outlet {
  readonly compressed = false
  readonly #exchange: Exchange
  readonly #how: How
  readonly #sink: Sink
  readonly #out: Outgoing
  readonly #linger: Alarm
  /** What goes out at the end of this turn; of a POST at the end of it all. */
  #waiting: string[] = []
  #bytes = 0
  /** Nothing is sent any more. */
  #isOver = false
  #isGone = false
  #isPaused = true
  /** The body of a POST, until it is delivered. */
  #body: string | null = null
  #reader: BodyReader | null = null

  constructor(kernel: Kernel, exchange: Exchange, how: How, sink: Sink, options: CheckedRouteOptions) {
    this.#exchange = exchange
    this.#how = how
    this.#sink = sink
    this.#out = new Outgoing(this, sink, options)
    this.#linger = new Alarm(kernel, () => void exchange.response.destroy())
    whenOver(exchange.response, (isWhole) => this.#closed(isWhole))
    if (how === 'sse') beginSse(exchange)
    else if (how === 'post') this.#read(kernel, options)
  }

  get bufferedBytes(): number {
    return this.#exchange.response.writableLength + Math.max(this.#bytes, this.#waiting.length * FRAME_BYTES)
  }
  send(opcode: Opcode, data: string | Uint8Array, _compress: boolean, evenIfBehind = false): boolean {
    if (this.#isOver) return true
    if (!this.#out.takes(evenIfBehind)) return false
    const text = this.#textOf(opcode, typeof data === 'string' ? data : Buffer.from(data).toString())
    if (this.#isOver || text === undefined) return true
    this.#waiting.push(text)
    this.#bytes += Buffer.byteLength(text)
    return true
  }
  sendShared(frame: SharedFrame, compress: boolean, evenIfBehind?: boolean): boolean {
    return this.send(frame.opcode, frame.data, compress, evenIfBehind)
  }
  isBehind(): boolean {
    return !this.#isOver && this.#out.isBehind()
  }
  pong(): void {
    // nobody can have sent a ping
  }
  close(code: number | undefined, _reason: string | undefined, lingerMs: number = FLUSH_MS): void {
    if (!this.#isGone && !this.#linger.isSet) this.#linger.set(Math.min(lingerMs, FLUSH_MS))
    if (this.#isOver) return
    if (this.#how === 'poll') this._flush()
    if (this.#how === 'sse') this.#end()
    else if (code === INTERNAL_ERROR) this.#answer(500, 'Internal Server Error\n')
    else this.#answer(this.#waiting.length === 0 ? 204 : 200, this.#waiting.join(''))
  }
  destroy(): void {
    if (this.#isOver) return
    if (this.#how !== 'sse') return this.#answer(500, 'Internal Server Error\n')
    this.#isOver = true
    this.#exchange.response.destroy()
  }
  pause(): void {
    this.#isPaused = true
  }
  resume(): void {
    this.#isPaused = false
    this.#deliver()
  }

  // ---- Out

  /** A frame as this request carries it; undefined if it cannot. */
  #textOf(opcode: Opcode, text: string): string | undefined {
    const isControl = opcode === PING || opcode === PONG
    if (this.#how !== 'sse') return isControl ? undefined : text
    if (isControl) return opcode === PING ? ':\n\n' : undefined // a comment keeps proxies from cutting the stream
    return `data: ${text.replaceAll(/\r\n|\r|\n/g, '\ndata: ')}\n\n`
  }
  /** @internal */
  _flush(): void {
    if (this.#isOver || this.#waiting.length === 0 || this.#how === 'post') return
    if (this.#how === 'poll') return this.#answer(200, this.#waiting[0] as string)
    const text = this.#waiting.join('')
    this.#clear()
    this.#exchange.response.write(text, () => this.#out.took())
  }
  #clear(): void {
    this.#waiting = []
    this.#bytes = 0
  }
  #end(): void {
    this._flush()
    this.#isOver = true
    this.#exchange.response.end()
  }
  #answer(status: number, body: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#clear()
    this.#reader?.stop()
    answer(this.#exchange, status, { headers: NO_STORE, body })
    dismiss(this.#exchange.request)
  }
  #closed(isWhole: boolean): void {
    this.#isGone = true
    this.#linger.clear()
    this.#reader?.stop()
    const wasOver = this.#isOver
    this.#isOver = true
    // A poll that has its frame is over in good order, whatever the handler does.
    if (!wasOver || !isWhole) this.#sink.lost()
    else this.#sink.remoteClosed(undefined, '')
    this.#sink.gone()
  }

  // ---- In: the body of a POST

  #read(kernel: Kernel, { maxFrameBytes, validateUtf8 }: CheckedRouteOptions): void {
    this.#reader = new BodyReader(kernel, this.#exchange.request, {
      maxBytes: maxFrameBytes,
      strict: validateUtf8,
      received: () => this.#sink.received(),
      done: (text, why) => {
        if (text === undefined) return this.#failed(why as NoBody)
        this.#body = text
        this.#deliver()
      },
    })
    this.#reader.begin()
  }
  #failed(why: NoBody): void {
    if (why === 'gone') return // `close` follows
    const [status, error, code] = FAILURES[why]
    this.#answer(status, '')
    this.#sink.failed(error, code)
  }
  /** One frame, and then the peer has no more to say: the answer goes out when the socket has come to that. */
  #deliver(): void {
    if (this.#isPaused || this.#body === null) return
    const body = this.#body
    this.#body = null
    this.#sink.deliver(TEXT, body, Buffer.byteLength(body))
    this.#sink.remoteClosed(undefined, '', true)
  }
}

const FAILURES: Readonly<Record<Exclude<NoBody, 'gone'>, readonly [status: number, error: string, code?: number]>> = {
  tooLong: [413, 'badsize', TOO_BIG],
  late: [408, 'closed'],
  notUtf8: [400, 'badencoding', INVALID_DATA],
}
