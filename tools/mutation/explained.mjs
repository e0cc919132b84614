// Survivors and their explanations. A mutant is known by its file, the text that it replaces, the line on which that stands and what
// it becomes: line numbers move. `by-class.json` explains many of one kind at once, the others one by one.
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = 'tools/mutation/survivors'

const lines = new Map()
function linesOf(file) {
  if (!lines.has(file)) lines.set(file, readFileSync(file, 'utf8').split('\n'))
  return lines.get(file)
}

/** What the mutant replaces; of a long piece only the first line. Lines and columns count from 1, as in Stryker's results. */
export function textAt(file, { start, end }) {
  const line = linesOf(file)[start.line - 1]
  return (end.line === start.line ? line.slice(start.column - 1, end.column - 1) : line.slice(start.column - 1)).trim()
}
export const lineAt = ({ file, start }) => linesOf(file)[start.line - 1].trim()

/** How an explanation names a mutant: [file, its line, mutator, original, replacement]. */
export function nameOf(mutant) {
  const { file, mutator, original, replacement } = mutant
  return JSON.stringify([file, lineAt(mutant), mutator, original, shortened(replacement)])
}
const shortened = (text) => text.replace(/\s+/g, ' ').slice(0, 120)

/** The names of all mutants that are explained in the files of the folder: each a list of { why, mutants }. */
export function readExplanations() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  const all = files.flatMap((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')))
  return new Set(all.flatMap(({ mutants }) => mutants.map((mutant) => JSON.stringify(mutant))))
}

export const isOpen = ({ status }) => status === 'Survived' || status === 'NoCoverage'
export const isExplained = (mutant, known) => known.has(nameOf(mutant))

/** Open mutants that nobody has explained, and explanations of mutants that were tried and do not survive. */
export function explain(mutants, known) {
  const open = mutants.filter(isOpen)
  const names = new Set(open.map(nameOf))
  const files = new Set(mutants.map(({ file }) => file))
  return {
    unexplained: open.filter((mutant) => !isExplained(mutant, known)),
    idle: [...known].filter((name) => !names.has(name) && files.has(JSON.parse(name)[0])).map((name) => JSON.parse(name)),
  }
}
