// A handler's callbacks, checked when it is made a SocketHandler: what is missing is named. Entered by the generations.
import { requireFunction } from '../../base/check.js'
import { BadArgError } from '../../base/errors.js'

/** Refuses what is no object, misses a callback, or has something else where an optional one may stand. */
export function requireHandler(
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
