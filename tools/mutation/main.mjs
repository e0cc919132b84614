// npm run mutate: the mutation check. Two passes of Stryker: all mutants against the quick tests of their own layer, then those that
// survived against those of the layers above. What still survives must be explained in survivors/*.json. Exits 1 if something is not.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { keyOf } from './runner/plugin.mjs'
import { explain, isOpen, lineAt, readExplanations, textAt } from './explained.mjs'
import { config } from './config.mjs'
import { table } from './table.mjs'

/** Tests that kill most mutants of a folder. */
const OWN_TESTS = {
  runtime: ['test/base', 'test/runtime', 'test/testing'],
  base: ['test/base', 'test/runtime', 'test/testing'],
  sockets: ['test/sockets', 'test/testing'],
}
/** Those that stand on it. */
const MORE_TESTS = {
  runtime: ['test/sockets', 'test/otp/manual', 'test/behaviours', 'test/groups'],
  base: ['test/sockets', 'test/otp/manual', 'test/behaviours', 'test/groups'],
  sockets: ['test/transports', 'test/sessions', 'test/handlers/cowboy', 'test/handlers/bullet'],
}

const { values: flags } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true, default: ['runtime', 'sockets'] },
    files: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    known: { type: 'string', multiple: true, default: [] },
    report: { type: 'string', default: 'tools/mutation/reports/mutants.json' },
  },
})
const folders = flags.files === undefined ? flags.folder : [flags.files.split('/')[1]]
const unknown = folders.find((folder) => !Object.hasOwn(OWN_TESTS, folder))
if (unknown !== undefined) refuse(`no tests are known for src/${unknown}, but for ${Object.keys(OWN_TESTS).join(', ')}`)
const concurrency = Number(flags.concurrency)
if (!Number.isInteger(concurrency) || concurrency < 1)
  refuse(`--concurrency must be a whole number from 1, not ${flags.concurrency}`)
function refuse(why) {
  console.error(`mutate: ${why}`)
  process.exit(2)
}

/** To be tried against more tests; a RuntimeError is one that was left out of a pass. */
const isUndecided = (mutant) => isOpen(mutant) || mutant.status === 'RuntimeError'

/** Mutants that an earlier run has detected: while nothing has changed they need not be tried again. Key -> mutant. */
const known = new Map()
for (const file of flags.known)
  for (const mutant of JSON.parse(readFileSync(file, 'utf8')))
    if (mutant.status === 'Killed' || mutant.status === 'Timeout') known.set(keyOf(mutant), mutant)

/** One run of Stryker. `choice`: the keys of those that are tried (`only`) or not (`skip`). */
function pass(mutate, folders, maxTestMs, choice) {
  return new Stryker({
    ...config,
    mutate,
    concurrency,
    bundle: { ...config.bundle, folders, maxTestMs, ...choice },
  }).runMutationTest()
}

/** All mutants of a folder's files, after both passes. */
async function mutants(folder) {
  const mutate = [flags.files ?? `src/${folder}/*.ts`]
  const skip = [...known.values()].map((mutant) => keyOf(mutant, 1))
  const tried = await pass(mutate, OWN_TESTS[folder], 60, { skip })
  const first = tried.map((mutant) => known.get(keyOf(mutant)) ?? mutant)
  const open = first.filter(isUndecided)
  // So that a run that is broken off has not been for nothing.
  report([...seen, ...first.map(factsOf)])
  if (open.length === 0) return first
  const files = [...new Set(open.map(({ fileName }) => relative('.', fileName)))]
  console.log(`${folder}: ${first.length} mutants, ${open.length} are open after the first pass`)
  const second = await pass(files, [...OWN_TESTS[folder], ...MORE_TESTS[folder]], 1e9, {
    only: open.map((mutant) => keyOf(mutant, 1)),
  })
  const again = new Map(second.map((mutant) => [keyOf(mutant), mutant]))
  return first.map((mutant) => (isUndecided(mutant) ? (again.get(keyOf(mutant)) ?? mutant) : mutant))
}

function factsOf({ fileName, location, mutatorName, replacement, status, killedBy, statusReason }) {
  const file = relative('.', fileName)
  return {
    file,
    fileName: file,
    location,
    ...location,
    mutator: mutatorName,
    original: textAt(file, location),
    replacement,
    status,
    killedBy,
    statusReason,
  }
}
function report(facts) {
  mkdirSync(dirname(flags.report), { recursive: true })
  writeFileSync(flags.report, JSON.stringify(facts, null, 1))
}

/** Facts of the folders that are done. */
const seen = []
for (const folder of folders) seen.push(...(await mutants(folder)).map(factsOf))
report(seen)
const explanations = readExplanations()
console.log(table(seen, explanations))
const { unexplained, idle } = explain(seen, explanations)
for (const mutant of unexplained) {
  const { file, start, mutator, original, replacement, status } = mutant
  console.log(`${file}:${start.line} ${status}, not explained: ${lineAt(mutant)}\n    ${mutator}: ${original} => ${replacement}`)
}
for (const [file, line, , original, replacement] of idle)
  console.log(`${file}: explained, but it does not survive: ${original} => ${replacement} in ${line}`)
process.exitCode = unexplained.length > 0 ? 1 : 0
