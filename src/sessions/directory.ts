// Which process has a key: a table of this program, in which the start of a process that is not there yet happens once however
// many ask for it. Ends are seen by a monitor without messages. Entered by sessions and visitors.
import type { Pid } from '../base/pid.js'
import { watchEnd } from '../runtime/alias.js'
import { processOf } from '../runtime/process.js'

/** What stands in a directory. */
export interface Entry {
  readonly pid: Pid<never>
}

/** Living processes by key. */
export class Directory<E extends Entry> {
  readonly #entries = new Map<string, E>()
  readonly #starting = new Map<string, Promise<unknown>>()
  /** Also of those that have ended. */
  readonly #keys = new WeakMap<Pid<never>, string>()
  /** The keys that a process was known by before. */
  readonly #former = new WeakMap<Pid<never>, Set<string>>()

  get(key: string): E | undefined {
    return this.#entries.get(key)
  }
  /** The key of a process, under which it is, or was last. */
  keyOf(pid: Pid<never>): string | undefined {
    return this.#keys.get(pid)
  }
  /** Was the process known by this key before, but is no more? */
  hadKey(pid: Pid<never>, key: string): boolean {
    return this.#former.get(pid)?.has(key) === true
  }
  /** Nothing is entered for a process that has ended already. */
  add(key: string, entry: E): void {
    this.#keys.set(entry.pid, key)
    const process = processOf(entry.pid)
    if (process === undefined) return
    this.#entries.set(key, entry)
    watchEnd(null, process, () => this.#ended(entry))
  }
  /** The process is known by another key from now on. */
  move(pid: Pid<never>, to: string): void {
    const key = this.#keys.get(pid)
    const entry = key === undefined ? undefined : this.#entries.get(key)
    this.#keys.set(pid, to)
    if (key !== undefined) this.#former.set(pid, (this.#former.get(pid) ?? new Set()).add(key))
    if (entry?.pid !== pid) return
    this.#entries.delete(key as string)
    this.#entries.set(to, entry)
  }
  /** Nobody finds it any more, though it may live. */
  forget(pid: Pid<never>): void {
    const key = this.#keys.get(pid)
    if (key !== undefined && this.#entries.get(key)?.pid === pid) this.#entries.delete(key)
  }
  /** What `start` answers; those who ask meanwhile for the same key get the same answer. */
  once<T>(key: string, start: () => Promise<T>): Promise<T> {
    const under = this.#starting.get(key) as Promise<T> | undefined
    if (under !== undefined) return under
    const starting = start().finally(() => this.#starting.delete(key))
    this.#starting.set(key, starting)
    return starting
  }

  #ended(entry: E): void {
    this.forget(entry.pid)
  }
}
