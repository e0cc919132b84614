// The machine of the demo tree, a traffic light, and its chart as data for the page: read from the machine itself.
import { type AnyStateMachine, type AnyStateNode, setup } from 'xstate'

export const light = setup({
  types: { events: {} as { type: 'fail' } | { type: 'off' } },
  actions: {
    fail() {
      throw new Error('boom')
    },
  },
}).createMachine({
  id: 'light',
  initial: 'red',
  on: { fail: { actions: 'fail' }, off: '.off' },
  states: {
    red: { after: { 4000: 'green' } },
    green: { after: { 4000: 'yellow' } },
    yellow: { after: { 2000: 'red' } },
    off: { type: 'final' },
  },
})

/** `from` is undefined for an arrow that every state has. */
export interface Arrow {
  readonly from: string | undefined
  readonly to: string
  readonly label: string
}
export interface Chart {
  readonly states: readonly string[]
  readonly arrows: readonly Arrow[]
}

/** The states of a flat machine, and the arrows between them. */
export function chartOf(machine: AnyStateMachine): Chart {
  const states = Object.values(machine.root.states)
  return { states: states.map(({ key }) => key), arrows: [machine.root, ...states].flatMap(arrowsOf) }
}

function arrowsOf(node: AnyStateNode): Arrow[] {
  const from = node.parent === undefined ? undefined : node.key
  const named = Object.entries(node.on).filter(([event]) => !event.startsWith('xstate.')) // those are the delays again
  const events = named.flatMap(([event, ways]) => ways.map(({ target }) => ({ target, label: event })))
  const delays = node.after.map(({ target, delay }) => ({ target, label: `${Number(delay) / 1000} s` }))
  return [...delays, ...events].flatMap(({ target, label }) => (target ?? []).map(({ key }) => ({ from, to: key, label })))
}
