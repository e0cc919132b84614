// supervisor: starts children, starts them again when they crash, and ends them in order. The functions that start supervisors
// and talk to them. Entered by user code; calls start, the rules, and the runtime's call.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, type CallTimeout } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { Behaviour } from './behaviour.js'
import { checkChildSpecs, type ChildId, type ChildSpec } from './child-spec.js'
import { startBehaviour, type StartMode, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'
import { type AutoShutdown, isRefusal } from './supervisor-flags.js'
import { requireSupervisor, type SupervisorInit, type SupervisorSpec } from './supervisor-init.js'
import {
  type ChildCount,
  type ChildInfo,
  type ChildspecResult,
  type StartChildResult,
  type SupervisorOrder,
  SupervisorRequest,
} from './supervisor-request.js'
import { SupervisorRules } from './supervisor-rules.js'

declare const kSupervisor: unique symbol
/** The pid of a supervisor: nothing is sent to it, it is asked by the functions of `supervisor`. */
export interface SupervisorPid extends Pid<never> {
  /** For the compiler only: no such field exists. */
  readonly [kSupervisor]: true
}
/** A supervisor, by pid or registered name. */
export type SupervisorRef = SupervisorPid | string

function startAs(mode: StartMode, given: unknown, options: StartOptions | undefined): Promise<any> {
  const init = requireSupervisor(`supervisor.${mode}`, given)
  return startBehaviour('supervisor', mode, options, (starter) => new Behaviour(new SupervisorRules(init), starter))
}
/** @internal */
export function ask(supervisor: SupervisorRef, order: SupervisorOrder): Promise<any> {
  return call(currentKernel(), shared.current, supervisor as Pid | string, new SupervisorRequest(order), 'infinity')
}

/**
 * Starts a supervisor and its children, linked to the running process; the promise settles when all children have started.
 *
 * @param spec - flags and children, or a function that gives them at each start and may answer `['ignore']`
 * @returns `['ok', pid]`, `['error', ['shutdown', ['failed_to_start_child', id, reason]]]` after those that had started were ended again, `['error', why]` for a spec that is refused
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here: use `start`
 * @example
 * const tree = await self.run(() => supervisor.startLink({ strategy: 'oneForAll', children: [child('a', counter, 0)] }))
 * @see OTP `supervisor:start_link/2,3`
 */
function startLink(spec: SupervisorSpec | SupervisorInit, options?: StartOptions): Promise<StartResult<SupervisorPid>> {
  return startAs('startLink', spec, options)
}
/**
 * As `startLink`, for the top of a program: without a link, its parent is the node, and `node.stop()` ends the tree in order.
 *
 * @example
 * const tree = unwrap(await supervisor.start({ children: [child('counter', counter, 0)] }))
 */
function start(spec: SupervisorSpec | SupervisorInit, options?: StartOptions): Promise<StartResult<SupervisorPid>> {
  return startAs('start', spec, options)
}
/**
 * Starts one more child, after all others; for `simpleOneForOne` give the list of arguments instead of a spec.
 *
 * @returns `['ok', pid]`, `['ok', undefined]` when its start answered ignore, `['error', ['already_started', pid]]`, `['error', 'already_present']`, `['error', [reason, spec]]`
 * @see OTP `supervisor:start_child/2`
 */
function startChild(supervisor: SupervisorRef, child: ChildSpec | readonly unknown[]): Promise<StartChildResult> {
  const args: readonly unknown[] | undefined = Array.isArray(child) ? (child as readonly unknown[]) : undefined
  return ask(supervisor, { op: 'start_child', spec: child, args })
}
/** Ends a child; its spec stays, unless it is temporary. By id, with `simpleOneForOne` by pid. `['error', 'not_found']`. @see OTP `supervisor:terminate_child/2` */
function terminateChild(supervisor: SupervisorRef, id: ChildId | AnyPid): Promise<'ok' | readonly ['error', ExitReason]> {
  return ask(supervisor, { op: 'terminate_child', id })
}
/** Starts an ended child again. `['error', 'running' | 'restarting' | 'not_found']` or the reason of its start. @see OTP `supervisor:restart_child/2` */
function restartChild(supervisor: SupervisorRef, id: ChildId): Promise<StartChildResult> {
  return ask(supervisor, { op: 'restart_child', id })
}
/** Forgets an ended child. `['error', 'running' | 'restarting' | 'not_found']`. @see OTP `supervisor:delete_child/2` */
function deleteChild(supervisor: SupervisorRef, id: ChildId): Promise<'ok' | readonly ['error', ExitReason]> {
  return ask(supervisor, { op: 'delete_child', id })
}
/** The children, last started first. @see OTP `supervisor:which_children/1` */
function whichChildren(supervisor: SupervisorRef): Promise<readonly ChildInfo[]> {
  return ask(supervisor, { op: 'which_children' })
}
/** How many specs, living processes, supervisors and workers. @see OTP `supervisor:count_children/1` */
function countChildren(supervisor: SupervisorRef): Promise<ChildCount> {
  return ask(supervisor, { op: 'count_children' })
}
/** The spec of a child with its defaults: `['ok', spec]` or `['error', 'not_found']`. @see OTP `supervisor:get_childspec/2` */
function getChildspec(supervisor: SupervisorRef, id: ChildId | AnyPid): Promise<ChildspecResult> {
  return ask(supervisor, { op: 'get_childspec', id })
}
/** Are these specs right? `'ok'`, or `['error', why]`. With `autoShutdown` also: do they go together? @see OTP `supervisor:check_childspecs/1,2` */
function checkChildspecs(specs: readonly ChildSpec[], autoShutdown?: AutoShutdown): 'ok' | readonly ['error', unknown] {
  const known: readonly unknown[] = [undefined, 'never', 'anySignificant', 'allSignificant']
  if (!known.includes(autoShutdown))
    throw new BadArgError('supervisor.checkChildspecs: autoShutdown', known.slice(1).join(', '), autoShutdown)
  if (!Array.isArray(specs)) return ['error', ['badarg', specs]]
  const checked = checkChildSpecs(specs, autoShutdown)
  return isRefusal(checked) ? ['error', checked.refused] : 'ok'
}
/** Ends a supervisor and its tree, and waits for it. @see OTP `proc_lib:stop/3` */
function stop(supervisor: SupervisorRef, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('supervisor.stop', supervisor, reason, timeoutMs)
}

/**
 * Supervisors: children that crash are started again, alone or together with their brothers.
 *
 * @example
 * const tree = unwrap(await supervisor.start({
 *   strategy: 'restForOne',
 *   children: [child('db', database), child('cache', cache, 0, { restart: 'transient' })],
 * }))
 * await supervisor.whichChildren(tree)
 * @see OTP `supervisor`
 */
export const supervisor = Object.freeze({
  start,
  startLink,
  startChild,
  terminateChild,
  restartChild,
  deleteChild,
  whichChildren,
  countChildren,
  getChildspec,
  checkChildspecs,
  stop,
})
