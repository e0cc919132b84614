// One handshake from the moment its request is known to be sound until its answer: a place, `authorize`, the socket's
// process, the connection - or a refusal, or a peer that goes away, or a clock that runs out. Whatever comes first counts. Entered
// by door; calls the listener, and the Asker with the answer.
import { BadReturnError, show } from '../base/errors.js'
import type { Reference } from '../base/ref.js'
import { terminate } from '../runtime/exit.js'
import type { Kernel, Process } from '../runtime/process.js'
import { logError } from '../runtime/report.js'
import { isPromise } from '../runtime/spawn.js'
import type { RefusalReason } from '../sockets/counters.js'
import type { SocketListener } from '../sockets/listener.js'
import type { Place } from '../sockets/places.js'
import { type AcceptOptions, checkUpgrade, type RejectOptions, type SocketRequest } from '../sockets/request.js'
import type { Handshake, Sink, Transport } from '../sockets/transport.js'
import type { Asker } from './asker.js'
import type { CheckedRoute } from './route.js'

/** What the handshakes of one door share. */
export interface House {
  readonly kernel: Kernel
  readonly sockets: SocketListener
  /** From the upgrade to the 101, in ms; 0 = for ever. */
  readonly timeoutMs: number
  /** Those under way. */
  readonly pending: Set<Admission>
}
/** A route that fits a request, and the variables of its path. */
export interface Found {
  readonly route: CheckedRoute
  readonly params: Readonly<Record<string, string>>
}

const LIMITS: Readonly<Partial<Record<RefusalReason, number>>> = { maxConnections: 503, maxConnectionsPerAddress: 429 }

/** One handshake under way. */
export class Admission implements Handshake {
  readonly #house: House
  readonly #asker: Asker
  readonly #request: SocketRequest
  readonly #found: Found
  #isOver = false
  #place: Place | null = null
  #timer: Reference | null = null
  #process: Process | null = null

  constructor(house: House, asker: Asker, request: SocketRequest, found: Found) {
    this.#house = house
    this.#asker = asker
    this.#request = request
    this.#found = found
  }

  begin(): void {
    const { sockets, timeoutMs, kernel, pending } = this.#house
    const place = sockets.reserve(this.#request.remoteAddress)
    if (typeof place === 'string') return this.#refuse(place, LIMITS[place] ?? 503, {})
    this.#place = place
    pending.add(this)
    this.#asker.begin(this.#gone)
    if (timeoutMs > 0) {
      this.#timer = kernel.newRef()
      kernel.timers.add(this.#timer, timeoutMs, null, () => this.#late(), undefined)
    }
    this.#authorize()
  }

  // ---- Handshake: what the socket's process calls

  accept(options: AcceptOptions, sink: Sink): Transport | null {
    if (this.#isOver) return null
    this.#checkSubprotocol('upgrade', options.subprotocol)
    this.#settle()
    return this.#asker.accept(options, sink, this.#found.route.options)
  }
  /** `reason`: why, for the counters. */
  reject(status: number, answer: RejectOptions, reason: RefusalReason = 'rejected'): void {
    this.#refuse(status === 503 && !this.#house.sockets.ready ? 'draining' : reason, status, answer)
  }

  // ---- The way there

  #authorize(): void {
    const { authorize } = this.#found.route.options
    if (authorize === undefined) return this.#open(undefined, {})
    let answer: unknown
    try {
      answer = authorize(this.#request)
      if (!isPromise(answer)) return this.#authorized(answer)
    } catch (error) {
      return this.#failed(error)
    }
    this.#asker.watch()
    // A promise of our own: that of somebody else may answer twice, or throw when it is asked.
    void new Promise((resolve) => resolve(answer)).then(
      (settled) => this.#authorized(settled),
      (error: unknown) => this.#failed(error),
    )
  }

  /** A late answer changes nothing. */
  #authorized(answer: unknown): void {
    if (this.#isOver) return
    try {
      checkUpgrade('authorize', answer)
      if (answer[0] === 'accept') this.#checkSubprotocol('authorize', answer[2]?.subprotocol)
    } catch (error) {
      return this.#failed(error)
    }
    if (answer[0] === 'accept') this.#open(answer[1], answer[2] ?? {})
    else this.#refuse('rejected', answer[1], answer[2] ?? {})
  }

  /** `authorize` threw, or answered what it may not: nobody but this peer suffers. */
  #failed(error: unknown): void {
    if (this.#isOver) return
    logError(this.#house.kernel.logger, { error }, `authorize failed: ${show(error)}`)
    this.#refuse('crashed', 500, {})
  }

  #open(claims: unknown, given: AcceptOptions): void {
    const { route, params } = this.#found
    const { handler, options } = route
    const subprotocol = given.subprotocol ?? this.#chosenSubprotocol()
    const accept = subprotocol === undefined ? given : { ...given, subprotocol }
    const setup = {
      handler,
      options,
      request: this.#request,
      params,
      claims,
      accept,
      transport: this.#asker.kind,
      handshake: this,
    }
    const socket = this.#house.sockets.add(setup, this.#place as Place)
    if (socket === undefined) return this.#refuse('draining', 503, {}) // authorize may have taken its time
    this.#process = socket.process
    if (handler.upgrade !== undefined && !this.#isOver) this.#asker.watch()
  }

  /** The first of the route's subprotocols that the peer offers. */
  #chosenSubprotocol(): string | undefined {
    const { subprotocols } = this.#found.route.options
    const { offered } = this.#asker
    if (subprotocols === 'any') return offered[0]
    return subprotocols.find((name) => offered.includes(name))
  }

  // RFC 6455 section 4.2.2: "The value chosen MUST be derived from the client's handshake"; browsers fail a connection with
  // any other.
  #checkSubprotocol(callback: string, chosen: string | undefined): void {
    const offered = chosen === undefined ? [] : this.#asker.offered
    if (chosen === undefined || offered.includes(chosen)) return
    const allowed =
      offered.length === 0 ? 'no subprotocol: the peer offers none' : `one of the subprotocols ${offered.join(', ')}`
    throw new BadReturnError(callback, allowed, { subprotocol: chosen })
  }

  // ---- The ends

  readonly #gone = (): void => {
    this.#settle()
    this.#asker.destroy()
    this.#kill()
  }
  /** The listener has ended. */
  stop(): void {
    this.#refuse('draining', 503, {})
    this.#kill()
  }
  #late(): void {
    this.#refuse('timeout', 503, {})
    this.#kill()
  }
  #kill(): void {
    if (this.#process !== null) terminate(this.#process, 'killed')
  }

  #refuse(reason: RefusalReason, status: number, answer: RejectOptions): void {
    if (this.#isOver) return
    this.#settle()
    const { sockets } = this.#house
    sockets.refused(reason)
    const headers =
      reason === 'draining' ? { 'Retry-After': String(sockets.retryAfterSeconds), ...answer.headers } : answer.headers
    this.#asker.refuse({ ...answer, status, headers: headers ?? {} })
  }

  /** From here on it is decided. */
  #settle(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#house.pending.delete(this)
    this.#asker.end()
    if (this.#timer !== null) this.#house.kernel.timers.cancel(this.#timer)
    this.#place?.release()
  }
}
