// Holds the tables of the node, and what anybody can ask of it, against the model. Entered by the scenario after each step and
// whenever it is quiet.
import { pg } from 'gensock'
import type { Process } from '../../../src/runtime/process.js'
import { GROUPS, NAMES } from './acts.js'
import { type Actor, broken } from './model.js'
import type { World } from './world.js'

/** After each step. */
export function checkTables(world: World): void {
  const { kernel, model, node } = world
  model.timePassed(node.now())
  for (const ended of model.fresh.splice(0)) checkEnded(world, ended)
  let alive = 0
  let timers = 0
  for (const actor of model.actors) {
    if (!actor.isAlive) continue
    alive++
    timers += timersOf(actor.process)
    checkLiving(actor)
  }
  const scope = kernel.names.get('pg')
  equal('processes in the table', kernel.processes.size, alive + (scope === undefined ? 0 : 1))
  equal('names in the table', kernel.names.size, model.names.size + (scope === undefined ? 0 : 1))
  for (const [name, { process }] of model.names)
    if (kernel.names.get(name) !== process) throw new Error(`${name} is somebody else`)
  equal('aliases in the table', kernel.aliases.size, model.addresses.size)
  for (const { dest } of model.timers.values()) if (typeof dest === 'string') timers++
  equal('timers in the table', kernel.timers.size, timers)
}

function checkLiving(actor: Actor): void {
  const { process } = actor
  if (actor.mustEnd !== undefined) throw broken(actor, `lives on, though ${actor.mustEnd}`)
  same(actor, 'links', process.links?.size ?? 0, actor.links.size)
  for (const other of actor.links)
    if (process.links?.has(other.process) !== true) throw broken(actor, `has no link to ${other.id}`)
  same(actor, 'monitors', process.monitors?.size ?? 0, actor.watches.size)
  const isMember = [...actor.groups.values()].some((times) => times > 0)
  same(actor, 'monitors by others', process.monitoredBy?.size ?? 0, actor.watchedBy.size + (isMember ? 1 : 0))
  if ((process.name ?? undefined) !== actor.name) throw broken(actor, `is named ${process.name}, not ${actor.name}`)
}

/** Nothing outlives its process. */
function checkEnded(world: World, actor: Actor): void {
  const { kernel, node } = world
  const { process, pid } = actor
  if (timersOf(process) > 0) throw broken(actor, 'has ended, and has timers')
  for (const part of ['links', 'monitors', 'monitoredBy', 'aliases', 'name', 'waiter'] as const)
    if (process[part] !== null) throw broken(actor, `has ended, and has ${part}`)
  if (process.queueLength > 0) throw broken(actor, 'has ended, and has a mailbox with something in it')
  for (const [name, holder] of kernel.names) if (holder === process) throw broken(actor, `has ended, and has the name ${name}`)
  if (node.isAlive(pid) || node.processInfo(pid) !== undefined) throw broken(actor, 'has ended, and can be seen')
  for (const name of NAMES) if (node.whereis(name) === pid) throw broken(actor, `has ended, and is found as ${name}`)
  for (const group of GROUPS)
    if (node.run(() => pg.getMembers(group)).includes(pid)) throw broken(actor, `has ended, and is a member of ${group}`)
}

/** Once it is quiet: what anybody can ask; and nothing has been forgotten in a mailbox. */
export function checkQuiet({ model, node }: World): void {
  for (const actor of model.actors) {
    const info = node.processInfo(actor.pid)
    if (node.isAlive(actor.pid) !== actor.isAlive) throw broken(actor, `is ${actor.isAlive ? 'ended' : 'alive'}, wrongly`)
    if (info === undefined) continue
    same(actor, 'links as processInfo has them', new Set(info.links).size, actor.links.size)
    for (const { pid } of actor.links) if (!info.links.includes(pid)) throw broken(actor, `shows no link to ${String(pid)}`)
    same(actor, 'monitors as processInfo has them', info.monitors.length, actor.watches.size)
    if (info.registered_name !== actor.name) throw broken(actor, `shows the name ${info.registered_name}`)
    same(actor, 'messages in its mailbox', info.message_queue_len, actor.queue.length)
  }
  for (const group of GROUPS) {
    const members = node.run(() => pg.getMembers(group))
    for (const { pid, groups, id } of model.actors) {
      const times = members.filter((member) => member === pid).length
      equal(`times that process ${id} is in ${group}`, times, groups.get(group) ?? 0)
    }
  }
}

function timersOf(process: Process): number {
  let count = 0
  for (let timer = process._timers; timer !== null; timer = timer.nextOfTarget) count++
  return count
}
function same(actor: Actor, what: string, got: number, wanted: number): void {
  if (got !== wanted) throw broken(actor, `has ${got} ${what}, not ${wanted}`)
}
function equal(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`${what}: ${got}, not ${wanted}`)
}
