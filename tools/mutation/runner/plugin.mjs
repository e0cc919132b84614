// A test runner for Stryker: the tests in one bundle, in a child process that serves mutant after mutant. Jest does the same about
// fifty times slower: it starts every test file anew in a fresh world. Stryker makes the mutants, chooses the tests and keeps the score.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commonTokens, declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { bundleTests } from './bundle.mjs'

const LOADER = fileURLToPath(new URL('load.cjs', import.meta.url))
/** Processor time that the tests of one mutant may take: so often what they took without it, and this much more. */
const CPU_FACTOR = 4
const SPARE_CPU_MS = 2_000
/** The same for real time: a mutant may make each test wait for something that never comes. */
const REAL_FACTOR = 20
const SPARE_REAL_MS = 20_000
/** A child serves so many mutants: each may leave timers and objects behind. */
const MAX_SERVED = 40
/** More tests than this that fail without a mutant end the check. */
const MAX_FAILING = 30
/** For the other runners, in the sandbox: the ids of tests that are left out, and what each of the others took, in ms. */
const DRY_RUN = 'dry-run.json'

/** A pattern of this text and no other. */
const exactly = (text) => `^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`

/** What names a mutant in both passes. Stryker counts lines from 0 for runners and from 1 in results. */
export function keyOf({ fileName, location: { start, end }, replacement }, first = 0) {
  const file = fileName.slice(fileName.lastIndexOf('/src/') + 1)
  return [file, start.line - first, start.column - first, end.line - first, end.column - first, replacement].join(':')
}

class BundleRunner {
  static inject = [commonTokens.options, commonTokens.logger]
  #options
  #log
  #folder = mkdtempSync(join(tmpdir(), 'gensock-mutation-'))
  #files = []
  #running
  #served = 0
  #dry

  constructor(options, log) {
    this.#log = log
    this.#options = options.bundle
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    this.#files = await bundleTests(process.cwd(), this.#options, join(this.#folder, 'tests.cjs'))
  }

  async dryRun() {
    const order = { files: this.#files, without: this.#options.withoutTests, bail: false, maxCpuMs: 60_000, maxRealMs: 240_000 }
    const answer = await this.#ask(order, 900_000, 900_000)
    this.#end()
    if (answer === undefined || answer.timedOut || answer.dirty)
      return { status: 'error', errorMessage: `the tests came to no end: ${JSON.stringify(answer)?.slice(-500)}` }
    const { maxTestMs = Infinity, maxRealMs = 250 } = this.#options
    const failing = answer.results.filter(({ error }) => error !== undefined)
    if (failing.length > MAX_FAILING)
      return { status: 'error', errorMessage: failing.map(({ id, error }) => `${id}: ${error}`).join('\n') }
    for (const { id, error } of failing) this.#log.warn(`left out, as it fails without a mutant: ${id}: ${error}`)
    const leftOut = answer.results.filter(({ ms, realMs, error }) => error !== undefined || ms > maxTestMs || realMs > maxRealMs)
    this.#log.warn(`${answer.results.length} tests ran, ${leftOut.length} are left out: they failed or take too long`)
    for (const { id } of leftOut) delete answer.coverage.perTest[id]
    const took = Object.fromEntries(answer.results.map(({ id, ms }) => [id, ms]))
    writeFileSync(DRY_RUN, JSON.stringify({ leftOut: leftOut.map(({ id }) => id), took }))
    const tests = answer.results
      .filter((result) => !leftOut.includes(result))
      .map(({ id, file, ms }) => ({ id, name: id, fileName: resolve(file), timeSpentMs: ms, status: 0 }))
    return { status: 'complete', tests, mutantCoverage: answer.coverage }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, sandboxFileName, mutantActivation }) {
    const key = keyOf(activeMutant)
    const { only, skip } = this.#options
    if (only?.includes(key) === false || skip?.includes(key) === true) return { status: 'error', errorMessage: 'not tried' }
    const { leftOut, took } = (this.#dry ??= JSON.parse(readFileSync(DRY_RUN, 'utf8')))
    const tookMs = (testFilter ?? Object.keys(took)).reduce((sum, id) => sum + (took[id] ?? 0), 0)
    const isStatic = mutantActivation === 'static'
    const order = {
      files: this.#filesFor(testFilter, sandboxFileName),
      tests: testFilter,
      without: [...this.#options.withoutTests, ...leftOut.map(exactly)],
      bail: true,
      maxCpuMs: 2_000,
      maxRealMs: 15_000,
      hitLimit,
      mutant: activeMutant.id,
    }
    if (isStatic || ++this.#served > MAX_SERVED) this.#end()
    for (;;) {
      const isFresh = this.#running === undefined
      const answer = await this.#ask(
        order,
        SPARE_CPU_MS + CPU_FACTOR * tookMs,
        SPARE_REAL_MS + REAL_FACTOR * tookMs,
        isStatic ? activeMutant.id : undefined,
      )
      const isDoubtful = answer === undefined || answer.timedOut || answer.dirty
      if (isStatic || isDoubtful) this.#end()
      // A child that served others before may suffer from one of those: once more in a fresh one.
      if (isFresh || !isDoubtful) return resultOf(answer)
    }
  }

  dispose() {
    this.#end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The files of these tests: those named like the mutant's file first, then as they were given. */
  #filesFor(ids, sandboxFileName) {
    if (ids === undefined) return this.#files
    const wanted = new Set(ids.map((id) => id.slice(0, id.indexOf(' › '))))
    const own = basename(sandboxFileName, '.ts')
    const first = (file) => (basename(file).startsWith(own) ? 0 : 1)
    return this.#files.filter((file) => wanted.has(file)).sort((a, b) => first(a) - first(b))
  }

  /** What the child answers; undefined if it ended, or used more processor time than this and was ended. */
  #ask(order, maxCpuMs, maxRealMs, staticMutant) {
    const child = (this.#running ??= this.#start(staticMutant))
    const before = cpuMsOf(child.pid)
    return new Promise((done) => {
      const began = performance.now()
      const watch = setInterval(() => {
        const isLate = performance.now() - began > maxRealMs
        if (isLate || cpuMsOf(child.pid) - before > maxCpuMs) child.kill('SIGKILL')
      }, 500)
      const finish = (answer) => {
        clearInterval(watch)
        child.removeAllListeners()
        child.on('error', () => undefined)
        if (answer === undefined) this.#running = undefined
        done(answer)
      }
      child.once('message', finish)
      child.once('error', () => finish(undefined))
      child.once('exit', () => finish(undefined))
      child.send(order)
    })
  }

  #start(staticMutant) {
    this.#served = 0
    const { NODE_OPTIONS: _, ...env } = process.env
    return spawn(process.execPath, ['--max-old-space-size=768', LOADER, join(this.#folder, 'tests.cjs')], {
      env: staticMutant === undefined ? env : { ...env, __STRYKER_ACTIVE_MUTANT__: staticMutant },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
  }

  #end() {
    this.#running?.kill('SIGKILL')
    this.#running = undefined
  }
}

function resultOf(answer) {
  if (answer === undefined) return { status: 'timeout', reason: 'the child used up its processor time or its heap' }
  if (answer.timedOut) return { status: 'timeout', reason: 'a test came to no end' }
  const nrOfTests = answer.results.length
  const failed = answer.results.find(({ error }) => error !== undefined)
  if (failed === undefined) return { status: 'survived', nrOfTests }
  // Fails it without the mutant as well, in a fresh child, then the mutant has broken what stays: a table, a flag.
  return { status: 'killed', killedBy: [failed.id], failureMessage: failed.error, nrOfTests }
}

/** Processor time of a process so far. */
function cpuMsOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

/** Says at once which mutant survives. */
class SurvivorReporter {
  onMutantTested({ status, fileName, location: { start }, mutatorName, replacement }) {
    if (status !== 'Survived' && status !== 'NoCoverage') return
    const becomes = replacement.replace(/\s+/g, ' ').slice(0, 100)
    console.log(`${status} ${relative('.', fileName)}:${start.line}:${start.column} ${mutatorName} => ${becomes}`)
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'bundle', BundleRunner),
  declareClassPlugin(PluginKind.Reporter, 'survivors', SurvivorReporter),
]
