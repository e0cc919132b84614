// A WebSocket client of raw bytes: sends what it is told to, right or wrong, and reads what a server sends, strictly. Entered
// by the protocol suite and by the attacks.
import { connect, type Socket as NetSocket } from 'node:net'

export const CONTINUATION = 0x0
export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa
/** RFC 6455 section 5.2: the reserved bits, as they stand in `FrameSpec.rsv`. */
export const RSV1 = 4

export type Form = 7 | 16 | 64
/** A frame of a client, with every knob. */
export interface FrameSpec {
  readonly fin?: boolean
  /** Three bits. */
  readonly rsv?: number
  readonly opcode: number
  /** Default: some key; false leaves the frame unmasked. */
  readonly mask?: Uint8Array | false
  /** How the length is written; default: as short as can be. */
  readonly form?: Form
  /** The announced length; default: that of the payload. */
  readonly length?: number | bigint
  readonly payload?: string | Uint8Array
}
/** A frame of the server. */
export interface ServerFrame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly payload: Buffer
}

let keys = 0x2545f491
function nextKey(): Buffer {
  keys = (Math.imul(keys, 1_664_525) + 1_013_904_223) >>> 0
  const key = Buffer.alloc(4)
  key.writeUInt32BE(keys)
  return key
}
export const shortest = (length: number): Form => (length < 126 ? 7 : length < 65_536 ? 16 : 64)

/** The bytes of a frame. */
export function frame({ fin = true, rsv = 0, opcode, mask = nextKey(), form, length, payload = '' }: FrameSpec): Buffer {
  const data = Buffer.from(payload as Uint8Array)
  const announced = BigInt(length ?? data.length)
  const how = form ?? shortest(Number(announced))
  const head = Buffer.alloc(how === 7 ? 2 : 2 + how / 8)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (mask === false ? 0 : 0x80) | (how === 7 ? Number(announced) : how === 16 ? 126 : 127)
  if (how === 16) head.writeUInt16BE(Number(announced), 2)
  if (how === 64) head.writeBigUInt64BE(announced, 2)
  if (mask === false) return Buffer.concat([head, data])
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) ^ (mask[i % 4] as number)
  return Buffer.concat([head, mask, data])
}
export const text = (payload: string | Uint8Array): Buffer => frame({ opcode: TEXT, payload })
export const binary = (payload: Uint8Array): Buffer => frame({ opcode: BINARY, payload })
export const ping = (payload: string | Uint8Array = ''): Buffer => frame({ opcode: PING, payload })
/** The parts as fragments of one message. */
export function fragments(opcode: number, parts: readonly (string | Uint8Array)[], rsv = 0): Buffer[] {
  return parts.map((payload, i) =>
    frame({ fin: i === parts.length - 1, rsv: i === 0 ? rsv : 0, opcode: i === 0 ? opcode : CONTINUATION, payload }),
  )
}
/** The payload of a close frame. */
export function closing(code?: number, reason: string | Uint8Array = ''): Buffer {
  if (code === undefined) return Buffer.alloc(0)
  return Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason as Uint8Array)])
}
export const close = (code?: number, reason?: string | Uint8Array): Buffer =>
  frame({ opcode: CLOSE, payload: closing(code, reason) })

export interface OpenOptions {
  readonly path?: string
  /** Headers more, or instead. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes that go out together with the handshake. */
  readonly first?: Buffer
}
/** The bytes of a handshake. */
export function handshake({ path = '/ws', headers = {} }: OpenOptions = {}): string {
  const all: Record<string, string> = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
/** One turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One connection of raw bytes. It keeps its side open when the server ends its own. */
export class Peer {
  readonly socket: NetSocket
  /** The answer to the handshake, up to its empty line. */
  head = ''
  /** What came and was not taken yet. */
  readonly frames: ServerFrame[] = []
  /** The server has ended its side. */
  hasEnded = false
  isClosed = false
  /** What is wrong with what the server sent, or why the connection broke. */
  fault: Error | undefined
  #unread = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.socket.on('end', () => this.#change(() => (this.hasEnded = true)))
    this.socket.on('error', (error) => this.#change(() => (this.fault ??= error)))
    this.socket.on('close', () => this.#change(() => (this.isClosed = true)))
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames))
  }
  /** The next frame; rejects if the connection ends before it. */
  async next(): Promise<ServerFrame> {
    await this.#until(() => this.frames.length > 0 || this.hasEnded || this.isClosed)
    const found = this.frames.shift()
    if (found === undefined) throw new Error(`the connection ended without a frame (${this.fault?.message ?? 'no error'})`)
    return found
  }
  /** The payload of the next frame, which must be a whole message of this kind. */
  async take(opcode: number): Promise<Buffer> {
    const { fin, rsv, opcode: got, payload } = await this.next()
    if (!fin || rsv !== 0 || got !== opcode)
      throw new Error(`expected opcode ${opcode}, got ${got} (fin ${String(fin)}, rsv ${rsv}, ${payload.toString('hex')})`)
    return payload
  }
  /** The payload of the close frame, which must come next; then the server ends its side at once, and this side ends too. */
  async ending(): Promise<{ code: number | undefined; reason: string }> {
    const payload = await this.take(CLOSE)
    await this.ended()
    return { code: payload.length === 0 ? undefined : payload.readUInt16BE(0), reason: payload.subarray(2).toString() }
  }
  /** Waits until the server has ended its side, without a frame before; then this side ends too. */
  async ended(): Promise<void> {
    await this.#until(() => this.hasEnded || this.isClosed || this.frames.length > 0)
    if (this.frames.length > 0) throw new Error(`opcode ${this.frames[0]?.opcode} came after the end`)
    this.socket.end()
    await this.#until(() => this.isClosed)
  }
  /** Waits for the answer to a handshake; its status. */
  async status(): Promise<number> {
    await this.#until(() => this.head !== '' || this.hasEnded || this.isClosed)
    return Number(this.head.split(' ')[1])
  }
  /** A header of the answer. */
  header(name: string): string | undefined {
    const line = this.head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}: `))
    return line?.slice(name.length + 2)
  }
  destroy(): void {
    this.socket.destroy()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.fault?.message.startsWith('server:') === true) throw this.fault
  }
  #change(change: () => void): void {
    change()
    for (const wake of this.#waiting.splice(0)) wake()
  }
  #read(chunk: Buffer): void {
    this.#change(() => {
      this.#unread = Buffer.concat([this.#unread, chunk])
      if (this.head === '') this.#readHead()
      if (this.head !== '') this.#readFrames()
    })
  }
  #readHead(): void {
    const end = this.#unread.indexOf('\r\n\r\n')
    if (end < 0) return
    this.head = this.#unread.subarray(0, end).toString('latin1')
    this.#unread = this.#unread.subarray(end + 4)
  }
  #readFrames(): void {
    if (!this.head.startsWith('HTTP/1.1 101')) return
    for (let next = parse(this.#unread); next !== undefined; next = parse(this.#unread)) {
      if (typeof next === 'string') {
        this.fault ??= new Error(`server: ${next}`)
        return
      }
      this.#unread = this.#unread.subarray(next.size)
      this.frames.push(next.frame)
    }
  }
}

/** The first frame of the bytes; undefined if it is not whole, what is wrong if it breaks RFC 6455. */
function parse(bytes: Buffer): { frame: ServerFrame; size: number } | string | undefined {
  if (bytes.length < 2) return undefined
  const [first, second] = [bytes[0] as number, bytes[1] as number]
  // Section 5.1: "A server MUST NOT mask any frames that it sends to the client."
  if (second >= 0x80) return 'it masked a frame'
  const start = second < 126 ? 2 : second === 126 ? 4 : 10
  if (bytes.length < start) return undefined
  const length = start === 2 ? second : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const form = shortest(length)
  if ((form === 7 ? 2 : 2 + form / 8) !== start) return `it wrote the length ${length} in ${start} bytes`
  const opcode = first & 15
  if (opcode > 7 && (length > 125 || first < 0x80)) return 'it sent a control frame that is fragmented or too long'
  if (bytes.length < start + length) return undefined
  const payload = Buffer.from(bytes.subarray(start, start + length))
  return { frame: { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode, payload }, size: start + length }
}
