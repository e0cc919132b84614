// Child specifications: what a supervisor needs to know of a child. Checked with OTP's error terms, and in words for the report.
import { MAX_MS, rejectUnknown } from '../base/check.js'
import { show } from '../base/errors.js'
import type { AnyPid } from '../base/pid.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import { ById } from './child-id.js'
import { genServer, type StartArgs } from './gen-server.js'
import { checkModule } from './gen-server-rules.js'
import type { GenServer, ServerPid } from './gen-server-types.js'
import type { ServerName, StartResult } from './start.js'
import { type AutoShutdown, isRefusal, refusal, type Refusal } from './supervisor-flags.js'

/**
 * Names a child within its supervisor: any value but undefined and null, compared deeply. One that is an object must not be
 * changed as long as the child is known.
 *
 * @example
 * const ids: ChildId[] = ['cache', 7, Symbol('own'), { shard: 3 }]
 * @see OTP `supervisor`, "child_id()"
 */
export type ChildId = string | number | bigint | boolean | symbol | object
/**
 * Whether a child comes back: `permanent` always; `transient` after an abnormal end; `temporary` never.
 *
 * @example
 * const restart: Restart = 'transient'
 * child('job', counter, 0, { restart }).restart // => 'transient'
 * @see OTP `supervisor`, "restart()"
 */
export type Restart = 'permanent' | 'transient' | 'temporary'
/**
 * How a child is ended: whole ms from 0 between `shutdown` and `kill`; `kill` at once; or as long as it takes.
 *
 * @example
 * const shutdown: Shutdown = 'brutalKill'
 * child('job', counter, 0, { shutdown }).shutdown // => 'brutalKill'
 * @see OTP `supervisor`, "shutdown()"
 */
export type Shutdown = number | 'brutalKill' | 'infinity'
/**
 * What a start function answers; `info` is passed on to who called `startChild`.
 *
 * @example
 * const start = async (): Promise<ChildStartResult> => ['ok', unwrap(await genServer.startLink(counter, 0)), 'first']
 * const [, , info] = await supervisor.startChild(tree, { id: 'told', start })
 * info // => 'first'
 * @see OTP `supervisor`, "startchild_ret()"
 */
export type ChildStartResult<P extends AnyPid = AnyPid> = StartResult<P> | readonly ['ok', pid: P, info: unknown]

/**
 * One child of a supervisor; `P` is the type of its pid.
 *
 * @example
 * const cache: ChildSpec = { id: 'cache', start: () => genServer.startLink(cacheServer), restart: 'transient', shutdown: 1000 }
 * @see OTP `supervisor`, "child_spec()"
 */
export interface ChildSpec<P extends AnyPid = AnyPid> {
  /** By which the functions of `supervisor` know it. */
  readonly id: ChildId
  /**
   * Starts the child, linked (`startLink`, `self.spawnLink`): an unlinked one is not restarted, and a warning says so. Runs
   * inside the supervisor, whose Self it gets (for `self.run` after an await); meanwhile everything else waits.
   */
  readonly start: (self: Receiver) => MaybePromise<ChildStartResult<P>>
  /** Default 'permanent'. */
  readonly restart?: Restart
  /** In ms, or a word. Default 5 000 for workers, 'infinity' for supervisors. */
  readonly shutdown?: Shutdown
  /** Its own end may end the supervisor, see `autoShutdown`. Default false. */
  readonly significant?: boolean
  /** Default 'worker'. */
  readonly type?: 'worker' | 'supervisor'
}
/**
 * The template of `simpleOneForOne`: the arguments of `startChild` come first, the supervisor's Self is the last one.
 *
 * @example
 * const room: ChildTemplate = { id: 'room', start: (name: string) => genServer.startLink(roomServer, name) }
 * await supervisor.startChild(rooms, ['lobby'])
 * @see OTP `supervisor`, "simple_one_for_one"
 */
export interface ChildTemplate extends Omit<ChildSpec, 'start'> {
  /** Starts a child, linked. */
  readonly start: (...args: any[]) => MaybePromise<ChildStartResult>
}
/** A spec with all defaults filled in; frozen, for it is handed out. */
export type CheckedChild = Readonly<Required<ChildTemplate>>

const KEYS = ['id', 'start', 'restart', 'shutdown', 'significant', 'type'] as const
const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary']
const TYPES: readonly unknown[] = ['worker', 'supervisor']

/** The spec with its defaults, or why not. */
export function checkChildSpec(given: unknown, autoShutdown: AutoShutdown | undefined): CheckedChild | Refusal {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refusal(['invalid_child_spec', given], 'child spec', 'an object with id and start', given)
  const unknown = Object.keys(given).find((key) => !(KEYS as readonly string[]).includes(key))
  if (unknown !== undefined)
    return refusal(['invalid_child_spec', given], 'child spec: keys', `some of ${KEYS.join(', ')}`, unknown)
  const spec = given as Partial<ChildTemplate>
  if (spec.id === undefined || spec.id === null) return refusal('missing_id', 'child spec: id', 'there', spec)
  const where = `child spec ${show(spec.id)}`
  if (spec.start === undefined) return refusal('missing_start', `${where}: start`, 'there', spec)
  if (typeof spec.start !== 'function') return refusal(['invalid_mfa', spec.start], `${where}: start`, 'a function', spec.start)
  const { restart = 'permanent', type = 'worker', significant = false } = spec
  const { shutdown = type === 'supervisor' ? 'infinity' : 5000 } = spec
  return (
    badRestart(where, restart) ??
    badSignificant(where, significant, restart, autoShutdown) ??
    badType(where, type) ??
    badShutdown(where, shutdown) ??
    Object.freeze({ id: spec.id, start: spec.start, restart, shutdown, significant, type })
  )
}

function badRestart(where: string, restart: unknown): Refusal | undefined {
  if (RESTARTS.includes(restart)) return undefined
  return refusal(['invalid_restart_type', restart], `${where}: restart`, `one of ${RESTARTS.join(', ')}`, restart)
}

function badSignificant(
  where: string,
  significant: unknown,
  restart: Restart,
  autoShutdown: AutoShutdown | undefined,
): Refusal | undefined {
  if (typeof significant !== 'boolean')
    return refusal(['invalid_significant', significant], `${where}: significant`, 'true or false', significant)
  if (!significant) return undefined
  if (autoShutdown === 'never') {
    const pair = [
      'bad_combination',
      [
        ['auto_shutdown', 'never'],
        ['significant', true],
      ],
    ]
    return refusal(pair, `${where}: significant`, "false where autoShutdown is 'never'", significant)
  }
  if (restart !== 'permanent') return undefined
  const pair = [
    'bad_combination',
    [
      ['restart', 'permanent'],
      ['significant', true],
    ],
  ]
  return refusal(pair, `${where}: significant`, 'false for a permanent child, which never ends for good', significant)
}

function badType(where: string, type: unknown): Refusal | undefined {
  if (TYPES.includes(type)) return undefined
  return refusal(['invalid_child_type', type], `${where}: type`, "'worker' or 'supervisor'", type)
}

function badShutdown(where: string, shutdown: unknown): Refusal | undefined {
  if (shutdown === 'brutalKill' || shutdown === 'infinity') return undefined
  if (typeof shutdown === 'number' && Number.isInteger(shutdown) && shutdown >= 0 && shutdown <= MAX_MS) return undefined
  const allowed = `whole milliseconds from 0 to ${MAX_MS}, 'brutalKill' or 'infinity'`
  return refusal(['invalid_shutdown', shutdown], `${where}: shutdown`, allowed, shutdown)
}

/** The specs of a list, or why not: a bad one, or an id that stands twice. */
export function checkChildSpecs(given: unknown, autoShutdown: AutoShutdown | undefined): CheckedChild[] | Refusal {
  if (!Array.isArray(given)) return refusal(['invalid_child_spec', given], 'supervisor: children', 'a list of child specs', given)
  const children: CheckedChild[] = []
  const seen = new ById<true>()
  for (const spec of given) {
    const child = checkChildSpec(spec, autoShutdown)
    if (isRefusal(child)) return child
    const { id } = child
    if (seen.get(id) === true)
      return refusal(['duplicate_child_name', id], 'supervisor: children: id', 'different for each child', id)
    seen.add(id, true)
    children.push(child)
  }
  return children
}

const OPTIONS = ['restart', 'shutdown', 'significant', 'type', 'name', 'timeoutMs'] as const
/**
 * Options of `child`: those of the spec, and those of `genServer.startLink`.
 *
 * @example
 * const options: ChildOptions = { name: 'first', restart: 'transient', shutdown: 1000 }
 * await supervisor.startChild(tree, child('first', counter, 0, options)) // => ['ok', whereis('first')]
 * @see OTP `supervisor`, "child_spec()"
 */
export interface ChildOptions extends Omit<ChildSpec, 'id' | 'start'> {
  /** Registers the server before its `init` runs, at each start. Default: no name. */
  readonly name?: ServerName
  /** How long `init` may take, in ms. Default infinity. */
  readonly timeoutMs?: number | 'infinity'
}
// A function is called, so an argument that is one itself cannot stand there: it stands in a function that gives it.
type ChildArgument<A> = NoInfer<Exclude<A, (...args: never[]) => unknown>> | (() => NoInfer<A>)
type ChildArgs<A> = unknown extends A
  ? [arg?: NoInfer<A>, options?: ChildOptions]
  : [A] extends [void]
    ? [arg?: undefined, options?: ChildOptions]
    : [arg: ChildArgument<A>, options?: ChildOptions]

/**
 * The spec of a server: its id, and `genServer.startLink` with this module, argument and name.
 *
 * A function is called at each start and gives the argument of `init`. So an argument that is meant to be a function is written
 * as a function that gives it: `child('feed', feed, () => onEvent)`.
 *
 * @param id - any value but undefined and null
 * @param module - the callback module of the server
 * @param rest - `arg`, the argument of `init`, or a function that gives it; then options:
 *   `{ name, timeoutMs, restart, shutdown, significant, type }`, ms and defaults as in `ChildSpec`
 * @returns the spec; it knows the type of the server's pid
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - the module or the options cannot be what they
 *   should
 * @example
 * const counters = [child('a', counter, 0), child('b', counter, () => Date.now(), { name: 'b', shutdown: 1000 })]
 * await supervisor.start({ children: counters })
 * @see OTP `supervisor`, "child_spec()"
 */
export function child<S, A, C, K, M>(
  id: ChildId,
  module: GenServer<S, A, C, K, M>,
  ...rest: ChildArgs<A>
): ChildSpec<ServerPid<C, K, M>> {
  const [arg, options = {}] = rest
  checkModule('child', module)
  rejectUnknown('child', options, OPTIONS)
  const { name, timeoutMs, ...spec } = options
  const startOptions = { ...(name === undefined ? {} : { name }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  const start = (): Promise<ChildStartResult<ServerPid<C, K, M>>> => {
    const given = (typeof arg === 'function' ? (arg as () => A)() : arg) as A
    return genServer.startLink(module, ...([given, startOptions] as unknown as StartArgs<NoInfer<A>>))
  }
  return { id, start, ...spec }
}
