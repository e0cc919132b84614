// Hot path. What callbacks may answer, checked and carried out. The state changes last: a bad frame leaves the one before.
import { BadReturnError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { type From, reply } from '../runtime/call.js'
import type { Commands } from './commands.js'

/** What results act on: one socket. */
export interface ResultTarget {
  /** Checks and sends. */
  push(commands: Commands): void
  keep(state: unknown): void
  stopWith(reason: ExitReason): void
  /** A call was taken and will be answered later. */
  remember(from: From): void
}

/** The answer of every callback but call clauses. */
export function take(target: ResultTarget, where: string, result: unknown): void {
  if (Array.isArray(result)) {
    const { length } = result
    if (result[0] === 'ok' && (length === 2 || (length === 3 && isHibernate(result[2])))) return target.keep(result[1])
    if (result[0] === 'push' && (length === 3 || (length === 4 && isHibernate(result[3])))) {
      target.push(result[1] as Commands)
      return target.keep(result[2])
    }
    if (result[0] === 'stop' && length === 3) {
      target.stopWith(result[1] as ExitReason)
      return target.keep(result[2])
    }
  }
  throw new BadReturnError(where, "['ok', state], ['push', commands, state] or ['stop', reason, state]", result)
}

/** The answer of a call clause. */
export function takeCall(target: ResultTarget, where: string, result: unknown, from: From): void {
  if (Array.isArray(result)) {
    const { length } = result
    if (result[0] === 'reply' && (length === 3 || (length === 4 && isHibernate(result[3])))) {
      reply(from, result[1])
      return target.keep(result[2])
    }
    if (result[0] === 'noreply' && (length === 2 || (length === 3 && isHibernate(result[2])))) {
      target.remember(from)
      return target.keep(result[1])
    }
    if (result[0] === 'stop' && (length === 3 || length === 4)) {
      if (length === 4) reply(from, result[2])
      target.stopWith(result[1] as ExitReason)
      return target.keep(result[length - 1])
    }
  }
  throw new BadReturnError(where, "['reply', value, state], ['noreply', state] or ['stop', reason, value?, state]", result)
}

function isHibernate(value: unknown): boolean {
  return value === 'hibernate' || value === undefined
}
