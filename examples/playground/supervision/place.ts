// The tree as data: places, and who has them. A place keeps its name while processes come and go.
import type { AnyPid, Restart, Strategy } from 'gensock'
import type { Limit, Plan } from './plan.js'

/** A place in the tree, and who has it now. */
export interface Place {
  readonly name: string
  readonly kind: Plan['kind']
  readonly restart: Restart
  /** Undefined while nobody is there. */
  readonly pid: AnyPid | undefined
  readonly state?: string
  readonly strategy?: Strategy
  readonly limit?: Limit
  readonly children: readonly Place[]
}

/** The same tree with nobody in it. */
export function deserted(plan: Plan): Place {
  return { ...factsOf(plan), pid: undefined, children: plan.kind === 'supervisor' ? plan.children.map(deserted) : [] }
}

/** What the plan alone says of a place. */
export function factsOf(plan: Plan): Omit<Place, 'pid' | 'children'> {
  const { name, kind } = plan
  if (plan.kind !== 'supervisor' && plan.kind !== 'dynamicSupervisor') return { name, kind, restart: plan.restart }
  const { strategy, intensity, periodMs } = plan
  return { name, kind, restart: 'permanent', strategy, limit: { intensity, periodMs } }
}

/** A place and the one above it, by name. */
export type Table = ReadonlyMap<string, { readonly place: Place; readonly above: Place | undefined }>

/** The tree as a table, from the top down. */
export function tableOf(tree: Place | undefined): Table {
  const table = new Map<string, { place: Place; above: Place | undefined }>()
  const enter = (place: Place, above: Place | undefined): void => {
    table.set(place.name, { place, above })
    for (const child of place.children) enter(child, place)
  }
  if (tree !== undefined) enter(tree, undefined)
  return table
}
