// The command: runs every scenario below folders and files, prints what differs, answers the exit code.
import { compare, type Difference } from './compare.js'
import { runScenario } from './runner.js'
import { readScenarios, type Scenario, ScenarioError } from './scenario.js'

const USAGE = 'usage: npm run oracle -- DIR...   (folders or files of scenarios: *.json, and one per line in *.jsonl)'

/** 0: all identical; 1: some differ; 2: nothing could be run. */
export async function oracle(
  paths: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<number> {
  if (paths.length === 0 || paths.some((path) => path.startsWith('-'))) {
    complain(USAGE)
    return 2
  }
  let scenarios: Scenario[]
  try {
    scenarios = readScenarios(paths)
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    complain(`oracle: ${error.message}`)
    return 2
  }
  const different: Difference[] = []
  for (const scenario of scenarios) {
    const difference = compare(scenario, await runScenario(scenario))
    if (difference !== undefined) different.push(difference)
  }
  print(`oracle: ${scenarios.length - different.length} identical, ${different.length} different of ${scenarios.length}`)
  for (const difference of different) for (const line of lines(difference)) print(line)
  return different.length === 0 ? 0 : 1
}

function lines({ name, expected, seen }: Difference): string[] {
  const saw = 'failure' in seen ? seen.failure : JSON.stringify(seen)
  return ['', name, `  expected ${JSON.stringify(expected)}`, `  seen     ${saw}`]
}
