// pg: process groups. All but the start functions answer at once: the table of a scope is read and written where it is asked
// for, in whatever process that is. Entered by user code; calls the scope.
import { BadArgError, GensockError } from '../base/errors.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { isRef, type Ref } from '../base/ref.js'
import type { StartResult } from '../behaviours/start.js'
import { resolve } from '../runtime/links.js'
import { discard } from '../runtime/mailbox.js'
import { currentKernel } from '../runtime/node.js'
import { DEAD, type Kernel, type Process, requireCurrent, shared } from '../runtime/process.js'
import { requireName } from '../runtime/registry.js'
import { spawnProgram } from '../runtime/spawn.js'
import { isGroupChange } from './changes.js'
import { Scope, scopeIn } from './scope.js'

/** The scope that starts itself on each node when it is first used. */
const DEFAULT = 'pg'
const NOBODY: readonly Pid[] = Object.freeze([])
/** One pid, or a list in which a process may stand several times. */
type Pids = AnyPid | readonly AnyPid[]

/** Whatever a process that has ended still asks for here is answered and does nothing. */
function hasEnded(): boolean {
  return shared.current?.state === DEAD
}

function spawnScope(kernel: Kernel, name: string, parent: Process | null, link: boolean): Pid {
  const scope = new Scope()
  const { process } = spawnProgram(kernel, scope, { name, link }, parent, 'pg')
  scope.process = process
  return process.pid
}
function startScope(where: string, name: string, parent: Process | null, link: boolean): Promise<StartResult> {
  requireName(`${where}: scope`, name)
  const kernel = parent?.kernel ?? currentKernel()
  const holder = kernel.names.get(name)
  if (holder !== undefined) return Promise.resolve(['error', ['already_started', holder.pid]])
  return Promise.resolve(['ok', spawnScope(kernel, name, parent, link)])
}
/**
 * Starts a scope: a process under the scope's name, without a link; its groups live and die with it.
 *
 * @param scope - a name like that of a process; default `pg`, which starts itself when first used
 * @returns `['ok', pid]`, or `['error', ['already_started', pid]]` if the name is taken, by whatever process
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not a name
 * @example
 * await pg.start('chat')
 * pg.join('room 1', pid, 'chat') // => 'ok'
 * @see OTP `pg:start/1`
 */
function start(scope: string = DEFAULT): Promise<StartResult> {
  return startScope('pg.start', scope, shared.current, false)
}
/**
 * As `start`, linked to the running process: the start function of a supervisor's child.
 *
 * @param scope - default `pg`
 * @returns `['ok', pid]`, or `['error', ['already_started', pid]]` if the name is taken
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - not a name
 * @example
 * await supervisor.start({ children: [{ id: 'chat groups', start: () => pg.startLink('chat') }] })
 * @see OTP `pg:start_link/0,1`
 */
function startLink(scope: string = DEFAULT): Promise<StartResult> {
  return startScope('pg.startLink', scope, requireCurrent('pg.startLink'), true)
}

/** The scope, or undefined if none is running under this name. */
function find(where: string, kernel: Kernel, scope: string): Scope | undefined {
  requireName(`${where}: scope`, scope)
  return scopeIn(kernel.names.get(scope))
}
function need(where: string, kernel: Kernel, name: string): Scope {
  const scope = find(where, kernel, name)
  if (scope !== undefined) return scope
  if (name === DEFAULT && !kernel.names.has(DEFAULT)) {
    spawnScope(kernel, DEFAULT, null, false)
    return find(where, kernel, name) as Scope
  }
  throw new GensockError(
    'GENSOCK_ERR_NOPROC',
    `${where}: no scope ${JSON.stringify(name)} is running on node ${kernel.name}; start it with pg.start or pg.startLink`,
    'noproc',
  )
}

/** The processes of these pids, null for a dead one. Refuses the whole list for one that is no pid of this node. */
function processesOf(where: string, kernel: Kernel, pids: readonly AnyPid[]): (Process | null)[] {
  return pids.map((pid) => {
    const process = resolve(kernel, pid, `${where}: pids`)
    if (process === undefined || (process !== null && process.kernel !== kernel))
      throw new BadArgError(`${where}: pids`, `pids of this node, ${kernel.name}`, pid)
    return process
  })
}
function listOf(pids: Pids, processes: readonly (Process | null)[]): readonly Pid[] {
  // The one object that the process is known by, also where the pid given was decoded from bytes.
  const given = Array.isArray(pids) ? (pids as readonly Pid[]) : [pids as Pid]
  return Object.freeze(given.map((pid, index) => processes[index]?.pid ?? pid))
}

/**
 * Joins one process, or several at once, to a group: any value, compared as a key of a `Map`. A process that joins several
 * times stands in the group as often, and must leave as often; its end takes it out of all groups, and so does the restart of
 * a socket's handler. A dead process comes and goes at once.
 *
 * @param group - the group's name, any value
 * @param pids - a pid of this node, or a list of them, in which one may stand several times
 * @param scope - default `pg`
 * @returns `'ok'`; a process that has ended joins nobody any more
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a pid of this node: nobody has joined; `GENSOCK_ERR_NOPROC` - no such scope
 * @example
 * pg.join('lobby', self.pid)
 * for (const pid of pg.getMembers('lobby')) send(pid, { type: 'hello' })
 * @see OTP `pg:join/2,3`
 */
function join(group: unknown, pids: Pids, scope: string = DEFAULT): 'ok' {
  const kernel = currentKernel()
  const processes = processesOf('pg.join', kernel, Array.isArray(pids) ? pids : [pids])
  if (hasEnded()) return 'ok'
  need('pg.join', kernel, scope).join(group, listOf(pids, processes), processes)
  return 'ok'
}
/**
 * Takes one process, or several, out of a group, each once for each time that it stands in the list.
 *
 * @param group - the group's name
 * @param pids - a pid of this node, or a list of them
 * @param scope - default `pg`
 * @returns `'ok'`, or `'not_joined'` if none of them was a member
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a pid of this node: nobody has left; `GENSOCK_ERR_NOPROC` - no such scope
 * @example
 * pg.join('lobby', pid)
 * pg.leave('lobby', pid) // => 'ok'
 * pg.leave('lobby', pid) // => 'not_joined'
 * @see OTP `pg:leave/2,3`
 */
function leave(group: unknown, pids: Pids, scope: string = DEFAULT): 'ok' | 'not_joined' {
  const kernel = currentKernel()
  const processes = processesOf('pg.leave', kernel, Array.isArray(pids) ? pids : [pids])
  if (hasEnded()) return 'not_joined'
  return need('pg.leave', kernel, scope).leave(group, listOf(pids, processes), processes) ? 'ok' : 'not_joined'
}

/**
 * The members of a group, in no order, each as often as it has joined.
 *
 * @param group - the group's name
 * @param scope - default `pg`
 * @returns a frozen list that stays as it is; empty if there is no such group or no such scope
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - the scope is no name
 * @example
 * pg.join('lobby', [alice, bob])
 * pg.getMembers('lobby') // => [alice, bob]
 * @see OTP `pg:get_members/1,2`
 */
function getMembers<P extends AnyPid = Pid>(group: unknown, scope: string = DEFAULT): readonly P[] {
  return (find('pg.getMembers', currentKernel(), scope)?.members(group) ?? NOBODY) as readonly AnyPid[] as readonly P[]
}
/**
 * As `getMembers`, of this node only: those whose end this node sees first.
 *
 * @param group - the group's name
 * @param scope - default `pg`
 * @returns a frozen list; empty if there is no such group or no such scope
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - the scope is no name
 * @example
 * const here = pg.getLocalMembers('lobby').length
 * @see OTP `pg:get_local_members/1,2`
 */
function getLocalMembers<P extends AnyPid = Pid>(group: unknown, scope: string = DEFAULT): readonly P[] {
  return (find('pg.getLocalMembers', currentKernel(), scope)?.localMembers(group) ?? NOBODY) as readonly AnyPid[] as readonly P[]
}
/**
 * The groups that have members.
 *
 * @param scope - default `pg`
 * @returns their names, in no order
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - no such scope; `GENSOCK_ERR_BADARG` - the scope is no name
 * @example
 * pg.join('lobby', pid)
 * pg.whichGroups() // => ['lobby']
 * @see OTP `pg:which_groups/0,1`
 */
function whichGroups(scope: string = DEFAULT): unknown[] {
  return need('pg.whichGroups', currentKernel(), scope).groups()
}
/**
 * The groups that have members on this node.
 *
 * @param scope - default `pg`
 * @returns their names, in no order
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - no such scope; `GENSOCK_ERR_BADARG` - the scope is no name
 * @example
 * const rooms = pg.whichLocalGroups('chat')
 * @see OTP `pg:which_local_groups/0,1`
 */
function whichLocalGroups(scope: string = DEFAULT): unknown[] {
  return need('pg.whichLocalGroups', currentKernel(), scope).localGroups()
}

/**
 * The members, and from now on a message `{ type: 'join' | 'leave', ref, group, pids }` to the running process for each change
 * of the group: nothing is lost in between. It ends with `demonitor`, with the process or with the scope.
 *
 * @param group - the group's name; it need not have members
 * @param scope - default `pg`
 * @returns the ref of the messages, and the members now
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_NOPROC` - no such scope
 * @example
 * const [ref, pids] = self.run(() => pg.monitor('lobby'))
 * const change = await self.receive(isGroupChange) // { type: 'join', ref, group: 'lobby', pids: [alice] }
 * @see OTP `pg:monitor/1,2`
 */
function monitor(group: unknown, scope: string = DEFAULT): readonly [ref: Ref, pids: readonly Pid[]] {
  const process = requireCurrent('pg.monitor')
  if (hasEnded()) return [process.kernel.newRef(), NOBODY]
  const table = need('pg.monitor', process.kernel, scope)
  return [table.watch(process, group), table.members(group)]
}
/**
 * As `monitor`, for all groups of the scope.
 *
 * @param scope - default `pg`
 * @returns the ref of the messages, and the members of each group now
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_NOPROC` - no such scope
 * @example
 * const [ref, groups] = self.run(() => pg.monitorScope())
 * for (const [group, pids] of groups) console.log(group, pids.length)
 * @see OTP `pg:monitor_scope/0,1`
 */
function monitorScope(scope: string = DEFAULT): readonly [ref: Ref, groups: ReadonlyMap<unknown, readonly Pid[]>] {
  const process = requireCurrent('pg.monitorScope')
  if (hasEnded()) return [process.kernel.newRef(), new Map()]
  const table = need('pg.monitorScope', process.kernel, scope)
  return [table.watchAll(process), table.content()]
}
/**
 * Ends a `monitor` or `monitorScope`, and takes its messages out of the running process's mailbox.
 *
 * @param ref - what `monitor` or `monitorScope` answered
 * @param scope - that of the monitor; default `pg`
 * @returns `'ok'`, or false if the ref is none of this scope, or its monitor has ended
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_NOPROC` - no such scope;
 *   `GENSOCK_ERR_BADARG` - not a reference
 * @example
 * const [ref] = self.run(() => pg.monitor('lobby'))
 * self.run(() => pg.demonitor(ref)) // => 'ok'
 * @see OTP `pg:demonitor/1,2`
 */
function demonitor(ref: Ref, scope: string = DEFAULT): 'ok' | false {
  const process = requireCurrent('pg.demonitor')
  if (!isRef(ref)) throw new BadArgError('pg.demonitor: ref', 'a reference', ref)
  if (hasEnded() || !need('pg.demonitor', process.kernel, scope).unwatch(ref)) return false
  discard(process, (message) => isGroupChange(message) && message.ref.equals(ref))
  return 'ok'
}

/**
 * Process groups: `pg:join(Group, Pid)` is `pg.join(group, pid)`. Scopes know nothing of each other; the scope is the last
 * argument and `pg` without one.
 *
 * @example
 * pg.join('lobby', self.pid)
 * for (const pid of pg.getMembers('lobby')) send(pid, { type: 'hello' })
 * @see OTP `pg`
 * @namespace
 */
export const pg = Object.freeze({
  start,
  startLink,
  join,
  leave,
  getMembers,
  getLocalMembers,
  whichGroups,
  whichLocalGroups,
  monitor,
  monitorScope,
  demonitor,
})
