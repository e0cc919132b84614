// A call that got no reply. Pure. Entered by both ends, and by users.
import type { Problem, ProblemReason } from './envelope.js'

/**
 * Why a call got no reply. `error`: one that the contract names. The others are the library's: `timeout`; `disconnected`, the
 * connection was lost before an answer came, so it may have run; `closed`, there is no connection any more; `bad_reply`, it
 * does not fit its schema; and those of {@link Problem}, which the other end has said.
 *
 * @example
 * const mayHaveRun: ProtocolErrorReason[] = ['timeout', 'disconnected', 'failed', 'bad_reply']
 * @see docs/protocol.md
 */
export type ProtocolErrorReason = 'error' | 'timeout' | 'disconnected' | 'closed' | 'bad_reply' | ProblemReason

/** Of each error, whichever copy of the library has made it. */
const kProtocolError = Symbol.for('gensock.protocolError')

/**
 * A call over a socket that got no reply: what `call.name()` rejects with, on either end. `isProtocolError` types its `error`
 * and `data` by the contract.
 *
 * @example
 * const error = new ProtocolError('history', 'error', { error: 'tooMany', data: 100 })
 * error.message // => "call history: answered with the error 'tooMany'"
 * @see OTP `gen_server:call/3`, of which the caller exits with the reason
 */
export class ProtocolError extends Error {
  /** The name of the call. */
  readonly call: string
  /** What happened. */
  readonly reason: ProtocolErrorReason
  /** Of reason `error`: its name in the contract. Else undefined. */
  readonly error: string | undefined
  /** Of reason `error`: what came with it. Else undefined. */
  readonly data: unknown
  /** What the other end, or of reason `bad_reply` this one, found wrong. Else undefined. */
  readonly problem: Problem | undefined
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && kProtocolError in value
  }
  /** The mark of each copy. @internal */
  get [kProtocolError](): true {
    return true
  }
  constructor(
    call: string,
    reason: ProtocolErrorReason,
    more: { readonly error?: string; readonly data?: unknown; readonly problem?: Problem | undefined } = {},
  ) {
    super(`call ${call}: ${saying(reason, more.error, more.problem)}`)
    this.name = 'ProtocolError'
    this.call = call
    this.reason = reason
    this.error = more.error
    this.data = more.data
    this.problem = more.problem
  }
}

const SAYINGS: Readonly<Partial<Record<ProtocolErrorReason, string>>> = {
  timeout: 'no answer in time',
  disconnected: 'the connection was lost before an answer came',
  closed: 'the connection is closed',
  failed: 'the other end crashed, or gave no answer',
  too_many: 'too many calls are under way',
  unknown_call: 'the other end does not answer it',
}
function saying(reason: ProtocolErrorReason, error: string | undefined, problem: Problem | undefined): string {
  if (error !== undefined) return `answered with the error '${error}'`
  const { path = [], expected } = problem ?? {}
  const where = path.length === 0 ? '' : ` at ${path.join('.')}`
  return `${SAYINGS[reason] ?? reason}${expected === undefined ? '' : `${where}: ${expected}`}`
}
