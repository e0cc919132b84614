// A program that is one application: started, held open, and stopped in order when a signal comes or when it ends by itself.
// Entered by application; calls the controller and the node.
import { constants } from 'node:os'
import { MAX_MS, rejectUnknown, requireMs } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import { terminate } from '../runtime/exit.js'
import { stopKernel } from '../runtime/node.js'
import type { Kernel } from '../runtime/process.js'
import { logError, logInfo } from '../runtime/report.js'
import { type ApplicationController, type ApplicationEnd, controllerOf, startEach } from './application-controller.js'
import type { Application } from './application-types.js'
import { StartError } from './start.js'

/**
 * Options of `application.run`.
 *
 * @example
 * await application.run(chat, { deadlineMs: 25_000, signals: ['SIGTERM', 'SIGINT', 'SIGHUP'] })
 * @see OTP `init:stop/0`
 */
export interface RunOptions {
  /**
   * How long the whole stop may take, in whole ms, or `infinity`: that of the applications, then that of the node. After it the
   * rest is killed and the program exits with 1. Default 9 000: Docker kills after 10 s.
   */
  readonly deadlineMs?: number | 'infinity'
  /** Signals that stop the program; SIGKILL and SIGSTOP cannot be caught and are refused. Default SIGTERM and SIGINT. */
  readonly signals?: readonly StopSignal[]
}
/**
 * The signals that people and process managers stop a program with.
 *
 * @example
 * const signals: StopSignal[] = ['SIGTERM', 'SIGINT']
 * @see POSIX, signal.h; Node's documentation, "Signal events"
 */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2' | 'SIGBREAK'
const DEFAULTS: Required<RunOptions> = Object.freeze({
  deadlineMs: 9000,
  signals: Object.freeze(['SIGTERM', 'SIGINT'] as const),
})
const UNCATCHABLE: readonly unknown[] = ['SIGKILL', 'SIGSTOP']

/** The program around it: Node's `process`, or what stands for it in tests. */
export interface Host {
  exitCode?: number | string | null | undefined
  on(signal: string, stop: (signal: string) => void): unknown
  off(signal: string, stop: (signal: string) => void): unknown
  exit(code: number): void
}

/** The options with their defaults, checked. */
export function runOptions(given: RunOptions = {}): Required<RunOptions> {
  rejectUnknown('application.run', given, Object.keys(DEFAULTS))
  const options = { ...DEFAULTS, ...given }
  if (options.deadlineMs !== 'infinity') requireMs('application.run: deadlineMs', options.deadlineMs)
  const where = 'application.run: signals'
  if (!Array.isArray(options.signals)) throw new BadArgError(where, 'a list of signal names such as SIGTERM', options.signals)
  for (const signal of options.signals as readonly unknown[]) {
    if (UNCATCHABLE.includes(signal))
      throw new BadArgError(where, 'others than SIGKILL and SIGSTOP, which cannot be caught', signal)
    if (typeof signal !== 'string' || !Object.hasOwn(constants.signals, signal))
      throw new BadArgError(where, 'names of signals of this system, such as SIGTERM', signal)
  }
  return options
}

/**
 * Starts these applications, the last of which is the one that the program is; settles when everything has ended.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - another one is run on this node
 */
export function runApplication(
  kernel: Kernel,
  order: readonly Application[],
  options: Required<RunOptions>,
  host: Host,
): Promise<void> {
  const controller = controllerOf(kernel)
  const { name } = order.at(-1) as Application
  if (controller.run !== null)
    throw new GensockError(
      'GENSOCK_ERR_BADARG',
      `application.run: ${show(controller.run.name)} is run on node ${kernel.name} already, and a program is one application; start ${show(name)} with application.start, or make it a dependency`,
      'badarg',
    )
  return holdOpen(kernel, controller, order, options, host)
}

async function holdOpen(
  kernel: Kernel,
  controller: ApplicationController,
  order: readonly Application[],
  { signals, deadlineMs }: Required<RunOptions>,
  host: Host,
): Promise<void> {
  const { over, stop } = watch(controller, (order.at(-1) as Application).name)
  // Once: a second signal finds Node's own answer, which ends the program at once.
  const off = (): void => {
    for (const signal of signals) host.off(signal, onSignal)
  }
  const onSignal = (signal: string): void => {
    off()
    stop(signal)
  }
  // Processes alone do not hold a Node program open, and this one runs until it is told to stop.
  const hold = setInterval(nothing, MAX_MS)
  try {
    for (const signal of signals) host.on(signal, onSignal)
    const result = await Promise.race([startEach(controller, order), over])
    if (typeof result === 'object' && result[0] === 'error') throw new StartError(result[1])
    if ((await over) === 'failed') host.exitCode = 1
    if (await stopInTime(kernel, controller, deadlineMs)) return
    logError(kernel.logger, { label: 'application', deadlineMs }, `not stopped within ${deadlineMs} ms: killed`)
    for (const process of kernel.processes.values()) terminate(process, 'killed')
    host.exitCode = 1
    host.exit(1)
  } finally {
    off()
    controller.run = null
    clearInterval(hold)
  }
}

/**
 * `over` settles with the first signal, or when the application has ended, or another (the controller too) whose end ends all.
 */
function watch(
  controller: ApplicationController,
  name: string,
): { readonly over: Promise<'done' | 'failed'>; readonly stop: (signal: string) => void } {
  let resolve: (how: 'done' | 'failed') => void = nothing
  const over = new Promise<'done' | 'failed'>((settle) => (resolve = settle))
  const onEnd = (end: ApplicationEnd): void => {
    if (end.fatal || end.name === name) resolve(end.told || (end.name === name && end.reason === 'normal') ? 'done' : 'failed')
  }
  controller.run = { name, onEnd }
  const stop = (signal: string): void => {
    logInfo(controller.process.kernel.logger, { label: 'application', signal }, `${signal}: all applications are stopped`)
    resolve('done')
  }
  return { over, stop }
}

/** Stops the applications in order, then the node; false if the deadline came first. */
function stopInTime(kernel: Kernel, controller: ApplicationController, deadlineMs: number | 'infinity'): Promise<boolean> {
  const { clock } = kernel
  const deadline = deadlineMs === 'infinity' ? Infinity : clock.now() + deadlineMs
  const leftMs = (): number => Math.max(0, Math.ceil(deadline - clock.now()))
  return new Promise((resolve, reject) => {
    const stopped = controller.stopAll().then(() => stopKernel(kernel, leftMs()))
    // The node kills at the same deadline, and may be a moment faster than the timer.
    stopped.then(() => resolve(leftMs() > 0), reject)
    if (deadlineMs !== 'infinity') kernel.timers.add(kernel.newRef(), deadlineMs, null, () => resolve(false), undefined)
  })
}

function nothing(): void {
  // Only so that something waits.
}
