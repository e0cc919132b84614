// A connection over plain HTTP: asked for by one request, frames up by one POST after the other, frames down by sse or
// long-poll. Both ways are numbered and acknowledged, so a request that was lost is repeated, and harms nothing if it was not.
// Entered by the client; calls the two ways down.
import { ACK, ID, type Item, itemOf, type Opened, PARAMETER, parsed, PROTOCOLS, type Verb, VIA } from '../wire/carrier.js'
import { ABNORMAL, NO_STATUS, TRY_AGAIN_LATER } from '../wire/close-codes.js'
import { InOrder } from '../wire/numbering.js'
import { address, type Parameters } from './address.js'
import { backoffMs } from './backoff.js'
import type { Carried } from './down.js'
import { bytesOf, itemFor, sizeOf } from './items.js'
import { type Data, type End, type Link, type LinkPlan, MAX_WAITING_BYTES } from './link.js'
import { pollDown } from './long-poll.js'
import { sseDown } from './sse.js'
import type { World } from './world.js'

/** Requests that fail one after the other for so long: the server has forgotten us. */
const GIVE_UP_MS = 10_000
const REPEAT = { firstMs: 100, maxMs: 2000, isExact: false }
/** What one POST brings, if there is more than one frame. */
const BATCH_BYTES = 65_536
/** The end of a page takes no longer bodies along. */
const KEEPALIVE_BYTES = 60_000
/** Server-sent events are acknowledged after so many, or so much, or so long. */
const ACK_COUNT = 32
const ACK_BYTES = 65_536
const ACK_MS = 1000
/** What an answer to the first request means in close codes. */
const CODES: Readonly<Record<number, number>> = { 401: 3000, 403: 3003, 404: 4404, 429: TRY_AGAIN_LATER, 503: TRY_AGAIN_LATER }
/**
 * Answers after which there is nothing to repeat: the connection is gone, or we and the server disagree about what was sent.
 */
const ENDS = [400, 409, 410]
const MAX_RETRY_MS = 3_600_000

/** An answer of HTTP, whole. */
interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

type Via = 'sse' | 'longPoll'

export class Fallback implements Link, Carried {
  readonly world: World
  readonly #plan: LinkPlan
  readonly #abort = new AbortController()
  readonly #down = new InOrder()
  /** What the server has not said it has, and the number of the last. */
  #up: Item[] = []
  #last = 0
  #upBytes = 0
  #id = ''
  #isOver = false
  #isPosting = false
  #isAcknowledging = false
  /** Since when no request has come through, and how many have not. */
  #failingSince = 0
  #failures = 0
  #stop: () => void = () => undefined
  #via: Via
  /** How often in a row events have been asked for in vain; one that never came counts double. */
  #misses: number
  /** What has come since the last acknowledgement. */
  #count = 0
  #bytes = 0
  #stopAck: (() => void) | undefined

  constructor(plan: LinkPlan, via: Via) {
    this.world = plan.world
    this.#plan = plan
    this.#via = via
    this.#misses = via === 'sse' ? 1 : 2
    void this.#open()
  }

  async #open(): Promise<void> {
    const { token, subprotocols } = this.#plan
    const more = { [VIA]: this.#via, token, [PROTOCOLS]: subprotocols?.join(), [ID]: undefined, [ACK]: undefined }
    const answer = await this.#fetch('open', { method: 'POST' }, more)
    if (this.#isOver) return
    if (answer === undefined) return this.#end(ABNORMAL, 'no answer')
    const opened = answer.status === 200 ? (parsed(answer.text) as Partial<Opened> | null | undefined) : undefined
    if (typeof opened?.id !== 'string') return this.#refused(answer)
    this.#id = opened.id
    this.#plan.events.opened(opened.subprotocol)
    this.goDown()
  }
  #refused({ status, headers }: Answer): void {
    // Where there was a WebSocket there is a path; it has no fallback.
    const code = status === 404 && this.#plan.isKnown ? undefined : CODES[status]
    const retryMs = retryMsOf(headers.get('Retry-After') ?? '', this.world.now())
    this.#end(code ?? ABNORMAL, `HTTP ${status}`, { isAnswer: code !== undefined, retryMs })
  }

  // ---- Requests

  url(verb: Verb, more: Parameters = {}): string {
    return address(this.#plan.url, 'http', { [PARAMETER]: verb, [ID]: this.#id, [ACK]: this.#down.last, ...more })
  }
  async #fetch(verb: Verb, init: RequestInit, more: Parameters = {}): Promise<Answer | undefined> {
    // Called plainly: that of a browser must not be called as a method of something else.
    const fetch = this.world.env.fetch as typeof globalThis.fetch
    try {
      const { signal } = this.#abort
      const answer = await fetch(this.url(verb, more), { signal, credentials: 'include', cache: 'no-store', ...init })
      return { status: answer.status, headers: answer.headers, text: await answer.text() }
    } catch {
      return undefined // no network, no server, half an answer, or we have let go
    }
  }
  async ask(verb: Verb, init: RequestInit, again: () => void): Promise<string | undefined> {
    const { status = 0, text } = (await this.#fetch(verb, init)) ?? {}
    if (this.#isOver) return undefined
    if (status >= 200 && status < 300) {
      this.#failures = 0
      return text
    }
    if (ENDS.includes(status)) this.#end(ABNORMAL, `HTTP ${status}`, { isForgotten: status === 410 })
    else this.again(again)
    return undefined
  }
  again(run: () => void): void {
    if (this.#isOver) return
    const now = this.world.now()
    if (this.#failures === 0) this.#failingSince = now
    if (now - this.#failingSince >= GIVE_UP_MS) return this.#end(ABNORMAL, 'no answer')
    const stop = this.world.after(backoffMs(REPEAT, this.#failures++, this.world.random()), run)
    this.#abort.signal.addEventListener('abort', stop)
  }

  // ---- Down

  goDown(): void {
    if (this.#via === 'sse') this.#stop = sseDown(this)
    else void pollDown(this)
  }
  flows(): void {
    this.#misses = 0
    this.#plan.events.moved('sse')
  }
  fallBack(): void {
    this.#stop()
    this.#misses++
    this.#via = 'longPoll'
    this.goDown()
  }
  polls(): boolean {
    this.#plan.events.moved('longPoll')
    if (this.#misses > 1) return true
    // A network that comes and goes is no network without events.
    this.#via = 'sse'
    return false
  }
  take(values: unknown): boolean {
    const items = Array.isArray(values) ? values.map(itemOf) : [undefined]
    if (items.includes(undefined)) return false
    this.#failures = 0
    this.#plan.events.heard()
    for (const item of items as Item[]) {
      if (this.#isOver) break
      const turn = this.#down.take(item[0])
      if (turn === 'gap') this.#end(ABNORMAL, 'gap')
      if (turn === 'next') this.#took(item)
    }
    return !this.#isOver
  }
  #took(item: Item): void {
    const { events } = this.#plan
    if (item[1] === 'c') return this.#end(item[2] ?? NO_STATUS, item[3])
    this.#note(sizeOf(item))
    if (item[1] === 't') events.message(item[2])
    else if (item[1] === 'b') events.message(bytesOf(item[2]))
    else if (item[1] === 'p') this.#add([++this.#last, 'q', item[2]])
  }
  /** A poll acknowledges by itself. */
  #note(bytes: number): void {
    if (this.#via !== 'sse') return
    this.#count++
    this.#bytes += bytes
    this.#acknowledgeInTime()
  }
  #acknowledgeInTime(): void {
    if (this.#isAcknowledging || this.#count === 0) return
    if (this.#count >= ACK_COUNT || this.#bytes >= ACK_BYTES) void this.#acknowledge()
    else this.#stopAck ??= this.world.after(ACK_MS, () => void this.#acknowledge())
  }
  /** Beside the POST that brings frames: the server may take those only when it knows what we have. */
  async #acknowledge(): Promise<void> {
    this.#isAcknowledging = true
    const init = { method: 'POST', body: this.#body([]) }
    if ((await this.ask('send', init, () => void this.#acknowledge())) === undefined) return
    this.#isAcknowledging = false
    this.#acknowledgeInTime()
  }

  // ---- Up

  send(data: Data): boolean {
    if (this.#upBytes > MAX_WAITING_BYTES) return false
    this.#add(itemFor(++this.#last, data))
    return true
  }
  test(): boolean {
    this.#add([++this.#last, 'p', ''])
    return true
  }
  #add(item: Item): void {
    this.#up.push(item)
    this.#upBytes += sizeOf(item)
    // Whatever else is sent in this turn goes along.
    queueMicrotask(() => this.#post())
  }
  #post(): void {
    if (this.#isPosting || this.#isOver || this.#up.length === 0) return
    this.#isPosting = true
    let bytes = 0
    const tooMuch = this.#up.findIndex((item, at) => (bytes += sizeOf(item)) > BATCH_BYTES && at > 0)
    const length = tooMuch < 0 ? this.#up.length : tooMuch
    void this.#bring(this.#body(this.#up.slice(0, length)), length)
  }
  async #bring(body: string, length: number): Promise<void> {
    const answer = await this.ask('send', { method: 'POST', body }, () => void this.#bring(body, length))
    if (answer === undefined) return
    for (const item of this.#up.splice(0, length)) this.#upBytes -= sizeOf(item)
    this.#isPosting = false
    this.#post()
  }
  #body(frames: readonly Item[]): string {
    this.#count = this.#bytes = 0
    this.#stopAck?.()
    this.#stopAck = undefined
    return JSON.stringify({ ack: this.#down.last, frames })
  }

  // ---- The end

  #end(code: number, reason: string, more: Partial<End> = {}): void {
    this.#letGo()
    this.#plan.events.ended({ code, reason, ...more })
  }
  #letGo(): void {
    this.#isOver = true
    this.#stop()
    this.#stopAck?.()
    this.#abort.abort()
  }
  close(code?: number, reason = ''): void {
    if (this.#isOver) return
    this.#letGo()
    if (this.#id === '') return
    const body = this.#body([...this.#up, [++this.#last, 'c', code ?? null, reason]])
    // The last word, with all that was not acknowledged before it: also of a page that is being left.
    void this.#fetch('send', { method: 'POST', body, keepalive: body.length < KEEPALIVE_BYTES, signal: null })
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date; 0 if it is neither. */
function retryMsOf(header: string, now: number): number {
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return ms > 0 ? Math.min(ms, MAX_RETRY_MS) : 0
}
