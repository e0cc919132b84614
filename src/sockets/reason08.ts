// Why a socket ended, in the words of Cowboy 0.8 and 1.0, which Chicago Boss uses as well. Pure. Entered by the rooms of
// handlers/ whose systems say it so.
import type { ExitReason } from '../base/exit-reason.js'
import type { TerminateReason } from './handler.js'

type Errors = 'closed' | 'badencoding' | 'badframe' | 'badsize' | (string & {})
/**
 * What `websocketTerminate` hears in 0.8 and 1.0.
 *
 * @example
 * const reasons: Reason08[] = [['normal', 'timeout'], ['remote', 1001, 'going away'], ['remote', 'closed']]
 * @see Cowboy 1.0, `cowboy_websocket_handler`: `websocket_terminate/3`
 */
export type Reason08 =
  | readonly ['normal', 'shutdown' | 'timeout']
  | readonly ['remote', 'closed']
  | readonly ['remote', number, string]
  | readonly ['error', Errors | 'handler']

/** The socket's own reasons, and `exit(reason)` in a callback: Cowboy takes that for a crash. */
export type Cause = TerminateReason | { readonly type: 'left'; readonly reason: ExitReason }

/** A reason of a socket in these words. */
export function reason08(cause: Cause): Reason08 {
  switch (cause.type) {
    case 'stop':
      return ['normal', 'shutdown']
    case 'timeout':
      return ['normal', 'timeout']
    case 'remote':
      return cause.code === undefined ? ['remote', 'closed'] : ['remote', cause.code, cause.reason ?? '']
    case 'error':
      return ['error', cause.error]
    case 'exit':
      return isOrderly(cause.reason) ? ['normal', 'shutdown'] : ['error', 'handler']
    default:
      return ['error', 'handler']
  }
}

/** An end that was meant: `normal`, `shutdown`, `{shutdown, _}`. */
export function isOrderly(reason: ExitReason): boolean {
  return (
    reason === 'normal' || reason === 'shutdown' || (Array.isArray(reason) && reason.length === 2 && reason[0] === 'shutdown')
  )
}
