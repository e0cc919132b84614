// Which pages a session has, and which of them must go for one more. Data only. Entered by the session's state.
import type { Ref } from '../base/ref.js'
import type { PagePid } from './pids.js'
import type { SecretId } from './session-id.js'

interface Entry {
  readonly id: SecretId
  readonly pid: PagePid
  readonly ref: Ref
  /** Since when it has no socket; undefined while it has one. */
  detachedAt: number | undefined
}

/** The pages of one session, oldest first. */
export class SessionPages {
  readonly #byId = new Map<string, Entry>()

  get size(): number {
    return this.#byId.size
  }
  /** Has one of them a socket? */
  get isAttached(): boolean {
    for (const { detachedAt } of this.#byId.values()) if (detachedAt === undefined) return true
    return false
  }
  get(id: SecretId): Entry | undefined {
    return this.#byId.get(id.text)
  }
  list(): readonly Entry[] {
    return [...this.#byId.values()]
  }
  add(id: SecretId, pid: PagePid, ref: Ref, now: number): void {
    this.#byId.set(id.text, { id, pid, ref, detachedAt: now })
  }
  setDetachedAt(pid: PagePid, at: number | undefined): void {
    for (const entry of this.#byId.values()) if (entry.pid.equals(pid)) entry.detachedAt = at
  }
  /** True if there was such a page. */
  down(ref: Ref): boolean {
    for (const [id, entry] of this.#byId) if (entry.ref.equals(ref)) return this.#byId.delete(id)
    return false
  }
  /** Takes out the page that is longest without a socket; if all have one, the oldest. */
  takeLeastUsed(): Entry | undefined {
    let least: Entry | undefined = undefined
    for (const entry of this.#byId.values()) {
      if (least === undefined || (entry.detachedAt ?? Infinity) < (least.detachedAt ?? Infinity)) least = entry
    }
    if (least !== undefined) this.#byId.delete(least.id.text)
    return least
  }
}
