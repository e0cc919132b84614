// The supervisor's policy, case by case: a state, an event, and what is asked for then. Its properties over random histories
// stand in supervisor-policy-properties.
//
// A state is written `a+ b- c~`: a runs, b does not, c is to be started again; `a+!` is significant; a capital is a temporary
// child, a letter with a dot (`a.+`) a transient one.
import { describe, expect, test } from '@jest/globals'
import type { AnyPid, ExitReason } from 'gensock'
import {
  comesBack,
  countRestart,
  decide,
  type Decision,
  type Entry,
  type PolicyAction,
  type PolicyChild,
  type PolicyEvent,
  type PolicyState,
  policyState,
  type RestartTimes,
} from '../../src/behaviours/supervisor-policy.js'
import type { SupervisorFlags } from '../../src/behaviours/supervisor-flags.js'
import { deepFreeze } from './supervisor-world.js'

const pids = new Map<string, AnyPid>()
/** The pid of a name: always the same one. */
function pidOf(name: string): AnyPid {
  const known = pids.get(name)
  if (known !== undefined) return known
  const pid = { name, equals: (other: unknown) => other === pid } as unknown as AnyPid
  pids.set(name, pid)
  return pid
}
function entryOf(text: string): Entry {
  const [, id = '', dot, sign, significant] = /^(\w)(\.)?([-+~])(!)?$/.exec(text) ?? []
  const restart = id === id.toUpperCase() ? 'temporary' : dot === undefined ? 'permanent' : 'transient'
  const child: PolicyChild = { id, restart, significant: significant !== undefined }
  return { child, pid: sign === '+' ? pidOf(id) : undefined, restarting: sign === '~' }
}
function stateOf(text: string, flags: SupervisorFlags = {}): PolicyState {
  const all = { strategy: 'oneForOne', intensity: 3, periodMs: 1000, autoShutdown: 'never', ...flags } as const
  return deepFreeze({ ...policyState(all), children: text === '' ? [] : text.split(' ').map(entryOf) })
}
const shownId = (id: unknown): string => (typeof id === 'string' ? id : JSON.stringify(id))
function shownState({ children }: PolicyState): string {
  return children.map(({ child, pid, restarting }) => `${shownId(child.id)}${pid ? '+' : restarting ? '~' : '-'}`).join(' ')
}
function shown(action: PolicyAction): string {
  switch (action.type) {
    case 'terminate':
      return `terminate ${action.entries.map(({ child }) => shownId(child.id)).join(' ')}`
    case 'start':
      return `start ${action.children.map(({ id }) => shownId(id)).join(' ')} (${action.cause})`
    case 'retry':
      return `retry ${shownId(action.id)}`
    case 'report':
      return `report ${action.error} ${shownId(action.entry.child.id)} ${JSON.stringify(action.reason)}`
    case 'reply':
      return `reply ${JSON.stringify(action.result)}`
    default:
      return `exit ${JSON.stringify(action.reason)}`
  }
}
/** The children afterwards, then what is asked for. */
const said = ({ state, actions }: Decision): string[] => [shownState(state), ...actions.map(shown)]
const exited = (name: string, reason: ExitReason): PolicyEvent => ({ type: 'exited', pid: pidOf(name), reason, nowMs: 0 })
const retry = (id: string): PolicyEvent => ({ type: 'retry', id, nowMs: 0 })
const failed = (id: string, cause: 'init' | 'restart' | 'start_child' | 'restart_child'): PolicyEvent =>
  ({ type: 'start_failed', id, reason: 'no', cause }) as const

type Row = readonly [what: string, state: string, event: PolicyEvent, expected: readonly string[], flags?: SupervisorFlags]
const TERMINATED = 'report child_terminated'

describe('a child has ended', () => {
  const all = { strategy: 'oneForAll' } as const
  const rest = { strategy: 'restForOne' } as const
  const any = { autoShutdown: 'anySignificant' } as const
  const every = { autoShutdown: 'allSignificant' } as const
  test.each<Row>([
    ['permanent, crash', 'a+ b+', exited('a', 'boom'), ['a- b+', `${TERMINATED} a "boom"`, 'start a (restart)']],
    ['permanent, clean', 'a+ b+', exited('a', 'normal'), ['a- b+', `${TERMINATED} a "normal"`, 'start a (restart)']],
    ['transient, crash', 'a.+', exited('a', 'boom'), ['a-', `${TERMINATED} a "boom"`, 'start a (restart)']],
    ['transient, clean', 'a.+', exited('a', 'normal'), ['a-']],
    ['transient, shutdown', 'a.+', exited('a', 'shutdown'), ['a-']],
    ['transient, shutdown with a term', 'a.+', exited('a', ['shutdown', 1]), ['a-']],
    ['transient, almost shutdown', 'a.+', exited('a', ['shutdown']), ['a-', `${TERMINATED} a ["shutdown"]`, 'start a (restart)']],
    ['temporary, crash', 'A+ b+', exited('A', 'boom'), ['b+', `${TERMINATED} A "boom"`]],
    ['temporary, clean', 'A+ b+', exited('A', 'normal'), ['b+']],
    ['a stranger', 'a+ b-', exited('b', 'boom'), ['a+ b-']],
    ['all', 'a+ b+ c+', exited('b', 'x'), ['a- b- c-', `${TERMINATED} b "x"`, 'terminate c a', 'start a b c (restart)'], all],
    ['all, some of them down', 'a- b+ c.-', exited('b', 'x'), ['a- b- c-', `${TERMINATED} b "x"`, 'start a b c (restart)'], all],
    [
      'all, with temporary ones',
      'A+ b+ C+',
      exited('b', 'x'),
      ['b-', `${TERMINATED} b "x"`, 'terminate C A', 'start b (restart)'],
      all,
    ],
    ['all, while one is restarting', 'a~ b+', exited('b', 'x'), ['a- b-', `${TERMINATED} b "x"`, 'start a b (restart)'], all],
    ['rest', 'a+ b+ c+', exited('b', 'x'), ['a+ b- c-', `${TERMINATED} b "x"`, 'terminate c', 'start b c (restart)'], rest],
    [
      'rest, the first',
      'a+ b+ c+',
      exited('a', 'x'),
      ['a- b- c-', `${TERMINATED} a "x"`, 'terminate c b', 'start a b c (restart)'],
      rest,
    ],
    ['rest, the last', 'a+ b+', exited('b', 'x'), ['a+ b-', `${TERMINATED} b "x"`, 'start b (restart)'], rest],
    [
      'rest, a temporary one between',
      'a+ B+ c+',
      exited('a', 'x'),
      ['a- c-', `${TERMINATED} a "x"`, 'terminate c B', 'start a c (restart)'],
      rest,
    ],
    ['significant, any', 'a.+! b.+!', exited('a', 'normal'), ['a- b+', 'exit "shutdown"'], any],
    [
      'significant, any, it comes back',
      'a.+! b.+!',
      exited('a', 'x'),
      ['a- b+', `${TERMINATED} a "x"`, 'start a (restart)'],
      any,
    ],
    ['not significant, any', 'a.+ b.+!', exited('a', 'normal'), ['a- b+'], any],
    ['significant, all, another runs', 'a.+! b.+!', exited('a', 'normal'), ['a- b+'], every],
    ['significant, all, another is restarting', 'a.+! b.~!', exited('a', 'normal'), ['a- b~'], every],
    ['significant, all, the last', 'a.+! b.-! c+', exited('a', 'normal'), ['a- b- c+', 'exit "shutdown"'], every],
    ['significant and temporary, crash', 'A+! b+', exited('A', 'x'), ['b+', `${TERMINATED} A "x"`, 'exit "shutdown"'], every],
    ['significant, never', 'a.+!', exited('a', 'normal'), ['a-']],
  ])('%s', (_what, before, event, expected, flags = {}) => {
    expect(said(decide(stateOf(before, flags), event))).toEqual(expected)
  })
})

describe('a start has been tried', () => {
  test.each<Row>([
    ['started', 'a- b-', { type: 'started', id: 'a', pid: pidOf('a') }, ['a+ b-']],
    ['started again', 'a~', { type: 'started', id: 'a', pid: pidOf('a') }, ['a+']],
    ['ignored', 'a~', { type: 'started', id: 'a', pid: undefined }, ['a-']],
    ['ignored, temporary', 'A- b-', { type: 'started', id: 'A', pid: undefined }, ['b-']],
    ['started, unknown', 'a-', { type: 'started', id: 'b', pid: pidOf('b') }, ['a-']],
    [
      'failed at first',
      'a+ b+ c-',
      failed('c', 'init'),
      ['a- b- c-', 'report start_error c "no"', 'terminate b a', 'exit ["shutdown",["failed_to_start_child","c","no"]]'],
    ],
    [
      'failed at first, nobody runs',
      'a-',
      failed('a', 'init'),
      ['a-', 'report start_error a "no"', 'exit ["shutdown",["failed_to_start_child","a","no"]]'],
    ],
    ['a restart failed', 'a+ b-', failed('b', 'restart'), ['a+ b~', 'report start_error b "no"', 'retry b']],
    ['restart_child failed', 'a-', failed('a', 'restart_child'), ['a-', 'reply ["error","no"]']],
    [
      'start_child failed',
      'a+ b-',
      failed('b', 'start_child'),
      ['a+', 'reply ["error",["no",{"id":"b","restart":"permanent","significant":false}]]'],
    ],
    ['failed, unknown', 'a+', failed('b', 'restart'), ['a+']],
  ])('%s', (_what, before, event, expected) => {
    expect(said(decide(stateOf(before), event))).toEqual(expected)
  })
})

describe('a failed start is tried again', () => {
  test.each<Row>([
    ['oneForOne', 'a+ b~ c-', retry('b'), ['a+ b- c-', 'start b (restart)']],
    ['oneForAll', 'a+ b~ c-', retry('b'), ['a- b- c-', 'terminate a', 'start a b c (restart)'], { strategy: 'oneForAll' }],
    ['restForOne', 'a+ b~ c-', retry('b'), ['a+ b- c-', 'start b c (restart)'], { strategy: 'restForOne' }],
    ['it runs by now', 'a+', retry('a'), ['a+']],
    ['it was ended by now', 'a-', retry('a'), ['a-']],
    ['it was deleted by now', 'a+', retry('b'), ['a+']],
  ])('%s', (_what, before, event, expected, flags = {}) => {
    expect(said(decide(stateOf(before, flags), event))).toEqual(expected)
  })
})

describe('requests', () => {
  const child = entryOf('b-').child
  test.each<Row>([
    ['start_child', 'a+', { type: 'start_child', child }, ['a+ b-', 'start b (start_child)']],
    ['start_child, it runs', 'b+', { type: 'start_child', child }, ['b+', 'reply ["error",["already_started",{"name":"b"}]]']],
    ['start_child, it is down', 'b-', { type: 'start_child', child }, ['b-', 'reply ["error","already_present"]']],
    ['start_child, it is restarting', 'b~', { type: 'start_child', child }, ['b~', 'reply ["error","already_present"]']],
    ['terminate_child', 'a+ b+', { type: 'terminate_child', id: 'a' }, ['a- b+', 'terminate a', 'reply "ok"']],
    ['terminate_child, temporary', 'A+ b+', { type: 'terminate_child', id: 'A' }, ['b+', 'terminate A', 'reply "ok"']],
    ['terminate_child, it is down', 'a-', { type: 'terminate_child', id: 'a' }, ['a-', 'reply "ok"']],
    ['terminate_child, it is restarting', 'a~', { type: 'terminate_child', id: 'a' }, ['a-', 'reply "ok"']],
    ['terminate_child, unknown', 'a+', { type: 'terminate_child', id: 'b' }, ['a+', 'reply ["error","not_found"]']],
    ['restart_child', 'a-', { type: 'restart_child', id: 'a' }, ['a-', 'start a (restart_child)']],
    ['restart_child, it runs', 'a+', { type: 'restart_child', id: 'a' }, ['a+', 'reply ["error","running"]']],
    ['restart_child, it is restarting', 'a~', { type: 'restart_child', id: 'a' }, ['a~', 'reply ["error","restarting"]']],
    ['restart_child, unknown', '', { type: 'restart_child', id: 'a' }, ['', 'reply ["error","not_found"]']],
    ['delete_child', 'a- b+', { type: 'delete_child', id: 'a' }, ['b+', 'reply "ok"']],
    ['delete_child, it runs', 'a+', { type: 'delete_child', id: 'a' }, ['a+', 'reply ["error","running"]']],
    ['delete_child, it is restarting', 'a~', { type: 'delete_child', id: 'a' }, ['a~', 'reply ["error","restarting"]']],
    ['delete_child, unknown', 'a+', { type: 'delete_child', id: 'b' }, ['a+', 'reply ["error","not_found"]']],
    ['stop', 'a+ B+ c- d~ e+', { type: 'stop' }, ['a- c- d- e-', 'terminate e B a']],
    ['stop, nobody runs', 'a- b~', { type: 'stop' }, ['a- b-']],
  ])('%s', (_what, before, event, expected) => {
    expect(said(decide(stateOf(before), event))).toEqual(expected)
  })
})

describe('intensity and period', () => {
  /** Whether each restart at these times is allowed. */
  const allowed = (intensity: number, ...timesMs: number[]): boolean[] => {
    let restarts: RestartTimes | null = null
    return timesMs.map((nowMs) => {
      const counted = countRestart(restarts, nowMs, { intensity, periodMs: 1000 })
      restarts = deepFreeze(counted.restarts)
      return counted.allowed
    })
  }
  test.each<[what: string, intensity: number, timesMs: number[], expected: boolean[]]>([
    ['intensity 0: none', 0, [5], [false]],
    ['intensity 1: both ends of the period count', 1, [0, 1000], [true, false]],
    ['one ms later it is over', 1, [0, 1001], [true, true]],
    ['as many as the intensity at once', 3, [0, 0, 0, 0], [true, true, true, false]],
    ['the window slides', 2, [0, 600, 1001, 1601, 2002], [true, true, true, true, true]],
    ['the window does not jump', 2, [900, 1000, 1100], [true, true, false]],
    ['a long time between', 2, [0, 1, 100_000, 100_001, 100_002], [true, true, true, true, false]],
  ])('%s', (_what, intensity, timesMs, expected) => {
    expect(allowed(intensity, ...timesMs)).toEqual(expected)
  })

  test('one more than the intensity: the child is reported as given up and stays down, a temporary one could not get here', () => {
    const given = stateOf('a+ b+', { intensity: 0 })
    const expected = ['a- b+', `${TERMINATED} a "boom"`, 'report shutdown a "reached_max_restart_intensity"', 'exit "shutdown"']
    expect(said(decide(given, exited('a', 'boom')))).toEqual(expected)
    expect(said(decide(stateOf('a~', { intensity: 0 }), retry('a')))).toEqual([
      'a-',
      'report shutdown a "reached_max_restart_intensity"',
      'exit "shutdown"',
    ])
  })

  test('a group counts once, a failed start that is tried again counts each time', () => {
    const flags = { strategy: 'oneForAll', intensity: 2 } as const
    const once = decide(stateOf('a+ b+ c+', flags), exited('a', 'x')).state
    expect(once.restarts?.count).toBe(1)
    const waiting = decide(once, failed('a', 'restart')).state
    const twice = decide(waiting, retry('a')).state
    expect(twice.restarts?.count).toBe(2)
    const third = decide(decide(twice, failed('a', 'restart')).state, retry('a'))
    expect(third.actions.at(-1)).toEqual({ type: 'exit', reason: 'shutdown' })
  })

  test('restarts that are over are forgotten in time, long before there are as many as the intensity', () => {
    let restarts: RestartTimes | null = null
    let most = 0
    for (let nowMs = 0; nowMs < 100_000; nowMs += 10) {
      restarts = countRestart(restarts, nowMs, { intensity: 1_000_000, periodMs: 1000 }).restarts
      most = Math.max(most, restarts.count)
    }
    expect(most).toBeLessThan(250) // a hundred within a period
    expect(countRestart(restarts, 1_000_000, { intensity: 1, periodMs: 1000 })).toMatchObject({
      allowed: true,
      restarts: { count: 1 },
    })
  })

  test('a million restarts within the intensity cost as much each as a few', () => {
    let restarts: RestartTimes | null = null
    for (let nowMs = 0; nowMs < 1_000_000; nowMs++)
      restarts = countRestart(restarts, nowMs, { intensity: 1_000_000, periodMs: 1_000_000 }).restarts
    expect(restarts?.count).toBe(1_000_000)
  })
})

test('comesBack: which child comes back after which end', () => {
  const ends: ExitReason[] = ['normal', 'shutdown', ['shutdown', 1], ['shutdown'], ['shutdown', 1, 2], 'killed', { shutdown: 1 }]
  expect(ends.map((reason) => comesBack('transient', reason))).toEqual([false, false, false, true, true, true, true])
  expect(ends.map((reason) => comesBack('permanent', reason))).toEqual(ends.map(() => true))
  expect(ends.map((reason) => comesBack('temporary', reason))).toEqual(ends.map(() => false))
})

test('the same state may be asked again and again, also after others have been made of it', () => {
  const ids = [['room', 1], ['room', 2], 'x', ['room', 3]]
  const children = ids.map((id): PolicyChild => ({ id, restart: 'temporary', significant: false }))
  const empty = policyState({ strategy: 'oneForOne', intensity: 1, periodMs: 1, autoShutdown: 'never' })
  const states: PolicyState[] = [empty]
  for (const child of children) states.push(decide(states.at(-1) as PolicyState, { type: 'start_child', child }).state)
  for (const id of ids) states.push(decide(states.at(-1) as PolicyState, { type: 'delete_child', id }).state)
  states.push(decide(states.at(-1) as PolicyState, { type: 'start_child', child: children[3] as PolicyChild }).state)
  for (const state of [...states, ...states.toReversed()]) {
    deepFreeze(state)
    const there = state.children.map(({ child }) => child.id)
    const found = ids.filter((id) =>
      shown(decide(state, { type: 'restart_child', id }).actions[0] as PolicyAction).startsWith('start'),
    )
    expect(found).toEqual(there)
  }
})
