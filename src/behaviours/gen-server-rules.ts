// Hot path. gen_server's rules: calls, casts and messages to a callback module with one state. Entered by behaviour (the
// loop); calls the module, and does what its callbacks answer.
import { MAX_MS, requireFunction } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Reference } from '../base/ref.js'
import { type Call, type From, reply } from '../runtime/call.js'
import { logWarning } from '../runtime/report.js'
import { isRunning } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import { selfOf } from '../runtime/self.js'
import type { Receiver } from '../runtime/self-types.js'
import type { Behaviour, Rules } from './behaviour.js'
import { isCast } from './cast.js'
import { Chain, Last, last, REST } from './chain.js'
import type { GenServer } from './gen-server-types.js'

const INIT = 'init'
const CALL = 'handleCall'
const CAST = 'handleCast'
const INFO = 'handleInfo'
const CONTINUE = 'handleContinue'
const TIMEOUT = Object.freeze({ type: 'timeout' })
const NEXT = "next: ms, 'infinity', 'hibernate' or { continue }"
const ALLOWED_INIT = `['ok', state, next?], ['stop', reason] or ['ignore'] (${NEXT})`
const ALLOWED_CALL = `['reply', reply, state, next?], ['noreply', state, next?], ['stop', reason, reply, state] or ['stop', reason, state] (${NEXT})`
const ALLOWED = `['noreply', state, next?] or ['stop', reason, state] (${NEXT})`

type Module = GenServer<any, any, any, any, any>
type Clauses = Readonly<Record<string, (...args: any[]) => unknown>>

/** The rules of one server. */
export class GenServerRules implements Rules {
  readonly kind = 'gen_server'
  readonly #module: Module
  #arg: unknown
  #loop!: Behaviour
  #self!: Receiver
  #state: unknown = undefined
  #callback: string = INIT
  #from: From | null = null
  #idleMs: number | null = null
  #idleTimer: Reference | null = null
  #chain!: Chain

  constructor(module: Module, arg: unknown) {
    this.#module = module
    this.#arg = arg
  }

  init(loop: Behaviour): void | Promise<void> {
    this.#loop = loop
    this.#self = selfOf(loop.process)
    this.#chain = new Chain(loop.process, (result) => this.#step(result))
    const result = this.#module.init(this.#arg, this.#self)
    this.#arg = undefined // the server holds it no longer
    return this.#chain.follow(result)
  }

  call({ request, from }: Call): void | Promise<void> {
    this.#notIdle()
    this.#callback = CALL
    this.#from = from
    const { handleCall } = this.#module
    const result =
      typeof handleCall === 'function'
        ? handleCall.call(this.#module, request as any, from, this.#state, this.#self)
        : (clauseOf(CALL, handleCall, request) as Clauses)[typeOf(request)]!(request, from, this.#state, this.#self)
    return this.#chain.follow(result)
  }

  message(message: unknown): void | Promise<void> {
    this.#notIdle()
    if (!isCast(message)) return this.#info(message)
    const { request } = message
    if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'in', kind: 'cast', message: request })
    this.#callback = CAST
    const { handleCast } = this.#module
    const result =
      typeof handleCast === 'function'
        ? handleCast.call(this.#module, request as any, this.#state, this.#self)
        : (clauseOf(CAST, handleCast, request) as Clauses)[typeOf(request)]!(request, this.#state, this.#self)
    return this.#chain.follow(result)
  }

  thrown(value: unknown): void | Promise<void> {
    return this.#chain.take(value)
  }

  terminate(reason: ExitReason): void | Promise<void> {
    this.#stopIdle()
    const done: unknown = this.#module.terminate?.(reason, this.#state, this.#self)
    return isPromise<void>(done) ? done : undefined
  }

  getState(): unknown {
    return this.#state
  }
  replaceState(replace: (state: unknown) => unknown): void {
    this.#state = replace(this.#state)
  }
  // As in OTP, the idle time begins anew after a system message; one of 0 is over, unless a message waits.
  resumed(): void | Promise<void> {
    const idleMs = this.#idleMs
    if (idleMs === null) return undefined
    this.#notIdle()
    if (idleMs === 0 && this.#loop.process.queueLength === 0) return this.#info(TIMEOUT)
    this.#startIdle(idleMs)
    return undefined
  }

  // ---- Callbacks

  #info(message: unknown): void | Promise<void> {
    const result = this.#callInfo(message)
    return result === REST ? undefined : this.#chain.follow(result)
  }

  #callInfo(message: unknown): unknown {
    if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'in', kind: 'info', message })
    const { process } = this.#loop
    if (this.#module.handleInfo === undefined) {
      logWarning(
        process.kernel.logger,
        { pid: String(process.pid) },
        `gen_server ${String(process.pid)} has no handleInfo; dropped ${show(message)}`,
      )
      return REST
    }
    this.#callback = INFO
    return this.#module.handleInfo(message, this.#state, this.#self)
  }

  #continue(what: unknown): unknown {
    this.#callback = CONTINUE
    if (this.#module.handleContinue === undefined) throw noCallback(CONTINUE, what)
    return this.#module.handleContinue(what, this.#state, this.#self)
  }

  /** One step of the chain: carries out an answer, and calls what comes next. */
  #step(result: unknown): unknown {
    const { process } = this.#loop
    const next = this.#callback === INIT ? this.#initial(result) : this.#answer(result)
    if (next === REST || next instanceof Last) return next
    if (!isRunning(process)) return REST // the callback has killed its own process
    if (typeof next === 'number' && (next > 0 || process.queueLength > 0)) return this.#startIdle(next)
    return next === 0 ? this.#callInfo(TIMEOUT) : this.#continue((next as { continue: unknown }).continue)
  }

  /** Carries out what a callback answered; answers what comes next. */
  #answer(result: unknown): unknown {
    if (Array.isArray(result)) {
      const { length } = result
      const tag: unknown = result[0]
      if (tag === 'noreply' && (length === 2 || (length === 3 && isNext(result[2])))) {
        this.#state = result[1]
        this.#from = null
        if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'noreply', state: this.#state })
        return nextOf(result[2])
      }
      if (tag === 'reply' && this.#callback === CALL && (length === 3 || (length === 4 && isNext(result[3])))) {
        this.#state = result[2]
        this.#reply(this.#from as From, result[1])
        this.#from = null
        return nextOf(result[3])
      }
      if (tag === 'stop' && (length === 3 || (length === 4 && this.#callback === CALL))) return this.#stop(result)
    }
    const allowed = this.#callback === CALL ? ALLOWED_CALL : ALLOWED
    return last(this.#loop.badReturn(this.#callback, allowed, result))
  }

  // `terminate` runs before the reply is sent.
  #stop(result: readonly unknown[]): unknown {
    const [, reason, value] = result
    const from = this.#from as From
    this.#state = result.at(-1)
    return last(this.#loop.finish(reason as ExitReason, result.length === 4 ? () => this.#reply(from, value) : undefined))
  }

  #reply(from: From, value: unknown): void {
    reply(from, value)
    if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'out', message: value, to: from })
  }

  #initial(result: unknown): unknown {
    if (Array.isArray(result)) {
      const { length } = result
      if (result[0] === 'ok' && (length === 2 || (length === 3 && isNext(result[2])))) {
        this.#state = result[1]
        this.#callback = CONTINUE
        this.#loop.ready()
        return nextOf(result[2])
      }
      if (result[0] === 'stop' && length === 2) return last(this.#loop.refuse(result[1] as ExitReason))
      if (result[0] === 'ignore' && length === 1) return last(this.#loop.ignore())
    }
    return last(this.#loop.badReturn(INIT, ALLOWED_INIT, result))
  }

  // ---- The idle time

  /** 0: a message that is there already comes first, and only if that is a system message the idle time still counts. */
  #startIdle(idleMs: number): typeof REST {
    const { process } = this.#loop
    this.#idleMs = idleMs
    if (idleMs === 0) return REST
    this.#idleTimer = process.kernel.newRef()
    process.kernel.timers.add(this.#idleTimer, idleMs, process, idleOver, this)
    return REST
  }
  #stopIdle(): void {
    if (this.#idleTimer === null) return
    this.#loop.process.kernel.timers.cancel(this.#idleTimer)
    this.#idleTimer = null
  }
  /** A message came: the server is not idle any more. */
  #notIdle(): void {
    if (this.#idleMs === null) return
    this.#stopIdle()
    this.#idleMs = null
  }
  /** @internal */
  _idleOver(): void {
    this.#idleTimer = null
    const { process } = this.#loop
    // A message that is there already was faster. While the server is suspended (it waits in a receive) no idle time counts.
    if (process.queueLength === 0 && process.waiter === null) post(process, TIMEOUT)
  }
}

function idleOver(rules: unknown): void {
  ;(rules as GenServerRules)._idleOver()
}

function isNext(next: unknown): boolean {
  if (typeof next === 'number') return Number.isInteger(next) && next >= 0 && next <= MAX_MS
  return (
    next === undefined ||
    next === 'infinity' ||
    next === 'hibernate' ||
    (typeof next === 'object' && next !== null && 'continue' in next)
  )
}
// An idle server is as small as a hibernating one: its mailbox exists only while something is in it.
function nextOf(next: unknown): unknown {
  return next === undefined || next === 'infinity' || next === 'hibernate' ? REST : next
}

/** What `handleInfo` gets when the idle time is over: this very object, not one of a user that looks like it. */
export function isIdleTimeout(message: unknown): boolean {
  return message === TIMEOUT
}

function typeOf(request: unknown): string {
  return (request as { type: string }).type
}

/** The clauses, once it is sure that they have one for this request. */
function clauseOf(callback: string, clauses: unknown, request: unknown): unknown {
  if (clauses === undefined) throw noCallback(callback, request)
  const type = (request as { type?: unknown } | null | undefined)?.type
  if (typeof type === 'string' && Object.hasOwn(clauses as object, type)) return clauses
  throw new GensockError(
    'GENSOCK_ERR_NO_CLAUSE',
    `${callback} has no clause for ${show(request)}; it has ${Object.keys(clauses as object).join(', ')}`,
    'function_clause',
  )
}

function noCallback(callback: string, what: unknown): GensockError {
  return new GensockError('GENSOCK_ERR_NO_CLAUSE', `the server has no ${callback}, which ${show(what)} needs`, 'undef')
}

/** Refuses what cannot be a server's module. */
export function checkModule(where: string, module: unknown): asserts module is Module {
  if (typeof module !== 'object' || module === null) throw new BadArgError(`${where}: module`, 'an object with init', module)
  const given = module as Readonly<Record<string, unknown>>
  requireFunction(`${where}: module.init`, given['init'])
  for (const key of [INFO, CONTINUE, 'terminate'])
    if (given[key] !== undefined) requireFunction(`${where}: module.${key}`, given[key])
  for (const key of [CALL, CAST]) {
    const clauses = given[key]
    if (clauses === undefined || typeof clauses === 'function') continue
    if (typeof clauses !== 'object' || clauses === null || Array.isArray(clauses))
      throw new BadArgError(`${where}: module.${key}`, 'a function, or an object of functions by type', clauses)
    for (const [type, clause] of Object.entries(clauses)) requireFunction(`${where}: module.${key}.${type}`, clause)
  }
}
