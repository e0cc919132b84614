// What must be true of processes that send, link, watch and set timers: a model of its own, which knows nothing of the library's
// tables. Told of each act when it is done and of each message when it is handled; throws when a claim breaks. Entered by acts,
// actors and the scenario.
import { type ExitReason, isCrash, type Pid, type Ref } from 'gensock'
import type { Process } from '../../../src/runtime/process.js'

/** Something that must stand in a mailbox. */
interface Item {
  /** Messages of one sender keep their order; undefined = of nobody, a timer. */
  readonly from: Actor | 'outside' | undefined
  /** A message of the scenario itself, or what the runtime sends: EXIT and DOWN of one end have no order between them. */
  readonly isSignal: boolean
  /** The message of the scenario that it is, for guards; undefined: it comes from the runtime, and no guard takes it. */
  readonly note: object | undefined
  readonly fits: (message: unknown) => boolean
  readonly what: () => string
}
/** Of a selective receive: what it takes. */
export type Accepts = (message: object) => boolean
/** A monitor that has not fired. */
export interface Watch {
  readonly ref: Ref
  readonly owner: Actor
  readonly target: Actor
  readonly alias: 'explicit_unalias' | 'demonitor' | 'reply_demonitor' | undefined
}
/** An alias that is active. */
interface Address {
  readonly owner: Actor
  readonly once: boolean
}
/** A timer that has not fired. */
export interface Clockwork {
  readonly ref: Ref
  readonly dueMs: number
  readonly dest: Actor | string
  /** What `sendAfter` sends; undefined where `startTimer` makes the message. */
  readonly note: object | undefined
  readonly fits: (message: unknown) => boolean
  readonly what: () => string
}
/** One process of the scenario. */
export interface Actor {
  readonly id: number
  pid: Pid
  process: Process
  isAlive: boolean
  traps: boolean
  name: string | undefined
  readonly queue: Item[]
  readonly links: Set<Actor>
  readonly watches: Map<Ref, Watch>
  readonly watchedBy: Map<Ref, Watch>
  readonly groups: Map<string, number>
  /** Of monitors that it made, whether they are there still or not. */
  readonly refs: Ref[]
  /** It may end now, for one of these reasons; an Error stands for the crash that it causes. */
  readonly mayEnd: ExitReason[]
  /** A link has ended it: it may not be seen alive any more. */
  mustEnd: string | undefined
}

/** One run. */
export class Model {
  readonly actors: Actor[] = []
  readonly names = new Map<string, Actor>()
  readonly addresses = new Map<Ref, Address>()
  readonly timers = new Map<Ref, Clockwork>()
  /** Ended since the tables were looked at last. */
  readonly fresh: Actor[] = []
  /** A fault is about to kill one: its end, and only its, needs no other reason. */
  killIsDue = false
  /** What has been handled already, for the words of a failure. */
  readonly #handled = new Set<unknown>()
  readonly #byPid = new Map<unknown, Actor>()

  makes(): Actor {
    const actor: Actor = {
      id: this.actors.length,
      pid: undefined as never,
      process: undefined as never,
      isAlive: true,
      traps: false,
      name: undefined,
      queue: [],
      links: new Set(),
      watches: new Map(),
      watchedBy: new Map(),
      groups: new Map(),
      refs: [],
      mayEnd: [],
      mustEnd: undefined,
    }
    return actor
  }
  spawned(actor: Actor, pid: Pid, process: Process): void {
    actor.pid = pid
    actor.process = process
    this.actors.push(actor)
    this.#byPid.set(pid, actor)
  }

  named(actor: Actor, name: string): void {
    this.names.set(name, actor)
    actor.name = name
  }
  unnamed(actor: Actor, name: string): void {
    this.names.delete(name)
    actor.name = undefined
  }

  // ---- Messages

  sent(from: Actor | 'outside', to: Actor | undefined, message: object): void {
    const fits = (got: unknown): boolean => got === message
    if (to?.isAlive === true)
      to.queue.push({ from, isSignal: false, note: message, fits, what: () => `message ${textOf(message)}` })
  }
  /** Whom a message to this alias reaches; it may be used up by it. */
  addressed(ref: Ref): Actor | undefined {
    const address = this.addresses.get(ref)
    if (address?.once === true) {
      this.addresses.delete(ref)
      const watch = address.owner.watches.get(ref)
      if (watch?.alias === 'reply_demonitor') this.#forget(watch)
    }
    return address?.owner
  }
  /** `actor` handles a message; with `accepts` it has taken it from among others. */
  received(actor: Actor, message: unknown, accepts?: Accepts): void {
    const { queue } = actor
    const at = queue.findIndex((item) => item.fits(message))
    if (at < 0) {
      const why = this.#handled.has(message) ? 'for the second time' : 'that nothing accounts for: too early, twice, or to nobody'
      throw broken(actor, `handles ${textOf(message)} ${why}`)
    }
    this.#handled.add(message)
    const item = queue[at] as Item
    const passed = queue.slice(0, at).find((one) => {
      const isOfSame = one.from !== undefined && one.from === item.from && !(one.isSignal && item.isSignal)
      return isOfSame && (accepts === undefined || isTaken(one, accepts))
    })
    if (passed !== undefined) throw broken(actor, `handles ${item.what()} before ${passed.what()} of the same sender`)
    queue.splice(at, 1)
  }
  /** `actor` has waited in vain for what `accepts` takes. */
  timedOut(actor: Actor, accepts: Accepts): void {
    const missed = actor.queue.find((item) => isTaken(item, accepts))
    if (missed !== undefined) throw broken(actor, `overlooks ${missed.what()} in its mailbox`)
  }

  // ---- Links, signals, ends

  linked(actor: Actor, other: Actor): void {
    if (actor === other || !actor.isAlive) return
    if (other.isAlive) {
      actor.links.add(other)
      other.links.add(actor)
    } else if (actor.traps) this.#exitMessage(actor, other, 'noproc')
  }
  unlinked(actor: Actor, other: Actor): void {
    actor.links.delete(other)
    other.links.delete(actor)
  }
  /** `from` is about to send an exit signal. Answers whether it ends `to`. */
  exits(from: Actor | 'outside', to: Actor, reason: ExitReason): boolean {
    if (!to.isAlive) return false
    if (reason === 'kill') to.mayEnd.push('killed')
    else if (to.traps) {
      this.#exitMessage(to, from, reason)
      return false
    } else if (reason === 'normal' && from !== to) return false
    else to.mayEnd.push(reason)
    return true
  }
  /** The node says that a process has ended. */
  ended(pid: Pid, reason: ExitReason): void {
    const actor = this.#byPid.get(pid)
    if (actor === undefined) return
    if (!actor.isAlive) throw broken(actor, `ends a second time, ${textOf(reason)}`)
    const isMeant = actor.mayEnd.some((one) => one === reason || (isCrash(reason) && reason.error === one))
    const isFault = !isMeant && this.killIsDue && reason === 'killed'
    if (isFault) this.killIsDue = false
    else if (!isMeant) throw broken(actor, `ends with ${textOf(reason)}; what could have ended it: ${textOf(actor.mayEnd)}`)
    actor.isAlive = false
    this.fresh.push(actor)
    actor.queue.length = 0
    if (actor.name !== undefined) this.names.delete(actor.name)
    actor.name = undefined
    for (const [ref, { owner }] of this.addresses) if (owner === actor) this.addresses.delete(ref)
    for (const [ref, { dest }] of this.timers) if (dest === actor) this.timers.delete(ref)
    actor.groups.clear()
    for (const watch of actor.watches.values()) this.#forget(watch)
    for (const other of actor.links) this.#linkFires(actor, other, reason)
    for (const watch of actor.watchedBy.values()) this.#fires(watch, reason)
  }
  #linkFires(actor: Actor, other: Actor, reason: ExitReason): void {
    this.unlinked(actor, other)
    if (other.traps) this.#exitMessage(other, actor, reason)
    else if (reason !== 'normal') {
      other.mayEnd.push(reason)
      other.mustEnd ??= `it was linked to ${String(actor.pid)}, which has ended with ${textOf(reason)}`
    }
  }
  #exitMessage(to: Actor, from: Actor | 'outside', reason: ExitReason): void {
    const fits = (got: unknown): boolean => {
      const { pid, ...rest } = got as { type: unknown; pid: unknown; reason: unknown }
      const isFrom = from === 'outside' ? !this.#byPid.has(pid) : pid === from.pid
      return rest.type === 'EXIT' && isFrom && rest.reason === reason
    }
    to.queue.push({ from, isSignal: true, note: undefined, fits, what: () => `EXIT of ${who(from)} with ${textOf(reason)}` })
  }

  // ---- Monitors

  watched(owner: Actor, target: Actor, ref: Ref, alias?: Watch['alias']): void {
    if (owner === target || !owner.isAlive) return
    const watch: Watch = { ref, owner, target, alias }
    owner.watches.set(ref, watch)
    target.watchedBy.set(ref, watch)
    if (alias !== undefined) this.addresses.set(ref, { owner, once: alias === 'reply_demonitor' })
    if (!target.isAlive) this.#fires(watch, 'noproc')
  }
  /** Answers whether the monitor was there still. */
  unwatched(owner: Actor, ref: Ref, flush: boolean): boolean {
    const watch = owner.watches.get(ref)
    if (watch !== undefined) this.#forget(watch)
    else if (flush) {
      const at = owner.queue.findIndex(({ fits }) => fits({ type: 'DOWN', ref, isFlushed: true }))
      if (at >= 0) owner.queue.splice(at, 1)
    }
    return watch !== undefined
  }
  #forget(watch: Watch): void {
    watch.owner.watches.delete(watch.ref)
    watch.target.watchedBy.delete(watch.ref)
    if (watch.alias !== undefined && watch.alias !== 'explicit_unalias') this.addresses.delete(watch.ref)
  }
  #fires(watch: Watch, reason: ExitReason): void {
    this.#forget(watch)
    const { owner, ref, target } = watch
    const fits = (got: unknown): boolean => {
      const down = got as { type: unknown; ref: unknown; reason: unknown; isFlushed?: true }
      return down.type === 'DOWN' && down.ref === ref && (down.isFlushed === true || down.reason === reason)
    }
    const what = (): string => `DOWN of ${String(target.pid)} with ${textOf(reason)}`
    owner.queue.push({ from: target, isSignal: true, note: undefined, fits, what })
  }

  // ---- Timers

  /** The clock stands at `nowMs`: what is due has fired, and is where it was meant to go if that is still there. */
  timePassed(nowMs: number): void {
    for (const [ref, timer] of this.timers) {
      if (timer.dueMs > nowMs) continue
      this.timers.delete(ref)
      const to = typeof timer.dest === 'string' ? this.names.get(timer.dest) : timer.dest
      if (to?.isAlive === true) to.queue.push({ ...timer, from: undefined, isSignal: false })
    }
  }
}

/** A claim that does not hold. */
export function broken(actor: Actor, what: string): Error {
  return new Error(`process ${actor.id} (${String(actor.pid)}) ${what}`)
}
function isTaken({ note }: Item, accepts: Accepts): boolean {
  return note !== undefined && accepts(note)
}
function who(from: Actor | 'outside'): string {
  return from === 'outside' ? from : String(from.pid)
}
/** A value in words, for failures. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (isCrash(value) || value instanceof Error) return String(value)
  return JSON.stringify(value, (_key, inner: unknown) => (isOpaque(inner) ? String(inner) : inner))
}
function isOpaque(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('node' in value || isCrash(value))
}
