// Where sessions outlive their processes: the interface of a store, and the store in memory that is the default. Entered by
// users who bring one of their own, and by records, which writes.
import type { MaybePromise } from '../runtime/self-types.js'

/**
 * What a store keeps under one key: plain data, as JSON or `structuredClone` can copy it if the values that were `set` are.
 *
 * @example
 * const record: SessionRecord = { data: { user: 'ann' }, visitor: undefined, expiresAt: Date.now() + 3_600_000 }
 * const store = memoryStore()
 * await store.save('key', record)
 * await store.load('key') // => record
 * @see Zotonic 0.10, `z_session_manager` keeps sessions in their processes only, and a visitor's data in the table `persistent`
 */
export interface SessionRecord {
  /** What `session.set`, or for a visitor `session.setPersistent`, has put there. */
  readonly data: Readonly<Record<string, unknown>>
  /** Of a session: whose it is, the key of a visitor's record. */
  readonly visitor: string | undefined
  /** In ms since 1970: after it the record counts for nothing, and the store may forget it. */
  readonly expiresAt: number
}
/**
 * A place for sessions: a session whose process is gone is loaded from it when its cookie comes again. All three may be async;
 * what takes longer than 5 s has failed. Keys hold letters, digits, `.`, `-` and `_`; they are hashes, from which no cookie can
 * be made. For one key there is one call under way at a time, beside those that have taken too long; when such a one ends after
 * all, what shall stand there is written once more. Programs may share a store, but for one session only one program at a time:
 * each keeps what it has loaded, and writes all of it, so a balancer must send a browser to one program as long as that lives.
 *
 * @example
 * const files = new Map<string, string>()
 * const store: SessionStore = {
 *   load: async (key) => (files.has(key) ? (JSON.parse(files.get(key) as string) as SessionRecord) : undefined),
 *   save: async (key, record) => void files.set(key, JSON.stringify(record)),
 *   remove: async (key) => void files.delete(key),
 * }
 * const sessions = await startSessions({ store })
 * await sessions.ensure({}, { secure: true })
 * files.size // => 1
 * await supervisor.stop(sessions.pid)
 * @see Zotonic 0.10, `z_session:persistent_set/3` and its table
 */
export interface SessionStore {
  /** What was saved last under this key; undefined if there is nothing. A failure is logged, and the visit is anonymous. */
  readonly load: (key: string) => MaybePromise<SessionRecord | undefined>
  /** A failure is logged, and tried again until it succeeds or the record has expired. */
  readonly save: (key: string, record: SessionRecord) => MaybePromise<void>
  /** Also for a key that is not there. A failure is logged and tried again; until then the record counts as removed. */
  readonly remove: (key: string) => MaybePromise<void>
}

/** Records before expired ones are looked for. */
const FIRST_SWEEP = 1024

/**
 * A store in memory: sessions outlive crashes of their processes, but not the program.
 *
 * @returns a store of its own
 * @example
 * const store = memoryStore()
 * await store.save('key', { data: {}, visitor: undefined, expiresAt: Date.now() + 1000 })
 * await store.remove('key')
 * await store.load('key') // => undefined
 * @see {@link SessionStore}
 */
export function memoryStore(): SessionStore {
  const records = new Map<string, SessionRecord>()
  let sweepAbove = FIRST_SWEEP
  const sweep = (): void => {
    const now = Date.now()
    for (const [key, { expiresAt }] of records) if (expiresAt <= now) records.delete(key)
    // What a sweep costs is paid by the saves since the last one.
    sweepAbove = Math.max(FIRST_SWEEP, 2 * records.size)
  }
  return Object.freeze({
    load: (key: string) => records.get(key),
    save(key: string, record: SessionRecord) {
      records.set(key, record)
      if (records.size > sweepAbove) sweep()
    },
    remove: (key: string) => void records.delete(key),
  })
}
