// Hot path. One life of a handler in its socket: its state, the calls it has taken, what ends and restarts do with them.
// Entered by socket, which decides when; calls the handler. A restart begins the next life in the same process.
import { type Crash, type ExitReason } from '../base/exit-reason.js'
import { type Call, type From, replyError } from '../runtime/call.js'
import type { Process } from '../runtime/process.js'
import { resetProcess } from '../runtime/reset.js'
import { isPromise } from '../runtime/spawn.js'
import { clauseOf, TakenCalls } from './calls.js'
import { type End, restartsAfter } from './ending.js'
import { PING, TEXT } from './frames.js'
import type { AnySocketHandler, InitArgs, SocketEvent, TerminateReason } from './handler.js'
import { EVENT, type Mail } from './mail.js'
import type { OnCrash } from './options.js'
import { type ResultTarget, take, takeCall } from './results.js'
import type { HandlerSelf } from './self.js'

/** No clause answers this request: the caller's mistake, and it has been told. */
export const NO_CLAUSE = Symbol('no clause')

/** The handler's side of one socket. */
export class Incarnation {
  /** What is called: the handler, or while it is traced a wrapper of it. */
  handler: AnySocketHandler
  readonly self: HandlerSelf
  /** What the handler said that it ends with. */
  shutdownReason: { readonly reason: unknown } | null = null
  readonly #process: Process
  readonly #onCrash: OnCrash
  #state: unknown = undefined
  /** `init` has answered and `terminate` has not been called since. */
  #born = false
  #calling: From | null = null
  #taken: TakenCalls | null = null
  #restarts: number[] | null = null

  constructor(process: Process, handler: AnySocketHandler, self: HandlerSelf, onCrash: OnCrash) {
    this.#process = process
    this.handler = handler
    this.self = self
    this.#onCrash = onCrash
  }

  // ---- Callbacks: each answers what the handler answered

  init(args: InitArgs<any, any>): unknown {
    return this.handler.init(args, this.self)
  }
  frame(mail: Mail): unknown {
    const frame = mail.kind === TEXT ? (['text', mail.data as string] as const) : (['binary', mail.data as Uint8Array] as const)
    return this.handler.handle(frame, this.#state, this.self)
  }
  event(mail: Mail): unknown {
    const event: SocketEvent =
      mail.kind === EVENT
        ? (mail.data as SocketEvent)
        : { type: mail.kind === PING ? 'ping' : 'pong', data: mail.data as Uint8Array }
    return this.handler.event?.(event, this.#state, this.self)
  }
  info(message: unknown): unknown {
    return this.handler.info?.(message, this.#state, this.self)
  }
  call({ from, request }: Call): unknown {
    const clause = clauseOf(this.handler, request)
    if (clause === undefined) {
      replyError(from, ['function_clause', request])
      return NO_CLAUSE
    }
    this.#calling = from
    return clause(request, from, this.#state, this.self)
  }

  /** Takes what a callback has answered. */
  took(target: ResultTarget, where: string, result: unknown): void {
    if (this.#calling === null) take(target, where, result)
    else takeCall(target, where, result, this.#calling)
    this.#calling = null
  }
  get state(): unknown {
    return this.#state
  }
  keep(state: unknown): void {
    this.#state = state
    this.#born = true
  }
  remember(from: From): void {
    if (this.#onCrash !== 'close') (this.#taken ??= new TakenCalls()).add(this.#process, from)
  }

  // ---- The end, and the next life

  /** Runs the handler's `terminate` if there is something to end: once per life. */
  terminate(reason: TerminateReason): Promise<void> | undefined {
    if (!this.#born || this.handler.terminate === undefined) return undefined
    this.#born = false
    const done: unknown = this.handler.terminate(reason, this.#state, this.self)
    return isPromise<void>(done) ? done : undefined
  }
  exitOf(end: End): ExitReason {
    return end.exit === 'normal' && this.shutdownReason !== null ? ['shutdown', this.shutdownReason.reason] : end.exit
  }
  mayRestart(): boolean {
    this.#restarts = restartsAfter(this.#restarts, this.#onCrash, this.#process.kernel.clock.now())
    return this.#restarts !== null
  }
  /** Everything that the callbacks made is undone; connection, pid and mailbox stay. */
  reset(crash: Crash): void {
    if (this.#calling !== null) replyError(this.#calling, crash)
    this.#calling = null
    this.#taken?.fail(crash)
    resetProcess(this.#process)
    this.shutdownReason = null
    this.drop()
  }
  /** Lets the state go. */
  drop(): void {
    this.#state = undefined
    this.#born = false
  }
}
