// Hot path. The process around a behaviour's rules: start, parent, system messages, crashes, the end. gen_server, gen_statem,
// gen_event and supervisor each are a set of `Rules`. Entered by the runtime (Program); calls the rules, system and reports.
import { type ExitReason, isNocatch, reasonOfThrown } from '../base/exit-reason.js'
import { type Exit, isExit } from '../base/messages.js'
import type { Pid } from '../base/pid.js'
import { type Call, isCall } from '../runtime/call.js'
import { exitSignal, terminate } from '../runtime/exit.js'
import { inside, type Process, type Program } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import { badReturnText, type EndFacts, reportEnd } from './reports.js'
import type { Starter } from './start.js'
import { type Debug, handleSystem, isSysRequest, type SysTarget } from './system.js'

/** What one behaviour does its own way. Each method may answer a promise: the process is busy until it settles. */
export interface Rules {
  /** OTP's name of the behaviour, for reports and `sys`. */
  readonly kind: string
  /** Calls the module's `init` and says with `loop.ready`, `ignore` or `refuse` what came of it. */
  init(loop: Behaviour): void | Promise<void>
  /** A request of `call`. */
  call(call: Call): void | Promise<void>
  /** Any other message. */
  message(message: unknown): void | Promise<void>
  /** `nocatch(value)` in a callback: the value counts as what the callback returned. */
  thrown(value: unknown): void | Promise<void>
  /** Calls the module's `terminate`, if it has one. */
  terminate(reason: ExitReason): void | Promise<void>
  getState(): unknown
  /** `sys.replaceState`: `replace` gets what `getState` answers. What it throws leaves the state as it was. */
  replaceState(replace: (state: unknown) => unknown): void
  /** A system message came in between. */
  resumed?(): void | Promise<void>
  /** The process has ended, however that came about. */
  ended?(): void
  /** More facts for the report of the end, or others instead of the loop's. */
  facts?(): object
  /** What the start function answers for this reason of a failed start; default: the reason itself. */
  startError?(reason: ExitReason): ExitReason
}

const STARTING = 0
const RUNNING = 1
const ENDING = 2
const NOTHING = Symbol('no message yet')
/** What a node that stops sends, instead of the end of the parent. */
const STOP = Object.freeze({ type: 'stop', reason: 'shutdown' })

/** The program of a behaviour's process. */
export class Behaviour implements Program, SysTarget {
  /** Set when the process starts to run. */
  declare process: Process
  debug: Debug | null = null
  readonly #rules: Rules
  #starter: Starter | null
  /** Whose end ends this process; null for one that another process started without a link or monitor. */
  readonly parent: Pid | null
  #phase: 0 | 1 | 2 = STARTING
  #last: unknown = NOTHING
  #startResult: readonly unknown[] | undefined = undefined
  /** Has `init` itself given up, or crashed? */
  #refused = false
  /** Why, in words, for the report. */
  #text: string | undefined = undefined
  /** Why it ends, once it does, and what is done after `terminate`. */
  #reason: ExitReason = 'normal'
  #after: (() => void) | undefined = undefined

  constructor(rules: Rules, starter: Starter) {
    this.#rules = rules
    this.#starter = starter
    this.parent = starter.parent
  }

  get kind(): string {
    return this.#rules.kind
  }

  // ---- Program: what the runtime calls

  start(process: Process): void | Promise<void> {
    this.process = process
    return this.#rules.init(this)
  }

  message(_process: Process, message: unknown): void | Promise<void> {
    if (isCall(message)) {
      if (isSysRequest(message.request)) return handleSystem(this, message)
      this.#last = message.request
      if (this.debug !== null) this.debug.event({ type: 'in', kind: 'call', message: message.request, from: message.from })
      return this.#handled(this.#rules.call(message))
    }
    this.#last = message
    if (this.interrupts(message)) return this.finish((message as Exit).reason)
    return this.#handled(this.#rules.message(message))
  }

  crashed(process: Process, thrown: unknown): void | Promise<void> {
    // A loop: what was thrown may be a bad return value, and `terminate` may throw as well.
    for (let cause = thrown; ; ) {
      try {
        const done = this.#crashed(cause)
        return done === undefined ? undefined : done.then(undefined, (again: unknown) => this.#again(process, again))
      } catch (again) {
        cause = again
      }
    }
  }

  ended(_process: Process, reason: ExitReason): void {
    const result = this.#startResult ?? ['error', this.#rules.startError?.(reason) ?? reason]
    // Ended from outside before `init` had answered: the answer is all that the starter hears.
    if (this.#startResult === undefined && !this.#refused) this.#starter?.forgetExit()
    this.#starter?.answer(result)
    this.#starter = null
    this.#rules.ended?.()
  }

  stopping(process: Process): void {
    if (process.trapExit) post(process, STOP)
    else exitSignal(process, process.kernel.outsidePid, 'shutdown', false)
  }

  // ---- What the rules call

  /** `init` has answered: the start function returns `['ok', pid]`. */
  ready(): void {
    this.#phase = RUNNING
    this.#starter?.ok()
    this.#starter = null
  }
  /** `init` has answered `ignore`: the process ends, the start function returns `['ignore']`. */
  ignore(): void {
    this.#startResult = ['ignore']
    terminate(this.process, 'normal')
  }
  /** `init` gave up: the process ends without `terminate`, the start function returns `['error', reason]`. */
  refuse(reason: ExitReason, text?: string): void {
    this.#refused = true
    this.#report(reason, text)
    terminate(this.process, reason)
  }
  /** The end: `terminate`, then `after`, even if `terminate` crashed, then the exit. */
  finish(reason: ExitReason, after?: () => void): void | Promise<void> {
    this.#phase = ENDING
    this.#reason = reason
    this.#after = after
    const done = this.#rules.terminate(reason)
    if (done === undefined) return this.#gone(reason)
    return done.then(() => inside(this.process, () => this.#gone(reason)))
  }
  /** A callback answered what its contract does not allow. @see OTP `gen_server`, bad_return_value */
  badReturn(callback: string, allowed: string, got: unknown): void | Promise<void> {
    this.#text = badReturnText(callback, allowed, got)
    const reason = ['bad_return_value', got]
    return this.#phase === STARTING ? this.refuse(reason) : this.finish(reason)
  }
  /** Goes on with what a callback answered, in the turn of the process. */
  after<T>(result: T | Promise<T>, took: (value: T) => void | Promise<void>): void | Promise<void> {
    if (!isPromise<T>(result)) return took(result)
    return result.then((value) => inside(this.process, () => took(value)))
  }

  // ---- SysTarget: what system messages call

  getState(): unknown {
    return this.#rules.getState()
  }
  replaceState(replace: (state: unknown) => unknown): void {
    this.#rules.replaceState(replace)
  }
  resumed(): void | Promise<void> {
    return this.#rules.resumed?.()
  }
  /**
   * The end of the parent ends a process that traps exits, whatever the reason, and even while it is suspended. As in OTP, one
   * without a parent is its own: it ends by an exit signal to itself.
   */
  interrupts(message: unknown): boolean {
    return message === STOP || (isExit(message) && (this.parent ?? this.process.pid).equals(message.pid))
  }

  /** The message has been handled: nobody holds it any longer. After a crash it stays, for the report. */
  #handled(done: void | Promise<void>): void | Promise<void> {
    if (done !== undefined) return done.then(this.#forget)
    this.#last = NOTHING
    return undefined
  }
  readonly #forget = (): void => {
    this.#last = NOTHING
  }

  // ---- The end

  #crashed(thrown: unknown): void | Promise<void> {
    // What `terminate` throws is its answer, like that of any callback: it does not change the reason.
    if (isNocatch(thrown)) return this.#phase === ENDING ? this.#gone(this.#reason) : this.#rules.thrown(thrown.value)
    const reason = reasonOfThrown(thrown)
    this.#refused = this.#phase === STARTING
    return this.#phase === RUNNING ? this.finish(reason) : this.#gone(reason)
  }
  #again(process: Process, thrown: unknown): void | Promise<void> {
    return inside(process, () => this.crashed(process, thrown))
  }
  #gone(reason: ExitReason): void {
    this.#after?.()
    this.#report(reason)
    terminate(this.process, reason)
  }
  #report(reason: ExitReason, text = this.#text): void {
    const facts: EndFacts = { behaviour: this.kind, text, state: this.#stateForReport() }
    const last = this.#last === NOTHING ? undefined : { lastMessage: this.#last }
    reportEnd(this.process, reason, { ...facts, ...last, ...this.#rules.facts?.() })
  }
  #stateForReport(): unknown {
    return this.#phase === STARTING ? undefined : this.#rules.getState()
  }
}
