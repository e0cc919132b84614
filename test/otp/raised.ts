// Erlang's exceptions inside a script, and what becomes of them where the script ends.
import { nocatch } from '../../src/index.js'
import { toReason } from './library.js'
import type { Term, Terms } from './terms.js'

export type ExceptionClass = 'error' | 'exit' | 'throw'

/** An Erlang exception on its way out of a script. */
export class Raised extends Error {
  readonly class: ExceptionClass
  readonly reason: Term
  constructor(exceptionClass: ExceptionClass, reason: Term) {
    super(exceptionClass)
    this.class = exceptionClass
    this.reason = reason
  }
}

export function raise(exceptionClass: ExceptionClass, reason: Term): never {
  throw new Raised(exceptionClass, reason)
}

/** Wrong argument: `error:badarg`. */
export function badarg(): never {
  throw new Raised('error', 'badarg')
}

/** `error:{Tag, Value}`, as in `{badmatch, V}`. */
export function raiseTagged(terms: Terms, tag: string, value: Term): never {
  throw new Raised('error', terms.tuple(tag, value))
}

/** An exception that nobody caught, handed to the library. */
export function raiseOutside(self: { exit(reason: never): never }, raised: Raised): never {
  const reason = toReason(raised.reason)
  if (raised.class === 'exit') self.exit(reason as never)
  if (raised.class === 'throw') nocatch(raised.reason)
  throw reason
}
