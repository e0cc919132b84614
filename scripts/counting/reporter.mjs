// The report of `npm run coverage`, and what it demands: so many lines and branches of each folder of src, so that no room hides
// behind another, and of all together. What is not covered stands in coverage/uncovered.txt. Entered by jest when all tests are done.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import coverageLibrary from 'istanbul-lib-coverage'
import { instrument } from './instrument.mjs'

const { createCoverageMap, createCoverageSummary } = coverageLibrary
const LINES = 95
const BRANCHES = 90
const folderOf = (file) => posix.dirname(file).split('/').slice(0, 3).join('/')

/** What all workers have counted, with files that no test has loaded. */
function collect(root, written) {
  const map = createCoverageMap()
  for (const name of readdirSync(written)) map.merge(JSON.parse(readFileSync(join(written, name), 'utf8')))
  for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
    const path = join(root, 'src', name)
    if (name.endsWith('.ts') && !map.data[path]) map.merge({ [path]: instrument(readFileSync(path, 'utf8'), path).coverage })
  }
  return map
}

/** Folder -> summary of its files, and of all. */
function byFolder(root, map) {
  const folders = new Map([['src', createCoverageSummary()]])
  for (const path of map.files().sort()) {
    const folder = folderOf(relative(root, path).split(sep).join('/'))
    const summary = folders.get(folder) ?? createCoverageSummary()
    const own = map.fileCoverageFor(path).toSummary()
    if (folder !== 'src') folders.set(folder, summary.merge(own))
    folders.get('src').merge(own)
  }
  return folders
}

function cell({ pct, covered, total }) {
  return `${typeof pct === 'number' ? pct.toFixed(2) : '100.00'} %  ${covered}/${total}`.padStart(22)
}

/** Where what is not covered begins, in the order of the file. */
function gaps({ data }) {
  const found = []
  const note = (what, { line, column }) => found.push({ line, text: `${line}:${column + 1} ${what}` })
  for (const [id, count] of Object.entries(data.s)) if (count === 0) note('statement', data.statementMap[id].start)
  for (const [id, count] of Object.entries(data.f))
    if (count === 0) note(`function ${data.fnMap[id].name}`, data.fnMap[id].loc.start)
  for (const [id, counts] of Object.entries(data.b)) {
    const { type, locations, loc } = data.branchMap[id]
    for (const [i, count] of counts.entries())
      if (count === 0) note(`${type} ${i + 1} of ${counts.length}`, (locations[i]?.start.line ? locations[i] : loc).start)
  }
  return found.sort((a, b) => a.line - b.line).map(({ text }) => text)
}

// oxlint-disable-next-line import/no-default-export -- jest asks for one
export default class CoverageReporter {
  #root
  /** A run of some of the tests shows what these cover and demands nothing. */
  #demands
  #error
  constructor({ rootDir, nonFlagArgs, testNamePattern }) {
    this.#root = rootDir
    this.#demands = nonFlagArgs.length === 0 && !testNamePattern
  }
  onRunComplete(_contexts, { wasInterrupted }) {
    const written = process.env.GENSOCK_COVERAGE
    const map = collect(this.#root, written)
    rmSync(written, { recursive: true })
    this.#write(map)
    const missed = this.#show(byFolder(this.#root, map))
    if (wasInterrupted || !this.#demands || missed.length === 0) return
    this.#error = new Error(`coverage is too low: ${missed.join(', ')}`)
    process.stderr.write(`${this.#error.message}\n`)
  }
  getLastError() {
    return this.#error
  }
  #write(map) {
    const folder = join(this.#root, 'coverage')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'coverage-final.json'), JSON.stringify(map))
    const texts = map
      .files()
      .sort()
      .flatMap((path) => {
        const found = gaps(map.fileCoverageFor(path))
        return found.length === 0 ? [] : [relative(this.#root, path), ...found.map((text) => `  ${text}`)]
      })
    writeFileSync(join(folder, 'uncovered.txt'), `${texts.join('\n')}\n`)
  }
  /** Prints the table; answers what is below the limits. */
  #show(folders) {
    const missed = []
    const rows = [...folders].map(([folder, { lines, branches }]) => {
      for (const [what, { pct }, least] of [
        ['lines', lines, LINES],
        ['branches', branches, BRANCHES],
      ])
        if (typeof pct === 'number' && pct < least) missed.push(`${pct} % of the ${what} of ${folder}, at least ${least}`)
      return `${folder.padEnd(28)}${cell(lines)}${cell(branches)}`
    })
    process.stdout.write(`\n${'Coverage'.padEnd(28)}${'lines'.padStart(22)}${'branches'.padStart(22)}\n${rows.join('\n')}\n`)
    process.stdout.write('What is not covered: coverage/uncovered.txt\n')
    return missed
  }
}
