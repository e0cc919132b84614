// Names of processes and references, in terms of the process that makes them: `c`, `a.c`, `c#2`.
import type { Pid, Ref } from '../../src/index.js'
import type { Naming } from './terms.js'

const MAIN = 'main'
const UNNAMED = '?'

/** The names of one run. Processes and references are counted separately. */
export class Names implements Naming {
  readonly #processes = new Map<Pid, string>()
  readonly #pids = new Map<string, Pid>()
  readonly #refs = new Map<Ref, string>()
  readonly #usedByProcesses = new Map<string, number>()
  readonly #usedByRefs = new Map<string, number>()

  /** The name for a process that `starter` starts under `name`; each start takes a number, also one that fails. */
  allocate(starter: Pid, name: string): string {
    return this.allocateGlobal(this.#qualify(starter, name))
  }

  /** The same for a name that stands for itself. */
  allocateGlobal(full: string): string {
    return numbered(this.#usedByProcesses, full)
  }

  nameProcess(pid: Pid, full: string): void {
    this.#processes.set(pid, full)
    this.#pids.set(full, pid)
  }

  /** The first name stays. */
  nameRef(owner: Pid, ref: Ref, name: string): void {
    if (!this.#refs.has(ref)) this.#refs.set(ref, numbered(this.#usedByRefs, this.#qualify(owner, name)))
  }

  processName(pid: Pid): string {
    return this.#processes.get(pid) ?? UNNAMED
  }

  refName(ref: Ref): string {
    return this.#refs.get(ref) ?? UNNAMED
  }

  pidOf(full: string): Pid | undefined {
    return this.#pids.get(full)
  }

  /** All named processes, sorted by name. */
  all(): [name: string, pid: Pid][] {
    return [...this.#pids].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #qualify(owner: Pid, name: string): string {
    const own = this.processName(owner)
    return own === MAIN ? name : `${own}.${name}`
  }
}

function numbered(used: Map<string, number>, full: string): string {
  const count = (used.get(full) ?? 0) + 1
  used.set(full, count)
  return count === 1 ? full : `${full}#${count}`
}
