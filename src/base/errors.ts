// Every error that gensock throws, in one table. docs/errors.md explains each code.
import { inspect } from 'node:util'

/** Code -> what it means, in one line. The table that `docs/errors.md` and the tests are held to. */
export const ERROR_CODES = Object.freeze({
  GENSOCK_ERR_BADARG: 'an argument has a wrong type or is out of its range',
  GENSOCK_ERR_UNKNOWN_OPTION: 'an option that this function does not know',
  GENSOCK_ERR_NOPROC: 'no such process, or no process is running where one is needed',
  GENSOCK_ERR_NO_SELF: 'a function that looks at the running process was called outside one, or after an await',
  GENSOCK_ERR_NAME_TAKEN: 'the name is registered already, or the process has a name already',
  GENSOCK_ERR_BAD_RETURN: 'a callback returned something that its contract does not allow',
  GENSOCK_ERR_BAD_FRAME: 'a frame or command that cannot be encoded',
  GENSOCK_ERR_CALL: 'a call failed: timeout, no such process, or the callee ended',
  GENSOCK_ERR_START: 'a process did not start: its init refused, ignored, crashed or took too long',
  GENSOCK_ERR_NO_CLAUSE: 'a callback module has no callback or clause for what came',
  GENSOCK_ERR_LISTEN: 'the port or address cannot be listened on',
  GENSOCK_ERR_UNEXPECTED_CRASH: 'a process of a test node crashed and no test expected it',
  GENSOCK_ERR_LEFTOVER: 'processes of a test node were still alive when it was stopped',
  GENSOCK_ERR_SIMULATION: 'a simulation failed; with its seed it fails again',
  GENSOCK_ERR_BAD_CHART: 'a state chart that cannot be compiled into a transition table',
})
export type ErrorCode = keyof typeof ERROR_CODES

/**
 * A mistake of the program that uses gensock. `code` is stable; `reason` is the Erlang reason that a process ends with
 * when nobody catches the error.
 *
 * @example
 * try { spawn(42) } catch (error) { error.code } // => 'GENSOCK_ERR_BADARG'
 */
export class GensockError extends Error {
  readonly code: ErrorCode
  readonly reason: unknown
  constructor(code: ErrorCode, message: string, reason: unknown, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.reason = reason
  }
}

/** A wrong argument: says where, what was allowed and what came. `reason` is `badarg`. */
export class BadArgError extends GensockError {
  constructor(where: string, allowed: string, got: unknown, code: ErrorCode = 'GENSOCK_ERR_BADARG') {
    super(code, `${where} must be ${allowed}, got ${show(got)}`, 'badarg')
  }
}

/** A callback returned something else than its contract allows. `reason` is `['bad_return_value', got]`. */
export class BadReturnError extends GensockError {
  constructor(callback: string, allowed: string, got: unknown) {
    super('GENSOCK_ERR_BAD_RETURN', `${callback} must return ${allowed}, got ${show(got)}`, ['bad_return_value', got])
  }
}

/** A short picture of a value for a message: one line, bounded. */
export function show(value: unknown, maxLength = 200): string {
  let text: string
  try {
    text = inspect(value, { depth: 2, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 80 })
  } catch {
    return 'a value that cannot be shown'
  }
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text
}
