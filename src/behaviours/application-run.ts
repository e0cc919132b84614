// A program that is one application: started, held open, and stopped in order when a signal comes or when it ends by itself.
// Entered by application; calls the controller and the node.
import { constants } from 'node:os'
import { MAX_MS, rejectUnknown, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { terminate } from '../runtime/exit.js'
import { stopKernel } from '../runtime/node.js'
import type { Kernel } from '../runtime/process.js'
import { logError, logInfo } from '../runtime/report.js'
import { type ApplicationController, controllerOf, startEach } from './application-controller.js'
import type { Application } from './application-types.js'
import { StartError } from './start.js'

export interface RunOptions {
  /** How long the stop may take, in ms, or `infinity`; then the rest is killed and the program exits with 1. Default 9 000: Docker kills after 10 s. */
  readonly deadlineMs?: number | 'infinity'
  /** Signals that stop the program. Default SIGTERM and SIGINT. */
  readonly signals?: readonly string[]
}
const DEFAULTS: Required<RunOptions> = Object.freeze({ deadlineMs: 9000, signals: Object.freeze(['SIGTERM', 'SIGINT']) })

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
  const { signals } = options
  if (!Array.isArray(signals) || !signals.every((signal) => Object.hasOwn(constants.signals, String(signal))))
    throw new BadArgError('application.run: signals', 'a list of signal names such as SIGTERM', signals)
  return options
}

/** Starts these applications, the last of which is the one that the program is; settles when everything has ended. */
export async function runApplication(
  kernel: Kernel,
  order: readonly Application[],
  options: Required<RunOptions>,
  host: Host,
): Promise<void> {
  const controller = controllerOf(kernel)
  if (controller.onEnd !== null) throw new BadArgError('application.run', 'called once at a time on a node', order.at(-1)?.name)
  // Processes alone do not hold a Node program open, and this one runs until it is told to stop.
  const hold = setInterval(nothing, MAX_MS)
  const { over, off } = watch(controller, (order.at(-1) as Application).name, options.signals, host)
  try {
    const result = await Promise.race([startEach(controller, order), over])
    if (typeof result === 'object' && result[0] === 'error') throw new StartError(result[1])
    if ((await over) === 'failed') host.exitCode = 1
    if (await inTime(kernel, options.deadlineMs, stopInOrder(controller, kernel))) return
    logError(
      kernel.logger,
      { label: 'application', deadlineMs: options.deadlineMs },
      `not stopped within ${options.deadlineMs} ms: killed`,
    )
    for (const process of kernel.processes.values()) terminate(process, 'killed')
    host.exitCode = 1
    host.exit(1)
  } finally {
    off()
    controller.onEnd = null
    clearInterval(hold)
  }
}

/** Settles with the first signal, or when the application has ended, or another whose end ends all. */
function watch(
  controller: ApplicationController,
  name: string,
  signals: readonly string[],
  host: Host,
): { readonly over: Promise<'done' | 'failed'>; readonly off: () => void } {
  let resolve: (how: 'done' | 'failed') => void = nothing
  const over = new Promise<'done' | 'failed'>((settle) => (resolve = settle))
  controller.onEnd = (end) => {
    if (end.fatal || end.name === name) resolve(end.told || (end.name === name && end.reason === 'normal') ? 'done' : 'failed')
  }
  // Once: a second signal finds Node's own answer, which ends the program at once.
  const off = (): void => {
    for (const signal of signals) host.off(signal, stop)
  }
  const stop = (signal: string): void => {
    off()
    logInfo(controller.process.kernel.logger, { label: 'application', signal }, `${signal}: all applications are stopped`)
    resolve('done')
  }
  for (const signal of signals) host.on(signal, stop)
  return { over, off }
}

async function stopInOrder(controller: ApplicationController, kernel: Kernel): Promise<void> {
  await controller.stopAll()
  await stopKernel(kernel)
}

/** False if the deadline came first. */
function inTime(kernel: Kernel, deadlineMs: number | 'infinity', stopped: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stopped.then(() => resolve(true), reject)
    if (deadlineMs !== 'infinity') kernel.timers.add(kernel.newRef(), deadlineMs, null, () => resolve(false), undefined)
  })
}

function nothing(): void {
  // Only so that something waits.
}
