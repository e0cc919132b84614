// A compiled chart says what real xstate says; what the table cannot hold is refused.
import { describe, expect, test } from '@jest/globals'
import { type AnyStateMachine, assign, createActor, createMachine } from 'xstate'
import { compileChart } from '../../src/machines/chart.js'
import { CHART, lifecycle } from '../../src/sockets/lifecycle.js'

function compare(machine: AnyStateMachine): number {
  const chart = compileChart(machine)
  let compared = 0
  for (const [state, name] of chart.states.entries()) {
    for (const [event, type] of chart.events.entries()) {
      const snapshot = machine.resolveState({ value: name, context: {}, status: chart.isFinal(state) ? 'done' : 'active' })
      const actor = createActor(machine, { snapshot }).start()
      actor.send({ type })
      const next = actor.getSnapshot()
      expect(`${name} ${type} -> ${chart.states[chart.next(state, event)]}`).toBe(`${name} ${type} -> ${String(next.value)}`)
      compared++
    }
  }
  return compared
}

describe('compileChart', () => {
  test("the table of the socket's life equals xstate for every state and event", () => {
    expect(compare(lifecycle)).toBe(CHART.states.length * CHART.events.length)
    expect(CHART.states).toEqual(['asking', 'opening', 'open', 'restarting', 'closing', 'closed'])
    expect(CHART.states[CHART.initial]).toBe('asking')
  })

  test('every state of the life can be reached and every one but the last can be left', () => {
    const seen = new Set([CHART.initial])
    for (const state of seen) for (const event of CHART.events.keys()) seen.add(CHART.next(state, event))
    expect(seen.size).toBe(CHART.states.length)
    for (const [state, name] of CHART.states.entries()) {
      const left = [...CHART.events.keys()].some((event) => CHART.next(state, event) !== state)
      expect({ name, left }).toEqual({ name, left: name !== 'closed' })
    }
  })

  test('root events, forbidden events, self transitions and lists of targets equal xstate', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'b',
      on: { stop: '.end', back: '#m.a', stay: {} },
      states: {
        a: { on: { go: 'b', self: 'a', first: ['b', 'end'].map((target) => ({ target })) } },
        b: { on: { stop: undefined, go: { target: 'c' }, back: {} } },
        c: { on: { done: '#m.end' } },
        end: { type: 'final' },
      },
    })
    expect(compare(machine)).toBe(4 * compileChart(machine).events.length)
    expect(compileChart(machine).states[compileChart(machine).initial]).toBe('b')
  })

  test('takes tells a missing event from one that leads back', () => {
    const chart = compileChart(createMachine({ initial: 'a', states: { a: { on: { self: 'a', go: 'b' } }, b: {} } }))
    expect(chart.takes(chart.state('a'), chart.event('self'))).toBe(true)
    expect(chart.takes(chart.state('b'), chart.event('self'))).toBe(false)
    expect(() => chart.state('x')).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_CHART' }))
    expect(() => chart.event('x')).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_CHART' }))
  })

  const states = { a: { on: { go: 'b' } }, b: {} }
  const refused: readonly [string, AnyStateMachine][] = [
    ['context', createMachine({ initial: 'a', context: { n: 1 }, states })],
    ['parallel', createMachine({ type: 'parallel', states: { a: {}, b: {} } })],
    ['no states', createMachine({})],
    ['nested states', createMachine({ initial: 'a', states: { a: { initial: 'x', states: { x: {} } } } })],
    ['history', createMachine({ initial: 'a', states: { a: {}, h: { type: 'history' } } })],
    ['guards', createMachine({ initial: 'a', states: { a: { on: { go: { target: 'b', guard: () => true } } }, b: {} } })],
    ['actions', createMachine({ initial: 'a', states: { a: { on: { go: { target: 'b', actions: assign({}) } } }, b: {} } })],
    ['entry', createMachine({ initial: 'a', states: { a: { entry: () => undefined } } })],
    ['exit', createMachine({ initial: 'a', states: { a: { exit: () => undefined } } })],
    ['root entry', createMachine({ initial: 'a', entry: () => undefined, states })],
    ['after', createMachine({ initial: 'a', states: { a: { after: { 10: 'b' } }, b: {} } })],
    ['always', createMachine({ initial: 'a', states: { a: { always: 'b' }, b: {} } })],
    ['invoke', createMachine({ initial: 'a', states: { a: { invoke: { src: 'x' } } } })],
    ['wildcard', createMachine({ initial: 'a', states: { a: { on: { '*': 'b' } }, b: {} } })],
  ]
  const many = (count: number): AnyStateMachine =>
    createMachine({ initial: 's0', states: Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, {}])) })
  test('254 states fit the table, 255 do not', () => {
    expect(compileChart(many(254)).states).toHaveLength(254)
    expect(() => compileChart(many(255))).toThrow('has 255 states; at most 254 fit the table')
  })

  test.each(refused)('a chart with %s is refused', (_name, machine) => {
    expect(() => compileChart(machine)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_CHART' }))
  })
})
