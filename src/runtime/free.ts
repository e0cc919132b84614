// The free functions: Erlang's BIFs. They act on the running process, outside one on the default node; what needs a
// running process is right until its first await. Entered by user code; calls the rooms of the runtime.
import { requireBoolean } from '../base/check.js'
import { type ExitReason, ExitSignal } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { call as callProcess, type CallTimeout, type From, reply as replyTo } from './call.js'
import { type InfoItem, processes as listProcesses, processInfo as infoOf, type ProcessInfo } from './info.js'
import * as links from './links.js'
import { currentKernel, exitFrom } from './node.js'
import { requireCurrent, shared } from './process.js'
import * as registry from './registry.js'
import { signalExit } from './self.js'
import type { ProcessFunction, ProcessShape, SpawnOptions } from './self-types.js'
import { type Dest, sendTo } from './send.js'
import { spawnFunction, spawnModule, withOption } from './spawn.js'
import * as timers from './timer-api.js'

/**
 * Starts a function process: it ends when the function returns. It runs in its own turn, not before `spawn` returns.
 * @param process - gets a {@link Receiver} with everything that belongs to the process; may be async
 * @param options - `name`, `link`, `monitor`, `trapExit`; default: none of them
 * @returns its pid
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`, `GENSOCK_ERR_NAME_TAKEN`; `GENSOCK_ERR_NO_SELF` -
 *   link or monitor outside a process; `GENSOCK_ERR_NOPROC` - the node has been stopped
 * @example
 * const pid = spawn(async (self) => { console.log(await self.receive()) })
 * send(pid, 'hello')
 * @see OTP `erlang:spawn/1`, `erlang:spawn_opt/2`
 */
export function spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
  return spawnFunction(currentKernel(), shared.current, 'spawn', process, options).pid as Pid<M>
}
/**
 * Starts a function process that is linked to the running process from its first moment.
 * @param process - as for {@link spawn}
 * @param options - as for {@link spawn}; the link is there anyway
 * @returns its pid
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; else as {@link spawn}
 * @example
 * const pid = spawnLink((worker) => worker.receive())
 * processInfo(pid, 'links') // => [self()]
 * @see OTP `erlang:spawn_link/1`
 */
export function spawnLink<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
  return spawnFunction(currentKernel(), requireCurrent('spawnLink'), 'spawnLink', process, withOption(options, { link: true }))
    .pid as Pid<M>
}
/**
 * Starts a function process and monitors it from its first moment.
 * @param process - as for {@link spawn}
 * @param options - as for {@link spawn}; `monitor` may be `{ alias, tag }`
 * @returns `[pid, ref]`: the DOWN message of its end carries `ref`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; else as {@link spawn}
 * @example
 * const [pid, ref] = spawnMonitor(() => exit('broken'))
 * await self.receive('DOWN') // => { type: 'DOWN', ref, pid, reason: 'broken' }
 * @see OTP `erlang:spawn_monitor/1`
 */
export function spawnMonitor<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): readonly [Pid<M>, Ref] {
  const owner = requireCurrent('spawnMonitor')
  const spawned = spawnFunction(
    owner.kernel,
    owner,
    'spawnMonitor',
    process,
    withOption(options, { monitor: options?.monitor || true }),
  )
  return [spawned.pid as Pid<M>, spawned.ref as Ref]
}
/**
 * Starts a callback process: `init` gives the state, `message` handles one message at a time.
 * @param module - `{ init, message }`; `message` answers `['ok', state]` or `['stop', reason]`
 * @param options - as for {@link spawn}
 * @returns its pid
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such module; else as {@link spawn}
 * @example
 * const pid = spawnProcess({ init: () => 0, message: (by: number, n) => ['ok', n + by] })
 * send(pid, 5)
 * @see OTP Design Principles, "sys and proc_lib", 7.3 "User-Defined Behaviours"; `proc_lib:spawn/1`
 */
export function spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M> {
  return spawnModule(currentKernel(), shared.current, module, options).pid as Pid<M>
}

/**
 * Sends a message. A dead pid or inactive alias takes it in silence; messages of one sender arrive in the order sent.
 * @param dest - a pid, an alias, or a registered name
 * @param message - any value; it is not copied, so do not change it afterwards
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - the name is not registered; `GENSOCK_ERR_BADARG` - no pid, alias or name
 * @example
 * send(pid, { type: 'tick' })
 * @see OTP `erlang:send/2`
 */
export function send<M>(dest: Dest<M>, message: NoInfer<M>): void {
  sendTo(currentKernel(), dest, message, 'send')
}
/**
 * Sends a request and waits for the reply.
 * @param dest - a pid or a registered name
 * @param request - any value; the callee finds it in the field `request` of a {@link Call}
 * @param timeoutMs - whole ms or `infinity`; default 5 000
 * @returns the reply; rejects with {@link CallError} `GENSOCK_ERR_CALL`: `timeout`, `noproc`, `calling_self`, an exit reason
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid or name, or no such time
 * @example
 * const pid = spawn(async (counter) => { reply((await counter.receive(isCall)).from, 42) })
 * await call(pid, { type: 'get' }) // => 42
 * @see OTP `gen_server:call/3`
 */
export function call<Reply = any>(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<Reply> {
  return callProcess(currentKernel(), shared.current, dest, request, timeoutMs) as Promise<Reply>
}
/**
 * Answers a call, now or later, from any process. A second answer is dropped, and so is one that comes too late.
 * @param from - the `from` of the {@link Call}
 * @param value - what the caller gets
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the `from` of a call
 * @example
 * spawn(async (echo) => { const { from, request } = await echo.receive(isCall); reply(from, request) }, { name: 'echo' })
 * await call('echo', 'hello') // => 'hello'
 * @see OTP `gen_server:reply/2`
 */
export function reply<R>(from: From<R>, value: NoInfer<R>): void {
  replyTo(from, value)
}

/**
 * Sends `message` to `dest` once `delayMs` have passed. A name is looked up then; a timer to a pid vanishes with it.
 * @param delayMs - whole milliseconds, 0 to 2 147 483 647
 * @param dest - a pid, an alias, or a name
 * @param message - any value
 * @returns a timer ref for {@link cancelTimer} and {@link readTimer}
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - `delayMs` is not in that range, or nothing can be sent to `dest`
 * @example
 * sendAfter(50, self(), { type: 'tick' })
 * await self.receive('tick') // => { type: 'tick' }
 * @see OTP `erlang:send_after/3`. Differs: the delay runs on the node's clock, so tests can turn it.
 */
export function sendAfter<M>(delayMs: number, dest: Dest<M>, message: NoInfer<M>): Ref {
  return timers.addTimer(currentKernel(), 'sendAfter', delayMs, dest, message, false)
}
/**
 * As {@link sendAfter}, but what is delivered says which timer it was: `{ type: 'timeout', ref, message }`.
 * @param delayMs - whole milliseconds, 0 to 2 147 483 647
 * @param dest - a pid, an alias, or a name
 * @param message - any value
 * @returns the timer's ref, the same as in the message
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - `delayMs` is not in that range, or nothing can be sent to `dest`
 * @example
 * const ref = startTimer(10, self(), 'wake up')
 * await self.receive('timeout') // => { type: 'timeout', ref, message: 'wake up' }
 * @see OTP `erlang:start_timer/3`
 */
export function startTimer(delayMs: number, dest: Dest, message: unknown): Ref {
  return timers.addTimer(currentKernel(), 'startTimer', delayMs, dest, message, false)
}
/**
 * Stops a timer. A message that it has sent already stays in the mailbox.
 * @param ref - what `sendAfter` or `startTimer` answered
 * @returns the ms that were left; false if it has fired, was cancelled, or its process ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no ref
 * @example
 * const ref = sendAfter(60_000, self(), 'late')
 * Number(cancelTimer(ref)) > 50_000 // => true
 * @see OTP `erlang:cancel_timer/1`
 */
export function cancelTimer(ref: Ref): number | false {
  return timers.cancelTimer(ref)
}
/**
 * Asks how long a timer still runs.
 * @param ref - what `sendAfter` or `startTimer` answered
 * @returns the ms that are left; false as {@link cancelTimer}
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no ref
 * @example
 * readTimer(sendAfter(0, self(), 'now')) // => 0
 * @see OTP `erlang:read_timer/1`
 */
export function readTimer(ref: Ref): number | false {
  return timers.readTimer(ref)
}

/**
 * Ends the running process by unwinding its callback. With a pid: sends an exit signal; `kill` cannot be trapped.
 * @param reason - any value; `normal`, `shutdown` and `['shutdown', why]` are no crashes
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - without a pid, and no process is running here; `GENSOCK_ERR_BADARG` - no pid
 * @example
 * exit(pid, 'shutdown')
 * @see OTP `erlang:exit/1,2`
 */
export function exit(reason: ExitReason): never
/**
 * @param pid - the process that gets the signal; `normal` it ignores unless it traps exits
 * @param reason - why it is to end
 */
export function exit(pid: AnyPid, reason: ExitReason): void
export function exit(first: unknown, ...rest: [ExitReason?]): void {
  if (rest.length === 0) {
    requireCurrent('exit(reason)')
    throw new ExitSignal(first as ExitReason)
  }
  if (shared.current === null) exitFrom(currentKernel(), first as AnyPid, rest[0] as ExitReason)
  else signalExit(shared.current, first, rest[0] as ExitReason)
}

/**
 * The pid of the running process, until its first await; after that ask the Self that its callback got.
 * @returns the pid
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * startTimer(1000, self(), 'Hello!')
 * @see OTP `erlang:self/0`
 */
export function self<M = any>(): Pid<M> {
  return requireCurrent('self()').pid as Pid<M>
}
/**
 * Links the running process and another: when one ends, the other gets an exit signal.
 * @param pid - a dead one is EXIT `noproc` when the running process traps exits, else an error
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - it is dead; `GENSOCK_ERR_NO_SELF` - outside a process; `GENSOCK_ERR_BADARG`
 * @example
 * link(pid)
 * processInfo(pid, 'links') // => [self()]
 * @see OTP `erlang:link/1`
 */
export function link(pid: AnyPid): void {
  links.link(requireCurrent('link'), pid)
}
/**
 * Takes the link to a process away. An EXIT message that is in the mailbox already stays.
 * @param pid - of any process, linked or not
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no pid
 * @example
 * unlink(pid)
 * @see OTP `erlang:unlink/1`
 */
export function unlink(pid: AnyPid): void {
  links.unlink(requireCurrent('unlink'), pid)
}
/**
 * Watches a process: one DOWN message when it ends, with the reason `noproc` at once if it has.
 * @param target - a pid or a registered name
 * @param options - `alias`: the ref is also an address for replies; `tag`: a value that the DOWN message carries; default none
 * @returns the ref that the DOWN message carries
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const ref = monitor(pid)
 * exit(pid, 'kill')
 * await self.receive('DOWN') // => { type: 'DOWN', ref, pid, reason: 'killed' }
 * @see OTP `erlang:monitor/2,3`
 */
export function monitor(target: AnyPid | string, options?: links.MonitorOptions): Ref {
  return links.monitor(requireCurrent('monitor'), target, options)
}
/**
 * Stops watching.
 * @param ref - what {@link monitor} answered
 * @param options - `flush`: also removes a DOWN message that is there already; `info`: see what it answers; default neither
 * @returns true; with `info` whether the monitor was still there
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * demonitor(monitor(pid), { flush: true, info: true }) // => true
 * @see OTP `erlang:demonitor/2`
 */
export function demonitor(ref: Ref, options?: links.DemonitorOptions): boolean {
  return links.demonitor(requireCurrent('demonitor'), ref, options)
}
/**
 * A ref that others can send to as if it was this process, until `unalias`: a late answer to it is dropped.
 * @param options - `reply`: it is gone after the first message; default it stays
 * @returns the ref
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * send(alias({ reply: true }), 'hello')
 * await self.receive() // => 'hello'
 * @see OTP `erlang:alias/1`
 */
export function alias(options?: links.AliasOptions): Ref {
  return links.alias(requireCurrent('alias'), options)
}
/**
 * Takes an alias away. What is sent to it from now on is dropped.
 * @param ref - what {@link alias} answered
 * @returns true if it was one of the running process, and active
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no ref
 * @example
 * unalias(alias()) // => true
 * @see OTP `erlang:unalias/1`
 */
export function unalias(ref: Ref): boolean {
  return links.unalias(requireCurrent('unalias'), ref)
}
/**
 * Makes a reference that no other is equal to.
 * @returns the ref
 * @example
 * makeRef() === makeRef() // => false
 * @see OTP `erlang:make_ref/0`
 */
export function makeRef(): Ref {
  return currentKernel().newRef()
}
/**
 * Sets whether exit signals to the running process become EXIT messages. It does not end by them then, `kill` excepted.
 * @param on - whether it traps them from now on
 * @returns the value before
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - neither true nor false
 * @example
 * trapExit(true) // => false
 * const pid = spawnLink(() => exit('broken'))
 * await self.receive('EXIT') // => { type: 'EXIT', pid, reason: 'broken' }
 * @see OTP `erlang:process_flag/2`
 */
export function trapExit(on: boolean): boolean {
  requireBoolean('trapExit', on)
  const process = requireCurrent('trapExit')
  const before = process.trapExit
  process.trapExit = on
  return before
}

/**
 * Gives a process a name on its node. The name goes when the process ends.
 * @param name - any text but '' and 'undefined'
 * @param pid - a living process of this node, without a name
 * @throws {GensockError} `GENSOCK_ERR_NAME_TAKEN`, `GENSOCK_ERR_NOPROC` - it is dead; `GENSOCK_ERR_BADARG`
 * @example
 * register('worker', pid)
 * send('worker', 'hello')
 * @see OTP `erlang:register/2`
 */
export function register(name: string, pid: AnyPid): void {
  registry.register(currentKernel(), name, pid)
}
/**
 * Takes a name away. Its process lives on.
 * @param name - one that is registered
 * @throws {GensockError} `GENSOCK_ERR_NOPROC` - it is not registered; `GENSOCK_ERR_BADARG` - it cannot be a name
 * @example
 * unregister('worker')
 * @see OTP `erlang:unregister/1`
 */
export function unregister(name: string): void {
  registry.unregister(currentKernel(), name)
}
/**
 * Looks a name up on the node of the running process.
 * @param name - any text but '' and 'undefined'
 * @returns the pid, or undefined
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - it cannot be a name
 * @example
 * whereis('nobody') // => undefined
 * @see OTP `erlang:whereis/1`
 */
export function whereis<P extends AnyPid = Pid>(name: string): P | undefined {
  registry.requireName('whereis: name', name)
  return currentKernel().names.get(name)?.pid as P | undefined
}
/**
 * Asks whether a process of this node is alive.
 * @param pid - of a process; one of another node is not alive here
 * @returns true until it has ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid
 * @example
 * isAlive(pid) // => true
 * @see OTP `erlang:is_process_alive/1`
 */
export function isAlive(pid: AnyPid): boolean {
  return Boolean(links.resolve(currentKernel(), pid, 'isAlive: pid'))
}
/**
 * What can be seen of a process from outside.
 * @param pid - of a process of this node
 * @returns all of {@link ProcessInfo}, or the item; undefined if it has ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid of this node, no such item
 * @example
 * processInfo(pid, 'message_queue_len') // => 0
 * @see OTP `erlang:process_info/2`
 */
export function processInfo(pid: AnyPid): ProcessInfo | undefined
/** @param item - the one thing to be told of it */
export function processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined
export function processInfo(pid: AnyPid, item?: InfoItem): unknown {
  return infoOf(currentKernel(), pid, item)
}
/**
 * Lists the living processes of the node.
 * @returns their pids, the oldest first
 * @example
 * processes().length // => 2
 * @see OTP `erlang:processes/0`
 */
export function processes(): Pid[] {
  return listProcesses(currentKernel())
}
