// Processes that send, link, watch, name and set timers, at random, with kills, held against a model step by step; then quiet, when
// nothing may be left over; then their end, when nothing of them may. Entered by scenarios.
import { pg } from 'gensock'
import { simulate, type Simulation } from 'gensock/testing'
import { checkQuiet, checkTables } from '../messages/tables.js'
import { World } from '../messages/world.js'
import type { LibraryScenario } from '../scenarios.js'

export const messages: LibraryScenario = {
  name: 'messages',
  claims: [
    'a message is handled at most once, and those of one sender in order; it is lost only with the process that it was for',
    'a link fires exactly once, with the reason of the end; a monitor exactly once, and never after demonitor with flush',
    'no name, alias, timer, link, monitor or group member outlives its process, and a process that has ended does nothing',
    'a timer fires once, never early, and never once it is cancelled; what is left of it is told exactly',
  ],
  run: (seed) => simulate(seed, scenario, { allowCrashes: [/crash on purpose/], maxSteps: 20_000 }),
}

async function scenario(node: Simulation): Promise<void> {
  const world = new World(node)
  const { chance, model } = world
  node.invariant(() => {
    if (world.failure !== undefined) throw world.failure
    checkTables(world)
    model.killIsDue = false
  })
  await node.run(() => pg.start())
  const scope = node.whereis('pg')
  for (let left = 3 + chance.int(4); left > 0; left--) world.spawn()
  // Who may be killed is asked when somebody is, and right before it.
  const victims = (pid: unknown): boolean => {
    model.killIsDue = true
    return pid !== scope
  }
  node.faults({ kill: chance.pick([0, 0.005, 0.02]), victims })
  for (let round = 0; round < 15 && world.budget > 0; round++) {
    const alive = model.actors.filter(({ isAlive }) => isAlive).length
    for (let more = alive; more < 4 && model.actors.length < world.most; more++) world.spawn()
    for (const actor of model.actors) if (actor.isAlive && chance.is(0.6)) world.poke(actor)
    await node.advance(chance.int(40))
    world.opensGates()
  }
  node.faults({})
  world.budget = 0
  await becomeQuiet(world)
  checkQuiet(world)
  for (const actor of chance.shuffle(model.actors)) world.end(actor, chance.pick(['shutdown', 'kill', 'odd']))
  for (const actor of model.actors) if (actor.isAlive) world.end(actor, 'kill')
  await becomeQuiet(world)
  checkQuiet(world)
}

/** Nobody acts any more: what is on its way arrives, and each process handles all that it has. */
async function becomeQuiet(world: World): Promise<void> {
  const { model, node } = world
  for (let round = 0; round < 20; round++) {
    world.opensGates()
    await node.advance(100)
    const waiting = model.actors.find(({ queue }) => queue.length > 0)
    if (waiting === undefined && model.timers.size === 0 && world.gates.length === 0) return
  }
  const left = model.actors.find(({ queue }) => queue.length > 0)
  throw new Error(`it is quiet, and there is still ${left?.queue[0]?.what() ?? 'a timer or a process that waits'}`)
}
