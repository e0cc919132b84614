// What a session knows and does: its data, its pages, its time. In turns of the session's process, which enters it; calls the
// store by records, and starts pages under their supervisor.
import type { Down } from '../base/messages.js'
import type { Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { genServer } from '../behaviours/gen-server.js'
import type { Self } from '../runtime/self-types.js'
import { CLAIMS_EXPIRED, REPLACED } from '../wire/close-codes.js'
import { Data } from './data.js'
import { startPage } from './page-process.js'
import type { PageServer } from './page-types.js'
import type { PagePid, SessionPid } from './pids.js'
import type { Realm } from './realm.js'
import type { SecretId } from './session-id.js'
import { SessionPages } from './session-pages.js'
import type { Expire, HiddenPage, Outcome, SessionServer } from './session-types.js'
import type { SessionRecord } from './store.js'
import { whyNot } from './visitor.js'

/** What a session is started with. */
export interface SessionBirth {
  readonly realm: Realm
  /** Of its record, and in the directory. */
  readonly key: string
  readonly visitor: string
  /** Undefined for a new session. */
  readonly record: SessionRecord | undefined
}
const EXPIRE_MAYBE: Expire = Object.freeze({ type: 'expire' })
/** A use is written down when what stands in the store is behind by this part of `keepAliveMs`. */
const BEHIND = 0.1

/** The state of one session. */
export class SessionState {
  readonly #realm: Realm
  readonly #self: Self<Down | Expire>
  readonly #visitor: string
  readonly #data: Data
  readonly #pages = new SessionPages()
  /** Monitors of processes that keep it in use: sockets. */
  readonly #holds = new Map<number, Ref>()
  #key: string
  /** Its cookie has come back: it is no robot's. */
  #hasReturned: boolean
  #lastUseAt: number
  /** What stands in the store, in ms since 1970. */
  #savedUntil = 0
  #isOver = false
  #timer: Ref

  constructor({ realm, key, visitor, record }: SessionBirth, self: Self<Down | Expire>) {
    this.#realm = realm
    this.#self = self
    this.#key = key
    this.#visitor = visitor
    this.#data = new Data(record?.data)
    this.#hasReturned = record !== undefined
    this.#lastUseAt = this.#now
    this.#timer = this.#arm()
    void this.#save()
  }

  get isOver(): boolean {
    return this.#isOver
  }
  get(key: string): unknown {
    return this.#data.get(key)
  }
  /** Undefined if the store has it already. */
  set(key: string, value: unknown): void | Promise<void> {
    this.#data.set(key, value)
    return this.#save()
  }
  persistent(key: string, change?: { readonly value: unknown }): Promise<Outcome<unknown>> {
    const { visitors } = this.#realm
    const asked = change === undefined ? visitors.get(this.#visitor, key) : visitors.set(this.#visitor, key, change.value)
    return asked.then(
      (value) => ['ok', value],
      (error: unknown) => ['error', whyNot(error)],
    )
  }
  use(): void {
    this.#noteUse()
    this.#hasReturned = true
    this.#lastUseAt = this.#now
    if (this.#expiresAt - this.#savedUntil > this.#lifeMs * BEHIND) void this.#save()
  }
  rotate(id: SecretId): void | Promise<void> {
    const { live, records, rotated } = this.#realm
    const old = this.#key
    this.#key = id.key('s')
    live.move(this.#self.pid, this.#key)
    rotated.add(old, this.#now)
    void records.remove(old, this.#savedUntil)
    return this.#save()
  }
  /** Flushes what is not in the store yet; the node ends. */
  rest(): void | Promise<void> {
    return this.#isOver ? undefined : this.#realm.records.settled(this.#key)
  }

  // ---- Pages

  listPages(): readonly HiddenPage[] {
    return this.#pages.list().map(({ id, pid }) => ({ id, pid }))
  }
  addToAll(data: string): void {
    for (const { pid } of this.#pages.list()) genServer.cast(asServer(pid), { type: 'add', data })
  }
  async ensurePage(id: SecretId, isNamed: boolean): Promise<Outcome<PagePid>> {
    const found = this.#pages.get(id)
    if (found !== undefined) {
      if (await isThere(found.pid)) {
        if (found.detachedAt !== undefined) found.detachedAt = this.#now
        return ['ok', found.pid]
      }
      this.#pages.down(found.ref) // its DOWN is on the way
    }
    while (this.#pages.size >= this.#realm.limits.maxPages) this.#endLeastUsed()
    const { kernel, limits, tree } = this.#realm
    const session = this.#self.pid as unknown as SessionServer
    try {
      const pid = (await tree.startChild('pages', () =>
        startPage({ kernel, limits, id, isNamed, session }),
      )) as unknown as PagePid
      this.#pages.add(id, pid, this.#self.monitor(pid), this.#now)
      return ['ok', pid]
    } catch (error) {
      return ['error', whyNot(error)]
    }
  }
  setAttached(pid: PagePid, isAttached: boolean): void {
    if (isAttached) this.use() // no robot attaches a socket
    this.#pages.setDetachedAt(pid, isAttached ? undefined : this.#now)
    this.#noteUse()
  }
  hold(holder: Pid<never>): void {
    const ref = this.#self.monitor(holder)
    this.#holds.set(ref.id, ref)
    this.use()
  }
  down(ref: Ref): void {
    const wasOurs = this.#holds.delete(ref.id) || this.#pages.down(ref)
    if (wasOurs) this.#noteUse()
    if (!wasOurs || this.#isInUse) return
    // The browser was here as long as its pages were; one that has never come back leaves nothing but its first time.
    if (this.#hasReturned) this.#lastUseAt = this.#now
    this.#self.cancelTimer(this.#timer)
    this.#timer = this.#arm()
  }
  #endLeastUsed(): void {
    const least = this.#pages.takeLeastUsed()
    if (least !== undefined) genServer.cast(asServer(least.pid), { type: 'finish', code: REPLACED })
  }

  // ---- The end

  expire(): void {
    if (this.#isInUse) {
      void this.#save()
      this.#timer = this.#self.sendAfter(this.#lifeMs, EXPIRE_MAYBE)
    } else if (this.#endsAt > this.#now) this.#timer = this.#arm()
    else this.finish()
  }
  /** Its cookie is void from now on, and its pages go, with their sockets. */
  finish(): void {
    this.#isOver = true
    this.#realm.live.forget(this.#self.pid)
    void this.#realm.records.remove(this.#key, this.#savedUntil)
    for (const { pid } of this.#pages.list()) genServer.cast(asServer(pid), { type: 'finish', code: CLAIMS_EXPIRED })
  }

  #save(): void | Promise<void> {
    this.#savedUntil = this.#expiresAt
    const record = { data: this.#data.toRecord(), visitor: this.#visitor, expiresAt: this.#savedUntil }
    return this.#realm.records.save(this.#key, record)
  }
  #arm(): Ref {
    return this.#self.sendAfter(Math.max(0, Math.ceil(this.#endsAt - this.#now)), EXPIRE_MAYBE)
  }
  /** Whether it may go for another one. */
  #noteUse(): void {
    this.#realm.crowd.note(this.#self.pid as unknown as SessionPid, this.#holds.size === 0 && !this.#pages.isAttached)
  }
  get #isInUse(): boolean {
    return this.#pages.size > 0 || this.#holds.size > 0
  }
  get #lifeMs(): number {
    const { keepAliveMs, firstMs } = this.#realm.limits
    return this.#hasReturned ? keepAliveMs : firstMs
  }
  get #endsAt(): number {
    return this.#lastUseAt + this.#lifeMs
  }
  /** For the store, which lives by the calendar. */
  get #expiresAt(): number {
    return Date.now() + this.#lifeMs
  }
  get #now(): number {
    return this.#realm.kernel.clock.now()
  }
}

/** Asks the page, whose time without a socket begins anew by that; false if it has just ended. */
async function isThere(pid: PagePid): Promise<boolean> {
  try {
    await genServer.call(asServer(pid), { type: 'await' })
    return true
  } catch {
    return false
  }
}
function asServer(pid: PagePid): PageServer {
  return pid as unknown as PageServer
}
