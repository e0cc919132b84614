// Hot path. What a scope's table is made of: groups, members, watchers. A member and a watcher each are the scope's monitor of
// their process themselves: no other object, and no message at the end of the process. Entered by scope.
import type { Pid } from '../base/pid.js'
import type { Reference } from '../base/ref.js'
import { removeMonitor } from '../runtime/alias.js'
import type { Monitor, Process } from '../runtime/process.js'

/** The processes under one name. */
export class Group {
  readonly name: unknown
  /** Member -> how often it has joined. */
  readonly members = new Map<Member, number>()
  #pids: readonly Pid[] | null = null
  constructor(name: unknown) {
    this.name = name
  }

  /** The pids, each as often as it has joined; made when first asked for after a change. */
  get pids(): readonly Pid[] {
    if (this.#pids !== null) return this.#pids
    const pids: Pid[] = []
    for (const [member, times] of this.members) for (let i = 0; i < times; i++) pids.push(member.pid)
    this.#pids = Object.freeze(pids)
    return pids
  }
  set(member: Member, times: number): void {
    this.#pids = null
    if (times > 0) this.members.set(member, times)
    else this.members.delete(member)
  }
}

/** A process with groups. */
export class Member implements Monitor {
  readonly ref: Reference
  readonly owner: Process
  readonly target: Process
  readonly name = undefined
  readonly tag = undefined
  readonly alias = undefined
  readonly pid: Pid
  readonly groups = new Set<Group>()
  readonly #gone: (member: Member) => void

  constructor(owner: Process, target: Process, gone: (member: Member) => void) {
    this.ref = owner.kernel.newRef()
    this.owner = owner
    this.target = target
    this.pid = target.pid
    this.#gone = gone
  }
  onDown(): void {
    this.#gone(this)
  }
  onReset(): void {
    removeMonitor(this)
    this.#gone(this)
  }
}

/** A process that hears of changes, of one group or of all. */
export class Watcher implements Monitor {
  readonly ref: Reference
  readonly owner: Process
  readonly target: Process
  readonly name = undefined
  readonly tag = undefined
  readonly alias = undefined
  readonly pid: Pid
  /** What takes it out of the table. */
  readonly stop: (watcher: Watcher) => void

  constructor(owner: Process, target: Process, stop: (watcher: Watcher) => void) {
    this.ref = owner.kernel.newRef()
    this.owner = owner
    this.target = target
    this.pid = target.pid
    this.stop = stop
  }
  onDown(): void {
    this.stop(this)
  }
  onReset(): void {
    removeMonitor(this)
    this.stop(this)
  }
}
