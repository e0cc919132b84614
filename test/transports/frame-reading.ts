// What the tests of FrameReader share: it is joined with FrameScan and with a Receiver of `ws` for what it passes on, as the
// transport joins them; and one Receiver alone that gets all the bytes, to compare with.
import type { Writable } from 'node:stream'
import * as wsModule from 'ws'
import { FrameReader, type FrameTarget } from '../../src/transports/frame-reader.js'
import { FrameScan } from '../../src/transports/frame-scan.js'
import { turn } from '../rfc/peer.js'

/** Exported by ws, but not in its types. */
const { Receiver } = wsModule as unknown as { Receiver: new (options: object) => Writable }

export interface Limits {
  readonly maxBytes: number
  readonly validates: boolean
}
export const LIMITS: Limits = { maxBytes: 100_000, validates: true }
export type Event = readonly [kind: string, ...data: unknown[]]

/** What one Receiver hears; `ended` is told of its error and of the peer's close. */
function receiver({ maxBytes, validates }: Limits, log: Event[], ended: () => void = () => undefined): Writable {
  const made = new Receiver({ isServer: true, maxPayload: maxBytes, skipUTF8Validation: !validates })
  made.on('message', (data: Buffer, isBinary: boolean) =>
    log.push(isBinary ? ['binary', data.toString('hex')] : ['text', data.toString(), data.length]),
  )
  for (const kind of ['ping', 'pong']) made.on(kind, (data: Buffer) => log.push([kind, data.toString('hex')]))
  made.on('conclude', (code: number, reason: Buffer) => (log.push(['close', code, reason.toString()]), ended()))
  made.on('error', (error: Error & { code?: string }) => (log.push(['error', error.code]), ended()))
  return made
}
export async function byWs(bytes: Buffer, limits = LIMITS): Promise<Event[]> {
  const log: Event[] = []
  receiver(limits, log).write(Buffer.from(bytes))
  await turn() // errors come late
  return log
}

export interface Heard {
  readonly events: readonly Event[]
  /** What was passed on. */
  readonly others: readonly Buffer[]
  /** What was passed on, as it was then. */
  readonly passed: Buffer
}
/** The chunks one after the other, as a network brings them, until an error or the end. */
export async function byBoth(chunks: readonly Buffer[], limits = LIMITS): Promise<Heard> {
  const events: Event[] = []
  const [others, passed]: [Buffer[], Buffer[]] = [[], []]
  const kept: [Uint8Array, Buffer][] = []
  let scan: FrameScan | null = null
  let reads = true
  const forOthers = receiver(limits, events, () => (reads = false))
  const reader = new FrameReader(limits.maxBytes, limits.validates)
  const target: FrameTarget = {
    _partial: null,
    _text: (data, bytes) => void events.push(['text', data, bytes]),
    _binary(data) {
      events.push(['binary', Buffer.from(data).toString('hex')])
      kept.push([data, Buffer.from(data)])
    },
    _others(bytes) {
      if (!reads) return false
      others.push(bytes)
      passed.push(Buffer.from(bytes))
      if ((scan ??= new FrameScan()).scan(bytes) >= 0) throw new Error('these tests have no bad lengths')
      return forOthers.write(bytes)
    },
  }
  for (const chunk of chunks) {
    if (!reads) break
    reader.read(target, chunk, scan)
    await turn()
  }
  for (const [data, before] of kept) if (!before.equals(data)) throw new Error('what the target was given has changed')
  return { events, others, passed: Buffer.concat(passed) }
}
/** At these places (any order, any number), out of one memory: views of any alignment. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const own = Buffer.from(bytes)
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return ends.map((end, i) => own.subarray(ends[i - 1] ?? 0, end))
}
/** In pieces of so many bytes, each with a memory of its own. */
export function pieces(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(i * size, (i + 1) * size)))
}

// ---- Payloads of so many bytes

export const noise = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, i) => (i * 173 + size) & 0xff))
export const asciiText = (size: number): Buffer => Buffer.alloc(size, 'The quick brown fox. ')
/** Valid, with characters of all lengths. */
export const wideText = (size: number): Buffer => Buffer.from(`${'é€🐙a'.repeat(Math.floor(size / 10))}${'z'.repeat(size % 10)}`)
