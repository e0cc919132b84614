// What the README of an example promises: the one command that runs it, what it prints first, and what a second terminal shows.
import { readFileSync } from 'node:fs'
import { blocksOf } from '../docs/blocks.js'

/** Something to type, and lines that it prints, in order. */
export interface Step {
  readonly command: string
  readonly prints: readonly string[]
}
export interface Readme {
  readonly text: string
  /** How to run the example, from the root of the repository. */
  readonly run: Step
  /** To be typed in a second terminal while it runs. */
  readonly after: readonly Step[]
}

export function readmeOf(name: string): Readme {
  const page = `examples/${name}/README.md`
  const text = readFileSync(page, 'utf8')
  const lines = (language: string): string[] =>
    blocksOf(page, text).flatMap((block) => (block.language === language ? block.code.trimEnd().split('\n') : []))
  const [command, ...others] = lines('sh')
  if (command === undefined || others.length > 0) throw new Error(`${page} has not one command`)
  return { text, run: { command, prints: lines('text') }, after: stepsOf(lines('console')) }
}

/** `$ command`, and what it prints. */
function stepsOf(lines: readonly string[]): Step[] {
  const steps: { command: string; prints: string[] }[] = []
  for (const line of lines) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), prints: [] })
    else steps.at(-1)?.prints.push(line)
  }
  return steps
}
