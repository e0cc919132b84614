// Compiles a context-free xstate chart into a transition table, once, at load: the chart is the truth that people read, the
// table is what runs. States and events are small ints. Entered by whoever has a life cycle (the socket's: sockets/lifecycle).
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { GensockError } from '../base/errors.js'

/** A compiled chart. Ints are indexes into `states` and `events`. */
export interface Chart {
  readonly id: string
  readonly states: readonly string[]
  readonly events: readonly string[]
  readonly initial: number
  /** The state after `event` in `state`; the same state where the chart does not take the event. */
  next(state: number, event: number): number
  /** Does the chart name this event in this state? */
  takes(state: number, event: number): boolean
  isFinal(state: number): boolean
  /** The int of a state's name; throws `GENSOCK_ERR_BAD_CHART` for a name that the chart does not have. */
  state(name: string): number
  /** The int of an event's name; throws `GENSOCK_ERR_BAD_CHART` for a name that the chart does not have. */
  event(name: string): number
}

const NONE = 255
const MAX_STATES = 254

/**
 * Compiles a machine made by xstate's `createMachine`. The chart is flat: states, events, targets, final states, and events
 * of the root that hold in every state.
 *
 * @throws {GensockError} `GENSOCK_ERR_BAD_CHART` - it has context, guards, actions, delays, actors, wildcards, nested or parallel states
 * @example
 * const chart = compileChart(createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } }))
 * chart.states[chart.next(chart.initial, chart.event('go'))] // => 'b'
 */
export function compileChart(machine: AnyStateMachine): Chart {
  const { id, root } = machine
  if (machine.config.context !== undefined) throw bad(id, 'the machine', 'has context')
  if (root.type !== 'compound') throw bad(id, 'the machine', `is ${root.type}; it needs flat states and an initial one`)
  checkNode(id, 'the machine', root)

  const nodes = Object.values(root.states) as AnyStateNode[]
  if (nodes.length > MAX_STATES) throw bad(id, 'the machine', `has ${nodes.length} states; at most ${MAX_STATES} fit the table`)
  for (const node of nodes) {
    if (node.type !== 'atomic' && node.type !== 'final') throw bad(id, `state ${node.key}`, `is ${node.type}`)
    checkNode(id, `state ${node.key}`, node)
  }

  const states = nodes.map((node) => node.key)
  const events = [...new Set([root, ...nodes].flatMap((node) => [...node.transitions.keys()]))]
  const table = new Uint8Array(states.length * events.length).fill(NONE)
  for (const [row, node] of nodes.entries()) {
    if (node.type === 'final') continue // a finished machine takes nothing, not even the root's events
    for (const [column, event] of events.entries()) {
      const transition = node.transitions.get(event)?.[0] ?? root.transitions.get(event)?.[0]
      if (transition !== undefined) table[row * events.length + column] = targetOf(id, transition, row, nodes)
    }
  }
  return chartOf(id, states, events, nodes, table, states.indexOf(String((root.initial.target as AnyStateNode[])[0]?.key)))
}

function chartOf(
  id: string,
  states: readonly string[],
  events: readonly string[],
  nodes: readonly AnyStateNode[],
  table: Uint8Array,
  initial: number,
): Chart {
  const width = events.length
  const find = (kind: string, names: readonly string[], name: string): number => {
    const index = names.indexOf(name)
    if (index < 0) throw bad(id, `${kind} ${name}`, `does not exist; there are ${names.join(', ')}`)
    return index
  }
  return Object.freeze({
    id,
    states,
    events,
    initial,
    next(state: number, event: number): number {
      const to = table[state * width + event] as number
      return to === NONE ? state : to
    },
    takes: (state: number, event: number) => table[state * width + event] !== NONE,
    isFinal: (state: number) => nodes[state]?.type === 'final',
    state: (name: string) => find('state', states, name),
    event: (name: string) => find('event', events, name),
  })
}

// What a table cannot hold is refused, so that chart and table never say different things.
function checkNode(id: string, where: string, node: AnyStateNode): void {
  const config = node.config as Record<string, unknown>
  for (const key of ['entry', 'exit', 'invoke', 'after', 'always', 'onDone', 'output', 'route'] as const) {
    const value = config[key]
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) throw bad(id, where, `has '${key}'`)
  }
  for (const [event, transitions] of node.transitions) {
    if (event.includes('*')) throw bad(id, where, `has the wildcard event '${event}'`)
    for (const transition of transitions) {
      if (transition.guard !== undefined) throw bad(id, where, `has a guard on '${event}'`)
      if (transition.actions.length > 0) throw bad(id, where, `has actions on '${event}'`)
    }
  }
}

function targetOf(id: string, transition: AnyTransitionDefinition, from: number, nodes: readonly AnyStateNode[]): number {
  const targets = transition.target as readonly AnyStateNode[] | undefined
  if (targets === undefined || targets.length === 0) return from
  const to = nodes.indexOf(targets[0] as AnyStateNode)
  if (targets.length > 1 || to < 0) throw bad(id, `event ${transition.eventType}`, 'has a target that is not one flat state')
  return to
}

function bad(id: string, where: string, what: string): GensockError {
  return new GensockError('GENSOCK_ERR_BAD_CHART', `compileChart(${id}): ${where} ${what}`, 'badarg')
}
