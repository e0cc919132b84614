// One WebSocket of the load, and what is owed to it: each message has its answer, in order; timers answer when they are due.
// A connection that ends on purpose may leave answers behind, any other may not. Entered by scenarios.
import type { Socket as NetSocket } from 'node:net'
import { WebSocket } from 'ws'
import type { Tally } from './tally.js'

/** A noisy machine may stand still for seconds. */
const PATIENCE_MS = 20_000

export interface Where {
  readonly port: number
  readonly path: string
  readonly cookies?: string
  readonly compressed?: boolean
}

export class Conversation {
  readonly #ws: WebSocket
  readonly #tally: Tally
  readonly #inOrder: string[] = []
  readonly #late = new Set<string>()
  #ending = false
  #isOver = false
  #waiting: (() => void)[] = []
  /** What is no answer: messages of others. */
  hears: (text: string) => boolean = () => false
  /** Bytes of binary messages. */
  bytes = 0

  private constructor(ws: WebSocket, tally: Tally) {
    this.#ws = ws
    this.#tally = tally
    ws.on('message', (data, isBinary) => this.#change(() => this.#hear(data as Buffer, isBinary)))
    // A close follows. What breaks RFC 6455 must not happen, whatever else does.
    ws.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('WS_ERR') === true) tally.lose(1, `the server broke a rule: ${error.message}`)
    })
    ws.on('close', (code) => this.#change(() => this.#closed(code)))
  }

  /** Resolves once it is open; undefined if that went wrong, which counts as a loss. */
  static async open({ port, path, cookies, compressed = false }: Where, tally: Tally): Promise<Conversation | undefined> {
    const headers = cookies === undefined ? {} : { cookie: cookies }
    const options = { headers, perMessageDeflate: compressed, handshakeTimeout: PATIENCE_MS }
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, options)
    tally.counts.connections++
    const why = await new Promise<string>((resolve) => {
      ws.once('open', () => resolve(''))
      ws.once('error', (error) => resolve(error.message))
    })
    if (why !== '') tally.lose(1, `${path} did not open: ${why}`)
    return why === '' ? new Conversation(ws, tally) : undefined
  }

  get isOver(): boolean {
    return this.#isOver
  }
  /** Answers that are owed. */
  get owed(): number {
    return this.#inOrder.length + this.#late.size
  }

  /** Sends a message that is answered after those before it. */
  ask(data: string | Buffer, answer = String(data)): void {
    this.#inOrder.push(answer)
    this.#send(data)
  }
  /** Sends a message that is answered some time. */
  askLater(data: string): void {
    this.#late.add(data)
    this.#send(data)
  }
  /** Somebody else's message is owed to this one. */
  owe(text: string): void {
    this.#tally.counts.sent++
    this.#late.add(text)
  }
  /** `hears` has found the answer to a message: what was asked, and perhaps more behind it. Answers true. */
  answered(text: string): boolean {
    const asked = this.#late.has(text) ? text : (text.split(' ', 1)[0] as string)
    if (this.#late.delete(asked)) this.#tally.counts.answered++
    else this.#tally.lose(1, `got ${text.slice(0, 80)}, which nobody asked for`)
    return true
  }
  /** Sends what has no answer. */
  tell(data: string): void {
    this.#ws.send(data)
  }
  #send(data: string | Buffer): void {
    this.#tally.counts.sent++
    this.#ws.send(data, { binary: typeof data !== 'string' })
  }
  pause(): void {
    this.#ws.pause()
  }
  resume(): void {
    this.#ws.resume()
  }

  /** Waits until this is so, or the connection is over; false if it takes too long. */
  async until(isSo: () => boolean): Promise<boolean> {
    const patience = { isOver: false }
    const timer = setTimeout(() => this.#change(() => (patience.isOver = true)), PATIENCE_MS)
    while (!isSo() && !this.#isOver && !patience.isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    clearTimeout(timer)
    return isSo()
  }
  /** Waits for all that is owed. */
  async settle(): Promise<void> {
    if (await this.until(() => this.owed === 0)) return
    if (this.owed > 0) this.#lose(`${this.owed} without an answer after ${PATIENCE_MS} ms`)
  }

  /** Says good-bye when everything is answered. */
  async leave(): Promise<void> {
    await this.settle()
    this.#ending = true
    if (this.#isOver) return
    this.#ws.close(1000)
    if (await this.until(() => this.#isOver)) return
    this.#tally.lose(1, 'a close frame without an answer')
    this.#ws.terminate()
  }
  /** The connection breaks: by a reset, or by an end without a close frame. */
  async cut(how: 'reset' | 'end'): Promise<void> {
    this.#expectEnd()
    const net = (this.#ws as unknown as { readonly _socket: NetSocket })._socket
    if (how === 'reset') net.resetAndDestroy()
    else net.destroy()
    await this.until(() => this.#isOver)
  }
  /** The server is to end it, because of this message or by itself. */
  async expectEnd(because?: string): Promise<void> {
    this.#expectEnd()
    if (because !== undefined) this.#ws.send(because)
    if (await this.until(() => this.#isOver)) return
    this.#tally.lose(1, `it did not end because of ${because ?? 'its policy'}`)
    this.#ws.terminate()
  }
  #expectEnd(): void {
    this.#ending = true
    this.#tally.counts.cut++
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.bytes += data.length
    const text = data.length > 60_000 ? '' : data.toString()
    if (this.hears(text)) return
    if (text === this.#inOrder[0]) this.#inOrder.shift()
    else if (!this.#late.delete(text)) {
      this.#tally.lose(1, `got ${text.slice(0, 80)}, expected ${String(this.#inOrder[0]).slice(0, 80)}`)
      return
    }
    this.#tally.counts.answered++
  }
  #closed(code: number): void {
    this.#isOver = true
    if (this.#ending) this.#tally.counts.unanswered += this.owed
    else this.#lose(`closed with ${code} while ${this.owed} were owed`)
    this.#inOrder.length = 0
    this.#late.clear()
  }
  #lose(how: string): void {
    this.#tally.lose(Math.max(1, this.owed), how)
    this.#inOrder.length = 0
    this.#late.clear()
    this.#ending = true
  }
  #change(change: () => void): void {
    change()
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
