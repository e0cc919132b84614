// Children that are known by their pids: any number of them, started on demand, independent of each other; each start and stop
// costs the same however many there are. Entered by supervisor-rules; calls the policy, child-process and the reports.
import type { ExitReason } from '../base/exit-reason.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { type From, reply } from '../runtime/call.js'
import { inside, type Process, processOf } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import type { Behaviour } from './behaviour.js'
import { sameId } from './child-id.js'
import { type ChildStarted, endedAsTold, startChildProcess, stopChildProcess } from './child-process.js'
import { checkChildSpec, type CheckedChild } from './child-spec.js'
import { isCleanExit } from './reports.js'
import { stopAllProcesses } from './stop-children.js'
import { type Children, Retry } from './supervisor-children.js'
import { isRefusal, type Refusal, type SupervisorFlags } from './supervisor-flags.js'
import { comesBack, countRestart, type RestartTimes } from './supervisor-policy.js'
import { reportBadSpec, reportShutdownErrors, reportSupervisor } from './supervisor-report.js'
import { type ChildCount, type ChildInfo, notDynamic, type StartChildOrder, type SupervisorOrder } from './supervisor-request.js'

/** One child: its spec, and the arguments that it was and will be started with. */
interface Member {
  readonly child: CheckedChild
  readonly args: readonly unknown[]
}

type Members = Map<AnyPid, Member>

/** What a supervisor of dynamic children is told at its start. */
export interface DynamicSpec {
  readonly flags: Required<SupervisorFlags>
  /** Of `simpleOneForOne`; null where each child comes with its own spec. */
  readonly template: CheckedChild | null
  /** How many there may be at a time; Infinity = any number. */
  readonly maxChildren: number
}

/** The children of a dynamic supervisor, or of one with the strategy simpleOneForOne. */
export class DynamicChildren implements Children {
  readonly #loop: Behaviour
  readonly #process: Process
  readonly #flags: Required<SupervisorFlags>
  readonly #template: CheckedChild | null
  readonly #maxChildren: number
  #members: Members = new Map()
  /** Those whose restart failed and will be tried again, by the pid that they had. */
  readonly #restarting = new Map<AnyPid, Member>()
  #restarts: RestartTimes | null = null

  constructor(loop: Behaviour, { flags, template, maxChildren }: DynamicSpec) {
    this.#loop = loop
    this.#process = loop.process
    this.#flags = flags
    this.#template = template
    this.#maxChildren = maxChildren
  }

  begin(): void {
    this.#loop.ready()
  }

  exited(pid: AnyPid, reason: ExitReason): void | Promise<void> {
    const member = this.#members.get(pid)
    if (member === undefined) return undefined
    this.#members.delete(pid)
    const { child } = member
    if (child.restart === 'permanent' || !isCleanExit(reason))
      reportSupervisor(this.#process, 'child_terminated', child, pid, reason)
    return comesBack(child.restart, reason) ? this.#restart(pid, member) : this.#autoShutdown(child)
  }

  retry(what: unknown): void | Promise<void> {
    const pid = what as AnyPid
    const member = this.#restarting.get(pid)
    if (member === undefined) return undefined
    this.#restarting.delete(pid)
    return this.#restart(pid, member)
  }

  request(order: SupervisorOrder, from: From): void | Promise<void> {
    switch (order.op) {
      case 'start_child':
        return this.#startChild(order, from)
      case 'terminate_child':
        return this.#terminateChild(order.id, from)
      case 'get_childspec':
        return reply(from, this.#childspec(order.id))
      case 'which_children':
        return reply(from, this.list())
      case 'count_children':
        return reply(from, this.count())
      default:
        return reply(from, ['error', 'simple_one_for_one'])
    }
  }

  stop(): void | Promise<void> {
    const members = this.#members
    this.#members = new Map()
    this.#restarting.clear()
    if (this.#template !== null) return this.#stopLikes(this.#template, members)
    return stopAllProcesses(this.#process, members, (child, pid, reason) => this.#ended(child, pid, reason))
  }

  list(): ChildInfo[] {
    const running = Array.from(this.#members, ([pid, { child }]) => ({ id: undefined, pid, type: child.type }))
    const waiting = Array.from(this.#restarting.values(), ({ child }) => ({
      id: undefined,
      pid: 'restarting' as const,
      type: child.type,
    }))
    return [...running, ...waiting]
  }

  count(): ChildCount {
    let active = 0
    let supervisors = 0
    for (const [pid, { child }] of this.#members) {
      if (processOf(pid) !== undefined) active++
      if (child.type === 'supervisor') supervisors++
    }
    for (const { child } of this.#restarting.values()) if (child.type === 'supervisor') supervisors++
    const all = this.#members.size + this.#restarting.size
    return { specs: this.#template === null ? all : 1, active, supervisors, workers: all - supervisors }
  }

  // ---- Requests

  #startChild({ spec, args, dynamic }: StartChildOrder, from: From): void | Promise<void> {
    // A template would be started in place of the spec that was given.
    const child = dynamic && this.#template !== null ? notDynamic(this.#process.pid) : this.#childOf(spec)
    if (isRefusal(child)) {
      reportBadSpec(this.#process, child)
      return reply(from, ['error', child.refused])
    }
    if (this.#template !== null && args === undefined) return reply(from, ['error', 'badarg']) // a list of arguments is needed
    if (this.#members.size + this.#restarting.size >= this.#maxChildren) return reply(from, ['error', 'max_children'])
    const member: Member = { child, args: args ?? [] }
    const started = startChildProcess(this.#process, child, member.args)
    if (!isPromise<ChildStarted>(started)) return this.#answer(member, started, from)
    return started.then((settled) => inside(this.#process, () => this.#answer(member, settled, from)))
  }

  #childOf(spec: unknown): CheckedChild | Refusal {
    return this.#template ?? checkChildSpec(spec, this.#flags.autoShutdown)
  }

  #answer(member: Member, started: ChildStarted, from: From): void {
    if (!started.ok) return reply(from, ['error', started.reason])
    if (started.pid !== undefined) this.#members.set(started.pid, member)
    reply(from, started.result)
  }

  // A dead process is as good as terminated; a living one that is no child is none of ours.
  #terminateChild(pid: unknown, from: From): void | Promise<void> {
    if (!isPid(pid)) return reply(from, ['error', 'simple_one_for_one'])
    const member = this.#members.get(pid)
    if (member === undefined) {
      const ours = this.#restarting.delete(pid)
      return reply(from, ours || processOf(pid) === undefined ? 'ok' : ['error', 'not_found'])
    }
    this.#members.delete(pid)
    const reason = stopChildProcess(this.#process, pid, member.child.shutdown)
    const gone = (settled: ExitReason): void => {
      this.#ended(member.child, pid, settled)
      reply(from, 'ok')
    }
    return isPromise<ExitReason>(reason) ? reason.then(gone) : gone(reason)
  }

  #childspec(id: unknown): readonly unknown[] {
    const template = this.#template
    if (isPid(id)) {
      const member = this.#members.get(id) ?? this.#restarting.get(id)
      if (member !== undefined) return ['ok', member.child]
      // In OTP any dead pid is taken for a child that has ended.
      return template !== null && processOf(id) === undefined ? ['ok', template] : ['error', 'not_found']
    }
    return template !== null && sameId(template.id, id) ? ['ok', template] : ['error', 'not_found']
  }

  #ended(child: CheckedChild, pid: AnyPid, reason: ExitReason): void {
    if (!endedAsTold(reason, child.shutdown, child.restart)) reportSupervisor(this.#process, 'shutdown_error', child, pid, reason)
  }

  /** Children of one template: one report for all that ended with the same reason, as in OTP. */
  #stopLikes(template: CheckedChild, members: Members): void | Promise<void> {
    const counts = new Map<ExitReason, number>()
    const report = (): void => {
      for (const [reason, count] of counts) reportShutdownErrors(this.#process, template, count, reason)
    }
    const done = stopAllProcesses(this.#process, members, ({ shutdown, restart }, _pid, reason) => {
      if (!endedAsTold(reason, shutdown, restart)) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    })
    return isPromise<void>(done) ? done.then(() => inside(this.#process, report)) : report()
  }

  #autoShutdown({ significant }: CheckedChild): void | Promise<void> {
    const { autoShutdown } = this.#flags
    const some = this.#members.size + this.#restarting.size > 0
    if (significant && (autoShutdown === 'anySignificant' || (autoShutdown === 'allSignificant' && !some)))
      return this.#loop.finish('shutdown')
    return undefined
  }

  // ---- Restarts

  #restart(pid: AnyPid, member: Member): void | Promise<void> {
    const { restarts, allowed } = countRestart(this.#restarts, this.#process.kernel.clock.now(), this.#flags)
    this.#restarts = restarts
    if (!allowed) {
      reportSupervisor(this.#process, 'shutdown', member.child, pid, 'reached_max_restart_intensity')
      return this.#loop.finish('shutdown')
    }
    const started = startChildProcess(this.#process, member.child, member.args)
    if (!isPromise<ChildStarted>(started)) return this.#restarted(pid, member, started)
    return started.then((settled) => inside(this.#process, () => this.#restarted(pid, member, settled)))
  }

  #restarted(pid: AnyPid, member: Member, started: ChildStarted): void {
    if (started.ok) {
      if (started.pid !== undefined) this.#members.set(started.pid, member)
      return
    }
    reportSupervisor(this.#process, 'start_error', member.child, pid, started.reason)
    this.#restarting.set(pid, member)
    post(this.#process, new Retry(pid))
  }
}
