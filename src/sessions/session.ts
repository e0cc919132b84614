// session: what others do with a session: its data, its visitor's data, its pages. Entered by users and by handlers; calls the
// session's process.
import { BadArgError } from '../base/errors.js'
import type { Pid } from '../base/pid.js'
import { genServer } from '../behaviours/gen-server.js'
import { StartError } from '../behaviours/start.js'
import { kSession, type PagePid, requireData, requireProcess, type SessionPid } from './pids.js'
import { SecretId } from './session-id.js'
import type { Outcome, SessionServer } from './session-types.js'

/**
 * A page of a session.
 *
 * @example
 * const first: Page = await session.ensurePage(visitor)
 * const again: Page = await session.ensurePage(visitor, first.id)
 * again.pid.equals(first.pid) // => true
 * @see Zotonic 0.10, `z_session:ensure_page_session/2`
 */
export interface Page {
  /** What the browser calls it: `z_pageid`. It opens nothing without the session's cookie. */
  readonly id: string
  /** For the functions of `page`. */
  readonly pid: PagePid
}

/** How long an answer that may need the store can take, in ms: the store fails after 5 s. */
const WITH_STORE_MS = 15_000

function server(where: string, pid: SessionPid): SessionServer {
  requireProcess(`session.${where}: pid`, pid, kSession)
  return pid as unknown as SessionServer
}
function checkKey(where: string, key: unknown): void {
  if (typeof key !== 'string' || key === '') throw new BadArgError(`session.${where}: key`, 'a string that is not empty', key)
}

/**
 * A value of a session: the very object that was set, no copy. Who changes it must `set` it, or no store hears of it.
 *
 * @param pid - of the session
 * @param key - its name
 * @returns the value, undefined if there is none; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, if the session has ended
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session; an empty key
 * @example
 * await session.set(visitor, 'cart', ['tea'])
 * await session.get(visitor, 'cart') // => ['tea']
 * @see Zotonic 0.10, `z_session:get/2`
 */
function get(pid: SessionPid, key: string): Promise<unknown> {
  checkKey('get', key)
  return genServer.call(server('get', pid), { type: 'get', key })
}
/**
 * Sets a value of a session. It is also given to the store: a store that fails is logged and tried again, and fails nobody
 * here.
 *
 * @param pid - of the session
 * @param key - its name
 * @param value - plain data that the store can keep; undefined takes the value away
 * @returns settles when the store has it, or has failed once; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, if the
 * session has ended
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session; an empty key
 * @example
 * await session.set(visitor, 'user', 'ann')
 * await session.set(visitor, 'user', undefined)
 * await session.get(visitor, 'user') // => undefined
 * @see Zotonic 0.10, `z_session:set/3`
 */
function set(pid: SessionPid, key: string, value: unknown): Promise<void> {
  checkKey('set', key)
  return genServer.call(server('set', pid), { type: 'set', key, value }, WITH_STORE_MS)
}
/**
 * A value of the visitor: it outlives sessions, as long as the browser keeps `z_pid`.
 *
 * @param pid - of one of the visitor's sessions
 * @param key - its name
 * @returns the value, undefined if there is none; rejects with StartError `GENSOCK_ERR_START` if the store cannot be read, with
 * CallError `GENSOCK_ERR_CALL`: `noproc`, if the session has ended
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session; an empty key
 * @example
 * await session.setPersistent(visitor, 'language', 'nl')
 * await session.getPersistent(visitor, 'language') // => 'nl'
 * @see Zotonic 0.10, `z_session:get_persistent/2`
 */
function getPersistent(pid: SessionPid, key: string): Promise<unknown> {
  checkKey('getPersistent', key)
  return persistent(genServer.call(server('getPersistent', pid), { type: 'getPersistent', key }, WITH_STORE_MS))
}
/**
 * Sets a value of the visitor, for all sessions of that browser to come.
 *
 * @param pid - of one of the visitor's sessions
 * @param key - its name
 * @param value - plain data that the store can keep; undefined takes the value away
 * @returns as `set`; rejects with StartError `GENSOCK_ERR_START` if what is there already cannot be read
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session; an empty key
 * @example
 * await session.setPersistent(visitor, 'visits', 2)
 * await session.getPersistent(visitor, 'visits') // => 2
 * @see Zotonic 0.10, `z_session:set_persistent/3`
 */
function setPersistent(pid: SessionPid, key: string, value: unknown): Promise<void> {
  checkKey('setPersistent', key)
  const request = { type: 'setPersistent', key, value } as const
  return persistent(genServer.call(server('setPersistent', pid), request, WITH_STORE_MS)).then(() => undefined)
}
async function persistent(answer: Promise<Outcome<unknown>>): Promise<unknown> {
  const [tag, value] = await answer
  if (tag === 'error') throw new StartError(value, 'the store of the session cannot be read')
  return value
}
/**
 * The pages of a session, oldest first.
 *
 * @param pid - of the session
 * @returns `{ id, pid }` of each; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, if the session has ended
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session
 * @example
 * const { id } = await session.ensurePage(visitor)
 * const pages = await session.pages(visitor)
 * pages.map((page) => page.id) // => [id]
 * @see Zotonic 0.10, `z_session:get_pages/1`
 */
function pages(pid: SessionPid): Promise<readonly Page[]> {
  const asked = genServer.call(server('pages', pid), { type: 'pages' })
  return asked.then((found) => found.map(({ id, pid }) => ({ id: id.text, pid })))
}
/**
 * Finds a page of a session, or starts one. A page that has ended, or has crashed, begins anew under the same id. With
 * `maxPages` pages the one that is longest without a socket ends first, then the oldest.
 *
 * @param pid - of the session
 * @param id - what the browser calls it: letters, digits, `-` and `_`, at most 64; for anything else, and without it, a new
 * page is made
 * @returns its id and pid; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, if the session has ended, and with StartError
 * `GENSOCK_ERR_START`, if all is ending
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session
 * @example
 * const { id, pid } = await session.ensurePage(visitor)
 * const again = await session.ensurePage(visitor, id)
 * again.pid.equals(pid) // => true
 * @see Zotonic 0.10, `z_session:ensure_page_session/2`
 */
function ensurePage(pid: SessionPid, id?: string): Promise<Page> {
  const named = SecretId.ofPage(id)
  const wanted = named ?? SecretId.random()
  return genServer
    .call(server('ensurePage', pid), { type: 'ensurePage', id: wanted, isNamed: named !== undefined })
    .then((answer) => {
      if (answer[0] === 'error') throw new StartError(answer[1])
      return { id: wanted.text, pid: answer[1] }
    })
}
/**
 * Adds a message to every page of a session, as `page.add` does. A session that has ended takes it in silence.
 *
 * @param pid - of the session
 * @param data - text, at most the queue's `maxBytes` of it as UTF-8
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a session; no text; longer than a queue may ever be
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * session.addToAll(visitor, 'to all tabs')
 * await session.pages(visitor)
 * const { waiting } = await page.info(pid)
 * waiting // => 1
 * @see Zotonic 0.10, `z_session:add_script/2`
 */
function addToAll(pid: SessionPid, data: string): void {
  const process = requireProcess('session.addToAll: pid', pid, kSession)
  requireData('session.addToAll: data', data, process, kSession)
  genServer.cast(pid as unknown as SessionServer, { type: 'addToAll', data })
}

/** A session is in use as long as this process lives. @internal */
export function hold(pid: SessionPid, holder: Pid<never>): void {
  genServer.cast(pid as unknown as SessionServer, { type: 'hold', holder })
}

/**
 * Sessions: one process for each browser, found by its cookie. It holds data and pages; its data is in the store as well, so a
 * session whose process has crashed is found again. It ends some time after its last use (`firstMs`, `keepAliveMs`), but never
 * while it has pages or open sockets; above `maxSessions` the longest unused ends first, if it has no open socket.
 *
 * @example
 * const { session: pid, cookies } = await sessions.ensure({}, { secure: true })
 * cookies.length // => 2
 * await session.set(pid, 'user', 'ann')
 * @see Zotonic 0.10, `z_session`
 * @namespace
 */
export const session = Object.freeze({ get, set, getPersistent, setPersistent, pages, ensurePage, addToAll })
