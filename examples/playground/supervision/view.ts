// What a page is told, as JSON.
import type { Chronicle, Line } from './chronicle.js'
import { type Chart, chartOf, light } from './light.js'
import type { Place } from './place.js'
import type { Plan } from './plan.js'

export interface Node {
  readonly name: string
  readonly kind: Plan['kind']
  readonly restart: string
  readonly restarts: number
  readonly pid?: string
  readonly state?: string
  readonly strategy?: string
  /** Of a supervisor: `recent` restarts of the `intensity` that it allows within `seconds`. */
  readonly limit?: { readonly recent: number; readonly intensity: number; readonly seconds: number }
  readonly chart?: Chart
  readonly children: readonly Node[]
}
/** Each push; of the lines those that are new. */
export interface View {
  readonly tree: Node
  readonly lines: readonly Line[]
}

const CHART = chartOf(light)

/** A place as the page sees it. */
export function nodeOf(place: Place, chronicle: Chronicle): Node {
  const { name, kind, restart, pid, state, strategy, limit, children } = place
  return {
    name,
    kind,
    restart,
    restarts: chronicle.restartsOf(name),
    ...(pid === undefined ? {} : { pid: String(pid) }),
    ...(state === undefined ? {} : { state }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(limit === undefined
      ? {}
      : { limit: { recent: chronicle.recentOf(place), intensity: limit.intensity, seconds: limit.periodMs / 1000 } }),
    ...(kind === 'machine' ? { chart: CHART } : {}),
    children: children.map((child) => nodeOf(child, chronicle)),
  }
}
