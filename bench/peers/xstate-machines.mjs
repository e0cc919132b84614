// The programs that xstate does with state machines: delayed events, which only a machine can raise and cancel, and the restart
// of a child, which is an invoked actor whose error enters the state again. Entered by xstate.mjs; calls harness.mjs.
import { cancel, createMachine, fromCallback, raise } from 'xstate'
import { check, latch, program } from './harness.mjs'
import { actor, collector, DONE, start } from './xstate-actor.mjs'

const delay = ({ event }) => event.ms
const timers = createMachine({
  context: ({ input }) => ({ hit: input }),
  on: {
    setAndCancel: { actions: [raise({ type: 'x' }, { id: 'timer', delay }), cancel('timer')] },
    set: { actions: raise({ type: 'x' }, { delay }) },
    x: { actions: ({ context }) => context.hit() },
  },
})
const timerSetCancel = program('timer_set_cancel', 100_000, async (n) => {
  let fired = 0
  const one = start(timers, () => fired++)
  for (let i = 1; i <= n; i++) one.send({ type: 'setAndCancel', ms: 60_000 + (i % 1000) })
  check('timer_set_cancel', fired, 0)
  one.stop()
})
const timerFire = program('timer_fire', 100_000, async (n) => {
  const { hit, done } = latch(n)
  const one = start(timers, hit)
  for (let i = 1; i <= n; i++) one.send({ type: 'set', ms: i % 50 })
  await done
  one.stop()
})

const victim = fromCallback(({ input: { owner }, receive, self }) => {
  receive(() => {
    throw new Error('boom')
  })
  owner.send({ type: 'up', child: self })
})
const supervisor = createMachine({
  context: ({ input }) => input,
  initial: 'running',
  states: {
    running: {
      invoke: { src: victim, input: ({ context }) => context, onError: { target: 'running', reenter: true } },
    },
  },
})
const crasher = actor((state, event) => {
  if (event.type !== 'up') return state
  if (state.left === 0) state.main.send(DONE)
  else event.child.send({ type: 'crash' })
  return { ...state, left: state.left - 1 }
})
const supervisorRestart = program('supervisor_restart', 20_000, async (n) => {
  const { main, done } = collector(1)
  const owner = start(crasher, { main, left: n })
  const tree = start(supervisor, { owner })
  await done
  check('supervisor_restart', tree.getSnapshot().value, 'running')
  tree.stop()
})

export const machines = [timerSetCancel, timerFire, supervisorRestart]
