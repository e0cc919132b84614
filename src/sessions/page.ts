// page: what others do with a page. Adds to its queue, attaches sockets, passes on what the browser has acknowledged. Entered
// by users and by handlers; calls the page's process.
import { requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { isPid, type Pid } from '../base/pid.js'
import { genServer } from '../behaviours/gen-server.js'
import { processOf } from '../runtime/process.js'
import { kSocket } from '../sockets/mail.js'
import type { AttachKind, PageInfo, PageServer } from './page-types.js'
import { kPage, type PagePid, requireData, requireProcess } from './pids.js'

/**
 * How a socket attaches to a page.
 *
 * @example
 * const comeback: AttachTo = { kind: 'websocket', ack: 17 }
 * const original: AttachTo = { kind: 'comet' }
 * @see Zotonic 0.10, `z_session_page:websocket_attach/2`, `comet_attach/2`
 */
export interface AttachTo {
  /** A page whose browser does not count has one socket of each kind; while it has both, messages go to the WebSocket. */
  readonly kind: AttachKind
  /**
   * The browser has every message up to this number. Without it it does not count: messages go out plain, each at most once.
   */
  readonly ack?: number
}

/**
 * Puts a message into a page's queue. It has the next number, goes out at once if a socket is attached, and is kept until the
 * browser acknowledges it. A page that has ended takes it in silence.
 *
 * @param pid - of the page
 * @param data - text, at most the queue's `maxBytes` of it as UTF-8; what is no text must be made some first, as JSON or base64
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a page; no text; longer than the queue may ever be
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * page.add(pid, 'news')
 * const { last } = await page.info(pid)
 * last // => 1
 * @see Zotonic 0.10, `z_session_page:add_script/2`
 */
function add(pid: PagePid, data: string): void {
  const process = requireProcess('page.add: pid', pid, kPage)
  requireData('page.add: data', data, process, kPage)
  genServer.cast(pid as unknown as PageServer, { type: 'add', data })
}

/**
 * Attaches a socket to a page. The page pushes `Z:PONG:<id>:<new|resumed|gap>:<from>` on it, then as `Z:MSG:<number>:<data>`
 * all that the browser has not acknowledged, and from then on what is added. To one that does not count: `Z:PONG:<id>`, and
 * plain messages.
 *
 * `resumed`: the messages after `from` follow, nothing is missing. `gap`: as well, but those up to `from` that the browser has
 * not got are lost. `new`: nothing is known of what the browser has. The first attach to a page's process is always `new`,
 * also after a crash; if the browser has messages of a process before, or if the page was made for an id that somebody
 * brought, numbers begin anew, far behind its `ack` and also for what waits, so that none means two messages. A socket that is
 * attached already gets the PONG again, and its `ack` counts; a dead one is ignored. Another socket takes the place of the one
 * of its kind, which closes with 4409 and is not attached again; if one of them counts also of the one of the other kind, for
 * a browser that counts has one connection. When the page crashes, its sockets close with 1012: the browser comes back and
 * hears `new`.
 *
 * @param pid - of the page
 * @param socket - pid of a socket's process
 * @param to - `{ kind, ack }`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a page or of a socket; a bad kind or number
 * @example
 * const { id, pid } = await session.ensurePage(visitor)
 * page.add(pid, 'news')
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * page.attach(pid, socket.pid, { kind: 'websocket', ack: 0 })
 * await node.settle()
 * socket.sent // => [['text', `Z:PONG:${id}:new:0`], ['text', 'Z:MSG:1:news']]
 * @see Zotonic 0.10, `z_session_page:websocket_attach/2`. Differs: messages are numbered and acknowledged
 */
function attach(pid: PagePid, socket: Pid<never>, to: AttachTo): void {
  requireProcess('page.attach: pid', pid, kPage)
  if (!isPid(socket)) throw new BadArgError('page.attach: socket', 'the pid of a socket', socket)
  const process = processOf(socket as Pid<never>)
  if (process !== undefined && (process.program as { [kSocket]?: true })[kSocket] !== true)
    throw new BadArgError('page.attach: socket', 'the pid of a socket', socket)
  if (to?.kind !== 'websocket' && to?.kind !== 'comet')
    throw new BadArgError('page.attach: to.kind', "'websocket' or 'comet'", to?.kind)
  if (to.ack !== undefined) requireInt('page.attach: to.ack', to.ack, 0)
  if (process === undefined) return
  genServer.cast(pid as unknown as PageServer, { type: 'attach', socket: socket as never, kind: to.kind, ack: to.ack })
}

/**
 * The browser has every message up to this number: they are forgotten. A number that has not been given out, or comes before
 * the first attach, is ignored.
 *
 * @param pid - of the page
 * @param number - from 0
 * @param from - pid of the socket that it came on: it counts only if that is attached. Default: nobody looks
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a page; no whole number; no pid
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * page.attach(pid, fakeTransport(node, echo).pid, { kind: 'websocket', ack: 0 })
 * page.add(pid, 'news')
 * page.acknowledge(pid, 1)
 * const { waiting } = await page.info(pid)
 * waiting // => 0
 * @see Zotonic 0.11, `z_transport_queue:ack/2`
 */
function acknowledge(pid: PagePid, number: number, from?: Pid<never>): void {
  requireProcess('page.acknowledge: pid', pid, kPage)
  requireInt('page.acknowledge: number', number, 0)
  if (from !== undefined && !isPid(from)) throw new BadArgError('page.acknowledge: from', 'the pid of a socket', from)
  genServer.cast(pid as unknown as PageServer, { type: 'acknowledge', number, from: from as never })
}

/**
 * A page takes over, in order and with numbers of its own, the messages of a page that has never had a socket, which ends: a
 * browser that shows a page anew under its old id gets what was written to the new one before it came. Nothing is done if the
 * other has had a socket, is of another session, or is the same.
 *
 * @param pid - of the page that goes on
 * @param from - of the page that ends
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pids of pages
 * @example
 * const { pid } = await session.ensurePage(visitor, 'old')
 * const made = await session.ensurePage(visitor)
 * page.add(made.pid, 'welcome back')
 * page.inherit(pid, made.pid)
 * await node.settle()
 * const { last } = await page.info(pid)
 * last // => 1
 * @see Zotonic 0.10, `z_session:ensure_page_session/2`, where a page keeps its id over a reload
 */
function inherit(pid: PagePid, from: PagePid): void {
  requireProcess('page.inherit: pid', pid, kPage)
  requireProcess('page.inherit: from', from, kPage)
  if (!pid.equals(from)) genServer.cast(pid as unknown as PageServer, { type: 'inherit', from })
}

/**
 * How a page stands.
 *
 * @param pid - of the page
 * @returns sockets and queue; rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, if the page has ended
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a page
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * const { status, waiting } = await page.info(pid)
 * status // => 'detached'
 * waiting // => 0
 * @see OTP `sys:get_status/1`, whose answer is for people
 */
function info(pid: PagePid): Promise<PageInfo> {
  requireProcess('page.info: pid', pid, kPage)
  return genServer.call(pid as unknown as PageServer, { type: 'info' })
}

/**
 * Pages: one process for each open page of a browser, with the messages that the browser has not got yet. It survives the crash
 * of its sockets and a reload of the page; it ends with its session, or when no socket is attached for long enough (`pageMs`,
 * `queue.maxAgeMs`).
 *
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * page.add(pid, 'shown as soon as the browser is there')
 * @see Zotonic 0.10, `z_session_page`
 * @namespace
 */
export const page = Object.freeze({ add, attach, acknowledge, inherit, info })
