// gen_server: one process, one state, one message at a time. The functions that start servers and talk to them.
// Entered by user code; calls start, the rules, and the runtime's call.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, type CallTimeout, type From, reply } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { requireName } from '../runtime/registry.js'
import { Behaviour } from './behaviour.js'
import { castTo } from './cast.js'
import { checkModule, GenServerRules } from './gen-server-rules.js'
import type {
  CallsOf,
  CastsOf,
  Fields,
  GenServer,
  GenServerShape,
  GenServerTyped,
  PidOf,
  ReplyTo,
  ServerPid,
} from './gen-server-types.js'
import { type RequestId, type Response, response, responseIn, sendRequest } from './request.js'
import { startBehaviour, type StartMode, type StartMonitorResult, type StartOptions, type StartResult } from './start.js'
import { stopProcess } from './stop.js'

/**
 * The arguments after the module: the argument of `init`, if it takes one, and options.
 *
 * @example
 * const rest: StartArgs<number> = [5, { name: 'five' }]
 * await genServer.start(counter, ...rest) // => ['ok', whereis('five')]
 * @see OTP `gen_server:start/3,4`
 */
export type StartArgs<A, O = StartOptions> = unknown extends A
  ? [arg?: A, options?: O]
  : [A] extends [void]
    ? [arg?: undefined, options?: O]
    : [arg: A, options?: O]

function startServer(mode: StartMode, module: unknown, arg: unknown, options: StartOptions | undefined): Promise<any> {
  checkModule(`genServer.${mode}`, module)
  return startBehaviour('genServer', mode, options, (starter) => new Behaviour(new GenServerRules(module, arg), starter))
}

/**
 * Starts a server without a link; the promise settles when its `init` has.
 *
 * @param module - the callbacks; see {@link GenServer}
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns `['ok', pid]`, `['error', reason]` (reasons as in OTP: `['already_started', pid]`, `timeout`, what `init` stopped or
 *   crashed with) or `['ignore']`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - the module or the options cannot be what they
 *   should
 * @example
 * const pid = unwrap(await genServer.start({ init: (n: number) => ['ok', n] }, 5))
 * @see OTP `gen_server:start/3,4`
 */
function start<S, A, C, K, M>(
  module: GenServer<S, A, C, K, M>,
  ...rest: StartArgs<NoInfer<A>>
): Promise<StartResult<ServerPid<C, K, M>>> {
  return startServer('start', module, rest[0], rest[1])
}
/**
 * As `start`, linked to the running process, which is the server's parent from now on.
 *
 * @param module - the callbacks
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns as `start`; a process that does not trap exits ends with a server whose `init` fails
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here (outside any process, or after an await: use
 *   `self.run`)
 * @example
 * const pid = unwrap(await self.run(() => genServer.startLink(counter, 5, { name: 'counter' })))
 * await genServer.call(pid, { type: 'get' }) // => 5
 * @see OTP `gen_server:start_link/3,4`
 */
function startLink<S, A, C, K, M>(
  module: GenServer<S, A, C, K, M>,
  ...rest: StartArgs<NoInfer<A>>
): Promise<StartResult<ServerPid<C, K, M>>> {
  return startServer('startLink', module, rest[0], rest[1])
}
/**
 * As `start`, monitored by the running process.
 *
 * @param module - the callbacks
 * @param rest - the argument of `init`, then `{ name, timeoutMs }`
 * @returns `['ok', [pid, ref]]`, where `ref` is that of the DOWN message to come; else as `start`, without a DOWN
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * const [pid, ref] = unwrap(await self.run(() => genServer.startMonitor(counter, 5)))
 * await genServer.stop(pid)
 * await self.receive('DOWN') // => { type: 'DOWN', ref, pid, reason: 'normal' }
 * @see OTP `gen_server:start_monitor/3,4`
 */
function startMonitor<S, A, C, K, M>(
  module: GenServer<S, A, C, K, M>,
  ...rest: StartArgs<NoInfer<A>>
): Promise<StartMonitorResult<ServerPid<C, K, M>>> {
  return startServer('startMonitor', module, rest[0], rest[1])
}

/**
 * Asks a server and waits for its reply, which is typed by the clause that answers.
 *
 * @param server - its pid, or a name as `named` gives it
 * @param request - `{ type, ... }`: the clause, and what it takes
 * @param timeoutMs - whole ms or 'infinity'; default 5 000. A reply that comes later is dropped.
 * @returns the reply; rejects with CallError `GENSOCK_ERR_CALL`: its `reason` is `timeout`, `noproc`, `calling_self`, or why
 *   the server ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid or name, or no such time
 * @example
 * await genServer.call(pid, { type: 'add', by: 2 }) // => 7
 * @see OTP `gen_server:call/2,3`
 */
function callServer<C = any, T extends keyof C = keyof C>(
  server: ServerPid<C, any, never>,
  request: { readonly type: T } & Fields<C[T]>,
  timeoutMs?: CallTimeout,
): Promise<ReplyTo<C[T]>> {
  return call(currentKernel(), shared.current, server as unknown as Pid, request, timeoutMs) as Promise<ReplyTo<C[T]>>
}
/**
 * Tells a server something and does not wait; a server that is not there takes it in silence.
 *
 * @param server - a pid, or a name as `named` gives it
 * @param request - `{ type, ... }`: the clause, and what it takes
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - neither a pid nor a name
 * @example
 * genServer.cast(pid, { type: 'reset' })
 * await genServer.call(pid, { type: 'get' }) // => 0
 * @see OTP `gen_server:cast/2`
 */
function cast<K = any, T extends keyof K = keyof K>(
  server: ServerPid<any, K, never>,
  request: { readonly type: T } & K[T],
): void {
  castTo('genServer.cast', server, request)
}
/**
 * Stops a server with its `terminate` and waits for its end.
 *
 * @param server - its pid or name; any behaviour or socket
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns settles when the server has ended; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason
 *   that it ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no server, state machine, supervisor or socket; a timeout out of range
 * @example
 * await genServer.stop(pid, 'shutdown', 1000)
 * @see OTP `gen_server:stop/1,3`
 */
function stop(server: AnyPid | string, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('genServer.stop', server, reason, timeoutMs)
}

/**
 * As `call`, but does not wait: the response comes as a message of the running process, `{ type: 'reply', ref, reply }`, or as
 * DOWN.
 *
 * @param server - its pid, or a name as `named` gives it
 * @param what - the request, as for `call`
 * @returns the id of the request, for the three functions below
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * const id = genServer.sendRequest(pid, { type: 'get' })
 * await self.receive('reply') // => { type: 'reply', ref: id.ref, reply: 5 }
 * @see OTP `gen_server:send_request/2`
 */
function request<C = any, T extends keyof C = keyof C>(
  server: ServerPid<C, any, never>,
  what: { readonly type: T } & Fields<C[T]>,
): RequestId<ReplyTo<C[T]>> {
  return sendRequest('genServer', server, what)
}
/**
 * Waits for the response; a timeout gives the request up: a late reply is dropped.
 *
 * @param id - what `sendRequest` answered
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns `['reply', value]`, `['error', [reason, server]]` when the server ended first, or `timeout`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - not what `sendRequest`
 *   answered
 * @example
 * const id = genServer.sendRequest(pid, { type: 'get' })
 * await genServer.receiveResponse(id, 100) // => ['reply', 5]
 * @see OTP `gen_server:receive_response/2`
 */
function receiveResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genServer.receiveResponse', id, timeoutMs, true)
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
 * const id = genServer.sendRequest(pid, { type: 'get' })
 * await genServer.waitResponse(id, 100) // => ['reply', 5]
 * @see OTP `gen_server:wait_response/2`
 */
function waitResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<Response<R> | 'timeout'> {
  return response('genServer.waitResponse', id, timeoutMs, false)
}
/**
 * Asks whether a message that was received is the response.
 *
 * @param message - any message
 * @param id - what `sendRequest` answered
 * @returns `['reply', value]`, `['error', [reason, server]]`, or `no_reply` if the message is another one
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - the id is not what `sendRequest` answered
 * @example
 * const id = genServer.sendRequest(pid, { type: 'get' })
 * genServer.checkResponse(await self.receive(), id) // => ['reply', 5]
 * @see OTP `gen_server:check_response/2`
 */
function checkResponse<R>(message: unknown, id: RequestId<R>): Response<R> | 'no_reply' {
  return responseIn('genServer.checkResponse', message, id) ?? 'no_reply'
}

/**
 * Servers: `gen_server:call(...)` is `genServer.call(...)`.
 *
 * @example
 * const pid = unwrap(await genServer.start(counter, 5))
 * await genServer.call(pid, { type: 'add', by: 2 }) // => 7
 * genServer.cast(pid, { type: 'reset' })
 * await genServer.stop(pid)
 * @see OTP `gen_server`
 * @namespace
 */
export const genServer = Object.freeze({
  start,
  startLink,
  startMonitor,
  call: callServer,
  cast,
  /**
   * Answers a call, from any process; a second answer and a late one are dropped.
   *
   * @param from - what `handleCall` was given
   * @param value - what the caller gets
   * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the `from` of a call
   * @example
   * const later: GenServer<null, void, { work(): string }> = {
   *   init: () => ['ok', null],
   *   handleCall: (_work, from) => (genServer.reply(from, 'done'), ['noreply', null]),
   * }
   * await genServer.call(unwrap(await genServer.start(later)), { type: 'work' }) // => 'done'
   * @see OTP `gen_server:reply/2`
   */
  reply: <R>(from: From<R>, value: NoInfer<R>): void => reply(from, value),
  stop,
  sendRequest: request,
  receiveResponse,
  waitResponse,
  checkResponse,
})

/**
 * Ties each reply to its request, with state and messages named: `defineServer<State, Message>()({ ... })`.
 *
 * @returns the module itself, typed: `genServer.call` knows its requests and their replies
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no module: no `init`, or a callback that is no function
 * @example
 * const counter = defineServer<{ n: number }>()({
 *   init: (start: number) => ['ok', { n: start }],
 *   handleCall: { add: ({ by }: { by: number }, _from, { n }) => ['reply', n + by, { n: n + by }] },
 * })
 * const pid = unwrap(await genServer.start(counter, 5))
 * await genServer.call(pid, { type: 'add', by: 2 }) // => 7
 * @see OTP `gen_server`, "Callback Functions"
 */
export function defineServer<S, M = never>(): <A = void, C = {}, K = {}>(
  module: GenServerTyped<S, A, C, K, M>,
) => GenServer<S, A, CallsOf<C>, CastsOf<K>, M>
/**
 * The same with everything inferred; write `init` first.
 *
 * @param module - the callbacks; see {@link GenServer}
 */
export function defineServer<S, A = void, C = {}, K = {}, M = never>(
  module: GenServerShape<S, A, C, K, M>,
): GenServer<S, A, CallsOf<C>, CastsOf<K>, M>
export function defineServer(...given: readonly unknown[]): unknown {
  return given.length === 0 ? checked : checked(given[0])
}
function checked(module: unknown): unknown {
  checkModule('defineServer', module)
  return module
}

/**
 * A registered name with the types of its module. It is the name itself and looked up at each use, so it outlives restarts:
 * give it to `genServer.call`, `cast`, `sendRequest`, `stop`, `send`, `monitor` and `sys`; where a real pid is needed,
 * `whereis` has it.
 *
 * @param name - of the server, registered by now or later
 * @returns the name, typed as the pid of such a server
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not a name
 * @example
 * await genServer.start(counter, 5, { name: 'counter' })
 * await genServer.call(named<typeof counter>('counter'), { type: 'get' }) // => 5
 * @see OTP `gen_server`, "server_ref()"
 */
export function named<Module>(name: string): PidOf<Module> {
  requireName('named: name', name)
  return name as unknown as PidOf<Module>
}
