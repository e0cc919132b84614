// gen_event: one process, any number of handlers, each with its own state. The functions that start managers and talk to
// them and their handlers. Entered by user code; calls start, the rules, and the runtime's call.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, type CallTimeout } from '../runtime/call.js'
import { resolve } from '../runtime/links.js'
import { currentKernel } from '../runtime/node.js'
import { type Kernel, requireCurrent, shared } from '../runtime/process.js'
import { sendTo } from '../runtime/send.js'
import { Behaviour } from './behaviour.js'
import { checkHandler } from './gen-event-handler.js'
import { EventMessage, type EventOrder, EventRequest } from './gen-event-request.js'
import { GenEventRules } from './gen-event-rules.js'
import type { AddHandlerResult, AnyHandler, EventManager, Handler, ManagerRef, SwapHandlerResult } from './gen-event-types.js'
import { type RequestId, type Response, response, responseIn, sendRequest } from './request.js'
import { startBehaviour, type StartMode, type StartMonitorResult, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'

/** The argument after the handler: that of `init`, if it takes one. */
export type HandlerArg<A> = unknown extends A ? [arg?: A] : [A] extends [void] ? [arg?: undefined] : [arg: A]
/** The answer of a call to a handler: its reply, `bad_module` when it is not there, or why it is gone now. */
export type EventReply<R> = R | readonly ['error', 'bad_module'] | readonly ['error', readonly ['EXIT', ExitReason]]

function startManager(mode: StartMode, options: StartOptions | undefined): Promise<any> {
  return startBehaviour('genEvent', mode, options, (starter) => new Behaviour(new GenEventRules(), starter))
}

/**
 * Starts an event manager without a link. It has no handlers yet.
 *
 * @param options - `{ name, timeoutMs }`
 * @returns `['ok', pid]` or `['error', ['already_started', pid]]`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
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
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @see OTP `gen_event:start_link/0,1,2`
 */
function startLink<E = any>(options?: StartOptions): Promise<StartResult<EventManager<E>>> {
  return startManager('startLink', options)
}
/** As `start`, monitored by the running process: `['ok', [pid, ref]]`. @throws `GENSOCK_ERR_NO_SELF` @see OTP `gen_event:start_monitor/0,1,2` */
function startMonitor<E = any>(options?: StartOptions): Promise<StartMonitorResult<EventManager<E>>> {
  return startManager('startMonitor', options)
}

/** Refuses a process that is none: it would take the request for a message of its own. */
function requireManager(where: string, kernel: Kernel, manager: unknown): void {
  const process = typeof manager === 'string' ? kernel.names.get(manager) : resolve(kernel, manager, `${where}: manager`)
  if (process && (process.program as { readonly kind?: unknown }).kind !== 'gen_event')
    throw new BadArgError(`${where}: manager`, 'an event manager', manager)
}

function ask(where: string, manager: ManagerRef<any>, order: EventOrder, timeoutMs: CallTimeout = 'infinity'): Promise<any> {
  const kernel = currentKernel()
  requireManager(where, kernel, manager)
  return call(kernel, shared.current, manager as Pid | string, new EventRequest(order), timeoutMs)
}

/**
 * Adds a handler: the manager calls its `init`. The handler that was added last is called first.
 *
 * @param handler - the handler module, or `[module, id]` when several handlers share a module; the id is any value
 * @param rest - the argument of `init`
 * @returns `ok`, what `init` answered instead (`['error', reason]`), or `['EXIT', reason]` if it failed
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no handler, no manager; rejects with CallError `GENSOCK_ERR_CALL` `noproc`
 * @example
 * await genEvent.addHandler(manager, counter, 0)
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
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
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
 * @returns what `terminate` answered (`ok` without one), `['error', 'module_not_found']`, or `['EXIT', reason]` if it failed
 * @throws {BadArgError} `GENSOCK_ERR_BADARG`; rejects with CallError `GENSOCK_ERR_CALL` `noproc`
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
 * @returns `ok`, or `['error', what init answered or failed with]`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG`; rejects with CallError `GENSOCK_ERR_CALL` `noproc`
 * @example
 * await genEvent.swapHandler(manager, [toConsole, 'swap'], [toFile, 'app.log'])
 * @see OTP `gen_event:swap_handler/3`
 */
function swapHandler<S, X, E>(manager: ManagerRef<E>, old: Old, next: New<S, X, NoInfer<E>>): Promise<SwapHandlerResult> {
  return swap('genEvent.swapHandler', manager, old, next, undefined)
}
/** As `swapHandler`; the running process supervises the new handler. @throws `GENSOCK_ERR_NO_SELF` @see OTP `gen_event:swap_sup_handler/3` */
function swapSupHandler<S, X, E>(manager: ManagerRef<E>, old: Old, next: New<S, X, NoInfer<E>>): Promise<SwapHandlerResult> {
  return swap('genEvent.swapSupHandler', manager, old, next, requireCurrent('genEvent.swapSupHandler').pid)
}

/**
 * Tells every handler of an event and does not wait; a dead manager takes it in silence.
 *
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
/** As `notify`; answers `ok` once every handler has handled the event. @see OTP `gen_event:sync_notify/2` */
function syncNotify<E>(manager: ManagerRef<E>, event: NoInfer<E>): Promise<'ok'> {
  return ask('genEvent.syncNotify', manager, { op: 'sync_notify', event })
}
/**
 * Asks one handler and waits for its reply.
 *
 * @param timeoutMs - whole ms or 'infinity'; default 5 000. A reply that comes later is dropped.
 * @returns the reply; `['error', 'bad_module']` if the handler is not there; `['error', ['EXIT', reason]]` or `['error', result]`
 * if it failed or answered what it may not, and is gone now
 * @throws {BadArgError} `GENSOCK_ERR_BADARG`; rejects with CallError `GENSOCK_ERR_CALL`: `timeout`, `noproc`, or why the manager ended
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
/** The handlers of a manager, as they were added; the last one added stands first. @see OTP `gen_event:which_handlers/1` */
function whichHandlers(manager: ManagerRef<any>): Promise<readonly AnyHandler[]> {
  return ask('genEvent.whichHandlers', manager, { op: 'which_handlers' })
}
/**
 * Stops a manager: `terminate('stop')` of each handler, then its end, which this waits for.
 *
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that the manager ended with instead
 * @see OTP `gen_event:stop/1,3`
 */
function stop(manager: ManagerRef<any>, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('genEvent.stop', manager, reason, timeoutMs)
}

/** As `call`, but the response comes as a message of the running process. @throws `GENSOCK_ERR_NO_SELF` @see OTP `gen_event:send_request/3` */
function request<Q, R>(manager: ManagerRef<any>, handler: Handler<any, any, any, Q, R>, what: NoInfer<Q>): RequestId<R> {
  checkHandler('genEvent.sendRequest: handler', handler)
  requireManager('genEvent.sendRequest', currentKernel(), manager)
  return sendRequest('genEvent', manager, new EventRequest({ op: 'call', handler, request: what }))
}
/** What `receiveResponse` and its like answer: as of `genServer`, but an `error` of the handler stands alone. */
export type EventResponse<R> = Response<R> | readonly ['error', unknown]

// A handler's `['error', why]` is not wrapped as a reply.
function unwrapped<T>(answer: T): T | readonly ['error', unknown] {
  const inner: unknown = Array.isArray(answer) && answer[0] === 'reply' ? answer[1] : undefined
  return Array.isArray(inner) && inner.length === 2 && inner[0] === 'error' ? (inner as unknown as ['error', unknown]) : answer
}
/** Waits for the response; a timeout (default infinity) gives the request up: a late reply is dropped. @see OTP `gen_event:receive_response/2` */
function receiveResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<EventResponse<R> | 'timeout'> {
  return response('genEvent.receiveResponse', id, timeoutMs, true).then(unwrapped)
}
/** Waits for the response; after a timeout (default infinity) the request stays open. @see OTP `gen_event:wait_response/2` */
function waitResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<EventResponse<R> | 'timeout'> {
  return response('genEvent.waitResponse', id, timeoutMs, false).then(unwrapped)
}
/** Is this message the response? `no_reply` if not. @see OTP `gen_event:check_response/2` */
function checkResponse<R>(message: unknown, id: RequestId<R>): EventResponse<R> | 'no_reply' {
  return unwrapped(responseIn('genEvent.checkResponse', message, id) ?? 'no_reply')
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
  sendRequest: request,
  receiveResponse,
  waitResponse,
  checkResponse,
})
