// gen_event: one process, any number of handlers, each with its own state. The functions that start managers and talk to
// them and their handlers. Entered by user code; calls start, the rules, and gen-event-request.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { CallTimeout } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { requireCurrent } from '../runtime/process.js'
import { sendTo } from '../runtime/send.js'
import { Behaviour } from './behaviour.js'
import { checkHandler } from './gen-event-handler.js'
import { ask, EventMessage, requireManager } from './gen-event-request.js'
import { checkResponse, receiveResponse, requestHandler, waitResponse } from './gen-event-response.js'
import { GenEventRules } from './gen-event-rules.js'
import type {
  AddHandlerResult,
  AnyHandler,
  EventManager,
  EventReply,
  Handler,
  ManagerRef,
  SwapHandlerResult,
} from './gen-event-types.js'
import { startBehaviour, type StartMode, type StartMonitorResult, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'

/**
 * The argument after the handler: that of `init`, if it takes one.
 *
 * @example
 * const rest: HandlerArg<number> = [1]
 * await genEvent.addHandler(manager, [counter, 'second'], ...rest) // => 'ok'
 * @see OTP `gen_event:add_handler/3`, Args
 */
export type HandlerArg<A> = unknown extends A ? [arg?: A] : [A] extends [void] ? [arg?: undefined] : [arg: A]

function startManager(mode: StartMode, options: StartOptions | undefined): Promise<any> {
  return startBehaviour('genEvent', mode, options, (starter) => new Behaviour(new GenEventRules(), starter))
}

/**
 * Starts an event manager without a link. It has no handlers yet.
 *
 * @param options - `{ name, timeoutMs }`; `timeoutMs` in whole ms or 'infinity' (default)
 * @returns `['ok', pid]` or `['error', ['already_started', pid]]`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no name, no timeout; `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const manager = unwrap(await genEvent.start<{ type: 'tick' }>({ name: 'ticks' }))
 * @see OTP `gen_event:start/0,1,2`
 */
function start<E = any>(options?: StartOptions): Promise<StartResult<EventManager<E>>> {
  return startManager('start', options)
}
/**
 * As `start`, linked to the running process, which is the manager's parent from now on.
 *
 * @param options - `{ name, timeoutMs }`, as of `start`
 * @returns `['ok', pid]` or `['error', ['already_started', pid]]`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 *   as `start`
 * @example
 * await supervisor.start({ children: [{ id: 'ticks', start: () => genEvent.startLink({ name: 'ticks' }) }] })
 * @see OTP `gen_event:start_link/0,1,2`
 */
function startLink<E = any>(options?: StartOptions): Promise<StartResult<EventManager<E>>> {
  return startManager('startLink', options)
}
/**
 * As `start`, monitored by the running process.
 *
 * @param options - `{ name, timeoutMs }`, as of `start`
 * @returns `['ok', [pid, ref]]` or `['error', ['already_started', pid]]`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 *   as `start`
 * @example
 * const [manager, ref] = unwrap(await self.run(() => genEvent.startMonitor()))
 * @see OTP `gen_event:start_monitor/0,1,2`
 */
function startMonitor<E = any>(options?: StartOptions): Promise<StartMonitorResult<EventManager<E>>> {
  return startManager('startMonitor', options)
}

/**
 * Adds a handler: the manager calls its `init`. The handler that was added last is called first.
 *
 * @param manager - pid or registered name
 * @param handler - the handler module, or `[module, id]` when several handlers share a module; the id is any value
 * @param rest - the argument of `init`, if it takes one
 * @returns `ok`, what `init` answered instead (`['error', reason]`), or `['EXIT', reason]` if it failed
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no handler, no manager; rejects with CallError `GENSOCK_ERR_CALL` `noproc`
 * @example
 * await genEvent.addHandler(manager, counter, 0) // => 'ok'
 * await genEvent.addHandler(manager, [counter, 'second'], 100)
 * @see OTP `gen_event:add_handler/3`
 */
function addHandler<S, A, E>(
  manager: ManagerRef<E>,
  handler: Handler<S, A, NoInfer<E>>,
  ...rest: HandlerArg<NoInfer<A>>
): Promise<AddHandlerResult> {
  checkHandler('genEvent.addHandler: handler', handler)
  return ask('genEvent.addHandler', manager, { op: 'add_handler', handler, arg: rest[0], supervisor: undefined })
}
/**
 * As `addHandler`, and supervises the connection to the running process: when that ends, the handler is removed
 * (`terminate(['stop', reason])`); when the handler goes first, the process gets
 * `{ type: 'gen_event_EXIT', handler, reason }`.
 *
 * @param manager - pid or registered name
 * @param handler - the handler module, or `[module, id]`
 * @param rest - the argument of `init`, if it takes one
 * @returns as `addHandler`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` as `addHandler`
 * @example
 * await self.run(() => genEvent.addSupHandler('ticks', counter, 0))
 * const gone = await self.receive('gen_event_EXIT')
 * @see OTP `gen_event:add_sup_handler/3`
 */
function addSupHandler<S, A, E>(
  manager: ManagerRef<E>,
  handler: Handler<S, A, NoInfer<E>>,
  ...rest: HandlerArg<NoInfer<A>>
): Promise<AddHandlerResult> {
  checkHandler('genEvent.addSupHandler: handler', handler)
  const supervisor = requireCurrent('genEvent.addSupHandler').pid
  return ask('genEvent.addSupHandler', manager, { op: 'add_handler', handler, arg: rest[0], supervisor })
}
/**
 * Removes a handler: the manager calls its `terminate` with this argument.
 *
 * @param manager - pid or registered name
 * @param handler - as it was added: the module, or `[module, id]`
 * @param arg - the first argument of `terminate`; default undefined
 * @returns what `terminate` answered (`ok` without one), `['error', 'module_not_found']`, or `['EXIT', reason]` if it failed
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no handler, no manager; rejects with CallError `GENSOCK_ERR_CALL` `noproc`
 * @example
 * await genEvent.deleteHandler(manager, counter, 'enough') // => 'ok'
 * await genEvent.deleteHandler(manager, counter) // => ['error', 'module_not_found']
 * @see OTP `gen_event:delete_handler/3`
 */
function deleteHandler<R = any>(manager: ManagerRef<any>, handler: AnyHandler, arg?: unknown): Promise<R> {
  checkHandler('genEvent.deleteHandler: handler', handler)
  return ask('genEvent.deleteHandler', manager, { op: 'delete_handler', handler, arg })
}

type Old = readonly [handler: AnyHandler, terminateArg: unknown]
type New<S, X, E> = readonly [handler: Handler<S, readonly [X, any], E>, arg: NoInfer<X>]

function swap(where: string, manager: ManagerRef<any>, old: unknown, next: unknown, supervisor: AnyPid | undefined): any {
  for (const pair of [old, next])
    if (!Array.isArray(pair) || pair.length !== 2) throw new BadArgError(where, 'given [handler, arg] twice', pair)
  const [oldHandler, oldArg] = old as readonly unknown[]
  const [handler, arg] = next as readonly unknown[]
  checkHandler(`${where}: handler1`, oldHandler)
  checkHandler(`${where}: handler2`, handler)
  return ask(where, manager, { op: 'swap_handler', old: oldHandler, oldArg, handler, arg, supervisor })
}
/**
 * Replaces a handler: `terminate(arg1)` of the old one, then `init([arg2, what that answered])` of the new one. The new one is
 * added even if the old one is not there (it gets `[arg2, 'error']`), and takes over who supervises the old one.
 *
 * @param manager - pid or registered name
 * @param old - `[handler, arg1]`
 * @param next - `[handler, arg2]`
 * @returns `ok`, or `['error', what init answered or failed with]`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not two pairs, no handler, no manager; rejects with CallError `GENSOCK_ERR_CALL`
 *   `noproc`
 * @example
 * await genEvent.swapHandler(manager, [toConsole, 'swap'], [toFile, 'app.log'])
 * @see OTP `gen_event:swap_handler/3`
 */
function swapHandler<S, X, E>(manager: ManagerRef<E>, old: Old, next: New<S, X, NoInfer<E>>): Promise<SwapHandlerResult> {
  return swap('genEvent.swapHandler', manager, old, next, undefined)
}
/**
 * As `swapHandler`; the running process supervises the new handler, as with `addSupHandler`.
 *
 * @param manager - pid or registered name
 * @param old - `[handler, arg1]`
 * @param next - `[handler, arg2]`
 * @returns `ok`, or `['error', what init answered or failed with]`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` as `swapHandler`
 * @example
 * await self.run(() => genEvent.swapSupHandler(manager, [toConsole, 'swap'], [toFile, 'app.log']))
 * @see OTP `gen_event:swap_sup_handler/3`
 */
function swapSupHandler<S, X, E>(manager: ManagerRef<E>, old: Old, next: New<S, X, NoInfer<E>>): Promise<SwapHandlerResult> {
  return swap('genEvent.swapSupHandler', manager, old, next, requireCurrent('genEvent.swapSupHandler').pid)
}

/**
 * Tells every handler of an event and does not wait; a dead manager takes it in silence.
 *
 * @param manager - pid or registered name
 * @param event - what `handleEvent` gets
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - the name is not registered; `GENSOCK_ERR_BADARG` - no event manager
 * @example
 * genEvent.notify(manager, { type: 'tick' })
 * @see OTP `gen_event:notify/2`
 */
function notify<E>(manager: ManagerRef<E>, event: NoInfer<E>): void {
  const kernel = currentKernel()
  requireManager('genEvent.notify', kernel, manager)
  sendTo(kernel, manager, new EventMessage(event), 'genEvent.notify')
}
/**
 * As `notify`, and waits until every handler has handled the event.
 *
 * @param manager - pid or registered name
 * @param event - what `handleEvent` gets
 * @returns `'ok'`; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, or why the manager ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no event manager
 * @example
 * await genEvent.syncNotify(manager, { type: 'tick' }) // => 'ok'
 * @see OTP `gen_event:sync_notify/2`
 */
function syncNotify<E>(manager: ManagerRef<E>, event: NoInfer<E>): Promise<'ok'> {
  return ask('genEvent.syncNotify', manager, { op: 'sync_notify', event })
}
/**
 * Asks one handler and waits for its reply.
 *
 * @param manager - pid or registered name
 * @param handler - as it was added: the module, or `[module, id]`
 * @param request - what `handleCall` gets
 * @param timeoutMs - whole ms or 'infinity'; default 5 000. A reply that comes later is dropped.
 * @returns the reply; `['error', 'bad_module']` if the handler is not there; `['error', ['EXIT', reason]]` or
 *   `['error', result]` if it failed or answered what it may not, and is gone now
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no handler, no manager, no timeout; rejects with CallError `GENSOCK_ERR_CALL`:
 * `timeout`, `noproc`, or why the manager ended
 * @example
 * const n = await genEvent.call(manager, counter, 'get')
 * @see OTP `gen_event:call/3,4`
 */
function callHandler<Q, R>(
  manager: ManagerRef<any>,
  handler: Handler<any, any, any, Q, R>,
  request: NoInfer<Q>,
  timeoutMs: CallTimeout = 5000,
): Promise<EventReply<R>> {
  checkHandler('genEvent.call: handler', handler)
  return ask('genEvent.call', manager, { op: 'call', handler, request }, timeoutMs)
}
/**
 * The handlers of a manager; the last one added stands first.
 *
 * @param manager - pid or registered name
 * @returns each as it was added: the module, or `[module, id]`; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, or why it
 *   ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no event manager
 * @example
 * await genEvent.addHandler(manager, counter, 0)
 * await genEvent.whichHandlers(manager) // => [counter]
 * @see OTP `gen_event:which_handlers/1`
 */
function whichHandlers(manager: ManagerRef<any>): Promise<readonly AnyHandler[]> {
  return ask('genEvent.whichHandlers', manager, { op: 'which_handlers' })
}
/**
 * Stops a manager: `terminate('stop')` of each handler, then its end, which this waits for.
 *
 * @param manager - pid or registered name
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns nothing; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that the manager ended with
 *   instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no manager, no timeout
 * @example
 * await genEvent.stop(manager)
 * @see OTP `gen_event:stop/1,3`
 */
function stop(manager: ManagerRef<any>, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('genEvent.stop', manager, reason, timeoutMs)
}

/**
 * Event managers: `gen_event:notify(...)` is `genEvent.notify(...)`. A handler that fails is removed, with a report; the
 * manager and the other handlers live on. A manager traps exits.
 *
 * @example
 * const manager = unwrap(await genEvent.start())
 * await genEvent.addHandler(manager, counter, 0)
 * await genEvent.syncNotify(manager, { type: 'tick' })
 * await genEvent.call(manager, counter, 'get') // => 1
 * await genEvent.stop(manager)
 * @see OTP `gen_event`
 * @namespace
 */
export const genEvent = Object.freeze({
  start,
  startLink,
  startMonitor,
  addHandler,
  addSupHandler,
  deleteHandler,
  swapHandler,
  swapSupHandler,
  notify,
  syncNotify,
  call: callHandler,
  whichHandlers,
  stop,
  sendRequest: requestHandler,
  receiveResponse,
  waitResponse,
  checkResponse,
})
