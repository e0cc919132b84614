// Which session a visit has: found by its cookies among the living ones, else in the store, else made. What is forged, stale or
// of another visitor is anonymous. Entered by sessions.
import { genServer } from '../behaviours/gen-server.js'
import { CallError } from '../runtime/call.js'
import type { Cookies } from './cookies.js'
import type { SessionPid } from './pids.js'
import type { LiveSession, Realm } from './realm.js'
import { SecretId } from './session-id.js'
import { startSession } from './session-process.js'
import type { SessionServer } from './session-types.js'
import type { SessionRecord } from './store.js'
import type { Signed } from './token.js'
import { onNode } from '../runtime/on-node.js'

/** What the cookies of a visit say. */
export interface Claim {
  readonly sid: Signed | undefined
  readonly visitor: Signed | undefined
  /** There is a `z_pid`, but it is not ours. */
  readonly isForged: boolean
}
/** `unknown`: no session is found. `foreign`: it is somebody else's. `failed`: the store does not say. */
export type Found = SessionPid | 'unknown' | 'foreign' | 'failed'
/** A session that has just been made, and the ids for its cookies. */
export interface Made {
  readonly pid: SessionPid
  readonly sid: SecretId
  readonly visitor: SecretId
  /** There was no place for it: it shall not come back. */
  readonly isExtra: boolean
}

/** Reads both cookies; whatever they hold. */
export function claimOf(cookies: Cookies, given: { readonly z_sid?: unknown; readonly z_pid?: unknown }): Claim {
  const { z_sid, z_pid } = given
  const visitor = cookies.read('z_pid', z_pid)
  return { sid: cookies.read('z_sid', z_sid), visitor, isForged: visitor === undefined && z_pid !== undefined && z_pid !== '' }
}

/** The session of these cookies, which is used by that. */
export async function findSession(realm: Realm, { sid, visitor, isForged }: Claim): Promise<Found> {
  if (sid === undefined) return 'unknown'
  const key = sid.id.key('s')
  // It may end between being found and being asked, or have another key by then: after a crash it is in the store.
  for (let tries = 0; tries < 2; tries++) {
    const found = realm.live.get(key) ?? (await realm.live.once(key, () => wake(realm, key)))
    if (found === 'failed' || found === undefined) return found ?? 'unknown'
    if (isForged || (visitor !== undefined && visitor.id.key('p') !== found.visitor)) return 'foreign'
    // A rotation may have come between: the cookie is void then.
    if ((await use(found.pid)) && realm.live.get(key)?.pid === found.pid) return found.pid
  }
  return 'unknown'
}

/** Starts the process of a session that the store has. */
async function wake(realm: Realm, key: string): Promise<LiveSession | undefined | 'failed'> {
  const record = await realm.records.load(key)
  if (record === undefined || record === 'failed') return record
  if (record.visitor === undefined) return undefined // a visitor's own record, or somebody else's
  return start(realm, key, record.visitor, record)
}

/** A new session; of the visitor whose `z_pid` came, unless the cookies contradict each other. */
export function makeSession(realm: Realm, { sid, visitor }: Claim, isForeign: boolean): Promise<Made> {
  const make = async (): Promise<Made> => {
    const id = SecretId.random()
    const whose = isForeign || visitor === undefined ? SecretId.random() : visitor.id
    const isExtra = !makeRoom(realm)
    const { pid } = await start(realm, id.key('s'), whose.key('p'), undefined)
    return { pid, sid: id, visitor: whose, isExtra }
  }
  // Requests of one browser that come at the same time, with cookies that it shares with nobody, get one session.
  const keys = [sid?.id.key('s'), visitor?.id.key('p')].filter((key) => key !== undefined)
  return keys.length === 0 ? make() : realm.live.once(`new ${keys.join(' ')} ${isForeign}`, make)
}

/** For one more the session that is longest unused ends, or several that were one too many; false if all have an open socket. */
function makeRoom({ crowd, kernel }: Realm): boolean {
  while (crowd.isFull) {
    const longest = crowd.take()
    if (longest === undefined) return false
    const ending = onNode(kernel, () => genServer.call(longest as unknown as SessionServer, { type: 'finish' }))
    ending.catch(() => undefined) // it has ended by itself
  }
  return true
}

async function start(realm: Realm, key: string, visitor: string, record: SessionRecord | undefined): Promise<LiveSession> {
  const birth = { realm, key, visitor, record }
  const starting = async (): Promise<SessionPid> =>
    (await realm.tree.startChild('sessions', () => startSession(birth))) as unknown as SessionPid
  const live = { pid: await realm.crowd.join(starting), visitor }
  realm.live.add(key, live)
  return live
}

/** False if it has just ended. */
async function use(pid: SessionPid): Promise<boolean> {
  try {
    await genServer.call(pid as unknown as SessionServer, { type: 'use' })
    return true
  } catch (error) {
    if (error instanceof CallError && error.reason !== 'timeout') return false
    throw error
  }
}
