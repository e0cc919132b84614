// What waits for a service, in the order in which it came, and the sockets that have joined. It outlives the service's process,
// so that a crash loses nothing but the event in hand. Entered by member, router and the two kinds of services, which put
// something in, and by service-server, which takes it out.
//
//   put() ──▶ [ e1 e2 e3 ]      each event also goes as a message to the process: so its turn comes in order with
//               │               everything else that is sent to the service
//   take() ◀────┘               a new process sends itself what is left (replay)
import { Fifo } from '../../base/fifo.js'
import type { AnyPid, Pid } from '../../base/pid.js'
import { watchEnd } from '../../runtime/alias.js'
import { type Process, processOf } from '../../runtime/process.js'
import { post } from '../../runtime/send.js'
import type { Reason08 } from '../../sockets/reason08.js'
import type { Fate } from './fate.js'
import type { Member } from './member.js'
import { closesOf, replayed } from './replay.js'
import type { Load, ServicePlan } from './running.js'
import { ServiceEvent } from './service-event.js'

/** The queue of one service process. */
export class ServiceQueue {
  readonly plan: ServicePlan
  /** In the order in which they joined, until their `handleClose` is called. */
  readonly members = new Set<Member>()
  readonly fate: Fate
  /** Called when the service has been told of the end of a socket. */
  onClosed: (() => void) | undefined = undefined
  readonly #load: Load
  #keeper: AnyPid | undefined = undefined
  #events = new Fifo<ServiceEvent>()
  #process: Process | undefined = undefined
  /** `handleClose` runs, or the process has ended in it. */
  #isClosing = false
  #isAbandoned = false

  constructor(plan: ServicePlan, load: Load, fate: Fate) {
    this.plan = plan
    this.#load = load
    this.fate = fate
  }

  get length(): number {
    return this.#events.length
  }
  /** How many sockets are open. */
  get sockets(): number {
    let open = 0
    for (const { hasLeft } of this.members) if (!hasLeft) open++
    return open
  }
  /** The process that runs the callbacks; undefined while there is none. */
  get pid(): Pid | undefined {
    return this.#process === undefined || processOf(this.#process.pid) === undefined ? undefined : this.#process.pid
  }
  /** False once nobody starts the service again. */
  get isUp(): boolean {
    return !this.#isAbandoned && (this.#keeper === undefined || processOf(this.#keeper) !== undefined)
  }
  /** The supervisor that starts the process again: its end is the service's, and nobody takes what waits then. */
  get keeper(): AnyPid | undefined {
    return this.#keeper
  }
  keptBy(pid: AnyPid): void {
    this.#keeper = pid
    const process = processOf(pid)
    if (process !== undefined) watchEnd(null, process, () => this.drop())
  }
  /** The process could not be started at all. */
  abandon(): void {
    this.#isAbandoned = true
    this.fate.endsItself()
  }
  /** What waits is for nobody. */
  drop(): void {
    while (this.#events.length > 0) this.#taken(this.#events.shift())
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
    if (this.isUp) this.#put(new ServiceEvent('close', member, reason))
    else this.members.delete(member)
  }
  broadcast(message: unknown): void {
    this.#put(new ServiceEvent('broadcast', undefined, message))
  }
  #put(event: ServiceEvent): void {
    if (!this.isUp) return
    this.#events.push(event)
    this.#load.bytes += event.weight
    if (this.#process !== undefined) post(this.#process, event)
  }

  // ---- What the service's process does

  /** A process begins; one that comes after another takes over what waits. */
  begin(process: Process): void {
    if (this.#process !== undefined) {
      const { members, plan } = this
      this.#events =
        plan.restart === 'replay' ? replayed(members, this.#events) : closesOf(this.#events, (event) => this.#taken(event))
    }
    this.#process = process
    this.fate.began(process)
    if (this.#isClosing) this.closed() // the last one has ended in it: it is not called again
    const { length } = this.#events
    for (let i = 0; i < length; i++) post(process, this.#events.at(i))
  }
  /** The next event; it counts as handled whatever comes of it. */
  take(): ServiceEvent | undefined {
    if (this.#events.length === 0) return undefined
    const event = this.#events.shift()
    this.#taken(event)
    if (event.kind === 'close') this.#isClosing = true
    return event
  }
  /** `handleClose` has been done. */
  closed(): void {
    this.#isClosing = false
    this.onClosed?.()
  }

  #taken(event: ServiceEvent): void {
    if (event.kind !== 'rejoin') this.#load.bytes -= event.weight
    if (event.kind === 'incoming') event.member?.taken(event.bytes)
    else if (event.kind === 'close') this.members.delete(event.member as Member)
  }
}
