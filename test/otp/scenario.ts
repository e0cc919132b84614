// Scenarios as data: their types, and finding them below folders (`*.json`, and one per line in `*.jsonl`).
// Entered by cli.ts and the tests; knows nothing of how a scenario is run.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** One instruction: `op` says which, the other fields are its own; `as`, `log` and `try` are common to all. */
export interface Instruction {
  readonly op: string
  readonly as?: string
  readonly log?: boolean
  readonly try?: boolean
  readonly [field: string]: Json | undefined
}

/** What is compared. */
export interface Outcome {
  readonly logs: { readonly [process: string]: readonly Json[] }
  readonly glog?: readonly Json[]
  readonly exits: { readonly [process: string]: Json }
  readonly alive: readonly string[]
}

/** One scenario with the outcome that a real BEAM recorded. */
export interface Scenario {
  readonly name: string
  readonly doc?: string
  readonly scripts: { readonly [name: string]: readonly Instruction[] }
  readonly modules?: { readonly [name: string]: Json }
  readonly expected: Outcome
}

/** A path that cannot be read as scenarios; the message says why. */
export class ScenarioError extends Error {}

/** All scenarios of these files and folders, in the order of the paths and then of the names. */
export function readScenarios(paths: readonly string[]): Scenario[] {
  return paths.flatMap((path) => {
    const found = filesOf(path).flatMap(({ file, named }) => scenariosOf(file, named))
    if (found.length === 0)
      throw new ScenarioError(`${path}: no scenarios there (*.json with "scripts", or one per line in *.jsonl)`)
    return found
  })
}

function filesOf(path: string): { file: string; named: boolean }[] {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info === undefined) throw new ScenarioError(`${path}: no such file or folder`)
  if (info.isFile()) return [{ file: path, named: true }]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') || name.endsWith('.jsonl'))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort()
    .map((file) => ({ file, named: false }))
}

function scenariosOf(file: string, named: boolean): Scenario[] {
  const text = readFileSync(file, 'utf8')
  if (!file.endsWith('.jsonl')) return scenario(text, file, named)
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : scenario(line, `${file}:${index + 1}`, named)))
}

// Other JSON in a folder (a schema, a package.json) is passed over; a file that was named must be a scenario.
function scenario(text: string, where: string, named: boolean): Scenario[] {
  const value = parse(text, where)
  if (!isObject(value) || !isObject(value['scripts'])) {
    if (!named) return []
    throw new ScenarioError(`${where}: not a scenario: it has no "scripts"`)
  }
  if (!Array.isArray(value['scripts']['main'])) throw new ScenarioError(`${where}: the scenario has no script "main"`)
  if (!isObject(value['expected'])) throw new ScenarioError(`${where}: the scenario has no "expected" outcome`)
  return [{ ...(value as unknown as Scenario), name: typeof value['name'] === 'string' ? value['name'] : where }]
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ScenarioError(`${where}: not JSON: ${(error as Error).message}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
