// Pids of sessions and pages: their types, and what tells such a process from others. Entered by every room of sessions/ that
// is given one.
import { BadArgError } from '../base/errors.js'
import { isPid, type Pid } from '../base/pid.js'
import { type Process, processOf } from '../runtime/process.js'

declare const kSessionPid: unique symbol
declare const kPagePid: unique symbol
/**
 * The pid of a session: the functions of `session` and `page` take it, nothing is sent to it.
 *
 * @example
 * const { session: pid } = await sessions.ensure({}, { secure: true })
 * await session.set(pid, 'user', 'ann')
 * await session.get(pid, 'user') // => 'ann'
 * @see Zotonic 0.10, `z_session`: one `gen_server` per browser
 */
export interface SessionPid extends Pid<never> {
  /** For the compiler only: no such field exists. */
  readonly [kSessionPid]: true
}
/**
 * The pid of a page: the functions of `page` take it, nothing is sent to it.
 *
 * @example
 * const { pid } = await session.ensurePage(visitor)
 * page.add(pid, 'news')
 * const { waiting } = await page.info(pid)
 * waiting // => 1
 * @see Zotonic 0.10, `z_session_page`: one `gen_server` per open page
 */
export interface PagePid extends Pid<never> {
  /** For the compiler only: no such field exists. */
  readonly [kPagePid]: true
}

/** What stands in the process dictionary of sessions and pages. */
export interface Brand {
  /** Of a message. */
  readonly maxBytes: number
}
/** Keys of the process dictionary: they brand the process, also for the other copy of the library (ESM, CommonJS). */
export const kSession = Symbol.for('gensock.session')
export const kPage = Symbol.for('gensock.page')

const ALLOWED = { [kSession]: 'the pid of a session', [kPage]: 'the pid of a page' } as const

/** The living process of such a pid; undefined once it has ended. */
export function requireProcess(where: string, pid: unknown, brand: typeof kSession | typeof kPage): Process | undefined {
  if (!isPid(pid)) throw new BadArgError(where, ALLOWED[brand], pid)
  const process = processOf(pid as Pid<never>)
  if (process !== undefined && process.dictionary?.has(brand) !== true) throw new BadArgError(where, ALLOWED[brand], pid)
  return process
}

/** Refuses what is no text, or more than the queue of a page may hold. Without a process nobody minds how long it is. */
export function requireData(
  where: string,
  data: unknown,
  process: Process | undefined,
  brand: typeof kSession | typeof kPage,
): void {
  if (typeof data !== 'string') throw new BadArgError(where, 'a string', data)
  const maxBytes = (process?.dictionary?.get(brand) as Brand | undefined)?.maxBytes ?? Infinity
  // No UTF-16 unit is more than 3 bytes: most texts need no counting.
  if (data.length * 3 > maxBytes && Buffer.byteLength(data) > maxBytes)
    throw new BadArgError(where, `at most ${maxBytes} bytes of UTF-8 (queue.maxBytes)`, data)
}
