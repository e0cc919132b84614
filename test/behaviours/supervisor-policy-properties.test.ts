// Properties of the supervisor's policy over random specs, strategies, intensities and histories; and that each of many broken
// policies is found out by them. The promises themselves stand in supervisor-world.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { ChildId, Restart } from '../../src/behaviours/child-spec.js'
import {
  decide,
  type Decision,
  type PolicyAction,
  type PolicyChild,
  type PolicyEvent,
  type PolicyState,
} from '../../src/behaviours/supervisor-policy.js'
import type { AutoShutdown, Strategy } from '../../src/behaviours/supervisor-flags.js'
import { type Decide, deepFreeze, type Op, type Outcome, type Plan, play, tally } from './supervisor-world.js'

const SEED = Number(process.env['GENSOCK_SEED'] ?? 20_221_214) // fast-check prints it with a failure
const RUNS = Number(process.env['GENSOCK_RUNS'] ?? 5000)

// ---- Plans

/** Ids of all kinds; tuples and objects are made anew each time, so that only their contents are equal. */
const ID: fc.Arbitrary<ChildId> = fc.nat(6).map((n) => ['a', 'b', 7, ['t', 1], ['t', 2], { room: 1 }, true][n] as ChildId)
const REASON = fc.constantFrom<unknown>('normal', 'shutdown', ['shutdown', 'why'], 'boom', 'killed', 'noproc', { why: 1 })
const MORTAL = fc.constantFrom<Restart>('permanent', 'permanent', 'transient', 'temporary')

function childOf(autoShutdown: AutoShutdown): fc.Arbitrary<PolicyChild> {
  return fc.record({ id: ID, restart: MORTAL, significant: fc.boolean() }).map(({ id, restart, significant }) => ({
    id,
    restart,
    significant: significant && restart !== 'permanent' && autoShutdown !== 'never',
  }))
}
const opOf = (autoShutdown: AutoShutdown): fc.Arbitrary<Op> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constant('end' as const), which: fc.nat(5), reason: REASON }) },
    { weight: 7, arbitrary: fc.record({ op: fc.constant('handle' as const), messages: fc.constantFrom(1, 2, 9) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('start_child' as const), child: childOf(autoShutdown) }) },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constantFrom('terminate_child' as const, 'restart_child', 'delete_child'), id: ID }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('stray' as const), id: ID, reason: REASON }) },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('pass' as const),
        periods: fc.constantFrom(0, 1, 1, 1, 2),
        ms: fc.constantFrom(-1, 0, 1),
      }),
    },
  )
const OUTCOMES = fc.array(fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'fail', 'fail', 'ignore'), {
  minLength: 1,
  maxLength: 12,
  size: 'max',
})

const PLAN: fc.Arbitrary<Plan> = fc
  .record({
    strategy: fc.constantFrom<Strategy>('oneForOne', 'oneForAll', 'restForOne'),
    intensity: fc.integer({ min: 0, max: 5 }),
    periodMs: fc.constantFrom(1, 10, 5000),
    autoShutdown: fc.constantFrom<AutoShutdown>('never', 'never', 'anySignificant', 'allSignificant'),
  })
  .chain((flags) =>
    fc.record({
      flags: fc.constant(flags),
      children: fc.uniqueArray(childOf(flags.autoShutdown), {
        maxLength: 5,
        size: 'max',
        selector: ({ id }) => JSON.stringify(id),
      }),
      ops: fc.array(opOf(flags.autoShutdown), { maxLength: 60, size: 'max' }),
      outcomes: OUTCOMES,
      comesUp: fc.boolean(),
    }),
  )
  .map(({ comesUp, ...plan }) => ({
    ...plan,
    outcomes: [...(comesUp ? plan.children.map((): Outcome => 'ok') : []), ...plan.outcomes],
  }))

/** Every promise holds in every play of `decide`. */
function promises(policy: Decide, counts = tally()): fc.IProperty<[Plan]> {
  return fc.property(PLAN, (plan) => play(plan, policy, counts))
}

describe('the policy', () => {
  test('no child lost, none started twice, order kept, groups ended and started in order, intensity honoured, nothing after the end', () => {
    const counts = tally()
    fc.assert(promises(decide, counts), { seed: SEED, numRuns: RUNS })
    // It happened at all, and often.
    for (const [what, times] of Object.entries(counts)) expect([what, times > 200]).toEqual([what, true])
  })
})

// ---- Policies that are wrong, each in its own way

type Change = (decision: Decision, event: PolicyEvent, before: PolicyState) => Decision
/** The policy, with something changed in what it says. */
const changed =
  (change: Change): Decide =>
  (state, event) =>
    change(decide(state, event), event, state)
/** The policy, asked about something else. */
const asked =
  (state: (state: PolicyState, event: PolicyEvent) => Partial<PolicyState>): Decide =>
  (before, event) => {
    const { intensity, periodMs, strategy, autoShutdown } = before
    const decision = decide({ ...before, ...state(before, event) }, event)
    return { ...decision, state: { ...decision.state, intensity, periodMs, strategy, autoShutdown } }
  }
const mapActions = ({ state, actions }: Decision, map: (action: PolicyAction) => PolicyAction): Decision => ({
  state,
  actions: actions.map(map),
})
const without = ({ state, actions }: Decision, type: PolicyAction['type']): Decision => ({
  state,
  actions: actions.filter((action) => action.type !== type),
})
const withChildren = (decision: Decision, children: PolicyState['children']): Decision => ({
  ...decision,
  state: { ...decision.state, children },
})

const BROKEN: Readonly<Record<string, Decide>> = {
  'one restart too many': asked(({ intensity }) => ({ intensity: intensity + 1 })),
  'one restart too few': asked(({ intensity }) => ({ intensity: Math.max(0, intensity - 1) })),
  'a period that is 1 ms too short': asked(({ periodMs }) => ({ periodMs: periodMs - 1 })),
  'a period that is 1 ms too long': asked(({ periodMs }) => ({ periodMs: periodMs + 1 })),
  'a retry does not count': changed((decision, event, before) =>
    event.type === 'retry' ? { ...decision, state: { ...decision.state, restarts: before.restarts } } : decision,
  ),
  'a group counts once for each child': changed((decision) => {
    const started = decision.actions.flatMap((action) =>
      action.type === 'start' && action.cause === 'restart' ? action.children : [],
    )
    let { restarts } = decision.state
    for (const _more of started.slice(1)) restarts = restarts && { ...restarts, count: restarts.count + 1, older: restarts }
    return { ...decision, state: { ...decision.state, restarts } }
  }),
  'groups are ended first started first': changed((decision) =>
    mapActions(decision, (action) =>
      action.type === 'terminate' ? { ...action, entries: action.entries.toReversed() } : action,
    ),
  ),
  'groups are started in reverse': changed((decision) =>
    mapActions(decision, (action) => (action.type === 'start' ? { ...action, children: action.children.toReversed() } : action)),
  ),
  'a group is not ended before it is started': changed((decision) => without(decision, 'terminate')),
  'restForOne takes only the one': asked(({ strategy }) => (strategy === 'restForOne' ? { strategy: 'oneForOne' } : {})),
  'oneForAll takes only the rest': asked(({ strategy }) => (strategy === 'oneForAll' ? { strategy: 'restForOne' } : {})),
  'a clean end counts as a crash': (state, event) =>
    decide(state, event.type === 'exited' ? { ...event, reason: 'boom' } : event),
  'a crash counts as a clean end': (state, event) =>
    decide(state, event.type === 'exited' ? { ...event, reason: 'normal' } : event),
  'a temporary child comes back': (state, event) =>
    decide(
      {
        ...state,
        children: state.children.map((entry) =>
          entry.child.restart === 'temporary' && event.type === 'exited'
            ? { ...entry, child: { ...entry.child, restart: 'permanent' } }
            : entry,
        ),
      },
      event,
    ),
  'a failed restart is not tried again': changed((decision) => without(decision, 'retry')),
  'a failed restart ends the supervisor': changed((decision, event) =>
    event.type === 'start_failed' && event.cause === 'restart'
      ? { ...decision, actions: [...decision.actions, { type: 'exit', reason: 'shutdown' }] }
      : decision,
  ),
  'a retry is not called off by a request': changed((decision, event, before) =>
    event.type === 'terminate_child' ? withChildren(decision, before.children) : decision,
  ),
  'a restarted child goes to the end': changed((decision, event) => {
    if (event.type !== 'started') return decision
    const { children } = decision.state
    const moved = children.filter(({ pid }) => pid === event.pid)
    return withChildren(decision, [...children.filter((entry) => !moved.includes(entry)), ...moved])
  }),
  'the last child is forgotten when a group is restarted': changed((decision) =>
    decision.actions.some(({ type }) => type === 'terminate')
      ? withChildren(decision, decision.state.children.slice(0, -1))
      : decision,
  ),
  'a pid is not written down': changed((decision, event, before) =>
    event.type === 'started' ? { ...decision, state: before } : decision,
  ),
  'something is asked for after the end': changed((decision) =>
    decision.actions.at(-1)?.type === 'exit'
      ? { ...decision, actions: [...decision.actions, { type: 'retry', id: 'a' }] }
      : decision,
  ),
  'the end leaves the first child': changed((decision, event) =>
    event.type === 'stop'
      ? mapActions(decision, (action) =>
          action.type === 'terminate' ? { ...action, entries: action.entries.slice(0, -1) } : action,
        )
      : decision,
  ),
  'a request has no answer': changed((decision, event) =>
    event.type === 'delete_child' ? without(decision, 'reply') : decision,
  ),
  'significant children are of no account': asked(() => ({ autoShutdown: 'never' })),
  'one significant child is enough': asked(({ autoShutdown }) =>
    autoShutdown === 'allSignificant' ? { autoShutdown: 'anySignificant' } : {},
  ),
  'ids are compared by identity': (state, event) =>
    'id' in event && typeof event.id === 'object' && !state.children.some(({ child }) => child.id === event.id)
      ? {
          state,
          actions: event.type === 'retry' || event.type === 'started' ? [] : [{ type: 'reply', result: ['error', 'not_found'] }],
        }
      : decide(state, event),
  'the state is changed in place': (state, event) => {
    ;(state as { restarts: unknown }).restarts = null
    return decide(state, event)
  },
  'an entry is changed in place': (state, event) => {
    const decision = decide(state, event)
    for (const entry of state.children) (entry as { restarting: boolean }).restarting = false
    return decision
  },
}

describe('the properties can fail', () => {
  test.each(Object.entries(BROKEN))('%s', (_name, policy) => {
    const outcome = fc.check(promises(policy), { seed: SEED, numRuns: 3000, endOnFailure: true })
    expect(outcome.failed).toBe(true)
    // For the reason that was meant: a promise, or the frozen input.
    expect((outcome.errorInstance as Error).message).toMatch(/^broken: |Cannot (?:assign|add)|not extensible/)
  })

  test('a state that is frozen deeply refuses every change', () => {
    const state = deepFreeze({ children: [{ child: { id: ['t', 1] } }] })
    expect(() => (state.children[0] as { child: { id: unknown[] } }).child.id.push(2)).toThrow(TypeError)
  })
})
