// Callbacks of the handlers of other systems: which must be there when a SocketHandler is made of them, and their answers,
// which come now or later. Entered by the rooms of handlers/, which do not know each other.
import { requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { MaybePromise } from '../runtime/self-types.js'
import { isPromise } from '../runtime/spawn.js'

/** Refuses what is no object, misses a callback, or has something else where an optional one may stand. */
export function requireCallbacks(
  where: string,
  handler: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  if (typeof handler !== 'object' || handler === null) {
    throw new BadArgError(`${where}: handler`, `an object with ${required.join(', ')}`, handler)
  }
  const given = handler as Readonly<Record<string, unknown>>
  for (const name of required) requireFunction(`${where}: handler.${name}`, given[name])
  for (const name of optional) if (given[name] !== undefined) requireFunction(`${where}: handler.${name}`, given[name])
}

/** Route options are the last argument if the handler's type names any. */
export type OptsRest<Opts> = unknown extends Opts ? [opts?: Opts] : [opts: Opts]

/** Translates an answer now, or once its promise has settled. */
export function mapped<A, B>(answer: MaybePromise<A>, translate: (answer: A) => MaybePromise<B>): MaybePromise<B> {
  return isPromise<A>(answer) ? answer.then(translate) : translate(answer)
}

/** try and catch, for what may throw now or later. */
export function attempt<A>(run: () => MaybePromise<A>, rescue: (thrown: unknown) => MaybePromise<A>): MaybePromise<A> {
  let answer: MaybePromise<A>
  try {
    answer = run()
  } catch (thrown) {
    return rescue(thrown)
  }
  return isPromise<A>(answer) ? answer.then(undefined, rescue) : answer
}
