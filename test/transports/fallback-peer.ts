// A small client of docs/fallback.md over node:http, of which tests know every step: one request after the other takes
// frames, one after the other brings them.
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { OutFrame } from 'gensock/socket'
import { InOrder } from '../../src/wire/numbering.js'
import type { Item } from '../../src/wire/carrier.js'

export interface Address {
  readonly port: number
  readonly agent: Agent
}

type Answered = (response: IncomingMessage) => void

/** One connection. */
export class FallbackPeer {
  refused: number | undefined
  subprotocol: string | undefined
  readonly #address: Address
  readonly #via: 'sse' | 'longPoll'
  readonly #requests = new Set<ClientRequest>()
  readonly #frames: (OutFrame | 'cut')[] = []
  readonly #down = new InOrder()
  /** Frames that no `send` has taken along. */
  #up: Item[] = []
  #upNumber = 0
  #id = ''
  #isSending = false
  #isOver = false
  #isStalled = false
  #wake: () => void = () => undefined

  constructor(address: Address, via: 'sse' | 'longPoll') {
    this.#address = address
    this.#via = via
  }

  async open(offers: readonly string[] = []): Promise<void> {
    const protocols = offers.length === 0 ? '' : `&protocols=${offers.join()}`
    const answer = await this.#ask('POST', `gensock=open&via=${this.#via}${protocols}`)
    if (answer.status !== 200) {
      this.refused = answer.status
      return
    }
    const { id, subprotocol } = JSON.parse(answer.body) as { id: string; subprotocol: string | null }
    this.#id = id
    this.subprotocol = subprotocol ?? undefined
    void (this.#via === 'sse' ? this.#stream() : this.#polls())
  }

  // ---- Down

  async next(): Promise<OutFrame | 'cut'> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#frames.shift() as OutFrame | 'cut'
  }
  async #polls(): Promise<void> {
    while (!this.#isOver && !this.#isStalled) {
      const answer = await this.#ask('GET', `gensock=poll&id=${this.#id}&ack=${this.#down.last}`).catch(() => undefined)
      if (answer === undefined || this.#isStalled) return
      if (answer.status !== 200) return this.#end('cut')
      for (const item of JSON.parse(answer.body) as Item[]) this.#take(item)
    }
  }
  #stream(): void {
    let text = ''
    this.#begin('GET', `gensock=sse&id=${this.#id}&ack=0`, undefined, (response) => {
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /^data: (.+)$/su.exec(text.slice(0, end).split('\n').at(-1) as string)?.[1]
          text = text.slice(end + 2)
          if (data !== undefined && !this.#isStalled) this.#take(JSON.parse(data) as Item)
        }
        this.#bring() // what has come is acknowledged
      })
      response.on('error', () => undefined)
      response.on('close', () => (this.#isStalled ? undefined : this.#end('cut')))
    })
  }
  #take(item: Item): void {
    if (this.#down.take(item[0]) !== 'next') return
    const [, kind, data, reason] = item
    if (kind === 't') this.#tell(['text', data])
    else if (kind === 'b') this.#tell(['binary', Buffer.from(data, 'base64')])
    else if (kind === 'p') this.#say(['q', data])
    else if (kind === 'c') this.#end(data === null ? ['close'] : ['close', data, reason])
  }
  #tell(frame: OutFrame | 'cut'): void {
    this.#frames.push(frame)
    this.#wake()
  }
  #end(last: OutFrame | 'cut'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#tell(last)
  }

  // ---- Up

  send(frame: string | Uint8Array): void {
    this.#say(typeof frame === 'string' ? ['t', frame] : ['b', Buffer.from(frame).toString('base64')])
  }
  close(code?: number, reason = ''): void {
    this.#say(['c', code ?? null, reason])
  }
  #say(rest: readonly unknown[]): void {
    this.#up.push([++this.#upNumber, ...rest] as unknown as Item)
    this.#bring()
  }
  /** A big frame has a `send` of its own. */
  #bring(): void {
    if (this.#isSending || this.#isStalled) return
    this.#isSending = true
    setImmediate(() => {
      const upTo = this.#up.findIndex((item) => String(item[2]).length > 10_000)
      const frames = this.#up.splice(0, upTo < 0 ? 1000 : upTo + 1)
      const body = JSON.stringify({ ack: this.#down.last, frames })
      void this.#ask('POST', `gensock=send&id=${this.#id}`, body).then(
        () => {
          this.#isSending = false
          if (this.#up.length > 0) this.#bring()
        },
        () => undefined, // the test has ended, or has cut it
      )
    })
  }

  // ---- What goes wrong

  cut(): void {
    this.stall()
    for (const one of this.#requests) one.destroy()
  }
  /** From now on nothing is taken, and nothing acknowledged. */
  stall(): void {
    this.#isStalled = true
  }

  // ---- Requests

  #ask(method: string, query: string, body?: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const own = this.#begin(method, query, body, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      own.on('error', reject)
    })
  }
  #begin(method: string, query: string, body: string | undefined, answered: Answered): ClientRequest {
    const own = request({ ...this.#address, host: '127.0.0.1', path: `/ws?${query}`, method }, answered)
    this.#requests.add(own)
    own.on('close', () => this.#requests.delete(own))
    own.on('error', () => undefined)
    own.end(body)
    return own
  }
}
