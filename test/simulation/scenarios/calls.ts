// Calls of servers and machines that answer in all ways there are, and end in the middle of it; callers with and without patience, who
// are killed as well. Each call is held against a model of its own. Entered by scenarios.
import { genServer, type Pid } from 'gensock'
import { simulate, type Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import { caller, callFromOutside, type Directory } from '../calls/callers.js'
import { CallModel } from '../calls/model.js'
import { clerk, hire, type Office } from '../calls/servers.js'
import type { LibraryScenario } from '../scenarios.js'

export const calls: LibraryScenario = {
  name: 'calls',
  claims: [
    'each call comes to exactly one end: its own reply, the exit reason of who was called, or its timeout, whichever is first',
    'a reply reaches the call that it was given for and no other; a second one and a late one reach nobody',
    'no late reply stands in a mailbox, and nobody is left with an alias, a monitor or a timer of a call',
  ],
  run: (seed) => simulate(seed, scenario, { allowCrashes: [/on purpose/], maxSteps: 30_000 }),
}
const NAMES = ['first', 'second', 'third'] as const

async function scenario(node: Simulation): Promise<void> {
  const { chance } = node
  const model = new CallModel(node)
  node.invariant(() => look(node, model))
  const clerks: Pid[] = []
  const desk: Office = { node, model, clerks, endsGoOn: true }
  clerks.push(node.spawn(clerk(desk)), node.spawn(clerk(desk)))
  const directory: Directory = { names: NAMES, pids: [] }
  const budget = { left: 30 + chance.int(60) }
  await hireAll(desk, directory)
  const callers = Array.from({ length: 2 + chance.int(4) }, () => node.spawn(caller(desk, directory, budget)))
  const fromOutside: { isOver: boolean }[] = []
  node.faults({ kill: chance.pick([0, 0.01, 0.03]) })
  for (let round = 0; round < 25 && budget.left > 0; round++) {
    if (chance.is(0.4)) fromOutside.push(callFromOutside(desk, directory))
    if (directory.pids.length > 0 && chance.is(0.3)) turns(node, chance.pick(directory.pids))
    if (directory.pids.length > 0 && chance.is(0.1)) ends(node, model, chance.pick(directory.pids))
    await node.advance(chance.int(20))
    await hireAll(desk, directory)
  }
  node.faults({})
  desk.endsGoOn = false
  budget.left = 0
  await becomeQuiet(node, model, directory)
  mustBeOver(node, model, fromOutside, callers)
}

function look(node: Simulation, model: CallModel): void {
  model.timePassed(node.now())
  if (model.failure !== undefined) throw model.failure
  const watched = new Map<unknown, number>()
  for (const { server } of model.waiting) watched.set(server, (watched.get(server) ?? 0) + 1)
  for (const process of kernelOf(node).processes.values()) {
    const [got, wanted] = [process.monitoredBy?.size ?? 0, watched.get(process.pid) ?? 0]
    if (got !== wanted) throw new Error(`${String(process.pid)} is watched by ${got} calls, and ${wanted} wait`)
  }
}

async function hireAll(desk: Office, { names, pids }: Directory): Promise<void> {
  const { node } = desk
  for (const name of names) {
    if (node.whereis(name) !== undefined || node.chance.is(0.3)) continue
    const pid = await hire(desk, name, name === 'third' ? 'machine' : 'server')
    if (pid !== undefined) pids.push(pid)
  }
}

/** A cast: a machine opens or closes. */
function turns(node: Simulation, pid: Pid): void {
  node.run(() => genServer.cast(pid as never, { type: 'turn' } as never))
}

/** Ends a server, whatever it does, or asks it to end, which is a call like any other. */
function ends(node: Simulation, model: CallModel, pid: Pid): void {
  if (node.chance.is(0.5)) return node.exit(pid, node.chance.pick(['shutdown', 'odd on purpose']))
  model.asks(model.nextId(), pid, undefined, Infinity)
  node.run(() => genServer.stop(pid)).catch(() => undefined) // its reason may be another one by then
  return undefined
}

/** Time for all that has a limit; then those that would wait for ever are helped, by the end of who they wait for. */
async function becomeQuiet(node: Simulation, model: CallModel, { pids }: Directory): Promise<void> {
  await node.advance(200)
  for (const pid of pids) node.exit(pid, 'kill')
  await node.advance(200)
  if (model.failure !== undefined) throw model.failure
}

function mustBeOver(
  node: Simulation,
  model: CallModel,
  fromOutside: readonly { isOver: boolean }[],
  callers: readonly Pid[],
): void {
  const kernel = kernelOf(node)
  const [left] = model.waiting
  if (left !== undefined) throw new Error(`call ${left.id} has come to nothing`)
  if (fromOutside.some(({ isOver }) => !isOver)) throw new Error('a call from outside has come to nothing')
  if (kernel.aliases.size > 0) throw new Error(`${kernel.aliases.size} aliases are left`)
  if (kernel.timers.size > 0) throw new Error(`${kernel.timers.size} timers are left`)
  for (const pid of callers) {
    const info = node.processInfo(pid)
    if (info === undefined) continue
    if (info.message_queue_len > 0) throw new Error(`${String(pid)} has ${String(info.messages[0])} in its mailbox`)
    if (info.monitors.length > 0) throw new Error(`${String(pid)} is left with a monitor`)
    if (info.status !== 'waiting') throw new Error(`${String(pid)} still waits for a call`)
  }
}
