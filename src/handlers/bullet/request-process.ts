// One request of a connection that outlives its requests, as a process of its own: `init`, `stream` or messages, `terminate`.
// What it replies goes to the connection at once, and what it leaves unhandled goes back to it. Entered by requests; the runtime
// runs it, the handler is called.
import { type ExitReason, reasonOfThrown } from '../../base/exit-reason.js'
import { isDown, isExit, isTimeout } from '../../base/messages.js'
import type { Pid } from '../../base/pid.js'
import { terminate } from '../../runtime/exit.js'
import { unlink } from '../../runtime/links.js'
import { take } from '../../runtime/mailbox.js'
import { inside, type Process, type Program, WAITING } from '../../runtime/process.js'
import type { Self } from '../../runtime/self-types.js'
import { post } from '../../runtime/send.js'
import { isPromise, spawnProgram } from '../../runtime/spawn.js'
import type { Req } from '../../sockets/req.js'
import { type Said, saidBy, saidByInit } from './results.js'
import type { BulletTransport, Parts } from './types.js'

/** What a request process is about. */
export interface Asked {
  readonly transport: BulletTransport
  readonly req: Req
  readonly active: boolean | 'once'
  /** Of a POST: its text. */
  readonly data: string
}
/** The connection, as its request processes see it. */
export interface Connected {
  readonly process: Process
  reply(data: string): void
  /** A message that came too late for this request: the next one gets it. */
  unhandled(message: unknown): void
  /** The handler wants the end. */
  shutDown(): void
  /** A callback threw: the connection's crash, which it reports. */
  crashed(thrown: unknown): void
  ended(): void
}

const WAKE = Symbol('wake')

/** One request. */
export class RequestProcess implements Program {
  readonly process: Process
  readonly #parts: Parts
  readonly #asked: Asked
  readonly #connection: Connected
  #req: Req
  #state: unknown = undefined
  /** `init` has let the request in, and `terminate` has not been called since. */
  #isIn = false
  /** Why it ends, once it does. */
  #end: { readonly reason: ExitReason } | null = null

  constructor(parts: Parts, asked: Asked, connection: Connected) {
    this.#parts = parts
    this.#asked = asked
    this.#connection = connection
    this.#req = asked.req
    const { process: parent } = connection
    this.process = spawnProgram(parent.kernel, this, { link: true }, parent, 'bullet').process
  }

  /** The request has ended: so does this, after the callback that runs. */
  stop(reason: ExitReason = 'normal'): void {
    this.#end ??= { reason }
    const { process } = this
    // Any other state comes to its end by itself; and a `receive` of the handler must not find this.
    if (process.state === WAITING && process.waiter === null) post(process, WAKE)
  }

  /** At once, without `terminate`: the connection has been killed. */
  kill(): void {
    terminate(this.process, 'killed')
  }

  // ---- Program: what the runtime calls

  start(): void | Promise<void> {
    if (this.#end !== null) return this.#finish(this.#end.reason)
    const { transport, active } = this.#asked
    const { handler, opts } = this.#parts
    return this.#after(handler.init(transport, this.#req, opts, active, this.#self), this.#begun)
  }
  message(_process: Process, message: unknown): void | Promise<void> {
    if (this.#end !== null) {
      this.#giveBack(message)
      return this.#finish(this.#end.reason)
    }
    if (isExit(message) && message.pid === (this.#connection.process.pid as Pid)) return this.#finish(message.reason)
    const info = this.#parts.handler.info(message, this.#req, this.#state, this.#self)
    return this.#after(info, (answer) => this.#took(saidBy('info', answer, true)))
  }
  exiting(_process: Process, reason: ExitReason): void {
    this.stop(reason)
  }
  crashed(process: Process, thrown: unknown): void | Promise<void> {
    unlink(process, this.#connection.process.pid) // it ends by the crash itself, not by the signal
    this.#connection.crashed(thrown)
    return this.#finish(reasonOfThrown(thrown))
  }
  ended(): void {
    this.#connection.ended()
  }

  // ---- Callbacks

  get #self(): Self {
    return this.process.kernel.selfOf(this.process) as Self
  }
  /** A callback answered, perhaps with a promise: then the process stays busy until it settles. */
  #after(answer: unknown, then: (answer: unknown) => void | Promise<void>): void | Promise<void> {
    return isPromise(answer) ? answer.then((settled) => inside(this.process, () => then(settled))) : then(answer)
  }

  readonly #begun = (answer: unknown): void | Promise<void> => {
    const said = saidByInit(answer)
    this.#isIn = true
    if (this.#asked.active !== false || said.tag === 'shutdown' || this.#end !== null) return this.#took(said)
    this.#keep(said)
    const stream = this.#parts.handler.stream(this.#asked.data, this.#req, this.#state, this.#self)
    return this.#after(stream, (streamed) => this.#took(saidBy('stream', streamed, true), true))
  }
  #took(said: Said, isLast = false): void | Promise<void> {
    this.#keep(said)
    if (said.data !== undefined) this.#connection.reply(said.data)
    if (said.tag === 'shutdown') this.#connection.shutDown()
    const isOver = isLast || said.tag === 'shutdown' || (said.data !== undefined && this.#asked.active === 'once')
    if (isOver || this.#end !== null) return this.#finish(this.#end?.reason ?? 'normal')
    return undefined
  }
  #keep({ req, state }: Said): void {
    this.#req = req
    this.#state = state
  }

  #finish(reason: ExitReason): void | Promise<void> {
    const { process } = this
    this.#end ??= { reason }
    if (!this.#isIn) return this.#leave(process, reason)
    this.#isIn = false
    const terminated = this.#parts.handler.terminate(this.#req, this.#state, this.#self)
    return this.#after(terminated, () => this.#leave(process, reason))
  }
  #leave(process: Process, reason: ExitReason): void {
    while (process.queueLength > 0) this.#giveBack(take(process))
    terminate(process, reason)
  }
  /** The process of a POST gets no messages; and what the runtime says is about this process alone. */
  #giveBack(message: unknown): void {
    if (this.#asked.active === false || message === WAKE) return
    if (!isExit(message) && !isDown(message) && !isTimeout(message)) this.#connection.unhandled(message)
  }
}
