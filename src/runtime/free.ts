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
 * Starts a function process: it ends when the function returns. The new process runs in its own turn, not before `spawn` returns.
 *
 * @param process - gets a {@link Receiver} with everything that belongs to the process; may be async
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`, `GENSOCK_ERR_NAME_TAKEN`; `GENSOCK_ERR_NO_SELF` - link or monitor outside a process
 * @example
 * const pid = spawn(async (self) => { console.log(await self.receive()) })
 * send(pid, 'hello')
 * @see OTP `erlang:spawn/1`, `erlang:spawn_opt/2`
 */
export function spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
  return spawnFunction(currentKernel(), shared.current, 'spawn', process, options).pid as Pid<M>
}
/** As {@link spawn}, linked to the running process atomically. @throws `GENSOCK_ERR_NO_SELF` outside a process. @see OTP `erlang:spawn_link/1` */
export function spawnLink<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
  return spawnFunction(currentKernel(), requireCurrent('spawnLink'), 'spawnLink', process, withOption(options, { link: true }))
    .pid as Pid<M>
}
/** As {@link spawn}, monitored by the running process; answers `[pid, ref]`. @throws `GENSOCK_ERR_NO_SELF` outside a process. @see OTP `erlang:spawn_monitor/1` */
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
 *
 * @example
 * const pid = spawnProcess({ init: () => 0, message: (by: number, n) => ['ok', n + by] })
 */
export function spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M> {
  return spawnModule(currentKernel(), shared.current, module, options).pid as Pid<M>
}

/**
 * Sends a message. A dead pid or inactive alias takes it in silence; messages of one sender arrive in the order sent.
 *
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
 *
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns the reply; rejects with {@link CallError} `GENSOCK_ERR_CALL`, whose `reason` is `timeout`, `noproc`, `calling_self` or the exit reason
 * @example
 * const n = await call(counter, { type: 'get' })
 * @see OTP `gen_server:call/3`
 */
export function call<Reply = any>(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<Reply> {
  return callProcess(currentKernel(), shared.current, dest, request, timeoutMs) as Promise<Reply>
}
/** Answers a call; a second answer and a late one are dropped. @throws `GENSOCK_ERR_BADARG` - not a `from`. @see OTP `gen_server:reply/2` */
export function reply<R>(from: From<R>, value: NoInfer<R>): void {
  replyTo(from, value)
}

/**
 * Sends `message` to `dest` once `delayMs` have passed. A name is looked up when the timer fires; a timer to a pid vanishes with it.
 *
 * @param delayMs - whole milliseconds, 0 to 2 147 483 647
 * @returns a timer ref for `cancelTimer` and `readTimer`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - `delayMs` is not in that range
 * @example
 * const ref = sendAfter(50, self(), { type: 'tick' })
 * cancelTimer(ref) // => a number from 0 to 50
 * @see OTP `erlang:send_after/3`. Differs: the delay runs on the node's clock, so tests can turn it.
 */
export function sendAfter<M>(delayMs: number, dest: Dest<M>, message: NoInfer<M>): Ref {
  return timers.addTimer(currentKernel(), 'sendAfter', delayMs, dest, message, false)
}
/** As {@link sendAfter}, but delivers `{ type: 'timeout', ref, message }`. @see OTP `erlang:start_timer/3` */
export function startTimer(delayMs: number, dest: Dest, message: unknown): Ref {
  return timers.addTimer(currentKernel(), 'startTimer', delayMs, dest, message, false)
}
/** Stops a timer. Answers the ms that were left, or false if it has fired, was cancelled, or its process ended. @see OTP `erlang:cancel_timer/1` */
export function cancelTimer(ref: Ref): number | false {
  return timers.cancelTimer(ref)
}
/** The ms left, or false. @see OTP `erlang:read_timer/1` */
export function readTimer(ref: Ref): number | false {
  return timers.readTimer(ref)
}

/** Ends the running process with this reason: throws a signal that unwinds the callback. @see OTP `erlang:exit/1` */
export function exit(reason: ExitReason): never
/** Sends an exit signal: `normal` is ignored unless trapped, `kill` cannot be trapped. @see OTP `erlang:exit/2` */
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
 * The pid of the running process; until its first await.
 *
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * startTimer(1000, self(), 'Hello!')
 * @see OTP `erlang:self/0`
 */
export function self<M = any>(): Pid<M> {
  return requireCurrent('self()').pid as Pid<M>
}
/** Links the running process. A dead target is EXIT `noproc` when trapping, else an error with reason `noproc`. @see OTP `erlang:link/1` */
export function link(pid: AnyPid): void {
  links.link(requireCurrent('link'), pid)
}
/** Takes the link away. An EXIT message that is in the mailbox already stays. @see OTP `erlang:unlink/1` */
export function unlink(pid: AnyPid): void {
  links.unlink(requireCurrent('unlink'), pid)
}
/** Watches a pid or a name: one DOWN message when it ends, `noproc` at once if it has. @see OTP `erlang:monitor/2,3` */
export function monitor(target: AnyPid | string, options?: links.MonitorOptions): Ref {
  return links.monitor(requireCurrent('monitor'), target, options)
}
/** Stops watching. With `info` answers whether the monitor was still there. @see OTP `erlang:demonitor/2` */
export function demonitor(ref: Ref, options?: links.DemonitorOptions): boolean {
  return links.demonitor(requireCurrent('demonitor'), ref, options)
}
/** A ref that others can send to, until `unalias` (or the first message, with `reply`). @see OTP `erlang:alias/1` */
export function alias(options?: links.AliasOptions): Ref {
  return links.alias(requireCurrent('alias'), options)
}
/** Takes an alias away; true if it was one of the running process and active. @see OTP `erlang:unalias/1` */
export function unalias(ref: Ref): boolean {
  return links.unalias(requireCurrent('unalias'), ref)
}
/** A fresh reference. @see OTP `erlang:make_ref/0` */
export function makeRef(): Ref {
  return currentKernel().newRef()
}
/** Exit signals become EXIT messages; answers the value before. @see OTP `erlang:process_flag/2` */
export function trapExit(on: boolean): boolean {
  requireBoolean('trapExit', on)
  const process = requireCurrent('trapExit')
  const before = process.trapExit
  process.trapExit = on
  return before
}

/** Gives a process a name on its node. @throws `GENSOCK_ERR_NAME_TAKEN`, `GENSOCK_ERR_NOPROC`, `GENSOCK_ERR_BADARG`. @see OTP `erlang:register/2` */
export function register(name: string, pid: AnyPid): void {
  registry.register(currentKernel(), name, pid)
}
/** Takes a name away. @throws `GENSOCK_ERR_NOPROC` - it is not registered. @see OTP `erlang:unregister/1` */
export function unregister(name: string): void {
  registry.unregister(currentKernel(), name)
}
/** The pid of a name, or undefined. @see OTP `erlang:whereis/1` */
export function whereis<P extends AnyPid = Pid>(name: string): P | undefined {
  registry.requireName('whereis: name', name)
  return currentKernel().names.get(name)?.pid as P | undefined
}
/** Is there a living process with this pid? @see OTP `erlang:is_process_alive/1` */
export function isAlive(pid: AnyPid): boolean {
  return Boolean(links.resolve(currentKernel(), pid, 'isAlive: pid'))
}
/** What can be seen of a process; undefined if it has ended. @see OTP `erlang:process_info/2` */
export function processInfo(pid: AnyPid): ProcessInfo | undefined
export function processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined
export function processInfo(pid: AnyPid, item?: InfoItem): unknown {
  return infoOf(currentKernel(), pid, item)
}
/** All living processes of the node. @see OTP `erlang:processes/0` */
export function processes(): Pid[] {
  return listProcesses(currentKernel())
}
