// Hot path. One scope of process groups: the table, who hears of its changes, and the process that it lives and dies with.
// Entered by pg, at once and from any process; the runtime tells it of ends by one monitor per member, without messages.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { type Debug, handleSystem, isSysRequest, type SysTarget } from '../behaviours/system.js'
import { addMonitor, removeMonitor } from '../runtime/alias.js'
import { isCall, replyError } from '../runtime/call.js'
import { terminate } from '../runtime/exit.js'
import type { Process, Program } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { ChangeMessage } from './changes.js'
import { Group, Member, Watcher } from './members.js'

const kScope = Symbol.for('gensock.pg.scope')
const NOBODY: readonly Pid[] = Object.freeze([])

/** One scope. All members are of this node; a cluster would add those of others to `members`, never to `localMembers`. */
export class Scope implements Program, SysTarget {
  declare process: Process
  readonly kind = 'pg'
  debug: Debug | null = null
  readonly #groups = new Map<unknown, Group>()
  readonly #members = new Map<Process, Member>()
  readonly #watchers = new Set<Watcher>()
  /** By name of the group, whether it has members or not. */
  readonly #groupWatchers = new Map<unknown, Set<Watcher>>()
  readonly #gone = (member: Member): void => this.#ended(member)
  readonly #stop = (watcher: Watcher): void => void this.#watchers.delete(watcher)

  get [kScope](): true {
    return true
  }

  // ---- Program

  start(): void {
    // It lives until it is told to end.
  }
  message(_process: Process, message: unknown): void | Promise<void> {
    if (!isCall(message)) return undefined
    if (isSysRequest(message.request)) return handleSystem(this, message)
    return replyError(message.from, ['function_clause', message.request])
  }

  // ---- SysTarget. Suspended it answers on: the table is not behind its mailbox.

  getState(): ReadonlyMap<unknown, readonly Pid[]> {
    return this.content()
  }
  /** As with a supervisor: what the scope knows of its members stays true. */
  replaceState(replace: (state: unknown) => unknown): void {
    const groups = this.getState()
    const state = replace(groups)
    if (state === groups) return
    throw new BadArgError('sys.replaceState: the groups of a scope', 'the table itself: groups change by join and leave', state)
  }
  finish(reason: ExitReason): void {
    terminate(this.process, reason)
  }
  interrupts(): boolean {
    return false
  }

  // ---- The table

  /** `processes` are those of `pids`, null for a dead one: that one comes and goes at once. */
  join(name: unknown, pids: readonly Pid[], processes: readonly (Process | null)[]): void {
    if (pids.length === 0) return
    for (const process of processes) if (process !== null) this.#add(name, process)
    this.#tell('join', name, pids)
    for (let i = 0; i < pids.length; i++) if (processes[i] === null) this.#tell('leave', name, [pids[i] as Pid])
  }
  /** False if none of them was a member. */
  leave(name: unknown, pids: readonly Pid[], processes: readonly (Process | null)[]): boolean {
    let some = false
    for (const process of processes) {
      const group = this.#groups.get(name)
      const member = process === null ? undefined : this.#members.get(process)
      const times = member === undefined ? 0 : (group?.members.get(member) ?? 0)
      if (times === 0) continue
      this.#set(group as Group, member as Member, times - 1)
      some = true
    }
    if (some) this.#tell('leave', name, pids)
    return some
  }
  groups(): unknown[] {
    return this.localGroups()
  }
  localGroups(): unknown[] {
    return [...this.#groups.keys()]
  }
  members(name: unknown): readonly Pid[] {
    return this.localMembers(name)
  }
  localMembers(name: unknown): readonly Pid[] {
    return this.#groups.get(name)?.pids ?? NOBODY
  }
  content(): Map<unknown, readonly Pid[]> {
    return new Map(Array.from(this.#groups.values(), (group) => [group.name, group.pids]))
  }

  // ---- Watchers

  watchAll(process: Process): Ref {
    return this.#watch(process, this.#watchers, this.#stop)
  }
  watch(process: Process, name: unknown): Ref {
    const watchers = this.#groupWatchers.get(name) ?? new Set()
    this.#groupWatchers.set(name, watchers)
    return this.#watch(process, watchers, (watcher) => {
      watchers.delete(watcher)
      if (watchers.size === 0) this.#groupWatchers.delete(name)
    })
  }
  /** False if the ref is no watcher's. */
  unwatch(ref: Ref): boolean {
    const monitor = this.process.monitors?.get(ref.id)
    if (!(monitor instanceof Watcher) || !monitor.ref.equals(ref)) return false
    removeMonitor(monitor)
    monitor.stop(monitor)
    return true
  }

  #watch(process: Process, watchers: Set<Watcher>, stop: (watcher: Watcher) => void): Ref {
    const watcher = new Watcher(this.process, process, stop)
    addMonitor(watcher)
    watchers.add(watcher)
    return watcher.ref
  }
  #tell(type: 'join' | 'leave', name: unknown, pids: readonly Pid[]): void {
    for (const { target, ref } of this.#watchers) post(target, new ChangeMessage(type, ref, name, pids))
    const watchers = this.#groupWatchers.get(name)
    if (watchers !== undefined) for (const { target, ref } of watchers) post(target, new ChangeMessage(type, ref, name, pids))
  }

  // ---- Members

  #add(name: unknown, process: Process): void {
    let group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, (group = new Group(name)))
    let member = this.#members.get(process)
    if (member === undefined) {
      member = new Member(this.process, process, this.#gone)
      addMonitor(member)
      this.#members.set(process, member)
    }
    this.#set(group, member, (group.members.get(member) ?? 0) + 1)
  }
  /** Keeps both sides: a group without members is none, a member without groups is not watched. */
  #set(group: Group, member: Member, times: number): void {
    group.set(member, times)
    if (times > 0) {
      member.groups.add(group)
      return
    }
    if (group.members.size === 0) this.#groups.delete(group.name)
    member.groups.delete(group)
    if (member.groups.size > 0) return
    removeMonitor(member)
    this.#members.delete(member.target)
  }
  /** The process ended or begins anew: as in OTP one message for each time that it had joined, the youngest group first. */
  #ended(member: Member): void {
    this.#members.delete(member.target)
    const pids = Object.freeze([member.pid])
    for (const group of [...member.groups].toReversed()) {
      const times = group.members.get(member) as number
      this.#set(group, member, 0)
      for (let i = 0; i < times; i++) this.#tell('leave', group.name, pids)
    }
  }
}

/** The scope that a process is; undefined if it is none. */
export function scopeIn(process: Process | undefined): Scope | undefined {
  const program = process?.program as (Scope & { readonly [kScope]?: true }) | undefined
  return program?.[kScope] === true ? program : undefined
}
