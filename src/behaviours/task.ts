// task: work in a process of its own, with a value at the end. The functions that start tasks and wait for them, after Elixir's
// Task and Task.Supervisor. Entered by user code; calls task-outcome, task-record and dynamicSupervisor.
import { rejectUnknown, requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { Pid } from '../base/pid.js'
import { currentKernel } from '../runtime/node.js'
import { DEAD, type Process, requireCurrent, shared } from '../runtime/process.js'
import { spawnProgram } from '../runtime/spawn.js'
import { handled } from '../runtime/receive.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import type { ChildId, ChildSpec, Restart } from './child-spec.js'
import { dynamicSupervisor, type DynamicSupervisorOptions } from './dynamic-supervisor.js'
import { nameOf, StartError } from './start.js'
import type { SupervisorRef } from './supervisor.js'
import type { StartChildResult } from './supervisor-request.js'
import { awaitTask, ignoreTask, shutdownTask, yieldTask } from './task-outcome.js'
import { type Task, TaskProgram, TaskRecord } from './task-record.js'

// Conditional, so that the arguments alone say what `A` is, and the function is held to them.
type Given<A extends readonly unknown[]> = A extends readonly []
  ? [Receiver]
  : A extends readonly unknown[]
    ? [...A, Receiver]
    : never
/**
 * What a task runs: it gets the arguments, and last the Self of its process. May be async; what it returns is the value.
 *
 * @example
 * const slowly: TaskFunction<[n: number], number> = async (n, self) => (await self.sleep(1000), n * 2)
 * @see Elixir `Task.async/1`
 */
export type TaskFunction<A extends readonly unknown[], T> = (...given: Given<A>) => MaybePromise<T>
/**
 * Options of `task.asyncNolink`.
 *
 * @example
 * await task.asyncNolink('tasks', upload, [file], { shutdown: 30_000 })
 * @see Elixir `Task.Supervisor.async_nolink/3`
 */
export interface SupervisedTaskOptions {
  /**
   * How long it may take to end when its supervisor ends it, in whole ms from 1; then it is killed. `brutalKill`: at once.
   * Default 5 000.
   */
  readonly shutdown?: number | 'brutalKill'
}
/**
 * Options of `task.startChild`.
 *
 * @example
 * await task.startChild('tasks', fillCache, [], { restart: 'transient', shutdown: 'brutalKill' })
 * @see Elixir `Task.Supervisor.start_child/3`
 */
export interface TaskChildOptions extends SupervisedTaskOptions {
  /**
   * Whether it runs again after its end: `permanent` always, `transient` after an abnormal end. Default `temporary`: a task
   * runs once.
   */
  readonly restart?: Restart
}

function checkRun(where: string, run: unknown, args: unknown): void {
  requireFunction(`${where}: run`, run)
  if (!Array.isArray(args)) throw new BadArgError(`${where}: args`, 'a list of arguments', args)
}

/**
 * Starts a task that its owner, the running process, will await. It is linked to the owner: a crash of one ends the other.
 * An outcome that is not awaited comes as a message: `{ type: 'reply', ref, reply }`, then DOWN, with the `ref` of the task.
 *
 * Outside any process (and after an await, where nobody knows the running process: use `self.run`) there is no link and no
 * mailbox; the crash reaches who awaits, and the logger.
 *
 * @param run - gets the arguments, and last the Self of the task's process; may be async
 * @param args - a list; default: no arguments
 * @returns the task, for `task.await` and its like; it runs already
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function, no list; `GENSOCK_ERR_NOPROC` - the node has been stopped
 * @example
 * const user = task.async(fetchUser, [id])
 * const posts = task.async(() => fetchPosts(id))
 * const page = { user: await task.await(user), posts: await task.await(posts) }
 * @see Elixir `Task.async/1,3`
 */
function asyncTask<T, A extends readonly unknown[] = []>(run: TaskFunction<A, T>, args?: readonly [...A]): Task<T> {
  checkRun('task.async', run, args ?? [])
  const owner = shared.current
  const kernel = currentKernel()
  const record = new TaskRecord(kernel, owner)
  const program = new TaskProgram(run as (...given: any[]) => unknown, args ?? [], record)
  record.begin(spawnProgram(kernel, program, { link: owner !== null }, owner, 'task.async').process)
  return record
}

function startTask(where: string, link: boolean, run: unknown, args: unknown, parent: Process | null): readonly ['ok', Pid] {
  checkRun(where, run, args)
  const program = new TaskProgram(run as (...given: any[]) => unknown, args as readonly unknown[])
  return ['ok', spawnProgram(parent?.kernel ?? currentKernel(), program, { link }, parent, where).pid]
}
/**
 * Starts a task for its effects: nobody hears of its value, nor of its end; a crash is reported.
 *
 * @param run - gets the arguments, and last the Self of the task's process; may be async
 * @param args - a list; default: no arguments
 * @returns `['ok', pid]`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function, no list; `GENSOCK_ERR_NOPROC` - the node has been stopped
 * @example
 * task.start(sendMail, [address])
 * @see Elixir `Task.start/1,3`
 */
function start<A extends readonly unknown[] = []>(run: TaskFunction<A, unknown>, args?: readonly [...A]): readonly ['ok', Pid] {
  return startTask('task.start', false, run, args ?? [], shared.current)
}
/**
 * As `start`, linked to the running process: the start function of a child.
 *
 * @param run - gets the arguments, and last the Self of the task's process; may be async
 * @param args - a list; default: no arguments
 * @returns `['ok', pid]`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no function, no list
 * @example
 * const child = { id: 'warm-up', start: () => task.startLink(fillCache), restart: 'transient' }
 * @see Elixir `Task.start_link/1,3`
 */
function startLink<A extends readonly unknown[] = []>(
  run: TaskFunction<A, unknown>,
  args?: readonly [...A],
): readonly ['ok', Pid] {
  return startTask('task.startLink', true, run, args ?? [], requireCurrent('task.startLink'))
}

const SPEC_OPTIONS = ['shutdown'] as const
const CHILD_OPTIONS = ['shutdown', 'restart'] as const
const SUPERVISOR_OPTIONS: Readonly<Record<keyof TaskSupervisorOptions, true>> = Object.freeze({
  id: true,
  name: true,
  timeoutMs: true,
  intensity: true,
  periodMs: true,
  maxChildren: true,
})

/**
 * Starts a task as a child of a supervisor of tasks, for its effects.
 *
 * @param supervisor - pid or registered name of a `task.supervisor` or `dynamicSupervisor`
 * @param run - gets the arguments, and last the Self of the task's process; may be async
 * @param args - a list; default: no arguments
 * @param options - `{ restart, shutdown }`; default `temporary`, 5 000 ms
 * @returns `['ok', pid]` or `['error', reason]`, as `dynamicSupervisor.startChild`; rejects with CallError `GENSOCK_ERR_CALL`
 *   `noproc`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function, no list, no supervisor; `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * await task.startChild('tasks', sendMail, [address], { restart: 'transient' })
 * @see Elixir `Task.Supervisor.start_child/2,4`
 */
function startChild<A extends readonly unknown[] = []>(
  supervisor: SupervisorRef,
  run: TaskFunction<A, unknown>,
  args?: readonly [...A],
  options: TaskChildOptions = {},
): Promise<StartChildResult> {
  checkRun('task.startChild', run, args ?? [])
  rejectUnknown('task.startChild', options, CHILD_OPTIONS)
  const begin = (): readonly ['ok', Pid] => startTask('task.startChild', true, run, args ?? [], requireCurrent('task.startChild'))
  return dynamicSupervisor.startChild(supervisor, { restart: 'temporary', ...options, start: begin })
}
/**
 * Starts a task that its owner will await, as a child of a supervisor of tasks: it is not linked to the owner, whom its crash
 * does not end.
 *
 * @param supervisor - pid or registered name of a `task.supervisor` or `dynamicSupervisor`
 * @param run - gets the arguments, and last the Self of the task's process; may be async
 * @param args - a list; default: no arguments
 * @param options - `{ shutdown }`: how long it may take to end when its supervisor ends it; default 5 000 ms
 * @returns the task; rejects with StartError `GENSOCK_ERR_START` when the supervisor refuses (`max_children`), with CallError
 * `GENSOCK_ERR_CALL` `noproc` when there is none
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function, no list, no supervisor; `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const report = await task.asyncNolink(tasks, buildReport, [month])
 * const outcome = await task.yield(report, 10_000)
 * @see Elixir `Task.Supervisor.async_nolink/2,4`
 */
function asyncNolink<T, A extends readonly unknown[] = []>(
  supervisor: SupervisorRef,
  run: TaskFunction<A, T>,
  args?: readonly [...A],
  options: SupervisedTaskOptions = {},
): Promise<Task<T>> {
  checkRun('task.asyncNolink', run, args ?? [])
  rejectUnknown('task.asyncNolink', options, SPEC_OPTIONS)
  const owner = shared.current
  const record = new TaskRecord(currentKernel(), owner)
  const begin = (): readonly ['ok', Pid] | readonly ['ignore'] => {
    if (owner?.state === DEAD) return ['ignore'] // nobody is left who could await it
    const parent = requireCurrent('task.asyncNolink')
    const program = new TaskProgram(run as (...given: any[]) => unknown, args ?? [], record)
    const { process, pid } = spawnProgram(parent.kernel, program, { link: true }, parent, 'task.asyncNolink')
    record.begin(process)
    return ['ok', pid]
  }
  const started = dynamicSupervisor.startChild(supervisor, { restart: 'temporary', ...options, start: begin })
  const made = started.then((result) => {
    if (result[0] !== 'ok') throw new StartError(result[1])
    return record
  })
  return handled(made)
}

/**
 * Options of a supervisor of tasks: those of `dynamicSupervisor`, and the id of the child.
 *
 * @example
 * task.supervisor({ id: 'mail', name: 'mail tasks', maxChildren: 100 })
 * @see Elixir `Task.Supervisor.start_link/1`
 */
export interface TaskSupervisorOptions extends DynamicSupervisorOptions {
  /** Default: its name, else `task_supervisor`. */
  readonly id?: ChildId
}
/**
 * The child spec of a supervisor of tasks, for a supervision tree. For the top of a program `dynamicSupervisor.start` does the
 * same.
 *
 * @param options - `{ id, name, maxChildren, intensity, periodMs, timeoutMs }`, each as of `dynamicSupervisor.start`
 * @returns a child spec with the given id, else its name, else `task_supervisor`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - the name is none; `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const tree = unwrap(await supervisor.start({ children: [task.supervisor({ name: 'tasks', maxChildren: 100 })] }))
 * const mail = await task.asyncNolink('tasks', sendMail, [address])
 * @see Elixir `Task.Supervisor`
 */
function supervisorSpec(options: TaskSupervisorOptions = {}): ChildSpec {
  rejectUnknown('task.supervisor', options, Object.keys(SUPERVISOR_OPTIONS))
  const { id, ...rest } = options
  const name = nameOf('task.supervisor', rest.name)
  return { id: id ?? name ?? 'task_supervisor', start: () => dynamicSupervisor.startLink(rest), type: 'supervisor' }
}

/**
 * Tasks: `Task.async(...)` is `task.async(...)`. Several are awaited with `Promise.all`.
 *
 * @example
 * const squares = [1, 2, 3].map((n) => task.async(() => n * n))
 * await Promise.all(squares.map((square) => task.await(square))) // => [1, 4, 9]
 * @see Elixir `Task`, `Task.Supervisor`
 * @namespace
 */
export const task = Object.freeze({
  async: asyncTask,
  await: awaitTask,
  yield: yieldTask,
  shutdown: shutdownTask,
  ignore: ignoreTask,
  start,
  startLink,
  startChild,
  asyncNolink,
  supervisor: supervisorSpec,
})
