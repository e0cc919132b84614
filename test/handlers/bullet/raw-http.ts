// Plain HTTP on a raw connection: a request as it is written, the head of its answer, and its body, chunk by chunk where it has
// chunks.
import { connect, type Socket } from 'node:net'

export interface Head {
  readonly status: number
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

const open: RawHttp[] = []
/** Cuts every connection of the test. */
export function cutRequests(): void {
  for (const one of open.splice(0)) one.cut()
}

/** One request, and what comes back. */
export class RawHttp {
  readonly #socket: Socket
  #text = ''
  #isOver = false
  #wake: () => void = () => undefined

  /** `lines` stand behind the Host of the head. */
  constructor(port: number, method: string, lines: readonly string[] = [], body = '', path = '/bullet') {
    open.push(this)
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.on('error', () => undefined)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk) => {
      this.#text += String(chunk)
      this.#wake()
    })
    this.#socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    this.#socket.write([`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...lines, ...length, '', body].join('\r\n'))
  }

  /** Head and body of an answer that has a length, or no content. */
  async answer(): Promise<Head & { readonly body: string }> {
    const head = await this.head()
    const length = Number(head.headers['content-length'] ?? 0)
    return { ...head, body: await this.#take(() => (this.#text.length < length ? -1 : length)) }
  }
  async head(): Promise<Head> {
    const text = await this.#take(() => after(this.#text, '\r\n\r\n'))
    const [first = '', ...lines] = text.trimEnd().split('\r\n')
    const fields = lines.map((line) => [line.split(':')[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
    return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(fields) }
  }
  /** The bytes of the next chunk; '' is the last one. */
  async chunk(): Promise<string> {
    const size = Number.parseInt(await this.#take(() => after(this.#text, '\r\n')), 16)
    const chunk = await this.#take(() => (this.#text.length < size + 2 ? -1 : size + 2))
    return chunk.slice(0, size)
  }
  cut(): void {
    this.#socket.destroy()
  }

  /** `end`: how much of the text is to be taken; -1: not all of it is there. */
  async #take(end: () => number): Promise<string> {
    for (let at = end(); ; at = end()) {
      if (at >= 0) {
        const taken = this.#text.slice(0, at)
        this.#text = this.#text.slice(at)
        return taken
      }
      if (this.#isOver) throw new Error(`the connection has ended: ${this.#text}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function after(text: string, mark: string): number {
  const at = text.indexOf(mark)
  return at < 0 ? -1 : at + mark.length
}
