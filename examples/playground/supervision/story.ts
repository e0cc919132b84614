// What became of an end, told from the trees before and after it. Pure: no process, no clock.
import { type ExitReason, isCrash } from 'gensock'
import { inspect } from 'node:util'
import type { Place, Table } from './place.js'

const MAX_REASON = 80

export interface Told {
  readonly lines: readonly { readonly kind: 'ended' | 'gaveUp'; readonly text: string }[]
  /** Who was started anew, and by which supervisor. */
  readonly restarted: readonly string[]
  readonly by: string | undefined
  /** Everybody whose end this story tells. */
  readonly concerns: readonly string[]
}

/** The process at `name` has ended: who was restarted, and who gave up. `after` is empty when the whole tree has ended. */
export function story(before: Table, after: Table, name: string, reason: ExitReason): Told {
  const head = `${name} ${inWords(reason)}`
  const above = before.get(name)?.above
  if (above === undefined) {
    const lines = [{ kind: 'gaveUp', text: `${head} - nobody is above it: the application is over` }] as const
    return { lines, restarted: [], by: undefined, concerns: [...before.keys()] }
  }
  const now = after.get(above.name)?.place
  if (pidOf(now) !== undefined && pidOf(now) === pidOf(above)) return restarts(before, after, name, head, above, now as Place)
  const higher = story(before, after, above.name, 'shutdown')
  const text = `${head} - ${tooMany(above)}, ${above.name} gives up`
  return { ...higher, lines: [{ kind: 'gaveUp', text }, ...higher.lines] }
}

function restarts(before: Table, after: Table, name: string, head: string, above: Place, now: Place): Told {
  const changed = below(now).filter((one) => one.pid !== undefined && pidOf(one) !== pidOf(before.get(one.name)?.place))
  const restarted = changed.map((one) => one.name)
  const lost = below(above).flatMap((one) => (one.name === name || after.has(one.name) ? [] : [one.name]))
  const what =
    restarted.length === 0
      ? `not restarted (${before.get(name)?.place.restart})`
      : `restarted ${restarted.join(', ')} (${above.strategy})`
  const text = `${head} - ${what}${lost.length === 0 ? '' : `; ${lost.join(', ')} gone with it`}`
  const by = restarted.length === 0 ? undefined : above.name
  return { lines: [{ kind: 'ended', text }], restarted, by, concerns: [...restarted, ...lost] }
}

function tooMany({ limit }: Place): string {
  return limit === undefined ? 'too many restarts' : `more than ${limit.intensity} restarts in ${limit.periodMs / 1000} s`
}

/** All places below, in the order of the tree. */
function below(place: Place): Place[] {
  return place.children.flatMap((child) => [child, ...below(child)])
}

function pidOf(place: Place | undefined): string | undefined {
  return place?.pid === undefined ? undefined : String(place.pid)
}

function inWords(reason: ExitReason): string {
  if (isCrash(reason)) return `crashed: ${inShort(reason.error instanceof Error ? reason.error.message : reason.value)}`
  if (reason === 'killed') return 'was killed'
  return `ended: ${inShort(reason)}`
}
/** A reason in a line of text. */
export function inShort(what: unknown): string {
  const text = typeof what === 'string' ? what : inspect(what)
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text
}
