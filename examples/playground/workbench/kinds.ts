// What the processes of the tree are, and what their supervisors call them: asked once for each, and only of those who are idle, so
// that the question never waits in a mailbox that is looked at.
import { type AnyPid, type Self, supervisor, type SupervisorPid, sys } from 'gensock'
import type { Seen, Table } from './table.js'

const LIMIT_MS = 200
const MAX_NAMED = 50
const PLAIN = 'process'

export class Kinds {
  readonly #kinds = new Map<string, string>()
  readonly #names: Map<string, string>

  /** `names`: of processes that have no supervisor. */
  constructor(names: ReadonlyMap<AnyPid, string>) {
    this.#names = new Map([...names].map(([pid, name]) => [String(pid), name]))
  }
  /** OTP's name of a behaviour, camelCased; `process` of one without; empty while it is not known. */
  readonly kindOf = (pid: string): string => this.#kinds.get(pid) ?? ''
  readonly nameOf = (pid: string): string => this.#names.get(pid) ?? ''

  async learn({ seen }: Table, self: Self): Promise<void> {
    for (const known of [this.#kinds, this.#names]) {
      for (const pid of known.keys()) if (!seen.has(pid)) known.delete(pid)
    }
    this.#kinds.set(String(self.pid), 'genServer') // whoever asks cannot be asked
    const unknown = [...seen].filter(([pid, one]) => !this.#kinds.has(pid) && isIdle(one))
    await Promise.all(unknown.map(async ([pid, one]) => this.#kinds.set(pid, await kindOf(one.pid, self))))
    for (const [pid, one] of seen) {
      if (this.kindOf(pid) === 'supervisor' && isIdle(one) && this.#hasUnnamed(one)) this.#nameChildren(one.pid, self)
    }
  }

  /** Sockets have no names: the supervisor above them is the listener. */
  #hasUnnamed({ pid, children }: Seen): boolean {
    if (children.some((one) => this.kindOf(String(one.pid)) === 'socket')) {
      this.#names.set(String(pid), 'listener')
      return false
    }
    return children.length <= MAX_NAMED && children.some((one) => one.name === undefined && !this.#names.has(String(one.pid)))
  }
  /** Not awaited: a supervisor that starts a child answers when it is done with that, and the next look shows the names. */
  #nameChildren(tree: AnyPid, self: Self): void {
    const answer = self.run(() => supervisor.whichChildren(tree as SupervisorPid))
    answer.then(
      (children) => {
        for (const { id, pid } of children) this.#names.set(String(pid), typeof id === 'string' ? id : '')
      },
      () => undefined, // it has ended
    )
  }
}

function isIdle({ status, waiting }: Seen): boolean {
  return status === 'waiting' && waiting === 0
}
async function kindOf(pid: AnyPid, self: Self): Promise<string> {
  try {
    const { behaviour } = await self.run(() => sys.getStatus(pid, LIMIT_MS))
    return behaviour.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())
  } catch {
    return PLAIN // it has no system messages, or has ended
  }
}
