// One run of the scenario `messages`: its node, its model, who there is, and how many acts are left. Entered by the scenario;
// calls actors.
import type { ExitReason, Pid, Receiver, Ref } from 'gensock'
import type { Chance, Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import type { Kernel } from '../../../src/runtime/process.js'
import { actAfterEnd, ACTS, type Acts, NAMES } from './acts.js'
import { callbackModule, functionProcess } from './actors.js'
import { type Actor, broken, Model } from './model.js'

const TOTAL = ACTS.reduce((sum, [, weight]) => sum + weight, 0)

/** One run. */
export class World {
  readonly node: Simulation
  readonly kernel: Kernel
  readonly chance: Chance
  readonly model = new Model()
  /** In place of whoever has a name that nobody has. */
  readonly nobody: Actor = { ...this.model.makes(), isAlive: false }
  /** Refs that are or were aliases, and timers: anybody may use them. */
  readonly refs: Ref[] = []
  readonly timers: Ref[] = []
  /** So many processes in all. */
  readonly most: number
  /** Acts that are left: at 0 the processes only handle what comes. */
  budget: number
  /** What went wrong in a process: it would only end that one. */
  failure: unknown
  /** Processes that wait for a promise of somebody else. */
  readonly gates: (() => void)[] = []
  #count = 0

  constructor(node: Simulation) {
    this.node = node
    this.kernel = kernelOf(node)
    this.chance = node.chance
    this.most = 14 + this.chance.int(12)
    this.budget = 150 + this.chance.int(250)
    node.onExit((pid, reason) => this.#guarded(() => this.model.ended(pid, reason)))
  }

  /** One of those who are there, or were; `near`: rather itself. */
  someone(near?: Actor): Actor {
    if (near !== undefined && this.chance.is(0.5)) return near
    const { actors } = this.model
    const one = this.chance.pick(actors)
    return one.isAlive ? one : this.chance.pick(actors) // mostly somebody who is alive
  }
  message(from: Actor | 'outside'): { readonly type: string; readonly from: unknown; readonly n: number } {
    const type = this.chance.is(0.25) ? 'word' : 'note'
    return { type, from: from === 'outside' ? from : from.id, n: ++this.#count }
  }

  spawn(by?: { readonly actor: Actor; readonly self: Receiver }): void {
    const { chance, model, node } = this
    const actor = model.makes()
    const how = by === undefined ? 'alone' : chance.pick(['alone', 'link', 'monitor'])
    const name = chance.is(0.2) ? chance.pick(NAMES) : undefined
    const trapExit = chance.is(0.3)
    const options = { trapExit, ...(name === undefined ? {} : { name }), link: how === 'link' }
    const isTaken = name !== undefined && model.names.has(name)
    const maker = by?.self ?? node
    let spawned: Pid | readonly [Pid, Ref]
    try {
      if (chance.is(0.4)) spawned = maker.spawnProcess(callbackModule(this, actor), options)
      else if (by !== undefined && how === 'monitor') spawned = by.self.spawnMonitor(functionProcess(this, actor), options)
      else spawned = maker.spawn(functionProcess(this, actor), options)
    } catch (error) {
      if (!isTaken) throw error
      return
    }
    const [pid, ref] = Array.isArray(spawned) ? (spawned as [Pid, Ref]) : [spawned as Pid, undefined]
    if (isTaken) throw broken(by?.actor ?? this.nobody, `spawns a process with the name ${name}, which is taken`)
    model.spawned(actor, pid, this.kernel.processes.get(pid.id) as never)
    actor.traps = trapExit
    if (name !== undefined) model.named(actor, name)
    if (by !== undefined && how === 'link') model.linked(by.actor, actor)
    if (by !== undefined && ref !== undefined) {
      model.watched(by.actor, actor, ref)
      by.actor.refs.push(ref)
    }
  }

  /** A message from outside. */
  poke(to: Actor): void {
    const message = this.message('outside')
    this.model.sent('outside', to, message)
    this.node.send(to.pid, message)
  }
  end(to: Actor, reason: ExitReason): void {
    const ends = this.model.exits('outside', to, reason)
    this.node.exit(to.pid, reason)
    if (ends && to.isAlive) throw broken(to, 'lives on after an exit signal')
  }

  /** Some acts, as many as are left; throws what the process is to end with. */
  acts(actor: Actor, self: Receiver): void {
    for (let left = this.chance.int(4); left > 0 && this.budget > 0; left--) {
      this.budget--
      const act = this.#drawn()
      this.node.note(act.name, actor.pid)
      act(this, actor, self)
      if (actor.isAlive) continue
      actAfterEnd(this, actor, self) // its exit signal came back over a link
      return
    }
  }
  #drawn(): Acts {
    let at = this.chance.random() * TOTAL
    for (const [act, weight] of ACTS) {
      at -= weight
      if (at < 0) return act
    }
    return (ACTS[0] as readonly [Acts, number])[0]
  }

  opensGates(): void {
    for (const open of this.gates.splice(0)) open()
  }
  /** What a check throws must not be taken for the end of the process that it is about. */
  fails(error: unknown): void {
    this.failure ??= error
  }
  #guarded(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.fails(error)
    }
  }
}
