// Children that are known by their ids, started and restarted in order: asks the policy what to do and does it, one action
// after the other. Entered by supervisor-rules; calls supervisor-policy, child-process and the reports.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import { type From, reply } from '../runtime/call.js'
import { inside, type Process, processOf } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import type { Behaviour } from './behaviour.js'
import { type ChildStarted, endedAsTold, startChildProcess, stopChildProcess } from './child-process.js'
import { checkChildSpec, type CheckedChild, type ChildId } from './child-spec.js'
import { sequence } from './sequence.js'
import { type Children, Retry } from './supervisor-children.js'
import { isRefusal } from './supervisor-flags.js'
import type { CheckedSpec } from './supervisor-init.js'
import {
  decide,
  type Entry,
  entryOf,
  type PolicyAction,
  type PolicyEvent,
  type PolicyState,
  policyState,
  type ReportKind,
  type StartCause,
} from './supervisor-policy.js'
import { reportBadSpec, reportProgress, reportSupervisor } from './supervisor-report.js'
import { type ChildCount, type ChildInfo, notDynamic, type StartChildOrder, type SupervisorOrder } from './supervisor-request.js'

type Action = PolicyAction<CheckedChild>

/** The children of a supervisor with one of the strategies oneForOne, oneForAll and restForOne. */
export class StaticChildren implements Children {
  readonly #loop: Behaviour
  readonly #process: Process
  readonly #first: readonly CheckedChild[]
  #state: PolicyState<CheckedChild>
  #starting = true
  /** Who waits for the answer to the request that is carried out. */
  #from: From | null = null

  constructor(loop: Behaviour, { flags, children }: CheckedSpec) {
    this.#loop = loop
    this.#process = loop.process
    this.#first = children
    const entries = children.map((child) => ({ child, pid: undefined, restarting: false }))
    this.#state = { ...policyState<CheckedChild>(flags), children: entries }
  }

  begin(): void | Promise<void> {
    return this.#start(this.#first, 'init')
  }

  exited(pid: AnyPid, reason: ExitReason): void | Promise<void> {
    return this.#act({ type: 'exited', pid, reason, nowMs: this.#process.kernel.clock.now() })
  }

  retry(what: unknown): void | Promise<void> {
    return this.#act({ type: 'retry', id: what as ChildId, nowMs: this.#process.kernel.clock.now() })
  }

  request(order: SupervisorOrder, from: From): void | Promise<void> {
    this.#from = from
    switch (order.op) {
      case 'start_child':
        return this.#startChild(order)
      case 'get_childspec':
        return reply(from, this.#childspec(order.id))
      case 'which_children':
        return reply(from, this.list())
      case 'count_children':
        return reply(from, this.count())
      default:
        return this.#act({ type: order.op, id: order.id as ChildId })
    }
  }

  stop(): void | Promise<void> {
    return this.#act({ type: 'stop' })
  }

  list(): ChildInfo[] {
    return this.#state.children
      .map(({ child, pid, restarting }) => ({ id: child.id, pid: restarting ? ('restarting' as const) : pid, type: child.type }))
      .toReversed()
  }

  count(): ChildCount {
    const { children } = this.#state
    const supervisors = children.filter(({ child }) => child.type === 'supervisor').length
    const active = children.filter(({ pid }) => pid !== undefined && processOf(pid) !== undefined).length
    return { specs: children.length, active, supervisors, workers: children.length - supervisors }
  }

  // ---- Requests

  #startChild({ spec, dynamic }: StartChildOrder): void | Promise<void> {
    const child = dynamic ? notDynamic(this.#process.pid) : checkChildSpec(spec, this.#state.autoShutdown)
    if (!isRefusal(child)) return this.#act({ type: 'start_child', child })
    reportBadSpec(this.#process, child)
    return reply(this.#from, ['error', child.refused])
  }

  #childspec(id: unknown): readonly unknown[] {
    const entry = entryOf(this.#state, id)
    return entry === undefined ? ['error', 'not_found'] : ['ok', entry.child]
  }

  // ---- What the policy says

  #act(event: PolicyEvent<CheckedChild>): void | Promise<void> {
    const { state, actions } = decide(this.#state, event)
    this.#state = state
    return this.#carryOut(actions, 0)
  }

  #carryOut(actions: readonly Action[], from: number): void | Promise<void> {
    for (let index = from; index < actions.length; index++) {
      const done = this.#do(actions[index] as Action)
      if (isPromise<void>(done)) return done.then(() => inside(this.#process, () => this.#carryOut(actions, index + 1)))
    }
    return undefined
  }

  #do(action: Action): void | Promise<void> {
    switch (action.type) {
      case 'start':
        return this.#start(action.children, action.cause)
      case 'terminate':
        return this.#terminate(action.entries)
      case 'retry':
        return post(this.#process, new Retry(action.id))
      case 'report':
        return this.#report(action.error, action.entry, action.reason)
      case 'reply':
        return reply(this.#from, action.result)
      default:
        return this.#starting ? this.#loop.refuse(action.reason) : this.#loop.finish(action.reason)
    }
  }

  #report(error: ReportKind, { child, pid, lastPid }: Entry<CheckedChild>, reason: ExitReason): void {
    reportSupervisor(this.#process, error, child, pid ?? lastPid, reason)
  }

  #start(children: readonly CheckedChild[], cause: StartCause): void | Promise<void> {
    const done = sequence(this.#process, children, (child) => this.#startOne(child, cause))
    if (cause !== 'init') return isPromise(done) ? done.then(nothing) : undefined
    return isPromise(done) ? done.then((all) => this.#begun(all)) : this.#begun(done)
  }
  #begun(all: boolean): void {
    if (!all) return
    this.#starting = false
    this.#loop.ready()
  }

  #startOne(child: CheckedChild, cause: StartCause): boolean | Promise<boolean> {
    const started = startChildProcess(this.#process, child, [])
    if (!isPromise<ChildStarted>(started)) return this.#started(child, cause, started)
    return started.then((settled) => inside(this.#process, () => this.#started(child, cause, settled)) ?? false)
  }

  /** Answers whether the next child may be started. */
  #started(child: CheckedChild, cause: StartCause, started: ChildStarted): boolean | Promise<boolean> {
    const { id } = child
    if (!started.ok) {
      const acted = this.#act({ type: 'start_failed', id, reason: started.reason, cause })
      return isPromise(acted) ? acted.then(no) : false
    }
    void this.#act({ type: 'started', id, pid: started.pid })
    if (started.pid !== undefined) reportProgress(this.#process, child, started.pid)
    if (cause === 'start_child' || cause === 'restart_child') reply(this.#from, started.result)
    return true
  }

  #terminate(entries: readonly Entry<CheckedChild>[]): void | Promise<void> {
    const done = sequence(this.#process, entries, (entry) => this.#terminateOne(entry))
    return isPromise(done) ? done.then(nothing) : undefined
  }

  #terminateOne({ child, pid }: Entry<CheckedChild>): boolean | Promise<boolean> {
    const reason = stopChildProcess(this.#process, pid as AnyPid, child.shutdown)
    return isPromise<ExitReason>(reason)
      ? reason.then((settled) => this.#terminated(child, pid, settled))
      : this.#terminated(child, pid, reason)
  }
  #terminated(child: CheckedChild, pid: AnyPid | undefined, reason: ExitReason): true {
    if (!endedAsTold(reason, child.shutdown, child.restart)) reportSupervisor(this.#process, 'shutdown_error', child, pid, reason)
    return true
  }
}

function nothing(): void {
  // The answer of a sequence is of no use here.
}
function no(): false {
  return false
}
