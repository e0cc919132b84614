// Hot path. The process and its node's tables: data only. What happens to them is in the files above (send, exit, links...).
import type { Clock } from '../base/clock.js'
import { GensockError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Fifo } from '../base/fifo.js'
import { type AnyPid, type Pid, ProcessId } from '../base/pid.js'
import { Reference } from '../base/ref.js'
import type { Logger } from './logger.js'
import { ProcessTable } from './process-table.js'
import type { Remote } from './remote.js'
import type { RunQueue } from './run-queue.js'
import type { Timer, Timers } from './timers.js'

/** Waits for a message (in the mailbox loop, or in `receive` when `_waiter` is set). */
export const WAITING = 0
/** Has something to do and stands in the run queue, or runs now. */
export const READY = 1
/** In a callback or function that has not settled: waits for a promise of somebody else. */
export const BUSY = 2
/** Gone. */
export const DEAD = 3

/** What a process runs. Function processes, `spawnProcess`, servers and sockets are each one of these. */
export interface Program {
  /** Called once, first. A promise makes the process busy until it settles. */
  start(process: Process): void | Promise<void>
  /** Called for each message, one at a time; absent in function processes, which receive by themselves. */
  message?(process: Process, message: unknown): void | Promise<void>
  /** An exit signal would end the process: with this hook the program decides (and may run `terminate` first). */
  exiting?(process: Process, reason: ExitReason, from: Pid): void
  /** A callback threw: with this hook the program decides; without, the process ends with the reason of `thrown`. */
  crashed?(process: Process, thrown: unknown): void | Promise<void>
  /** The process has ended, however that came about (a kill included). Last call; must not throw. */
  ended?(process: Process, reason: ExitReason): void
  /** The node stops: the program ends in its own way, as at the end of its parent. Without it the process gets an exit signal. */
  stopping?(process: Process): void
}

/** A waiting selective receive. `scanned` counts the messages that it has rejected already. */
export interface Waiter {
  readonly process: Process
  match: ((message: unknown) => boolean) | undefined
  scanned: number
  resolve(message: unknown): void
  reject(error: unknown): void
  /** The timer of `afterMs`; null without one. */
  timer: Reference | null
  timedOut: boolean
}

/** One monitor, seen from both ends. `owner` is null for a monitor made by code outside any process. */
export interface Monitor {
  readonly ref: Reference
  readonly owner: Process | null
  target: Process | null
  /** The name that was monitored, for a monitor by name. */
  readonly name: string | undefined
  readonly tag: unknown
  readonly alias: 'explicit_unalias' | 'demonitor' | 'reply_demonitor' | undefined
  /** The pid as it was given, for monitors of other nodes. */
  readonly pid: AnyPid | undefined
  /** Instead of a DOWN message: for calls, and for code outside any process. */
  readonly onDown: ((reason: ExitReason) => void) | undefined
  /** The target begins anew in the same process: what it has by this monitor (a group membership) is taken back. */
  readonly onReset?: () => void
}

/** One active alias. */
export interface Alias {
  readonly ref: Reference
  readonly owner: Process
  /** Gone after the first message sent to it. */
  readonly once: boolean
}

/** One process. */
export class Process {
  readonly kernel: Kernel
  readonly pid: ProcessId & Pid
  readonly program: Program
  state: 0 | 1 | 2 | 3 = READY
  started = false
  trapExit = false
  /** @internal */
  _queued = false
  /** The mailbox: how many messages, the oldest of them (if the backlog has not all), those behind it; see mailbox. */
  queueLength = 0
  inbox: unknown = undefined
  backlog: Fifo<unknown> | null = null
  waiter: Waiter | null = null
  links: Set<Process> | null = null
  monitors: Map<number, Monitor> | null = null
  monitoredBy: Map<number, Monitor> | null = null
  aliases: Set<number> | null = null
  name: string | null = null
  readonly parent: Pid | undefined
  dictionary: Map<unknown, unknown> | null = null
  /** @internal */
  _timers: Timer | null = null
  /** The Self object and the abort controller, made when first asked for. */
  self: object | null = null
  abort: AbortController | null = null
  /** Space of the program. */
  data: unknown = null

  constructor(kernel: Kernel, program: Program, parent: Pid | undefined) {
    this.kernel = kernel
    this.program = program
    this.parent = parent
    this.pid = kernel.newPid(this)
  }
}

/** The tables and parts of one node. */
export class Kernel {
  readonly name: string
  readonly creation: number
  readonly clock: Clock
  readonly random: () => number
  /** Seam of the simulation: lets `who` go on, who awaits a reply, a sleep, a start or a task, by calling `go`. Null: at once. */
  readonly wake: ((go: () => void, who: Process | null) => void) | null
  logger: Logger
  remote: Remote | null = null
  /** A node-level exit hook: sees every process that ends, invisible to all of them. */
  onExit: ((process: Process, reason: ExitReason) => void) | null = null
  readonly processes = new ProcessTable<Process>()
  readonly names = new Map<string, Process>()
  readonly aliases = new Map<number, Alias>()
  /** Empty rings, ready to become part of somebody's mailbox. */
  readonly spareRings: Fifo<unknown>[] = []
  /** Empty tables of monitors, for the next call or monitor: to make one costs more than the rest of a call's bookkeeping. */
  readonly spareMonitors: Map<number, Monitor>[] = []
  declare readonly queue: RunQueue<Process>
  declare readonly timers: Timers
  /** Makes or gives the Self of a process. */
  declare readonly selfOf: (process: Process) => object
  /** Who signals come from when code outside any process sends them: a pid that no process has. */
  readonly outsidePid: Pid
  #nextProcess = 80

  constructor(name: string, clock: Clock, random: () => number, wake: Kernel['wake'], logger: Logger) {
    this.name = name
    this.creation = ++shared.creations
    shared.nodes.set(this.creation, new WeakRef(this))
    this.clock = clock
    this.random = random
    this.wake = wake
    this.logger = logger
    this.outsidePid = new ProcessId(name, 0, 0, this.creation, null) as ProcessId & Pid
  }

  /** Ids count up to 2^28 - 1 as in Erlang, then the serial goes up. @internal */
  newPid(process: Process): ProcessId & Pid {
    const number = ++this.#nextProcess
    this.processes.set(number, process)
    return new ProcessId(this.name, number % 0x10000000, Math.floor(number / 0x10000000), this.creation, process) as ProcessId &
      Pid
  }

  newRef(): Reference {
    return new Reference(this.name, ++shared.refs, this.creation)
  }
}

/** The key of a pid in `Kernel.processes`. */
export function processKey(pid: Pid<never>): number {
  return pid.serial * 0x10000000 + pid.id
}

interface Shared {
  /** The process whose callback runs right now. */
  current: Process | null
  /** The node that `node.run` is inside of. */
  running: Kernel | null
  /** The default node. */
  kernel: Kernel | null
  /** Refs are unique in the program: processes of two nodes monitor each other. */
  refs: number
  /** No two nodes of the program have the same creation. */
  creations: number
  /** The nodes of the program by creation, for refs and pids that were made on another one. */
  readonly nodes: Map<number, WeakRef<Kernel>>
}
const kShared = Symbol.for('gensock@1')
/** What the ESM and the CommonJS copy of the library share: the running process and the default node. */
export const shared: Shared = ((globalThis as { [kShared]?: Shared })[kShared] ??= {
  current: null,
  running: null,
  kernel: null,
  refs: 0,
  creations: 0,
  nodes: new Map(),
})

/** The process of a pid of this program; undefined if it ended or lives elsewhere. */
export function processOf(pid: Pid<never>): Process | undefined {
  return ((pid as unknown as ProcessId)._process as Process | null | undefined) ?? undefined
}

/** The running process, or an error that says what to do. */
export function requireCurrent(where: string): Process {
  if (shared.current !== null) return shared.current
  throw new GensockError(
    'GENSOCK_ERR_NO_SELF',
    `${where} looks at the running process, and none is running here: call it before the first await, use the method of the Self that your callback got, or wrap the call in self.run(fn)`,
    'noproc',
  )
}

/** Runs `fn` with this process as the running one: after a promise. Nothing at all if it has ended. */
export function inside<T>(process: Process, fn: () => T): T | undefined {
  return process.state === DEAD ? undefined : asCurrent(process, fn)
}

/** The same for a process that may have ended: what its program has to clean up. */
export function asCurrent<T>(process: Process, fn: () => T): T {
  const before = shared.current
  shared.current = process
  try {
    return fn()
  } finally {
    shared.current = before
  }
}

/**
 * What settles the promise that `who` (null: code outside) awaits. A simulation lets `who` go on when it wants, and not at all if it has
 * ended by then.
 */
export function awaited<T>({ wake }: Kernel, who: Process | null, settle: (value: T) => void): (value: T) => void {
  if (wake === null) return settle
  return (value) => wake(() => (who?.state === DEAD ? undefined : settle(value)), who)
}

/** Is this process still there? */
export function isRunning(process: Process): boolean {
  return process.state !== DEAD
}
