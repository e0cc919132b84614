// Handlers of an event manager: what identifies one, what is known of one that is installed, and the reports of their ends.
// Entered by gen-event and its rules; calls the logger.
import { isDeepStrictEqual } from 'node:util'
import { requireFunction } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import { type ExitReason, isCrash, isNocatch, reasonOfThrown } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { Process } from '../runtime/process.js'
import { logError, logWarning } from '../runtime/report.js'
import { sendTo } from '../runtime/send.js'
import type { AnyHandler, GenEventExit, GenEventHandler } from './gen-event-types.js'

/** A handler's callback module, whatever it handles. */
export type HandlerModule = GenEventHandler<any, any, any, any, any, any>

/** A handler of a manager. */
export interface Installed {
  /** As the one who added it has named it: the module, or `[module, id]`. */
  readonly handler: AnyHandler
  readonly module: HandlerModule
  state: unknown
  /** Who hears of its end, and whose end it does not survive. */
  readonly supervisor: AnyPid | undefined
}

/** `['EXIT', reason]`: what Erlang's `catch` makes of a failure. */
export type Failure = readonly ['EXIT', ExitReason]

/** What a callback's `throw` counts as: a `nocatch` is a value, all else a failure. */
export function caught(thrown: unknown): unknown {
  return isNocatch(thrown) ? thrown.value : ['EXIT', reasonOfThrown(thrown)]
}
/** Is this what `caught` makes of a failure? */
export function isFailure(value: unknown): value is Failure {
  return Array.isArray(value) && value.length === 2 && value[0] === 'EXIT'
}

/** Refuses what cannot be a handler. @throws {BadArgError} `GENSOCK_ERR_BADARG` */
export function checkHandler(where: string, handler: unknown): asserts handler is AnyHandler {
  if (Array.isArray(handler) && handler.length !== 2) throw new BadArgError(where, 'a handler module, or [module, id]', handler)
  const module: unknown = Array.isArray(handler) ? handler[0] : handler
  if (typeof module !== 'object' || module === null)
    throw new BadArgError(where, 'an object with init and handleEvent, or [such an object, id]', handler)
  const given = module as Readonly<Record<string, unknown>>
  for (const key of ['init', 'handleEvent']) requireFunction(`${where}.${key}`, given[key])
  for (const key of ['handleCall', 'handleInfo', 'terminate'])
    if (given[key] !== undefined) requireFunction(`${where}.${key}`, given[key])
}

/** The module of a handler. */
export function moduleOf(handler: AnyHandler): HandlerModule {
  return Array.isArray(handler) ? (handler[0] as HandlerModule) : (handler as HandlerModule)
}
/** The id of a handler; false without one, as `sys` shows it. */
export function idOf(handler: AnyHandler): unknown {
  return Array.isArray(handler) ? (handler[1] as unknown) : false
}
/** Do both name the same handler? The module is the same object; ids are compared by what they hold, as terms are. */
export function sameHandler(one: AnyHandler, other: AnyHandler): boolean {
  if (moduleOf(one) !== moduleOf(other)) return false
  const [a, b] = [idOf(one), idOf(other)]
  try {
    return Object.is(a, b) || isDeepStrictEqual(a, b)
  } catch {
    return false // an id that cannot be looked at (a revoked proxy) is none: it must not end the manager
  }
}

/** How a handler is called in reports. */
export function titleOf(handler: AnyHandler): string {
  const { name } = moduleOf(handler)
  const title = typeof name === 'string' ? JSON.stringify(name) : 'without a name'
  return Array.isArray(handler) ? `${title} with id ${show(handler[1])}` : title
}
function managerTitle(manager: Process): string {
  return `event manager ${String(manager.pid)}${manager.name === null ? '' : ` (${manager.name})`}`
}

/** Why a handler is gone: as the report says it, and as the supervising process hears it. */
export interface Gone {
  readonly reason: unknown
  /** What the handler was doing, if that was the cause. */
  readonly lastMessage?: unknown
  /** In words, where the reason alone would not say what to do. */
  readonly text?: string | undefined
  /** A quiet end: the manager ends, `remove_handler`, `deleteHandler`, a swap. */
  readonly quiet: boolean
}

/** Reports the end of a handler, if it was an error, and tells the process that supervises it. @see OTP `gen_event:add_sup_handler/3` */
export function announce(manager: Process, installed: Installed, gone: Gone, heard: unknown = gone.reason): void {
  const { handler, supervisor } = installed
  if (!gone.quiet) reportGone(manager, installed, gone)
  if (supervisor === undefined) return
  const message: GenEventExit = Object.freeze({ type: 'gen_event_EXIT', handler, reason: heard })
  sendTo(manager.kernel, supervisor, message, 'gen_event')
}

function reportGone(manager: Process, { handler, state }: Installed, { reason, lastMessage, text }: Gone): void {
  const cause = isFailure(reason) ? reason[1] : reason
  const why = text ?? (isCrash(cause) ? cause.toString() : show(cause))
  const last = lastMessage === undefined ? '' : `; last message was ${show(lastMessage)}`
  logError(
    manager.kernel.logger,
    {
      label: 'gen_event',
      pid: String(manager.pid),
      node: manager.kernel.name,
      registeredName: manager.name ?? undefined,
      handler,
      lastMessage,
      state,
      reason: isCrash(cause) ? cause.value : cause,
      stack: isCrash(cause) ? cause.stack : undefined,
    },
    `handler ${titleOf(handler)} of ${managerTitle(manager)} is removed: ${why}${last}`,
  )
}

/** A message that a handler has no `handleInfo` for. */
export function warnNoInfo(manager: Process, handler: AnyHandler, message: unknown): void {
  logWarning(
    manager.kernel.logger,
    { label: 'gen_event', pid: String(manager.pid), handler, message },
    `handler ${titleOf(handler)} of ${managerTitle(manager)} has no handleInfo; dropped ${show(message)}`,
  )
}

/** A call for a handler that has no `handleCall`. */
export function noHandleCall(handler: AnyHandler, request: unknown): GensockError {
  const text = `handler ${titleOf(handler)} has no handleCall, which ${show(request)} needs`
  return new GensockError('GENSOCK_ERR_NO_CLAUSE', text, 'undef')
}
