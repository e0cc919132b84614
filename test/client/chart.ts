// The life of a client as a machine: docs/client.md draws it, chart.test.ts drives it and the client side by side. The client
// itself is plain code, for a machine would weigh more than all of it.
import { assign, setup } from 'xstate'

/** How many transports there are in it. */
const TRANSPORTS = 2
/** So many rounds after a connection are of its transport alone. */
const EARLY = 2

interface Context {
  /** Transports of this round that are still to be tried. */
  readonly left: number
  /** Rounds and connections that came to nothing, as far as it matters. */
  readonly failures: number
  /** A transport has worked lately. */
  readonly worked: boolean
}
interface Event {
  readonly type: 'opened' | 'failed' | 'refused' | 'lost' | 'ended' | 'due' | 'online' | 'left' | 'shown' | 'close'
}

const machine = setup({
  types: { context: {} as Context, events: {} as Event },
  actions: {
    begin: assign(({ context: { worked, failures } }) => ({ left: worked && failures < EARLY ? 0 : TRANSPORTS - 1 })),
    next: assign(({ context: { left } }) => ({ left: left - 1 })),
    count: assign(({ context: { failures } }) => ({ failures: Math.min(failures + 1, EARLY) })),
    works: assign({ worked: true }),
    forget: assign({ worked: false }),
  },
  guards: { hasNext: ({ context }) => context.left > 0 },
})

/** What the page and its user can do at any time, until it is over. */
const ANY = { left: 'away', close: 'closed' } as const
/** The network is another one: what has worked in the old one says nothing. */
const AGAIN = { target: 'connecting', actions: ['forget', 'begin'] } as const

export const chart = machine.createMachine({
  id: 'client',
  context: { left: TRANSPORTS - 1, failures: 0, worked: false },
  initial: 'connecting',
  states: {
    connecting: {
      on: {
        ...ANY,
        opened: { target: 'open', actions: 'works' },
        failed: [
          { guard: 'hasNext', target: 'connecting', actions: 'next' },
          { target: 'waiting', actions: 'count' },
        ],
        refused: 'closed',
        online: { actions: 'forget' },
      },
    },
    open: { on: { ...ANY, lost: { target: 'waiting', actions: 'count' }, ended: 'closed', online: { actions: 'forget' } } },
    waiting: { on: { ...ANY, due: { target: 'connecting', actions: 'begin' }, online: AGAIN } },
    away: { on: { close: 'closed', shown: { target: 'connecting', actions: 'begin' } } },
    closed: { type: 'final' },
  },
})
