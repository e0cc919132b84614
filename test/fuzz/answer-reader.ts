// Reads what a server sends, strictly: answers of HTTP/1.1 one after the other, and frames from a 101 on. Entered by wire.ts
// with the bytes of the network.
import { type ServerFrame, shortest } from '../rfc/peer.js'

export interface Answer {
  readonly status: number
  /** Names in lower case; of doubled ones a list. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}
type Head = Omit<Answer, 'body'> & { readonly length: number }

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export class AnswerReader {
  readonly answers: Answer[] = []
  readonly frames: ServerFrame[] = []
  /** What breaks the rules. */
  fault: string | undefined
  readonly #headAt: number | undefined
  #unread: Buffer = Buffer.alloc(0)
  #head: Head | null = null
  #isSwitched = false

  /** `headAt`: so many answers come before the one that has no content, for it is to a HEAD. */
  constructor(headAt: number | undefined) {
    this.#headAt = headAt
  }

  read(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    while (this.fault === undefined && this.#next());
  }
  /** Has something come that is not whole? */
  get isPartial(): boolean {
    return this.#unread.length > 0 || this.#head !== null
  }
  get last(): Answer | undefined {
    return this.answers.at(-1)
  }

  #next(): boolean {
    if (this.#isSwitched) return this.#nextFrame()
    return this.#head === null ? this.#nextHead() : this.#nextBody(this.#head)
  }
  #nextHead(): boolean {
    const end = this.#unread.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = this.#headOf(this.#unread.subarray(0, end).toString('latin1'))
    this.#unread = this.#unread.subarray(end + 4)
    if (head === undefined) return false
    const { status, headers, length } = head
    if (status === 100) return true
    if (status === 101) this.#isSwitched = true
    if (status === 101 || length === 0) this.answers.push({ status, headers, body: Buffer.alloc(0) })
    else this.#head = head
    return true
  }
  #headOf(text: string): Head | undefined {
    const [first = '', ...lines] = text.split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(first)?.[1])
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(': ')
      const name = line.slice(0, colon).toLowerCase()
      if (!NAME.test(name) || headers.has(name)) this.fault ??= `a bad or doubled header: ${line}`
      headers.set(name, line.slice(colon + 2))
    }
    if (Number.isNaN(status)) this.fault ??= `a bad first line: ${first}`
    const given = headers.get('content-length')
    const isEmpty = this.answers.length === this.#headAt || status < 200 || status === 204
    if (!isEmpty && !/^\d+$/.test(given ?? '')) this.fault ??= `no Content-Length: ${first}`
    return this.fault === undefined ? { status, headers, length: isEmpty ? 0 : Number(given) } : undefined
  }
  #nextBody({ length, ...head }: Head): boolean {
    if (this.#unread.length < length) return false
    this.answers.push({ ...head, body: this.#unread.subarray(0, length) })
    this.#unread = this.#unread.subarray(length)
    this.#head = null
    return true
  }

  /** RFC 6455 sections 5.1, 5.2 and 5.5. */
  #nextFrame(): boolean {
    const bytes = this.#unread
    if (bytes.length < 2) return false
    const [first, second] = [bytes[0] as number, bytes[1] as number]
    const opcode = first & 15
    if (second >= 0x80) this.fault = 'the server masked a frame'
    if (opcode > 7 && (second > 125 || first < 0x80)) this.fault = 'the server sent a control frame in fragments, or a long one'
    if (![1, 2, 8, 9, 10].includes(opcode) || first < 0x80) this.fault = `the server sent opcode ${opcode}, or a fragment`
    if (this.frames.at(-1)?.opcode === 8) this.fault = 'the server sent a frame behind its close frame'
    const start = second < 126 ? 2 : second === 126 ? 4 : 10
    if (this.fault !== undefined || bytes.length < start) return false
    const length = start === 2 ? second : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    const form = shortest(length)
    if ((form === 7 ? 2 : 2 + form / 8) !== start) this.fault = `the server wrote the length ${length} in ${start} bytes`
    if (bytes.length < start + length) return false
    this.frames.push({ fin: true, rsv: (first >> 4) & 7, opcode, payload: bytes.subarray(start, start + length) })
    this.#unread = bytes.subarray(start + length)
    return true
  }
}
