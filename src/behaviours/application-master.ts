// The process of one application: runs its callbacks, is linked to its top process, ends the tree when it is told to. It is the
// parent of the top process. Entered by behaviour (the loop); calls the application.
import { type ExitReason, reasonOfThrown } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { type Call, replyError } from '../runtime/call.js'
import { link } from '../runtime/links.js'
import { inside, type Process, processOf } from '../runtime/process.js'
import { logError } from '../runtime/report.js'
import { isPromise } from '../runtime/spawn.js'
import { selfOf } from '../runtime/self.js'
import type { Receiver } from '../runtime/self-types.js'
import type { Application } from './application-types.js'
import type { Behaviour, Rules } from './behaviour.js'
import { stopChildProcess } from './child-process.js'

/** How long what a failed start has begun may take to end, where the application does not say. */
const REFUSED_MS = 5000
const ALLOWED = "['ok', pid], ['ok', pid, state] or ['error', reason]"

/** The rules of an application's process. */
export class ApplicationMaster implements Rules {
  readonly kind = 'application_master'
  readonly #app: Application
  readonly #started: (process: Process) => void
  #loop!: Behaviour
  #self!: Receiver
  #top: AnyPid | undefined = undefined
  #state: unknown = undefined

  /** `started` is called in the very moment in which the application runs. */
  constructor(app: Application, started: (process: Process) => void) {
    this.#app = app
    this.#started = started
  }

  init(loop: Behaviour): void | Promise<void> {
    this.#loop = loop
    const { process } = loop
    process.trapExit = true
    this.#self = selfOf(process)
    const failed = (thrown: unknown): void | Promise<void> =>
      this.#refuse(['bad_return', [this.#app.name, ['EXIT', reasonOfThrown(thrown)]]])
    try {
      const answer: unknown = this.#app.start(this.#self)
      if (!isPromise(answer)) return this.#answered(answer)
      return answer.then(
        (value) => inside(process, () => this.#answered(value)),
        (thrown: unknown) => inside(process, () => failed(thrown)),
      )
    } catch (thrown) {
      return failed(thrown)
    }
  }

  call({ from, request }: Call): void {
    replyError(from, ['function_clause', request])
  }
  /** Of all processes only the end of the top one matters. */
  message(message: unknown): void | Promise<void> {
    if (!isExit(message) || this.#top === undefined || !this.#top.equals(message.pid)) return undefined
    return this.#loop.finish(message.reason)
  }
  thrown(): void {
    // No callback is called without a net.
  }

  /** As in OTP: `prepStop`, the processes, `stop`; also if the top process has ended by itself. */
  async terminate(): Promise<void> {
    const { process } = this.#loop
    const { prepStop, stop, shutdownTimeoutMs } = this.#app
    if (prepStop !== undefined)
      await this.#guarded('prepStop', async () => {
        this.#state = await inside(process, () => prepStop.call(this.#app, this.#state, this.#self))
      })
    await this.#endTop(shutdownTimeoutMs ?? 'infinity')
    if (stop !== undefined)
      await this.#guarded('stop', async () => inside(process, () => stop.call(this.#app, this.#state, this.#self)))
  }
  getState(): unknown {
    return { application: this.#app.name, top: this.#top, state: this.#state }
  }
  replaceState(replace: (state: unknown) => unknown): void {
    const state = replace(this.getState())
    this.#state = (state as { readonly state?: unknown } | null | undefined)?.state
  }
  facts(): object {
    return { label: 'application', application: this.#app.name }
  }

  #answered(answer: unknown): void | Promise<void> {
    const [tag, value, state] = Array.isArray(answer) ? (answer as unknown[]) : []
    if (tag === 'error' && (answer as unknown[]).length === 2) return this.#refuse(value as ExitReason)
    if (tag !== 'ok' || !isPid(value) || value.equals(this.#loop.process.pid)) {
      const reason = ['bad_return', [this.#app.name, answer]]
      return this.#refuse(reason, `${this.#app.name}.start must return ${ALLOWED}`)
    }
    const { process } = this.#loop
    this.#top = value
    this.#state = state
    link(process, value) // of one that is dead already it hears in a message
    this.#started(process)
    return this.#loop.ready()
  }

  /** What `start` has begun before it failed ends first: when the answer comes, names are free again. */
  async #refuse(reason: ExitReason, text = `application ${this.#app.name} did not start`): Promise<void> {
    const { process, parent } = this.#loop
    for (const linked of [...(process.links ?? [])].toReversed())
      if (parent === null || !parent.equals(linked.pid))
        await stopChildProcess(process, linked.pid, this.#app.shutdownTimeoutMs ?? REFUSED_MS)
    inside(process, () => this.#loop.refuse(reason, text))
  }
  async #endTop(shutdownMs: number | 'infinity'): Promise<void> {
    if (this.#top !== undefined && processOf(this.#top) !== undefined)
      await stopChildProcess(this.#loop.process, this.#top, shutdownMs)
  }
  /** A callback that fails at the end must not keep the rest from its end. */
  async #guarded(callback: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (thrown) {
      const { process } = this.#loop
      const facts = { label: 'application', application: this.#app.name, reason: reasonOfThrown(thrown) }
      logError(process.kernel.logger, facts, `application ${this.#app.name}: ${callback} failed; it is stopped all the same`)
    }
  }
}
