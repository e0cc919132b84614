// npm run simulate: the library's invariants over many seeds. Exit 0: all held; 1: a seed failed, its trace and the command
// that replays it are printed; 2: the command line is wrong. Entered through scripts/simulate.mjs; calls the scenarios.
import { performance } from 'node:perf_hooks'
import type { SimulationResult } from 'gensock/testing'
import { type Order, readArguments } from './arguments.js'
import { type LibraryScenario, SCENARIOS } from './scenarios.js'

/** What the seeds of one scenario were, all together. */
interface Total {
  seeds: number
  steps: number
  faults: number
}

const order = readArguments(
  process.argv.slice(2),
  SCENARIOS.map(({ name }) => name),
)
if ('refusal' in order) {
  console.error(order.refusal)
  process.exitCode = 2
} else process.exitCode = (await runAll(order)) ? 0 : 1

async function runAll(given: Order): Promise<boolean> {
  const endsAt = performance.now() + given.seconds * 1000
  let allHeld = true
  for (const scenario of SCENARIOS) {
    if (given.only.length > 0 && !given.only.includes(scenario.name)) continue
    if (!(await runOne(scenario, given, endsAt))) allHeld = false
  }
  return allHeld
}

/** The seeds of one scenario, up to the first that fails. */
async function runOne(scenario: LibraryScenario, { seeds, from, isSingle }: Order, endsAt: number): Promise<boolean> {
  const total: Total = { seeds: 0, steps: 0, faults: 0 }
  const startedAt = performance.now()
  for (let seed = from; seed < from + seeds && performance.now() < endsAt; seed++) {
    const result = await outcome(scenario, seed)
    if (result instanceof Error) {
      tell(scenario, total, startedAt)
      // What a run of one seed is for is the whole of its trace; of many seeds the end of it, which is in the message.
      if (isSingle) console.error(wholeTrace(result).join('\n'))
      console.error(`${scenario.name}: ${isSingle ? whyOf(result) : result.message}`)
      if (!isSingle) console.error(`Again, with the whole trace: npm run simulate -- --only ${scenario.name} --seed ${seed}`)
      return false
    }
    total.seeds++
    total.steps += result.steps
    total.faults += result.faults
    if (isSingle) console.log(result.trace().join('\n'))
  }
  tell(scenario, total, startedAt)
  return true
}

async function outcome({ run }: LibraryScenario, seed: number): Promise<SimulationResult<unknown> | Error> {
  try {
    return await run(seed)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** What went wrong, without the trace. */
function whyOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message
}
function wholeTrace(error: Error): readonly string[] {
  return (error as { readonly trace?: readonly string[] }).trace ?? []
}

function tell({ name }: LibraryScenario, { seeds, steps, faults }: Total, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000
  const rate = Math.round(seeds / Math.max(seconds, 0.001))
  console.log(`${name.padEnd(14)} ${seeds} seeds, ${steps} steps, ${faults} faults, ${rate} seeds per second`)
}
