// Ending many children at the same time: all are told, then all are waited for, each as long as its shutdown says. A rest for the
// event loop whenever the slice is used up, so that a hundred thousand of them do not hold it up. Entered by dynamic-children;
// calls child-process and sequence.
import type { ExitReason } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import type { AnyPid } from '../base/pid.js'
import { messageAt } from '../runtime/mailbox.js'
import { isRunning, type Process } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'
import { kill, tell } from './child-process.js'
import type { CheckedChild } from './child-spec.js'
import { inSlices } from './sequence.js'

/** Hears of the end of each child. */
type Ended = (child: CheckedChild, pid: AnyPid, reason: ExitReason) => void

/**
 * Ends all children of a supervisor that ends itself. Without a promise if they end at once.
 *
 * @see OTP `supervisor`, "simple_one_for_one"
 */
export function stopAllProcesses(
  process: Process,
  children: Iterable<readonly [pid: AnyPid, member: { readonly child: CheckedChild }]>,
  ended: Ended,
): void | Promise<void> {
  const farewell = new Farewell(process, ended)
  const told = inSlices(process, children, ([pid, { child }]) => farewell.tell(pid, child))
  return isPromise<void>(told) ? told.then(() => farewell.wait()) : farewell.wait()
}

/** Those that were told to end. */
class Farewell {
  readonly #process: Process
  readonly #ended: Ended
  readonly #exits: WaitingExits
  #left = 0
  #settle: (() => void) | undefined = undefined
  /** By their time limit, those that did not end at once. */
  readonly #limited = new Map<number, Process[]>()

  constructor(process: Process, ended: Ended) {
    this.#process = process
    this.#ended = ended
    this.#exits = new WaitingExits(process)
  }

  tell(pid: AnyPid, child: CheckedChild): void {
    const { shutdown } = child
    const gone = (reason: ExitReason): void => {
      this.#left--
      this.#ended(child, pid, reason)
      if (this.#left === 0) this.#settle?.()
    }
    this.#left++
    const target = tell(this.#process, pid, shutdown, gone)
    if (target === undefined) return gone(this.#exits.reasonOf(pid))
    if (typeof shutdown !== 'number' || !isRunning(target)) return undefined
    const others = this.#limited.get(shutdown)
    if (others === undefined) this.#limited.set(shutdown, [target])
    else others.push(target)
  }

  /** Once all have been told: until the last one is gone. The time limits begin now. */
  wait(): void | Promise<void> {
    const { kernel } = this.#process
    if (this.#left === 0 || !isRunning(this.#process)) return undefined
    const timers = Array.from(this.#limited, ([shutdownMs, targets]) => {
      const timer = kernel.newRef()
      kernel.timers.add(timer, shutdownMs, this.#process, () => this.#killThose(targets), undefined)
      return timer
    })
    return new Promise((done) => {
      this.#settle = () => {
        for (const timer of timers) kernel.timers.cancel(timer)
        done()
      }
    })
  }

  #killThose(targets: readonly Process[]): void {
    void inSlices(this.#process, targets, (target) => kill(this.#process, target))
  }
}

/**
 * The EXITs in the mailbox of a supervisor that ends, by pid: of children that had ended before they were told. Each message is
 * looked at once. They stay where they are, for nobody will read this mailbox any more.
 */
class WaitingExits {
  readonly #process: Process
  readonly #reasons = new Map<AnyPid, ExitReason>()
  #seen = 0

  constructor(process: Process) {
    this.#process = process
  }

  reasonOf(pid: AnyPid): ExitReason {
    if (!this.#reasons.has(pid)) this.#look()
    return this.#reasons.get(pid) ?? 'noproc'
  }

  #look(): void {
    for (; this.#seen < this.#process.queueLength; this.#seen++) {
      const message = messageAt(this.#process, this.#seen)
      if (isExit(message) && !this.#reasons.has(message.pid)) this.#reasons.set(message.pid, message.reason)
    }
  }
}
