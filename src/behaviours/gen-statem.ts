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
 * @param module - the callbacks; see {@link GenStatem}
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns `['ok', pid]`, `['error', reason]` (reasons as in OTP: `['already_started', pid]`, `timeout`, what `init` stopped
 *   with or threw) or `['ignore']`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - the module or the options cannot be what they
 *   should
 * @example
 * const pid = unwrap(await genStatem.start(button))
 * @see OTP `gen_statem:start/3,4`. Differs: a wrong `callbackMode` is refused here, not with a bad_return_from_callback_mode
 *   later.
 */
function start<S, D, A, M>(module: GenStatem<S, D, A, M>, ...rest: StartArgs<NoInfer<A>>): Promise<StartResult<Pid<M>>> {
  return startMachine('start', module, rest[0], rest[1])
}
/**
 * As `start`, linked to the running process, which is the machine's parent from now on.
 *
 * @param module - the callbacks
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns as `start`; a process that does not trap exits ends with a machine whose `init` fails
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here (outside any process, or after an await: use
 *   `self.run`)
 * @example
 * const [, pid] = await genStatem.startLink(button, undefined, { name: 'button' })
 * whereis('button') // => pid
 * @see OTP `gen_statem:start_link/3,4`
 */
function startLink<S, D, A, M>(module: GenStatem<S, D, A, M>, ...rest: StartArgs<NoInfer<A>>): Promise<StartResult<Pid<M>>> {
  return startMachine('startLink', module, rest[0], rest[1])
}
/**
 * As `start`, monitored by the running process.
 *
 * @param module - the callbacks
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns `['ok', [pid, ref]]`, where `ref` is that of the DOWN message to come; else as `start`, without a DOWN
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * const [pid, ref] = unwrap(await genStatem.startMonitor(button))
 * await genStatem.stop(pid)
 * await self.receive('DOWN') // => { type: 'DOWN', ref, pid, reason: 'normal' }
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
 * @param machine - its pid or name
 * @param request - any value: the content of the event
 * @param timeoutMs - whole ms or 'infinity'; default infinity, unlike a server's. A reply that comes later is dropped.
 * @returns the reply; rejects with CallError `GENSOCK_ERR_CALL`: its `reason` is `timeout`, `noproc`, `calling_self`, or why
 *   the machine ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid or name, or no such time
 * @example
 * await genStatem.call<number>(pid, 'get_count') // => 0
 * @see OTP `gen_statem:call/2,3`
 */
function callMachine<R = any>(machine: AnyPid | string, request: unknown, timeoutMs: CallTimeout = 'infinity'): Promise<R> {
  return call(currentKernel(), shared.current, machine as Pid | string, request, timeoutMs) as Promise<R>
}
/**
 * Sends an event of type `cast` and does not wait; a machine that is not there takes it in silence.
 *
 * @param machine - its pid or name
 * @param event - any value: the content of the event
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - neither a pid nor a name
 * @example
 * genStatem.cast(pid, 'push')
 * await genStatem.call(pid, 'get_count') // => 1
 * @see OTP `gen_statem:cast/2`
 */
function cast(machine: AnyPid | string, event: unknown): void {
  castTo('genStatem.cast', machine, event)
}
/**
 * Answers one call, or several: for replies that no callback can give as an action.
 *
 * @param from - of the event `['call', from]`
 * @param value - what the caller gets
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the `from` of a call, or not a list of `['reply', from, value]`
 * @example
 * const { from } = await self.receive(isCall)
 * const other = await self.receive(isCall)
 * genStatem.reply(from, 'on')
 * genStatem.reply([['reply', other.from, 'off']])
 * @see OTP `gen_statem:reply/1,2`
 */
function replyTo<R>(from: From<R>, value: NoInfer<R>): void
/** @param replies - one `['reply', from, value]`, or a list of them */
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
 * @param machine - its pid or name; any behaviour or socket
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that the machine ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no server, state machine, supervisor or socket; a timeout out of range
 * @example
 * await genStatem.stop(pid, 'shutdown', 1000)
 * isAlive(pid) // => false
 * @see OTP `gen_statem:stop/1,3`
 */
function stop(machine: AnyPid | string, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('genStatem.stop', machine, reason, timeoutMs)
}

/**
 * As `call`, but does not wait: the response comes as a message of the running process, `{ type: 'reply', ref, reply }`, or as
 * DOWN.
 *
 * @param machine - its pid or name
 * @param what - any value: the content of the event
 * @returns the id of the request, for the three functions below
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - neither a pid nor a name
 * @example
 * const id = genStatem.sendRequest(pid, 'get_count')
 * await self.receive('reply') // => { type: 'reply', ref: id.ref, reply: 0 }
 * @see OTP `gen_statem:send_request/2`
 */
function request<R = any>(machine: AnyPid | string, what: unknown): RequestId<R> {
  return sendRequest('genStatem', machine, what)
}
/**
 * Waits for the response; a timeout gives the request up: a late reply is dropped.
 *
 * @param id - what `sendRequest` answered
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns `['reply', value]`, `['error', [reason, machine]]` when the machine ended first, or `timeout`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - not what `sendRequest`
 *   answered
 * @example
 * const id = genStatem.sendRequest(pid, 'get_count')
 * await genStatem.receiveResponse(id, 100) // => ['reply', 0]
 * @see OTP `gen_statem:receive_response/1,2`
 */
function receiveResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genStatem.receiveResponse', id, timeoutMs, true)
}
/**
 * Waits for the response; after a timeout the request stays open, and can be waited for again.
 *
 * @param id - what `sendRequest` answered
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns as `receiveResponse`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - not what `sendRequest`
 *   answered
 * @example
 * const id = genStatem.sendRequest(pid, 'get_count')
 * await genStatem.waitResponse(id, 100) // => ['reply', 0]
 * @see OTP `gen_statem:wait_response/1,2`
 */
function waitResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genStatem.waitResponse', id, timeoutMs, false)
}
/**
 * Asks whether a message that was received is the response.
 *
 * @param message - any message
 * @param id - what `sendRequest` answered
 * @returns `['reply', value]`, `['error', [reason, machine]]`, or `no_reply` if the message is another one
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - the id is not what `sendRequest` answered
 * @example
 * const id = genStatem.sendRequest(pid, 'get_count')
 * genStatem.checkResponse('something else', id) // => 'no_reply'
 * @see OTP `gen_statem:check_response/2`
 */
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
 * @namespace
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
 * @returns a function that checks the module and answers it, typed; it throws a BadArgError `GENSOCK_ERR_BADARG` for one that
 *   cannot be a machine
 * @example
 * const lamp = defineStatem<'off' | 'on', number>()({
 *   callbackMode: 'stateFunctions',
 *   init: (uses: number) => ['ok', 'off', uses],
 *   states: {
 *     off: (_type, _content, uses) => ['next_state', 'on', uses - 1],
 *     on: (_type, _content, uses) => (uses > 0 ? ['next_state', 'off', uses] : 'stop'),
 *   },
 * })
 * await sys.getState(unwrap(await genStatem.start(lamp, 9))) // => ['off', 9]
 * @see OTP `gen_statem`, "Callback Functions"
 */
export function defineStatem<S, D, M = never>(): <A = void>(module: GenStatem<S, D, A, M>) => GenStatem<S, D, A, M> {
  return checked
}
function checked<T>(module: T): T {
  checkStatem('defineStatem', module)
  return module
}
