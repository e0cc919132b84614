// What every behaviour and socket understands besides its own messages: OTP's system messages. Entered by behaviour, sockets
// and machines with a request of `sys`; while suspended, everything else waits in the mailbox.
import { GensockError } from '../base/errors.js'
import { type ExitReason, isCrash, reasonOfThrown } from '../base/exit-reason.js'
import { type Call, type From, isCall, reply } from '../runtime/call.js'
import { inside, type Process } from '../runtime/process.js'
import { receive } from '../runtime/receive.js'

const kSys = Symbol.for('gensock.sys')

/**
 * What a traced process did: a message came in, a reply or message went out, a callback has answered without one.
 *
 * @example
 * await sys.trace(pid, (event) => event.type === 'in' && count(event.kind))
 * @see OTP `sys`, `system_event()`
 */
export type DebugEvent =
  | {
      readonly type: 'in'
      /** `internal` and `timeout`: events that a state machine has made for itself. `frame` and `event`: of a socket's peer. */
      readonly kind: 'call' | 'cast' | 'info' | 'internal' | 'timeout' | 'frame' | 'event'
      readonly message: unknown
      readonly from?: From
    }
  /** To nobody who called: a frame of a socket to its peer. */
  | { readonly type: 'out'; readonly message: unknown; readonly to: From | undefined }
  | { readonly type: 'noreply'; readonly state: unknown }
/**
 * Where the events of a traced process go: called in its turn, before it goes on. What it answers is ignored; once it has
 * thrown it is not called again.
 *
 * @example
 * const seen: DebugEvent[] = []
 * await sys.trace(pid, (event) => void seen.push(event))
 * @see OTP `sys:install/2,3`
 */
export type TraceSink = (event: DebugEvent) => void
/**
 * What `sys.statistics(pid, 'get')` answers: counted since `sys.statistics(pid, true)`.
 *
 * @example
 * await sys.statistics(pid, true)
 * const counted = (await sys.statistics(pid, 'get')) as Statistics
 * counted.messagesIn // => 0
 * @see OTP `sys:statistics/2,3`. Differs: no reductions.
 */
export interface Statistics {
  /** When counting began, in whole ms of the node's clock, which starts anywhere. */
  readonly startTimeMs: number
  /** Now, in ms on the same clock: the difference is how long it has been counted. */
  readonly currentTimeMs: number
  /** Calls, casts, other messages, and events that a state machine has made for itself; no system messages. */
  readonly messagesIn: number
  /** Replies, and the frames of a socket. */
  readonly messagesOut: number
}
/**
 * What `sys.getStatus` answers; its own pid and its parent stand in it as text.
 *
 * @example
 * const { behaviour, status }: SysStatus = await sys.getStatus(pid)
 * behaviour // => 'gen_server'
 * @see OTP `sys:get_status/1,2`
 */
export interface SysStatus {
  /** Its pid, as text. */
  readonly pid: string
  /** OTP's name: `gen_server`, `gen_statem`, `gen_event`, `supervisor`, `application_master`, `pg`, `socket` ... */
  readonly behaviour: string
  /** The name that it is registered under. */
  readonly name: string | undefined
  /** Who spawned it, if that was a process. */
  readonly parent: string | undefined
  /** Whether `sys.suspend` holds it. */
  readonly status: 'running' | 'suspended'
  /** As `sys.getState`. */
  readonly state: unknown
  /** A copy of its process dictionary. */
  readonly dictionary: ReadonlyMap<unknown, unknown>
  /** How many messages wait, this one not counted. */
  readonly messageQueueLength: number
}

/** Debugging that is switched on; null in a process where nobody asked for it. */
export class Debug {
  trace: TraceSink | undefined = undefined
  counted: { startTimeMs: number; messagesIn: number; messagesOut: number } | undefined = undefined

  event(event: DebugEvent): void {
    if (this.counted !== undefined) {
      if (event.type === 'in') this.counted.messagesIn++
      else if (event.type === 'out') this.counted.messagesOut++
    }
    this.trace?.(event)
  }
}

/** What the system messages need of a process. */
export interface SysTarget {
  readonly process: Process
  /** OTP's name of the behaviour. */
  readonly kind: string
  debug: Debug | null
  getState(): unknown
  /** `replace` gets what `getState` answers. What it throws leaves the state as it was. */
  replaceState(replace: (state: unknown) => unknown): void
  /** Ends the process in its own way, with its `terminate`. */
  finish(reason: ExitReason): void | Promise<void>
  /** Must this message be handled even while suspended (the end of the parent)? */
  interrupts(message: unknown): boolean
  /** Handles a message; called with one that `interrupts`. */
  message(process: Process, message: unknown): void | Promise<void>
  /** A system message was handled and the process goes on. */
  resumed?(): void | Promise<void>
}

/** What `sys` puts into a call. */
export type SysOrder =
  | { readonly op: 'get_state' | 'suspend' | 'resume' | 'get_status' }
  | { readonly op: 'replace_state'; readonly replace: (state: any) => unknown }
  | { readonly op: 'terminate' | 'stop'; readonly reason: ExitReason }
  | { readonly op: 'trace'; readonly sink: TraceSink | undefined }
  | { readonly op: 'statistics'; readonly flag: boolean | 'get' }

/** A request of `sys`. Branded: a user's request is never taken for one. */
export class SysRequest {
  readonly order: SysOrder
  constructor(order: SysOrder) {
    this.order = order
  }
  get [kSys](): true {
    return true
  }
}

/** Is this the request of a system message? */
export function isSysRequest(request: unknown): request is SysRequest {
  return typeof request === 'object' && request !== null && (request as { [kSys]?: true })[kSys] === true
}
function isSysCall(message: unknown): message is Call<SysRequest> {
  return isCall(message) && isSysRequest(message.request)
}

/** Handles a system message. A promise while the process is suspended, or ends. @see OTP `sys:handle_system_msg/6` */
export function handleSystem(target: SysTarget, call: Call): void | Promise<void> {
  const { order } = call.request as SysRequest
  if (order.op === 'terminate' || order.op === 'stop') return end(target, order, call.from)
  if (order.op === 'suspend') {
    reply(call.from, 'ok')
    return suspended(target)
  }
  obey(target, order, call.from, 'running')
  return target.resumed?.()
}

// Takes only system messages, and what ends the process, until it is resumed.
async function suspended(target: SysTarget): Promise<void> {
  const { process } = target
  const match = (message: unknown): boolean => isSysCall(message) || target.interrupts(message)
  for (;;) {
    const message = await receive(process, match)
    if (!isSysCall(message)) return inside(process, () => target.message(process, message))
    const { order } = message.request
    if (order.op === 'terminate' || order.op === 'stop') return inside(process, () => end(target, order, message.from))
    if (order.op === 'resume') {
      reply(message.from, 'ok')
      return inside(process, () => target.resumed?.())
    }
    inside(process, () => obey(target, order, message.from, 'suspended'))
  }
}

// `stop` has no reply but the end itself.
function end(target: SysTarget, order: { readonly op: string; readonly reason: ExitReason }, from: From): void | Promise<void> {
  if (order.op === 'terminate') reply(from, 'ok')
  return target.finish(order.reason)
}

function obey(target: SysTarget, order: SysOrder, from: From, status: SysStatus['status']): void {
  switch (order.op) {
    case 'get_state':
      return reply(from, target.getState())
    case 'replace_state':
      return replaceState(target, order.replace, from)
    case 'get_status':
      return reply(from, statusOf(target, status))
    case 'trace':
      setDebug(target, (debug) => (debug.trace = order.sink))
      return reply(from, 'ok')
    case 'statistics':
      return reply(from, statistics(target, order.flag))
    default:
      return reply(from, 'ok') // suspend of a suspended process, resume of a running one
  }
}

/** What the call of `sys.replaceState` is answered with when its function threw. */
export class ReplaceFailed {
  readonly reason: unknown
  readonly error: unknown
  constructor(reason: unknown, error: unknown) {
    this.reason = reason
    this.error = error
  }
}

// The function is the debugging person's; when it throws, the process keeps its state and lives on.
function replaceState(target: SysTarget, replace: (state: unknown) => unknown, from: From): void {
  try {
    target.replaceState(replace)
  } catch (thrown) {
    const reason = reasonOfThrown(thrown)
    return reply(from, new ReplaceFailed(isCrash(reason) && reason.error instanceof GensockError ? reason.value : reason, thrown))
  }
  reply(from, target.getState())
}

function statusOf(target: SysTarget, status: SysStatus['status']): SysStatus {
  const { process } = target
  return {
    pid: String(process.pid),
    behaviour: target.kind,
    name: process.name ?? undefined,
    parent: process.parent === undefined ? undefined : String(process.parent),
    status,
    state: target.getState(),
    dictionary: new Map(process.dictionary ?? []),
    messageQueueLength: process.queueLength,
  }
}

function setDebug(target: SysTarget, change: (debug: Debug) => void): void {
  const debug = target.debug ?? new Debug()
  change(debug)
  target.debug = debug.trace === undefined && debug.counted === undefined ? null : debug
}

function statistics(target: SysTarget, flag: boolean | 'get'): 'ok' | 'no_statistics' | Statistics {
  const now = Math.floor(target.process.kernel.clock.now()) // a clock may show fractions
  if (flag === 'get') {
    const counted = target.debug?.counted
    return counted === undefined ? 'no_statistics' : { ...counted, currentTimeMs: now }
  }
  setDebug(target, (debug) => (debug.counted = flag ? { startTimeMs: now, messagesIn: 0, messagesOut: 0 } : undefined))
  return 'ok'
}
