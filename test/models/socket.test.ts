// Every transition of the chart of a socket's life is walked with a real socket over a fake transport, which must be seen in the
// state that the chart names. The chart itself runs in the socket; here it is held to what the handler and the peer see.
import { describe, expect, test } from '@jest/globals'
import type { SocketHandler } from 'gensock/socket'
import { type FakeTransport, fakeTransport, testNode, type TestNode } from 'gensock/testing'
import { getAdjacencyMap, getShortestPaths } from 'xstate/graph'
import { lifecycle } from '../../src/sockets/lifecycle.js'

type Type = 'accept' | 'refuse' | 'ready' | 'crash' | 'again' | 'end' | 'done' | 'kill'
type State = 'asking' | 'opening' | 'open' | 'restarting' | 'closing' | 'closed'
interface Transition {
  readonly from: State
  readonly type: Type
  readonly to: State
}
const TYPES: readonly Type[] = ['accept', 'refuse', 'ready', 'crash', 'again', 'end', 'done', 'kill']

type Adjacency = Record<
  string,
  { readonly state: any; readonly transitions: Record<string, { readonly event: { type: string }; readonly state: any }> }
>

/** The transitions of the chart, and to each state a shortest path over states that last. */
function chart(): { readonly all: readonly Transition[]; readonly pathTo: ReadonlyMap<State, readonly Transition[]> } {
  const events = TYPES.map((type) => ({ type }))
  const stopWhen = ({ status }: { status: string }): boolean => status !== 'active'
  const filterEvents = (state: any, event: { type: string }): boolean => state.can(event)
  const all = Object.values(getAdjacencyMap(lifecycle, { events, filterEvents, stopWhen }) as Adjacency).flatMap(
    ({ state, transitions }) =>
      Object.values(transitions).map((to) => ({ from: state.value, type: to.event.type, to: to.state.value }) as Transition),
  )
  // A crash in `init` leaves nothing that `terminate` could be called for: `restarting` is over at once.
  const lasting = (state: any, event: { type: string }): boolean =>
    filterEvents(state, event) && !(state.value === 'opening' && event.type === 'crash')
  const paths = getShortestPaths(lifecycle, { events, filterEvents: lasting, stopWhen }).map(({ state, steps }) => {
    const states = steps.map((step) => step.state.value as State)
    const path = steps
      .slice(1)
      .map(({ event }, index) => ({ from: states[index], type: event.type, to: states[index + 1] }) as Transition)
    return [state.value as State, path] as const
  })
  return { all, pathTo: new Map(paths) }
}

interface Gate {
  open(value?: unknown): void
  fail(error: unknown): void
  isOpen: boolean
}

/** A socket whose callbacks answer when the test says so. */
class Walk {
  readonly node: TestNode = testNode()
  readonly #upgrades: Gate[] = []
  readonly #inits: Gate[] = []
  readonly #terminates: Gate[] = []
  readonly #socket: FakeTransport
  /** Has this life of the handler a state, so that `terminate` will be called? */
  #born = false
  #frames = 0

  constructor() {
    const handler: SocketHandler<number, string, {}, any> = {
      upgrade: () => gate(this.#upgrades),
      init: () => gate(this.#inits),
      handle: (frame, n) => ['push', frame, n + 1],
      info: () => fail('boom'),
      terminate: () => gate(this.#terminates),
    }
    this.#socket = fakeTransport(this.node, handler, { onCrash: { restart: { intensity: 9, periodMs: 1000 } } })
  }

  /** Makes it happen, and answers the state that the chart then names; states that are over at once are passed through. */
  async take({ from, type, to }: Transition): Promise<State> {
    const { pid } = this.#socket
    const last = (gates: readonly Gate[]): Gate => gates.at(-1) as Gate
    if (type === 'accept') last(this.#upgrades).open(['accept', undefined])
    else if (type === 'refuse') last(this.#upgrades).open(['reject', 403])
    else if (type === 'kill') this.node.exit(pid, 'kill')
    else if (type === 'ready') last(this.#inits).open(['ok', 0])
    else if (type === 'again' || type === 'done') last(this.#terminates).open()
    else if (type === 'end') this.#end(from)
    else this.#crash(from)
    await this.node.settle()
    if (type === 'ready' || (type === 'end' && from === 'opening')) this.#born = true
    if (type === 'again' || (type === 'end' && from === 'restarting')) this.#born = false
    if (to === 'restarting' && !this.#born) return 'opening'
    return to === 'closing' && !this.#born ? 'closed' : to
  }

  #end(from: State): void {
    if (from === 'open') return this.#socket.close(1000, 'bye')
    this.node.exit(this.#socket.pid, 'shutdown') // is heard as soon as the callback under way has answered
    if (from === 'opening') (this.#inits.at(-1) as Gate).open(['ok', 0])
    else (this.#terminates.at(-1) as Gate).open()
  }
  #crash(from: State): void {
    this.node.expectCrash(new Error('boom'))
    if (from === 'opening') (this.#inits.at(-1) as Gate).fail(new Error('boom'))
    else this.node.send(this.#socket.pid, 'crash')
  }

  /** Whatever its callbacks still wait for. */
  over(): Promise<void> {
    this.node.exit(this.#socket.pid, 'kill')
    return this.node.stop()
  }

  /** The state as it is seen from outside. */
  async seen(): Promise<State> {
    const { handshake, exit, paused, closed, terminated, sent } = this.#socket
    if (exit !== undefined) {
      expect(handshake?.[0] === 'accept' ? closed : handshake?.[0]).toEqual(expect.anything())
      return 'closed'
    }
    if (handshake === undefined) return 'asking'
    const ending = this.#terminates.some((one) => !one.isOpen)
    const opening = this.#inits.some((one) => !one.isOpen)
    expect([ending && opening, this.#inits.length > 0]).toEqual([false, true])
    if (ending) return terminated.at(-1)?.type === 'crash' ? 'restarting' : 'closing'
    if (opening) {
      // Before the first `init` has answered nothing is read; between two lives what is read waits.
      if (this.#inits.length === 1) expect(paused).toBe(true)
      return 'opening'
    }
    this.#socket.send(`frame ${++this.#frames}`)
    await this.node.settle()
    expect([sent.at(-1), paused]).toEqual([['text', `frame ${this.#frames}`], false])
    return 'open'
  }
}

function fail(message: string): never {
  throw new Error(message)
}
/** A promise that the test settles, noted in this list. */
function gate(gates: Gate[]): Promise<any> {
  return new Promise((resolve, reject) => {
    const one: Gate = {
      isOpen: false,
      open: (value) => ((one.isOpen = true), resolve(value)),
      fail: (error) => ((one.isOpen = true), reject(error)),
    }
    gates.push(one)
  })
}

const { all, pathTo } = chart()
const shown = ({ from, type, to }: Transition): string => `${from} -${type}-> ${to}`

describe('a socket is seen in the state that its chart names', () => {
  test.each(all.map((transition) => [shown(transition), transition] as const))('%s', async (_name, transition) => {
    const walk = new Walk()
    await walk.node.settle()
    expect(await walk.seen()).toBe('asking')
    for (const step of [...(pathTo.get(transition.from) as readonly Transition[]), transition]) {
      const expected = await walk.take(step)
      expect({ step: shown(step), state: await walk.seen() }).toEqual({ step: shown(step), state: expected })
    }
    await walk.over()
  })

  test('these are all transitions there are', () => {
    const { states, on } = lifecycle.config as { states: Record<string, { on?: object; type?: string }>; on: object }
    const named = Object.values(states).flatMap((state) => (state.type === 'final' ? [] : Object.keys({ ...state.on, ...on })))
    expect(all).toHaveLength(named.length)
    expect([...pathTo.keys()].toSorted()).toEqual(Object.keys(states).toSorted())
  })

  test('what was walked would not do for another chart', async () => {
    const walk = new Walk()
    await walk.node.settle()
    expect(await walk.take({ from: 'asking', type: 'accept', to: 'open' })).not.toBe(await walk.seen())
    await walk.over()
  })
})
