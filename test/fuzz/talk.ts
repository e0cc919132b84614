// Holds a conversation of fallback.ts with the server, over node's own HTTP client, and says what is wrong with the answers.
// Entered by run.ts.
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Conversation, Item, Step } from './fallback.js'
import { STALL_MS } from './routes.js'

const LIMIT_MS = 10_000
const POLLS = 30
interface Answer {
  readonly status: number
  readonly body: Buffer
}
interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | undefined
}
type Down = readonly [number: number, kind: string, ...rest: readonly unknown[]]

/** One peer. */
class Talk {
  readonly #port: number
  readonly #agent: Agent
  readonly #localAddress: string
  #id = ''
  /** Numbers of the last frame sent, received, acknowledged. */
  #up = 0
  #down = 0
  #acknowledged = 0
  readonly #received = new Map<number, string>()
  /** What is due: data and pongs, each in order, and the close frame. */
  #data: string[] = []
  #pongs: string[] = []
  #closes: number | null | undefined = undefined
  #hasClosed = false
  /** When the last answer came. */
  #answeredAt = performance.now()
  /** A request came so late that the server had given up this peer. */
  #isStalled = false
  readonly #faults: string[] = []

  constructor(port: number, from: number) {
    this.#port = port
    this.#localAddress = `127.0.0.${from}`
    this.#agent = new Agent({ keepAlive: true, maxSockets: 2 })
  }

  /** What is wrong. A peer that has stalled cannot tell. */
  get faults(): readonly string[] {
    return this.#isStalled ? [] : this.#faults
  }

  async hold({ path, via, steps, leaves }: Conversation): Promise<void> {
    if (via !== undefined) await this.#open(path, via)
    for (const step of steps) if (this.#faults.length === 0) await this.#step(step)
    if (via !== undefined && !leaves && this.#faults.length === 0) await this.#finish()
    this.#agent.destroy()
  }

  async #open(at: string, via: string): Promise<void> {
    const { status, body } = await this.#ask({ method: 'POST', path: `${at}?gensock=open&via=${via}` })
    const { id } = status === 200 ? (JSON.parse(body.toString()) as { id: string }) : { id: '' }
    if (!/^[-_0-9A-Za-z]{22}$/.test(id)) this.#faults.push(`open: ${status} ${body.toString()}`)
    this.#id = id
  }

  #step(step: Step): Promise<void> {
    switch (step.type) {
      case 'send':
        return this.#send(step.items, step.again)
      case 'take':
        return step.by === 'poll' ? this.#take(step.back) : this.#stream(step.back)
      case 'cut':
        return this.#cut(step)
      case 'close':
        this.#closes = step.code
        return this.#post(`[${++this.#up},"c",${step.code},""]`, 204)
      default:
        return this.#bare(step)
    }
  }
  async #bare(step: Extract<Step, { type: 'request' }>): Promise<void> {
    const { status, body } = await this.#ask(step)
    if (!step.status.includes(status))
      this.#faults.push(`${step.about}: ${status}, expected ${step.status.join(' or ')}; ${body.toString()}`)
    if (step.answer !== undefined && !step.answer.equals(body))
      this.#faults.push(`${step.about}: answered ${body.length} bytes, expected ${step.answer.length}`)
    this.#closes ??= step.closes
  }

  async #post(frames: string, status: number): Promise<void> {
    const got = await this.#ask({
      method: 'POST',
      path: '/fallback?gensock=send&id=$ID',
      body: `{"ack":$ACK,"frames":[${frames}]}`,
    })
    this.#acknowledged = Math.max(this.#acknowledged, this.#down)
    if (got.status !== status) this.#faults.push(`send: ${got.status} ${got.body.toString()}, expected ${status}`)
  }
  /** `again`: what has been taken once more, and something new behind it. */
  async #send(items: readonly Item[], again: boolean): Promise<void> {
    const frames = this.#numbered(items)
    await this.#post(frames, 204)
    if (again) await this.#post(`${frames},${this.#numbered([['t', 'new']])}`, 204)
  }
  #numbered(items: readonly Item[]): string {
    for (const [kind, data] of items) {
      if (kind === 'p') this.#pongs.push(data)
      else if (kind !== 'q') this.#data.push(JSON.stringify([kind, data]))
    }
    return items.map(([kind, data]) => JSON.stringify([++this.#up, kind, data])).join()
  }

  // ---- What comes

  get #isDue(): boolean {
    return this.#data.length > 0 || this.#pongs.length > 0 || (this.#closes !== undefined && !this.#hasClosed)
  }
  #came(item: Down): void {
    const [number, kind, data] = item
    const text = JSON.stringify(item)
    const before = this.#received.get(number)
    if (before !== undefined) {
      if (before !== text) this.#faults.push(`frame ${number} was ${before} and is ${text}`)
      return
    }
    if (number !== this.#down + 1) this.#faults.push(`frame ${number} came after ${this.#down}`)
    this.#down = number
    this.#received.set(number, text)
    const wanted = kind === 'c' ? this.#closes : kind === 'q' ? this.#pongs.shift() : this.#data.shift()
    if (kind === 'c') this.#hasClosed = true
    const got = kind === 'c' || kind === 'q' ? data : JSON.stringify([kind, data])
    // A close for a reason of the server's own may come before what is due.
    if (got !== wanted) this.#faults.push(`frame ${text.slice(0, 80)} came, expected ${String(wanted).slice(0, 80)}`)
  }
  #from(back: number): number {
    return Math.max(this.#acknowledged, this.#down - back)
  }

  async #take(back: number): Promise<void> {
    for (let i = 0; i === 0 || (this.#isDue && i < POLLS && this.#faults.length === 0); i++) {
      const ack = i === 0 ? this.#from(back) : this.#down
      const { status, body } = await this.#ask({ method: 'GET', path: `/fallback?gensock=poll&id=$ID&ack=${ack}` })
      this.#acknowledged = Math.max(this.#acknowledged, ack)
      if (status !== 200) return void this.#faults.push(`poll: ${status} ${body.toString()}`)
      for (const item of JSON.parse(body.toString()) as Down[]) this.#came(item)
    }
    if (this.#isDue)
      this.#faults.push(`still due: ${this.#data.length} frames, ${this.#pongs.length} pongs, close ${this.#closes}`)
  }

  /** An event stream, until all has come. */
  #stream(back: number): Promise<void> {
    const ack = this.#from(back)
    this.#acknowledged = Math.max(this.#acknowledged, ack)
    let text = ''
    let isAttached = false
    return this.#talk({ method: 'GET', path: `/fallback?gensock=sse&id=$ID&ack=${ack}` }, (response, done) => {
      if (response.statusCode !== 200) this.#faults.push(`sse: ${response.statusCode}`)
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        const events = (text + chunk).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          if (event === 'event: attached\ndata:') isAttached = true
          else if (event !== ':') this.#event(event)
        }
        if ((isAttached && !this.#isDue) || this.#faults.length > 0) done()
      })
      response.once('close', done)
    })
  }
  #event(event: string): void {
    const [, number, data] = /^id: (\d+)\ndata: (.*)$/.exec(event) ?? []
    const item = data === undefined ? undefined : (JSON.parse(data) as Down)
    if (item === undefined || item[0] !== Number(number)) this.#faults.push(`an event that is none: ${event.slice(0, 80)}`)
    else this.#came(item)
  }

  async #finish(): Promise<void> {
    if (this.#closes === undefined) await this.#step({ type: 'close', code: 1000 })
    await this.#take(0)
    if (this.#faults.length > 0) return
    const { status } = await this.#ask({ method: 'GET', path: `/fallback?gensock=poll&id=$ID&ack=${this.#down}` })
    if (status !== 410) this.#faults.push(`a poll after the close: ${status}, expected 410`)
  }

  // ---- Requests

  #cut(asked: Asked): Promise<void> {
    return new Promise((resolve) => {
      const own = this.#request(asked)
      own.once('close', resolve)
      own.on('error', () => undefined) // it is we who end it
      own.on('response', (response) => response.resume())
      own.setHeader('Content-Length', asked.method === 'POST' ? 1000 : 0)
      own.write(asked.body ?? '', () => setImmediate(() => own.destroy()))
    })
  }
  async #ask(asked: Asked): Promise<Answer> {
    const chunks: Buffer[] = []
    let status = 0
    await this.#talk(asked, (response, done) => {
      status = response.statusCode ?? 0
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', done)
    })
    return { status, body: Buffer.concat(chunks) }
  }
  /** Until `done`; then the request is over, whether its answer has ended or not. */
  #talk(asked: Asked, onResponse: (response: IncomingMessage, done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const own = this.#request(asked)
      const timer = setTimeout(() => this.#broke(`${asked.method} ${asked.path}: no answer within the limit`, over), LIMIT_MS)
      const over = (): void => {
        clearTimeout(timer)
        const now = performance.now()
        if (status === 410 && now - this.#answeredAt > STALL_MS) this.#isStalled = true
        this.#answeredAt = now
        resolve()
        if (!isWhole) own.destroy()
      }
      let isWhole = false
      let status: number | undefined
      own.on('error', (error) => this.#broke(`${asked.method} ${asked.path}: ${error.message}`, over))
      own.once('response', (response) => {
        status = response.statusCode
        response.once('end', () => (isWhole = true))
        response.on('error', () => undefined) // we may have cut it
        onResponse(response, over)
      })
      own.end(typeof asked.body === 'string' ? this.#filled(asked.body) : asked.body)
    })
  }
  #broke(why: string, over: () => void): void {
    this.#faults.push(why)
    over()
  }
  #request({ method, path, headers = {}, body }: Asked): ReturnType<typeof request> {
    const length =
      body === undefined ? {} : { 'Content-Length': Buffer.byteLength(typeof body === 'string' ? this.#filled(body) : body) }
    return request({
      host: '127.0.0.1',
      port: this.#port,
      localAddress: this.#localAddress,
      agent: this.#agent,
      method,
      path: this.#filled(path),
      headers: { ...length, ...headers },
    })
  }
  #filled(text: string): string {
    return text
      .replaceAll('$ID', this.#id)
      .replaceAll('$ACK', String(this.#down))
      .replaceAll('$AHEAD', String(this.#up + this.#down + 1000))
      .replaceAll('$NEXT', String(this.#up + 1))
  }
}

/** What is wrong; none if all is well. */
export async function talk(conversation: Conversation, port: number): Promise<readonly string[]> {
  const peer = new Talk(port, conversation.from)
  await peer.hold(conversation)
  return peer.faults
}
