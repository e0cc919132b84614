// Who is restarted, who is stopped, and when a supervisor gives up: (state, event) -> new state and actions. Pure: no process,
// no clock, nothing that can be seen is changed in place. Entered by static-children, which carries the actions out and answers
// with events.
//
//   exited, retry ──▶ count the restart ──▶ terminate (last started first) ──▶ start (in order) ──▶ started | start_failed
//                          └ too many: stop                                                            └ retry, after others
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import { ById } from './child-id.js'
import type { ChildId, Restart } from './child-spec.js'
import { isCleanExit } from './reports.js'
import type { AutoShutdown, Strategy, SupervisorFlags } from './supervisor-flags.js'

/** What the policy knows of a child; the rest of its spec is nobody's business here. */
export interface PolicyChild {
  readonly id: ChildId
  readonly restart: Restart
  readonly significant: boolean
}
/** A child in its place. It runs (`pid`), is to be started again (`restarting`), or does neither. */
export interface Entry<Child extends PolicyChild = PolicyChild> {
  readonly child: Child
  readonly pid: AnyPid | undefined
  readonly restarting: boolean
  /** The pid that it had when it was last running, for reports. */
  readonly lastPid?: AnyPid | undefined
}
/** All that a supervisor needs to remember to decide. */
export interface PolicyState<Child extends PolicyChild = PolicyChild> {
  readonly strategy: Strategy
  readonly intensity: number
  readonly periodMs: number
  readonly autoShutdown: AutoShutdown
  /** In the order of their start. */
  readonly children: readonly Entry<Child>[]
  /** Those that may count still; null before the first. */
  readonly restarts: RestartTimes | null
}
/** When children were restarted, the last one first: a list, so that one more costs the same however many there are. */
export interface RestartTimes {
  readonly atMs: number
  readonly older: RestartTimes | null
  /** How many there are in the list. */
  readonly count: number
  /** How many there were when those that were over were last taken out. */
  readonly kept: number
}

/** Why children are started: decides what a failed start means. */
export type StartCause = 'init' | 'restart' | 'start_child' | 'restart_child'
/** What happens to a supervisor. */
export type PolicyEvent<Child extends PolicyChild = PolicyChild> =
  | { readonly type: 'exited'; readonly pid: AnyPid; readonly reason: ExitReason; readonly nowMs: number }
  | { readonly type: 'retry'; readonly id: ChildId; readonly nowMs: number }
  | { readonly type: 'started'; readonly id: ChildId; readonly pid: AnyPid | undefined }
  | { readonly type: 'start_failed'; readonly id: ChildId; readonly reason: ExitReason; readonly cause: StartCause }
  | { readonly type: 'start_child'; readonly child: Child }
  | { readonly type: 'terminate_child' | 'restart_child' | 'delete_child'; readonly id: ChildId }
  | { readonly type: 'stop' }
/** What a supervisor has to do then, in this order. */
export type PolicyAction<Child extends PolicyChild = PolicyChild> =
  /** One after the other, each gone before the next is told. */
  | { readonly type: 'terminate'; readonly entries: readonly Entry<Child>[] }
  /** One after the other, until one fails. */
  | { readonly type: 'start'; readonly children: readonly Child[]; readonly cause: StartCause }
  /** Try the start again, after whatever waits in the mailbox. */
  | { readonly type: 'retry'; readonly id: ChildId }
  | { readonly type: 'report'; readonly error: ReportKind; readonly entry: Entry<Child>; readonly reason: ExitReason }
  | { readonly type: 'reply'; readonly result: unknown }
  /** The supervisor ends with this reason. */
  | { readonly type: 'exit'; readonly reason: ExitReason }
/** OTP's contexts of a supervisor report. */
export type ReportKind = 'child_terminated' | 'start_error' | 'shutdown_error' | 'shutdown'
/** The state after an event, and what has to be done. */
export interface Decision<Child extends PolicyChild = PolicyChild> {
  readonly state: PolicyState<Child>
  readonly actions: readonly PolicyAction<Child>[]
}

/** A supervisor with these flags and no children yet. */
export function policyState<Child extends PolicyChild>(flags: Required<SupervisorFlags>): PolicyState<Child> {
  const { strategy, intensity, periodMs, autoShutdown } = flags
  return { strategy, intensity, periodMs, autoShutdown, children: [], restarts: null }
}

/** Does a child that ended with this reason come back? @see OTP `supervisor`, "Restart Strategy" */
export function comesBack(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && !isCleanExit(reason))
}

/**
 * Counts a restart; `allowed` is false once there are more than `intensity` within the period.
 *
 * @see OTP `supervisor`, "Maximum Restart Intensity"
 */
export function countRestart(
  before: RestartTimes | null,
  nowMs: number,
  flags: { readonly intensity: number; readonly periodMs: number },
): { readonly restarts: RestartTimes; readonly allowed: boolean } {
  let restarts = oneMore(before, nowMs, before?.kept ?? 0)
  // Those that are over are taken out when it matters, and when the list has doubled: it does not grow with the intensity.
  if (restarts.count > flags.intensity || restarts.count > 2 * restarts.kept + MANY)
    restarts = withinPeriod(restarts, nowMs, flags.periodMs)
  return { restarts, allowed: restarts.count <= flags.intensity }
}
const MANY = 32

function oneMore(older: RestartTimes | null, atMs: number, kept: number): RestartTimes {
  return { atMs, older, count: (older?.count ?? 0) + 1, kept }
}
function withinPeriod(restarts: RestartTimes, nowMs: number, periodMs: number): RestartTimes {
  const times: number[] = []
  for (let one: RestartTimes | null = restarts; one !== null && nowMs - one.atMs <= periodMs; one = one.older)
    times.push(one.atMs)
  const add = (older: RestartTimes | null, atMs: number): RestartTimes => oneMore(older, atMs, times.length)
  return times.reduceRight<RestartTimes | null>(add, null) as RestartTimes
}

/** What a supervisor does next. */
export function decide<C extends PolicyChild>(state: PolicyState<C>, event: PolicyEvent<C>): Decision<C> {
  switch (event.type) {
    case 'exited':
      return exited(state, event.pid, event.reason, event.nowMs)
    case 'retry': {
      const index = find(state, event.id)
      return state.children[index]?.restarting === true ? restart(state, index, event.nowMs) : nothing(state)
    }
    case 'started':
      return started(state, event.id, event.pid)
    case 'start_failed':
      return startFailed(state, event.id, event.reason, event.cause)
    case 'start_child':
      return startChild(state, event.child)
    case 'stop':
      return terminating(state, state.children, [])
    default:
      return request(state, event.type, event.id)
  }
}

function nothing<C extends PolicyChild>(state: PolicyState<C>): Decision<C> {
  return { state, actions: [] }
}

// ---- Who is who

/**
 * The children of a list by id. It moves on with the list, as the list changes step by step; whoever asks an older list again gets
 * a new table. Nobody can tell the difference but by the time that it takes.
 */
const tables = new WeakMap<readonly Entry[], ById<PolicyChild>>()

function tableOf(children: readonly Entry[]): ById<PolicyChild> {
  const known = tables.get(children)
  if (known !== undefined) return known
  const table = new ById<PolicyChild>()
  for (const { child } of children) table.add(child.id, child)
  tables.set(children, table)
  return table
}

/** The state with other entries of the same children, less those that were `dropped`, more the one that was `added`. */
function withEntries<C extends PolicyChild>(
  state: PolicyState<C>,
  children: readonly Entry<C>[],
  dropped: readonly Entry<C>[] = [],
  added?: C,
): PolicyState<C> {
  const table = tables.get(state.children)
  if (table !== undefined) {
    tables.delete(state.children)
    for (const { child } of dropped) table.delete(child.id)
    if (added !== undefined) table.add(added.id, added)
    tables.set(children, table)
  }
  return { ...state, children }
}

function find<C extends PolicyChild>(state: PolicyState<C>, id: unknown): number {
  const { children } = state
  const child = tableOf(children).get(id)
  return child === undefined ? -1 : children.findIndex((entry) => entry.child === child)
}

/** The child of this id, if there is one. */
export function entryOf<C extends PolicyChild>(state: PolicyState<C>, id: unknown): Entry<C> | undefined {
  return state.children[find(state, id)]
}

function replaced<C extends PolicyChild>(state: PolicyState<C>, index: number, entry: Entry<C>): PolicyState<C> {
  return withEntries(state, state.children.with(index, entry))
}
function dropped<C extends PolicyChild>(state: PolicyState<C>, index: number): PolicyState<C> {
  return withEntries(state, state.children.toSpliced(index, 1), [state.children[index] as Entry<C>])
}

function ended<C extends PolicyChild>(entry: Entry<C>): Entry<C> {
  return { child: entry.child, pid: undefined, restarting: false, lastPid: entry.pid ?? entry.lastPid }
}

/** The entry stays without a pid; that of a temporary child goes. */
function forgotten<C extends PolicyChild>(state: PolicyState<C>, index: number): PolicyState<C> {
  const entry = state.children[index] as Entry<C>
  return entry.child.restart === 'temporary' ? dropped(state, index) : replaced(state, index, ended(entry))
}

// ---- A child has ended

function exited<C extends PolicyChild>(state: PolicyState<C>, pid: AnyPid, reason: ExitReason, nowMs: number): Decision<C> {
  const index = state.children.findIndex((entry) => entry.pid?.equals(pid) === true)
  const entry = state.children[index]
  if (entry === undefined) return nothing(state)
  const { child } = entry
  const report: PolicyAction<C> = { type: 'report', error: 'child_terminated', entry, reason }
  const reports = child.restart === 'permanent' || !isCleanExit(reason) ? [report] : []
  if (!comesBack(child.restart, reason)) return autoShutdown(forgotten(state, index), child, reports)
  const decision = restart(state, index, nowMs)
  return { state: decision.state, actions: [...reports, ...decision.actions] }
}

function autoShutdown<C extends PolicyChild>(state: PolicyState<C>, child: C, actions: readonly PolicyAction<C>[]): Decision<C> {
  const someRun = state.children.some((entry) => entry.child.significant && (entry.pid !== undefined || entry.restarting))
  const ends =
    child.significant && (state.autoShutdown === 'anySignificant' || (state.autoShutdown === 'allSignificant' && !someRun))
  return { state, actions: ends ? [...actions, { type: 'exit', reason: 'shutdown' }] : actions }
}

function restart<C extends PolicyChild>(before: PolicyState<C>, index: number, nowMs: number): Decision<C> {
  const { restarts, allowed } = countRestart(before.restarts, nowMs, before)
  const state = { ...before, restarts }
  const entry = state.children[index] as Entry<C>
  if (!allowed) {
    const report = { type: 'report', error: 'shutdown', entry, reason: 'reached_max_restart_intensity' } as const
    return { state: forgotten(state, index), actions: [report, { type: 'exit', reason: 'shutdown' }] }
  }
  if (state.strategy === 'oneForOne') {
    const start = { type: 'start', children: [entry.child], cause: 'restart' } as const
    return { state: replaced(state, index, ended(entry)), actions: [start] }
  }
  const down = replaced(state, index, ended(entry))
  const group = down.children.slice(state.strategy === 'restForOne' ? index : 0)
  const decision = terminating(down, group, [])
  const children = group.map((one) => one.child).filter((child) => child.restart !== 'temporary')
  return { state: decision.state, actions: [...decision.actions, { type: 'start', children, cause: 'restart' }] }
}

/** Ends these, last started first; nobody can refuse, so the state is the one after it. */
function terminating<C extends PolicyChild>(
  state: PolicyState<C>,
  entries: readonly Entry<C>[],
  more: readonly PolicyAction<C>[],
): Decision<C> {
  const running = entries.filter((entry) => entry.pid !== undefined).toReversed()
  const gone = new Set(entries)
  const forgets = (entry: Entry<C>): boolean => gone.has(entry) && entry.child.restart === 'temporary'
  const children = state.children.filter((entry) => !forgets(entry)).map((entry) => (gone.has(entry) ? ended(entry) : entry))
  const actions: PolicyAction<C>[] = running.length === 0 ? [] : [{ type: 'terminate', entries: running }]
  return { state: withEntries(state, children, entries.filter(forgets)), actions: [...actions, ...more] }
}

// ---- A start has been tried

function started<C extends PolicyChild>(state: PolicyState<C>, id: ChildId, pid: AnyPid | undefined): Decision<C> {
  const index = find(state, id)
  const entry = state.children[index]
  if (entry === undefined) return nothing(state)
  if (pid === undefined && entry.child.restart === 'temporary') return nothing(dropped(state, index))
  return nothing(replaced(state, index, { child: entry.child, pid, restarting: false }))
}

function startFailed<C extends PolicyChild>(
  state: PolicyState<C>,
  id: ChildId,
  reason: ExitReason,
  cause: StartCause,
): Decision<C> {
  const index = find(state, id)
  const entry = state.children[index]
  if (entry === undefined) return nothing(state)
  const report: PolicyAction<C> = { type: 'report', error: 'start_error', entry, reason }
  if (cause === 'restart') {
    const waiting = replaced(state, index, { ...entry, restarting: true })
    return { state: waiting, actions: [report, { type: 'retry', id }] }
  }
  if (cause === 'restart_child') return { state, actions: [{ type: 'reply', result: ['error', reason] }] }
  if (cause === 'start_child') {
    const reply = { type: 'reply', result: ['error', [reason, entry.child]] } as const
    return { state: dropped(state, index), actions: [reply] }
  }
  const failed = ['shutdown', ['failed_to_start_child', id, reason]] as const
  const rollback = terminating(state, state.children, [{ type: 'exit', reason: failed }])
  return { state: rollback.state, actions: [report, ...rollback.actions] }
}

// ---- Requests

function startChild<C extends PolicyChild>(state: PolicyState<C>, child: C): Decision<C> {
  const there = entryOf(state, child.id)
  if (there === undefined) {
    const entry: Entry<C> = { child, pid: undefined, restarting: false }
    const start = { type: 'start', children: [child], cause: 'start_child' } as const
    return { state: withEntries(state, [...state.children, entry], [], child), actions: [start] }
  }
  const why = there.pid === undefined ? 'already_present' : ['already_started', there.pid]
  return { state, actions: [{ type: 'reply', result: ['error', why] }] }
}

function request<C extends PolicyChild>(
  state: PolicyState<C>,
  type: 'terminate_child' | 'restart_child' | 'delete_child',
  id: ChildId,
): Decision<C> {
  const index = find(state, id)
  const entry = state.children[index]
  const refuse = (why: string): Decision<C> => ({ state, actions: [{ type: 'reply', result: ['error', why] }] })
  if (entry === undefined) return refuse('not_found')
  if (type === 'terminate_child') return terminating(state, [entry], [{ type: 'reply', result: 'ok' }])
  if (entry.restarting) return refuse('restarting')
  if (entry.pid !== undefined) return refuse('running')
  if (type === 'restart_child') return { state, actions: [{ type: 'start', children: [entry.child], cause: 'restart_child' }] }
  return { state: dropped(state, index), actions: [{ type: 'reply', result: 'ok' }] }
}
