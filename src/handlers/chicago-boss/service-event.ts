// Something for a service: a join, a text, the end of a socket, a broadcast. Data; entered by service-queue, which makes and keeps
// them, and by service-server, which handles them.
import type { Member } from './member.js'

/** What an event costs while it waits, beside its text. */
const EVENT_BYTES = 64

/** What it says is private: reports and `processInfo` show kind and socket only. */
export class ServiceEvent {
  readonly kind: 'join' | 'rejoin' | 'incoming' | 'close' | 'broadcast'
  readonly member: Member | undefined
  /** Of a text. */
  readonly bytes: number
  readonly #data: unknown
  constructor(kind: ServiceEvent['kind'], member?: Member, data?: unknown, bytes = 0) {
    this.kind = kind
    this.member = member
    this.#data = data
    this.bytes = bytes
  }
  get data(): unknown {
    return this.#data
  }
  get weight(): number {
    return this.bytes + EVENT_BYTES
  }
}
