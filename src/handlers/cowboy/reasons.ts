// Why a socket ended, in the words of each generation. Pure, but for the list of processes that `exit` has ended.
// Entered by loop and by init2; a socket's own reasons come from sockets/ending.
import { GensockError } from '../../base/errors.js'
import { type ExitReason, isCrash, isExitSignal, reasonOfThrown } from '../../base/exit-reason.js'
import { crashReason } from '../../sockets/ending.js'
import type { SocketSelf } from '../../sockets/handler.js'
import { type Cause, isOrderly } from '../../sockets/reason08.js'

type Errors = 'closed' | 'badencoding' | 'badframe' | 'badsize' | (string & {})
type Crashed = readonly ['crash', 'error' | 'exit' | 'throw', unknown]
/**
 * What `terminate` hears in 2.0.0-pre.1.
 *
 * @example
 * const reasons: Reason20Pre[] = ['timeout', ['remote', 1001, 'going away']]
 * @see Cowboy 2.0.0-pre.1, `cowboy_websocket`: "Terminate reasons"
 */
export type Reason20Pre =
  | 'normal'
  | 'shutdown'
  | 'timeout'
  | 'remote'
  | readonly ['remote', number, string]
  | Crashed
  | readonly ['error', Errors]
/**
 * What `terminate` hears in 2.x. `shutdown` is the end of the listener: Cowboy gives the parent's reason as it is.
 *
 * @example
 * const reasons: Reason2[] = ['stop', 'timeout', ['remote', 1001, 'going away']]
 * @see Cowboy 2.18, `cowboy_websocket`: `terminate_reason()`
 */
export type Reason2 =
  | 'normal'
  | 'stop'
  | 'timeout'
  | 'remote'
  | 'shutdown'
  | readonly ['shutdown', unknown]
  | readonly ['remote', number, string]
  | Crashed
  | readonly ['error', Errors]

export function reason20pre(cause: Cause): Reason20Pre {
  if (cause.type === 'stop') return 'shutdown'
  if (cause.type === 'exit') return isOrderly(cause.reason) ? 'shutdown' : ['crash', 'exit', cause.reason]
  return common(cause)
}

export function reason2(cause: Cause): Reason2 {
  if (cause.type === 'stop') return 'stop'
  if (cause.type !== 'exit') return common(cause)
  return isOrderly(cause.reason) ? (cause.reason as 'shutdown') : ['crash', 'exit', cause.reason]
}

/** What pre.1 and 2.x say alike. */
function common(cause: Exclude<Cause, { type: 'stop' | 'exit' }>): Reason20Pre & Reason2 {
  switch (cause.type) {
    case 'timeout':
      return 'timeout'
    case 'remote':
      return cause.code === undefined ? 'remote' : ['remote', cause.code, cause.reason ?? '']
    case 'error':
      return ['error', cause.error]
    case 'left':
      return ['crash', 'exit', cause.reason]
    default:
      return crashed(cause.error)
  }
}

/** The class as in Erlang: `nocatch(value)` is `throw`; what gensock itself throws has its Erlang reason. */
function crashed(error: unknown): Crashed {
  if (Array.isArray(error) && error.length === 2 && error[0] === 'nocatch') return ['crash', 'throw', error[1]]
  return ['crash', 'error', error instanceof GensockError ? error.reason : error]
}

/** What was thrown before the socket was open, as its cause. */
export function causeOfThrown(thrown: unknown): Cause {
  const reason = reasonOfThrown(thrown)
  return isCrash(reason) ? crashReason(reason) : { type: 'left', reason }
}

const left = new WeakMap<SocketSelf, ExitReason>()

/**
 * Takes note of `exit(reason)` in a callback, and answers what was thrown. Cowboy closes with 1011 then, the socket process
 * with 1000 for `normal` and 1001 for a shutdown: so the close frame goes out here. The exit reason stays.
 */
export function noteExit(self: SocketSelf, thrown: unknown): unknown {
  if (!isExitSignal(thrown)) return thrown
  left.set(self, thrown.reason)
  if (isOrderly(thrown.reason)) self.push(['close', 1011])
  return thrown
}
/** The cause, if a callback called `exit`. */
export function exitOf(self: SocketSelf): Cause | undefined {
  return left.has(self) ? { type: 'left', reason: left.get(self) as ExitReason } : undefined
}
