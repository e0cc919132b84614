// A listener: the supervisor of the sockets that come in at one door. Each is a temporary child: it ends alone, and all end with
// the listener.
// Entered by transports, which give it what to do when no more sockets are wanted; knows nothing of HTTP.
import { requireFunction, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { Behaviour } from '../behaviours/behaviour.js'
import { startAside } from '../behaviours/start.js'
import type { Children } from '../behaviours/supervisor-children.js'
import type { SupervisorPid } from '../behaviours/supervisor.js'
import type { ChildCount, ChildInfo, SupervisorOrder } from '../behaviours/supervisor-request.js'
import { SupervisorRules } from '../behaviours/supervisor-rules.js'
import { type From, reply } from '../runtime/call.js'
import { terminate } from '../runtime/exit.js'
import { link } from '../runtime/links.js'
import { type Kernel, type Process, processOf } from '../runtime/process.js'
import { GOING_AWAY, POLICY_VIOLATION, SERVICE_RESTART } from '../wire/close-codes.js'
import { Counters, type ListenerCounters, type RefusalReason } from './counters.js'
import { Drain, type Drained } from './drain.js'
import { checkClose } from './frames.js'
import type { SocketPid } from './handler.js'
import type { CheckedListenerOptions } from './listener-options.js'
import { type Place, Places } from './places.js'
import type { SocketSetup } from './setup.js'
import { type Keeper, Socket } from './socket.js'

/**
 * What `listen` and `attach` answer: where sockets come in, and all of them that live.
 *
 * @example
 * const users = { authorize: (request: SocketRequest) => accept({ user: request.query.get('user') }) }
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo, users)] })
 * broadcast(listener.sockets(), text('hello'))
 * listener.disconnectWhere((claims) => (claims as { user: string }).user === 'ann') // => 0
 * await listener.drain({ deadlineMs: 1000 })
 * listener.ready // => false
 * @see OTP `supervisor`; RFC 6455 section 7.4 and the close codes registered with IANA (1012 "Service Restart")
 */
export interface Listener {
  /** The TCP port that it listens on; 0 while the server of an `attach` does not listen. */
  readonly port: number
  /**
   * The listener's process, a supervisor whose temporary children are its sockets: `supervisor.whichChildren`, `countChildren`
   * and `terminateChild` answer for them. Ended by its supervisor, its application or its node it drains within `drainMs`.
   * Killed, nobody listens any more and its sockets close with 1001; their handlers end with `shutdown` even if they trap
   * exits: as in OTP, trapping does not outlive the parent.
   */
  readonly pid: SupervisorPid
  /** False as soon as it drains or has ended: for the health check of a load balancer. */
  readonly ready: boolean
  /** The sockets that live, oldest first. */
  sockets(): readonly SocketPid[]
  /** What has happened so far. */
  counters(): ListenerCounters
  /**
   * Closes every socket, and goes on listening.
   *
   * @param code - default 1001
   * @param reason - at most 123 bytes of UTF-8; default none
   * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - the code or the reason may not be sent
   */
  closeAll(code?: number, reason?: string): void
  /**
   * Closes the sockets whose claims pass the test, as when a user logs out; a test that throws has closed none.
   *
   * @param test - gets the claims of a socket
   * @param code - default 1008
   * @returns how many
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function; `GENSOCK_ERR_BAD_FRAME` - the code may not be sent
   */
  disconnectWhere(test: (claims: unknown) => boolean, code?: number): number
  /**
   * Refuses new sockets with 503 and `Retry-After`, closes all with 1012, one after the other over at most half of the time,
   * and ends. What is left after `deadlineMs` is killed, a peer that has not answered its close frame by then is cut. Called
   * twice, the sooner counts.
   *
   * @param options - `deadlineMs` in ms; 0 = at once
   * @returns a promise that resolves when the last socket has gone
   * @throws {GensockError} `GENSOCK_ERR_BADARG`, as a rejection - not whole milliseconds
   */
  drain(options: { readonly deadlineMs: number }): Promise<void>
}

/** Shared by the copies of the library: the one's listenerChild may be given the other's listener. */
const kListeners = Symbol.for('gensock.listeners')
const listeners = ((globalThis as { [kListeners]?: WeakMap<Process, SocketListener> })[kListeners] ??= new WeakMap<
  Process,
  SocketListener
>())

/** A supervisor has started this listener: it is linked to it, and ends with it. */
export function adopt(supervisor: Process, pid: AnyPid): void {
  const listener = listeners.get(processOf(pid) as Process)
  if (listener === undefined) throw new BadArgError('listenerChild: start', 'a function that answers a living listener', pid)
  listener._adoptedBy(supervisor)
}

/** The sockets of one listener. */
export class SocketListener implements Children, Drained, Keeper {
  readonly process: Process
  readonly counters = new Counters()
  readonly #sockets = new Map<AnyPid, Socket>()
  readonly #places: Places
  readonly #options: CheckedListenerOptions
  readonly #onStop: () => void
  #loop: Behaviour | null = null
  #isOver = false
  #drain: Drain | null = null
  /** Those that the drain has yet to close. */
  #toClose: Iterator<Socket> | null = null
  readonly #onEmpty: (() => void)[] = []
  readonly #onEnded = new Map<Socket, () => void>()
  /** The supervisor that it was started under. */
  #above: AnyPid | null = null

  /** `onStop`: no upgrade is answered any more. */
  constructor(kernel: Kernel, options: CheckedListenerOptions, onStop: () => void) {
    this.#options = options
    this.#onStop = onStop
    this.#places = new Places(options)
    const make = (loop: Behaviour): Children => {
      this.#loop = loop
      return this
    }
    const rules = new SupervisorRules({ make, ended: () => this.#killed() })
    this.process = startAside(kernel, 'listener', (starter) => new Behaviour(rules, starter))
    listeners.set(this.process, this)
  }

  // ---- For transports

  get pid(): SupervisorPid {
    return this.process.pid as unknown as SupervisorPid
  }
  get ready(): boolean {
    return !this.#isOver && this.#drain === null
  }
  /** Takes a place for one more from this address, before anything is known of it; else why not. */
  reserve(remoteAddress: string): Place | RefusalReason {
    return this.ready ? this.#places.reserve(remoteAddress) : 'draining'
  }
  /** Starts the process of a new socket in its place; undefined if nobody is let in any more, or the peer has gone. */
  add(setup: SocketSetup, place: Place): Socket | undefined {
    if (!place.release() || !this.ready) return undefined
    const socket = new Socket(this.process.kernel, setup, this.process, this)
    this.#sockets.set(socket.process.pid, socket)
    this.#places.take(socket.remoteAddress)
    return socket
  }
  refused(reason: RefusalReason): void {
    this.counters.refused(reason)
  }
  /** When it makes sense to come back. */
  get retryAfterSeconds(): number {
    const left = this.#drain === null ? 0 : this.#drain.deadline - this.process.kernel.clock.now()
    return Math.max(1, Math.ceil(left / 1000))
  }

  // ---- For users, by way of Listener

  sockets(): readonly SocketPid[] {
    return Array.from(this.#sockets.values(), (socket) => socket.pid)
  }
  closeAll(code: number = GOING_AWAY, reason?: string): void {
    checkClose(code, reason, [code, reason])
    for (const socket of this.#sockets.values()) socket.closeBy(code, reason)
  }
  disconnectWhere(test: (claims: unknown) => boolean, code: number = POLICY_VIOLATION): number {
    requireFunction('disconnectWhere: test', test)
    checkClose(code, undefined, code)
    const chosen = [...this.#sockets.values()].filter((socket) => test(socket.claims))
    for (const socket of chosen) socket.closeBy(code, undefined)
    return chosen.length
  }
  async drain(options: { readonly deadlineMs: number }): Promise<void> {
    requireMs('drain: deadlineMs', options?.deadlineMs)
    await this.#emptied(options.deadlineMs)
    terminate(this.process, 'normal')
  }
  /** A supervisor has started it. @internal */
  _adoptedBy(supervisor: Process): void {
    this.#above = supervisor.pid
    link(supervisor, this.process.pid)
  }

  // ---- Drain

  #emptied(deadlineMs: number): Promise<void> {
    const { kernel } = this.process
    if (this.#sockets.size === 0) {
      this.#stop()
      return Promise.resolve()
    }
    const done = new Promise<void>((resolve) => this.#onEmpty.push(resolve))
    if (this.#drain === null || this.#drain.deadline > kernel.clock.now() + deadlineMs) {
      this.#drain?.stop()
      this.#toClose ??= [...this.#sockets.values()].values()
      this.#drain = new Drain(kernel, this, this.#sockets.size, deadlineMs)
    }
    return done
  }
  closeNext(until: number): boolean {
    const next = (this.#toClose as Iterator<Socket>).next()
    if (next.done === true) return false
    next.value.closeBy(SERVICE_RESTART, undefined, until)
    return true
  }
  killRest(): void {
    for (const socket of this.#sockets.values()) terminate(socket.process, 'killed')
  }
  #stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onStop()
  }
  /** Its process has ended. If that was no drain, or a drain is still under way, its sockets have yet to go. */
  #killed(): void {
    this.#stop()
    for (const socket of this.#sockets.values()) socket.closeBy(GOING_AWAY, undefined)
  }

  // ---- Keeper: what the sockets call

  ended(socket: Socket): void {
    this.#sockets.delete(socket.process.pid)
    this.#onEnded.get(socket)?.()
    this.#onEnded.delete(socket)
    if (this.#sockets.size > 0 || this.#drain === null) return
    this.#drain.stop()
    this.#stop()
    for (const empty of this.#onEmpty.splice(0)) empty()
  }
  gone(socket: Socket): void {
    this.#places.leave(socket.remoteAddress)
  }

  // ---- Children: what the supervisor's loop calls

  begin(): void {
    this.#loop?.ready()
  }
  exited(pid: AnyPid, reason: ExitReason): void | Promise<void> {
    return this.#above?.equals(pid) === true ? this.#loop?.finish(reason) : undefined
  }
  retry(): void {
    // Temporary children are not started again.
  }
  stop(): Promise<void> {
    return this.#emptied(this.#options.drainMs)
  }
  request(order: SupervisorOrder, from: From): void | Promise<void> {
    switch (order.op) {
      case 'which_children':
        return reply(from, this.list())
      case 'count_children':
        return reply(from, this.count())
      case 'terminate_child':
        return this.#terminateChild(order.id, from)
      default:
        return reply(from, ['error', 'simple_one_for_one']) // its children come from the network
    }
  }
  list(): ChildInfo[] {
    return Array.from(this.#sockets.keys(), (pid) => ({ id: undefined, pid, type: 'worker' as const }))
  }
  count(): ChildCount {
    const { size } = this.#sockets
    return { specs: 1, active: size, supervisors: 0, workers: size }
  }
  #terminateChild(pid: unknown, from: From): void | Promise<void> {
    if (!isPid(pid)) return reply(from, ['error', 'simple_one_for_one'])
    const socket = this.#sockets.get(pid)
    if (socket === undefined) return reply(from, processOf(pid) === undefined ? 'ok' : ['error', 'not_found'])
    const gone = new Promise<void>((resolve) => this.#onEnded.set(socket, resolve))
    socket.closeBy(GOING_AWAY, undefined)
    return gone.then(() => reply(from, 'ok'))
  }
}
