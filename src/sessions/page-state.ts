// What a page knows and does: its queue, its sockets, its life. In turns of the page's process, which enters it; pushes on
// sockets, and tells the session whether a socket is there.
import type { Down } from '../base/messages.js'
import type { Ref } from '../base/ref.js'
import { genServer } from '../behaviours/gen-server.js'
import { type Kernel, processOf } from '../runtime/process.js'
import type { Self } from '../runtime/self-types.js'
import { pushTo } from '../sockets/broadcast.js'
import { text } from '../sockets/frames.js'
import { SERVICE_RESTART } from '../wire/close-codes.js'
import { message, pong } from '../wire/page.js'
import type { SessionLimits } from './options.js'
import { ATTACH, ATTACHED, DETACH, DETACHED, EXPIRE, EXPIRED, endsAt, FINISH, nextLife } from './page-life.js'
import { PageQueue } from './page-queue.js'
import { type AttachedSocket, PageSockets } from './page-sockets.js'
import type { PageCasts, PageInfo, PageServer } from './page-types.js'
import type { PagePid } from './pids.js'
import type { SecretId } from './session-id.js'
import type { SessionServer } from './session-types.js'

/** What a page is started with. */
export interface PageBirth {
  readonly kernel: Kernel
  readonly limits: SessionLimits
  readonly id: SecretId
  /** Somebody had the id before this process: there may have been another one. */
  readonly isNamed: boolean
  readonly session: SessionServer
}
/** To itself: its time may be over. */
export interface Expire {
  readonly type: 'expire'
}
const EXPIRE_MAYBE: Expire = Object.freeze({ type: 'expire' })

/** The state of one page. */
export class PageState {
  readonly #birth: PageBirth
  readonly #self: Self<Down | Expire>
  readonly #sessionRef: Ref
  readonly #queue: PageQueue
  readonly #sockets: PageSockets
  #life = DETACHED
  /** No socket has been attached yet. */
  #isNew = true
  #detachedAt: number
  #timer: Ref | undefined = undefined

  constructor(birth: PageBirth, self: Self<Down | Expire>) {
    this.#birth = birth
    this.#self = self
    this.#sessionRef = self.monitor(birth.session)
    this.#queue = new PageQueue(birth.limits.queue)
    this.#sockets = new PageSockets(self)
    this.#detachedAt = this.#now
    this.#arm()
  }

  get isOver(): boolean {
    return this.#life === EXPIRED
  }
  info(): PageInfo {
    this.#queue.trim(this.#now)
    const { size: waiting, bytes, last, acknowledged, dropped } = this.#queue
    const { websocket, comet } = this.#sockets
    const status = this.#life === ATTACHED ? 'attached' : 'detached'
    return { status, websocket, comet, waiting, bytes, last, acknowledged, dropped }
  }

  // ---- What others ask for

  add(data: string): void {
    const number = this.#queue.add(data, this.#now)
    const socket = this.#sockets.active
    if (socket === undefined) return
    if (socket.counts) pushTo(socket.pid, text(message(number, data)))
    else this.#sendWaiting(socket)
  }
  attach({ socket: pid, kind, ack }: PageCasts['attach']): void {
    if (!this.#sockets.canHave(pid)) return
    this.#queue.trim(this.#now)
    const known = this.#sockets.find(pid)
    if (known !== undefined) return this.#again(known, ack)
    if (ack !== undefined && this.#sockets.refusesLate(pid)) return
    const socket = this.#sockets.put(pid, kind, ack !== undefined)
    this.#life = nextLife(this.#life, ATTACH)
    this.#disarm()
    this.#tell(true)
    this.#welcome(socket, ack)
  }
  acknowledge({ number, from }: PageCasts['acknowledge']): void {
    // Before the first attach nothing has been sent: such a number is from the process before this one.
    if (this.#isNew) return
    if (from === undefined || this.#sockets.find(from) !== undefined) this.#queue.acknowledge(number)
  }
  inherit(from: PagePid): void {
    const heir = this.#self.pid as unknown as PagePid
    genServer.cast(from as unknown as PageServer, { type: 'bequeath', heir, session: this.#birth.session })
  }
  bequeath(heir: PagePid, session: SessionServer): void {
    // Messages that nobody has seen may have other numbers: those of a page that was attached may not.
    if (!this.#isNew || !session.equals(this.#birth.session) || processOf(heir) === undefined) return
    this.#queue.trim(this.#now)
    for (const [, data] of this.#queue.waiting()) genServer.cast(heir as unknown as PageServer, { type: 'add', data })
    this.#life = nextLife(this.#life, FINISH)
  }
  /** The session was asked for it: somebody comes. */
  awaited(): void {
    this.#detachedAt = this.#now
  }
  finish(code: number): void {
    this.#life = nextLife(this.#life, FINISH)
    this.#sockets.closeAll(code)
  }

  /** However it has ended: sockets that are still attached would hear nothing more, so the browser shall come again. */
  ended(): void {
    this.#sockets.closeAll(SERVICE_RESTART)
  }

  // ---- What happens

  down(ref: Ref): void {
    if (ref.equals(this.#sessionRef)) {
      this.#life = nextLife(this.#life, FINISH)
      return
    }
    const kind = this.#sockets.down(ref)
    if (kind === undefined) return
    const heir = this.#sockets.active
    if (this.#sockets.isEmpty) this.#detach()
    else if (kind === 'websocket' && heir !== undefined) this.#sendWaiting(heir)
  }
  expire(): void {
    this.#timer = undefined
    if (this.#life !== DETACHED) return
    if (this.#endsAt <= this.#now) this.#life = nextLife(this.#life, EXPIRE)
    else this.#arm()
  }

  // ---- What a socket hears

  #welcome(socket: AttachedSocket, ack: number | undefined): void {
    const isNew = this.#isNew
    this.#isNew = false
    if (ack === undefined) pushTo(socket.pid, text(pong(this.#id)))
    else {
      const resumed = isNew ? 'new' : this.#queue.resume(ack)
      if (isNew && (ack > 0 || this.#birth.isNamed)) this.#queue.beginBehind(ack)
      else if (!isNew) this.#queue.acknowledge(ack)
      pushTo(socket.pid, text(pong(this.#id, resumed, this.#queue.before)))
    }
    if (this.#sockets.active === socket) this.#sendWaiting(socket)
  }
  /** Its heartbeat: it has got, or will get, all that was pushed on it. */
  #again({ pid, counts }: AttachedSocket, ack: number | undefined): void {
    if (!counts || ack === undefined) return pushTo(pid, text(pong(this.#id)))
    this.#queue.acknowledge(ack)
    pushTo(pid, text(pong(this.#id, 'resumed', Math.min(ack, this.#queue.last))))
  }
  #sendWaiting({ pid, counts }: AttachedSocket): void {
    const frames = Array.from(this.#queue.waiting(), ([number, data]) => text(counts ? message(number, data) : data))
    if (frames.length > 0) pushTo(pid, frames)
    if (!counts) this.#queue.acknowledge(this.#queue.last)
  }

  // ---- Its time

  #detach(): void {
    this.#life = nextLife(this.#life, DETACH)
    this.#detachedAt = this.#now
    this.#tell(false)
    this.#arm()
  }
  #tell(isAttached: boolean): void {
    genServer.cast(this.#birth.session, { type: 'attached', page: this.#self.pid as unknown as PagePid, isAttached })
  }
  #arm(): void {
    this.#timer = this.#self.sendAfter(Math.max(0, Math.ceil(this.#endsAt - this.#now)), EXPIRE_MAYBE)
  }
  #disarm(): void {
    if (this.#timer !== undefined) this.#self.cancelTimer(this.#timer)
    this.#timer = undefined
  }
  get #endsAt(): number {
    return endsAt(this.#birth.limits, this.#detachedAt, this.#queue.newestAt, this.#isNew)
  }
  get #now(): number {
    return this.#birth.kernel.clock.now()
  }
  get #id(): string {
    return this.#birth.id.text
  }
}
