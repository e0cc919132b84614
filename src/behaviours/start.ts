// How the process of a behaviour is started: its options, who waits for `init`, what the start functions answer.
// Entered by every behaviour's start functions; calls spawn.
import { rejectUnknown, requireMs } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import { type ExitReason, isCrash, reasonText } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref, Reference } from '../base/ref.js'
import { terminate } from '../runtime/exit.js'
import { demonitor, unlink } from '../runtime/links.js'
import { discard } from '../runtime/mailbox.js'
import { currentKernel } from '../runtime/node.js'
import { awaited, DEAD, type Kernel, type Process, type Program, requireCurrent, shared } from '../runtime/process.js'
import { requireName } from '../runtime/registry.js'
import { spawnProgram } from '../runtime/spawn.js'

/**
 * A name of this node, as text or written as in OTP.
 *
 * @example
 * const names: ServerName[] = ['five', { local: 'six' }]
 * @see OTP `gen_server`, "server_name()"
 */
export type ServerName = string | { readonly local: string }
/**
 * Options of every start function.
 *
 * @example
 * await genServer.start(counter, 5, { name: { local: 'counter' }, timeoutMs: 1000 }) // => ['ok', whereis('counter')]
 * @see OTP `gen_server`, "start_opt()"
 */
export interface StartOptions {
  /**
   * Registers the process before `init` runs; a name that is taken answers `['error', ['already_started', pid]]`. Without it
   * the process has no name.
   */
  readonly name?: ServerName
  /** How long `init` may take, in ms; then the process is killed and the answer is `['error', 'timeout']`. Default infinity. */
  readonly timeoutMs?: number | 'infinity'
}
/**
 * What start functions answer: OTP's `{ok, Pid} | {error, Reason} | ignore`.
 *
 * @example
 * const refused: StartResult = await genServer.start({ init: () => ['stop', 'no_disk'] })
 * refused // => ['error', 'no_disk']
 * @see OTP `gen_server`, "start_ret()"
 */
export type StartResult<P extends AnyPid = Pid> = readonly ['ok', P] | readonly ['error', ExitReason] | readonly ['ignore']
/**
 * What `startMonitor` answers: the pid, and the ref of the monitor.
 *
 * @example
 * const started: StartMonitorResult = await genServer.startMonitor({ init: () => ['ignore'] })
 * started // => ['ignore']
 * @see OTP `gen_server`, "start_mon_ret()"
 */
export type StartMonitorResult<P extends AnyPid = Pid> =
  | readonly ['ok', readonly [pid: P, ref: Ref]]
  | readonly ['error', ExitReason]
  | readonly ['ignore']

/**
 * A start that `unwrap` was asked to take for granted. `code` is `GENSOCK_ERR_START`; `reason` is what stood in the `error`, or
 * `ignore`; `cause` is what `init` threw, if it did.
 *
 * @example
 * const error = await genServer.start({ init: () => ['stop', 'no_disk'] }).then(unwrap).catch((thrown) => thrown)
 * error instanceof StartError && error.reason // => 'no_disk'
 * @see {@link unwrap}
 */
export class StartError extends GensockError {
  constructor(reason: unknown, what = 'the process did not start') {
    super('GENSOCK_ERR_START', `${what}: ${reasonText(reason)}`, reason, isCrash(reason) ? { cause: reason.error } : {})
  }
}

/**
 * What stands in an `ok`: the pid; of `startMonitor` the pid and the ref. Erlang's `{ok, Pid} = ...`.
 *
 * @param result - what a start function answered, or `startChild`; awaited
 * @returns the pid, or `[pid, ref]`
 * @throws {StartError} `GENSOCK_ERR_START` - the answer is an `error` or `ignore`; its `reason` says why
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - it is no such answer (a promise that was not awaited, for instance)
 * @example
 * const pid = unwrap(await genServer.start({ init: () => ['ok', 0] }))
 * @see Erlang reference manual, "Pattern Matching": `{ok, Pid} = gen_server:start(...)`
 */
export function unwrap<T>(
  result: readonly ['ok', T, ...unknown[]] | readonly ['error', ExitReason] | readonly ['ignore'],
): Exclude<T, undefined> {
  const tag: unknown = Array.isArray(result) ? result[0] : undefined
  if (tag === 'ok' && result[1] !== undefined) return result[1] as Exclude<T, undefined>
  if (tag === 'error') throw new StartError(result[1])
  if (tag === 'ok' || tag === 'ignore') throw new StartError('ignore')
  throw new BadArgError(
    'unwrap: result',
    "what a start function answered, awaited: ['ok', pid], ['error', reason] or ['ignore']",
    result,
  )
}

/** Which of the three start functions. */
export type StartMode = 'start' | 'startLink' | 'startMonitor'
const OPTIONS = ['name', 'timeoutMs'] as const

/** Whoever waits for `init`; nobody does any more once it has been answered. */
export class Starter {
  /**
   * The pid that the new process takes for its parent: with a link or monitor who started it; code outside any process always.
   */
  readonly parent: Pid | null
  readonly #caller: Process | null
  readonly #resolve: (result: any) => void
  #child: Process | null = null
  #ref: Ref | undefined = undefined
  #timer: Reference | null = null
  #settled = false

  constructor(kernel: Kernel, mode: StartMode, caller: Process | null, resolve: (result: any) => void) {
    this.parent = caller === null ? kernel.outsidePid : mode === 'start' ? null : caller.pid
    this.#caller = caller
    this.#resolve = resolve
  }

  /** @internal */
  _watch(child: Process, ref: Ref | undefined, timeoutMs: number | 'infinity'): void {
    this.#child = child
    this.#ref = ref
    if (timeoutMs === 'infinity' || this.#settled) return
    this.#timer = child.kernel.newRef()
    child.kernel.timers.add(this.#timer, timeoutMs, null, tooSlow, this)
  }
  /** `init` has answered `ok`. */
  ok(): void {
    const { pid } = this.#child as Process
    this.answer(['ok', this.#ref === undefined ? pid : [pid, this.#ref]])
  }
  /** Takes the EXIT of a process that never began out of the mailbox of who started it. */
  forgetExit(): void {
    const child = this.#child as Process
    if (this.#caller === null || this.#settled) return
    discard(this.#caller, (message) => isExit(message) && message.pid === child.pid)
  }
  /** The first answer counts. */
  answer(result: readonly unknown[]): void {
    if (this.#settled) return
    this.#settled = true
    if (this.#timer !== null) (this.#child as Process).kernel.timers.cancel(this.#timer)
    // Nobody has the ref of a start that failed: no DOWN shall wait in the mailbox.
    if (this.#caller !== null && this.#ref !== undefined && result[0] !== 'ok')
      demonitor(this.#caller, this.#ref, { flush: true })
    if (this.#caller?.state !== DEAD) this.#resolve(result)
  }
  /** @internal */
  _tooSlow(): void {
    const child = this.#child as Process
    // Nobody hears of the end of a process that never began: no EXIT either.
    if (this.#caller !== null) unlink(this.#caller, child.pid)
    this.#timer = null
    this.answer(['error', 'timeout'])
    terminate(child, 'killed')
  }
}

function tooSlow(starter: unknown): void {
  ;(starter as Starter)._tooSlow()
}

/** The text of a name. */
export function nameOf(where: string, name: unknown): string | undefined {
  if (name === undefined) return undefined
  if (typeof name !== 'object' || name === null) {
    requireName(`${where}: name`, name)
    return name
  }
  const keys = Object.keys(name)
  if (keys.length !== 1 || keys[0] !== 'local') throw new BadArgError(`${where}: name`, 'a text or { local: text }', name)
  const { local } = name as { readonly local: unknown }
  requireName(`${where}: name.local`, local)
  return local
}

/**
 * Starts the process of a behaviour; `make` gives its program.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`; `GENSOCK_ERR_NO_SELF` - startLink or startMonitor
 *   outside a process
 * @see OTP `gen:start`, `proc_lib:start_link/5`
 */
export function startBehaviour(
  where: string,
  mode: StartMode,
  options: StartOptions | undefined,
  make: (starter: Starter) => Program,
): Promise<any> {
  const given = options === undefined ? {} : options
  rejectUnknown(`${where}.${mode}`, given, OPTIONS)
  const name = nameOf(`${where}.${mode}`, given.name)
  const timeoutMs = given.timeoutMs ?? 'infinity'
  if (timeoutMs !== 'infinity') requireMs(`${where}.${mode}: timeoutMs`, timeoutMs)
  const caller = mode === 'start' ? shared.current : requireCurrent(`${where}.${mode}`)
  const kernel = caller?.kernel ?? currentKernel()
  const holder = name === undefined ? undefined : kernel.names.get(name)
  if (holder !== undefined) return Promise.resolve(['error', ['already_started', holder.pid]])
  let resolve: (result: any) => void = ignore
  const promise = new Promise((settle) => (resolve = awaited(kernel, caller, settle)))
  const starter = new Starter(kernel, mode, caller, resolve)
  const spawned = spawnProgram(
    kernel,
    make(starter),
    { link: mode === 'startLink', monitor: mode === 'startMonitor', ...(name === undefined ? {} : { name }) },
    caller,
    `${where}.${mode}`,
  )
  starter._watch(spawned.process, spawned.ref, timeoutMs)
  return promise
}

/** Starts a behaviour for code outside any process, which does not wait for `init`. */
export function startAside(kernel: Kernel, where: string, make: (starter: Starter) => Program): Process {
  const starter = new Starter(kernel, 'start', null, ignore)
  const { process } = spawnProgram(kernel, make(starter), undefined, null, where)
  starter._watch(process, undefined, 'infinity')
  return process
}

function ignore(): void {
  // Nobody waits, or not yet.
}
