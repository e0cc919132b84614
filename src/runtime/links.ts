// link, unlink, monitor, demonitor, alias, unalias of one process. Entered by self and the free functions.
import { BadArgError, GensockError } from '../base/errors.js'
import { rejectUnknown, requireBoolean } from '../base/check.js'
import { ExitMessage, isDown } from '../base/messages.js'
import { type AnyPid, isPid, type ProcessId } from '../base/pid.js'
import { isRef, type Ref } from '../base/ref.js'
import { addAlias, addMonitor, removeAlias, removeMonitor } from './alias.js'
import { fireDown, unlinkOne } from './exit.js'
import { discard } from './mailbox.js'
import { DEAD, type Kernel, type Monitor, type Process } from './process.js'
import { localProcess, post } from './send.js'

/**
 * Which alias a monitor makes, and when it goes: by `unalias`; with the monitor; or also with the first message sent to it.
 *
 * @example
 * const kind: AliasKind = 'reply_demonitor'
 * const ref = monitor(pid, { alias: kind })
 * @see OTP `erlang:monitor/3`, `{alias, UnaliasOpt}`
 */
export type AliasKind = 'explicit_unalias' | 'demonitor' | 'reply_demonitor'
/**
 * Options of `monitor`.
 *
 * @example
 * const ref = monitor(pid, { tag: 'worker', alias: 'reply_demonitor' })
 * send(ref, 'hello')
 * await self.receive() // => 'hello'
 * @see OTP `erlang:monitor/3`
 */
export interface MonitorOptions {
  /** The ref is also an address of this process, for replies. Without it nothing can be sent to the ref. */
  readonly alias?: AliasKind
  /** A value that stands as `tag` in the DOWN message. Without it the message has none. */
  readonly tag?: unknown
}
/**
 * Options of `demonitor`.
 *
 * @example
 * demonitor(monitor('nobody'), { flush: true, info: true }) // => false
 * @see OTP `erlang:demonitor/2`
 */
export interface DemonitorOptions {
  /** Also removes the DOWN message if it is in the mailbox already. Default false. */
  readonly flush?: boolean
  /** Answer whether the monitor was still there. Default false: the answer is always true. */
  readonly info?: boolean
}
/**
 * Options of `alias`.
 *
 * @example
 * alias({ reply: true }).node // => 'gensock@local'
 * @see OTP `erlang:alias/1`
 */
export interface AliasOptions {
  /** The alias is gone after the first message sent to it. Default false. */
  readonly reply?: boolean
}
const ALIAS_KINDS: readonly unknown[] = ['explicit_unalias', 'demonitor', 'reply_demonitor']

/** The living process of a pid, null if it is dead, undefined if it lives on another node. */
export function resolve(kernel: Kernel, pid: unknown, where: string, allowed = 'a pid'): Process | null | undefined {
  if (!isPid(pid)) throw new BadArgError(where, allowed, pid)
  const process = (pid as unknown as ProcessId)._process as Process | null | undefined
  if (process !== undefined) return process
  return pid.node === kernel.name ? (localProcess(kernel, pid) ?? null) : undefined
}

/** @see OTP `erlang:link/1` */
export function link(process: Process, pid: AnyPid): void {
  const target = resolve(process.kernel, pid, 'link: pid')
  if (process.state === DEAD || target === process) return
  if (target === undefined && process.kernel.remote !== null) return process.kernel.remote.link(process.pid, pid)
  if (target) {
    ;(process.links ??= new Set()).add(target)
    ;(target.links ??= new Set()).add(process)
    return
  }
  const reason = target === null ? 'noproc' : 'noconnection'
  if (process.trapExit) post(process, new ExitMessage(pid, reason))
  else
    throw new GensockError(
      'GENSOCK_ERR_NOPROC',
      `link: ${String(pid)} is ${target === null ? 'dead' : 'on a node that is not connected'}`,
      reason,
    )
}

/** @see OTP `erlang:unlink/1` */
export function unlink(process: Process, pid: AnyPid): void {
  const target = resolve(process.kernel, pid, 'unlink: pid')
  if (target) {
    unlinkOne(process, target)
    unlinkOne(target, process)
  } else if (target === undefined) process.kernel.remote?.unlink(process.pid, pid)
}

/** Checks the options of a monitor. */
export function monitorOptions(options: MonitorOptions): void {
  rejectUnknown('monitor', options, ['alias', 'tag'])
  if (options.alias !== undefined && !ALIAS_KINDS.includes(options.alias)) {
    throw new BadArgError('monitor: alias', "'explicit_unalias', 'demonitor' or 'reply_demonitor'", options.alias)
  }
}

/** @see OTP `erlang:monitor/2,3` */
export function monitor(owner: Process, target: AnyPid | string, options?: MonitorOptions): Ref {
  if (options !== undefined) monitorOptions(options)
  const kernel = owner.kernel
  const named = typeof target === 'string'
  const process = named ? (kernel.names.get(target) ?? null) : resolve(kernel, target, 'monitor: target')
  const ref = kernel.newRef()
  // A process does not monitor itself: it could never hear of its own end. As on the BEAM, the ref is all there is.
  if (owner.state === DEAD || process === owner) return ref
  const monitor: Monitor = {
    ref,
    owner,
    target: process ?? null,
    name: named ? target : undefined,
    tag: options?.tag,
    alias: options?.alias,
    pid: named ? undefined : target,
    onDown: undefined,
  }
  addMonitor(monitor)
  if (options?.alias !== undefined) addAlias({ ref, owner, once: options.alias === 'reply_demonitor' })
  if (process === undefined && kernel.remote !== null) kernel.remote.monitor(owner.pid, target as AnyPid, ref)
  else if (!process) fireDown(monitor, process === null ? 'noproc' : 'noconnection')
  return ref
}

/** @see OTP `erlang:demonitor/2` */
export function demonitor(owner: Process, ref: Ref, options?: DemonitorOptions): boolean {
  if (!isRef(ref)) throw new BadArgError('demonitor: ref', 'a reference', ref)
  if (options !== undefined) {
    rejectUnknown('demonitor', options, ['flush', 'info'])
    if (options.flush !== undefined) requireBoolean('demonitor: flush', options.flush)
    if (options.info !== undefined) requireBoolean('demonitor: info', options.info)
  }
  const monitor = owner.monitors?.get(ref.id)
  const found = monitor !== undefined && monitor.ref.equals(ref)
  if (found) {
    removeMonitor(monitor)
    if (monitor.alias !== undefined && monitor.alias !== 'explicit_unalias') removeAlias(owner, ref.id, false)
    if (monitor.target === null && monitor.pid !== undefined) owner.kernel.remote?.demonitor(owner.pid, monitor.pid, ref)
  } else if (options?.flush === true) discard(owner, (message) => isDown(message) && message.ref.equals(ref))
  return options?.info === true ? found : true
}

/** @see OTP `erlang:alias/1` */
export function alias(owner: Process, options?: AliasOptions): Ref {
  if (options !== undefined) {
    rejectUnknown('alias', options, ['reply'])
    if (options.reply !== undefined) requireBoolean('alias: reply', options.reply)
  }
  const ref = owner.kernel.newRef()
  if (owner.state !== DEAD) addAlias({ ref, owner, once: options?.reply === true })
  return ref
}

/** @see OTP `erlang:unalias/1` */
export function unalias(owner: Process, ref: Ref): boolean {
  if (!isRef(ref)) throw new BadArgError('unalias: ref', 'a reference', ref)
  if (ref.node !== owner.kernel.name || ref.creation !== owner.kernel.creation) return false
  return removeAlias(owner, ref.id, false)
}
