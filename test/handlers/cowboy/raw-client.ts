// A client of raw bytes: writes a handshake and frames as they are given, reads HTTP answers and frames one by one, as short texts.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const HANDSHAKE: Readonly<Record<string, string>> = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
export interface HttpAnswer {
  readonly status: number
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly rsv1: boolean
  readonly payload: Buffer
}
export interface OpenOptions {
  readonly path?: string
  /** In place of those of an ordinary handshake; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly line?: string
  /** Bytes in the same segment, behind the request. */
  readonly early?: Buffer
}
export const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10] as const
const NAMES: Readonly<Record<number, string>> = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' }

/** The bytes of a frame as a client sends it: masked, whole, unless said otherwise. */
export function frame(
  opcode: number,
  payload: string | Buffer = '',
  { fin = true, rsv = 0, masked = true, length }: { fin?: boolean; rsv?: number; masked?: boolean; length?: number } = {},
): Buffer {
  const data = Buffer.from(payload)
  const size = length ?? data.length
  const extended = size < 126 ? Buffer.alloc(0) : size < 65_536 ? Buffer.alloc(2) : Buffer.alloc(8)
  if (extended.length === 2) extended.writeUInt16BE(size)
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(size))
  const short = size < 126 ? size : size < 65_536 ? 126 : 127
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short])
  const key = Buffer.from(masked ? [1, 2, 3, 4] : [])
  const body = Buffer.from(data.map((byte, index) => (masked ? byte ^ (key[index % 4] as number) : byte)))
  return Buffer.concat([head, extended, key, body])
}
/** A close frame of the client; without a code it is empty. */
export function closeFrame(code?: number, reason = ''): Buffer {
  if (code === undefined) return frame(CLOSE)
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]))
}

const open: RawClient[] = []
/** Cuts every client of the test. */
export function cutClients(): void {
  for (const client of open.splice(0)) client.cut()
}

/** One connection. */
export class RawClient {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #isOver = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    open.push(this)
    this.socket = connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    this.socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  /** A handshake that is expected to succeed. */
  static async open(port: number, options: OpenOptions = {}): Promise<RawClient> {
    const client = new RawClient(port)
    const answer = await client.ask(options)
    if (answer.status !== 101) throw new Error(`the handshake was answered ${answer.status} ${answer.body}`)
    return client
  }

  /** Sends a request, answers what came back. */
  async ask({ path = '/ws', headers = {}, line, early = Buffer.alloc(0) }: OpenOptions = {}): Promise<HttpAnswer> {
    const all = Object.entries({ ...HANDSHAKE, ...headers }).filter(([, value]) => value !== undefined)
    const text = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.write(Buffer.concat([Buffer.from(`${line ?? `GET ${path} HTTP/1.1`}\r\n${text}\r\n`, 'latin1'), early]))
    return this.answer()
  }
  write(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  async answer(): Promise<HttpAnswer> {
    const head = await this.#take(() => {
      const end = this.#bytes.indexOf('\r\n\r\n')
      return end < 0 ? undefined : [this.#bytes.subarray(0, end).toString('latin1'), end + 4]
    })
    const [first = '', ...lines] = head.split('\r\n')
    const headers = Object.fromEntries(
      lines.map((one) => [one.split(':')[0]?.toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
    )
    const status = Number(first.split(' ')[1])
    return { status, headers, body: await this.#body(headers) }
  }
  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    if (headers['transfer-encoding'] === 'chunked') {
      const all = await this.#take(() => {
        const end = this.#bytes.indexOf('0\r\n\r\n')
        return end < 0 ? undefined : [this.#bytes.subarray(0, end).toString(), end + 5]
      })
      return all.replaceAll(/^[0-9a-f]+\r\n|\r\n$/g, '')
    }
    const length = Number(headers['content-length'] ?? 0)
    return this.#take(() => (this.#bytes.length < length ? undefined : [this.#bytes.subarray(0, length).toString(), length]))
  }

  /** The next frame of the server. */
  frame(): Promise<Frame> {
    return this.#take(() => {
      const [first, second] = this.#bytes
      if (first === undefined || second === undefined) return undefined
      const short = second & 0x7f
      const start = short === 126 ? 4 : short === 127 ? 10 : 2
      if (this.#bytes.length < start) return undefined
      const length = short === 126 ? this.#bytes.readUInt16BE(2) : short === 127 ? Number(this.#bytes.readBigUInt64BE(2)) : short
      if (this.#bytes.length < start + length) return undefined
      const payload = Buffer.from(this.#bytes.subarray(start, start + length))
      const found = { opcode: first & 0xf, fin: (first & 0x80) !== 0, rsv1: (first & 0x40) !== 0, payload }
      return [found, start + length]
    })
  }
  /** The next frame as text: 'text hi', 'binary 0102', 'pong p', 'close', 'close 4001 bye'. */
  async next(): Promise<string> {
    const { opcode, payload } = await this.frame()
    const name = NAMES[opcode] ?? `opcode ${opcode}`
    if (opcode === BINARY) return `${name} ${payload.toString('hex')}`.trim()
    if (opcode !== CLOSE) return `${name} ${payload.toString()}`.trim()
    return payload.length < 2 ? name : `${name} ${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`.trim()
  }
  async nexts(count: number): Promise<string[]> {
    const all: string[] = []
    while (all.length < count) all.push(await this.next())
    return all
  }
  /** Every frame until the connection ends; a close frame is answered, as a peer does. 'cut' is an end without one. */
  async rest(): Promise<string[]> {
    const all: string[] = []
    for (;;) {
      const frame = await this.next().catch(() => undefined)
      if (frame === undefined) return all.some((one) => one.startsWith('close')) ? all : [...all, 'cut']
      all.push(frame)
      if (frame.startsWith('close')) this.write(closeFrame(Number(frame.split(' ')[1] ?? '1000')))
    }
  }
  /** Has the server ended the connection? */
  get isOver(): boolean {
    return this.#isOver
  }
  /** Resolves when it has. */
  async over(): Promise<void> {
    while (!this.#isOver) await this.#change()
  }
  cut(): void {
    this.socket.destroy()
  }
  /** With a TCP reset. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy()
    if (!this.#isOver) await once(this.socket, 'close')
  }

  async #take<T>(parse: () => readonly [value: T, bytes: number] | undefined): Promise<T> {
    for (;;) {
      const found = parse()
      if (found !== undefined) {
        this.#bytes = this.#bytes.subarray(found[1])
        return found[0]
      }
      if (this.#isOver) throw new Error('the connection has ended')
      await this.#change()
    }
  }
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
