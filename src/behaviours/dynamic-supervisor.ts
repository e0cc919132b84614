// dynamicSupervisor: any number of children, each with its own spec, started on demand: Elixir's DynamicSupervisor over the
// same rules as OTP's simple_one_for_one. Entered by user code; calls start, the rules, and supervisor's requests.
import { rejectUnknown, requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { type AnyPid, isPid, type Pid } from '../base/pid.js'
import type { CallTimeout } from '../runtime/call.js'
import { Behaviour } from './behaviour.js'
import type { ChildId, ChildSpec } from './child-spec.js'
import { startBehaviour, type StartMode, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'
import { ask, type SupervisorPid } from './supervisor.js'
import type { ChildCount, ChildInfo, StartChildResult } from './supervisor-request.js'
import { checkFlags, isRefusal } from './supervisor-flags.js'
import { SupervisorRules } from './supervisor-rules.js'

/**
 * The pid of a supervisor of dynamic children.
 *
 * @example
 * const rooms: DynamicSupervisorPid = unwrap(await dynamicSupervisor.start())
 * @see Elixir `DynamicSupervisor`
 */
export type DynamicSupervisorPid = SupervisorPid<'dynamic'>
/**
 * A supervisor of dynamic children, by pid or registered name.
 *
 * @example
 * const where: DynamicSupervisorRef[] = [rooms, 'rooms']
 * @see Elixir `Supervisor`, "supervisor()"
 */
export type DynamicSupervisorRef = DynamicSupervisorPid | string
/**
 * Options of a supervisor of dynamic children; `name` and `timeoutMs` as of every start.
 *
 * @example
 * const options: DynamicSupervisorOptions = { name: 'rooms', maxChildren: 1000, intensity: 3, periodMs: 5000 }
 * await dynamicSupervisor.start(options) // => ['ok', whereis('rooms')]
 * @see Elixir `DynamicSupervisor`, "init_option()"
 */
export interface DynamicSupervisorOptions extends StartOptions {
  /**
   * Restarts that are allowed within the period, of all children together; one more and the supervisor gives up. Default 1; 0 =
   * none.
   */
  readonly intensity?: number
  /** The period in which restarts are counted, in whole ms from 1. Default 5 000. */
  readonly periodMs?: number
  /** How many children there may be; one more is answered `['error', 'max_children']`. Default infinity; 0 = none. */
  readonly maxChildren?: number | 'infinity'
}
/**
 * The spec of a dynamic child: it needs no id, for it is known by its pid. `P` is the type of that.
 *
 * @example
 * const lobby: DynamicChildSpec = { start: () => genServer.startLink(room, 'lobby'), restart: 'transient' }
 * @see Elixir `DynamicSupervisor.start_child/2`
 */
export interface DynamicChildSpec<P extends AnyPid = AnyPid> extends Omit<ChildSpec<P>, 'id' | 'significant'> {
  /** For reports only. Default 'undefined'. */
  readonly id?: ChildId
}

const OPTIONS = ['intensity', 'periodMs', 'maxChildren', 'name', 'timeoutMs'] as const

function startAs(mode: StartMode, options: DynamicSupervisorOptions): Promise<any> {
  const where = `dynamicSupervisor.${mode}`
  rejectUnknown(where, options, OPTIONS)
  const { intensity: _intensity, periodMs: _periodMs, maxChildren = 'infinity', ...startOptions } = options
  if (maxChildren !== 'infinity') requireInt(`${where}: maxChildren`, maxChildren, 0)
  const flags = checkFlags(options, where)
  if (isRefusal(flags)) throw flags.error
  const spec = { flags, template: null, maxChildren: maxChildren === 'infinity' ? Infinity : maxChildren }
  return startBehaviour('dynamicSupervisor', mode, startOptions, (starter) => new Behaviour(new SupervisorRules(spec), starter))
}

/**
 * Starts a supervisor without children, linked to the running process.
 *
 * @param options - `{ intensity, periodMs, maxChildren, name, timeoutMs }`
 * @returns `['ok', pid]`, or `['error', ['already_started', pid]]` when the name is taken
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here: use `start`; `GENSOCK_ERR_BADARG`,
 *   `GENSOCK_ERR_UNKNOWN_OPTION` - options that cannot be
 * @example
 * const rooms = { id: 'rooms', type: 'supervisor', start: () => dynamicSupervisor.startLink({ name: 'rooms' }) } as const
 * await supervisor.start({ children: [rooms] })
 * @see Elixir `DynamicSupervisor.start_link/1`
 */
function startLink(options: DynamicSupervisorOptions = {}): Promise<StartResult<DynamicSupervisorPid>> {
  return startAs('startLink', options)
}
/**
 * As `startLink`, for the top of a program: without a link, its parent is the node.
 *
 * @param options - as of `startLink`
 * @returns as `startLink`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - options that cannot be
 * @example
 * const rooms = unwrap(await dynamicSupervisor.start({ maxChildren: 10_000 }))
 * @see Elixir `DynamicSupervisor.start_link/1`
 */
function start(options: DynamicSupervisorOptions = {}): Promise<StartResult<DynamicSupervisorPid>> {
  return startAs('start', options)
}
/**
 * Starts a child of this spec.
 *
 * @param supervisor - pid or registered name
 * @param spec - `{ start, restart, shutdown, type, id }`, of which only `start` is needed
 * @returns `['ok', pid]`, `['ok', pid, info]`, `['ok', undefined]` when its start answered ignore; `['error', 'max_children']`,
 *   `['error', reason]`, `['error', why]` for a spec that is refused, `['error', 'not_dynamic']` from a supervisor that
 *   `supervisor` has made. Rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, or why the supervisor ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - neither a pid nor a name
 * @example
 * const lobby = unwrap(await dynamicSupervisor.startChild(rooms, { start: () => genServer.startLink(room, 'lobby') }))
 * genServer.cast(lobby, { type: 'join', who: 'ann' })
 * @see Elixir `DynamicSupervisor.start_child/2`
 */
function startChild<P extends AnyPid = Pid>(
  supervisor: DynamicSupervisorRef,
  spec: DynamicChildSpec<P>,
): Promise<StartChildResult<P>> {
  const named = typeof spec === 'object' && spec !== null ? { id: 'undefined', ...spec } : spec
  return ask(supervisor, { op: 'start_child', spec: named, args: [], dynamic: true })
}
/**
 * Ends a child and waits for it; it is forgotten.
 *
 * @param supervisor - pid or registered name
 * @param pid - of the child
 * @returns `'ok'`, also for a process that is dead already; `['error', 'not_found']` for one that is no child. Rejects as
 *   `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid; neither a pid nor a name of a supervisor
 * @example
 * await dynamicSupervisor.terminateChild(rooms, lobby) // => 'ok'
 * @see Elixir `DynamicSupervisor.terminate_child/2`
 */
function terminateChild(supervisor: DynamicSupervisorRef, pid: AnyPid): Promise<'ok' | readonly ['error', ExitReason]> {
  if (!isPid(pid)) throw new BadArgError('dynamicSupervisor.terminateChild: pid', 'a pid', pid)
  return ask(supervisor, { op: 'terminate_child', id: pid })
}
/**
 * The children, in no order.
 *
 * @param supervisor - pid or registered name
 * @returns `{ id, pid, type }` of each: its id is undefined, its pid `restarting` between two tries. Rejects as `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * const pids = (await dynamicSupervisor.whichChildren(rooms)).map(({ pid }) => pid)
 * @see Elixir `DynamicSupervisor.which_children/1`
 */
function whichChildren(supervisor: DynamicSupervisorRef): Promise<readonly ChildInfo[]> {
  return ask(supervisor, { op: 'which_children' })
}
/**
 * How many children there are.
 *
 * @param supervisor - pid or registered name
 * @returns `{ specs, active, supervisors, workers }`: children, living processes, and the children of each type. Rejects as
 *   `startChild`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `startChild`
 * @example
 * await dynamicSupervisor.countChildren(rooms) // => { specs: 1, active: 1, supervisors: 0, workers: 1 }
 * @see Elixir `DynamicSupervisor.count_children/1`
 */
function countChildren(supervisor: DynamicSupervisorRef): Promise<ChildCount> {
  return ask(supervisor, { op: 'count_children' })
}
/**
 * Ends the supervisor and, all at the same time, its children; waits for it.
 *
 * @param supervisor - pid or registered name
 * @param reason - default `normal`
 * @param timeoutMs - how long to wait, whole ms or 'infinity' (default); the children go on ending afterwards
 * @returns settles when the supervisor has ended; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason
 *   that it ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no supervisor; a timeout out of range
 * @example
 * await dynamicSupervisor.stop(rooms, 'shutdown', 10_000)
 * @see Elixir `DynamicSupervisor.stop/3`
 */
function stop(
  supervisor: DynamicSupervisorRef,
  reason: ExitReason = 'normal',
  timeoutMs: CallTimeout = 'infinity',
): Promise<void> {
  return stopProcess('dynamicSupervisor.stop', supervisor, reason, timeoutMs)
}

/**
 * Supervisors whose children come and go: a room per chat, a worker per device. Starting and stopping one costs the same
 * however many there are. Where Elixir's and OTP's rules differ, OTP's hold.
 *
 * @example
 * const rooms = unwrap(await dynamicSupervisor.start({ maxChildren: 10_000 }))
 * const lobby = unwrap(await dynamicSupervisor.startChild(rooms, { start: () => genServer.startLink(room, 'lobby') }))
 * @see OTP `supervisor`, "simple_one_for_one"; Elixir's DynamicSupervisor
 * @namespace
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
