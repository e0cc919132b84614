// Applications as they are written: plain objects, checked, and put into the order in which they start. Pure.
import { rejectUnknown, requireFunction, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import { requireName } from '../runtime/registry.js'
import type { StartResult } from './start.js'

/**
 * What an application's `start` answers: its top supervisor, and what `prepStop` and `stop` will get. `['ignore']`, which a
 * start function may answer too, counts as `bad_return`.
 *
 * @example
 * const start = async (): Promise<ApplicationStart<Pool>> => ['ok', unwrap(await supervisor.startLink(tree)), pool]
 * @see OTP `application:Module:start/2`
 */
export type ApplicationStart<S = any> = StartResult<AnyPid> | readonly ['ok', top: AnyPid, state: S]
/**
 * What the end of an application means for the others, unless it was told to stop. `permanent`: all others are stopped too;
 * `transient`: so, unless its reason is `normal`; `temporary`: nothing.
 *
 * @example
 * const type: ApplicationType = 'permanent'
 * await application.start({ ...chat, type }) // => 'ok'
 * @see OTP `application:start/2`
 */
export type ApplicationType = 'permanent' | 'transient' | 'temporary'

/**
 * A tree of processes that is started and stopped as one, with what it needs.
 *
 * @example
 * const chat: Application = {
 *   name: 'chat',
 *   dependencies: [database],
 *   start: () => supervisor.startLink({ children: [child('rooms', rooms)] }),
 * }
 * @see OTP `application`, `app(5)`
 */
export interface Application<S = any> {
  /** Its name on the node; no two that run have the same. */
  readonly name: string
  /** What must run before: applications, started if need be, or names of some that run already. Default: none. */
  readonly dependencies?: readonly (Application | string)[]
  /**
   * Starts the top process, mostly a supervisor; runs in a process of the application's own, which links to it. After an await
   * call start functions with `self.run`. @see OTP `Module:start/2`
   */
  readonly start: (self: Receiver) => MaybePromise<ApplicationStart<S>>
  /**
   * Before the processes are told to end; what it returns goes to `stop`. Without it that is the state of `start`.
   *
   * @see OTP `Module:prep_stop/1`
   */
  readonly prepStop?: (state: S, self: Receiver) => MaybePromise<S>
  /** After the processes have ended. Without it nothing is cleaned up. @see OTP `Module:stop/1` */
  readonly stop?: (state: S, self: Receiver) => MaybePromise<void>
  /** How long the top process may take to end, in whole ms; then it is killed. Default infinity, as in OTP. */
  readonly shutdownTimeoutMs?: number | 'infinity'
  /** Default `temporary`, as in OTP. */
  readonly type?: ApplicationType
  /** For `whichApplications` only. Default: empty. */
  readonly description?: string
  /** For `whichApplications` only. Default: empty. */
  readonly version?: string
}
/**
 * An application that runs, as `application.whichApplications` names it.
 *
 * @example
 * const running: readonly ApplicationInfo[] = application.whichApplications()
 * running // => []
 * @see OTP `application:which_applications/0`
 */
export interface ApplicationInfo {
  /** Its name on the node. */
  readonly name: string
  /** Empty if it has none. */
  readonly description: string
  /** Empty if it has none. */
  readonly version: string
}
/**
 * What `application.start` and `application.stop` answer: `'ok'`, or `['error', reason]`.
 *
 * @example
 * const started: ApplicationResult = await application.start(chat)
 * started // => 'ok'
 * @see OTP `application:start/1`, `application:stop/1`
 */
export type ApplicationResult = 'ok' | readonly ['error', ExitReason]

const CALLBACKS = ['prepStop', 'stop'] as const
const TEXTS = ['description', 'version'] as const
const KEYS = ['name', 'dependencies', 'start', 'shutdownTimeoutMs', 'type', ...CALLBACKS, ...TEXTS]
const TYPES: readonly unknown[] = ['permanent', 'transient', 'temporary']

function check(where: string, app: Application): void {
  if (typeof app !== 'object' || app === null || Array.isArray(app))
    throw new BadArgError(where, 'an application: an object with name and start', app)
  rejectUnknown(where, app, KEYS)
  requireName(`${where}: name`, app.name)
  const of = `${where}: ${app.name}`
  requireFunction(`${of}.start`, app.start)
  for (const key of CALLBACKS) if (app[key] !== undefined) requireFunction(`${of}.${key}`, app[key])
  if (app.shutdownTimeoutMs !== undefined && app.shutdownTimeoutMs !== 'infinity')
    requireMs(`${of}.shutdownTimeoutMs`, app.shutdownTimeoutMs)
  if (app.type !== undefined && !TYPES.includes(app.type))
    throw new BadArgError(`${of}.type`, `one of ${TYPES.join(', ')}`, app.type)
  for (const key of TEXTS)
    if (app[key] !== undefined && typeof app[key] !== 'string') throw new BadArgError(`${of}.${key}`, 'text', app[key])
  if (app.dependencies !== undefined && !Array.isArray(app.dependencies))
    throw new BadArgError(`${of}.dependencies`, 'a list of applications, or names of some that run', app.dependencies)
}

/**
 * This application and all that it needs, each once, what is needed first; of one that runs already nothing more.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - one of them is none, two have the same name, or
 *   they need each other in a circle
 */
export function startOrder(where: string, top: Application, isRunning: (name: string) => boolean): readonly Application[] {
  const order: Application[] = []
  const known = new Map<string, Application>()
  const path: Application[] = []
  const visit = (app: Application): void => {
    check(where, app)
    const same = known.get(app.name)
    if (path.includes(app)) throw new BadArgError(`${where}: dependencies`, 'free of circles', circle(path, app))
    if (same !== undefined && same !== app)
      throw new BadArgError(`${where}: names`, 'different', `two applications named ${app.name}`)
    if (same !== undefined) return
    known.set(app.name, app)
    path.push(app)
    const dependencies = isRunning(app.name) ? [] : (app.dependencies ?? [])
    for (const dependency of dependencies)
      if (typeof dependency === 'string') requireName(`${where}: ${app.name}.dependencies`, dependency)
      else visit(dependency)
    path.pop()
    order.push(app)
  }
  visit(top)
  return order
}

function circle(path: readonly Application[], app: Application): string {
  return [...path.slice(path.indexOf(app)), app].map(({ name }) => name).join(' -> ')
}
