// Why a socket ends, decided in one place: what `terminate` hears, the exit reason, and the close code on the wire.
import { type Crash, type ExitReason, isNocatch } from '../base/exit-reason.js'
import type { TerminateReason } from './handler.js'
import type { OnCrash } from './options.js'

/** No close frame of ours: the peer has closed, the connection is gone, or the transport answers by itself. */
export const NO_CLOSE = 0
const NORMAL = 1000
const GOING_AWAY = 1001
const INTERNAL_ERROR = 1011
/** RFC 6455 section 7.4.1: what is said of a close frame without a code, and of an end without one. Never on the wire. */
const NO_STATUS = 1005
const ABNORMAL = 1006

/** The decided end of a socket. */
export interface End {
  readonly reason: TerminateReason
  readonly exit: ExitReason
  /** Of the close frame that is still to be sent; NO_CLOSE for none. */
  readonly code: number
  /** Of the first close frame, ours or the peer's: for the counters. */
  readonly wire: number
}

/** The handler answered `['stop', reason, state]`. */
export function endOfStop(reason: ExitReason, code: number = isShutdown(reason) ? GOING_AWAY : NORMAL): End {
  return { reason: { type: 'stop', reason }, exit: reason, code, wire: code }
}
/** The handler has sent a close frame. */
export function endOfClose(code: number | undefined): End {
  return { reason: { type: 'stop', reason: 'normal' }, exit: 'normal', code: NO_CLOSE, wire: code ?? NO_STATUS }
}
/** `exit(reason)` in a callback, an exit signal, a link. */
export function endOfExit(reason: ExitReason): End {
  const code = reason === 'normal' ? NORMAL : isShutdown(reason) ? GOING_AWAY : INTERNAL_ERROR
  return { reason: { type: 'exit', reason }, exit: reason, code, wire: code }
}
export function endOfCrash(crash: Crash): End {
  return { reason: crashReason(crash), exit: crash, code: INTERNAL_ERROR, wire: INTERNAL_ERROR }
}
/** What `terminate` hears of a crash: the thrown value itself. */
export function crashReason(crash: Crash): TerminateReason {
  return { type: 'crash', error: isNocatch(crash.error) ? crash.value : crash.error }
}
export function endOfIdle(): End {
  return { reason: { type: 'timeout' }, exit: 'normal', code: NORMAL, wire: NORMAL }
}
/** A limit of ours. */
export function endOfError(error: string, code: number): End {
  return { reason: { type: 'error', error }, exit: 'normal', code, wire: code }
}
/** The transport has ended it by itself: with this code, or without a close frame. */
export function endOfFailure(error: string, code: number = ABNORMAL): End {
  return { reason: { type: 'error', error }, exit: 'normal', code: NO_CLOSE, wire: code }
}
export function endOfRemote(code: number | undefined, reason: string): End {
  const heard: TerminateReason = code === undefined ? { type: 'remote' } : { type: 'remote', code, reason }
  return { reason: heard, exit: 'normal', code: NO_CLOSE, wire: code ?? NO_STATUS }
}
/** No close frame: a kill, or a connection that was cut. */
export const WIRE_OF_KILL = ABNORMAL
/** The listener closes the socket with a code of its own. */
export function endOfOrder(code: number): End {
  return { reason: { type: 'exit', reason: 'shutdown' }, exit: 'shutdown', code, wire: code }
}

function isShutdown(reason: ExitReason): boolean {
  return reason === 'shutdown' || (Array.isArray(reason) && reason.length === 2 && reason[0] === 'shutdown')
}

/** The restarts of the last period with one more now; null if that is one too many, or none is allowed. */
export function restartsAfter(before: readonly number[] | null, onCrash: OnCrash, now: number): number[] | null {
  if (onCrash === 'close') return null
  const { intensity, periodMs } = onCrash.restart
  const recent = (before ?? []).filter((at) => now - at < periodMs)
  recent.push(now)
  return recent.length > intensity ? null : recent
}
