// simulate: one run of a whole system under one seed. A seed that fails tells its trace, and does the same again. Entered by tests.
import { types } from 'node:util'
import { rejectUnknown, requireFunction, requireInt } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import { kernelOf, stopKernel } from '../runtime/node.js'
import { MAX_SEED } from './chance.js'
import { Run } from './run.js'
import { checkedFaults, type Faults, type Simulation } from './simulation.js'

/**
 * Options of `simulate`.
 *
 * @example
 * const options: SimulateOptions = { faults: { kill: 0.01 }, maxSteps: 10_000, allowCrashes: [/connection refused/] }
 * const result = await simulate(1, () => 'done', options)
 * result.seed // => 1
 * @see {@link simulate}
 */
export interface SimulateOptions {
  /** What goes wrong from the start on. Default: nothing. */
  readonly faults?: Faults
  /** So many steps are one run's; more fail it. Default 100 000. */
  readonly maxSteps?: number
  /** Crash reports that one of these matches need no `expectCrash`, and may as well not come. Default none. */
  readonly allowCrashes?: readonly RegExp[]
}
/**
 * What one run was.
 *
 * @example
 * const result: SimulationResult<string> = await simulate(1, () => 'done')
 * result.value // => 'done'
 * @see {@link simulate}
 */
export interface SimulationResult<T> {
  /** As it was given. */
  readonly seed: number
  /** What the scenario returned. */
  readonly value: T
  /** How often a process had its turn, or something else happened. */
  readonly steps: number
  /** How many faults were injected. */
  readonly faults: number
  /** Virtual time that has passed, in ms. */
  readonly ms: number
  /** One line for each event: step, virtual time, what it was. */
  trace(): string[]
}

/**
 * A simulation has failed. The message has the seed and the end of the trace.
 *
 * @param seed - of the run
 * @param cause - what went wrong
 * @param trace - of the run, one line for each event
 * @param shownUpTo - so many lines are of interest; of the last of them the message has some. Default: all
 * @returns the error that `simulate` throws
 * @throws {GensockError} `GENSOCK_ERR_SIMULATION` is its own code
 * @example
 * const error: SimulationError = await simulate(3, () => { throw new Error('wrong') }).catch((thrown) => thrown)
 * error.seed // => 3
 * error.code // => 'GENSOCK_ERR_SIMULATION'
 * @see {@link simulate}
 */
export class SimulationError extends GensockError {
  /** The seed with which it happens again. */
  readonly seed: number
  /** One line for each event of the run. */
  readonly trace: readonly string[]
  constructor(seed: number, cause: unknown, trace: readonly string[], shownUpTo: number = trace.length) {
    super('GENSOCK_ERR_SIMULATION', messageOf(seed, cause, trace, shownUpTo), 'simulation', { cause })
    this.seed = seed
    this.trace = trace
  }
}
const SHOWN_LINES = 40
const MAX_STEPS = 100_000

/**
 * Runs a whole system - processes, timers, sockets - in one thread and in virtual time, under a scheduler that one seed
 * decides: which ready process runs next (one message at a time), in which order timers of the same millisecond fire, how late
 * time is, when a frame arrives, and what breaks. The same seed gives the same run, another seed another one. At the end the
 * node is stopped; a crash that nobody expected fails the run, one that an injected fault has caused does not.
 *
 * Exact as long as the scenario takes time and chance from its node only, not from `Date`, `setTimeout`, `Math.random` or a
 * network. While it waits for something, the node goes on by itself.
 *
 * @param seed - a whole number from 0 to 4 294 967 295
 * @param scenario - gets the node; sets the system up, acts, and checks. What it throws fails the run
 * @param options - faults and limits; default `{}`
 * @returns what the scenario returned, and what the run was
 * @throws {SimulationError} `GENSOCK_ERR_SIMULATION`, as a rejection - scenario, invariant or the end of the node has failed
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`, as a rejection - a bad seed, scenario or option
 * @example
 * const orders = new Set()
 * for (let seed = 1; seed <= 20; seed++) {
 *   const { value } = await simulate(seed, async (node) => {
 *     const { pid, messages } = node.probe()
 *     for (const name of ['a', 'b']) node.spawn((self) => self.send(pid, name))
 *     await node.settle()
 *     return messages.join()
 *   })
 *   orders.add(value)
 * }
 * [...orders].sort() // => ['a,b', 'b,a']
 * @see FoundationDB, "Simulation and Testing"; Erlang reference manual, "Processes": the order of signals that every run keeps
 */
export async function simulate<T>(
  seed: number,
  scenario: (node: Simulation) => T | Promise<T>,
  options: SimulateOptions = {},
): Promise<SimulationResult<T>> {
  requireInt('simulate: seed', seed, 0, MAX_SEED)
  requireFunction('simulate: scenario', scenario)
  rejectUnknown('simulate', options, ['faults', 'maxSteps', 'allowCrashes'])
  const { faults = {}, maxSteps = MAX_STEPS, allowCrashes = [] } = options
  requireInt('simulate: maxSteps', maxSteps, 1)
  if (!Array.isArray(allowCrashes) || !allowCrashes.every((one) => types.isRegExp(one)))
    throw new BadArgError('simulate: allowCrashes', 'an array of regular expressions', allowCrashes)
  checkedFaults(faults)
  const run = new Run(seed, { maxSteps, allowCrashes })
  const { node, trace } = run
  let scenarioEnd = Infinity
  try {
    node.faults(faults)
    const value = await unlessFailed(run, (async () => scenario(node))())
    node.faults({})
    scenarioEnd = trace.size
    await unlessFailed(run, node.stop())
    return { seed, value, steps: trace.steps, faults: trace.faults, ms: node.now(), trace: () => trace.lines() }
  } catch (error) {
    throw new SimulationError(seed, error, trace.lines(), scenarioEnd)
  } finally {
    run.end()
    await stopKernel(kernelOf(node), 0)
  }
}

function unlessFailed<T>(run: Run, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined) // of no interest once the run has failed
  return Promise.race([promise, run.failed])
}

function messageOf(seed: number, cause: unknown, trace: readonly string[], shownUpTo: number): string {
  const why = cause instanceof Error ? cause.message : show(cause)
  const end = Math.min(crashOf(cause, trace) ?? shownUpTo, trace.length)
  const shown = trace.slice(Math.max(0, end - SHOWN_LINES), end)
  const which =
    end === trace.length
      ? `The last ${shown.length} of ${end} lines`
      : `Lines ${end - shown.length + 1} to ${end} of ${trace.length}`
  return [
    `seed ${seed} fails: ${why}`,
    `Again: simulate(${seed}, scenario), with the same options. ${which} of its trace:`,
    ...shown,
  ].join('\n')
}

/** Where the process ends whose crash nobody expected. */
function crashOf(cause: unknown, trace: readonly string[]): number | undefined {
  if (!(cause instanceof GensockError) || cause.code !== 'GENSOCK_ERR_UNEXPECTED_CRASH') return undefined
  const [, pid] = /^.*(<\d+\.\d+\.\d+>)/.exec(cause.message) ?? []
  const at = trace.findIndex((line) => line.includes(`  exit ${pid} `))
  return at < 0 ? undefined : at + 1
}
