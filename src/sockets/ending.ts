// Why a socket ends, decided in one place: what `terminate` hears, the exit reason, and the close frame.
import { type Crash, type ExitReason, isNocatch } from '../base/exit-reason.js'
import { ABNORMAL, GOING_AWAY, INTERNAL_ERROR, NO_STATUS, NORMAL } from '../wire/close-codes.js'
import type { TerminateReason } from './handler.js'
import type { OnCrash } from './options.js'

/** No close frame of ours: there has been one, or the connection is gone. */
export const NO_CLOSE = 0

/** The decided end of a socket. */
export interface End {
  readonly reason: TerminateReason
  readonly exit: ExitReason
  /** Of the close frame that is still to be sent: a code, undefined for an empty one, NO_CLOSE for none. */
  readonly code: number | undefined
  /** The close frame's reason. */
  readonly text?: string | undefined
  /** Until when the peer may answer it, on the node's clock. */
  readonly until?: number | undefined
  /** For the counters. */
  readonly wire: number
}

function endWith(code: number, reason: TerminateReason, exit: ExitReason): End {
  return { reason, exit, code, wire: code }
}

/** The handler answered `['stop', reason, state]`. */
export function endOfStop(reason: ExitReason): End {
  return endWith(isShutdown(reason) ? GOING_AWAY : NORMAL, { type: 'stop', reason }, reason)
}
/** The handler has sent a close frame. */
export function endOfClose(code: number | undefined): End {
  return { reason: { type: 'stop', reason: 'normal' }, exit: 'normal', code: NO_CLOSE, wire: code ?? NO_STATUS }
}
/** `exit(reason)` in a callback, an exit signal, a link. */
export function endOfExit(reason: ExitReason): End {
  const code = reason === 'normal' ? NORMAL : isShutdown(reason) ? GOING_AWAY : INTERNAL_ERROR
  return endWith(code, { type: 'exit', reason }, reason)
}
/** `exit(reason)` in a callback that may have decided the end before: after its own close frame only the exit reason is new. */
export function endOfLeaving(before: End | null, reason: ExitReason): End {
  if (before === null) return endOfExit(reason)
  return before.code === NO_CLOSE && before.reason.type === 'stop' ? { ...before, exit: reason } : before
}
export function endOfCrash(crash: Crash): End {
  return endWith(INTERNAL_ERROR, crashReason(crash), crash)
}
/** What `terminate` hears of a crash: the thrown value itself. */
export function crashReason(crash: Crash): TerminateReason {
  return { type: 'crash', error: isNocatch(crash.error) ? crash.value : crash.error }
}
export function endOfIdle(): End {
  return endWith(NORMAL, { type: 'timeout' }, 'normal')
}
/** A limit of ours. */
export function endOfError(error: string, code: number): End {
  return endWith(code, { type: 'error', error }, 'normal')
}
/** The transport has ended it by itself: with this code, or without a close frame. */
export function endOfFailure(error: string, code: number = ABNORMAL): End {
  return { reason: { type: 'error', error }, exit: 'normal', code: NO_CLOSE, wire: code }
}
/** The peer's close frame, which is answered with its code alone. */
export function endOfRemote(code: number | undefined, reason: string): End {
  const heard: TerminateReason = code === undefined ? { type: 'remote' } : { type: 'remote', code, reason }
  return { reason: heard, exit: 'normal', code, wire: code ?? NO_STATUS }
}
/** The listener closes the socket with a code of its own. */
export function endOfOrder(code: number, text: string | undefined, until: number | undefined): End {
  return { ...endWith(code, { type: 'exit', reason: 'shutdown' }, 'shutdown'), text, until }
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
