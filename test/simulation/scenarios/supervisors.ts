// Random trees of supervisors whose children crash, stop, are killed, fail in init, and are started, ended and deleted by requests;
// each supervisor is held against a model of OTP's rules at every step. Entered by scenarios.
import { dynamicSupervisor, genServer, type Pid, supervisor } from 'gensock'
import { simulate, type Simulation } from 'gensock/testing'
import type { LibraryScenario } from '../scenarios.js'
import { childPlan, treePlan } from '../supervisors/plan.js'
import { type Grove, plant, Request, specOf } from '../supervisors/tree.js'
import { type Keeper, type Life, Watch } from '../supervisors/watch.js'

export const supervisors: LibraryScenario = {
  name: 'supervisors',
  claims: [
    'children are started in the order of their specs, and ended in the reverse order, each before the next',
    'a child comes back as its spec and the strategy say, and with it those that must; a temporary one never',
    'there are never more restarts within the period than the intensity; one more ends the supervisor with shutdown',
    'a child has its whole time to end, and no child outlives its supervisor; what requests are answered is what is so',
  ],
  run: (seed) => simulate(seed, scenario, { allowCrashes: [/on purpose/, /failed_to_start_child/], maxSteps: 30_000 }),
}

async function scenario(node: Simulation): Promise<void> {
  const { chance } = node
  const watch = new Watch(node)
  node.invariant(() => {
    if (watch.failure !== undefined) throw watch.failure
  })
  const grove: Grove = { node, watch, failsGoOn: chance.is(0.1) }
  const planted = await node.run(() => plant(grove, treePlan(chance, 3, ''), 'start'))
  grove.failsGoOn = chance.is(0.7)
  const requests: Request[] = []
  watch.killsGoOn = true
  const isRootSafe = chance.is(0.8)
  const root = planted[0] === 'ok' ? (planted[1] as Pid) : undefined
  node.faults({ kill: chance.pick([0, 0.01, 0.03]), victims: (pid) => !isRootSafe || pid !== root })
  for (let round = 10 + chance.int(30); round > 0; round--) {
    for (let deeds = chance.int(3); deeds > 0; deeds--) happens(grove, requests)
    await turn(grove, chance.int(30))
  }
  node.faults({})
  watch.killsGoOn = false
  grove.failsGoOn = false
  await quiet(grove, requests)
  const top = watch.lives.get(root)
  if (top?.isAlive !== true) return mustAllHaveEnded(node)
  watch.stops(top.keeper as Keeper, 'shutdown')
  node.exit(top.pid, 'shutdown')
  await quiet(grove, requests)
  return mustAllHaveEnded(node)
}

async function turn({ node, watch }: Grove, ms: number): Promise<void> {
  await node.advance(ms)
  watch.timePassed()
}

/** Something that nobody in the trees does. */
function happens(grove: Grove, requests: Request[]): void {
  const { node, watch } = grove
  const { chance } = node
  const alive = [...watch.lives.values()].filter(({ isAlive }) => isAlive)
  const keepers = alive.flatMap(({ keeper }) => keeper ?? [])
  const servers = alive.filter(({ keeper }) => keeper === undefined)
  if (keepers.length > 0 && chance.is(0.35)) requests.push(request(grove, chance.pick(keepers)))
  else if (servers.length > 0) {
    const deed = chance.pick(['crash', 'crash', 'stop', 'shutdown', 'normal', 'nothing'] as const)
    genServer.cast(chance.pick(servers).pid as never, { type: 'do', deed } as never)
  }
}

function request(grove: Grove, keeper: Keeper): Request {
  const { chance } = grove.node
  const { plan, life } = keeper
  const pid = life.pid as never
  const op = chance.pick(['list', 'start', 'terminate', 'delete', 'restart'] as const)
  if (plan.kind === 'dynamic' || plan.kind === 'simpleOneForOne') return dynamicRequest(grove, keeper, op)
  const id = `${plan.children[0]?.id.slice(0, -1)}${chance.int(6)}`
  if (op === 'list') return new Request(grove, keeper, op, 'children', () => supervisor.whichChildren(pid))
  if (op === 'start') {
    const child = childPlan(chance, chance.int(2), id)
    return new Request(grove, keeper, op, child, () => supervisor.startChild(pid, specOf(grove, child, keeper)))
  }
  const asked = { terminate: 'terminateChild', delete: 'deleteChild', restart: 'restartChild' } as const
  return new Request(grove, keeper, op, id, () => supervisor[asked[op]](pid, id))
}

function dynamicRequest(grove: Grove, keeper: Keeper, op: string): Request {
  const { node, watch } = grove
  const { plan, life } = keeper
  const pid = life.pid as never
  const ours: Life[] = [...watch.lives.values()].filter(({ by }) => by === keeper)
  if (op === 'list') return new Request(grove, keeper, op, 'children', () => supervisor.whichChildren(pid))
  if (op === 'terminate' && ours.length > 0) {
    const child = node.chance.pick(ours).pid
    return new Request(grove, keeper, op, child, () => dynamicSupervisor.terminateChild(pid, child))
  }
  if (plan.kind === 'simpleOneForOne')
    return new Request(grove, keeper, 'start', plan.children[0], () => supervisor.startChild(pid, []))
  const child = childPlan(node.chance, 0, 'dynamic')
  return new Request(grove, keeper, 'start', child, () => dynamicSupervisor.startChild(pid, specOf(grove, child, keeper)))
}

/** Nothing happens any more: the lists are asked for, and all that was asked has its answer. */
async function quiet(grove: Grove, requests: Request[]): Promise<void> {
  const { watch } = grove
  for (let round = 0; round < 10; round++) await turn(grove, 100)
  for (const { keeper, isAlive, pid } of watch.lives.values())
    if (isAlive && keeper !== undefined)
      requests.push(new Request(grove, keeper, 'list', 'children', () => supervisor.whichChildren(pid as never)))
  await turn(grove, 10)
  if (watch.failure !== undefined) throw watch.failure
  for (const one of requests.splice(0)) one.check()
}

function mustAllHaveEnded(node: Simulation): void {
  const [left] = node.processes()
  if (left !== undefined) throw new Error(`${String(left)} lives on without a supervisor`)
}
