// What is kept for a visitor over all sessions of one browser: a process for each visitor whose data is in use, started when it
// is asked for, gone again when nobody has asked for a while. Entered by sessions' processes; calls the store by records.
import { CallError } from '../runtime/call.js'
import { defineServer, genServer } from '../behaviours/gen-server.js'
import type { InitResult, NoReply, PidOf } from '../behaviours/gen-server-types.js'
import { StartError } from '../behaviours/start.js'
import { isPromise } from '../runtime/spawn.js'
import { Data } from './data.js'
import { Directory } from './directory.js'
import type { Records } from './records.js'
import type { Tree } from './tree.js'

/** How long a visitor's process waits for the next request, in ms. */
const IDLE_MS = 60_000

interface Birth {
  readonly records: Records
  readonly key: string
  readonly keepMs: number
}
class Visitor {
  readonly #birth: Birth
  readonly #data: Data
  constructor(birth: Birth, data: Data) {
    this.#birth = birth
    this.#data = data
  }
  get data(): Data {
    return this.#data
  }
  save(): void | Promise<void> {
    const { records, key, keepMs } = this.#birth
    return records.save(key, { data: this.#data.toRecord(), visitor: undefined, expiresAt: Date.now() + keepMs })
  }
}

const VISITOR = defineServer<Visitor>()({
  async init(birth: Birth): Promise<InitResult<Visitor>> {
    const record = await birth.records.load(birth.key)
    if (record === 'failed') return ['stop', ['shutdown', 'store_failed']]
    return ['ok', new Visitor(birth, new Data(record?.data)), IDLE_MS]
  },
  handleCall: {
    get: ({ key }: { key: string }, _from, state) => ['reply', state.data.get(key), state, IDLE_MS],
    set({ key, value }: { key: string; value: unknown }, from, state) {
      state.data.set(key, value)
      const saving = state.save()
      if (!isPromise(saving)) return ['reply', undefined, state, IDLE_MS]
      void saving.then(() => genServer.reply(from, undefined))
      return ['noreply', state, IDLE_MS]
    },
  },
  handleInfo: (_timeout: unknown, state): NoReply<Visitor> => ['stop', 'normal', state],
})
type VisitorPid = PidOf<typeof VISITOR>

/** The visitors of one set of sessions. */
export class Visitors {
  readonly #records: Records
  readonly #tree: Tree
  readonly #keepMs: number
  readonly #directory = new Directory<{ readonly pid: VisitorPid }>()

  constructor(records: Records, tree: Tree, keepMs: number) {
    this.#records = records
    this.#tree = tree
    this.#keepMs = keepMs
  }

  get(visitor: string, key: string): Promise<unknown> {
    return this.#ask(visitor, (pid) => genServer.call(pid, { type: 'get', key }))
  }
  set(visitor: string, key: string, value: unknown): Promise<unknown> {
    return this.#ask(visitor, (pid) => genServer.call(pid, { type: 'set', key, value }, 10_000))
  }

  /** Once more if it ended of idleness just then. */
  async #ask<T>(key: string, ask: (pid: VisitorPid) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.#ensure(key))
    } catch (error) {
      if (!(error instanceof CallError) || (error.reason !== 'noproc' && error.reason !== 'normal')) throw error
      return ask(await this.#ensure(key))
    }
  }
  async #ensure(key: string): Promise<VisitorPid> {
    const known = this.#directory.get(key)
    if (known !== undefined) return known.pid
    return this.#directory.once(key, async () => {
      const birth: Birth = { records: this.#records, key, keepMs: this.#keepMs }
      const pid = await this.#tree.startChild('visitors', () => genServer.startLink(VISITOR, birth))
      this.#directory.add(key, { pid })
      return pid
    })
  }
}
/** Why a visitor's data cannot be had, as a value. */
export function whyNot(error: unknown): unknown {
  return error instanceof StartError || error instanceof CallError ? error.reason : error
}
