// The table of processes as a tree that fits on a page: who started whom, how much mail waits for each. Pure reading: nothing is sent.
import { type AnyPid, type Pid, processes, processInfo } from 'gensock'

/** Of more processes than this only the oldest and the newest are looked at. */
const MAX_SEEN = 600
const MAX_SIBLINGS = 12
const MAX_ROWS = 90

/** One process. `waiting` is the length of its mailbox. */
export interface Seen {
  readonly pid: Pid
  readonly name: string | undefined
  readonly parent: string | undefined
  readonly waiting: number
  readonly links: number
  readonly status: string
  readonly children: Seen[]
}
export interface Table {
  /** All that live, also those that were not looked at. */
  readonly count: number
  readonly seen: ReadonlyMap<string, Seen>
}
/** A line of the tree: a process, or how many are left out here. */
export type Row =
  | {
      readonly pid: string
      readonly depth: number
      readonly name: string
      readonly kind: string
      readonly status: string
      readonly waiting: number
      readonly links: number
    }
  | { readonly more: number; readonly depth: number }

/** Reads the node's table now. */
export function readTable(): Table {
  const all = processes()
  const few = all.length > MAX_SEEN ? [...all.slice(0, MAX_SEEN / 2), ...all.slice(-MAX_SEEN / 2)] : all
  const seen = new Map(few.map((pid) => [String(pid), read(pid)]))
  for (const one of seen.values()) seen.get(one.parent ?? '')?.children.push(one)
  return { count: all.length, seen }
}

function read(pid: Pid): Seen {
  const parent = processInfo(pid, 'parent')
  return {
    pid,
    name: processInfo(pid, 'registered_name'),
    parent: parent === undefined ? undefined : String(parent),
    waiting: mailOf(pid),
    links: processInfo(pid, 'links')?.length ?? 0,
    status: processInfo(pid, 'status') ?? 'gone',
    children: [],
  }
}
/** The length of a mailbox; 0 of a process that has ended. */
export function mailOf(pid: AnyPid): number {
  return processInfo(pid, 'message_queue_len') ?? 0
}

/** `nameOf` and `kindOf` know more than the table does. `pinned` is in, whatever else is left out, and those above it come first. */
export function rowsOf(
  { count, seen }: Table,
  nameOf: (pid: string) => string,
  kindOf: (pid: string) => string,
  pinned: string | undefined,
): Row[] {
  const kept = ancestors(seen, pinned)
  const rows: Row[] = []
  let shown = 0
  const show = (siblings: readonly Seen[], depth: number): void => {
    const chosen = choose(siblings, kept, MAX_ROWS - shown)
    for (const { pid, name, children, waiting, links, status } of chosen) {
      const id = String(pid)
      shown++
      rows.push({ pid: id, depth, name: name ?? nameOf(id), kind: kindOf(id), status, waiting, links })
      show(children, depth + 1)
    }
    const more = siblings.length - chosen.length
    if (more > 0 && depth > 0) rows.push({ more, depth })
  }
  const roots = [...seen.values()].filter(({ parent }) => !seen.has(parent ?? ''))
  show(
    roots.toSorted((one, other) => Number(kept.has(String(other.pid))) - Number(kept.has(String(one.pid)))),
    0,
  )
  const told = rows.reduce((sum, row) => sum + ('more' in row ? row.more : 0), 0)
  if (count > shown + told) rows.push({ more: count - shown - told, depth: 0 })
  return rows
}

/** Those who must be in, then those with mail, then the newest; in the order of their age. */
function choose(siblings: readonly Seen[], kept: ReadonlySet<string>, room: number): readonly Seen[] {
  const size = Math.max(0, Math.min(MAX_SIBLINGS, room))
  if (siblings.length <= size) return siblings
  const rank = (one: Seen): number => (kept.has(String(one.pid)) ? 2 : one.waiting > 0 ? 1 : 0)
  const best = siblings.toReversed().toSorted((one, other) => rank(other) - rank(one))
  const chosen = new Set(best.slice(0, Math.max(size, kept.has(String(best[0]?.pid)) ? 1 : 0)))
  return siblings.filter((one) => chosen.has(one))
}

function ancestors(seen: Table['seen'], pid: string | undefined): Set<string> {
  const found = new Set<string>()
  for (let at = pid; at !== undefined && !found.has(at); at = seen.get(at)?.parent) found.add(at)
  return found
}
