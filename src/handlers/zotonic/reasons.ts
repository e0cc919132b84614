// Why a socket ended, in Zotonic's words and in full. Pure. Entered by socket-handler; a socket's own reasons come from
// sockets/ending.
import { isCrash, reasonText } from '../../base/exit-reason.js'
import { crashReason } from '../../sockets/ending.js'
import type { TerminateReason } from '../../sockets/handler.js'
import { INTERNAL_ERROR, NORMAL } from '../../wire/close-codes.js'
import type { EndCause, ZotonicReason } from './types.js'

/** Crashes as what was thrown, whoever threw it. */
export function unwrapped(reason: TerminateReason): TerminateReason {
  return reason.type === 'exit' && isCrash(reason.reason) ? crashReason(reason.reason) : reason
}

/**
 * As Zotonic tells it. A polite end and a lost connection are both `normal`; `isUntaken`: something that was sent has never
 * been taken, which Zotonic learns from its failed write.
 */
export function zotonicReason(reason: TerminateReason, isUntaken: boolean): ZotonicReason {
  switch (reason.type) {
    case 'error':
      if (reason.error !== 'closed') return ['error', { exit: reason.error }]
      return isUntaken ? ['error', 'closed'] : 'normal'
    case 'crash':
      return ['error', { exit: reason.error }]
    case 'exit':
      return reason.reason === 'normal' ? 'normal' : ['error', { exit: reason.reason }]
    default:
      return 'normal'
  }
}

/** What Zotonic does not tell. */
export function endCause(reason: TerminateReason): EndCause {
  switch (reason.type) {
    case 'remote':
      return reason.code === undefined ? { closed: 'peer' } : { closed: 'peer', code: reason.code, reason: reason.reason ?? '' }
    case 'error':
      return reason.error === 'closed' ? { closed: 'lost' } : { closed: 'handler', reason: reason.error }
    case 'timeout':
      return { closed: 'handler', code: NORMAL, reason: 'timeout' }
    case 'crash':
      return { closed: 'handler', code: INTERNAL_ERROR, reason: lineOf(reason.error) }
    default:
      return { closed: 'handler', reason: lineOf(reason.reason) }
  }
}

/** A reason in one line, an error without its stack. */
function lineOf(error: unknown): string {
  if (typeof error === 'string') return error
  return error instanceof Error ? `${error.name}: ${error.message}` : reasonText(error)
}
