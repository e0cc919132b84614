// Every transition of the model of a supervisor's life is walked with a real supervisor, which must be seen to do the same:
// who ends and starts in which order, what requests are answered, what whichChildren and countChildren say, who is alive.
//
// Between two steps the supervisor is suspended, so that it can be seen between two attempts to start a child: what a step
// queues, and the questions after it, stand in the mailbox before the next attempt.
import { describe, expect, test } from '@jest/globals'
import { type ChildCount, type ChildInfo, type ChildSpec, isPid, supervisor, type SupervisorPid, sys } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { createActor } from 'xstate'
import { getAdjacencyMap, getShortestPaths, serializeSnapshot } from 'xstate/graph'
import { trees, type Tree } from '../behaviours/tree.js'
import {
  type Context,
  type Event,
  EVENTS,
  type Id,
  INTENSITY,
  type ModelStrategy,
  type Outcome,
  outcome,
  PERIOD_MS,
  type RequestType,
  supervisorLife,
} from './supervisor-model.js'

type Held = Extract<Event, { type: 'pass' } | { type: 'stop' } | { type: 'kill' }>
const isHeld = (event: Event): event is Held => event.type === 'pass' || event.type === 'stop' || event.type === 'kill'
type Snapshot = ReturnType<typeof supervisorLife.transition>
interface Path {
  /** From the start, in order; the last one is the transition that the path is walked for. */
  readonly events: readonly Event[]
  /** The state that it starts from. */
  readonly from: string
}

/** A shortest path to each state and then one transition out of it: together they are all transitions there are. */
function pathsOf(strategy: ModelStrategy): readonly Path[] {
  const options = {
    events: [...EVENTS],
    input: { strategy },
    filterEvents: (state: Snapshot, event: Event) => state.can(event),
    stopWhen: ({ status }: Snapshot) => status !== 'active',
  }
  const map = getAdjacencyMap(supervisorLife, options)
  return getShortestPaths(supervisorLife, options).flatMap(({ state, steps }) => {
    const there = steps.slice(1).map(({ event }) => event) // the first step is xstate's own
    const out = Object.values(map[serializeSnapshot(state)]?.transitions ?? {})
    return out.map(({ event }) => ({ events: [...there, event], from: state.value }))
  })
}

/** A real supervisor of `a` and `b`, held still, and what the model says of it. */
interface Walk {
  readonly node: TestNode
  readonly tree: Tree
  readonly pid: SupervisorPid
  readonly specOf: (id: Id) => ChildSpec
  /** Whose starts fail now. */
  readonly plan: { failing: Id | undefined }
  context: Context
}

async function begin(strategy: ModelStrategy): Promise<Walk> {
  const node = testNode()
  const tree = trees(node)
  const plan: Walk['plan'] = { failing: undefined }
  const specOf = (id: Id): ChildSpec => {
    const { start, ...spec } = tree.child(id, { restart: id === 'a' ? 'permanent' : 'transient' })
    return { ...spec, start: (self) => (plan.failing === id ? ['error', 'not_now'] : start(self)) }
  }
  const pid = await tree.start({ strategy, intensity: INTENSITY, periodMs: PERIOD_MS, children: [specOf('a'), specOf('b')] })
  await node.run(() => sys.suspend(pid))
  tree.taken()
  const { context } = createActor(supervisorLife, { input: { strategy } }).getSnapshot()
  return { node, tree, pid, specOf, plan, context }
}

function ask({ node, pid, specOf }: Walk, what: RequestType, id: Id): Promise<unknown> {
  return node.run((): Promise<unknown> => {
    if (what === 'start') return supervisor.startChild(pid, specOf(id))
    if (what === 'terminate') return supervisor.terminateChild(pid, id)
    return what === 'restart' ? supervisor.restartChild(pid, id) : supervisor.deleteChild(pid, id)
  })
}

/** What is seen of the supervisor: the children by the name of their state, the counts, who lives. */
interface Seen {
  readonly log: unknown
  readonly answer: unknown
  readonly alive: boolean
  readonly processes: number
  readonly which: unknown
  readonly count: ChildCount | undefined
}

/** What happens while the supervisor is held still: time passes, its end comes. Its state is what `sys` sees. */
async function held({ node, tree, pid }: Walk, type: 'pass' | 'stop' | 'kill'): Promise<Seen> {
  if (type === 'pass') await node.advance(PERIOD_MS + 1)
  else node.exit(pid, type === 'stop' ? 'shutdown' : 'kill')
  await node.settle()
  const which = node.isAlive(pid) ? await node.run(() => sys.getState<ChildInfo[]>(pid)) : undefined
  return { ...seenOf(node, tree, pid), answer: undefined, which: which?.map((one) => shown(node, one)), count: undefined }
}

/** Lets the supervisor go on: what happens, then questions about it, then it is held still again. */
async function goOn(walk: Walk, event: Exclude<Event, Held>): Promise<Seen> {
  const { node, tree, pid, plan } = walk
  const unanswered = (): undefined => undefined
  plan.failing = 'failing' in event ? event.failing : 'fails' in event ? event.child : undefined
  // From here to the first await nobody runs: all of it waits in the mailbox, in this order.
  const going = node.run(() => sys.resume(pid)).catch(unanswered)
  let answer: Promise<unknown> = Promise.resolve()
  if (event.type === 'ask') answer = ask(walk, event.what, event.child)
  else if (event.type === 'crash') node.exit(tree.pid(event.child), event.reason)
  if ('meanwhile' in event && event.meanwhile !== undefined) answer = ask(walk, event.meanwhile, event.failing as Id)
  const which = node.run(() => supervisor.whichChildren(pid)).catch(unanswered)
  const count = node.run(() => supervisor.countChildren(pid)).catch(unanswered)
  await Promise.all([going, node.run(() => sys.suspend(pid)).catch(unanswered)])
  await node.settle()
  return {
    ...seenOf(node, tree, pid),
    answer: generic(await answer.catch(unanswered)),
    which: (await which)?.map((one) => shown(node, one)),
    count: await count,
  }
}
function seenOf(node: TestNode, tree: Tree, pid: SupervisorPid): Pick<Seen, 'log' | 'alive' | 'processes'> {
  return { log: tree.taken(), alive: node.isAlive(pid), processes: node.processes().length }
}
function shown(node: TestNode, { id, pid }: ChildInfo): readonly unknown[] {
  return [id, isPid(pid) ? (node.isAlive(pid) ? 'up' : 'dead') : (pid ?? 'down')]
}

/** An answer with its pid and spec by name. */
function generic(answer: unknown): unknown {
  if (isPid(answer)) return 'pid'
  if (Array.isArray(answer)) return answer.map(generic)
  return typeof answer === 'object' && answer !== null && 'start' in answer ? 'spec' : answer
}

/** What the model expects to be seen. */
function expected({ context, log, answer }: Outcome, event: Event): Seen {
  const ended = event.type === 'stop' || event.type === 'kill' || context.gaveUp
  const active = context.children.filter(([, status]) => status === 'up').length
  const specs = context.children.length
  return {
    // Killed, its children die by their links, in no promised order.
    log: event.type === 'kill' ? expect.arrayContaining([...log]) : log,
    answer,
    alive: !ended,
    processes: ended ? 0 : active + 1,
    which: ended ? undefined : context.children.toReversed(),
    count: ended || event.type === 'pass' ? undefined : { specs, active, supervisors: 0, workers: specs },
  }
}

describe('a supervisor of two children does what the model says, on every transition', () => {
  test.each<[ModelStrategy, paths: number]>([
    ['oneForOne', 563],
    ['oneForAll', 591],
    ['restForOne', 577],
  ])(
    '%s',
    async (strategy, transitions) => {
      const paths = pathsOf(strategy)
      expect(paths).toHaveLength(transitions)
      for (const { events } of paths) {
        const walk = await begin(strategy)
        for (const event of events) {
          const should = outcome(walk.context, event)
          const seen = await (isHeld(event) ? held(walk, event.type) : goOn(walk, event))
          expect({ events, event, ...seen }).toEqual({ events, event, ...expected(should, event) })
          walk.context = should.context
        }
        await walk.node.stop()
      }
    },
    60_000,
  )

  test('every state of the chart is left by everything that can happen in it', () => {
    const kinds = new Set(pathsOf('oneForAll').map(({ events, from }) => `${from} ${(events.at(-1) as Event).type}`))
    const steady = ['ask', 'crash', 'kill', 'pass', 'stop'].map((type) => `steady ${type}`)
    const restarting = ['kill', 'pass', 'retry', 'stop'].map((type) => `restarting ${type}`)
    expect([...kinds].toSorted()).toEqual([...restarting, ...steady])
  })
})
