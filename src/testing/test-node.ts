// A node for tests: virtual time, silence, and no crash goes unseen. Calls the runtime; sockets come through connect.
import { isDeepStrictEqual } from 'node:util'
import { rejectUnknown, requireInt, requireMs } from '../base/check.js'
import { GensockError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Logger } from '../runtime/logger.js'
import { createNode, kernelOf, type Node, type NodeOptions, type StopOptions } from '../runtime/node.js'
import { probe, type Probe } from './probe.js'
import { virtualClock } from './virtual-clock.js'

/**
 * One crash report of a test node.
 *
 * @example
 * node.spawn(() => nocatch('on purpose'))
 * await node.settle()
 * const report = node.crashes[0] as CrashReport
 * report.facts.reason // => ['nocatch', 'on purpose']
 * node.expectCrash()
 * @see OTP `proc_lib`, "Crash reports"
 */
export interface CrashReport {
  /** One line: who crashed, and why. */
  readonly text: string
  /** What a logger gets beside it: pid, name, stack; `reason` is the exit reason without its stack. */
  readonly facts: { readonly pid?: string; readonly reason?: unknown; readonly [fact: string]: unknown }
}
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
}
/**
 * Options of `testNode`; `name`, `pick` and `orderTimers` are those of `createNode`.
 *
 * @example
 * const options: TestNodeOptions = { seed: 7, name: 'seventh@local' }
 * testNode(options).name // => 'seventh@local'
 * @see The same seed gives the same run: what is drawn at random is drawn from it
 */
export interface TestNodeOptions extends Pick<NodeOptions, 'name' | 'pick' | 'orderTimers'> {
  /** Seed of the node's source of randomness, a whole number from 0. Default 1. */
  readonly seed?: number
}

/**
 * A node for tests: its clock moves by `advance` only, it logs nothing, and `stop` throws when a process crashed that no
 * `expectCrash` asked for.
 *
 * @param options - a seed, a name, seams for simulation; default `{}`
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
  rejectUnknown('testNode', options, ['seed', 'name', 'pick', 'orderTimers'])
  const { seed = 1, ...rest } = options
  requireInt('testNode: seed', seed, 0)
  const clock = virtualClock()
  const crashes: CrashReport[] = []
  const expected: (ExitReason | RegExp | undefined)[] = []
  const node = createNode({ ...rest, clock, random: seeded(seed), logger: collector(crashes) })
  const { queue, timers } = kernelOf(node)

  async function settle(): Promise<void> {
    let turns: number
    do {
      turns = queue.turns
      await new Promise((resolve) => setImmediate(resolve))
    } while (queue.turns !== turns || queue.length > 0)
  }
  async function advance(ms: number): Promise<void> {
    requireMs('advance: ms', ms)
    const until = clock.now() + ms
    await settle()
    for (let dueMs = timers.nextDueMs(); dueMs <= until; dueMs = timers.nextDueMs()) {
      clock.turnTo(dueMs)
      await settle()
    }
    clock.turnTo(until)
    await settle()
  }
  /** Ends the node; what waits for time in its end (a shutdown limit, a sleep in `terminate`) gets it. */
  async function stopInTime(options?: StopOptions): Promise<void> {
    const end = { reached: false }
    const stopping = stopNode(options).finally(() => (end.reached = true))
    while (!end.reached) {
      await settle()
      const dueMs = timers.nextDueMs()
      if (!end.reached && dueMs !== Infinity) clock.turnTo(dueMs)
    }
    await stopping
  }
  const stopNode = node.stop.bind(node)
  return Object.assign(node, {
    advance,
    settle,
    now: () => clock.now(),
    nextDueMs: () => timers.nextDueMs(),
    crashes,
    expectCrash: (reason?: ExitReason | RegExp) => void expected.push(reason),
    probe: <M>() =>
      probe<M>(
        node,
        advance,
        () => clock.now(),
        () => timers.nextDueMs(),
      ),
    async stop(options?: StopOptions) {
      await settle()
      await stopInTime(options)
      refuseUnexpected(crashes, expected)
    },
  })
}

const nothing = (): void => undefined

function collector(crashes: CrashReport[]): Logger {
  return {
    // A supervisor's report of a child that it restarts is no crash of its own.
    error: (facts, text) => {
      const { label } = facts as { readonly label?: unknown }
      if (label === undefined || label === 'crash') crashes.push({ text, facts: facts as CrashReport['facts'] })
    },
    warn: nothing,
    info: nothing,
    debug: nothing,
  }
}

function refuseUnexpected(crashes: readonly CrashReport[], expected: readonly (ExitReason | RegExp | undefined)[]): void {
  // The most exact first, so that a bare `expectCrash()` does not take the crash that another one names.
  const open = expected.toSorted((a, b) => exactness(b) - exactness(a))
  for (const crash of crashes) {
    const index = open.findIndex((reason) => fits(crash, reason))
    if (index < 0)
      throw new GensockError(
        'GENSOCK_ERR_UNEXPECTED_CRASH',
        `${crash.text}\n${typeof crash.facts['stack'] === 'string' ? crash.facts['stack'] : ''}`,
        crash.facts.reason,
      )
    open.splice(index, 1)
  }
  if (open.length > 0) {
    throw new GensockError(
      'GENSOCK_ERR_UNEXPECTED_CRASH',
      `${open.length} expected crash(es) did not happen: ${show(open)}`,
      'no_crash',
    )
  }
}

function exactness(reason: ExitReason | RegExp | undefined): number {
  return reason === undefined ? 0 : reason instanceof RegExp ? 1 : 2
}

function fits(crash: CrashReport, reason: ExitReason | RegExp | undefined): boolean {
  if (reason === undefined) return true
  if (reason instanceof RegExp) return crash.text.search(reason) >= 0
  return isDeepStrictEqual(crash.facts.reason, reason)
}

/** Mulberry32: a small generator of which a seed fixes every number. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
