// Waiting for the outcome of a task: await, yield, shutdown, ignore. Entered by task; calls task-record.
import { requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { reasonText } from '../base/exit-reason.js'
import { CallError, type CallTimeout } from '../runtime/call.js'
import { awaited, type Kernel } from '../runtime/process.js'
import { handled, never } from '../runtime/receive.js'
import { type Outcome, requireOwn, type Task, type TaskRecord, type TaskShutdown } from './task-record.js'

/** Settles at once, as long as the budget lasts: a loop of looks must not hold up the event loop. */
function now<T>(kernel: Kernel, value: T): Promise<T> {
  return kernel.queue.tick() ? Promise.resolve(value) : kernel.queue.nextSlice(value)
}

/** The outcome within a time; undefined if there is none. With `abandon` it is given up then: a later one is dropped. */
function outcomeOf(where: string, task: unknown, timeoutMs: CallTimeout, abandon: boolean): Promise<Outcome | undefined> {
  if (timeoutMs !== 'infinity') requireMs(`${where}: timeoutMs`, timeoutMs)
  requireOwn(where, task)
  if (task.ownerEnded) return never()
  const outcome = task.take()
  if (outcome !== undefined) return now(task.kernel, outcome)
  if (!task.watched || task.awaited)
    throw new BadArgError(`${where}: task`, 'a task whose outcome nobody has taken or waits for', task)
  if (timeoutMs === 0) {
    if (abandon) task.giveUp()
    return now(task.kernel, undefined)
  }
  const { kernel, ownerProcess } = task
  return new Promise((settle) => {
    const resolve = awaited(kernel, ownerProcess, settle)
    const timer = timeoutMs === 'infinity' ? null : kernel.newRef()
    const giveUp = task.wait(false, (settled) => {
      if (timer !== null) kernel.timers.cancel(timer)
      resolve(settled)
    })
    const onTimeout = (): void => {
      if (!giveUp()) return
      if (abandon) task.giveUp()
      resolve(undefined)
    }
    if (timer !== null) kernel.timers.add(timer, timeoutMs as number, ownerProcess, onTimeout, undefined)
  })
}

/**
 * The value of a task. Only its owner may ask, and once; `task.yield` looks as often as you like.
 *
 * @param task - what `task.async` or `task.asyncNolink` answered
 * @param timeoutMs - whole ms or 'infinity'; default 5 000. Then the outcome is given up; the task goes on.
 * @returns the value; rejects with CallError `GENSOCK_ERR_CALL`: its `reason` is `timeout` or why the task ended, its `cause`
 *   what the task threw
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no task, a task of another owner, or one that has been awaited
 * @example
 * const sum = await task.await(task.async(() => 1 + 1)) // => 2
 * @see Elixir `Task.await/2`. Differs: a second await is refused at once, Elixir's waits until its timeout.
 */
export function awaitTask<T>(task: Task<T>, timeoutMs: CallTimeout = 5000): Promise<T> {
  const value = outcomeOf('task.await', task, timeoutMs, true).then((outcome) => {
    if (outcome === undefined) throw new CallError(task.pid, 'timeout', `no value after ${String(timeoutMs)} ms`)
    if (outcome[0] === 'ok') return outcome[1] as T
    throw new CallError(task.pid, outcome[1], `the task ended with reason ${reasonText(outcome[1])}`)
  })
  return handled(value)
}

/**
 * Looks whether a task is done, and waits a while for it. May be called again after `undefined`.
 *
 * @param task - what `task.async` or `task.asyncNolink` answered
 * @param timeoutMs - whole ms or 'infinity'; default 5 000; 0 = only look
 * @returns `['ok', value]`, `['exit', reason]` (of a task that is not linked, or when exits are trapped), or undefined: not yet
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no task, a task of another owner, or one whose outcome has been taken
 * @example
 * const outcome = (await task.yield(slow, 1000)) ?? (await task.shutdown(slow))
 * @see Elixir `Task.yield/2`
 */
export function yieldTask<T>(task: Task<T>, timeoutMs: CallTimeout = 5000): Promise<Outcome<T> | undefined> {
  return outcomeOf('task.yield', task, timeoutMs, false) as Promise<Outcome<T> | undefined>
}

/**
 * Unlinks a task and ends it, with `shutdown` and after the time limit with `kill`; answers what came of it.
 *
 * @param task - what `task.async` or `task.asyncNolink` answered
 * @param how - whole ms, 'infinity', or 'brutalKill' to kill it straight away; default 5 000
 * @returns `['ok', value]` if it was faster, undefined if it has ended as told, `['exit', reason]` if otherwise (`noproc` when
 *   nobody knows any more)
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no task, a task of another owner, or one that is awaited at this moment
 * @example
 * const outcome = (await task.yield(slow, 1000)) ?? (await task.shutdown(slow, 'brutalKill'))
 * @see Elixir `Task.shutdown/2`
 */
export function shutdownTask<T>(task: Task<T>, how: TaskShutdown = 5000): Promise<Outcome<T> | undefined> {
  const where = 'task.shutdown'
  if (how !== 'infinity' && how !== 'brutalKill') requireMs(`${where}: how`, how)
  requireOwn(where, task)
  const record: TaskRecord = task
  if (record.awaited) throw new BadArgError(`${where}: task`, 'a task that nobody awaits at this moment', task)
  if (record.ownerEnded) return never()
  record.unlink()
  const told = how === 'brutalKill' ? 'killed' : 'shutdown'
  const judge = (outcome: Outcome): any => (outcome[0] === 'exit' && outcome[1] === told ? undefined : outcome)
  const outcome = record.take()
  if (!record.watchAgain()) return now(record.kernel, judge(outcome ?? ['exit', 'noproc']))
  return new Promise((resolve) => endIt(record, how, (ended) => resolve(outcome ?? judge(ended))))
}
function endIt(record: TaskRecord, how: TaskShutdown, settle: (outcome: Outcome) => void): void {
  const { kernel } = record
  const timer = typeof how === 'number' ? kernel.newRef() : null
  record.wait(true, (outcome) => {
    if (timer !== null) kernel.timers.cancel(timer)
    settle(outcome)
  })
  const kill = (): void => record.signal('kill')
  if (timer !== null) kernel.timers.add(timer, how as number, record.ownerProcess, kill, undefined)
  record.signal(how === 'brutalKill' ? 'kill' : 'shutdown')
}

/**
 * Lets a task go on by itself: unlinked, not watched, its value dropped.
 *
 * @param task - what `task.async` or `task.asyncNolink` answered
 * @returns its outcome if that is there already, else undefined
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no task, a task of another owner, or one that is awaited at this moment
 * @example
 * if ((await task.yield(slow, 1000)) === undefined) task.ignore(slow)
 * @see Elixir `Task.ignore/1`
 */
export function ignoreTask<T>(task: Task<T>): Outcome<T> | undefined {
  requireOwn('task.ignore', task)
  const record: TaskRecord = task
  if (record.awaited) throw new BadArgError('task.ignore: task', 'a task that nobody awaits at this moment', task)
  const outcome = record.take()
  record.unlink()
  record.giveUp()
  return outcome as Outcome<T> | undefined
}
