// The demo application as a table, and the child specs that the table says. The names are unique in the whole tree: they are how
// a page speaks of a child.
import { child, type ChildSpec, dynamicSupervisor, type Restart, type Strategy, supervisor, type SupervisorSpec } from 'gensock'
import { machineChild } from 'gensock/xstate'
import { light } from './light.js'
import { worker } from './worker.js'

/** How often a supervisor restarts before it gives up. */
export interface Limit {
  readonly intensity: number
  readonly periodMs: number
}
export interface LeafPlan {
  readonly kind: 'genServer' | 'machine'
  readonly name: string
  readonly restart: Restart
}
export interface SupervisorPlan extends Limit {
  readonly kind: 'supervisor'
  readonly name: string
  readonly strategy: Strategy
  readonly children: readonly Plan[]
}
export interface DynamicPlan extends Limit {
  readonly kind: 'dynamicSupervisor'
  readonly name: string
  readonly strategy: 'oneForOne'
  readonly maxChildren: number
}
export type Plan = LeafPlan | SupervisorPlan | DynamicPlan

const server = (name: string, restart: Restart = 'permanent'): LeafPlan => ({ kind: 'genServer', name, restart })
const limit: Limit = { intensity: 3, periodMs: 10_000 }

/** Where the dynamic children are. */
export const GUESTS: DynamicPlan = {
  kind: 'dynamicSupervisor',
  name: 'guests',
  strategy: 'oneForOne',
  ...limit,
  maxChildren: 6,
}
/** A guest comes back after a crash, not after a normal end. */
export const guest = (name: string): LeafPlan => server(name, 'transient')

export const DEMO: SupervisorPlan = {
  kind: 'supervisor',
  name: 'top',
  strategy: 'oneForOne',
  intensity: 4,
  periodMs: 20_000,
  children: [
    { kind: 'supervisor', name: 'chain', strategy: 'restForOne', ...limit, children: [server('a'), server('b'), server('c')] },
    { kind: 'supervisor', name: 'pair', strategy: 'oneForAll', ...limit, children: [server('d'), server('e', 'transient')] },
    GUESTS,
    { kind: 'machine', name: 'light', restart: 'permanent' },
  ],
}

/** The spec of a supervisor, as `supervisor.startLink` takes it. */
export function specOf({ strategy, intensity, periodMs, children }: SupervisorPlan): SupervisorSpec {
  return { strategy, intensity, periodMs, children: children.map(childOf) }
}

/** The spec of one child. The light goes on where it was: its snapshot is kept. */
export function childOf(plan: Plan): ChildSpec {
  const { name: id } = plan
  if (plan.kind === 'supervisor') return { id, type: 'supervisor', start: () => supervisor.startLink(specOf(plan)) }
  if (plan.kind === 'dynamicSupervisor') {
    const { intensity, periodMs, maxChildren } = plan
    return { id, type: 'supervisor', start: () => dynamicSupervisor.startLink({ intensity, periodMs, maxChildren }) }
  }
  const { kind, restart } = plan
  return kind === 'machine' ? machineChild(id, light, { restart, keepSnapshot: true }) : child(id, worker, undefined, { restart })
}
