// Every error that gensock throws, in one table. docs/errors/ has a page for each code; the first line of a message says where.
import { inspect, types } from 'node:util'

/**
 * Code -> what it means, in one line. The table that `docs/errors.md`, the pages of `docs/errors/` and the tests are held to.
 *
 * @example
 * ERROR_CODES.GENSOCK_ERR_LISTEN // => 'the port or address cannot be listened on'
 * @see {@link GensockError}
 */
export const ERROR_CODES = Object.freeze({
  GENSOCK_ERR_BADARG: 'an argument has a wrong type or is out of its range',
  GENSOCK_ERR_UNKNOWN_OPTION: 'an option that this function does not know',
  GENSOCK_ERR_NOPROC: 'no such process, or no process is running where one is needed',
  GENSOCK_ERR_NO_SELF: 'a function that looks at the running process was called outside one, or after an await',
  GENSOCK_ERR_NAME_TAKEN: 'the name is registered already, or the process has a name already',
  GENSOCK_ERR_BAD_RETURN: 'a callback returned something that its contract does not allow',
  GENSOCK_ERR_BAD_FRAME: 'a frame or command that cannot be encoded',
  GENSOCK_ERR_BAD_MESSAGE: 'a message, reply or request that does not fit the contract of its protocol',
  GENSOCK_ERR_CALL: 'a call failed: timeout, no such process, or the callee ended',
  GENSOCK_ERR_START: 'a process did not start: its init refused, ignored, crashed or took too long',
  GENSOCK_ERR_NO_CLAUSE: 'a callback module has no callback or clause for what came',
  GENSOCK_ERR_LISTEN: 'the port or address cannot be listened on',
  GENSOCK_ERR_UNEXPECTED_CRASH: 'a process of a test node crashed and no test expected it',
  GENSOCK_ERR_LEFTOVER: 'processes of a test node were still alive when it was stopped',
  GENSOCK_ERR_SIMULATION: 'a simulation failed; with its seed it fails again',
  GENSOCK_ERR_BAD_CHART: 'a state chart that cannot be compiled into a transition table',
})
/**
 * A code of the table.
 *
 * @example
 * const code: ErrorCode = 'GENSOCK_ERR_NOPROC'
 * ERROR_CODES[code] // => 'no such process, or no process is running where one is needed'
 * @see {@link ERROR_CODES}
 */
export type ErrorCode = keyof typeof ERROR_CODES
/** Of each error, whichever copy of the library has made it. */
const kError = Symbol.for('gensock.error')

/**
 * A mistake of the program that uses gensock. The first line of its message ends with the page of its code: cause and cure.
 *
 * @example
 * const error = await call('nobody', 'hi').catch((thrown) => thrown)
 * error.code // => 'GENSOCK_ERR_CALL'
 * error.reason // => 'noproc'
 * @see {@link ERROR_CODES}
 */
export class GensockError extends Error {
  /** One of {@link ERROR_CODES}: stable, unlike the text. */
  readonly code: ErrorCode
  /** The Erlang reason, which a process ends with when nobody catches the error. */
  readonly reason: unknown
  /** A program may have the library as ECMAScript modules and as CommonJS: an error of the one is one of the other. @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    return value instanceof Error && kError in value && (this === GensockError || value.name === this.name)
  }
  /** The mark of each copy. @internal */
  get [kError](): true {
    return true
  }
  constructor(code: ErrorCode, message: string, reason: unknown, options?: ErrorOptions) {
    super(linked(code, message), options)
    this.name = new.target.name
    this.code = code
    this.reason = reason
  }
}

/**
 * A wrong argument: the message says where, what was allowed and what came; `reason` is `badarg`.
 *
 * @example
 * let error: any
 * try { spawn(42 as any) } catch (thrown) { error = thrown }
 * error.message // => 'spawn: process must be a function, got 42 (see gensock/docs/errors/GENSOCK_ERR_BADARG.md)'
 * @see Erlang reference manual, "Errors and Error Handling", Exit Reasons
 */
export class BadArgError extends GensockError {
  constructor(where: string, allowed: string, got: unknown, code: ErrorCode = 'GENSOCK_ERR_BADARG') {
    super(code, `${where} must be ${allowed}, got ${show(got)}`, 'badarg')
  }
}

/**
 * A callback returned something else than its contract allows; `reason` is `['bad_return_value', got]`.
 *
 * @example
 * const pid = spawnProcess({ init: () => 0, message: () => 'oops' as any })
 * self.monitor(pid)
 * send(pid, 'hi')
 * const { reason } = await self.receive('DOWN')
 * reason.error.name // => 'BadReturnError'
 * reason.value // => ['bad_return_value', 'oops']
 * @see OTP `gen_server`, bad_return_value
 */
export class BadReturnError extends GensockError {
  constructor(callback: string, allowed: string, got: unknown) {
    super('GENSOCK_ERR_BAD_RETURN', `${callback} must return ${allowed}, got ${show(got)}`, ['bad_return_value', got])
  }
}

/** The page of a code, as a path within the package, which ships its docs. */
export function pageOf(code: ErrorCode): string {
  return `gensock/docs/errors/${code}.md`
}
const LINK = / \(see gensock\/docs\/errors\/GENSOCK_ERR_[A-Z_]+\.md\)/g

/** One line has one link: a message that quotes another error's leads to its own page. */
function linked(code: ErrorCode, message: string): string {
  const [first = '', ...rest] = message.split('\n')
  const line = first.replaceAll(LINK, '')
  const said = rest.length > 0 && line.endsWith(':') ? line.slice(0, -1) : line
  return [`${said} (see ${pageOf(code)})${line.slice(said.length)}`, ...rest].join('\n')
}

/** A short picture of a value for a message: one line, bounded. Of an error what it says, not where; inside another value without its link. */
export function show(value: unknown, maxLength = 200): string {
  let text: string
  try {
    text = types.isNativeError(value)
      ? Error.prototype.toString.call(value)
      : inspect(value, { depth: 2, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 80 }).replaceAll(LINK, '')
  } catch {
    return 'a value that cannot be shown'
  }
  const line = text.replaceAll(/\s*\n\s*/g, ' ')
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line
}
