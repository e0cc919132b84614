// Hot path. Calls: a request that waits for its reply, watched by a monitor. Servers and sockets share this machinery.
import { requireMs } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref, Reference } from '../base/ref.js'
import { addMonitor, removeMonitor } from './alias.js'
import { resolve } from './links.js'
import { DEAD, type Kernel, type Monitor, type Process } from './process.js'
import { post } from './send.js'

declare const kReply: unique symbol
const kFrom = Symbol.for('gensock.from')
const kCall = Symbol.for('gensock.call')

/** Who called: give it to `reply`, now or later, from any process. */
export interface From<in Reply = any> {
  /** The calling process; undefined when the call came from code outside any process. */
  readonly pid: AnyPid | undefined
  readonly ref: Ref
  /** For the compiler only: no such field exists. */
  readonly [kReply]: (reply: Reply) => void
}
/** Milliseconds, or `infinity`. Default 5 000. */
export type CallTimeout = number | 'infinity'
/** A request in a mailbox. Branded: `isCall` knows a real one. */
export interface Call<Request = unknown, Reply = any> {
  readonly type: 'call'
  readonly from: From<Reply>
  readonly request: Request
}

/** A call that failed. `reason`: `timeout`, `noproc`, `calling_self`, or the exit reason of the callee. */
export class CallError extends GensockError {
  constructor(dest: unknown, reason: unknown, detail: string) {
    super(
      'GENSOCK_ERR_CALL',
      `call to ${typeof dest === 'string' ? JSON.stringify(dest) : String(dest)} failed: ${detail}`,
      reason,
    )
  }
}

class PendingCall {
  declare readonly [kReply]: (reply: any) => void
  readonly pid: AnyPid | undefined
  readonly ref: Reference
  // Hidden from those who walk over the fields of a `from`, as in a pid: they lead to processes.
  #monitor: Monitor | null = null
  #timer: Reference | null = null
  readonly #kernel: Kernel
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void

  constructor(kernel: Kernel, caller: Process | null, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.pid = caller?.pid
    this.ref = kernel.newRef()
    this.#kernel = kernel
    this.#resolve = resolve
    this.#reject = reject
  }
  get [kFrom](): true {
    return true
  }
  /** @internal */
  _watch(monitor: Monitor, timer: Reference | null): void {
    this.#monitor = monitor
    this.#timer = timer
    addMonitor(monitor)
  }
  /** The first of reply, DOWN and timeout counts; the others come too late and are dropped. */
  _settle(value: unknown, error: CallError | undefined): void {
    const monitor = this.#monitor
    if (monitor === null) return
    this.#monitor = null
    removeMonitor(monitor)
    if (this.#timer !== null) this.#kernel.timers.left(this.#timer, true)
    if (monitor.owner?.state === DEAD) return
    if (error === undefined) this.#resolve(value)
    else this.#reject(error)
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

/** Is this message a request of `call` (and not an object that looks like one)? */
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
  const target = typeof dest === 'string' ? (kernel.names.get(dest) ?? null) : resolve(kernel, dest, 'call: dest')
  if (target === caller && caller !== null)
    return refused(kernel, new CallError(dest, 'calling_self', 'a process cannot call itself'))
  if (target === null) return refused(kernel, new CallError(dest, 'noproc', 'no such process'))
  if (target === undefined) return refused(kernel, new CallError(dest, 'noconnection', 'its node is not connected'))
  const promise = new Promise((resolvePromise, reject) => {
    const pending = new PendingCall(kernel, caller, resolvePromise, reject)
    const timer = timeoutMs === 'infinity' || timeoutMs === 0 ? null : kernel.newRef()
    pending._watch(watch(pending, caller, target, dest), timer)
    const onTimeout = (): void => pending._settle(undefined, new CallError(dest, 'timeout', `timeout after ${timeoutMs} ms`))
    if (timer !== null) kernel.timers.add(timer, timeoutMs as number, caller, onTimeout, undefined)
    post(target, new CallMessage(pending, request))
    // As in OTP, no reply can be there yet: with 0 nobody waits for it.
    if (timeoutMs === 0) atOnce(kernel, onTimeout)
  })
  promise.catch(ignore)
  return promise
}

function ignore(): void {
  // The error is handed to whoever awaits; one that nobody awaits in time must not end the program.
}

/** A call that fails at once; it costs budget like any message, so that a loop of retries cannot hold up the event loop. */
function refused(kernel: Kernel, error: CallError): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    atOnce(kernel, () => reject(error))
  })
  promise.catch(ignore)
  return promise
}
/** Without waiting, as long as the budget lasts. */
function atOnce(kernel: Kernel, fail: () => void): void {
  if (kernel.queue.tick()) fail()
  else void kernel.queue.nextSlice(undefined).then(fail)
}

function watch(pending: PendingCall, caller: Process | null, target: Process, dest: Pid | string): Monitor {
  return {
    ref: pending.ref,
    owner: caller,
    target,
    name: typeof dest === 'string' ? dest : undefined,
    tag: undefined,
    alias: undefined,
    pid: target.pid,
    onDown: (reason: ExitReason) =>
      pending._settle(undefined, new CallError(dest, reason, `the process ended with reason ${show(reason)}`)),
  }
}

/** Answers a call. A second answer, and one that comes too late, is dropped. @see OTP `gen_server:reply/2` */
export function reply(from: unknown, value: unknown): void {
  if (!isFrom(from)) throw new BadArgError('reply: from', 'the from of a call', from)
  ;(from as unknown as PendingCall)._settle(value, undefined)
}

/** Fails a call that was taken but will not be answered. @internal */
export function replyError(from: From, reason: unknown): void {
  ;(from as unknown as PendingCall)._settle(
    undefined,
    new CallError(from.ref, reason, `the callee gave up with reason ${show(reason)}`),
  )
}
