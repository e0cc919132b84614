// Hot path. THE socket: one process that runs a handler's callbacks one at a time. Its states are the chart of lifecycle.
// Entered by the runtime (Program), by its connection (Owner) and by handlers (push); calls the handler and the connection.
// An end is first decided (#end), then carried out (#finish) in the process's own turn, by whatever message comes next.
import { BadArgError } from '../base/errors.js'
import { type Crash, type ExitReason, isCrash, reasonOfThrown } from '../base/exit-reason.js'
import { handleSystem, isSysRequest } from '../behaviours/system.js'
import { type Call, type From, isCall } from '../runtime/call.js'
import { terminate } from '../runtime/exit.js'
import { BUSY, DEAD, type Kernel, type Process, type Program } from '../runtime/process.js'
import { reportCrash, reportIfCrash } from '../runtime/report.js'
import { post, postNow } from '../runtime/send.js'
import { isPromise, spawnProgram } from '../runtime/spawn.js'
import { ABNORMAL } from '../wire/close-codes.js'
import { type Commands, type PushOrder, run, runChecked } from './commands.js'
import { Connection, type Owner } from './connection.js'
import type { Counters } from './counters.js'
import { Departure } from './departure.js'
import * as ending from './ending.js'
import { PING, type SharedFrame } from './frames.js'
import type { InitArgs, SocketPid, TerminateReason } from './handler.js'
import { Incarnation, NO_CLAUSE } from './incarnation.js'
import * as life from './lifecycle.js'
import { EVENT, IDLE, kSocket, Mail, MAIL, mailOf, ORDER, OVER, SHARED, WAKE } from './mail.js'
import { type CheckedRouteOptions, optionsOf } from './options.js'
import { type AcceptOptions, acceptedBoth, checkUpgrade } from './request.js'
import type { ResultTarget } from './results.js'
import { HandlerSelf, type Pushable } from './self.js'
import type { SocketSetup } from './setup.js'
import { SocketSystem, type SystemSide } from './system.js'
import { NOT_YET, type Transport } from './transport.js'

/** Who has the socket: a listener. */
export interface Keeper {
  readonly counters: Counters
  /** Is anybody let in? */
  readonly ready: boolean
  /** Its process has ended. */
  ended(socket: Socket): void
  /** That, and the network has nothing of it any more. */
  gone(socket: Socket): void
}

/** One socket. */
export class Socket implements Program, Owner, Pushable, ResultTarget, SystemSide {
  readonly process: Process
  readonly remoteAddress: string
  readonly counters: Counters
  claims: unknown
  readonly #options: CheckedRouteOptions
  readonly #keeper: Keeper
  /** Until the handshake is over. */
  #setup: SocketSetup | null
  /** Of init; kept where init may run again. */
  #args: InitArgs<any, any> | null = null
  readonly #it: Incarnation
  /** From the 101 on. */
  #connection: Connection | null = null
  #life = life.CHART.initial
  #end: ending.End | null = null
  /** The code of the first close frame, ours or the peer's. */
  #firstCode: number | undefined = undefined
  readonly #departure: Departure
  #system: SocketSystem | null = null

  constructor(kernel: Kernel, setup: SocketSetup, parent: Process | null, keeper: Keeper) {
    this.claims = setup.claims
    this.remoteAddress = setup.request.remoteAddress
    this.counters = keeper.counters
    this.#keeper = keeper
    this.#options = setup.options
    this.#setup = setup
    this.process = spawnProgram(kernel, this, undefined, parent, 'socket').process
    const self = (this.process.self = new HandlerSelf(this.process, this))
    this.#departure = new Departure(this.process)
    this.#it = new Incarnation(this.process, setup.handler, self, setup.options.onCrash)
  }

  get [kSocket](): true {
    return true
  }
  get pid(): SocketPid {
    return this.process.pid as unknown as SocketPid
  }
  get transport(): Transport {
    return this.#connection?.transport ?? NOT_YET
  }
  set transport(transport: Transport) {
    if (this.#connection !== null) this.#connection.transport = transport
  }

  // ---- Program: what the runtime calls

  start(): void | Promise<void> {
    const { request, params, accept, transport } = this.#setup as SocketSetup
    const { handler, self } = this.#it
    if (handler.upgrade === undefined || this.#end !== null) return this.#switch(undefined, accept)
    const answer = handler.upgrade(request, self, params, transport)
    return isPromise(answer) ? answer.then((settled) => this.#inside(() => this.#upgraded(settled))) : this.#upgraded(answer)
  }

  message(_process: Process, message: unknown): void | Promise<void> {
    if (this.#end !== null) return this.#finish()
    this.#departure.next()
    const kind = mailOf(message)
    if (kind === MAIL) return this.#open(message as Mail)
    if (kind === SHARED) {
      this.#connection?.sendShared(message as SharedFrame)
      return this.#went()
    }
    if (kind === ORDER) {
      runChecked(this.#connection as Connection, (message as PushOrder).commands)
      return this.#went()
    }
    if (isCall(message)) return this.#call(message)
    if (this.#it.handler.info === undefined) return undefined
    return this.#after('info', this.#it.info(message))
  }

  /** The end comes even while `sys` holds the socket still. */
  interrupts(message: unknown): boolean {
    if (this.#end !== null) return true
    const kind = mailOf(message) === MAIL ? (message as Mail).kind : PING
    return kind === OVER || (kind === IDLE && this.#connection?.isIdle === true)
  }

  exiting(process: Process, reason: ExitReason): void {
    if (this.#end !== null) return
    this.#end = ending.endOfExit(reason)
    if (process.state === BUSY) this.#departure.hurry()
    this.#connection?.leave()
    post(process, WAKE)
  }

  crashed(process: Process, thrown: unknown): void | Promise<void> {
    // A loop: `init` of the next incarnation, or `terminate`, may throw as well.
    for (let cause = thrown; ; ) {
      try {
        const done = this.#crashed(process, cause)
        if (done === undefined) return undefined
        return done.then(undefined, (again: unknown) => this.#inside(() => this.crashed(process, again)))
      } catch (again) {
        cause = again
      }
    }
  }

  ended(): void {
    const before = this.#life
    this.#move(life.KILL)
    this.#departure.rest()
    if (before === life.ASKING) this.#setup?.handshake.reject(503, {}, 'crashed')
    else if (before !== life.CLOSED) this.counters.closed(this.#firstCode ?? ABNORMAL)
    this.#connection?.shut() // its transport is cut last: some are gone at once, and say so meanwhile
    const isGone = this.#connection === null || this.#connection.isGone
    this.#setup = this.#args = null
    this.#it.drop()
    this.#keeper.ended(this)
    if (isGone) this.#keeper.gone(this)
    else if (before !== life.CLOSING && before !== life.CLOSED) this.#connection?.transport.destroy()
  }

  // ---- Owner: what the connection calls

  get hears(): boolean {
    return this.#it.handler.event !== undefined
  }
  mail(mail: Mail): void {
    postNow(this.process, mail)
  }
  later(mail: Mail): void {
    post(this.process, mail)
  }
  over(end: ending.End): void {
    // A close frame has gone or come already, or never will.
    if (end.code === ending.NO_CLOSE || end.reason.type === 'remote') this.#firstCode ??= end.wire
    this.#leave(end)
  }
  closed(end: ending.End): void {
    this.#firstCode ??= end.wire
    if (this.#end === null) this.#departure.leave() // the callback that has said so may hang
    this.#end ??= end
  }
  get leaves(): boolean {
    return this.#departure.hasBegun || this.#end !== null
  }
  alive(): void {
    if (this.#end === null && this.#departure.stay()) this.#connection?.again()
  }
  gone(): void {
    if (this.process.state === DEAD) this.#keeper.gone(this)
  }
  setShutdownReason(reason: unknown): void {
    this.#it.shutdownReason = { reason }
  }
  idle(): void {
    this.#departure.idle()
    this.#connection?.leave(false)
    post(this.process, new Mail(IDLE, null, 0))
  }
  /** The listener closes the socket; `terminate` hears `shutdown`. The peer may answer until then, on the node's clock. */
  closeBy(code: number, reason: string | undefined, until?: number): void {
    this.#leave(ending.endOfOrder(code, reason, until))
  }
  #leave(end: ending.End): void {
    if (this.#end === null) this.#departure.leave()
    this.#connection?.leave()
    post(this.process, new Mail(OVER, end, 0))
  }

  // ---- Pushable: what `self` calls

  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes ?? 0
  }
  drained(): Promise<void> {
    return this.#connection?.caughtUp() ?? Promise.resolve()
  }
  get wire(): Connection | null {
    return this.#connection
  }
  /** Nothing once the end has come. */
  push(commands: Commands): void {
    if (this.#life === life.ASKING)
      throw new BadArgError('self.push', 'called after the connection is open, not in upgrade', commands)
    if (this.process.state === DEAD || this.#life === life.CLOSING) return
    const connection = this.#connection as Connection
    run(connection, commands, connection.options.maxFrameBytes)
    if (this.#end !== null) post(this.process, WAKE)
  }

  // ---- The handshake

  #upgraded(answer: unknown): void | Promise<void> {
    checkUpgrade('upgrade', answer)
    const { accept, handshake } = this.#setup as SocketSetup
    if (answer[0] === 'accept') return this.#switch(answer[1], acceptedBoth(accept, answer[2] ?? {}))
    handshake.reject(answer[1], answer[2] ?? {})
    return this.#refused('normal')
  }

  #switch(seed: unknown, accepted: AcceptOptions): void | Promise<void> {
    const { handshake, request, params, transport: kind } = this.#setup as SocketSetup
    if (this.leaves || !this.#keeper.ready) {
      handshake.reject(503, {}, 'draining')
      return this.#refused(this.#end?.exit ?? 'shutdown')
    }
    const connection = new Connection(this, optionsOf(this.#options, accepted.options))
    const transport = handshake.accept(accepted, connection)
    if (transport === null) return this.#refused('normal')
    this.#move(life.ACCEPT)
    this.counters.opened++
    this.#connection = connection
    this.#setup = null
    connection.open(transport, accepted.expiresAt)
    const { subprotocol } = accepted
    const { claims } = this
    this.#args = { request, params, claims, subprotocol, transport: kind, compressed: transport.compressed, seed }
    return this.#init(this.#args)
  }

  #refused(reason: ExitReason): void {
    this.#move(life.REFUSE)
    terminate(this.process, reason)
  }

  #init(args: InitArgs<any, any>): void | Promise<void> {
    if (this.#options.onCrash === 'close') this.#args = null
    return this.#after('init', this.#it.init(args))
  }

  // ---- Callbacks

  #open(mail: Mail): void | Promise<void> {
    if (mail.kind < OVER) {
      this.#connection?.taken(mail.size)
      return mail.kind < PING ? this.#after('handle', this.#it.frame(mail)) : this.#after('event', this.#it.event(mail))
    }
    if (mail.kind === EVENT) {
      this.#connection?.told(mail)
      return this.#after('event', this.#it.event(mail))
    }
    if (mail.kind === OVER) this.#end = mail.data as ending.End
    else if (this.#connection?.isIdle) this.#end = ending.endOfIdle()
    else {
      this.#departure.stay()
      this.#connection?.again()
    }
    return this.#end === null ? undefined : this.#finish()
  }
  #call(call: Call): void | Promise<void> {
    if (isSysRequest(call.request)) return handleSystem((this.#system ??= new SocketSystem(this, this.#it)), call)
    const answer = this.#it.call(call)
    return answer === NO_CLAUSE ? undefined : this.#after('call', answer)
  }

  /** A callback answered, perhaps with a promise: then the process stays busy until it settles. */
  #after(where: string, result: unknown): void | Promise<void> {
    if (isPromise(result)) return result.then((settled) => this.#inside(() => this.#took(where, settled)))
    return this.#took(where, result)
  }

  #took(where: string, result: unknown): void | Promise<void> {
    this.#it.took(this, where, result)
    if (this.#life === life.OPENING && this.#end === null) {
      this.#move(life.READY)
      this.#connection?.ready()
    }
    return this.#went()
  }
  /** Frames may have gone out: was that the end, or is the peer so far behind that nothing more is handled (policy `wait`)? */
  #went(): void | Promise<void> {
    if (this.#end !== null) return this.#finish()
    const wait = this.#connection?.wait()
    return wait === undefined ? undefined : wait.then(() => this.#inside(() => (this.#end === null ? undefined : this.#finish())))
  }

  keep(state: unknown): void {
    this.#it.keep(state)
  }
  stopWith(reason: ExitReason): void {
    this.#end ??= ending.endOfStop(reason)
  }
  remember(from: From): void {
    this.#it.remember(from)
  }

  // ---- The end

  #crashed(process: Process, thrown: unknown): void | Promise<void> {
    const reason = reasonOfThrown(thrown)
    if (this.#life === life.ASKING) {
      this.#setup?.handshake.reject(this.#it.handler.upgradeCrashStatus ?? 500, {}, 'crashed')
      reportIfCrash(process, reason)
      return this.#refused(reason)
    }
    if (!isCrash(reason)) {
      if (this.#life === life.CLOSING) return terminate(process, reason)
      this.#end = ending.endOfLeaving(this.#end, reason)
      return this.#finish()
    }
    this.counters.crashed++
    reportCrash(process, reason)
    if (this.#life === life.CLOSING) return terminate(process, reason)
    if (this.#end === null && this.#it.mayRestart()) return this.#restart(reason)
    this.#end = ending.endOfCrash(reason)
    return this.#finish()
  }

  #finish(): void | Promise<void> {
    const end = this.#end as ending.End
    this.#move(life.END)
    this.#departure.rest()
    if (end.code !== ending.NO_CLOSE) this.#connection?.close(end.code, end.text, end.until)
    this.#firstCode ??= end.wire
    this.#connection?.shut()
    const done = this.#terminate(end.reason)
    return done === undefined ? this.#gone(end) : done.then(() => this.#inside(() => this.#gone(end)))
  }

  #gone(end: ending.End): void {
    this.#move(life.DONE)
    this.counters.closed(this.#firstCode as number)
    terminate(this.process, this.#it.exitOf(end))
  }

  /** Runs the handler's `terminate`, for 5 s at most. */
  #terminate(reason: TerminateReason): Promise<void> | undefined {
    const done = this.#it.terminate(reason)
    if (done !== undefined) this.#departure.hurry()
    return done
  }

  // ---- Restart (onCrash)

  #restart(crash: Crash): void | Promise<void> {
    this.#move(life.CRASH)
    const done = this.#terminate(ending.crashReason(crash))
    return done === undefined ? this.#again(crash) : done.then(() => this.#inside(() => this.#again(crash)))
  }

  #again(crash: Crash): void | Promise<void> {
    this.#departure.again()
    this.#it.reset(crash)
    this.#connection?.renew()
    if (this.#end !== null) return this.#finish()
    this.#move(life.AGAIN)
    return this.#init({ ...(this.#args as InitArgs<any, any>), claims: this.claims })
  }

  #move(event: number): void {
    this.#life = life.CHART.next(this.#life, event)
  }
  /** After a promise: with this process as the running one, and not at all once it has ended. */
  #inside(then: () => void | Promise<void>): void | Promise<void> {
    return this.process.state === DEAD ? undefined : this.#it.self.run(then)
  }
}
