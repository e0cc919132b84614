// Which applications run on a node, in which order they came, and what the end of one means for the others. A process of its own,
// the parent of all applications: the node that stops ends them through it, in reverse order. Entered by application.
import type { ExitReason } from '../base/exit-reason.js'
import { watchEnd } from '../runtime/alias.js'
import { call, isCall, replyError } from '../runtime/call.js'
import { terminate } from '../runtime/exit.js'
import { inside, isRunning, type Kernel, type Process, type Program } from '../runtime/process.js'
import { logError, logInfo } from '../runtime/report.js'
import { spawnProgram } from '../runtime/spawn.js'
import { ApplicationMaster } from './application-master.js'
import type { Application, ApplicationInfo, ApplicationResult } from './application-types.js'
import { Behaviour } from './behaviour.js'
import { startBehaviour, type StartResult } from './start.js'
import { SysRequest } from './system.js'

const NAME = 'application_controller'
const kController = Symbol.for('gensock.applicationController')

/** One application that starts, runs or stops. */
class Entry {
  readonly app: Application
  /** Its process, while it runs. */
  master: Process | null = null
  /** The answer to whoever asks while it starts. */
  starting: Promise<ApplicationResult> | null = null
  /** Settles `starting`. */
  answer: (result: ApplicationResult) => void = nothing
  /** It was told to stop: its end is no surprise. */
  told = false
  readonly ended: Promise<void>
  /** Settles `ended`. */
  end: () => void = nothing
  constructor(app: Application) {
    this.app = app
    this.ended = new Promise((resolve) => (this.end = resolve))
  }
}
function nothing(): void {
  // Replaced at once.
}

/** How an application has ended, or the controller itself. */
export interface ApplicationEnd {
  readonly name: string
  readonly reason: ExitReason
  /** `stop` was called for it, or everything stops. */
  readonly told: boolean
  /** It ends all others. */
  readonly fatal: boolean
}
/** The application that a program is, and who holds the program open for it. */
export interface Run {
  readonly name: string
  /** Hears of each end. */
  readonly onEnd: (end: ApplicationEnd) => void
}

/** The applications of one node. */
export class ApplicationController implements Program {
  declare process: Process
  /** What `application.run` runs. */
  run: Run | null = null
  readonly #entries = new Map<string, Entry>()
  /** In the order of their start. */
  readonly #running = new Set<Entry>()
  #stopping: Promise<void> | null = null

  get [kController](): true {
    return true
  }

  // ---- Program

  start(): void {
    // It lives until its node stops.
  }
  message(_process: Process, message: unknown): void {
    if (isCall(message)) replyError(message.from, ['function_clause', message.request])
  }
  stopping(process: Process): void {
    void this.stopAll().then(() => terminate(process, 'shutdown'))
  }
  /**
   * It was killed, or its node has stopped. The applications, whose parent it was, end in their own way, and who waits for that
   * hears of it; of a start nobody else would tell.
   */
  ended(_process: Process, reason: ExitReason): void {
    for (const entry of this.#entries.values()) this.#answer(entry, ['error', reason])
    this.run?.onEnd({ name: NAME, reason, told: reason === 'shutdown', fatal: true })
  }

  // ---- What is asked for

  knows(name: string): boolean {
    return this.#entries.has(name)
  }
  isRunning(name: string): boolean {
    const entry = this.#entries.get(name)
    return entry !== undefined && entry.master !== null && !entry.told
  }
  running(): ApplicationInfo[] {
    const infos = Array.from(this.#running, ({ app }) => {
      const { name, description = '', version = '' } = app
      return { name, description, version }
    })
    return infos.toReversed()
  }

  /** Starts one application, for which all that it needs must run. Who asks while it starts gets the same answer. */
  async startOne(app: Application): Promise<ApplicationResult> {
    for (let entry = this.#entries.get(app.name); entry !== undefined; entry = this.#entries.get(app.name)) {
      if (entry.starting !== null) return entry.starting
      if (!entry.told) return ['error', ['already_started', app.name]]
      await entry.ended
    }
    if (this.#stopping !== null) return ['error', 'shutdown']
    const missing = app.dependencies?.map(nameOf).find((name) => !this.isRunning(name))
    if (missing !== undefined) return ['error', ['not_started', missing]]
    const entry = new Entry(app)
    this.#entries.set(app.name, entry)
    entry.starting = new Promise((resolve) => (entry.answer = resolve))
    void this.#begin(entry)
    return entry.starting
  }
  async stop(name: string): Promise<ApplicationResult> {
    const entry = this.#entries.get(name)
    if (entry === undefined || entry.master === null) return ['error', ['not_started', name]]
    const before = entry.told
    await this.#tell(entry, entry.master)
    return before ? ['error', ['not_started', name]] : 'ok'
  }
  /** Stops all, the last started first. Until then none can be started. */
  stopAll(): Promise<void> {
    this.#stopping ??= this.#stopEach().finally(() => (this.#stopping = null))
    return this.#stopping
  }

  // ---- What becomes of it

  async #begin(entry: Entry): Promise<void> {
    const master = new ApplicationMaster(entry.app, (process) => this.#started(entry, process))
    const begin = (): Promise<StartResult> =>
      startBehaviour('application', 'startLink', undefined, (starter) => new Behaviour(master, starter))
    const result = await inside(this.process, begin)
    this.#answer(entry, result?.[0] === 'ok' ? 'ok' : ['error', result?.[1] ?? 'noproc'])
  }
  /** The first answer counts; an application that did not start is forgotten. */
  #answer(entry: Entry, result: ApplicationResult): void {
    if (entry.starting === null) return
    entry.starting = null
    if (result !== 'ok') {
      this.#entries.delete(entry.app.name)
      entry.end()
    }
    entry.answer(result)
  }
  #started(entry: Entry, master: Process): void {
    if (!isRunning(this.process)) return // nobody waits for it any more; it ends with its parent
    entry.master = master
    this.#running.add(entry)
    // Without an owner: who waits for this end waits also when the controller is gone.
    watchEnd(null, master, (reason) => this.#ended(entry, reason))
    this.#log(logInfo, entry, { started: entry.app.name }, 'started')
  }
  #ended(entry: Entry, reason: ExitReason): void {
    const { name, type = 'temporary' } = entry.app
    entry.master = null
    this.#running.delete(entry)
    this.#entries.delete(name)
    entry.end()
    const fatal = !entry.told && (type === 'permanent' || (type === 'transient' && reason !== 'normal'))
    const words = entry.told ? 'stopped' : `ended by itself${fatal ? ': all applications are stopped' : ''}`
    this.#log(fatal ? logError : logInfo, entry, { exited: entry.told ? 'stopped' : reason }, words)
    if (fatal) void this.stopAll()
    this.run?.onEnd({ name, reason, told: entry.told, fatal })
  }
  async #stopEach(): Promise<void> {
    for (;;) {
      const starting = [...this.#entries.values()].flatMap((entry) => entry.starting ?? [])
      if (starting.length > 0) await Promise.all(starting)
      const last = [...this.#running].at(-1)
      if (last === undefined) return
      await this.#tell(last, last.master as Process)
    }
  }
  /** Its end answers the order. */
  #tell(entry: Entry, master: Process): Promise<void> {
    if (!entry.told) void call(master.kernel, null, master.pid, new SysRequest({ op: 'stop', reason: 'normal' }), 'infinity')
    entry.told = true
    return entry.ended
  }
  #log(log: typeof logInfo, { app }: Entry, facts: object, words: string): void {
    const all = { label: 'application', application: app.name, type: app.type ?? 'temporary', ...facts }
    log(this.process.kernel.logger, all, `application ${app.name} ${words}`)
  }
}

function nameOf(dependency: Application | string): string {
  return typeof dependency === 'string' ? dependency : dependency.name
}

/** The controller of a node; undefined if it has had no application yet. */
export function findController(kernel: Kernel): ApplicationController | undefined {
  const program = kernel.names.get(NAME)?.program as (ApplicationController & { readonly [kController]?: true }) | undefined
  return program?.[kController] === true ? program : undefined
}
/** The controller of a node, which starts when it is first needed. */
export function controllerOf(kernel: Kernel): ApplicationController {
  const found = findController(kernel)
  if (found !== undefined) return found
  const controller = new ApplicationController()
  controller.process = spawnProgram(kernel, controller, { name: NAME, trapExit: true }, null, 'application').process
  return controller
}

/** Starts these in their order; when one fails, those that were started here are stopped again. */
export async function startEach(
  controller: ApplicationController,
  order: readonly Application[],
): Promise<readonly ['ok', string[]] | readonly ['error', readonly [name: string, reason: ExitReason]]> {
  const started: string[] = []
  for (const app of order) {
    const mine = !controller.knows(app.name)
    const result = await controller.startOne(app)
    if (result === 'ok') {
      if (mine) started.push(app.name)
    } else if (!isAlreadyStarted(result[1], app.name)) {
      for (const name of started.toReversed()) await controller.stop(name)
      return ['error', [app.name, result[1]]]
    }
  }
  return ['ok', started]
}
function isAlreadyStarted(reason: ExitReason, name: string): boolean {
  return Array.isArray(reason) && reason.length === 2 && reason[0] === 'already_started' && reason[1] === name
}
