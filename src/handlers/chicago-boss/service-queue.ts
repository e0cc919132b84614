// What waits for a service: joins, texts, closes and broadcasts in the order in which they came, and the sockets that have
// joined. It outlives the service's process, so that a crash loses nothing but the event in hand. Entered by socket-handler,
// router and broadcast, which put something in, and by service-server, which takes it out.
//
//   put() ──▶ [ e1 e2 e3 ]      each event also goes as a message to the process: so its turn comes in order with
//               │               everything else that is sent to the service
//   take() ◀────┘               a new process sends itself what is left, after the joins that are to be replayed
import type { ExitReason } from '../../base/exit-reason.js'
import { Fifo } from '../../base/fifo.js'
import type { AnyPid, Pid } from '../../base/pid.js'
import { watchEnd } from '../../runtime/alias.js'
import { BUSY, type Process, processOf } from '../../runtime/process.js'
import { post } from '../../runtime/send.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import type { Reason08 } from '../../sockets/reason08.js'
import { INTERNAL_ERROR } from '../../wire/close-codes.js'
import { JOINING, type Member, REFUSED, WAITING } from './member.js'
import type { AnyServiceModule } from './types.js'

/** A join is replayed so often at most when the service ends in it. */
const MAX_JOIN_FAILURES = 2

/** Something for a service. What it says is private: reports and `processInfo` show kind and socket only. */
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
}

/** Which service: what does not change. */
export interface ServicePlan {
  /** The name of its module. */
  readonly name: string
  readonly url: string
  readonly module: AnyServiceModule
  /** After a restart: joins again and nothing lost, or as in Chicago Boss. */
  readonly restart: 'replay' | 'faithful'
}

/** Has a process ended by itself since it was started? Those whose processes end together share one. */
export interface Fate {
  hasCrashed: boolean
}

/** The queue of one service process. */
export class ServiceQueue {
  readonly plan: ServicePlan
  /** In the order in which they joined, without those that have left. */
  readonly members = new Set<Member>()
  /** The supervisor that starts the process again: its end is the service's. */
  keeper: AnyPid | undefined = undefined
  /** Who hears that the service has been told of the end of a socket. */
  onClosed: ((member: Member) => void) | undefined = undefined
  /** Why it ends, once it does: told to, or too many crashes. */
  fate: Fate = { hasCrashed: false }
  #events = new Fifo<ServiceEvent>()
  #process: Process | undefined = undefined
  /** Whose `handleClose` runs, or has crashed. */
  #closing: Member | undefined = undefined
  #isAbandoned = false

  constructor(plan: ServicePlan) {
    this.plan = plan
  }

  get length(): number {
    return this.#events.length
  }
  /** The process that runs the callbacks; undefined while there is none. */
  get pid(): Pid | undefined {
    return this.#process === undefined || processOf(this.#process.pid) === undefined ? undefined : this.#process.pid
  }
  /** False once nobody starts the service again. */
  get isUp(): boolean {
    return !this.#isAbandoned && (this.keeper === undefined || processOf(this.keeper) !== undefined)
  }

  // ---- What comes in

  join(member: Member): void {
    member.enter(this)
    this.members.add(member)
    this.#put(new ServiceEvent('join', member))
  }
  incoming(member: Member, text: string): void {
    const bytes = Buffer.byteLength(text)
    member.forwarded(bytes)
    this.#put(new ServiceEvent('incoming', member, text, bytes))
  }
  /** The first one counts: the socket itself knows best why it ends, and a killed one says nothing. */
  leave(member: Member, reason: Reason08): void {
    if (member.hasLeft) return
    member.hasLeft = true
    this.members.delete(member)
    this.#put(new ServiceEvent('close', member, reason))
  }
  broadcast(message: unknown): void {
    this.#put(new ServiceEvent('broadcast', undefined, message))
  }
  #put(event: ServiceEvent): void {
    if (!this.isUp) return
    this.#events.push(event)
    if (this.#process !== undefined) post(this.#process, event)
  }

  // ---- What the service's process does

  /** A process begins: the one after another takes over what waits. */
  begin(process: Process): void {
    if (this.#process !== undefined) this.#recover()
    this.#process = process
    this.fate.hasCrashed = false
    watchEnd(null, process, (reason) => this.#ended(reason))
    if (this.#closing !== undefined) this.closed(this.#closing) // the last one has ended in it: it is not called again
    const { length } = this.#events
    for (let i = 0; i < length; i++) {
      const event = this.#events.shift()
      this.#events.push(event)
      post(process, event)
    }
  }
  /** The next event; it counts as handled whatever comes of it. */
  take(): ServiceEvent | undefined {
    if (this.#events.length === 0) return undefined
    const event = this.#events.shift()
    if (event.kind === 'incoming') event.member?.taken(event.bytes)
    else if (event.kind === 'close') this.#closing = event.member
    return event
  }
  /** `handleClose` has been done. */
  closed(member: Member): void {
    this.#closing = undefined
    this.onClosed?.(member)
  }
  /** The process could not be started at all. */
  abandon(): void {
    this.#isAbandoned = true
    this.fate.hasCrashed = true
  }

  /** A supervisor that ends its child waits for that; one that hears of a crash has not waited for it. */
  #ended(reason: ExitReason): void {
    const keeper = this.keeper === undefined ? undefined : processOf(this.keeper)
    if (keeper?.state !== BUSY || (reason !== 'shutdown' && reason !== 'killed')) this.fate.hasCrashed = true
  }

  #recover(): void {
    const waiting = this.#events
    this.#events = new Fifo()
    if (this.plan.restart === 'faithful') {
      while (waiting.length > 0) this.#keepClose(waiting.shift())
      return
    }
    for (const member of this.members) this.#rejoin(member)
    while (waiting.length > 0) this.#events.push(waiting.shift())
  }
  /** In Chicago Boss what waits is lost with the process. That a socket is gone is not. */
  #keepClose(event: ServiceEvent): void {
    if (event.kind === 'close') this.#events.push(event)
    else if (event.kind === 'incoming') event.member?.taken(event.bytes)
  }
  #rejoin(member: Member): void {
    if (member.phase === WAITING || member.phase === REFUSED) return
    if (member.phase === JOINING && ++member.failures >= MAX_JOIN_FAILURES) {
      // It would take the service down again and again, and all the others with it; so would texts of one that has not joined.
      member.phase = REFUSED
      pushTo(member.webSocket, close(INTERNAL_ERROR))
      return
    }
    member.phase = WAITING
    this.#events.push(new ServiceEvent('rejoin', member))
  }
}
