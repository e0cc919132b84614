// The requests of a connection that outlives them, as the fallback transports make it. Each runs in a process of its own; of
// those that take frames to the peer one at a time, and the next begins when the one before has ended. The connection itself
// keeps what is to be sent, and the messages that no request has handled, for the next one. Entered by bullet; calls
// request-process.
import { isExitSignal } from '../../base/exit-reason.js'
import { Fifo } from '../../base/fifo.js'
import { type Process, processOf } from '../../runtime/process.js'
import { logWarning } from '../../runtime/report.js'
import { post } from '../../runtime/send.js'
import type { SocketSelf } from '../../sockets/handler.js'
import { CowboyReq } from '../../sockets/req.js'
import type { SocketRequest } from '../../sockets/request.js'
import { INTERNAL_ERROR, NORMAL } from '../../wire/close-codes.js'
import { transportOf } from './alone.js'
import { type Connected, RequestProcess } from './request-process.js'
import type { Parts } from './types.js'

/** Tells the connection's process that it has crashed. */
const CRASHED = Symbol('crashed')
const ACTIVE = { sse: true, longPoll: 'once' } as const
/** Messages that wait for a request; of more the oldest are dropped. */
const MAX_WAITING = 1000

/** Of one connection; its socket's state. */
export class Requests {
  readonly #parts: Parts
  readonly #request: SocketRequest
  readonly #params: object
  #self: SocketSelf | null = null
  #process: Process | null = null
  /**
   * Requests under way that take frames to the peer, and how the newest does. The transports tell that one has gone before they
   * tell that another takes its place; counted, the other order is as good.
   */
  #attached = 0
  #by: keyof typeof ACTIVE = 'sse'
  /** The process of such a request, until it has ended; the next one waits for that. */
  #carrier: RequestProcess | null = null
  #isNextDue = false
  /** That of a frame. */
  #frame: RequestProcess | null = null
  /** Messages that came while there was no process for them, or that it has not handled: for the next. */
  readonly #waiting = new Fifo<unknown>()
  #hasDropped = false
  /** What the connection's process has not thrown yet. */
  #crash: { readonly thrown: unknown } | null = null
  /** The connection ends: told when no process is left. */
  #done: (() => void) | null = null

  constructor(parts: Parts, request: SocketRequest, params: object) {
    this.#parts = parts
    this.#request = request
    this.#params = params
  }

  /** The connection is open, or begins anew after a crash: then a request may be under way. */
  begin(self: SocketSelf): void {
    if (this.#process === null) {
      // After a kill no `terminate` has ended them.
      self.signal.addEventListener('abort', () => {
        this.#carrier?.kill()
        this.#frame?.kill()
      })
    }
    this.#self = self
    this.#process = processOf(self.pid) as Process
    if (this.#attached > 0) this.#start()
  }

  attached(by: 'sse' | 'longPoll'): void {
    this.#attached++
    this.#by = by
    if (this.#carrier === null) return this.#start()
    this.#isNextDue = true
    this.#carrier.stop()
  }
  detached(): void {
    if (--this.#attached > 0) return // another has taken its place already
    this.#isNextDue = false
    this.#carrier?.stop()
  }
  /** A text of the peer: resolves when its process has ended, rejects with what crashed it. */
  stream(data: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#frame = this.#spawn(false, data, {
        crashed: (thrown) => {
          this.#exited(thrown)
          reject(thrown)
        },
        ended: () => {
          this.#frame = null
          resolve()
          this.#rest()
        },
      })
    })
  }
  /** A message for the connection is for the handler: for its process that takes messages, or the next one. */
  info(message: unknown): void {
    if (message === CRASHED) this.#throw()
    else if (this.#carrier !== null) post(this.#carrier.process, message)
    else this.#keep(message)
  }
  /** Ends all: undefined if nothing runs. A frame's process has ended by now, but for its `terminate` after a crash. */
  end(): Promise<void> | undefined {
    this.#isNextDue = false
    this.#carrier?.stop()
    if (this.#carrier === null && this.#frame === null) {
      this.#throw()
      return undefined
    }
    return new Promise<void>((resolve) => {
      this.#done = resolve
    }).then(() => this.#throw())
  }

  #start(): void {
    this.#isNextDue = false
    this.#carrier = this.#spawn(ACTIVE[this.#by], '', {
      crashed: (thrown) => {
        this.#crash ??= { thrown }
        post(this.#process as Process, CRASHED)
      },
      ended: () => {
        this.#carrier = null
        if (this.#isNextDue) this.#start()
        this.#rest()
      },
    })
    // Of these a poll handles those up to its reply, and gives back the others.
    while (this.#waiting.length > 0) post(this.#carrier.process, this.#waiting.shift())
  }
  #keep(message: unknown): void {
    if (this.#waiting.length === MAX_WAITING) {
      this.#waiting.shift()
      this.#warn()
    }
    this.#waiting.push(message)
  }
  /** Once: a peer that falls behind must not fill the log. */
  #warn(): void {
    if (this.#hasDropped) return
    this.#hasDropped = true
    const { kernel, pid } = this.#process as Process
    const what = `connection ${String(pid)}: more than ${MAX_WAITING} messages wait for a request to take them`
    logWarning(kernel.logger, { pid: String(pid) }, `${what}; from now on the oldest are dropped`)
  }
  #spawn(active: boolean | 'once', data: string, ends: Pick<Connected, 'crashed' | 'ended'>): RequestProcess {
    const self = this.#self as SocketSelf
    const asked = {
      transport: transportOf(this.#request, 'sse'),
      req: new CowboyReq(this.#request)._opened(false, this.#params),
      active,
      data,
    }
    return new RequestProcess(this.#parts, asked, {
      process: this.#process as Process,
      reply: (text) => self.push(['text', text]),
      unhandled: (message) => this.#keep(message),
      shutDown: () => self.push(['close', NORMAL]),
      ...ends,
    })
  }
  #rest(): void {
    if (this.#carrier === null && this.#frame === null) this.#done?.()
  }
  /** In the connection's own process: what a request's process has thrown is a crash of the connection, and told once. */
  #throw(): void {
    if (this.#crash === null) return
    const { thrown } = this.#crash
    this.#crash = null
    this.#exited(thrown)
    throw thrown
  }
  /** For the peer `exit` is a crash as well, whatever its reason: as over a WebSocket. */
  #exited(thrown: unknown): void {
    if (isExitSignal(thrown)) this.#self?.push(['close', INTERNAL_ERROR])
  }
}
