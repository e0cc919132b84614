// One run of a simulation: a test node under a seeded scheduler. Between any two messages chance decides who runs next, what
// arrives, and whether time passes. Entered by simulate; drives the node, its timers, the network and mishaps.
import { setTimeout } from 'node:timers' // the global one may be a test's own, which nobody turns
import { requireFunction } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import type { Pid } from '../base/pid.js'
import { messageAt } from '../runtime/mailbox.js'
import { isRunning, type Kernel, type Process } from '../runtime/process.js'
import { exitChannel, spawnChannel } from '../runtime/telemetry.js'
import type { Timer } from '../runtime/timers.js'
import type { SocketHandler } from '../sockets/handler.js'
import type { Route } from '../transports/route.js'
import { type Chance, chance } from './chance.js'
import { type Driver, loopTurn } from './driver.js'
import type { FakeTransportOptions } from './fake-transport.js'
import { faultyModule } from './faulty.js'
import { Mishaps, nameOf } from './mishaps.js'
import { Network } from './network.js'
import type { Faults, Simulation } from './simulation.js'
import { nodeInTime, type TestNode } from './test-node.js'
import { Trace } from './trace.js'
import type { VirtualClock } from './virtual-clock.js'

/** @internal */
export interface SimulationLimits {
  readonly maxSteps: number
  readonly allowCrashes: readonly RegExp[]
}
/** What the node and the scenario draw is not what the scheduler draws. */
const NODE_STREAM = 0x9e3779b9
const SCENARIO_STREAM = 0x5eed
/** How likely it is that something else happens while processes are ready. */
const MEANWHILE = 0.25
/** One time in so many the clock goes further than to the next timer: the program was late. */
const LATE = 8
/** By so much at most; and so much time passes at most between two steps while a process is ready. */
const LATE_MS = 20
/** So many turns of the event loop without any event, then so many ms: whoever still waits waits for ever. */
const IDLE_TURNS = 50
const IDLE_MS = 1000

/** One run of one seed. @internal */
export class Run {
  readonly trace: Trace
  readonly node: Simulation
  /** Rejects with what went wrong in the middle of the run. */
  readonly failed: Promise<never>
  readonly #limits: SimulationLimits
  readonly #chance: Chance
  readonly #network: Network
  readonly #mishaps: Mishaps
  /** Who has what they waited for, and has yet to go on. */
  readonly #waking: { readonly go: () => void; readonly who: Process | null }[] = []
  readonly #checks: (() => void)[] = []
  readonly #goals: { readonly untilMs: number; readonly reached: () => void }[] = []
  #kernel!: Kernel
  #clock!: VirtualClock
  #isOver = false
  #fail!: (error: unknown) => void

  constructor(seed: number, limits: SimulationLimits) {
    this.#limits = limits
    this.#chance = chance(seed)
    this.trace = new Trace(() => this.#clock.now())
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = (error) => {
        this.#isOver = true
        reject(error)
      }
    })
    this.failed.catch(() => undefined)
    this.#network = new Network(this.#chance, this.trace, () => this.#clock.now(), this.#fail)
    this.#mishaps = new Mishaps(this.#chance, this.trace, this.#network)
    const base = nodeInTime(
      {
        seed: (seed + NODE_STREAM) >>> 0,
        pick: (ready) => this.#pick(ready as readonly Process[]),
        orderTimers: (timers) => this.#order(timers),
        wake: (go, who) => void this.#waking.push({ go, who: who as Process | null }),
      },
      (kernel, clock) => this.#driver(kernel, clock),
      (crash) => this.#mishaps.hasCaused(crash) || limits.allowCrashes.some((allowed) => crash.text.search(allowed) >= 0),
    )
    this.node = this.#simulationOf(base, seed)
    spawnChannel.subscribe(this.#onSpawn)
    exitChannel.subscribe(this.#onExit)
    void this.#goOn()
  }

  /** Nothing happens any more. */
  end(): void {
    this.#isOver = true
    spawnChannel.unsubscribe(this.#onSpawn)
    exitChannel.unsubscribe(this.#onExit)
  }

  #simulationOf(base: TestNode, seed: number): Simulation {
    const { probe } = base
    return Object.assign(base, {
      seed,
      chance: chance((seed + SCENARIO_STREAM) >>> 0),
      faults: (faults: Faults) => this.#mishaps.set(faults),
      connect: <S, M, C, A>(handler: SocketHandler<S, M, C, A> | Route, options: FakeTransportOptions = {}) =>
        this.#network.connect(base, handler, options),
      faulty: <T extends object>(module: T, only?: readonly string[]) =>
        faultyModule(module, only, (name) => this.#mishaps.mayThrow(name)),
      invariant: (check: () => void) => {
        requireFunction('invariant: check', check)
        this.#checks.push(check)
      },
      note: (what: string, ...values: readonly unknown[]) => {
        if (typeof what !== 'string') throw new BadArgError('note: what', 'a string', what)
        this.trace.add(what, ...values)
      },
      probe: <M>() => {
        const made = probe<M>()
        this.#mishaps.spared.add(made.pid)
        return made
      },
    })
  }

  #driver(kernel: Kernel, clock: VirtualClock): Driver {
    this.#kernel = kernel
    this.#clock = clock
    const turnTo = (untilMs: number): Promise<void> =>
      new Promise((reached) => void this.#goals.push({ untilMs: Math.max(untilMs, clock.now()), reached }))
    return {
      now: () => clock.now(),
      nextDueMs: () => this.#nextDueMs(),
      settle: () => turnTo(clock.now()),
      turnTo,
    }
  }

  #nextDueMs(): number {
    return Math.min(this.#kernel.timers.nextDueMs(), this.#network.nextDueMs())
  }

  async #goOn(): Promise<void> {
    let idle = 0
    try {
      while (!this.#isOver) {
        const { turns } = this.#kernel.queue
        await loopTurn()
        if (this.#isOver) return
        idle = this.#step(this.#kernel.queue.turns !== turns || this.#kernel.queue.length > 0) ? 0 : idle + 1
        if (idle > IDLE_TURNS) await this.#waits()
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** One step: a process has had its turn, or not; then chance may have something else happen. False: nothing is left to happen. */
  #step(someoneRan: boolean): boolean {
    this.#mishaps.happen(this.#kernel)
    const goal = this.#goals.reduce((least, { untilMs }) => Math.min(least, untilMs), Infinity)
    const someoneWoke = this.#waking.length > 0 && (!someoneRan || this.#chance.is(0.5))
    if (someoneWoke) this.#wakeOne()
    // A fault may just have made somebody ready.
    const isBusy = someoneRan || someoneWoke || this.#waking.length > 0 || this.#kernel.queue.length > 0
    const soon = Math.min(goal, this.#clock.now() + LATE_MS)
    const happened = isBusy ? this.#chance.is(MEANWHILE) && this.#happen(soon) : this.#happen(goal)
    if (isBusy || happened) {
      for (const check of this.#checks) runCheck(check)
      if (++this.trace.steps > this.#limits.maxSteps) throw endless(this.#limits.maxSteps)
      return true
    }
    if (goal === Infinity) return false
    if (this.#clock.now() < goal) this.#clock.turnTo(goal)
    else for (const { reached } of this.#takeReached()) reached()
    return true
  }

  #wakeOne(): void {
    const index = this.#chance.int(this.#waking.length)
    const [{ go, who }] = this.#waking.splice(index, 1) as [{ go: () => void; who: Process | null }]
    if (who === null || isRunning(who)) this.trace.add('goes on:', who === null ? 'code outside any process' : nameOf(who))
    go()
  }

  #takeReached(): readonly { readonly reached: () => void }[] {
    const now = this.#clock.now()
    const reached = this.#goals.filter(({ untilMs }) => untilMs <= now)
    for (const goal of reached) this.#goals.splice(this.#goals.indexOf(goal), 1)
    return reached
  }

  /** Something that no process does: a frame arrives, or time passes. */
  #happen(goalMs: number): boolean {
    const now = this.#clock.now()
    const timersMs = this.#kernel.timers.nextDueMs()
    const arrivesMs = this.#network.nextDueMs()
    const canArrive = arrivesMs <= now
    const nextMs = canArrive ? timersMs : Math.min(timersMs, arrivesMs)
    // What has come does not wait for longer than a process would.
    const latestMs = canArrive ? Math.min(goalMs, now + LATE_MS) : goalMs
    const canPass = nextMs <= latestMs && nextMs !== Infinity
    if (canArrive && !(canPass && this.#chance.is(0.5))) return this.#network.deliverOne()
    if (!canPass) return false
    const lateMs = this.#chance.int(LATE) === 0 ? this.#chance.int(LATE_MS) : 0
    const toMs = Math.min(Math.max(nextMs, now) + lateMs, latestMs)
    this.#clock.turnTo(toMs)
    return true
  }

  #pick(ready: readonly Process[]): number {
    const index = this.#chance.int(ready.length)
    const process = ready[index] as Process
    if (!isRunning(process)) return index // killed while it waited for its turn
    const among = ready.length === 1 ? '' : `, one of ${ready.length}`
    if (!process.started) this.trace.add(`starts ${nameOf(process)}${among}`)
    else if (process.queueLength > 0) this.trace.add(`runs ${nameOf(process)}${among}:`, messageAt(process, 0))
    else this.trace.add(`runs ${nameOf(process)}${among}`)
    return index
  }

  #order(timers: Timer[]): Timer[] {
    if (timers.length > 1) this.trace.add(`${timers.length} timers fire, in an order by lot`)
    return this.#chance.shuffle(timers)
  }

  readonly #onSpawn = (message: unknown): void => this.#tell('spawn', message as { pid: Pid })
  readonly #onExit = (message: unknown): void => {
    const { pid, reason } = message as { pid: Pid; reason: unknown }
    this.#tell('exit', { pid }, reason)
  }
  #tell(what: string, { pid }: { readonly pid: Pid }, ...values: readonly unknown[]): void {
    if (pid.creation === this.#kernel.creation) this.trace.add(`${what} ${String(pid)}`, ...values)
  }

  /** Nothing is left to happen: somebody may be about to bring something from outside, or never. */
  async #waits(): Promise<void> {
    const { queue } = this.#kernel
    const { turns } = queue
    for (let waitedMs = 0; waitedMs < IDLE_MS && !this.#isOver; waitedMs += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      if (queue.turns !== turns || queue.length > 0 || this.#goals.length > 0 || this.#nextDueMs() !== Infinity) return
    }
    if (this.#isOver) return
    const what = 'the scenario waits, and nothing is left that could happen (what it awaits is not of its node, or never comes)'
    throw new GensockError('GENSOCK_ERR_SIMULATION', `${what}; ${this.node.describe()}`, 'deadlock')
  }
}

/** What can only be said later comes too late: the next step would have been done. */
function runCheck(check: () => unknown): void {
  if (check() instanceof Promise) throw new BadArgError('invariant: check', 'a function that answers no promise', check)
}

function endless(maxSteps: number): GensockError {
  return new GensockError(
    'GENSOCK_ERR_SIMULATION',
    `more than ${maxSteps} steps: something goes on for ever, or \`maxSteps\` is too low`,
    'endless',
  )
}
