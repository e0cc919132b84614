// Whose request it is: session and page of a context. A cookie that is forged or stale is that of an anonymous visitor. Entered
// by request-phase and by ensure-all; calls sessions.
import type { SocketRequest } from '../../sockets/request.js'
import { session } from '../../sessions/session.js'
import { defaultSessions, type Sessions } from '../../sessions/sessions.js'
import type { ZotonicContext } from './context.js'

/** Runs a function as the process that it belongs to. */
export type Run = <T>(fn: () => T) => T

/** The cookies that say who it is; only strings, as they came. */
function cookiesOf({ cookies }: SocketRequest): { readonly z_sid?: string; readonly z_pid?: string } {
  const { z_sid, z_pid } = cookies
  return { ...(z_sid === undefined ? {} : { z_sid }), ...(z_pid === undefined ? {} : { z_pid }) }
}

/** The visitor of one request. */
export class Visitor {
  readonly #context: ZotonicContext
  readonly #run: Run
  readonly #sessions: Sessions | undefined

  constructor(context: ZotonicContext, sessions: Sessions | undefined, run: Run) {
    this.#context = context
    this.#sessions = sessions
    this.#run = run
  }

  /** Goes on with the session of the cookie, if that is alive: never makes one. */
  async resume(): Promise<void> {
    const cookies = cookiesOf(this.#context.req)
    if (cookies.z_sid === undefined) return
    const sessions = await this.#given()
    this.#context._setSession(await this.#run(() => sessions.resume(cookies)))
  }
  /** That session or a new one. Answers cookies to be set. */
  async ensure(): Promise<readonly string[]> {
    const { req } = this.#context
    const sessions = await this.#given()
    const visit = await this.#run(() => sessions.ensure(cookiesOf(req), { secure: req.secure }))
    this.#context._setSession(visit.session)
    return visit.cookies
  }
  /** The page of the query's `z_pageid`, or a new one. */
  async ensurePage(): Promise<void> {
    const { sessionPid } = this.#context
    if (sessionPid === undefined) return
    this.#context._setPage(await this.#run(() => session.ensurePage(sessionPid, this.#context.getQ('z_pageid'))))
  }

  async #given(): Promise<Sessions> {
    return this.#sessions ?? this.#run(() => defaultSessions())
  }
}
