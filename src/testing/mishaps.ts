// What goes wrong in one run of a simulation: kills, broken and stalled connections, callbacks that throw; and which crashes came of that.
// Entered by run.
import { isCrash } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import { exitFrom } from '../runtime/node.js'
import type { Kernel, Process } from '../runtime/process.js'
import type { Chance } from './chance.js'
import type { CrashReport } from './crashes.js'
import type { Network } from './network.js'
import { type CheckedFaults, checkedFaults, type Faults, NO_FAULTS } from './simulation.js'
import type { Trace } from './trace.js'

/** A reason inside of a reason inside of...: so deep it is looked for what a fault has caused. */
const DEPTH = 8

/** @internal */
export class Mishaps {
  readonly #chance: Chance
  readonly #trace: Trace
  readonly #network: Network
  /** Never killed. */
  readonly spared = new Set<AnyPid>()
  /** The errors that callbacks were made to throw. */
  readonly #thrown = new WeakSet<object>()
  #hasKilled = false
  #faults: CheckedFaults = NO_FAULTS

  constructor(chance: Chance, trace: Trace, network: Network) {
    this.#chance = chance
    this.#trace = trace
    this.#network = network
  }

  set(faults: Faults): void {
    this.#faults = checkedFaults(faults)
    this.#network.delayMs = this.#faults.delayMs
  }

  /** Before each step. */
  happen(kernel: Kernel): void {
    const { cut, stall, stallMs, kill, victims } = this.#faults
    if (this.#chance.is(cut)) this.#network.cutOne()
    if (this.#chance.is(stall)) this.#network.stallOne(stallMs)
    if (!this.#chance.is(kill)) return
    const candidates: Process[] = []
    for (const process of kernel.processes.values())
      if (!this.spared.has(process.pid) && victims(process.pid)) candidates.push(process)
    if (candidates.length === 0) return
    const victim = this.#chance.pick(candidates)
    this.#hasKilled = true
    this.#trace.fault('kill', nameOf(victim))
    exitFrom(kernel, victim.pid, 'kill')
  }

  /** Before each call of a callback of a faulty module. */
  mayThrow(name: string): void {
    if (!this.#chance.is(this.#faults.throw)) return
    const error = new Error(`simulated fault in ${name}`)
    this.#thrown.add(error)
    this.#trace.fault(`${name} throws`)
    throw error
  }

  /** Is it a crash that a fault has caused: by an error that was thrown on purpose, or since a process that was killed is not there? */
  hasCaused({ facts }: CrashReport): boolean {
    return this.#leadsToFault(facts['reason'], DEPTH) || this.#leadsToFault(facts['error'], DEPTH)
  }
  #leadsToFault(reason: unknown, depth: number): boolean {
    if (this.#hasKilled && (reason === 'killed' || reason === 'noproc')) return true
    if (typeof reason !== 'object' || reason === null || depth === 0) return false
    if (this.#thrown.has(reason)) return true
    const within = (inner: unknown): boolean => this.#leadsToFault(inner, depth - 1)
    if (Array.isArray(reason)) return reason.some(within)
    if (isCrash(reason)) return within(reason.value) || within(reason.error)
    return reason instanceof Error && (within(reason.cause) || within((reason as { reason?: unknown }).reason))
  }
}

/** A process in a line of the trace. @internal */
export function nameOf({ pid, name }: Process): string {
  return name === null ? String(pid) : `${String(pid)} ${name}`
}
