// gen_statem: one process, one state machine, one event at a time. The functions that start machines and talk to them.
// Entered by user code; calls start, the rules, and the runtime's call.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, type CallTimeout, type From, reply } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { Behaviour } from './behaviour.js'
import { castTo } from './cast.js'
import { actionsOf, isReply } from './gen-statem-actions.js'
import { checkStatem } from './gen-statem-module.js'
import { GenStatemRules } from './gen-statem-rules.js'
import type { GenStatem, Replies } from './gen-statem-types.js'
import { type RequestId, type Response, response, responseIn, sendRequest } from './request.js'
import { startBehaviour, type StartMode, type StartMonitorResult, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'

/** The arguments after the module: the argument of `init`, if it takes one, and options. */
type StartArgs<A> = [A] extends [void] ? [arg?: undefined, options?: StartOptions] : [arg: A, options?: StartOptions]

function startMachine(mode: StartMode, module: unknown, arg: unknown, options: StartOptions | undefined): Promise<any> {
  const given = checkStatem(`genStatem.${mode}`, module)
  return startBehaviour('genStatem', mode, options, (starter) => new Behaviour(new GenStatemRules(given, arg), starter))
}

/**
 * Starts a state machine without a link; the promise settles when its `init` has.
 *
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns `['ok', pid]`, `['error', reason]` (reasons as in OTP: `['already_started', pid]`, `timeout`, what `init`
 *   stopped with or threw) or `['ignore']`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - the module or the options cannot be what
 *   they should
 * @example
 * const pid = unwrap(await genStatem.start(button))
 * @see OTP `gen_statem:start/3,4`. Differs: a wrong `callbackMode` is refused here, not with a
 *   bad_return_from_callback_mode later.
 */
function start<S, D, A, M>(module: GenStatem<S, D, A, M>, ...rest: StartArgs<NoInfer<A>>): Promise<StartResult<Pid<M>>> {
  return startMachine('start', module, rest[0], rest[1])
}
/**
 * As `start`, linked to the running process, which is the machine's parent from now on.
 *
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here (outside any process, or after an await: use
 *   `self.run`)
 * @see OTP `gen_statem:start_link/3,4`
 */
function startLink<S, D, A, M>(module: GenStatem<S, D, A, M>, ...rest: StartArgs<NoInfer<A>>): Promise<StartResult<Pid<M>>> {
  return startMachine('startLink', module, rest[0], rest[1])
}
/**
 * As `start`, monitored by the running process: `['ok', [pid, ref]]`.
 *
 * @throws `GENSOCK_ERR_NO_SELF`
 * @see OTP `gen_statem:start_monitor/3,4`
 */
function startMonitor<S, D, A, M>(
  module: GenStatem<S, D, A, M>,
  ...rest: StartArgs<NoInfer<A>>
): Promise<StartMonitorResult<Pid<M>>> {
  return startMachine('startMonitor', module, rest[0], rest[1])
}

/**
 * Asks a machine and waits for the reply, which any of its states may give, at any time: the event is `['call', from]`.
 *
 * @param timeoutMs - whole ms or 'infinity'; default infinity, unlike a server's. A reply that comes later is dropped.
 * @returns the reply; rejects with CallError `GENSOCK_ERR_CALL`: its `reason` is `timeout`, `noproc`, `calling_self`, or
 *   why the machine ended
 * @example
 * const count = await genStatem.call<number>(pid, 'get_count')
 * @see OTP `gen_statem:call/2,3`
 */
function callMachine<R = any>(machine: AnyPid | string, request: unknown, timeoutMs: CallTimeout = 'infinity'): Promise<R> {
  return call(currentKernel(), shared.current, machine as Pid | string, request, timeoutMs) as Promise<R>
}
/** Sends an event of type `cast`; a machine that is not there takes it in silence. @see OTP `gen_statem:cast/2` */
function cast(machine: AnyPid | string, event: unknown): void {
  castTo('genStatem.cast', machine, event)
}
/**
 * Answers one call, or several: for replies that no callback can give as an action.
 *
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the `from` of a call, or not a list of `['reply', from, value]`
 * @example
 * genStatem.reply(from, 'on')
 * genStatem.reply([['reply', from, 'on'], ['reply', other, 'off']])
 * @see OTP `gen_statem:reply/1,2`
 */
function replyTo<R>(from: From<R>, value: NoInfer<R>): void
function replyTo(replies: Replies): void
function replyTo(...given: readonly unknown[]): void {
  if (given.length > 1) return reply(given[0], given[1])
  for (const action of actionsOf(given[0])) {
    if (!isReply(action)) throw new BadArgError('genStatem.reply: replies', "['reply', from, value], or a list of them", action)
    reply(action[1], action[2])
  }
}
/**
 * Stops a machine with its `terminate` and waits for its end.
 *
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that the machine ended with instead
 * @see OTP `gen_statem:stop/1,3`
 */
function stop(machine: AnyPid | string, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('genStatem.stop', machine, reason, timeoutMs)
}

/**
 * As `call`, but the response comes as a message of the running process.
 *
 * @throws `GENSOCK_ERR_NO_SELF`
 * @see OTP `gen_statem:send_request/2`
 */
function request<R = any>(machine: AnyPid | string, what: unknown): RequestId<R> {
  return sendRequest('genStatem', machine, what)
}
/**
 * Waits for the response; a timeout (default infinity) gives the request up: a late reply is dropped.
 *
 * @see OTP `gen_statem:receive_response/1,2`
 */
function receiveResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genStatem.receiveResponse', id, timeoutMs, true)
}
/**
 * Waits for the response; after a timeout (default infinity) the request stays open.
 *
 * @see OTP `gen_statem:wait_response/1,2`
 */
function waitResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genStatem.waitResponse', id, timeoutMs, false)
}
/** Is this message the response? `no_reply` if not. @see OTP `gen_statem:check_response/2` */
function checkResponse<R>(message: unknown, id: RequestId<R>): Response<R> | 'no_reply' {
  return responseIn('genStatem.checkResponse', message, id) ?? 'no_reply'
}

/**
 * State machines: `gen_statem:call(...)` is `genStatem.call(...)`.
 *
 * @example
 * const door: GenStatem<'locked' | 'open', string, string> = {
 *   callbackMode: ['stateFunctions', 'stateEnter'],
 *   init: (code) => ['ok', 'locked', code],
 *   states: {
 *     locked: (type, content, code) => (content === code ? ['next_state', 'open', code] : 'keep_state_and_data'),
 *     open: (type, content, code) => {
 *       if (type === 'enter') return ['keep_state_and_data', ['state_timeout', 10_000, 'lock']]
 *       return type === 'state_timeout' ? ['next_state', 'locked', code] : ['keep_state_and_data', 'postpone']
 *     },
 *   },
 * }
 * const pid = unwrap(await genStatem.start(door, '1234'))
 * genStatem.cast(pid, '1234')
 * @see OTP `gen_statem`
 */
export const genStatem = Object.freeze({
  start,
  startLink,
  startMonitor,
  call: callMachine,
  cast,
  reply: replyTo,
  stop,
  sendRequest: request,
  receiveResponse,
  waitResponse,
  checkResponse,
})

/**
 * A machine's module with states, data and messages named, and the argument of `init` inferred.
 *
 * @example
 * const lamp = defineStatem<'off' | 'on', number>()({
 *   callbackMode: 'stateFunctions',
 *   init: (uses: number) => ['ok', 'off', uses],
 *   states: {
 *     off: (_type, _content, uses) => ['next_state', 'on', uses - 1],
 *     on: (_type, _content, uses) => (uses > 0 ? ['next_state', 'off', uses] : 'stop'),
 *   },
 * })
 */
export function defineStatem<S, D, M = never>(): <A = void>(module: GenStatem<S, D, A, M>) => GenStatem<S, D, A, M> {
  return checked
}
function checked<T>(module: T): T {
  checkStatem('defineStatem', module)
  return module
}
