// One task: the process that works, the monitor between it and its owner, and who waits for its outcome. An outcome that nobody
// waits for becomes a message of the owner. Entered by task; calls the runtime.
import { BadArgError } from '../base/errors.js'
import { type ExitReason, reasonOfThrown } from '../base/exit-reason.js'
import { DownMessage, isDown } from '../base/messages.js'
import type { Pid } from '../base/pid.js'
import type { Ref, Reference } from '../base/ref.js'
import { removeMonitor, watchEnd } from '../runtime/alias.js'
import { exitSignal, terminate } from '../runtime/exit.js'
import { unlink } from '../runtime/links.js'
import { discard } from '../runtime/mailbox.js'
import { DEAD, inside, isRunning, type Kernel, type Monitor, type Process, type Program, shared } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import { selfOf } from '../runtime/self.js'
import { reportEnd } from './reports.js'
import { isReply, replyMessage } from './request.js'

const kTask = Symbol.for('gensock.task')

/**
 * A piece of work in a process of its own. Only its owner may ask for the outcome.
 *
 * @example
 * const one: Task<number> = task.async(() => 1 + 1)
 * await task.await(one) // => 2
 * @see Elixir `Task`
 */
export interface Task<out T = unknown> {
  /** The process that does the work. */
  readonly pid: Pid
  /** Stands in the messages of the task: `{ type: 'reply', ref, reply }` and DOWN. */
  readonly ref: Ref
  /** The process that started it; undefined for code outside any process. */
  readonly owner: Pid | undefined
  /** @internal */
  readonly _value?: T
}
/**
 * How a task came out: its value, or why its process ended.
 *
 * @example
 * const outcome: Outcome<number> | undefined = await task.yield(one)
 * if (outcome?.[0] === 'ok') console.log(outcome[1])
 * @see Elixir `Task.yield/2`
 */
export type Outcome<T = unknown> = readonly ['ok', T] | readonly ['exit', ExitReason]
/**
 * How long a task may take to end once it is told to with `shutdown`, in whole ms; then it is killed. `brutalKill` does not
 * tell.
 *
 * @example
 * await task.shutdown(slow, 1000)
 * @see Elixir `Task.shutdown/2`
 */
export type TaskShutdown = number | 'infinity' | 'brutalKill'

/** Who waits for the outcome: for the reply, or for the end of the process. */
interface Waiting {
  readonly forEnd: boolean
  reply: Outcome | undefined
  readonly settle: (outcome: Outcome) => void
}

/** The one implementation of `Task`. What leads to processes is hidden from those who walk over its fields. */
export class TaskRecord implements Task<any> {
  readonly ref: Reference
  readonly owner: Pid | undefined
  readonly #kernel: Kernel
  readonly #owner: Process | null
  #process: Process | null = null
  #monitor: Monitor | null = null
  #waiting: Waiting | null = null
  /** For code outside any process, which has no mailbox. */
  #kept: Outcome | undefined = undefined
  /** How many messages of it the owner may have: the reply, the DOWN. Without any, nobody needs to search. */
  #posted = 0

  constructor(kernel: Kernel, owner: Process | null) {
    this.ref = kernel.newRef()
    this.owner = owner?.pid
    this.#kernel = kernel
    this.#owner = owner
  }
  get [kTask](): true {
    return true
  }
  get pid(): Pid {
    return (this.#process as Process).pid
  }
  get kernel(): Kernel {
    return this.#kernel
  }
  get ownerProcess(): Process | null {
    return this.#owner
  }
  get ownerEnded(): boolean {
    return this.#owner?.state === DEAD
  }
  /** Does the owner still watch the process? No more once it has the outcome, has demonitored it, or has given it up. */
  get watched(): boolean {
    if (this.#monitor === null) return false
    return this.#owner === null || this.#owner.monitors?.get(this.ref.id) === this.#monitor
  }
  get awaited(): boolean {
    return this.#waiting !== null
  }

  /** The process has been made. */
  begin(process: Process): void {
    this.#process = process
    this.#watch(process)
    if (!isRunning(process)) this.#down('noproc')
  }
  /** The work is done: the value goes to who waits for it, else to the owner's mailbox. */
  replied(value: unknown): void {
    if (!this.watched) return
    const waiting = this.#waiting
    if (waiting?.forEnd === true) waiting.reply = ['ok', value]
    else if (waiting !== null) this.#settle(['ok', value])
    else if (this.#owner === null) {
      this.giveUp()
      this.#kept = ['ok', value]
    } else this.#post(this.#owner, replyMessage(this.ref, value))
  }

  /** The outcome that has come already; it is gone from the mailbox then, and the task is not watched any more. */
  take(): Outcome | undefined {
    let outcome = this.#kept
    this.#kept = undefined
    if (this.#owner !== null && this.#posted > 0) {
      const taken = (message: unknown): boolean => {
        if (isReply(message) && message.ref.equals(this.ref)) outcome = ['ok', message.reply]
        else if (isDown(message) && message.ref.equals(this.ref)) outcome ??= ['exit', message.reason]
        else return false
        return true
      }
      discard(this.#owner, taken, this.#posted)
      this.#posted = 0 // what was not there, the owner has received itself
    }
    if (outcome !== undefined) this.giveUp()
    return outcome
  }
  /**
   * Waits for the reply, or with `forEnd` for the end of the process. The answer gives the wait up: true if it was still open.
   */
  wait(forEnd: boolean, settle: (outcome: Outcome) => void): () => boolean {
    const waiting: Waiting = { forEnd, reply: undefined, settle }
    this.#waiting = waiting
    return () => {
      if (this.#waiting !== waiting) return false
      this.#waiting = null
      return true
    }
  }
  /** The owner does not watch any more: what comes later is dropped. */
  giveUp(): void {
    if (this.#monitor !== null) removeMonitor(this.#monitor)
    this.#monitor = null
  }

  /** Takes away the link to the owner. */
  unlink(): void {
    if (this.#owner !== null && this.#process !== null) unlink(this.#owner, this.#process.pid)
  }
  /** Watches the process for its end, whatever was given up before. False if it has ended. */
  watchAgain(): boolean {
    const process = this.#process as Process
    if (!isRunning(process)) return false
    if (!this.watched) this.#watch(process)
    return true
  }
  signal(reason: 'shutdown' | 'kill'): void {
    exitSignal(this.#process as Process, this.#owner?.pid ?? this.#kernel.outsidePid, reason, false)
  }

  #watch(process: Process): void {
    this.#monitor = watchEnd(this.#owner, process, (reason) => this.#down(reason), this.ref)
  }
  #down(reason: ExitReason): void {
    this.giveUp()
    if (this.#waiting !== null) this.#settle(this.#waiting.reply ?? ['exit', reason])
    else if (this.#owner === null) this.#kept = ['exit', reason]
    else this.#post(this.#owner, new DownMessage(this.ref, reason, this.pid, undefined, this.#kernel.name, undefined))
  }
  #post(owner: Process, message: unknown): void {
    this.#posted++
    post(owner, message)
  }
  #settle(outcome: Outcome): void {
    const waiting = this.#waiting as Waiting
    this.#waiting = null
    this.giveUp()
    if (!this.ownerEnded) waiting.settle(outcome)
  }
}

/** What a task's process runs. */
export class TaskProgram implements Program {
  readonly #run: (...args: any[]) => unknown
  readonly #args: readonly unknown[]
  readonly #task: TaskRecord | undefined

  constructor(run: (...args: any[]) => unknown, args: readonly unknown[], task?: TaskRecord) {
    this.#run = run
    this.#args = args
    this.#task = task
  }
  start(process: Process): void | Promise<void> {
    const value = this.#run(...this.#args, selfOf(process))
    if (!isPromise(value)) return this.#task?.replied(value)
    return value.then((settled) => inside(process, () => this.#task?.replied(settled)))
  }
  // As in Elixir, every abnormal end of a task is reported: an `exit` too.
  crashed(process: Process, thrown: unknown): void {
    const reason = reasonOfThrown(thrown)
    const owner = this.#task?.owner ?? process.parent
    const facts = {
      behaviour: 'task',
      run: this.#run.name,
      args: this.#args,
      owner: owner === undefined ? undefined : String(owner),
    }
    reportEnd(process, reason, facts)
    terminate(process, reason)
  }
}

/** Refuses what is no task, and a task of somebody else. */
export function requireOwn(where: string, task: unknown): asserts task is TaskRecord {
  if (typeof task !== 'object' || task === null || (task as { [kTask]?: true })[kTask] !== true)
    throw new BadArgError(`${where}: task`, 'what task.async or task.asyncNolink answered', task)
  const { ownerProcess, owner } = task as TaskRecord
  // After an await nobody knows which process runs; only the owner has the task at hand, as a rule.
  if (shared.current === null || shared.current === ownerProcess) return
  const whose = owner === undefined ? 'code outside any process' : String(owner)
  throw new BadArgError(`${where}: task`, `queried by its owner, which is ${whose}`, String(shared.current.pid))
}
