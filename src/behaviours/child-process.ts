// Starting and stopping one child, as every supervisor does: the start function is run and its answer sorted; the end is told,
// awaited, and after the time limit forced. Entered by static-children, dynamic-children, stop-children; calls the runtime.
import { type ExitReason, isCrash, isNocatch, reasonOfThrown } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { watchEnd } from '../runtime/alias.js'
import { exitSignal } from '../runtime/exit.js'
import { resolve, unlink } from '../runtime/links.js'
import { discard } from '../runtime/mailbox.js'
import { inside, isRunning, type Process, processOf } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'
import { selfOf } from '../runtime/self.js'
import type { Behaviour } from './behaviour.js'
import type { CheckedChild, Restart, Shutdown } from './child-spec.js'
import { isShutdown } from './reports.js'
import { reportBadStart, reportUnlinked } from './supervisor-report.js'

/** What came of a start: a process (undefined: the child wants to be ignored), or why there is none. */
export type ChildStarted =
  | { readonly ok: true; readonly pid: AnyPid | undefined; readonly result: readonly unknown[] }
  /** `bad`: the answer is none that a start function gives. */
  | { readonly ok: false; readonly reason: ExitReason; readonly bad?: true }

/** Runs a start function inside the supervisor. Whatever it throws is its answer. @see OTP `supervisor.erl`, do_start_child_i */
export function startChildProcess(
  process: Process,
  child: CheckedChild,
  args: readonly unknown[],
): ChildStarted | Promise<ChildStarted> {
  const well = (answer: unknown): ChildStarted => warned(process, child, told(process, child, sorted(answer)))
  const badly = (thrown: unknown): ChildStarted => warned(process, child, failed(thrown))
  try {
    const answer: unknown = inside(process, () => child.start(...args, selfOf(process)))
    return isPromise(answer) ? Promise.resolve(answer).then(well, badly) : well(answer)
  } catch (thrown) {
    return badly(thrown)
  }
}

/** An answer that no start function gives: whoever forgot a `return` is told what was expected. */
function told(process: Process, child: CheckedChild, started: ChildStarted): ChildStarted {
  if (!started.ok && started.bad === true) reportBadStart(process, child, started.reason)
  return started
}

/** Nobody would hear of the end of a child without a link: whoever forgot it is told. */
function warned(process: Process, child: CheckedChild, started: ChildStarted): ChildStarted {
  const target = started.ok && started.pid !== undefined ? processOf(started.pid) : undefined
  if (target !== undefined && isRunning(process) && process.links?.has(target) !== true)
    reportUnlinked(process, child, target.pid)
  return started
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
  return { ok: false, reason: answer as ExitReason, bad: true }
}

/**
 * Ends a child and waits for it; answers its exit reason. Without a promise if it ends at once.
 *
 * @see OTP `supervisor`, "shutdown"
 */
export function stopChildProcess(process: Process, pid: AnyPid, shutdown: Shutdown): ExitReason | Promise<ExitReason> {
  let reason: ExitReason | undefined
  let settle: ((reason: ExitReason) => void) | undefined
  const target = tell(process, pid, shutdown, (ended) => {
    reason = ended
    settle?.(ended)
  })
  if (target === undefined) return takeExit(process, pid)
  if (shutdown === 0) kill(process, target) // as in OTP, before it has a turn to end in its own way
  if (reason !== undefined) return reason
  const timer = typeof shutdown === 'number' ? process.kernel.newRef() : undefined
  if (timer !== undefined) process.kernel.timers.add(timer, shutdown as number, process, () => kill(process, target), undefined)
  return new Promise((done) => {
    settle = (ended) => {
      if (timer !== undefined) process.kernel.timers.cancel(timer)
      done(ended)
    }
  })
}

/** Sends the exit signal to a living child, whose end `ended` will hear of; undefined if it is dead already. */
export function tell(
  process: Process,
  pid: AnyPid,
  shutdown: Shutdown,
  ended: (reason: ExitReason) => void,
): Process | undefined {
  const target = resolve(process.kernel, pid, 'supervisor: child')
  if (!target) return undefined
  watchEnd(process, target, ended)
  unlink(process, pid) // its end is heard of by the monitor; no EXIT shall wait in the mailbox
  if (shutdown === 'brutalKill') kill(process, target)
  else if (hasOtherParent(process, target)) target.program.stopping?.(target)
  else exitSignal(target, process.pid, 'shutdown', false)
  return target
}

/**
 * A behaviour that traps exits heeds the signal of its parent only, and one that was made by `start` instead of `startLink` has
 * another one, or none: it would live on, and a supervisor that has `infinity` for it would wait for ever. So it is told as by a
 * node that stops.
 */
function hasOtherParent(process: Process, { program, trapExit }: Process): boolean {
  const { parent } = program as Partial<Behaviour>
  return trapExit && program.stopping !== undefined && parent !== undefined && parent?.equals(process.pid) !== true
}

/** Ends a child that is out of time. */
export function kill(process: Process, target: Process): void {
  exitSignal(target, process.pid, 'kill', false)
}

/** The reason of a child that ended before it was told: from the EXIT that waits in the mailbox, which is taken out. */
function takeExit(process: Process, pid: AnyPid): ExitReason {
  let reason: ExitReason = 'noproc'
  const its = (message: unknown): boolean => {
    if (!isExit(message) || !message.pid.equals(pid)) return false
    reason = message.reason
    return true
  }
  discard(process, its, 1)
  return reason
}

/** Is this how a child should end that was told to? @see OTP `supervisor.erl`, shutdown/1 */
export function endedAsTold(reason: ExitReason, shutdown: Shutdown, restart: Restart): boolean {
  if (isCrash(reason)) return false
  if (shutdown === 'brutalKill' && reason === 'killed') return true
  if (reason === 'shutdown') return shutdown !== 'brutalKill' || restart !== 'permanent'
  return restart !== 'permanent' && (reason === 'normal' || isShutdown(reason))
}
