// application: trees of processes that are started and stopped as one, with what they need. Entered by user code; calls the
// controller of the node, and run.
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { currentKernel } from '../runtime/node.js'
import { requireName } from '../runtime/registry.js'
import { type ApplicationController, controllerOf, findController, startEach } from './application-controller.js'
import { runApplication, runOptions, type RunOptions } from './application-run.js'
import { type Application, type ApplicationInfo, type ApplicationResult, startOrder } from './application-types.js'

function orderOf(where: string, controller: ApplicationController | undefined, app: Application): readonly Application[] {
  return startOrder(where, app, (name) => controller?.isRunning(name) === true)
}

/**
 * Starts an application, and before it those that it needs and that do not run yet. If one of them fails, those that were
 * started for it are stopped again.
 *
 * @param app - the application; a plain object
 * @returns `'ok'`; `['error', ['already_started', name]]`; `['error', reason]` as its `start` gave it;
 *   `['error', [name, reason]]` when one that it needs has failed
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - it is no application, or they need each other in
 *   a circle; `GENSOCK_ERR_NOPROC` - the node has been stopped
 * @example
 * const start = () => supervisor.startLink({ children: [child('rooms', rooms)] })
 * await application.start({ name: 'chat', start }) // => 'ok'
 * @see OTP `application:start/1`. Differs: what it needs is started too, as by `ensure_all_started/1`.
 */
function start(app: Application): Promise<ApplicationResult> {
  const kernel = currentKernel()
  const order = orderOf('application.start', findController(kernel), app)
  const controller = controllerOf(kernel)
  if (controller.isRunning(app.name)) return Promise.resolve(['error', ['already_started', app.name]])
  return startEach(controller, order).then((result) => {
    if (result[0] === 'ok') return 'ok'
    const [, [name, reason]] = result
    return ['error', name === app.name ? reason : [name, reason]]
  })
}
/**
 * As `start`, but one that runs already is fine.
 *
 * @param app - the application; a plain object
 * @returns `['ok', names]` of those that were started, in that order, or `['error', [name, reason]]`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`, `GENSOCK_ERR_NOPROC` as `start`
 * @example
 * const database = { name: 'database', start: () => supervisor.startLink({ children: [] }) }
 * await application.ensureAllStarted({ ...chat, dependencies: [database] }) // => ['ok', ['database', 'chat']]
 * @see OTP `application:ensure_all_started/1`
 */
function ensureAllStarted(
  app: Application,
): Promise<readonly ['ok', string[]] | readonly ['error', readonly [name: string, reason: ExitReason]]> {
  const kernel = currentKernel()
  const order = orderOf('application.ensureAllStarted', findController(kernel), app)
  return startEach(controllerOf(kernel), order)
}
/**
 * Stops an application, and answers when that is done: `prepStop`, then its processes in reverse order, then `stop`. What it
 * needed runs on, and so does what needs it.
 *
 * @param app - the application, or its name
 * @returns `'ok'`, or `['error', ['not_started', name]]`, also for one that starts or stops at this moment
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no name and no application
 * @example
 * await application.stop('chat') // => 'ok'
 * await application.stop('chat') // => ['error', ['not_started', 'chat']]
 * @see OTP `application:stop/1`
 */
function stop(app: Application | string): Promise<ApplicationResult> {
  const name: unknown = typeof app === 'object' && app !== null ? app.name : app
  if (typeof name !== 'string') throw new BadArgError('application.stop', 'an application or its name', app)
  requireName('application.stop: name', name)
  return findController(currentKernel())?.stop(name) ?? Promise.resolve(['error', ['not_started', name]])
}
/**
 * The applications that run.
 *
 * @returns `{ name, description, version }` of each, the last one started first; texts that were not given are empty
 * @example
 * application.whichApplications().map(({ name }) => name) // => ['chat', 'database']
 * @see OTP `application:which_applications/0`
 */
function whichApplications(): readonly ApplicationInfo[] {
  return findController(currentKernel())?.running() ?? []
}
/**
 * The whole of a program: starts an application with what it needs and settles when all is over. With the first SIGTERM or
 * SIGINT, and when the application ends, all applications are stopped in reverse order, then the node, and the program may end.
 * A second signal ends it at once. After the deadline what is left is killed and the program exits with 1.
 *
 * `process.exitCode` becomes 1 when the application has ended by itself with another reason than `normal`, or when another one
 * did that is `permanent` (or `transient`). Code after the `await` runs when everything has stopped.
 *
 * @param app - the application that the program is
 * @param options - `{ deadlineMs, signals }`; default 9 000 ms, SIGTERM and SIGINT
 * @returns nothing, once everything has stopped; rejects with StartError `GENSOCK_ERR_START` if it does not start: the program
 *   then ends with 1, as with any error
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no application, no signal that can be caught, or another one is run on this
 *   node already; `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * await application.run({ name: 'chat', start: () => supervisor.startLink(tree) }, { deadlineMs: 5000 })
 * @see OTP `init:stop/0`, which SIGTERM calls; `application:start/2` with `permanent`
 */
function run(app: Application, options?: RunOptions): Promise<void> {
  const checked = runOptions(options)
  const kernel = currentKernel()
  const order = orderOf('application.run', findController(kernel), app)
  return runApplication(kernel, order, checked, globalThis.process)
}

/**
 * Applications: `application:start(chat)` is `application.start(chat)`.
 *
 * When a `permanent` application ends without having been told to, all others of the node are stopped in reverse order (a
 * `transient` one unless it ended with `normal`). The program itself goes on: only `run` ends it.
 *
 * @example
 * const chat: Application = { name: 'chat', start: () => supervisor.startLink({ children: [child('rooms', rooms)] }) }
 * await application.start(chat) // => 'ok'
 * await application.stop(chat) // => 'ok'
 * @see OTP `application`
 * @namespace
 */
export const application = Object.freeze({ start, ensureAllStarted, stop, whichApplications, run })
