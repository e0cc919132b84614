// What a store is asked: for each key one call at a time, the newest write only, again after a failure. What is not written yet
// is answered from here, so a session that has been ended or renamed is void at once. Entered by sessions and their processes;
// calls the store.
import { MAX_MS } from '../base/check.js'
import type { Reference } from '../base/ref.js'
import type { Kernel } from '../runtime/process.js'
import type { MaybePromise } from '../runtime/self-types.js'
import { isPromise } from '../runtime/spawn.js'
import { later, reportStore, TooLate, withinTime } from './report.js'
import type { SessionRecord, SessionStore } from './store.js'

/** The first wait after a failure, doubled up to the last. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000

/** What shall stand under one key: a record, or nothing. */
interface Pending {
  wanted: SessionRecord | null
  /** After that nobody needs it any more. */
  expiresAt: number
  isUnderWay: boolean
  /** To be told after the next try. */
  waiting: Waiter[]
  retryMs: number
  timer: Reference | null
  /** The store has it; it is kept here because of calls that may still undo that. */
  isWritten: boolean
  /** Writes that have taken too long, and may still land. */
  strays: number
  /** One has landed while the newest write was under way. */
  isUndone: boolean
}

/** Somebody who wants to know of one try. */
class Waiter {
  #settle: (() => void) | undefined = undefined
  isTold = false

  tell(): void {
    this.isTold = true
    this.#settle?.()
  }
  told(): Promise<void> {
    return new Promise((resolve) => (this.#settle = resolve))
  }
}

/** The records of one store. No function here rejects or throws because of the store. */
export class Records {
  readonly #kernel: Kernel
  readonly #store: SessionStore
  readonly #pending = new Map<string, Pending>()

  constructor(kernel: Kernel, store: SessionStore) {
    this.#kernel = kernel
    this.#store = store
  }

  /** The record, undefined if there is none that still counts; 'failed' if the store did not say. */
  async load(key: string): Promise<SessionRecord | undefined | 'failed'> {
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending.wanted ?? undefined
    try {
      const answer = this.#store.load(key)
      const found = checkRecord(isPromise(answer) ? await withinTime(this.#kernel, answer) : answer)
      return found === undefined || found.expiresAt > Date.now() ? found : undefined
    } catch (error) {
      reportStore(this.#kernel, 'load', error)
      return 'failed'
    }
  }
  /** Undefined if the store has it already, else settles when it has it or has failed once. */
  save(key: string, record: SessionRecord): MaybePromise<void> {
    return this.#want(key, record, record.expiresAt)
  }
  /** `expiresAt`: of the record that goes. */
  remove(key: string, expiresAt: number): MaybePromise<void> {
    return this.#want(key, null, expiresAt)
  }
  /** Settles when nothing is to be written under this key, or that was tried and has failed. */
  settled(key: string): MaybePromise<void> {
    const pending = this.#pending.get(key)
    if (pending === undefined || pending.isWritten) return undefined
    return this.#want(key, pending.wanted, pending.expiresAt)
  }

  #want(key: string, wanted: SessionRecord | null, expiresAt: number): MaybePromise<void> {
    const before = this.#pending.get(key)
    const pending = before ?? nothingPending(expiresAt)
    if (before === undefined) this.#pending.set(key, pending)
    pending.wanted = wanted
    pending.expiresAt = expiresAt
    const waiter = new Waiter()
    pending.waiting.push(waiter)
    if (!pending.isUnderWay) this.#write(key, pending)
    return waiter.isTold ? undefined : waiter.told()
  }

  #write(key: string, pending: Pending): void {
    if (pending.timer !== null) this.#kernel.timers.cancel(pending.timer)
    pending.timer = null
    pending.isWritten = false
    pending.isUndone = false
    const { wanted } = pending
    const call = wanted === null ? 'remove' : 'save'
    const told = pending.waiting
    pending.waiting = []
    try {
      const writing = wanted === null ? this.#store.remove(key) : this.#store.save(key, wanted)
      if (!isPromise(writing)) return this.#done(key, pending, wanted, told)
      pending.isUnderWay = true
      withinTime(this.#kernel, writing).then(
        () => this.#done(key, pending, wanted, told),
        (error: unknown) => {
          if (error instanceof TooLate) this.#stray(key, pending, wanted, writing)
          this.#failed(key, pending, told, call, error)
        },
      )
    } catch (error) {
      this.#failed(key, pending, told, call, error)
    }
  }

  #done(key: string, pending: Pending, wrote: SessionRecord | null, told: readonly Waiter[]): void {
    pending.isUnderWay = false
    pending.retryMs = FIRST_RETRY_MS
    if (pending.wanted === wrote && !pending.isUndone) {
      this.#written(key, pending)
      for (const waiter of pending.waiting) waiter.tell()
    } else this.#write(key, pending)
    for (const waiter of told) waiter.tell()
  }
  /** Until no stray can undo it any more, the store is not asked what stands there. */
  #written(key: string, pending: Pending): void {
    const restMs = pending.expiresAt - Date.now()
    if (pending.strays === 0 || restMs <= 0) return void this.#pending.delete(key)
    pending.isWritten = true
    pending.timer = later(this.#kernel, Math.min(restMs, MAX_MS), () => {
      pending.timer = null
      this.#written(key, pending)
    })
  }
  /** A write that has taken too long may land after what was written since: then that is written once more. */
  #stray(key: string, pending: Pending, wrote: SessionRecord | null, writing: Promise<void>): void {
    pending.strays++
    const landed = (): void => {
      pending.strays--
      if (this.#pending.get(key) !== pending || this.#kernel.queue.stopped) return
      if (pending.isUnderWay) pending.isUndone = true
      else if (pending.wanted !== wrote) this.#write(key, pending)
      else if (pending.isWritten) this.#retire(key, pending)
    }
    void writing.then(landed, landed)
  }
  #retire(key: string, pending: Pending): void {
    if (pending.strays > 0) return
    if (pending.timer !== null) this.#kernel.timers.cancel(pending.timer)
    this.#pending.delete(key)
  }
  #failed(key: string, pending: Pending, told: readonly Waiter[], call: 'save' | 'remove', error: unknown): void {
    pending.isUnderWay = false
    reportStore(this.#kernel, call, error)
    // What has come meanwhile deserves a try of its own, now.
    if (pending.waiting.length > 0) this.#write(key, pending)
    else this.#retry(key, pending)
    for (const waiter of told) waiter.tell()
  }
  #retry(key: string, pending: Pending): void {
    pending.timer = later(this.#kernel, pending.retryMs, () => {
      pending.timer = null
      if (pending.expiresAt <= Date.now()) this.#pending.delete(key)
      else this.#write(key, pending)
    })
    pending.retryMs = Math.min(LAST_RETRY_MS, pending.retryMs * 2)
  }
}

function nothingPending(expiresAt: number): Pending {
  const retryMs = FIRST_RETRY_MS
  return {
    wanted: null,
    expiresAt,
    isUnderWay: false,
    waiting: [],
    retryMs,
    timer: null,
    isWritten: false,
    strays: 0,
    isUndone: false,
  }
}

/** What a store of somebody else's answers may be anything. */
function checkRecord(found: unknown): SessionRecord | undefined {
  if (found === undefined || found === null) return undefined
  const { data, visitor, expiresAt } = found as Partial<SessionRecord>
  if (typeof data !== 'object' || data === null || typeof expiresAt !== 'number') throw new TypeError('it answered no record')
  if (visitor !== undefined && visitor !== null && typeof visitor !== 'string') throw new TypeError('it answered no record')
  return { data, visitor: visitor ?? undefined, expiresAt }
}
