// What a process of the scenario does when it has handled a message: one of these, by lot. Each act tells the model what must come
// of it and holds the library's answer against that. Entered by actors.
import { type AliasKind, type ExitReason, pg, type Receiver } from 'gensock'
import { type Accepts, type Actor, broken, textOf } from './model.js'
import type { World } from './world.js'

export const NAMES = ['ann', 'bob', 'eve'] as const
export const GROUPS = ['red', 'blue'] as const
/** The guards of selective receives; they take nothing of the runtime's own. */
export const TESTS: Readonly<Record<string, Accepts>> = {
  word: (message) => (message as { readonly type?: unknown }).type === 'word',
  even: (message) => ((message as { readonly n?: number }).n ?? 1) % 2 === 0,
}
export type Acts = (world: World, actor: Actor, self: Receiver) => void

const send: Acts = (world, actor, self) => {
  const to = world.someone()
  const message = world.message(actor)
  world.model.sent(actor, to, message)
  self.send(to.pid, message)
}
const sendToName: Acts = (world, actor, self) => {
  const name = world.chance.pick(NAMES)
  const message = world.message(actor)
  const to = world.model.names.get(name)
  world.model.sent(actor, to, message)
  const sent = succeeds(() => self.send(name, message))
  if (sent !== (to !== undefined)) throw broken(actor, `sends to ${name}, held by ${to?.id}: ${sent ? 'no error' : 'an error'}`)
}
const sendToAlias: Acts = (world, actor, self) => {
  if (world.refs.length === 0) return
  const ref = world.chance.pick(world.refs)
  const message = world.message(actor)
  world.model.sent(actor, world.model.addressed(ref), message)
  self.send(ref, message)
}
const spawns: Acts = (world, actor, self) => {
  if (world.model.actors.length < world.most) world.spawn({ actor, self })
}

const link: Acts = (world, actor, self) => {
  const other = world.someone()
  const mustThrow = !other.isAlive && !actor.traps && other !== actor
  world.model.linked(actor, other)
  if (succeeds(() => self.link(other.pid)) === mustThrow) throw broken(actor, `links to ${other.id}: error or none, wrongly`)
}
const unlink: Acts = (world, actor, self) => {
  const other = actor.links.size > 0 ? world.chance.pick([...actor.links]) : world.someone()
  world.model.unlinked(actor, other)
  self.unlink(other.pid)
}
const trap: Acts = (world, actor, self) => {
  const before = actor.traps
  actor.traps = world.chance.is(0.6)
  if (self.trapExit(actor.traps) !== before) throw broken(actor, 'trapExit answers another value than that before')
}

const ALIASES: readonly (AliasKind | undefined)[] = [undefined, undefined, 'explicit_unalias', 'demonitor', 'reply_demonitor']
const monitor: Acts = (world, actor, self) => {
  const alias = world.chance.pick(ALIASES)
  const name = world.chance.is(0.2) ? world.chance.pick(NAMES) : undefined
  const target = name === undefined ? world.someone() : world.model.names.get(name)
  const ref = self.monitor(name ?? (target as Actor).pid, alias === undefined ? {} : { alias })
  if (target === actor) return
  world.model.watched(actor, target ?? world.nobody, ref, alias)
  actor.refs.push(ref)
  if (alias !== undefined) world.refs.push(ref)
}
const demonitor: Acts = (world, actor, self) => {
  if (actor.refs.length === 0) return
  const ref = world.chance.pick(actor.refs)
  const flush = world.chance.is(0.6)
  const was = world.model.unwatched(actor, ref, flush)
  if (self.demonitor(ref, { flush, info: true }) !== was) throw broken(actor, `demonitor answers ${!was}`)
}
const alias: Acts = (world, actor, self) => {
  const once = world.chance.is(0.5)
  const ref = self.alias({ reply: once })
  world.model.addresses.set(ref, { owner: actor, once })
  world.refs.push(ref)
}
const unalias: Acts = (world, actor, self) => {
  if (world.refs.length === 0) return
  const ref = world.chance.pick(world.refs)
  const was = world.model.addresses.get(ref)?.owner === actor
  if (was) world.model.addresses.delete(ref)
  if (self.unalias(ref) !== was) throw broken(actor, `unalias answers ${!was}`)
}

const register: Acts = (world, actor, self) => {
  const name = world.chance.pick(NAMES)
  const target = world.chance.is(0.7) ? actor : world.someone()
  const mayHave = target.isAlive && target.name === undefined && !world.model.names.has(name)
  if (mayHave) world.model.named(target, name)
  if (succeeds(() => self.register(name, target.pid)) !== mayHave) throw broken(actor, `registers ${target.id} as ${name}`)
  if (self.whereis(name) !== world.model.names.get(name)?.pid) throw broken(actor, `whereis of ${name} answers somebody else`)
}
const unregister: Acts = (world, actor, self) => {
  const name = world.chance.pick(NAMES)
  const holder = world.model.names.get(name)
  if (holder !== undefined) world.model.unnamed(holder, name)
  if (succeeds(() => self.unregister(name)) !== (holder !== undefined)) throw broken(actor, `unregisters ${name}`)
}
const groups: Acts = (world, actor, self) => {
  const group = world.chance.pick(GROUPS)
  const times = actor.groups.get(group) ?? 0
  if (times > 0 && world.chance.is(0.5)) {
    actor.groups.set(group, times - 1)
    if (self.run(() => pg.leave(group, actor.pid)) !== 'ok') throw broken(actor, `cannot leave ${group}`)
  } else {
    actor.groups.set(group, times + 1)
    self.run(() => pg.join(group, actor.pid))
  }
}

const timer: Acts = (world, actor, self) => {
  const delayMs = 1 + world.chance.int(40) // one of 0 ms fires when the clock next moves, which nobody sees
  const dest = world.chance.is(0.2) ? world.chance.pick(NAMES) : world.someone(actor)
  const message = world.message(actor)
  const to = typeof dest === 'string' ? dest : dest.pid
  const isPlain = world.chance.is(0.5)
  const ref = isPlain ? self.sendAfterTo(delayMs, to, message) : self.startTimerTo(delayMs, to, message)
  world.timers.push(ref)
  const dueMs = world.node.now() + delayMs
  const what = (): string => `timer of ${actor.id} due at ${dueMs} ms`
  const fits = isPlain
    ? (got: unknown) => got === message
    : (got: unknown) => (got as { ref?: unknown }).ref === ref && isTimeout(got)
  if (typeof dest === 'string' || dest.isAlive)
    world.model.timers.set(ref, { ref, dueMs, dest, note: isPlain ? message : undefined, fits, what })
}
function isTimeout(message: unknown): boolean {
  return (message as { readonly type?: unknown }).type === 'timeout'
}
const cancel: Acts = (world, actor, self) => {
  if (world.timers.length === 0) return
  const ref = world.chance.pick(world.timers)
  const set = world.model.timers.get(ref)
  const left = set === undefined ? false : set.dueMs - world.node.now()
  if (self.readTimer(ref) !== left)
    throw broken(actor, `reads ${textOf(self.readTimer(ref))} of a timer with ${textOf(left)} left`)
  if (world.chance.is(0.3)) return
  world.model.timers.delete(ref)
  const answer = self.cancelTimer(ref)
  if (answer !== left) throw broken(actor, `cancels a timer with ${textOf(left)} left, and is told ${textOf(answer)}`)
}

/** Many timers at different times, of which all but one are cancelled at once: what holds them must be cleared. */
const flurry: Acts = (world, actor, self) => {
  const refs = Array.from({ length: 70 }, (_none, at) => self.sendAfter(100 + at, 'too late'))
  for (const ref of refs) self.cancelTimer(ref)
  timer(world, actor, self)
}

const REASONS: readonly ExitReason[] = ['normal', 'shutdown', 'kill', 'odd', ['shutdown', 'why']]
const exit: Acts = (world, actor, self) => {
  const to = world.someone()
  const reason = world.chance.pick(REASONS)
  const ends = world.model.exits(actor, to, reason)
  self.exit(to.pid, reason)
  if (ends && to.isAlive) throw broken(to, `lives on after an exit signal ${textOf(reason)}`)
}
const exitSelf: Acts = (world, actor, self) => {
  const reason = world.chance.pick(REASONS)
  actor.mayEnd.push(reason)
  self.exit(reason)
}
const crash: Acts = (_world, actor) => {
  const error = new Error('crash on purpose')
  actor.mayEnd.push(error)
  throw error
}

/** With how likely each is. */
export const ACTS: readonly (readonly [Acts, number])[] = [
  [send, 24],
  [sendToName, 4],
  [sendToAlias, 6],
  [spawns, 4],
  [link, 6],
  [unlink, 3],
  [trap, 2],
  [monitor, 8],
  [demonitor, 5],
  [alias, 2],
  [unalias, 2],
  [register, 3],
  [unregister, 1],
  [groups, 4],
  [timer, 10],
  [cancel, 6],
  [flurry, 0.3],
  [exit, 1],
  [exitSelf, 0.6],
  [crash, 0.4],
]

/** All that a process may still try when it has ended: nothing of it may be seen anywhere. */
export function actAfterEnd(world: World, actor: Actor, self: Receiver): void {
  const other = world.someone()
  const message = world.message(actor)
  self.send(other.pid, message)
  self.link(other.pid)
  self.monitor(other.pid, { alias: 'explicit_unalias' })
  self.alias()
  self.sendAfterTo(1, other.pid, message)
  self.exit(other.pid, 'kill')
  self.register('ghost', other.pid)
  const child = self.spawn(() => self.send(other.pid, message))
  if (self.isAlive(child)) throw broken(actor, 'has ended, and what it spawns is alive')
}

/** Does this go well, or does it throw? */
function succeeds(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch {
    return false // whoever asks knows whether it had to
  }
}
