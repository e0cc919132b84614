// Runs one scenario on a node of its own with virtual time, and says what came of it.
import { type TestNodeOptions, testNode } from '../../src/testing/index.js'
import { instructions } from './instructions.js'
import { scriptBody } from './interpreter.js'
import { Run } from './run.js'
import type { Outcome, Scenario } from './scenario.js'

/** One hour of virtual time: a scenario that needs more never ends. */
const MAX_VIRTUAL_MS = 3_600_000
/** Real time for one scenario; only a fault of the library needs so much. */
const MAX_REAL_MS = 20_000

/** What happened; or, for a run that came to no outcome, why. */
export type Seen = Outcome | { readonly failure: string }

/** How to run: the node's options, and whether callbacks answer promises even if they wait for nothing (default false). */
export interface RunOptions extends TestNodeOptions {
  readonly asyncCallbacks?: boolean
}

export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Seen> {
  const { asyncCallbacks = false, ...nodeOptions } = options
  const run = new Run(scenario, testNode(nodeOptions), instructions, asyncCallbacks)
  const variables = new Map()
  run.main = run.node.spawn(async (self) => {
    variables.set('main', self.pid)
    await scriptBody(run, 'main', run.script('main'), variables)(self)
  })
  const watch = watchdog()
  const failure = await Promise.race([toTheEnd(run), watch.barks])
  watch.stop()
  // Whatever is still there can do nothing any more.
  run.fail('over')
  return failure === undefined ? run.outcome() : { failure }
}

function watchdog(): { barks: Promise<string>; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const barks = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`stuck: not at rest after ${MAX_REAL_MS} ms of real time`), MAX_REAL_MS)
  })
  return { barks, stop: () => clearTimeout(timer) }
}

/** Turns the clock until the main process has ended and all is at rest; answers why not, if that never happens. */
async function toTheEnd(run: Run): Promise<string | undefined> {
  const { node } = run
  for (;;) {
    await comeToRest(run)
    if (run.failure !== undefined) return run.failure
    const settled = run.settling.shift()
    if (settled !== undefined) {
      settled()
      continue
    }
    if (run.exits.has(run.main)) return undefined
    const dueMs = node.nextDueMs()
    if (dueMs === Infinity) return 'stuck: the main process waits, and no timer is pending'
    if (dueMs > MAX_VIRTUAL_MS) return `stuck: the main process waits longer than ${MAX_VIRTUAL_MS} ms`
    await node.advance(dueMs - node.now())
  }
}

/** Until nothing can happen without time passing. */
async function comeToRest(run: Run): Promise<void> {
  const { node } = run
  do {
    await node.settle()
    if (node.nextDueMs() <= node.now()) await node.advance(0)
  } while (run.failure === undefined && (run.breathing > 0 || node.nextDueMs() <= node.now()))
}
