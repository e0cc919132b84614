// How many sessions there are, and which of them may go for one more: those without an open socket, the longest unused first.
// Entered by visits, and by each session's process for itself.
import { watchEnd } from '../runtime/alias.js'
import { processOf } from '../runtime/process.js'
import type { SessionPid } from './pids.js'

/** The sessions of one `startSessions`, as far as they count. */
export class Crowd {
  readonly #max: number
  readonly #members = new Set<SessionPid>()
  /** In the order of their last use. */
  readonly #idle = new Set<SessionPid>()
  #coming = 0

  constructor(max: number) {
    this.#max = max
  }

  get isFull(): boolean {
    return this.#members.size + this.#coming >= this.#max
  }
  /** One more, as soon as `start` has answered. */
  async join(start: () => Promise<SessionPid>): Promise<SessionPid> {
    this.#coming++
    try {
      const pid = await start()
      this.#enter(pid)
      return pid
    } finally {
      this.#coming--
    }
  }
  /** It was used, and has an open socket or none. */
  note(pid: SessionPid, isIdle: boolean): void {
    this.#idle.delete(pid)
    if (isIdle && this.#members.has(pid)) this.#idle.add(pid)
  }
  /** The one that is longest unused, which counts no more; undefined if all have an open socket. */
  take(): SessionPid | undefined {
    const [first] = this.#idle
    if (first !== undefined) this.#leave(first)
    return first
  }

  #enter(pid: SessionPid): void {
    const process = processOf(pid)
    if (process === undefined) return
    this.#members.add(pid)
    this.#idle.add(pid)
    watchEnd(null, process, () => this.#leave(pid))
  }
  #leave(pid: SessionPid): void {
    this.#members.delete(pid)
    this.#idle.delete(pid)
  }
}
