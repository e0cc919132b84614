// Making processes: of a function, of a module with one callback, of any program. Entered by self, the free functions, sockets.
import { rejectUnknown, requireBoolean, requireFunction } from '../base/check.js'
import { BadArgError, BadReturnError, GensockError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { terminate } from './exit.js'
import { link, monitor, monitorOptions } from './links.js'
import { DEAD, type Kernel, Process, type Program } from './process.js'
import { enter, requireFree, requireName } from './registry.js'
import type { ProcessFunction, ProcessModule, Receiver, SpawnOptions } from './self-types.js'
import { spawnChannel } from './telemetry.js'

/** A new process and, if it is monitored, the reference. */
export interface Spawned {
  readonly process: Process
  readonly pid: Pid
  readonly ref: Ref | undefined
}

const SPAWN_OPTIONS = ['name', 'link', 'monitor', 'trapExit'] as const
/** One program for all function processes; the function waits in `data`. */
const FUNCTION: Program = {
  start(process) {
    const run = process.data as ProcessFunction<any>
    process.data = null
    return thenable(run(selfFor(process)))
  },
}

class ModuleProgram implements Program {
  readonly #module: ProcessModule<unknown, unknown>
  constructor(module: ProcessModule<unknown, unknown>) {
    this.#module = module
  }
  start(process: Process): void | Promise<void> {
    const state = this.#module.init(selfFor(process))
    if (!isPromise(state)) process.data = state
    else {
      return state.then((value) => {
        process.data = value
      })
    }
    return undefined
  }
  message(process: Process, message: unknown): void | Promise<void> {
    const result = this.#module.message(message, process.data, selfFor(process))
    if (!Array.isArray(result) && isPromise(result)) return result.then((settled) => applyResult(process, settled))
    return applyResult(process, result)
  }
}

function selfFor(process: Process): Receiver {
  return (process.self ?? process.kernel.selfOf(process)) as Receiver
}

function applyResult(process: Process, result: unknown): void {
  if (Array.isArray(result)) {
    if (result[0] === 'ok' && result.length === 2) {
      process.data = result[1]
      return
    }
    if (result[0] === 'stop' && result.length === 2) return terminate(process, result[1] as ExitReason)
  }
  throw new BadReturnError('message', "['ok', state] or ['stop', reason]", result)
}

/** Is this a promise, native or not? */
export function isPromise<T = unknown>(value: unknown): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function thenable(value: unknown): Promise<void> | undefined {
  return isPromise<void>(value) ? value : undefined
}

/** Checks the options of every spawn; answers nothing, throws a GensockError. */
function checkOptions(kernel: Kernel, parent: Process | null, where: string, options: SpawnOptions): void {
  rejectUnknown(where, options, SPAWN_OPTIONS)
  for (const key of ['link', 'trapExit'] as const)
    if (options[key] !== undefined) requireBoolean(`${where}: ${key}`, options[key])
  if (typeof options.monitor === 'object') monitorOptions(options.monitor)
  else if (options.monitor !== undefined) requireBoolean(`${where}: monitor`, options.monitor)
  if ((options.link || options.monitor) && parent === null) {
    throw new GensockError(
      'GENSOCK_ERR_NO_SELF',
      `${where}: link and monitor need a running process to link to or report to; none is running here`,
      'noproc',
    )
  }
  if (options.name !== undefined) {
    requireName(`${where}: name`, options.name)
    requireFree(kernel, options.name, where)
  }
}

const NONE: SpawnOptions = Object.freeze({})

/** Makes a process of any program; it runs in its own turn, never under the feet of the one who spawns it. */
export function spawnProgram(
  kernel: Kernel,
  program: Program,
  options: SpawnOptions = NONE,
  parent: Process | null = null,
  where = 'spawn',
): Spawned {
  if (options !== NONE) checkOptions(kernel, parent, where, options)
  if (kernel.queue.stopped)
    throw new GensockError('GENSOCK_ERR_NOPROC', `${where}: node ${kernel.name} has been stopped`, 'noproc')
  const process = new Process(kernel, program, parent?.pid)
  if (parent !== null && parent.state === DEAD) {
    // Whatever an ended process still does, does nothing: its children are dead from the start.
    terminate(process, 'noproc')
    return { process, pid: process.pid, ref: undefined }
  }
  if (options.name !== undefined) enter(kernel, options.name, process)
  if (options.trapExit) process.trapExit = true
  if (options.link) link(parent as Process, process.pid)
  const ref = options.monitor
    ? monitor(parent as Process, process.pid, options.monitor === true ? undefined : options.monitor)
    : undefined
  kernel.queue.push(process)
  if (spawnChannel.hasSubscribers) spawnChannel.publish({ pid: process.pid, name: process.name })
  return { process, pid: process.pid, ref }
}

/** The options of a spawn with one more set; what is no object goes on as it is, to be refused. */
export function withOption(options: SpawnOptions | undefined, extra: SpawnOptions): SpawnOptions {
  return options === undefined || (typeof options === 'object' && options !== null) ? { ...options, ...extra } : options
}

/** @see OTP `erlang:spawn/1`, `spawn_opt/2` */
export function spawnFunction(
  kernel: Kernel,
  parent: Process | null,
  where: string,
  run: unknown,
  options?: SpawnOptions,
): Spawned {
  if (typeof run !== 'function') throw new BadArgError(`${where}: process`, 'a function', run)
  const spawned = spawnProgram(kernel, FUNCTION, options, parent, where)
  spawned.process.data = run
  return spawned
}

/** A callback process of `init` and `message`. */
export function spawnModule(kernel: Kernel, parent: Process | null, module: unknown, options?: SpawnOptions): Spawned {
  if (typeof module !== 'object' || module === null)
    throw new BadArgError('spawnProcess: module', 'an object with init and message', module)
  requireFunction('spawnProcess: module.init', (module as Partial<ProcessModule<unknown, unknown>>).init)
  requireFunction('spawnProcess: module.message', (module as Partial<ProcessModule<unknown, unknown>>).message)
  return spawnProgram(kernel, new ModuleProgram(module as ProcessModule<unknown, unknown>), options, parent, 'spawnProcess')
}
