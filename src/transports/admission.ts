// One handshake from the moment its request is known to be sound until its answer: a place, `authorize`, the socket's
// process, the 101 - or a refusal, or a peer that goes away, or a clock that runs out. Whatever comes first counts. Entered
// by door; calls the listener.
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
import { refuse } from './refuse.js'
import type { CheckedRoute } from './route.js'
import { offeredSubprotocols } from './upgrade.js'
import type { Upgrade, WsServers } from './ws-server.js'

/** What the handshakes of one door share. */
export interface House {
  readonly kernel: Kernel
  readonly sockets: SocketListener
  readonly servers: WsServers
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

/** What a peer may send before its 101; more of it waits in the network. */
const EARLY_BYTES = 65_536
const LIMITS: Readonly<Partial<Record<RefusalReason, number>>> = { maxConnections: 503, maxConnectionsPerAddress: 429 }

/** One handshake under way. */
export class Admission implements Handshake {
  readonly #house: House
  readonly #upgrade: Upgrade
  readonly #request: SocketRequest
  readonly #found: Found
  #isOver = false
  #place: Place | null = null
  #timer: Reference | null = null
  #process: Process | null = null
  /** What came while we wait; null: nobody waits. */
  #early: Buffer[] | null = null
  #earlyBytes = 0

  constructor(house: House, upgrade: Upgrade, request: SocketRequest, found: Found) {
    this.#house = house
    this.#upgrade = upgrade
    this.#request = request
    this.#found = found
  }

  begin(): void {
    const { sockets, timeoutMs, kernel, pending } = this.#house
    const place = sockets.reserve(this.#request.remoteAddress)
    if (typeof place === 'string') return this.#refuse(place, LIMITS[place] ?? 503, {})
    this.#place = place
    pending.add(this)
    this.#upgrade.socket.once('close', this.#gone)
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
    const { request, socket, head } = this.#upgrade
    const early = this.#early === null ? head : Buffer.concat([head, ...this.#early])
    this.#settle()
    try {
      return this.#house.servers.upgrade({ request, socket, head: early }, options, sink, this.#found.route.options)
    } catch (error) {
      socket.destroy() // ours, not the peer's: the process will report it, and nobody else would end the connection
      throw error
    }
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
    this.#watch()
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
    logError(this.#house.kernel.logger, { error }, `authorize failed: ${show(error).split('\n')[0] ?? ''}`)
    this.#refuse('crashed', 500, {})
  }

  #open(claims: unknown, given: AcceptOptions): void {
    const { route, params } = this.#found
    const { handler, options } = route
    const subprotocol = given.subprotocol ?? this.#chosenSubprotocol()
    const accept = subprotocol === undefined ? given : { ...given, subprotocol }
    const setup = { handler, options, request: this.#request, params, claims, accept, transport: 'ws' as const, handshake: this }
    const socket = this.#house.sockets.add(setup, this.#place as Place)
    if (socket === undefined) return this.#refuse('draining', 503, {}) // authorize may have taken its time
    this.#process = socket.process
    if (handler.upgrade !== undefined && !this.#isOver) this.#watch()
  }

  /** The first of the route's subprotocols that the peer offers. */
  #chosenSubprotocol(): string | undefined {
    const { subprotocols } = this.#found.route.options
    if (subprotocols.length === 0) return undefined
    const offered = offeredSubprotocols(this.#upgrade.request) ?? []
    return subprotocols.find((name) => offered.includes(name))
  }

  // RFC 6455 section 4.2.2: "The value chosen MUST be derived from the client's handshake"; browsers fail a connection with
  // any other.
  #checkSubprotocol(callback: string, chosen: string | undefined): void {
    const offered = chosen === undefined ? [] : (offeredSubprotocols(this.#upgrade.request) ?? [])
    if (chosen === undefined || offered.includes(chosen)) return
    const allowed =
      offered.length === 0 ? 'no subprotocol: the peer offers none' : `one of the subprotocols ${offered.join(', ')}`
    throw new BadReturnError(callback, allowed, { subprotocol: chosen })
  }

  // ---- The ends

  /** Reads on while it takes its time: only so the end of a peer is seen. What comes is kept for the socket. */
  #watch(): void {
    if (this.#early !== null || this.#isOver) return
    this.#early = []
    this.#upgrade.socket.on('data', this.#onEarly)
    this.#upgrade.socket.once('end', this.#gone)
  }
  readonly #onEarly = (chunk: Buffer): void => {
    this.#early?.push(chunk)
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes > EARLY_BYTES) this.#upgrade.socket.pause()
  }

  readonly #gone = (): void => {
    this.#settle()
    this.#upgrade.socket.destroy()
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
    refuse(this.#upgrade.socket, { ...answer, status, headers: headers ?? {} })
  }

  /** From here on it is decided. The socket is left as it came: not flowing. */
  #settle(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { socket } = this.#upgrade
    this.#house.pending.delete(this)
    socket.off('close', this.#gone)
    if (this.#timer !== null) this.#house.kernel.timers.left(this.#timer, true)
    this.#place?.release()
    if (this.#early === null) return
    this.#early = null
    socket.off('data', this.#onEarly)
    socket.off('end', this.#gone)
    socket.pause()
  }
}
