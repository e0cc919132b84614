// The living tree, asked from the top: which children there are, and what state they are in. Supervisors answer once their
// restarts are done, so what comes back is settled; who ends while being asked makes it look again.
import { type AnyPid, CallError, type Self, supervisor, type SupervisorPid, sys } from 'gensock'
import { machineServer, type MachinePid } from 'gensock/xstate'
import type { light } from './light.js'
import { deserted, factsOf, type Place } from './place.js'
import { guest, type LeafPlan, type Plan, type SupervisorPlan } from './plan.js'
import type { Counted } from './worker.js'

const TRIES = 5
const ANSWER_MS = 1000

/** The tree below `top`; undefined once `top` has ended. */
export async function look(self: Self, plan: SupervisorPlan, top: SupervisorPid): Promise<Place | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await place(self, plan, top)
    } catch (error) {
      if (!(error instanceof CallError) || tries === TRIES) throw error
      if (!self.isAlive(top)) return undefined
    }
  }
}

async function place(self: Self, plan: Plan, pid: AnyPid | undefined): Promise<Place> {
  if (pid === undefined) return deserted(plan)
  const facts = { ...factsOf(plan), pid }
  if (plan.kind === 'supervisor') return { ...facts, children: await staticChildren(self, plan, pid as SupervisorPid) }
  if (plan.kind === 'dynamicSupervisor') return { ...facts, children: await dynamicChildren(self, pid as SupervisorPid) }
  return { ...facts, state: await stateOf(self, plan, pid), children: [] }
}

async function staticChildren(self: Self, plan: SupervisorPlan, pid: SupervisorPid): Promise<Place[]> {
  const children = await self.run(() => supervisor.whichChildren(pid))
  const pids = new Map(children.map((child) => [child.id, child.pid]))
  return Promise.all(plan.children.map((child) => place(self, child, running(pids.get(child.name)))))
}

// Dynamic children have no ids in the list; their names stand in their specs.
async function dynamicChildren(self: Self, pid: SupervisorPid): Promise<Place[]> {
  const children = await self.run(() => supervisor.whichChildren(pid))
  const places = children.map(async (child) => {
    const its = running(child.pid)
    if (its === undefined) return []
    const spec = await self.run(() => supervisor.getChildspec(pid, its))
    return spec[0] === 'ok' ? [await place(self, guest(spec[1].id as string), its)] : []
  })
  return (await Promise.all(places)).flat().toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

async function stateOf(self: Self, plan: LeafPlan, pid: AnyPid): Promise<string> {
  if (plan.kind === 'genServer') return `count ${(await self.run(() => sys.getState<Counted>(pid, ANSWER_MS))).count}`
  return (await self.run(() => machineServer.snapshot(pid as MachinePid<typeof light>, ANSWER_MS))).value
}

function running(pid: AnyPid | 'restarting' | undefined): AnyPid | undefined {
  return pid === 'restarting' ? undefined : pid
}
