// What a browser offers to connect with, at the end of a test's strings.
import { setMaxListeners } from 'node:events'
import { ATTACHED, HELLO, type Item } from '../../src/wire/carrier.js'

export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Listener = (event: object) => void
/** What has listeners. */
class Heard {
  readonly #listeners: (readonly [type: string, listener: Listener])[] = []

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener])
  }
  /** Answers how many heard it. */
  tell(type: string, event: object = {}): number {
    const all = this.#listeners.filter(([other]) => other === type)
    for (const [, listener] of all) listener(event)
    return all.length
  }
}

/** A WebSocket. */
export class FakeTransport {
  readonly #heard = new Heard()
  readonly addEventListener = (type: string, listener: Listener): void => this.#heard.addEventListener(type, listener)
  readyState = 0
  bufferedAmount = 0
  binaryType = 'blob'
  /** The subprotocol that the server has chosen. */
  protocol = ''
  readonly sent: unknown[] = []
  /** What `close` was called with. */
  closed: unknown[] | undefined

  readonly url: URL
  constructor(url: string) {
    this.url = new URL(url)
  }
  send(data: unknown): void {
    this.sent.push(data)
  }
  close(...given: unknown[]): void {
    this.closed ??= given
    this.readyState = 3
  }

  // ---- What a test does

  async open(): Promise<void> {
    this.readyState = 1
    this.#heard.tell('open')
    await settle()
  }
  /** As a server of ours. */
  async greet(): Promise<void> {
    await this.open()
    await this.receive(HELLO)
  }
  async receive(data: string | ArrayBuffer): Promise<void> {
    this.#heard.tell('message', { data })
    await settle()
  }
  /** It ends, as seen by a browser: an error comes before every end that was not clean, and outside of one it must be heard. */
  async end(code = 1006, reason = ''): Promise<void> {
    this.readyState = 3
    if (code === 1006 && this.#heard.tell('error') === 0) throw new Error('nobody hears the error')
    this.#heard.tell('close', { code, reason })
    await settle()
  }
}

/** An EventSource. */
export class FakeSource {
  readonly #heard = new Heard()
  readonly addEventListener = (type: string, listener: Listener): void => this.#heard.addEventListener(type, listener)
  isClosed = false
  readonly url: URL
  readonly withCredentials: boolean | undefined

  constructor(url: string, { withCredentials }: { withCredentials?: boolean } = {}) {
    this.url = new URL(url)
    this.withCredentials = withCredentials
  }
  close(): void {
    this.isClosed = true
  }

  // ---- What a test does

  async attached(): Promise<void> {
    this.#heard.tell(ATTACHED)
    await settle()
  }
  async receive(...items: Item[]): Promise<void> {
    for (const item of items) this.#heard.tell('message', { data: JSON.stringify(item) })
    await settle()
  }
  async fail(): Promise<void> {
    this.#heard.tell('error')
    await settle()
  }
}

/** A request of `fetch` that waits for its answer. */
export class FakeRequest {
  readonly url: URL
  readonly init: RequestInit
  readonly answered: Promise<Response>
  isOver = false
  #resolve: (response: Response) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(url: string, init: RequestInit) {
    this.url = new URL(url)
    this.init = init
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (!init.signal) return
    setMaxListeners(0, init.signal)
    init.signal.addEventListener('abort', () => void this.fail())
  }
  get verb(): string | null {
    return this.url.searchParams.get('gensock')
  }
  get ack(): number {
    return Number(this.url.searchParams.get('ack'))
  }
  get body(): { readonly ack: number; readonly frames: readonly Item[] } {
    return JSON.parse(this.init.body as string) as never
  }

  // ---- What a test does

  async answer(status: number, body: unknown = '', headers: Record<string, string> = {}): Promise<void> {
    this.isOver = true
    const hasNone = status === 204
    this.#resolve(new Response(hasNone ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, headers }))
    await settle()
  }
  async fail(): Promise<void> {
    this.isOver = true
    this.#reject(new TypeError('Failed to fetch'))
    await settle()
  }
}
