// The machine: a coin unlocks it, a push locks it, and so does time. It knows the types of the contract and nothing of sockets.
import { assign, emit, setup } from 'xstate'
import type { Said, Told } from './contract.js'

const FARE_CENTS = 100

export const machine = setup({
  types: { events: {} as Said, emitted: {} as Told, context: {} as { passed: number } },
  delays: { patience: 5000 },
}).createMachine({
  id: 'turnstile',
  context: { passed: 0 },
  initial: 'locked',
  states: {
    locked: {
      entry: emit(({ context }) => ({ type: 'locked', ...context })),
      on: {
        coin: [
          { guard: ({ event }) => event.cents >= FARE_CENTS, target: 'unlocked' },
          { actions: emit(({ event }) => ({ type: 'returned', cents: event.cents })) },
        ],
        push: { actions: emit({ type: 'rattled' }) },
      },
    },
    unlocked: {
      entry: emit(({ context }) => ({ type: 'unlocked', ...context })),
      on: {
        coin: { actions: emit(({ event }) => ({ type: 'returned', cents: event.cents })) },
        push: { target: 'locked', actions: assign({ passed: ({ context }) => context.passed + 1 }) },
      },
      after: { patience: 'locked' },
    },
  },
})
