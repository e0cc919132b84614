// The receiver of a socket: the process that runs `websocketMessage`, so that a slow message holds back neither messages of
// processes nor what they send. Entered by socket-handler, which gives it the frames; linked to the process of the socket, so
// that the two end together.
import { type ExitReason, isCrash, reasonOfThrown } from '../../base/exit-reason.js'
import type { Pid } from '../../base/pid.js'
import { terminate } from '../../runtime/exit.js'
import { DEAD, type Process, processOf, type Program } from '../../runtime/process.js'
import { reportCrash } from '../../runtime/report.js'
import { post } from '../../runtime/send.js'
import { isPromise, spawnProgram } from '../../runtime/spawn.js'
import type { SocketSelf } from '../../sockets/handler.js'
import type { HandlerSelf } from '../../sockets/self.js'

type Data = string | Uint8Array
/** How long messages that came before the end may take to be handled; half of what a socket's last callback has. */
const REST_MS = 2500

/** A frame on its way. What else is sent to a receiver nobody reads, as in Zotonic. */
class Incoming {
  /** Private: `processInfo` shows what waits, which may hold secrets. */
  readonly #data: Data
  readonly bytes: number
  constructor(data: Data) {
    this.#data = data
    this.bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length
  }
  get data(): Data {
    return this.#data
  }
}

/** The receiver of one socket. */
export class Receiver implements Program {
  readonly #self: HandlerSelf
  readonly #handle: (data: Data) => unknown
  readonly #process: Process
  /** Messages that have come and are not done. */
  #pending = 0
  #rested: ((failed: ExitReason | undefined) => void) | null = null
  #reason: ExitReason | undefined = undefined

  /** `handle` is run for each message, in this process. */
  constructor(self: SocketSelf, handle: (data: Data) => unknown) {
    this.#self = self as HandlerSelf
    this.#handle = handle
    const socket = processOf(self.pid) as Process
    this.#process = spawnProgram(socket.kernel, this, { link: true }, socket, 'websocketMessage').process
  }

  get pid(): Pid {
    return this.#process.pid
  }

  /** A frame has come. It counts against the socket's inbound mark until its turn comes. */
  take(data: Data): void {
    if (this.#process.state === DEAD) return
    const incoming = new Incoming(data)
    this.#pending++
    this.#self._forwarded(incoming.bytes)
    post(this.#process, incoming)
  }

  /**
   * The socket ends in good order: what came before is handled first, as it would be if one process did both. Answers why that
   * failed, if it did; a promise only if something is left.
   */
  rest(): Promise<ExitReason | undefined> | ExitReason | undefined {
    if (this.#process.state === DEAD) return this.#failed()
    if (this.#pending === 0) return undefined
    return new Promise((resolve) => {
      this.#rested = resolve
      void this.#self.sleep(REST_MS).then(() => resolve(undefined))
    })
  }
  /** Nothing of it runs any more. The socket, which knows, gets no EXIT: it may begin anew (`onCrash`). */
  end(reason: ExitReason): void {
    this.#self.unlink(this.pid)
    terminate(this.#process, reason)
  }

  // ---- Program: what the runtime calls

  start(): void {
    // Nothing to do: the first frame wakes it.
  }
  message(_process: Process, message: unknown): void | Promise<void> {
    if (!(message instanceof Incoming)) return undefined
    this.#self._taken(message.bytes)
    const done = this.#handle(message.data)
    return isPromise(done) ? done.then(() => this.#done()) : this.#done()
  }
  /** The socket hears of it by the link, and reports it as a crash of its own. */
  crashed(process: Process, thrown: unknown): void {
    terminate(process, reasonOfThrown(thrown))
  }
  ended(_process: Process, reason: ExitReason): void {
    this.#reason = reason
    this.#rested?.(this.#failed())
  }

  #done(): void {
    this.#pending--
    if (this.#pending === 0) this.#rested?.(undefined)
  }
  /** Why it ended before the socket heard of it. */
  #failed(): ExitReason | undefined {
    const reason = this.#reason
    if (isCrash(reason)) reportCrash(this.#process, reason)
    return reason === 'normal' ? undefined : reason
  }
}
