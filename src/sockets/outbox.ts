// What is done with frames for a peer that does not take them fast enough: one policy for each socket. Made when a peer is behind for the
// first time. Entered by connection; what the policy keeps waits here, at most the high mark of it.
import { Fifo } from '../base/fifo.js'
import { copyData, FRAME_BYTES, nameOfOpcode, type Opcode, type OutFrame, PING, PONG, type SharedFrame } from './frames.js'
import type { SocketEvent } from './handler.js'
import type { OnSlowPeer } from './options.js'
import type { Transport } from './transport.js'

/** The connection, as its outbox sees it. */
export interface OutboxTarget {
  readonly transport: Transport
  /** From now on frames come here first, or no longer. */
  held(isHeld: boolean): void
  /** The policy gives the peer up. */
  tooSlow(): void
  /** A frame was dropped. */
  dropped(): void
  event(event: SocketEvent): void
}

/** One frame that waits. Of a key, `data` is replaced by what is newer. */
interface Waiting {
  readonly opcode: Opcode
  data: string | Uint8Array
  shared: SharedFrame | null
  compress: boolean
  bytes: number
  readonly key: string | undefined
}

/** The frames of one slow peer. */
export class Outbox {
  /** Bytes that wait here. */
  bytes = 0
  readonly #target: OutboxTarget
  readonly #policy: OnSlowPeer
  readonly #highBytes: number
  readonly #queue = new Fifo<Waiting>()
  readonly #byKey = new Map<string, Waiting>()
  #isHeld = false
  #isGivenUp = false
  #dropped = 0
  readonly #waiters: (() => void)[] = []

  constructor(target: OutboxTarget, policy: OnSlowPeer, highBytes: number) {
    this.#target = target
    this.#policy = policy
    this.#highBytes = highBytes
  }

  /** A frame that the transport did not take, or that comes after one which waits. */
  add(opcode: Opcode, data: string | Uint8Array, compress: boolean): void {
    this.#hold()
    // Control frames may overtake data (RFC 6455 section 5.5), and are never dropped.
    if (opcode === PING || opcode === PONG || this.#policy === 'wait') this.#target.transport.send(opcode, data, compress, true)
    else this.#keep(opcode, data, null, compress)
  }
  /** The same for a frame that goes to many. */
  addShared(frame: SharedFrame, compress: boolean): void {
    this.#hold()
    const isControl = frame.opcode === PING || frame.opcode === PONG
    if (isControl || this.#policy === 'wait') this.#target.transport.sendShared(frame, compress, true)
    else this.#keep(frame.opcode, frame.data, frame, compress)
  }

  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    this.#target.held(true)
    this.#target.event({ type: 'highWater', bytes: this.#target.transport.bufferedBytes })
  }

  /** The peer has caught up: what waits goes out, then everything goes straight to the transport again. */
  drained(bytes: number): void {
    while (this.#queue.length > 0) {
      if (!this.#write(this.#queue.at(0), false)) return // behind again; `drained` follows
      this.#forget(this.#queue.shift())
    }
    // One that was given up has missed something: it gets nothing more, however soon it catches up.
    if (this.#isHeld && !this.#isGivenUp) this.#letGo(bytes)
    this.release()
  }
  #letGo(bytes: number): void {
    this.#isHeld = false
    this.#target.held(false)
    const dropped = this.#dropped
    this.#dropped = 0
    this.#target.event({ type: 'lowWater', bytes, dropped })
  }
  /** Writes what waits, for a close frame comes after it. */
  flush(): void {
    while (this.#queue.length > 0) {
      const frame = this.#queue.shift()
      this.#write(frame, true)
      this.#forget(frame)
    }
  }

  /** Resolves when the peer has caught up, or the end of the socket is on its way. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }
  release(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  // ---- The policies

  #keep(opcode: Opcode, data: string | Uint8Array, shared: SharedFrame | null, compress: boolean): void {
    const policy = this.#policy
    if (this.#isGivenUp) return this.#drop()
    if (policy === 'close') return this.#giveUp()
    if (policy === 'dropNewest') return this.#drop()
    const key = typeof policy === 'object' ? policy.coalesce(frameOf(opcode, data)) : undefined
    const before = key === undefined ? undefined : this.#byKey.get(key)
    const safe = shared === null ? copyData(data) : data
    if (before !== undefined && before.opcode === opcode) this.#replace(before, safe, shared, compress)
    else this.#push({ opcode, data: safe, shared, compress, bytes: sizeOf(data), key })
    if (this.bytes <= this.#highBytes) return
    if (policy !== 'dropOldest') this.#giveUp()
    else while (this.bytes > this.#highBytes && this.#queue.length > 1) this.#dropOldest()
  }
  #push(frame: Waiting): void {
    this.#queue.push(frame)
    this.bytes += frame.bytes
    if (frame.key !== undefined) this.#byKey.set(frame.key, frame)
  }
  #replace(frame: Waiting, data: string | Uint8Array, shared: SharedFrame | null, compress: boolean): void {
    const bytes = sizeOf(data)
    this.bytes += bytes - frame.bytes
    frame.data = data
    frame.shared = shared
    frame.compress = compress
    frame.bytes = bytes
    this.#drop()
  }
  #dropOldest(): void {
    this.#forget(this.#queue.shift())
    this.#drop()
  }
  #giveUp(): void {
    this.#isGivenUp = true
    this.#target.tooSlow()
  }
  #drop(): void {
    this.#dropped++
    this.#target.dropped()
  }
  #forget(frame: Waiting): void {
    this.bytes -= frame.bytes
    if (frame.key !== undefined && this.#byKey.get(frame.key) === frame) this.#byKey.delete(frame.key)
  }
  #write({ opcode, data, shared, compress }: Waiting, evenIfBehind: boolean): boolean {
    const { transport } = this.#target
    if (shared !== null) return transport.sendShared(shared, compress, evenIfBehind)
    return transport.send(opcode, data, compress, evenIfBehind)
  }
}

/** As the policy's `coalesce` sees it. */
function frameOf(opcode: Opcode, data: string | Uint8Array): OutFrame {
  return [nameOfOpcode(opcode), data] as unknown as OutFrame
}
function sizeOf(data: string | Uint8Array): number {
  return FRAME_BYTES + Buffer.byteLength(data)
}
