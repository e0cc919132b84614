// What a scenario of a simulation has in its hands: the node, and the faults that it asks for. Entered by tests through simulate; `run`
// makes it work.
import { rejectUnknown, requireFunction, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { Pid } from '../base/pid.js'
import type { SocketHandler } from '../sockets/handler.js'
import type { Route } from '../transports/route.js'
import type { Chance } from './chance.js'
import type { FakeTransportOptions } from './fake-transport.js'
import type { SimulatedTransport } from './network.js'
import type { TestNode } from './test-node.js'

/**
 * What goes wrong in a simulation, and how often. A number from 0 to 1 is a probability.
 *
 * @example
 * const faults: Faults = { kill: 0.01, cut: 0.005, delayMs: 50 }
 * const { ms } = await simulate(1, (node) => node.faults(faults))
 * ms // => 0
 * @see {@link Simulation.faults}
 */
export interface Faults {
  /** That a process is killed, before each step. Default 0. */
  readonly kill?: number
  /** Which processes may be killed. Default: all but probes. */
  readonly victims?: (pid: Pid) => boolean
  /** That a connection breaks, before each step: an open one, or one whose last frames are on their way. Default 0. */
  readonly cut?: number
  /** That one direction of a connection stands still, before each step: a slow consumer, or a slow network. Default 0. */
  readonly stall?: number
  /** For how long at most, in ms. Default 1 000. */
  readonly stallMs?: number
  /** Longest time that a frame is on its way, in ms; each takes its own, and none overtakes. Default 0. */
  readonly delayMs?: number
  /** That a callback of a `faulty` module throws, at each call. Default 0. */
  readonly throw?: number
}
/** @internal */
export type CheckedFaults = Required<Faults>

/**
 * The node of a simulation: a `TestNode` on which chance decides all that the program leaves open. It runs by itself as long as
 * the scenario waits for something; `advance` and `settle` run it up to a time.
 *
 * @example
 * const { value } = await simulate(1, async (node: Simulation) => {
 *   const server = node.spawn(async (self) => void self.send((await self.receive()) as Pid, 'pong'))
 *   const probe = node.probe()
 *   node.send(server, probe.pid)
 *   return probe.next()
 * })
 * value // => 'pong'
 * @see {@link simulate}
 */
export interface Simulation extends TestNode {
  /** As it was given. */
  readonly seed: number
  /** For what the scenario decides by lot. */
  readonly chance: Chance
  /**
   * What goes wrong from now on; `{}` = nothing any more. What is left out is 0.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - a bad fault
   */
  faults(faults: Faults): void
  /**
   * Connects a handler to a peer, with a network between them.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - as `fakeTransport`
   */
  connect<S, M, C, A>(handler: SocketHandler<S, M, C, A> | Route, options?: FakeTransportOptions): SimulatedTransport
  /**
   * The same callback module, whose callbacks throw now and then instead of doing anything: as often as the fault `throw` says.
   * What stands in `defaults` are options, no callbacks.
   *
   * @param only - the names of those that do; default: all functions, those of its class and of tables such as `handleCall` too
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - no module, or it has no callback, or none of such a name
   */
  faulty<T extends object>(module: T, only?: readonly string[]): T
  /**
   * What always holds: `check` is called after each step, and what it throws ends the simulation.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a function, or one that answers a promise
   */
  invariant(check: () => void): void
  /** A line of the scenario's own in the trace; values are shown behind it. */
  note(what: string, ...values: readonly unknown[]): void
}

/** @internal */
export const NO_FAULTS: CheckedFaults = Object.freeze({
  kill: 0,
  victims: () => true,
  cut: 0,
  stall: 0,
  stallMs: 1000,
  delayMs: 0,
  throw: 0,
})
/** @internal */
export function checkedFaults(faults: Faults): CheckedFaults {
  rejectUnknown('faults', faults, Object.keys(NO_FAULTS))
  const checked: CheckedFaults = { ...NO_FAULTS, ...faults }
  for (const key of ['kill', 'cut', 'stall', 'throw'] as const)
    if (typeof checked[key] !== 'number' || !(checked[key] >= 0 && checked[key] <= 1))
      throw new BadArgError(`faults: ${key}`, 'a probability from 0 to 1', checked[key])
  requireFunction('faults: victims', checked.victims)
  requireMs('faults: stallMs', checked.stallMs)
  requireMs('faults: delayMs', checked.delayMs)
  return checked
}
