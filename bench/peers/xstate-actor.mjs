// How the xstate programs make their actors, and the one that they run for. Entered by xstate.mjs and xstate-machines.mjs;
// calls harness.mjs.
import { createActor, fromTransition } from 'xstate'
import { latch } from './harness.mjs'

export const DONE = { type: 'done' }

/** Transition logic whose first state is its input. */
export function actor(transition) {
  return fromTransition(transition, ({ input }) => input)
}

/** An actor of its own system, running. */
export function start(logic, input) {
  return createActor(logic, { input }).start()
}

const collecting = actor((hit, event) => {
  hit(event)
  return hit
})

/** The actor that a program runs for: its `n`-th event settles `done`. */
export function collector(n) {
  const { hit, done } = latch(n)
  return { main: start(collecting, hit), done }
}
