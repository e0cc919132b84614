// A node for tests: virtual time, silence, and no crash goes unseen. Calls the runtime; sockets come through connect.
import { performance } from 'node:perf_hooks'
import { rejectUnknown, requireFunction, requireInt, requireMs } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Kernel } from '../runtime/process.js'
import { createNode, kernelOf, type Node, type NodeOptions, type StopOptions } from '../runtime/node.js'
import { chance } from './chance.js'
import { type CrashReport, crashCollector, type ExpectedCrash, refuseUnexpected } from './crashes.js'
import { type Driver, plainDriver } from './driver.js'
import { followEnds, type Ledger, openLedger } from './ledger.js'
import { describeOpen, type OpenProcess, openProcesses } from './open-processes.js'
import { probe, type Probe } from './probe.js'
import { type VirtualClock, virtualClock } from './virtual-clock.js'

/** Of a slice of the run queue, in real time: the longest that there is. */
const SLICE_MS = 1000

/**
 * A node for tests: a `Node` whose time stands still until the test turns it, and whose crashes the test must expect.
 *
 * @example
 * const { pid } = node.probe()
 * node.sendAfter(5000, pid, 'tick')
 * node.nextDueMs() // => 5000
 * await node.advance(4999)
 * node.now() // => 4999
 * @see {@link testNode}
 */
export interface TestNode extends Node {
  /**
   * Turns the clock by `ms` and runs everything that becomes due, in order, until nothing runs.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG`, as a rejection - not whole milliseconds
   */
  advance(ms: number): Promise<void>
  /** Runs what can run without time passing. */
  settle(): Promise<void>
  /** Virtual milliseconds since the start. */
  now(): number
  /** When the next timer is due, in ms since the start; Infinity without one. */
  nextDueMs(): number
  /** A process that records what it gets. */
  probe<M = unknown>(): Probe<M>
  /** The crashes so far, expected or not. */
  readonly crashes: readonly CrashReport[]
  /**
   * One crash is expected, before or after it happens: `stop` throws `GENSOCK_ERR_UNEXPECTED_CRASH` for a crash that was not,
   * and for one that did not happen.
   *
   * @param reason - the exit reason without its stack, or what the text of the report matches; default: any crash
   */
  expectCrash(reason?: ExitReason | RegExp): void
  /** The processes that are alive, oldest first, without the test's own probes: what each waits for and since when. */
  openProcesses(): readonly OpenProcess[]
  /** The same in words, a line for each: for a test that hangs or fails. */
  describe(): string
  /**
   * Ends the node and all that runs on it, as `Node.stop` does; what needs virtual time for its end gets it.
   *
   * @throws {GensockError} as a rejection - `GENSOCK_ERR_UNEXPECTED_CRASH`: a crash that nobody expected, or one that did not
   * happen; `GENSOCK_ERR_LEFTOVER`: with `leftovers: 'error'`, a process was still alive. The text lists the processes that
   * were.
   */
  stop(options?: StopOptions): Promise<void>
  /** Stops the node, unless it was stopped: `await using node = testNode()`. */
  [Symbol.asyncDispose](): Promise<void>
}
/**
 * Options of `testNode`; `name`, `pick`, `orderTimers`, `wake` and `drainMs` are those of `createNode`. The default of
 * `drainMs` is 1000: with a shorter slice, who runs first depends on how fast the machine is.
 *
 * @example
 * const options: TestNodeOptions = { seed: 7, name: 'seventh@local' }
 * testNode(options).name // => 'seventh@local'
 * @see The same seed gives the same run: what is drawn at random is drawn from it
 */
export interface TestNodeOptions extends Pick<NodeOptions, 'name' | 'pick' | 'orderTimers' | 'wake' | 'drainMs'> {
  /** Seed of the node's source of randomness, a whole number from 0. Default 1. */
  readonly seed?: number
  /** What `stop` does when processes are still alive: it ends them, with `error` it throws as well. Default 'ignore'. */
  readonly leftovers?: 'ignore' | 'error'
}

/**
 * A node for tests: its clock moves by `advance` only, it logs nothing, and `stop` throws when a process crashed that no
 * `expectCrash` asked for. So each test has to stop its node: by `await using node = testNode()`, or `afterEach(() =>
 * node.stop())`.
 *
 * @param options - a seed, a name, what to do about leftovers, seams for simulation; default `{}`
 * @returns the node
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - a bad option
 * @example
 * const node = testNode()
 * const pid = node.spawn((self) => self.sleep(1000))
 * await node.advance(1000)
 * node.isAlive(pid) // => false
 * await node.stop()
 * @see Tests that sleep are slow and fail on slow machines; in virtual time an hour costs nothing and has one outcome
 */
export function testNode(options: TestNodeOptions = {}): TestNode {
  return nodeInTime(options, plainDriver, () => false, true)
}

/**
 * A test node that a driver turns. `isExcused` tells of which crashes nobody has to know; `withPlaces`: it notes where
 * processes are made, which a simulation of many nodes has no time for. @internal
 */
export function nodeInTime(
  options: TestNodeOptions,
  driverOf: (kernel: Kernel, clock: VirtualClock) => Driver,
  isExcused: (crash: CrashReport) => boolean,
  withPlaces = false,
): TestNode {
  const { seed = 1, leftovers = 'ignore', ...rest } = checked(options)
  const clock = virtualClock()
  const crashes: CrashReport[] = []
  const expected: ExpectedCrash[] = []
  // Of a slow machine the default slice would run less, and others would run first: it has to have one outcome.
  const node = createNode({ drainMs: SLICE_MS, ...rest, clock, random: chance(seed).random, logger: crashCollector(crashes) })
  const driver = driverOf(kernelOf(node), clock)
  const ledger = openLedger(kernelOf(node), driver, withPlaces, () => crashes.map(({ text }) => text))
  const stopNode = node.stop.bind(node)
  let isStopped = false
  async function stop(stopOptions?: StopOptions): Promise<void> {
    isStopped = true
    // The node ends in any case.
    let fault: unknown
    await driver.settle().catch((error: unknown) => (fault = error))
    const [open, atMs] = [openProcesses(ledger), clock.now()]
    await stopInTime(driver, clock, stopNode(stopOptions))
    if (fault !== undefined) throw fault
    const left = (): string => (open.length === 0 ? '' : `\nat the end ${describeOpen(open, atMs)}`)
    refuseUnexpected(crashes, expected, (crash) => isNamed(ledger, crash) || isExcused(crash), left)
    if (leftovers === 'error' && open.length > 0)
      throw new GensockError('GENSOCK_ERR_LEFTOVER', `stop: ${describeOpen(open, atMs)}`, 'leftover')
  }
  return Object.assign(node, {
    advance: async (ms: number) => {
      requireMs('advance: ms', ms)
      await driver.turnTo(clock.now() + ms)
    },
    settle: () => driver.settle(),
    now: () => clock.now(),
    nextDueMs: () => driver.nextDueMs(),
    crashes,
    expectCrash: (reason?: ExitReason | RegExp) => void expected.push(reason),
    probe: <M>() => probe<M>(node, ledger),
    openProcesses: () => openProcesses(ledger),
    describe: () => describeOpen(openProcesses(ledger), clock.now()),
    onExit: onExitOf(kernelOf(node)),
    stop,
    [ASYNC_DISPOSE]: () => (isStopped ? Promise.resolve() : stop()),
  })
}

function checked(options: TestNodeOptions): TestNodeOptions {
  rejectUnknown('testNode', options, ['seed', 'name', 'leftovers', 'pick', 'orderTimers', 'wake', 'drainMs'])
  const { seed = 1, leftovers = 'ignore' } = options
  requireInt('testNode: seed', seed, 0)
  if (!['ignore', 'error'].includes(leftovers)) throw new BadArgError('testNode: leftovers', "'ignore' or 'error'", leftovers)
  return options
}

// Compilers turn `await using` into calls of this where the runtime does not know it.
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  (Symbol as Partial<SymbolConstructor>).asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never)

/** `node.onExit` beside the hook that the test kit has itself. */
function onExitOf(kernel: Kernel): Node['onExit'] {
  const follow = followEnds(kernel)
  return (hook) => {
    if (hook !== undefined) requireFunction('onExit: hook', hook)
    follow(hook)
  }
}

/** Has a matcher seen this end, and was it what the test said? Then the crash was expected. */
function isNamed(ledger: Ledger, { facts }: CrashReport): boolean {
  for (const ending of ledger.named) if (ending.pid === facts.pid && ending.reason === facts.reason) return true
  return false
}

/** So many real ms at most, before the clock is turned, for what is not the library's. */
const OTHERS_MS = 1000

/**
 * What waits for time in the end of a node (a shutdown limit, a sleep in `terminate`) gets it: virtual time, but not before files
 * and the like had some of the real one. A process that never comes to rest is told of once the node has stopped.
 */
async function stopInTime(driver: Driver, clock: VirtualClock, stopping: Promise<void>): Promise<void> {
  const end: { reached: boolean; fault?: unknown } = { reached: false }
  const stopped = stopping.finally(() => (end.reached = true))
  let givenUpAt = performance.now() + OTHERS_MS
  while (!end.reached) {
    await driver.settle().catch((fault: unknown) => (end.fault ??= fault))
    if (await driver.letOthers?.(Math.max(0, givenUpAt - performance.now()))) continue
    const dueMs = driver.nextDueMs()
    if (end.reached || dueMs === Infinity) continue
    clock.turnTo(dueMs)
    givenUpAt = performance.now() + OTHERS_MS
  }
  await stopped
  if (end.fault !== undefined) throw end.fault
}
