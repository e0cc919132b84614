// The processes of the scenario `messages`: functions that receive, by themselves or selectively, and callback processes, some of
// whose callbacks are async. Entered by world; calls acts.
import type { ExitReason, ProcessFunction, ProcessModule, Receiver } from 'gensock'
import { actAfterEnd, TESTS } from './acts.js'
import { type Actor, broken } from './model.js'
import type { World } from './world.js'

/** Thrown through a process by a claim that broke, and kept: the process itself must not hide it. */
function checked<T>(world: World, check: () => T): T {
  try {
    return check()
  } catch (error) {
    world.fails(error)
    throw error
  }
}

/** Acts of a process; what they throw on purpose goes on, what a claim throws is kept. */
function acts(world: World, actor: Actor, self: Receiver): void {
  try {
    world.acts(actor, self)
  } catch (thrown) {
    if (thrown instanceof Error && !actor.mayEnd.includes(thrown)) world.fails(thrown)
    throw thrown
  }
}

/** A process that is a function. */
export function functionProcess(world: World, actor: Actor): ProcessFunction<any> {
  const { chance } = world
  return async (self) => {
    acts(world, actor, self)
    for (;;) {
      if (chance.is(0.3)) await receiveSome(world, actor, self)
      else {
        const message: unknown = await self.receive()
        checked(world, () => world.model.received(actor, message))
      }
      acts(world, actor, self)
      if (chance.is(0.15)) await pause(world, actor, self)
      if (world.budget > 0 && chance.is(0.01)) break
    }
    actor.mayEnd.push('normal')
  }
}

/** A selective receive, which gives up after some time. */
async function receiveSome(world: World, actor: Actor, self: Receiver): Promise<void> {
  const { chance, node } = world
  const name = chance.pick(Object.keys(TESTS))
  const accepts = TESTS[name] as (message: object) => boolean
  const afterMs = chance.int(30)
  const untilMs = node.now() + afterMs
  const message: unknown = await (name === 'word' ? self.receive(name, { afterMs }) : self.receive(accepts, { afterMs }))
  checked(world, () => {
    if (message !== undefined) return world.model.received(actor, message, accepts)
    if (node.now() < untilMs) throw broken(actor, `gives up at ${node.now()} ms, before ${untilMs}`)
    return world.model.timedOut(actor, accepts)
  })
}

/** Waits: for time, or for a promise that somebody else settles, perhaps when it has ended long ago. */
async function pause(world: World, actor: Actor, self: Receiver): Promise<void> {
  const { chance, node } = world
  if (chance.is(0.5)) {
    const untilMs = node.now() + chance.int(20)
    await self.sleep(untilMs - node.now())
    if (node.now() < untilMs) world.fails(broken(actor, `wakes up at ${node.now()} ms, before ${untilMs}`))
  } else await new Promise<void>((open) => world.gates.push(open))
  if (actor.isAlive) return
  checked(world, () => actAfterEnd(world, actor, self))
  await self.receive()
  world.fails(broken(actor, 'receives though it has ended'))
}

/** A callback process: its state counts what it has handled. */
export function callbackModule(world: World, actor: Actor): ProcessModule<number, unknown> {
  const { chance } = world
  let handled = 0
  let isRunning = false
  const begins = (message: unknown, state: number): void =>
    checked(world, () => {
      if (isRunning) throw broken(actor, 'has two callbacks running at the same time')
      if (state !== handled) throw broken(actor, `has the state ${state} after ${handled} messages`)
      world.model.received(actor, message)
      handled++
    })
  const ends = (): readonly ['ok', number] | readonly ['stop', ExitReason] => {
    isRunning = false
    if (world.budget === 0 || !chance.is(0.01)) return ['ok', handled]
    const reason = chance.pick(['normal', 'odd'])
    actor.mayEnd.push(reason)
    return ['stop', reason]
  }
  return {
    init: (self) => {
      acts(world, actor, self)
      return chance.is(0.3) ? Promise.resolve(0) : 0
    },
    message: (message, state, self) => {
      begins(message, state)
      acts(world, actor, self)
      if (!chance.is(0.3)) return ends()
      isRunning = true
      const waits = chance.is(0.4) ? receiveSome(world, actor, self) : pause(world, actor, self)
      return waits.then(ends)
    },
  }
}
