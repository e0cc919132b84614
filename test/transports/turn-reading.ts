// What the tests of Turn share: a net.Socket that keeps what it is given, and a decoder of what has been written.
import type { Socket as NetSocket } from 'node:net'
import type { Opcode } from '../../src/sockets/frames.js'
import type { Turn } from '../../src/transports/turn.js'

export const KIB_64 = 65_536
export type Done = (error?: Error | null) => void

/** A net.Socket that keeps what it is given. */
export class FakeNet {
  readonly calls: string[] = []
  readonly written: Uint8Array[] = []
  readonly dones: (Done | undefined)[] = []
  cork(): void {
    this.calls.push('cork')
  }
  uncork(): void {
    this.calls.push('uncork')
  }
  write(bytes: Uint8Array, done?: Done): boolean {
    this.calls.push('write')
    this.written.push(bytes)
    this.dones.push(done)
    return true
  }
  get bytes(): Buffer {
    return Buffer.concat(this.written)
  }
}
export function flush(turn: Turn, done?: Done): FakeNet {
  const net = new FakeNet()
  turn.writeTo(net as unknown as NetSocket, done)
  return net
}

/** Opcode, payload in hex, and the bytes of the header. */
export type Read = readonly [opcode: number, payload: string, header: number]
/** RFC 6455 section 5.2, for frames of a server in one fragment each. */
export function decode(bytes: Buffer): Read[] {
  const frames: Read[] = []
  for (let at = 0; at < bytes.length; ) {
    const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
    if ((first & 0xf0) !== 0x80 || second > 127)
      throw new Error(`a bad header at ${at}: ${bytes.subarray(at, at + 10).toString('hex')}`)
    const header = second < 126 ? 2 : second === 126 ? 4 : 10
    const length = header === 2 ? second : header === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    const [start, end] = [at + header, at + header + length]
    if (end > bytes.length) throw new Error(`${end - bytes.length} bytes are missing of the frame at ${at}`)
    frames.push([first & 15, bytes.toString('hex', start, end), header])
    at = end
  }
  return frames
}
/** Section 5.2: "the minimal number of bytes MUST be used to encode the length". */
const headerOf = (length: number): number => (length < 126 ? 2 : length < KIB_64 ? 4 : 10)
/** What is to be read of a frame that was added. */
export function expected(opcode: Opcode, data: string | Uint8Array): Read {
  const payload = Buffer.from(data as Uint8Array)
  return [opcode, payload.toString('hex'), headerOf(payload.length)]
}
export const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 0xff)
