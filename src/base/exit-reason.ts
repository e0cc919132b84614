// Why a process ended: bare reasons, crash reasons with a stack, and the two signals that unwind a callback.
import { GensockError, show } from './errors.js'

const kCrash = Symbol.for('gensock.crash')
const kExitSignal = Symbol.for('gensock.exitSignal')
const kNocatch = Symbol.for('gensock.nocatch')

/**
 * Why a process ended. Any value; OTP's atoms are strings: `normal`, `shutdown`, `killed`, `noproc`.
 *
 * @example
 * const reasons: ExitReason[] = ['normal', 'shutdown', ['shutdown', 'too old'], 'no_disk', { code: 7 }]
 * @see Erlang reference manual, "Processes", Error Handling
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'kill'
  | 'killed'
  | 'noproc'
  | 'noconnection'
  | readonly ['shutdown', unknown]
  | (string & {})
  | object

/**
 * The reason of a process that ended by an uncaught exception: what was thrown and where. Erlang's `{Reason, Stack}`;
 * branded, so it is never taken for a bare reason.
 *
 * @example
 * const [, ref] = spawnMonitor(() => { throw new TypeError('no such thing') })
 * const { reason } = await self.receive('DOWN')
 * isCrash(reason) && String(reason) // => 'TypeError: no such thing'
 * @see Erlang reference manual, "Errors and Error Handling", Exit Reasons
 */
export class Crash {
  /** The reason: of a `GensockError` its `reason`, else the thrown value itself; `['nocatch', value]` for `nocatch`. */
  readonly value: unknown
  /** What was thrown. */
  readonly error: unknown
  /** Where it was thrown: the stack of the error. */
  readonly stack: string

  constructor(value: unknown, error: unknown, stack: string) {
    this.value = value
    this.error = error
    this.stack = stack
  }

  /** For {@link isCrash}: also true for a crash of another copy of the library. @hidden */
  get [kCrash](): true {
    return true
  }

  /** `TypeError: no such thing`, or the value in short. */
  toString(): string {
    return this.error instanceof Error ? `${this.error.name}: ${this.error.message}` : show(this.value)
  }
}

/**
 * Asks whether a process ended by an uncaught exception, and not by `exit`, a signal or its normal end.
 *
 * @param reason - of a DOWN or EXIT message, or of `terminate`
 * @returns true for a {@link Crash}
 * @example
 * isCrash('shutdown') // => false
 * @see Erlang reference manual, "Errors and Error Handling", Exit Reasons
 */
export function isCrash(reason: unknown): reason is Crash {
  return typeof reason === 'object' && reason !== null && (reason as { [kCrash]?: true })[kCrash] === true
}

/** Thrown by `exit(reason)` to unwind the callback; never leaves the turn. @internal */
export class ExitSignal {
  readonly reason: ExitReason
  constructor(reason: ExitReason) {
    this.reason = reason
  }
  get [kExitSignal](): true {
    return true
  }
}

/** Was this thrown by `exit`? @internal */
export function isExitSignal(thrown: unknown): thrown is ExitSignal {
  return typeof thrown === 'object' && thrown !== null && (thrown as { [kExitSignal]?: true })[kExitSignal] === true
}

/** Thrown by `nocatch(value)`. @internal */
export class Nocatch {
  readonly value: unknown
  readonly stack: string
  constructor(value: unknown) {
    this.value = value
    this.stack = new Error('nocatch').stack ?? ''
  }
  get [kNocatch](): true {
    return true
  }
}

/** Was this thrown by `nocatch`? @internal */
export function isNocatch(thrown: unknown): thrown is Nocatch {
  return typeof thrown === 'object' && thrown !== null && (thrown as { [kNocatch]?: true })[kNocatch] === true
}

/**
 * Erlang's `throw`: in a behaviour's callback the value becomes the return value; in a plain process, where nobody catches
 * it, the process ends with the crash reason `['nocatch', value]`.
 *
 * @param value - any value
 * @example
 * const [, ref] = spawnMonitor(() => nocatch('done'))
 * const { reason } = await self.receive('DOWN')
 * reason.value // => ['nocatch', 'done']
 * @see Erlang reference manual, "Errors and Error Handling", throw
 */
export function nocatch(value: unknown): never {
  throw new Nocatch(value)
}

/** A reason in a line of text: of a crash the error alone; it may refuse to be read. */
export function reasonText(reason: unknown): string {
  try {
    return isCrash(reason) ? reason.toString() : show(reason)
  } catch {
    return 'a reason that cannot be shown'
  }
}

/** The exit reason of a process whose callback threw this. @internal */
export function reasonOfThrown(thrown: unknown): ExitReason {
  try {
    return readReason(thrown)
  } catch {
    // A revoked proxy, a getter that throws: what was thrown cannot even be looked at.
    return new Crash('unreadable', undefined, '')
  }
}

function readReason(thrown: unknown): ExitReason {
  if (isExitSignal(thrown)) return thrown.reason
  if (isNocatch(thrown)) return new Crash(['nocatch', thrown.value], thrown, thrown.stack)
  if (thrown instanceof Error)
    return new Crash(thrown instanceof GensockError ? thrown.reason : thrown, thrown, thrown.stack ?? '')
  return new Crash(thrown, thrown, '')
}
