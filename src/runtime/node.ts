// A node: one set of tables, one run queue, one clock. The default node is made when first needed. Entered by user code
// and by transports; puts the parts of the runtime together.
import { setImmediate, setTimeout } from 'node:timers' // the global ones may be a test's own, which nobody turns
import { type Clock, systemClock } from '../base/clock.js'
import { rejectUnknown, requireFunction, requireInt, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { call, type CallTimeout } from './call.js'
import { exitSignal, terminate } from './exit.js'
import { type InfoItem, processes, processInfo, type ProcessInfo } from './info.js'
import { resolve } from './links.js'
import { consoleLogger, type Logger } from './logger.js'
import { isRunning, Kernel, type Process, processOf, shared } from './process.js'
import { register, requireName, unregister } from './registry.js'
import { logWarning } from './report.js'
import { RunQueue } from './run-queue.js'
import { selfOf } from './self.js'
import type { ProcessFunction, ProcessShape, SpawnOptions } from './self-types.js'
import { type Dest, sendTo } from './send.js'
import { spawnFunction, spawnModule } from './spawn.js'
import { addTimer, cancelTimer, fireTimer, readTimer } from './timer-api.js'
import { type OrderTimers, Timers } from './timers.js'
import { runTurn } from './turn.js'

/**
 * What a node is made with.
 *
 * @example
 * createNode({ name: 'shop@local', logger: silentLogger, drainMs: 10 }).name // => 'shop@local'
 * @see OTP `net_kernel:start/2`
 */
export interface NodeOptions {
  /** Default `gensock@local`. */
  readonly name?: string
  /** Default: the machine's monotonic clock. */
  readonly clock?: Clock
  /** Where crash reports go. Default: the console. */
  readonly logger?: Logger
  /** Source of randomness, from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
  /** Simulation: index of the ready process that runs next. Default: the one that waits longest. */
  readonly pick?: (ready: readonly { readonly pid: Pid }[]) => number
  /** Simulation: the order in which timers of the same millisecond fire. Default: as they were made. */
  readonly orderTimers?: OrderTimers
  /**
   * Simulation: `who` (null: code outside) awaits a reply, a sleep, a start or a task, and goes on by `go()`. Default: at once.
   */
  readonly wake?: (go: () => void, who: { readonly pid: Pid } | null) => void
  /** Longest time that processes run before sockets and timers get their turn, in ms. Default 5. */
  readonly drainMs?: number
  /** Messages that one process handles before the next one runs. Default 100. */
  readonly turnMessages?: number
}
/**
 * How a node is stopped.
 *
 * @example
 * await createNode().stop({ deadlineMs: 1000 })
 * @see OTP `init:stop/0`
 */
export interface StopOptions {
  /** How long processes may take to end in order, in ms of real time. Default 5 000; 0 = all are killed at once. */
  readonly deadlineMs?: number
}
const STOP_MS = 5000
const KNOWN = ['name', 'clock', 'logger', 'random', 'pick', 'orderTimers', 'wake', 'drainMs', 'turnMessages']

/**
 * A set of processes that share names, timers and a run queue. What it has of the free functions does the same, as code outside
 * any process, on this node.
 *
 * @example
 * const node = createNode()
 * const pid = node.spawn((worker) => worker.receive(), { name: 'worker' })
 * node.whereis('worker') // => pid
 * await node.stop()
 * @see Erlang reference manual, "Distributed Erlang", Nodes
 */
export interface Node {
  /** The name that it was made with. */
  readonly name: string
  /** Runs `fn` with this node as the one that free functions act on; until its first await. */
  run<T>(fn: () => T): T
  /**
   * Ends the node: first the trees of supervisors, servers and applications, each in order from its root; then every other
   * process with `shutdown`; what is left after `deadlineMs` with `kill`, and a warning. Drops all timers; nothing runs
   * afterwards.
   */
  stop(options?: StopOptions): Promise<void>
  /** Starts a function process. @see OTP `erlang:spawn_opt/2` */
  spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M>
  /** Starts a callback process. @see OTP `proc_lib:spawn/1` */
  spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M>
  /** Sends a message to a pid, an alias or a name of this node. @see OTP `erlang:send/2` */
  send<M>(dest: Dest<M>, message: NoInfer<M>): void
  /** Sends a request and waits for the reply. @see OTP `gen_server:call/3` */
  call<Reply = any>(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<Reply>
  /** Sends a message once `delayMs` have passed. @see OTP `erlang:send_after/3` */
  sendAfter<M>(delayMs: number, dest: Dest<M>, message: NoInfer<M>): Ref
  /** Sends `{ type: 'timeout', ref, message }` once `delayMs` have passed. @see OTP `erlang:start_timer/3` */
  startTimer(delayMs: number, dest: Dest, message: unknown): Ref
  /** Stops a timer: the ms that were left, or false. @see OTP `erlang:cancel_timer/1` */
  cancelTimer(ref: Ref): number | false
  /** The ms that are left, or false. @see OTP `erlang:read_timer/1` */
  readTimer(ref: Ref): number | false
  /** Sends an exit signal. @see OTP `erlang:exit/2` */
  exit(pid: AnyPid, reason: ExitReason): void
  /** Gives a process of this node a name. @see OTP `erlang:register/2` */
  register(name: string, pid: AnyPid): void
  /** Takes a name of this node away. @see OTP `erlang:unregister/1` */
  unregister(name: string): void
  /** The pid of a name of this node, or undefined. @see OTP `erlang:whereis/1` */
  whereis<P extends AnyPid = Pid>(name: string): P | undefined
  /** Is there a living process with this pid? @see OTP `erlang:is_process_alive/1` */
  isAlive(pid: AnyPid): boolean
  /** All living processes of this node, the oldest first. @see OTP `erlang:processes/0` */
  processes(): Pid[]
  /** What can be seen of a process; undefined if it has ended. @see OTP `erlang:process_info/2` */
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined
  /** A fresh reference. @see OTP `erlang:make_ref/0` */
  makeRef(): Ref
  /** One hook that sees every process end, invisible to all of them; undefined takes it away. */
  onExit(hook: ((pid: Pid, reason: ExitReason) => void) | undefined): void
}

class RuntimeNode implements Node {
  /** @internal */
  readonly _kernel: Kernel
  constructor(kernel: Kernel) {
    this._kernel = kernel
  }
  get name(): string {
    return this._kernel.name
  }
  run<T>(fn: () => T): T {
    requireFunction('run: fn', fn)
    const { current, running } = shared
    shared.current = null
    shared.running = this._kernel
    try {
      return fn()
    } finally {
      shared.current = current
      shared.running = running
    }
  }
  stop(options: StopOptions = {}): Promise<void> {
    rejectUnknown('stop', options, ['deadlineMs'])
    const { deadlineMs = STOP_MS } = options
    requireMs('stop: deadlineMs', deadlineMs)
    return stopKernel(this._kernel, deadlineMs)
  }
  spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
    return spawnFunction(this._kernel, null, 'spawn', process, options).pid as Pid<M>
  }
  spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M> {
    return spawnModule(this._kernel, null, module, options).pid as Pid<M>
  }
  send(dest: Dest, message: unknown): void {
    sendTo(this._kernel, dest, message, 'send')
  }
  call(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<any> {
    return call(this._kernel, null, dest, request, timeoutMs)
  }
  sendAfter(delayMs: number, dest: Dest, message: unknown): Ref {
    return addTimer(this._kernel, 'sendAfter', delayMs, dest, message, false)
  }
  startTimer(delayMs: number, dest: Dest, message: unknown): Ref {
    return addTimer(this._kernel, 'startTimer', delayMs, dest, message, false)
  }
  cancelTimer(ref: Ref): number | false {
    return cancelTimer(ref)
  }
  readTimer(ref: Ref): number | false {
    return readTimer(ref)
  }
  exit(pid: AnyPid, reason: ExitReason): void {
    exitFrom(this._kernel, pid, reason)
  }
  register(name: string, pid: AnyPid): void {
    register(this._kernel, name, pid)
  }
  unregister(name: string): void {
    unregister(this._kernel, name)
  }
  whereis<P extends AnyPid = Pid>(name: string): P | undefined {
    requireName('whereis: name', name)
    return this._kernel.names.get(name)?.pid as P | undefined
  }
  isAlive(pid: AnyPid): boolean {
    return Boolean(resolve(this._kernel, pid, 'isAlive: pid'))
  }
  processes(): Pid[] {
    return processes(this._kernel)
  }
  processInfo(pid: AnyPid, item?: InfoItem): any {
    return processInfo(this._kernel, pid, item)
  }
  makeRef(): Ref {
    return this._kernel.newRef()
  }
  onExit(hook: ((pid: Pid, reason: ExitReason) => void) | undefined): void {
    if (hook !== undefined) requireFunction('onExit: hook', hook)
    this._kernel.onExit = hook === undefined ? null : (process, reason) => hook(process.pid, reason)
  }
}

/** Ends all of a node, its trees first. */
export async function stopKernel(kernel: Kernel, deadlineMs = STOP_MS): Promise<void> {
  const { queue } = kernel
  const deadline = performance.now() + deadlineMs
  const roots = rootsOf(kernel)
  for (const root of roots) if (isRunning(root)) root.program.stopping?.(root)
  await until(deadline, () => !roots.some(isRunning))
  // A program with a `terminate` ends in order even if it traps exits: its node is its last parent.
  for (const process of kernel.processes.values()) {
    if (process.program.exiting !== undefined) process.program.exiting(process, 'shutdown', kernel.outsidePid)
    else exitSignal(process, kernel.outsidePid, 'shutdown', false)
  }
  let turns = -1
  await until(deadline, () => {
    const before = turns
    turns = queue.turns
    return before === turns && queue.length === 0 && !someTerminates(kernel)
  })
  killRest(kernel)
  kernel.queue.stopped = true
  kernel.timers.clear()
  shared.nodes.delete(kernel.creation)
  if (shared.kernel === kernel) shared.kernel = null
}

/** Those that were ending in their own way and did not come to it are named; a process that ignores `shutdown` is not. */
function killRest(kernel: Kernel): void {
  const late: string[] = []
  for (const process of kernel.processes.values()) {
    const { exiting, stopping } = process.program
    if (exiting !== undefined || stopping !== undefined) late.push(process.name ?? String(process.pid))
    terminate(process, 'killed')
  }
  if (late.length === 0) return
  const names = late.slice(0, 10).join(', ')
  logWarning(
    kernel.logger,
    { label: 'stop', killed: late.length },
    `stop of ${kernel.name}: too late, killed ${late.length}: ${names}`,
  )
}

/** Looks again after each turn of the event loop; now and then only, once that takes long. */
async function until(deadline: number, done: () => boolean): Promise<void> {
  for (let looks = 0; !done() && performance.now() < deadline; looks++)
    await new Promise((resolve) => (looks < MANY_LOOKS ? setImmediate(resolve) : setTimeout(resolve, 2)))
}
const MANY_LOOKS = 1000

/** The processes that end in their own way and stand below no other such process. */
function rootsOf(kernel: Kernel): Process[] {
  const roots: Process[] = []
  for (const process of kernel.processes.values())
    if (process.program.stopping !== undefined && !hasStoppingAncestor(process)) roots.push(process)
  return roots
}
/** Only a link makes a tree: whoever merely spawned it does not end it. */
function hasStoppingAncestor(process: Process): boolean {
  for (let below = process; below.parent !== undefined; ) {
    const above = processOf(below.parent)
    if (above === undefined || below.links?.has(above) !== true) return false
    if (above.program.stopping !== undefined) return true
    below = above
  }
  return false
}

/** Is a program still on its way out? */
function someTerminates(kernel: Kernel): boolean {
  for (const process of kernel.processes.values()) if (process.program.exiting !== undefined) return true
  return false
}

/** An exit signal from code outside any process. */
export function exitFrom(kernel: Kernel, pid: AnyPid, reason: ExitReason): void {
  const target = resolve(kernel, pid, 'exit: pid')
  if (target) exitSignal(target, kernel.outsidePid, reason, false)
  else if (target === undefined) kernel.remote?.exit(kernel.outsidePid, pid, reason)
}

function createKernel(options: NodeOptions): Kernel {
  const kernel = new Kernel(
    options.name ?? 'gensock@local',
    options.clock ?? systemClock(),
    options.random ?? Math.random,
    options.wake ?? null,
    options.logger ?? consoleLogger,
  )
  const queue = new RunQueue<Process>(
    { drainMs: options.drainMs ?? 5, turnMessages: options.turnMessages ?? 100, pick: options.pick },
    runTurn,
  )
  const timers = new Timers(kernel.clock, (timer) => fireTimer(kernel, timer), options.orderTimers)
  return Object.assign(kernel, { queue, timers, selfOf })
}

/**
 * Makes a node of its own: for tests, simulations, or several systems in one program.
 *
 * @param options - name, clock, logger and how processes take turns; default those of the default node
 * @returns the node
 * @throws {GensockError} `GENSOCK_ERR_UNKNOWN_OPTION`, `GENSOCK_ERR_BADARG`
 * @example
 * const node = createNode({ name: 'test@local' })
 * const pid = node.spawn((self) => self.receive())
 * node.processes() // => [pid]
 * await node.stop()
 * @see OTP `net_kernel:start/2`
 */
export function createNode(options: NodeOptions = {}): Node {
  rejectUnknown('createNode', options, KNOWN)
  if (options.name !== undefined) requireName('createNode: name', options.name)
  if (options.drainMs !== undefined) requireInt('createNode: drainMs', options.drainMs, 1, 1000)
  if (options.turnMessages !== undefined) requireInt('createNode: turnMessages', options.turnMessages, 1)
  for (const key of ['random', 'pick', 'orderTimers', 'wake'] as const)
    if (options[key] !== undefined) requireFunction(`createNode: ${key}`, options[key])
  if (options.logger !== undefined) requireFunction('createNode: logger.error', options.logger?.error)
  if (options.clock !== undefined) requireFunction('createNode: clock.now', options.clock?.now)
  return new RuntimeNode(createKernel(options))
}

/** The node of a kernel's processes. @internal */
export function kernelOf(node: Node): Kernel {
  const kernel = (node as Partial<RuntimeNode> | null | undefined)?._kernel
  if (kernel === undefined) throw new BadArgError('node', 'a node made by createNode, testNode or defaultNode', node)
  return kernel
}

/** The node that free functions act on: of the running process, of `node.run`, else the default one. @internal */
export function currentKernel(): Kernel {
  return shared.current?.kernel ?? shared.running ?? (shared.kernel ??= createKernel({}))
}

/**
 * The program's one default node, made when it is first needed: free functions act on it outside any process.
 *
 * @returns the node
 * @example
 * defaultNode().name // => 'gensock@local'
 * @see OTP `erlang:node/0`
 */
export function defaultNode(): Node {
  return new RuntimeNode((shared.kernel ??= createKernel({})))
}
