// Is this a handler? Asked before any socket is made of it. Entered by route and by the fake transport.
import { requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { AnySocketHandler } from './handler.js'

const MAY_HAVE = ['upgrade', 'plain', 'info', 'event', 'terminate'] as const

/** Refuses what lacks `init` or `handle`, or has something else than a function in the place of a callback. */
export function requireHandler(where: string, handler: unknown): asserts handler is AnySocketHandler {
  if (typeof handler !== 'object' || handler === null)
    throw new BadArgError(`${where}: handler`, 'an object with init and handle', handler)
  const given = handler as AnySocketHandler
  requireFunction(`${where}: handler.init`, given.init)
  requireFunction(`${where}: handler.handle`, given.handle)
  for (const name of MAY_HAVE) if (given[name] !== undefined) requireFunction(`${where}: handler.${name}`, given[name])
  for (const [type, clause] of Object.entries(given.call ?? {})) requireFunction(`${where}: handler.call.${type}`, clause)
}
