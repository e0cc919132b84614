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
import { requireSysTarget } from './sys-target.js'
import type { SysTarget } from './system.js'
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
/**
 * The pid of a supervisor: nothing is sent to it, it is asked by the functions of `supervisor` and `dynamicSupervisor`. `Kind`
 * says how it was made, and so whether it takes dynamic children; without it the compiler lets both pass.
 *
 * @example
 * const tree: SupervisorPid = unwrap(await supervisor.start({ children: [] }))
 * @see OTP `supervisor`, "sup_ref()"
 */
export interface SupervisorPid<Kind extends 'static' | 'dynamic' = any> extends Pid<never> {
  /** For the compiler only: no such field exists. */
  readonly [kSupervisor]: Kind
}
/**
 * A supervisor, by pid or registered name.
 *
 * @example
 * const where: SupervisorRef[] = [tree, 'tree']
 * @see OTP `supervisor`, "sup_ref()"
 */
export type SupervisorRef = SupervisorPid | string

function startAs(mode: StartMode, given: unknown, options: StartOptions | undefined): Promise<any> {
  const init = requireSupervisor(`supervisor.${mode}`, given)
  return startBehaviour('supervisor', mode, options, (starter) => new Behaviour(new SupervisorRules(init), starter))
}
/** Asks a supervisor, as long as it takes. @internal */
export function ask(supervisor: SupervisorRef, order: SupervisorOrder): Promise<any> {
  const kernel = currentKernel()
  const target = requireSysTarget(kernel, `supervisor: ${order.op}`, supervisor)
  // Anyone else would end of such a request.
  if (target && (target.program as Partial<SysTarget>).kind !== 'supervisor')
    throw new BadArgError(`supervisor: ${order.op}`, 'asked of a supervisor', supervisor)
  return call(kernel, shared.current, supervisor as Pid | string, new SupervisorRequest(order), 'infinity')
}

/**
 * Starts a supervisor and its children, linked to the running process; the promise settles when all children have started.
 *
 * @param spec - flags and children, or a function that gives them at each start and may answer `['ignore']`
 * @param options - `{ name, timeoutMs }`; `timeoutMs` bounds the start of the whole tree, in ms, default infinity
 * @returns `['ok', pid]`, `['error', ['shutdown', ['failed_to_start_child', id, reason]]]` after those that had started were
 *   ended again, `['error', why]` for a spec that is refused, `['ignore']`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here: use `start`; `GENSOCK_ERR_BADARG`,
 *   `GENSOCK_ERR_UNKNOWN_OPTION` - no spec, or options that cannot be
 * @example
 * const tree = await self.run(() => supervisor.startLink({ strategy: 'oneForAll', children: [child('a', counter, 0)] }))
 * @see OTP `supervisor:start_link/2,3`
 */
function startLink(spec: SupervisorSpec | SupervisorInit, options?: StartOptions): Promise<StartResult<SupervisorPid<'static'>>> {
  return startAs('startLink', spec, options)
}
/**
 * As `startLink`, for the top of a program: without a link, its parent is the node, and `node.stop()` ends the tree in order.
 * As the start function of a child take `startLink`.
 *
 * @param spec - as of `startLink`
 * @param options - as of `startLink`
 * @returns as `startLink`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no spec, or options that cannot be
 * @example
 * const tree = unwrap(await supervisor.start({ children: [child('counter', counter, 0)] }))
 * @see OTP `supervisor:start_link/2,3`. Differs: OTP has no start without a link.
 */
function start(spec: SupervisorSpec | SupervisorInit, options?: StartOptions): Promise<StartResult<SupervisorPid<'static'>>> {
  return startAs('start', spec, options)
}
/**
 * Starts one more child, after all others.
 *
 * @param supervisor - pid or registered name
 * @param child - a spec; for `simpleOneForOne` the list of arguments of the template's start function
 * @returns `['ok', pid]`, `['ok', pid, info]`, `['ok', undefined]` when its start answered ignore;
 *   `['error', ['already_started', pid]]`, `['error', 'already_present']`, `['error', [reason, spec]]` when its start failed,
 *   `['error', why]` for a spec that is refused. Rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, or why the supervisor
 *   ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - neither a pid nor a name
 * @example
 * const pid = unwrap(await supervisor.startChild(tree, child('second', counter, 10)))
 * await genServer.call(pid, { type: 'get' }) // => 10
 * @see OTP `supervisor:start_child/2`
 */
function startChild<P extends AnyPid = Pid>(
  supervisor: SupervisorRef,
  child: ChildSpec<P> | readonly unknown[],
): Promise<StartChildResult<P>> {
  const args: readonly unknown[] | undefined = Array.isArray(child) ? (child as readonly unknown[]) : undefined
  return ask(supervisor, { op: 'start_child', spec: child, args, dynamic: false })
}
/**
 * Ends a child and waits for it; its spec stays, unless it is temporary, and it is not started again by itself.
 *
 * @param supervisor - pid or registered name
 * @param id - the child's id; with `simpleOneForOne` its pid
 * @returns `'ok'`, also if it does not run; `['error', 'not_found']`; with `simpleOneForOne` and no pid
 *   `['error', 'simple_one_for_one']`. Rejects as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * await supervisor.terminateChild(tree, 'second') // => 'ok'
 * @see OTP `supervisor:terminate_child/2`
 */
function terminateChild(supervisor: SupervisorRef, id: ChildId | AnyPid): Promise<'ok' | readonly ['error', ExitReason]> {
  return ask(supervisor, { op: 'terminate_child', id })
}
/**
 * Starts a child again that does not run.
 *
 * @param supervisor - pid or registered name
 * @param id - the child's id
 * @returns as `startChild`; `['error', 'running' | 'restarting' | 'not_found']`, or the reason of its start; with
 *   `simpleOneForOne` `['error', 'simple_one_for_one']`. Rejects as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * const again = await supervisor.restartChild<PidOf<typeof counter>>(tree, 'second')
 * @see OTP `supervisor:restart_child/2`
 */
function restartChild<P extends AnyPid = Pid>(supervisor: SupervisorRef, id: ChildId): Promise<StartChildResult<P>> {
  return ask(supervisor, { op: 'restart_child', id })
}
/**
 * Forgets a child that does not run.
 *
 * @param supervisor - pid or registered name
 * @param id - the child's id
 * @returns `'ok'`, `['error', 'running' | 'restarting' | 'not_found']`; with `simpleOneForOne`
 *   `['error', 'simple_one_for_one']`. Rejects as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * await supervisor.terminateChild(tree, 'second')
 * await supervisor.deleteChild(tree, 'second') // => 'ok'
 * @see OTP `supervisor:delete_child/2`
 */
function deleteChild(supervisor: SupervisorRef, id: ChildId): Promise<'ok' | readonly ['error', ExitReason]> {
  return ask(supervisor, { op: 'delete_child', id })
}
/**
 * The children, last started first.
 *
 * @param supervisor - pid or registered name
 * @returns `{ id, pid, type }` of each; its pid is undefined when it does not run and `restarting` between two tries. Rejects
 *   as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * const [last] = await supervisor.whichChildren(tree)
 * last?.id // => 'counter'
 * @see OTP `supervisor:which_children/1`
 */
function whichChildren(supervisor: SupervisorRef): Promise<readonly ChildInfo[]> {
  return ask(supervisor, { op: 'which_children' })
}
/**
 * How many children there are.
 *
 * @param supervisor - pid or registered name
 * @returns `{ specs, active, supervisors, workers }`: specs, living processes, and the children of each type. Rejects as
 *   `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * await supervisor.countChildren(tree) // => { specs: 1, active: 1, supervisors: 0, workers: 1 }
 * @see OTP `supervisor:count_children/1`
 */
function countChildren(supervisor: SupervisorRef): Promise<ChildCount> {
  return ask(supervisor, { op: 'count_children' })
}
/**
 * The spec of a child.
 *
 * @param supervisor - pid or registered name
 * @param id - the child's id, or the pid of a dynamic child
 * @returns `['ok', spec]`, with all defaults filled in, frozen; `['error', 'not_found']`. Rejects as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * const [ok, spec] = await supervisor.getChildspec(tree, 'counter') // spec.restart is 'permanent'
 * @see OTP `supervisor:get_childspec/2`
 */
function getChildspec(supervisor: SupervisorRef, id: ChildId | AnyPid): Promise<ChildspecResult> {
  return ask(supervisor, { op: 'get_childspec', id })
}
/**
 * Are these child specs right? Starts nothing.
 *
 * @param specs - a list of child specs
 * @param autoShutdown - with it also: do they go together with this flag?
 * @returns `'ok'`, or `['error', why]` with OTP's term
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no such value of `autoShutdown`
 * @example
 * supervisor.checkChildspecs([child('counter', counter, 0)]) // => 'ok'
 * @see OTP `supervisor:check_childspecs/1,2`
 */
function checkChildspecs(specs: readonly ChildSpec[], autoShutdown?: AutoShutdown): 'ok' | readonly ['error', unknown] {
  const known: readonly unknown[] = [undefined, 'never', 'anySignificant', 'allSignificant']
  if (!known.includes(autoShutdown))
    throw new BadArgError('supervisor.checkChildspecs: autoShutdown', known.slice(1).join(', '), autoShutdown)
  if (!Array.isArray(specs)) return ['error', ['badarg', specs]]
  const checked = checkChildSpecs(specs, autoShutdown)
  return isRefusal(checked) ? ['error', checked.refused] : 'ok'
}
/**
 * Ends a supervisor and its tree, last started first, and waits for it.
 *
 * @param supervisor - pid or registered name
 * @param reason - default `normal`
 * @param timeoutMs - how long to wait, whole ms or 'infinity' (default); the tree goes on ending afterwards
 * @returns settles when the supervisor has ended; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason
 *   that it ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no supervisor; a timeout out of range
 * @example
 * await supervisor.stop(tree, 'shutdown', 10_000)
 * @see OTP `proc_lib:stop/3`
 */
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
 * await supervisor.countChildren(tree) // => { specs: 2, active: 2, supervisors: 0, workers: 2 }
 * @see OTP `supervisor`
 * @namespace
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
