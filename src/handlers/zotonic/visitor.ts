// Whose request it is: session and page of a context. A cookie that is forged or stale is that of an anonymous visitor. Entered
// by request-phase and by ensure-all; calls sessions.
import type { SocketRequest } from '../../sockets/request.js'
import { processOf } from '../../runtime/process.js'
import { CallError } from '../../runtime/call.js'
import type { PagePid } from '../../sessions/pids.js'
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
  /** The session is that of his cookie. */
  #isResumed = false
  /** It was, but it has ended, or the cookie is void. */
  #isGone = false

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
    const found = await this.#run(() => sessions.resume(cookies))
    this.#context._setSession(found)
    this.#isResumed = found !== undefined
  }
  /** That session or a new one. Answers cookies to be set. */
  async ensure(isAnonymous = false): Promise<readonly string[]> {
    const { req } = this.#context
    const sessions = await this.#given()
    const visit = await this.#run(() => sessions.ensure(isAnonymous ? {} : cookiesOf(req), { secure: req.secure }))
    this.#context._setSession(visit.session)
    return visit.cookies
  }
  /** The page of the query's `z_pageid`, or a new one. A session that has just ended is nobody's from then on. */
  async tryPage(): Promise<void> {
    const { sessionPid } = this.#context
    if (sessionPid === undefined) return
    try {
      this.#context._setPage(await this.#run(() => session.ensurePage(sessionPid, this.#context.getQ('z_pageid'))))
    } catch (error) {
      if (!(error instanceof CallError) || processOf(sessionPid) !== undefined) throw error
      this.#lose()
    }
  }
  /** Session and page, for which he begins anew if his session ends meanwhile. Answers cookies to be set. */
  async ensureAll(): Promise<readonly string[]> {
    for (let tries = 1; ; tries++) {
      // After a crash the cookie finds the session again; one that is made for nobody's cookies nobody else can end.
      const cookies = await this.ensure(tries > 2)
      await this.tryPage()
      if (this.#context.pagePid !== undefined || tries > 2) return cookies
    }
  }
  /** Is he no longer who he was when he came? Then he is nobody from now on. */
  async isLost(): Promise<boolean> {
    const { sessionPid } = this.#context
    if (sessionPid === undefined || !this.#isResumed) return this.#isGone
    const sessions = await this.#given()
    if (!sessions._holds(sessionPid, cookiesOf(this.#context.req))) this.#lose()
    return this.#isGone
  }
  /** The page of the HTML, which the query names beside the one that the browser has had before its reload. */
  async newPage(): Promise<PagePid | undefined> {
    const { sessionPid, pageId } = this.#context
    const id = this.#context.getQ('z_newpage')
    if (sessionPid === undefined || pageId === undefined || id === undefined || id === pageId) return undefined
    const pages = await this.#run(() => session.pages(sessionPid)).catch(() => [])
    return pages.find((page) => page.id === id)?.pid
  }

  #lose(): void {
    this.#isGone = true
    this.#isResumed = false
    this.#context._setSession(undefined)
    this.#context._setPage(undefined)
  }
  async #given(): Promise<Sessions> {
    return this.#sessions ?? this.#run(() => defaultSessions())
  }
}
