// Starting and stopping one child, as every supervisor does: the start function is run and its answer sorted; the end is told,
// awaited, and after the time limit forced. Entered by the rules of supervisors; calls the runtime.
import { type ExitReason, isCrash, isNocatch, reasonOfThrown } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { addMonitor } from '../runtime/alias.js'
import { exitSignal } from '../runtime/exit.js'
import { resolve, unlink } from '../runtime/links.js'
import { discard } from '../runtime/mailbox.js'
import { inside, type Monitor, type Process } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'
import { selfOf } from '../runtime/self.js'
import type { Restart, Shutdown } from './child-spec.js'
import { isShutdown } from './reports.js'

/** What came of a start: a process (undefined: the child wants to be ignored), or why there is none. */
export type ChildStarted =
  | { readonly ok: true; readonly pid: AnyPid | undefined; readonly result: readonly unknown[] }
  | { readonly ok: false; readonly reason: ExitReason }

/** Runs a start function inside the supervisor. Whatever it throws is its answer. @see OTP `supervisor.erl`, do_start_child_i */
export function startChildProcess(
  process: Process,
  start: (...args: any[]) => unknown,
  args: readonly unknown[],
): ChildStarted | Promise<ChildStarted> {
  try {
    const answer: unknown = inside(process, () => start(...args, selfOf(process)))
    return isPromise(answer) ? Promise.resolve(answer).then(sorted, failed) : sorted(answer)
  } catch (thrown) {
    return failed(thrown)
  }
}

// Whatever comes must not cost the supervisor its life: even to look at it may throw (a revoked proxy).
function sorted(answer: unknown): ChildStarted {
  try {
    return read(answer)
  } catch (error) {
    return { ok: false, reason: reasonOfThrown(error) }
  }
}
function failed(thrown: unknown): ChildStarted {
  try {
    // Erlang's `catch`: a thrown value is the answer itself, anything else an 'EXIT'.
    if (isNocatch(thrown)) return sorted(thrown.value)
  } catch {
    // Goes on below, as what it is: unreadable.
  }
  return { ok: false, reason: ['EXIT', reasonOfThrown(thrown)] }
}

function read(answer: unknown): ChildStarted {
  if (Array.isArray(answer)) {
    const { length } = answer
    const [tag, value] = answer as unknown[]
    if (tag === 'ok' && isPid(value) && (length === 2 || length === 3)) return { ok: true, pid: value, result: answer }
    if (tag === 'ignore' && length === 1) return { ok: true, pid: undefined, result: ['ok', undefined] }
    if (tag === 'error' && length === 2) return { ok: false, reason: value as ExitReason }
  }
  return { ok: false, reason: answer as ExitReason }
}

/** A child that is told to end: resolves with its exit reason. */
interface Ending {
  readonly process: Process
  readonly monitor: Monitor
}

/**
 * Ends a child and waits for it; answers its exit reason. Without a promise if it ends at once.
 *
 * @see OTP `supervisor`, "shutdown"
 */
export function stopChildProcess(process: Process, pid: AnyPid, shutdown: Shutdown): ExitReason | Promise<ExitReason> {
  let reason: ExitReason | undefined
  let settle: ((reason: ExitReason) => void) | undefined
  const ending = tell(process, pid, shutdown, (ended) => {
    reason = ended
    settle?.(ended)
  })
  if (ending === undefined) return alreadyGone(process, pid)
  if (shutdown === 0) kill(ending) // as in OTP, before it has a turn to end in its own way
  if (reason !== undefined) return reason
  const timer = typeof shutdown === 'number' ? process.kernel.newRef() : undefined
  if (timer !== undefined) process.kernel.timers.add(timer, shutdown as number, process, kill, ending)
  return new Promise((done) => {
    settle = (ended) => {
      if (timer !== undefined) process.kernel.timers.left(timer, true)
      done(ended)
    }
  })
}

/** Ends many children at the same time and waits for all. @see OTP `supervisor`, "simple_one_for_one" */
export function stopAllProcesses(
  process: Process,
  children: Iterable<readonly [pid: AnyPid, shutdown: Shutdown]>,
  ended: (pid: AnyPid, reason: ExitReason) => void,
): void | Promise<void> {
  let left = 0
  let settle: (() => void) | undefined
  const slow: (readonly [Ending, number])[] = []
  for (const [pid, shutdown] of children) {
    left++
    let gone = false
    const one = (reason: ExitReason): void => {
      gone = true
      ended(pid, reason)
      if (--left === 0) settle?.()
    }
    const ending = tell(process, pid, shutdown, one)
    if (ending === undefined) one(alreadyGone(process, pid))
    else if (!gone && typeof shutdown === 'number') slow.push([ending, shutdown])
  }
  if (left === 0) return undefined
  const { kernel } = process
  const timers = slow.map(([ending, shutdownMs]) => {
    const timer = kernel.newRef()
    kernel.timers.add(timer, shutdownMs, process, kill, ending)
    return timer
  })
  return new Promise((done) => {
    settle = () => {
      for (const timer of timers) kernel.timers.left(timer, true)
      done()
    }
  })
}

/** Sends the exit signal to a living child, whose end `ended` will hear of; undefined if it is dead already. */
function tell(process: Process, pid: AnyPid, shutdown: Shutdown, ended: (reason: ExitReason) => void): Ending | undefined {
  const { kernel } = process
  const target = resolve(kernel, pid, 'supervisor: child')
  if (!target) return undefined
  const monitor: Monitor = {
    ref: kernel.newRef(),
    owner: process,
    target,
    name: undefined,
    tag: undefined,
    alias: undefined,
    pid,
    onDown: ended,
  }
  addMonitor(monitor)
  unlink(process, pid) // its end is heard of by the monitor; no EXIT shall wait in the mailbox
  exitSignal(target, process.pid, shutdown === 'brutalKill' ? 'kill' : 'shutdown', false)
  return { process: target, monitor }
}

function kill(ending: unknown): void {
  const { process, monitor } = ending as Ending
  exitSignal(process, (monitor.owner as Process).pid, 'kill', false)
}

/** The reason of a child that ended before it was told: from the EXIT that waits in the mailbox, which is taken out. */
function alreadyGone(process: Process, pid: AnyPid): ExitReason {
  let reason: ExitReason = 'noproc'
  discard(process, (message) => {
    if (!isExit(message) || !message.pid.equals(pid)) return false
    reason = message.reason
    return true
  })
  return reason
}

/** Is this how a child should end that was told to? @see OTP `supervisor.erl`, shutdown/1 */
export function endedAsTold(reason: ExitReason, shutdown: Shutdown, restart: Restart): boolean {
  if (isCrash(reason)) return false
  if (shutdown === 'brutalKill' && reason === 'killed') return true
  if (reason === 'shutdown') return shutdown !== 'brutalKill' || restart !== 'permanent'
  return restart !== 'permanent' && (reason === 'normal' || isShutdown(reason))
}
