// startSessions and defaultSessions: what users hold of all sessions of a node. Entered by users and by handlers; calls visits.
import { requireBoolean } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { genServer } from '../behaviours/gen-server.js'
import type { SupervisorPid } from '../behaviours/supervisor.js'
import { currentKernel, kernelOf } from '../runtime/node.js'
import { onNode } from '../runtime/on-node.js'
import { type Kernel, processOf } from '../runtime/process.js'
import { Cookies } from './cookies.js'
import { Crowd } from './crowd.js'
import { Directory } from './directory.js'
import { type SessionOptions, sessionLimits } from './options.js'
import { kSession, requireProcess, type SessionPid } from './pids.js'
import type { LiveSession, Realm } from './realm.js'
import { Recent } from './recent.js'
import { Records } from './records.js'
import { SecretId } from './session-id.js'
import type { SessionServer } from './session-types.js'
import { memoryStore } from './store.js'
import { Signer } from './token.js'
import { Tree } from './tree.js'
import { Visitors } from './visitor.js'
import { type Claim, claimOf, findSession, makeSession } from './visits.js'

/**
 * The two cookies of a visit, as `request.cookies` of a socket or `parseCookie` of the package `cookie` has them; others are
 * not looked at.
 *
 * @example
 * const cookies: SessionCookies = { z_sid: 'forged' }
 * await sessions.resume(cookies) // => undefined
 * @see Zotonic 0.10, `z_session_manager`: `z_sid`; `z_session`: `z_pid`
 */
export interface SessionCookies {
  /** Which session. Without it the visit is anonymous. */
  readonly z_sid?: string | undefined
  /** Which visitor. Without it the session alone counts. */
  readonly z_pid?: string | undefined
}
/**
 * What a Set-Cookie line has to know of the request that it answers.
 *
 * @example
 * const options: VisitOptions = { secure: true }
 * const { cookies } = await sessions.ensure({}, options)
 * cookies.every((cookie) => cookie.includes('; Secure')) // => true
 * @see RFC 6265 section 5.2.5
 */
export interface VisitOptions {
  /** Did the request come over TLS? Then the cookies are `Secure`. */
  readonly secure: boolean
}
/**
 * A visit that has a session.
 *
 * @example
 * const first: Visit = await sessions.ensure({}, { secure: true })
 * first.cookies.map((cookie) => cookie.split('=')[0]) // => ['z_sid', 'z_pid']
 * @see Zotonic 0.10, `z_session_manager:ensure_session/1`
 */
export interface Visit {
  /** For the functions of `session`. */
  readonly session: SessionPid
  /** Values of `Set-Cookie` to send with the answer; none if the browser has them. */
  readonly cookies: readonly string[]
}
/**
 * All sessions of a node, or those of one site of it. Its functions throw `GENSOCK_ERR_BADARG` at once for what is no cookies,
 * no options or no session.
 *
 * @example
 * const all: Sessions = await startSessions()
 * const { session, cookies } = await all.ensure({}, { secure: true })
 * await all.end(session)
 * cookies.length // => 2
 * await supervisor.stop(all.pid)
 * @see Zotonic 0.10, `z_session_manager`
 */
export interface Sessions {
  /** The supervisor of all sessions and pages; `supervisor.stop` ends them. */
  readonly pid: SupervisorPid
  /** Values of `Set-Cookie` with which a browser forgets both cookies. */
  readonly cookiesToForget: readonly string[]
  /**
   * The session that these cookies belong to, whose last use is now; it is loaded from the store if its process is gone.
   * Undefined for an anonymous visit: no `z_sid`, one that is forged or stale, a `z_pid` that is forged or of another visitor,
   * a store that fails. Never makes a session, and never rejects because of what the cookies say.
   */
  readonly resume: (cookies: SessionCookies) => Promise<SessionPid | undefined>
  /**
   * As `resume`, but an anonymous visit gets a new session: that of the visitor whose `z_pid` came, if it is good and no
   * `z_sid` says otherwise. While the store cannot be read, or all `maxSessions` have open sockets, it is one without cookies
   * to send, so that the browser keeps those that it has.
   */
  readonly ensure: (cookies: SessionCookies, options: VisitOptions) => Promise<Visit>
  /**
   * A new `z_sid` for the same session: at login, so that nobody who knew the cookie from before is logged in too. The old one
   * is void at once: who comes with it in the next seconds, as a request that was under way may, gets a session without cookies
   * from `ensure`. Sockets that are open stay, whoever opened them with the old cookie; those of its pages are closed with
   * `pushTo` and `close(4401)`, as `page.info` names them. Answers what to send; rejects with CallError `GENSOCK_ERR_CALL`:
   * `noproc`, if the session has ended.
   */
  readonly rotate: (session: SessionPid, options: VisitOptions) => Promise<readonly string[]>
  /**
   * Ends a session: at logout. Its cookie is void at once, also if its process had ended before; its pages end, and the sockets
   * that are attached to them close with 4401.
   */
  readonly end: (session: SessionPid) => Promise<void>
  /** False if the session has ended, or has been rotated away from these cookies, since they led to it. @internal */
  readonly _holds: (session: SessionPid, cookies: SessionCookies) => boolean
}

/** The one implementation of `Sessions`. */
class AllSessions implements Sessions {
  readonly pid: SupervisorPid
  readonly #realm: Realm
  readonly #cookies: Cookies

  constructor(realm: Realm, cookies: Cookies) {
    this.pid = realm.tree.pid
    this.#realm = realm
    this.#cookies = cookies
  }
  get cookiesToForget(): readonly string[] {
    return this.#cookies.toForget
  }

  resume(cookies: SessionCookies): Promise<SessionPid | undefined> {
    const found = findSession(this.#realm, this.#claim('resume', cookies))
    return found.then((found) => (typeof found === 'string' ? undefined : found))
  }
  ensure(cookies: SessionCookies, options: VisitOptions): Promise<Visit> {
    return this.#ensure(this.#claim('ensure', cookies), secureOf('ensure', options))
  }
  rotate(session: SessionPid, options: VisitOptions): Promise<readonly string[]> {
    requireProcess('sessions.rotate: session', session, kSession)
    const secure = secureOf('rotate', options)
    const id = SecretId.random()
    const rotated = genServer.call(session as unknown as SessionServer, { type: 'rotate', id }, WITH_STORE_MS)
    return rotated.then(() => [this.#cookies.line('z_sid', id, secure)])
  }
  _holds(session: SessionPid, cookies: SessionCookies): boolean {
    const { sid } = this.#claim('_holds', cookies)
    return processOf(session) !== undefined && (sid === undefined || !this.#realm.live.hadKey(session, sid.id.key('s')))
  }
  end(session: SessionPid): Promise<void> {
    requireProcess('sessions.end: session', session, kSession)
    return this.#end(session)
  }

  async #ensure(claim: Claim, secure: boolean): Promise<Visit> {
    const found = await findSession(this.#realm, claim)
    if (typeof found !== 'string') return { session: found, cookies: this.#renewed(claim, secure) }
    const { pid, sid, visitor, isExtra } = await makeSession(this.#realm, claim, found === 'foreign')
    if (found === 'failed' || isExtra || this.#wasRotated(claim)) return { session: pid, cookies: [] }
    return { session: pid, cookies: [this.#cookies.line('z_sid', sid, secure), this.#cookies.line('z_pid', visitor, secure)] }
  }
  async #end(session: SessionPid): Promise<void> {
    if (await finished(session)) return
    // Its process has crashed: it may have been started again since, or be about to, or be in the store only.
    const { live, records, limits } = this.#realm
    const key = live.keyOf(session)
    if (key === undefined) return
    await live.once(key, async () => undefined)
    const again = live.get(key)
    if (again === undefined || !(await finished(again.pid))) await records.remove(key, Date.now() + limits.keepAliveMs)
  }
  /** Its answer would come over the new cookie, which the browser is getting by another. */
  #wasRotated({ sid }: Claim): boolean {
    const { rotated, kernel } = this.#realm
    return sid !== undefined && rotated.has(sid.id.key('s'), kernel.clock.now())
  }
  #claim(where: string, cookies: unknown): Claim {
    if (typeof cookies !== 'object' || cookies === null)
      throw new BadArgError(`sessions.${where}: cookies`, 'an object with z_sid and z_pid', typeof cookies)
    return claimOf(this.#cookies, cookies)
  }
  /** The same ids under the key that signs now. */
  #renewed({ sid, visitor }: Claim, secure: boolean): string[] {
    const lines: string[] = []
    if (sid?.isOld === true) lines.push(this.#cookies.line('z_sid', sid.id, secure))
    if (visitor?.isOld === true) lines.push(this.#cookies.line('z_pid', visitor.id, secure))
    return lines
  }
}

/** How long an answer to a request that was under way during a rotation may take to come, in ms. */
const ROTATED_MS = 10_000
/** How long a call may take that waits for the store, which fails after 5 s, in ms. */
const WITH_STORE_MS = 15_000

/** Ends the process of a session; false if it was gone before that. */
async function finished(pid: SessionPid): Promise<boolean> {
  if (processOf(pid) === undefined) return false
  try {
    await genServer.call(pid as unknown as SessionServer, { type: 'finish' })
    return true
  } catch (error) {
    if (processOf(pid) !== undefined) throw error
    return false
  }
}
function secureOf(where: string, options: VisitOptions): boolean {
  requireBoolean(`sessions.${where}: options.secure`, options?.secure)
  return options.secure
}

/**
 * Starts sessions: a supervisor with those of one site, as a tree of its own that `node.stop()` ends in order.
 *
 * @param options - secrets, store, times and bounds; default `{}`
 * @returns the sessions, once they can be asked for
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - a bad option
 * @example
 * const site = await startSessions({ secret: 'known to this site only', keepAliveMs: 1_800_000 })
 * const { session: pid } = await site.ensure({}, { secure: true })
 * await session.set(pid, 'user', 'ann')
 * await supervisor.stop(site.pid)
 * @see Zotonic 0.10, `z_session_manager:start_link/1`
 */
export function startSessions(options: SessionOptions = {}): Promise<Sessions> {
  const limits = sessionLimits('startSessions', options)
  const cookies = new Cookies('startSessions', new Signer('startSessions: secret', options.secret), limits)
  const kernel = options.node === undefined ? currentKernel() : kernelOf(options.node)
  const records = new Records(kernel, options.store ?? memoryStore())
  const tree = new Tree(kernel)
  const crowd = new Crowd(limits.maxSessions)
  const rotated = new Recent(ROTATED_MS)
  const visitors = new Visitors(records, tree, limits.persistMaxAgeS * 1000)
  const realm: Realm = { kernel, limits, records, tree, visitors, live: new Directory<LiveSession>(), crowd, rotated }
  return tree.start().then(() => new AllSessions(realm, cookies))
}

const kDefaults = Symbol.for('gensock.session.defaults')
/** One for each node, also if the ESM and the CommonJS copy of the library are both in the program. */
function defaults(): WeakMap<Kernel, Promise<Sessions>> {
  return ((globalThis as { [kDefaults]?: WeakMap<Kernel, Promise<Sessions>> })[kDefaults] ??= new WeakMap())
}

/**
 * The sessions of the node that this is called on, with default options. They are started when they are asked for first, and
 * again if their supervisor has ended since.
 *
 * @returns the sessions
 * @example
 * const { session: pid } = await (await defaultSessions()).ensure({}, { secure: true })
 * await session.set(pid, 'user', 'ann')
 * await session.get(pid, 'user') // => 'ann'
 * @see OTP `pg:start_link/0`, whose default scope is there for everyone
 */
export async function defaultSessions(): Promise<Sessions> {
  const kernel = currentKernel()
  const known = defaults().get(kernel)
  if (known !== undefined) {
    const sessions = await known
    if (processOf(sessions.pid) !== undefined) return sessions
    if (defaults().get(kernel) !== known) return defaults().get(kernel) as Promise<Sessions>
  }
  const starting = onNode(kernel, () => startSessions())
  defaults().set(kernel, starting)
  return starting
}
