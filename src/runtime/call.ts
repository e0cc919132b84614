// Hot path. Calls: a request that waits for its reply, watched by a monitor. Servers and sockets share this machinery.
import { requireMs } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import { type ExitReason, isCrash, reasonText } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref, Reference } from '../base/ref.js'
import { addMonitor, removeMonitor } from './alias.js'
import { resolve } from './links.js'
import { awaited, DEAD, type Kernel, type Monitor, type Process } from './process.js'
import { handled } from './receive.js'
import { homeOf, post } from './send.js'

declare const kReply: unique symbol
/** The brand of a `from`, be it of a caller that is no process of ours. @internal */
export const kFrom = Symbol.for('gensock.from')
const kCall = Symbol.for('gensock.call')

/**
 * Who called: give it to `reply`, now or later, from any process.
 *
 * @example
 * const waiting: From<string>[] = []
 * spawn(async (desk) => { waiting.push((await desk.receive(isCall)).from) }, { name: 'desk' })
 * @see OTP `gen_server`, "from()"
 */
export interface From<in Reply = any> {
  /** The calling process; undefined when the call came from code outside any process. */
  readonly pid: AnyPid | undefined
  /** Unique for each call. */
  readonly ref: Ref
  /** For the compiler only: no such field exists. */
  readonly [kReply]: (reply: Reply) => void
}
/**
 * How long a call waits: whole ms from 0, or `infinity`. Default 5 000.
 *
 * @example
 * const patience: CallTimeout = 'infinity'
 * const early = await call(pid, 'anyone?', 5).catch((thrown) => thrown.reason)
 * early // => 'timeout'
 * @see OTP `gen_server:call/3`
 */
export type CallTimeout = number | 'infinity'
/**
 * A request in a mailbox. Branded: `isCall` knows a real one.
 *
 * @example
 * const pid = spawn(async (callee) => {
 *   const { from, request } = await callee.receive(isCall)
 *   callee.reply(from, `you asked for ${request}`)
 * })
 * await call(pid, 'tea') // => 'you asked for tea'
 * @see OTP `gen_server:call/3`; the message `{'$gen_call', From, Request}`
 */
export interface Call<Request = unknown, Reply = any> {
  /** Always `call`. */
  readonly type: 'call'
  /** Who called: for `reply`. */
  readonly from: From<Reply>
  /** What was asked. */
  readonly request: Request
}

/**
 * A call that failed. `code` is `GENSOCK_ERR_CALL`; `reason` is `timeout`, `noproc`, `calling_self`, or the exit reason of the
 * callee; `cause` is the error of a callee that crashed.
 *
 * @example
 * const error = await call('nobody', 'hello').catch((thrown) => thrown)
 * error instanceof CallError && error.reason // => 'noproc'
 * @see OTP `gen_server:call/3`, of which the caller exits with `{Reason, {gen_server, call, Args}}`
 */
export class CallError extends GensockError {
  /** What was asked. */
  readonly request: unknown
  /** `cause` is the error of a callee that crashed. */
  constructor(dest: unknown, reason: unknown, detail: string, request?: unknown) {
    const to = typeof dest === 'string' ? JSON.stringify(dest) : String(dest)
    const cause = isCrash(reason) ? { cause: reason.error } : undefined
    super('GENSOCK_ERR_CALL', `call to ${to} failed: ${detail}`, reason, cause)
    this.request = request
  }
}

/** A call that waits: the monitor of its callee, and what its caller awaits. */
class WaitingCall implements Monitor {
  readonly ref: Reference
  readonly owner: Process | null
  target: Process | null
  readonly name: string | undefined
  readonly tag = undefined
  readonly alias = undefined
  readonly pid: AnyPid
  /** Code outside any process waits on the clock of who it asks. */
  readonly kernel: Kernel
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly request: unknown
  readonly timeoutMs: CallTimeout
  timer: Reference | null = null
  settled = false

  constructor(
    kernel: Kernel,
    caller: Process | null,
    target: Process,
    name: string | undefined,
    request: unknown,
    timeoutMs: CallTimeout,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.ref = kernel.newRef()
    this.owner = caller
    this.target = target
    this.name = name
    this.pid = target.pid
    this.kernel = (caller ?? target).kernel
    this.resolve = awaited(this.kernel, caller, resolve)
    this.reject = awaited(this.kernel, caller, reject)
    this.request = request
    this.timeoutMs = timeoutMs
  }
  onDown(reason: ExitReason): void {
    settle(this, undefined, () => this.failed(reason, `the process ended with reason ${reasonText(reason)}`))
  }
  failed(reason: unknown, detail: string): CallError {
    return new CallError(this.name ?? this.pid, reason, detail, this.request)
  }
}

/** The first of reply, DOWN and timeout counts; the others come too late and are dropped. */
function settle(waiting: WaitingCall, value: unknown, failure: (() => CallError) | undefined): void {
  if (waiting.settled) return
  waiting.settled = true
  removeMonitor(waiting)
  if (waiting.timer !== null) waiting.kernel.timers.cancel(waiting.timer)
  if (waiting.owner?.state === DEAD) return
  if (failure === undefined) waiting.resolve(value)
  else waiting.reject(failure())
}
function timedOut(waiting: unknown): void {
  const { timeoutMs, request } = waiting as WaitingCall
  const detail = `timeout after ${timeoutMs} ms (request: ${show(request)})`
  settle(waiting as WaitingCall, undefined, () => (waiting as WaitingCall).failed('timeout', detail))
}

/** What every `from` can be told: an answer, or why there is none. @internal */
export interface Settled {
  _settle(value: unknown, error: { readonly reason: unknown; readonly detail: string } | undefined): void
}
/** The `from` of a call. What leads to processes is hidden from those who walk over its fields, as in a pid. */
class PendingCall implements Settled {
  declare readonly [kReply]: (reply: any) => void
  readonly pid: AnyPid | undefined
  readonly ref: Reference
  readonly #waiting: WaitingCall

  constructor(waiting: WaitingCall) {
    this.pid = waiting.owner?.pid
    this.ref = waiting.ref
    this.#waiting = waiting
  }
  get [kFrom](): true {
    return true
  }
  /** @internal */
  _settle(value: unknown, error: { readonly reason: unknown; readonly detail: string } | undefined): void {
    const waiting = this.#waiting
    settle(waiting, value, error === undefined ? undefined : () => waiting.failed(error.reason, error.detail))
  }
}

/** @internal */
export class CallMessage implements Call {
  readonly type = 'call' as const
  readonly from: From
  readonly request: unknown
  constructor(from: From, request: unknown) {
    this.from = from
    this.request = request
  }
  get [kCall](): true {
    return true
  }
}

/**
 * Asks whether a message is a request of `call`, and not an object that looks like one.
 *
 * @param message - any value
 * @returns true for a {@link Call}
 * @example
 * isCall({ type: 'call', request: 'tea' }) // => false
 * @see OTP `gen_server:call/3`
 */
export function isCall(message: unknown): message is Call {
  return typeof message === 'object' && message !== null && (message as { [kCall]?: true })[kCall] === true
}

/** Is this what a call gave as its `from`? */
export function isFrom(value: unknown): value is From {
  return typeof value === 'object' && value !== null && (value as { [kFrom]?: true })[kFrom] === true
}

/** Sends a request and waits for the reply. @see OTP `gen_server:call/3` */
export function call(
  kernel: Kernel,
  caller: Process | null,
  dest: Pid | string,
  request: unknown,
  timeoutMs: CallTimeout = 5000,
): Promise<unknown> {
  if (timeoutMs !== 'infinity') requireMs('call: timeoutMs', timeoutMs)
  const name = typeof dest === 'string' ? dest : undefined
  const target =
    name === undefined ? resolve(kernel, dest, 'call: dest', 'a pid or a registered name') : (kernel.names.get(name) ?? null)
  if (!target || target === caller) {
    // Code outside of any process pays with the budget of the node that it asks: in a simulation that has no other clock.
    const payer = caller === null && name === undefined ? (homeOf(kernel, dest as Pid) ?? kernel) : kernel
    return refused(payer, whyNot(kernel, dest, target, request))
  }
  const promise = new Promise((resolvePromise, reject) => {
    const waiting = new WaitingCall(kernel, caller, target, name, request, timeoutMs, resolvePromise, reject)
    addMonitor(waiting)
    if (timeoutMs !== 'infinity' && timeoutMs > 0) {
      waiting.timer = kernel.newRef()
      waiting.kernel.timers.add(waiting.timer, timeoutMs, caller, timedOut, waiting)
    }
    post(target, new CallMessage(new PendingCall(waiting), request))
    // As in OTP, no reply can be there yet: with 0 nobody waits for it.
    if (timeoutMs === 0) atOnce(kernel, () => timedOut(waiting))
  })
  return handled(promise)
}

function whyNot(kernel: Kernel, dest: Pid | string, target: Process | null | undefined, request: unknown): CallError {
  if (target) return new CallError(dest, 'calling_self', 'a process cannot call itself', request)
  if (target === undefined) return new CallError(dest, 'noconnection', 'its node is not connected', request)
  const detail = typeof dest === 'string' ? `no process has that name on node ${kernel.name}` : 'no such process'
  return new CallError(dest, 'noproc', `${detail} (request: ${show(request)})`, request)
}

/** A call that fails at once; it costs budget like any message, so that a loop of retries cannot hold up the event loop. */
function refused(kernel: Kernel, error: CallError): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    atOnce(kernel, () => reject(error))
  })
  return handled(promise)
}
/** Without waiting, as long as the budget lasts. */
function atOnce(kernel: Kernel, fail: () => void): void {
  if (kernel.queue.tick()) fail()
  else void kernel.queue.nextSlice(undefined).then(fail)
}

/** Answers a call. A second answer, and one that comes too late, is dropped. @see OTP `gen_server:reply/2` */
export function reply(from: unknown, value: unknown): void {
  if (!isFrom(from)) throw new BadArgError('reply: from', 'the from of a call', from)
  ;(from as unknown as Settled)._settle(value, undefined)
}

/** Fails a call that was taken but will not be answered. @internal */
export function replyError(from: From, reason: unknown): void {
  ;(from as unknown as Settled)._settle(undefined, { reason, detail: `the callee gave up with reason ${reasonText(reason)}` })
}
