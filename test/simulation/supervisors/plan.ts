// Random trees: which supervisors, with which children, and how those behave. Data only. Entered by the scenario.
import type { ChildSpec } from 'gensock'
import type { Chance } from 'gensock/testing'

/** A supervisor. */
export interface TreePlan {
  readonly kind: 'oneForOne' | 'oneForAll' | 'restForOne' | 'simpleOneForOne' | 'dynamic'
  readonly intensity: number
  readonly periodMs: number
  /** In the order of their start; of `simpleOneForOne` the template; of `dynamic` what may be started later. */
  readonly children: readonly ChildPlan[]
}
/** A child: a server, or a supervisor with a tree of its own. */
export interface ChildPlan {
  readonly id: string
  readonly restart: NonNullable<ChildSpec['restart']>
  readonly shutdown: NonNullable<ChildSpec['shutdown']>
  /** Traps exits, and takes so long for its end. */
  readonly traps: boolean
  readonly endMs: number
  /** How long its init takes; undefined: it is not async. */
  readonly initMs: number | undefined
  /** How likely it is that its init fails. */
  readonly initFails: number
  readonly tree: TreePlan | undefined
}

const RESTARTS = ['permanent', 'permanent', 'transient', 'temporary'] as const

/** A tree of at most `depth` more levels. */
export function treePlan(chance: Chance, depth: number, path: string): TreePlan {
  const kinds = [
    'oneForOne',
    'oneForAll',
    'restForOne',
    ...(path === '' ? [] : (['simpleOneForOne', 'dynamic'] as const)),
  ] as const
  const kind = chance.pick(kinds)
  const isStatic = kind !== 'simpleOneForOne' && kind !== 'dynamic'
  const count = isStatic ? 1 + chance.int(4) : 1
  const children = Array.from({ length: count }, (_none, at) => childPlan(chance, isStatic ? depth - 1 : 0, `${path}${at}`))
  return { kind, intensity: chance.int(6), periodMs: 5 + chance.int(60), children }
}

/** One child; also what is started later by a request. */
export function childPlan(chance: Chance, depth: number, id: string): ChildPlan {
  const tree = depth > 0 && chance.is(0.4) ? treePlan(chance, depth, `${id}.`) : undefined
  const traps = tree !== undefined || chance.is(0.4)
  return {
    id,
    restart: chance.pick(RESTARTS),
    shutdown: tree === undefined ? chance.pick(['brutalKill', 10, 50, 'infinity'] as const) : 'infinity',
    traps,
    endMs: traps && tree === undefined ? chance.pick([0, 0, 5, 30]) : 0,
    initMs: chance.is(0.3) ? chance.int(5) : undefined,
    initFails: chance.pick([0, 0, 0.1, 0.3]),
    tree,
  }
}
