// The demo application and what can be done to it. It lives in the process of the stage, which monitors everything that runs in
// the tree: after each end it looks at the whole tree again and tells the chronicle what has become of it.
import {
  type AnyPid,
  type Down,
  dynamicSupervisor,
  type Receiver,
  type Ref,
  supervisor,
  type SupervisorPid,
  unwrap,
} from 'gensock'
import { Chronicle } from './chronicle.js'
import { look } from './look.js'
import type { How, Order } from './orders.js'
import { deserted, type Place, type Table, tableOf } from './place.js'
import { childOf, DEMO, guest, GUESTS, specOf } from './plan.js'
import { inShort, story } from './story.js'
import { strike } from './strike.js'

const ANEW_MS = 2000
const DOWN_MS = 2000
const FIRST_GUESTS = 2

export class Demo {
  readonly chronicle: Chronicle
  readonly #self: Receiver<any>
  #top: SupervisorPid | undefined
  #tree: Place = deserted(DEMO)
  #table: Table = tableOf(this.#tree)
  /** The monitors of all that runs, by pid. */
  readonly #monitors = new Map<string, { readonly ref: Ref; readonly name: string }>()

  constructor(self: Receiver<any>, now: () => number) {
    this.#self = self
    this.chronicle = new Chronicle(now)
  }

  get tree(): Place {
    return this.#tree
  }
  /** Has the application ended? */
  get over(): boolean {
    return this.#top === undefined
  }

  /** Starts the application, with its first guests; again after its end. */
  async start(): Promise<void> {
    const again = this.chronicle.lines.length > 0
    this.#top = unwrap(await this.#self.run(() => supervisor.startLink(specOf(DEMO))))
    await this.look()
    for (let n = 0; n < FIRST_GUESTS; n++) {
      await this.#startGuest()
      await this.look()
    }
    if (again) this.chronicle.restarted([...tableOf(deserted(DEMO)).keys()])
    this.chronicle.write('anew', again ? 'the application has started anew' : 'the application has started')
  }
  /** Ends the application, and waits for it. */
  async stop(): Promise<void> {
    const top = this.#top
    if (top !== undefined && this.#self.isAlive(top)) await this.#self.run(() => supervisor.stop(top, 'shutdown'))
  }

  /** Looks at the tree, tells what has become of those that ended, and monitors whoever is new. */
  async look(ended: readonly Down[] = []): Promise<void> {
    const tree = this.#top === undefined ? undefined : await look(this.#self, DEMO, this.#top)
    const downs = [...ended, ...(await this.#moreDowns())]
    if (tree === undefined && this.#top !== undefined) {
      this.#top = undefined
      this.#self.sendAfter(ANEW_MS, { type: 'anew' })
    }
    const before = this.#table
    this.#tree = tree ?? deserted(DEMO)
    this.#table = tableOf(this.#tree)
    this.#tell(downs, before, tree === undefined ? tableOf(undefined) : this.#table)
    this.chronicle.keep(this.#table)
    this.#monitor()
  }
  /** Is this the end of a process of the tree? */
  knows({ pid }: Down): boolean {
    return this.#monitors.has(String(pid))
  }

  // One end often comes with others: those that the supervisor has ended as well. Who is told of once is not told of again.
  #tell(downs: readonly Down[], before: Table, after: Table): void {
    const told = new Set<string>()
    for (const { pid, reason } of downs) {
      const name = this.#monitors.get(String(pid))?.name
      if (name === undefined || told.has(name)) continue
      const what = story(before, after, name, reason)
      this.chronicle.tell(what)
      for (const one of [name, ...what.concerns]) told.add(one)
    }
  }
  async #moreDowns(): Promise<Down[]> {
    const downs: Down[] = []
    const ours = (message: { readonly type?: unknown }): boolean => message.type === 'DOWN' && this.knows(message as Down)
    for (;;) {
      const down = (await this.#self.receive(ours, { afterMs: 0 })) as Down | undefined
      if (down === undefined) return downs
      downs.push(down)
    }
  }

  /** Carries out an order. Answers `ok` once it is done and told, or in words why not. */
  async obey(order: Order): Promise<string> {
    if (this.over) return 'the application is over; it starts anew in a moment'
    if (order.type === 'add') return this.#add()
    const entry = this.#table.get(order.name)
    if (entry === undefined) return `there is no child named ${JSON.stringify(order.name)}`
    if (entry.above === undefined) return `${order.name} is nobody's child`
    if (order.type === 'crash') return this.#crash(entry.place, order.how)
    return order.type === 'stop' ? this.#stop(entry.place, entry.above) : this.#startAgain(entry.place, entry.above)
  }

  // ---- Orders

  async #crash({ name, kind, pid }: Place, how: How): Promise<string> {
    const self = this.#self
    const watched = pid === undefined ? undefined : this.#monitors.get(String(pid))
    if (pid === undefined || watched === undefined) return `${name} is not running`
    await strike(self, kind, pid, how)
    const isDown = (message: Down): boolean => message.type === 'DOWN' && message.ref === watched.ref
    const down = (await self.receive(isDown, { afterMs: DOWN_MS })) as Down | undefined
    if (down === undefined) return `${name} did not end`
    await this.look([down])
    return 'ok'
  }

  async #add(): Promise<string> {
    const result = await this.#startGuest()
    if (result[1] === 'max_children') return `${GUESTS.name} takes no more than ${GUESTS.maxChildren} children (max_children)`
    if (result[0] === 'error') return `nobody was added: ${result[1]}`
    await this.look()
    this.chronicle.write('note', `${result[1]} was added by hand`)
    return 'ok'
  }
  async #startGuest(): Promise<readonly ['ok' | 'error', string]> {
    const { pid, children = [] } = this.#table.get(GUESTS.name)?.place ?? {}
    const taken = new Set(children.map(({ name }) => name))
    let number = 1
    while (taken.has(`guest ${number}`)) number++
    const name = `guest ${number}`
    const spec = childOf(guest(name))
    const result = await this.#self.run(() => dynamicSupervisor.startChild(pid as SupervisorPid, spec))
    return result[0] === 'ok' ? ['ok', name] : ['error', inShort(result[1])]
  }

  async #stop({ name, pid }: Place, above: Place): Promise<string> {
    if (above.kind !== 'dynamicSupervisor' || pid === undefined) return `${name} is no guest`
    this.#forget(String(pid)) // this end is told by hand
    await this.#self.run(() => dynamicSupervisor.terminateChild(above.pid as SupervisorPid, pid))
    await this.look()
    this.chronicle.write('note', `${name} was stopped by hand`)
    return 'ok'
  }

  async #startAgain({ name }: Place, above: Place): Promise<string> {
    if (above.kind !== 'supervisor') return `${name} is running`
    const result = await this.#self.run(() => supervisor.restartChild(above.pid as SupervisorPid, name))
    if (result[0] === 'error') return `${name} was not started: ${inShort(result[1])}`
    await this.look()
    this.chronicle.write('note', `${name} was started again by hand`)
    return 'ok'
  }

  // ---- Monitors

  #monitor(): void {
    const running = new Map<string, Place>()
    for (const { place } of this.#table.values()) if (place.pid !== undefined) running.set(String(place.pid), place)
    for (const pid of this.#monitors.keys()) if (!running.has(pid)) this.#forget(pid)
    for (const [pid, place] of running) {
      if (!this.#monitors.has(pid)) this.#monitors.set(pid, { ref: this.#self.monitor(place.pid as AnyPid), name: place.name })
    }
  }
  #forget(pid: string): void {
    const watched = this.#monitors.get(pid)
    if (watched !== undefined) this.#self.demonitor(watched.ref, { flush: true })
    this.#monitors.delete(pid)
  }
}
