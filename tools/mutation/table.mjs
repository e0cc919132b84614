// The score as a table for docs/reliability.md: per folder and per file. Each mutant stands in one column.
import { isExplained } from './explained.mjs'

const COLUMNS = ['killed', 'timed out', 'explained', 'survived', 'not covered']
const NAMES = { Killed: 'killed', Timeout: 'timed out', Survived: 'survived', NoCoverage: 'not covered' }

/** The column of a mutant; undefined if it could not be tried. */
function columnOf(mutant, known) {
  const name = NAMES[mutant.status]
  return (name === 'survived' || name === 'not covered') && isExplained(mutant, known) ? 'explained' : name
}

/** The score: killed and timed out, of all that could be tried. */
function row(name, mutants, known) {
  const columns = mutants.map((mutant) => columnOf(mutant, known)).filter((column) => column !== undefined)
  const cells = COLUMNS.map((column) => columns.filter((one) => one === column).length)
  const score = columns.length === 0 ? '-' : `${((100 * (cells[0] + cells[1])) / columns.length).toFixed(1)} %`
  return `| ${[name, columns.length, ...cells, score].join(' | ')} |`
}

export function table(mutants, explanations) {
  const files = group(mutants, ({ file }) => file)
  const folders = group(mutants, ({ file }) => file.slice(0, file.lastIndexOf('/')))
  return [
    `| | mutants | ${COLUMNS.join(' | ')} | score |`,
    `| --- |${' ---: |'.repeat(COLUMNS.length + 2)}`,
    ...[...folders].map(([folder, own]) => row(`**${folder}**`, own, explanations)),
    ...[...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, own]) => row(`\`${file.slice(4)}\``, own, explanations)),
  ].join('\n')
}

function group(all, by) {
  const groups = new Map()
  for (const one of all) groups.set(by(one), [...(groups.get(by(one)) ?? []), one])
  return groups
}
