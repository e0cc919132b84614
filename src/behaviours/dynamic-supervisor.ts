// dynamicSupervisor: any number of children, each with its own spec, started on demand: Elixir's DynamicSupervisor over the
// same rules as OTP's simple_one_for_one. Entered by user code; calls start, the rules, and supervisor's requests.
import { rejectUnknown, requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { type AnyPid, isPid } from '../base/pid.js'
import type { CallTimeout } from '../runtime/call.js'
import { Behaviour } from './behaviour.js'
import type { ChildSpec } from './child-spec.js'
import { startBehaviour, type StartMode, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'
import { ask, type SupervisorPid, type SupervisorRef } from './supervisor.js'
import type { ChildCount, ChildInfo, StartChildResult } from './supervisor-request.js'
import { checkFlags, isRefusal } from './supervisor-flags.js'
import { SupervisorRules } from './supervisor-rules.js'

export interface DynamicSupervisorOptions extends StartOptions {
  /** Restarts that are allowed within the period. Default 1. */
  readonly intensity?: number
  /** In ms. Default 5 000. */
  readonly periodMs?: number
  /** How many children there may be; one more is answered `['error', 'max_children']`. Default infinity. */
  readonly maxChildren?: number | 'infinity'
}
/** The spec of a dynamic child: it needs no id. */
export type DynamicChildSpec = Omit<ChildSpec, 'id' | 'significant'> & { readonly id?: ChildSpec['id'] }

const OPTIONS = ['intensity', 'periodMs', 'maxChildren', 'name', 'timeoutMs'] as const

function startAs(mode: StartMode, options: DynamicSupervisorOptions): Promise<any> {
  const where = `dynamicSupervisor.${mode}`
  rejectUnknown(where, options, OPTIONS)
  const { intensity, periodMs, maxChildren = 'infinity', ...startOptions } = options
  if (maxChildren !== 'infinity') requireInt(`${where}: maxChildren`, maxChildren, 0)
  const flags = checkFlags({ ...(intensity === undefined ? {} : { intensity }), ...(periodMs === undefined ? {} : { periodMs }) })
  if (isRefusal(flags)) throw new BadArgError(where, 'given flags that a supervisor can have', flags.text)
  const spec = { flags, template: null, maxChildren: maxChildren === 'infinity' ? Infinity : maxChildren }
  return startBehaviour('dynamicSupervisor', mode, startOptions, (starter) => new Behaviour(new SupervisorRules(spec), starter))
}

/** Starts a supervisor without children, linked to the running process. @throws `GENSOCK_ERR_NO_SELF` outside a process: use `start` */
function startLink(options: DynamicSupervisorOptions = {}): Promise<StartResult<SupervisorPid>> {
  return startAs('startLink', options)
}
/** As `startLink`, for the top of a program: without a link, its parent is the node. */
function start(options: DynamicSupervisorOptions = {}): Promise<StartResult<SupervisorPid>> {
  return startAs('start', options)
}
/**
 * Starts a child of this spec.
 *
 * @returns `['ok', pid]`, `['ok', undefined]` when its start answered ignore, `['error', 'max_children']`, `['error', reason]`
 * @example
 * await dynamicSupervisor.startChild(rooms, { start: () => genServer.startLink(room, 'lobby'), restart: 'transient' })
 */
function startChild(supervisor: SupervisorRef, spec: DynamicChildSpec): Promise<StartChildResult> {
  const named = typeof spec === 'object' && spec !== null ? { id: 'undefined', ...spec } : spec
  return ask(supervisor, { op: 'start_child', spec: named, args: [] })
}
/** Ends a child. `'ok'` also for a process that is dead already; `['error', 'not_found']` for one that is no child. */
function terminateChild(supervisor: SupervisorRef, pid: AnyPid): Promise<'ok' | readonly ['error', ExitReason]> {
  if (!isPid(pid)) throw new BadArgError('dynamicSupervisor.terminateChild: pid', 'a pid', pid)
  return ask(supervisor, { op: 'terminate_child', id: pid })
}
/** The children, in no order; their ids are undefined. */
function whichChildren(supervisor: SupervisorRef): Promise<readonly ChildInfo[]> {
  return ask(supervisor, { op: 'which_children' })
}
/** How many children, living processes, supervisors and workers. */
function countChildren(supervisor: SupervisorRef): Promise<ChildCount> {
  return ask(supervisor, { op: 'count_children' })
}
/** Ends the supervisor and, all at the same time, its children; waits for it. */
function stop(supervisor: SupervisorRef, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('dynamicSupervisor.stop', supervisor, reason, timeoutMs)
}

/**
 * Supervisors whose children come and go: a room per chat, a worker per device. Starting and stopping one costs the same
 * however many there are. Where Elixir's and OTP's rules differ, OTP's hold.
 *
 * @example
 * const rooms = unwrap(await dynamicSupervisor.start({ maxChildren: 10_000 }))
 * const [, pid] = await dynamicSupervisor.startChild(rooms, { start: () => genServer.startLink(room, 'lobby') })
 * @see OTP `supervisor`, "simple_one_for_one"; Elixir's DynamicSupervisor
 */
export const dynamicSupervisor = Object.freeze({
  start,
  startLink,
  startChild,
  terminateChild,
  whichChildren,
  countChildren,
  stop,
})
