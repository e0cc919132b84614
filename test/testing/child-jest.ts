// Runs test files by a jest of their own, with this project's settings and `--detectOpenHandles`: for what shows only when
// jest ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One test of such a run. */
export interface ChildTest {
  readonly title: string
  readonly status: string
  readonly failures: readonly string[]
}
export interface ChildRun {
  /** The exit code; null for a run that was ended because it would not end by itself. */
  readonly code: number | null
  readonly output: string
  readonly tests: readonly ChildTest[]
}
interface Results {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const ROOT = process.cwd()
const CONFIG = 'test/testing/child-jest.config.mjs'
/** As the settings have it. */
const FOLDERS = join(tmpdir(), 'gensock-jest')
const LIMIT_MS = 60_000

/** A folder that is gone once `use` has settled. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(FOLDERS, { recursive: true })
  const folder = mkdtempSync(join(FOLDERS, 'run-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs these files and waits until jest has ended by itself; it is ended as soon as `--detectOpenHandles` has said what keeps it.
 */
export function runJest(folder: string, files: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildRun> {
  const results = join(folder, 'results.json')
  const bin = join(ROOT, 'node_modules/jest/bin/jest.js')
  const options = ['--config', CONFIG, '--runInBand', '--detectOpenHandles', '--json', '--outputFile', results, '--colors=false']
  const child = spawn(process.execPath, [...nodeOptions(), bin, ...options, '--runTestsByPath', ...files], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return ended(child, results)
}

/** A run of the suite in native modules has its tests in native modules here too. */
function nodeOptions(): string[] {
  return process.execArgv.includes('--experimental-vm-modules') ? ['--experimental-vm-modules', '--no-warnings'] : []
}

function ended(child: ChildProcess, results: string): Promise<ChildRun> {
  return new Promise((resolve, reject) => {
    let output = ''
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => {
      output += text
      if (isReported(output)) child.kill('SIGKILL')
    })
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(limit)
      resolve({ code, output, tests: testsOf(results) })
    })
  })
}

/** Has jest said that handles keep it, and named each of them? */
function isReported(output: string): boolean {
  const [, count, list = ''] = /following (\d+) open handles? potentially[^\n]*\n([\s\S]*)/.exec(output) ?? []
  return count !== undefined && (list.match(/^ {2}● {2}\S+\n[\s\S]*?^ +at /gm) ?? []).length >= Number(count)
}

/** What the run wrote; nothing if it did not come so far. */
function testsOf(file: string): ChildTest[] {
  let written: string
  try {
    written = readFileSync(file, 'utf8')
  } catch {
    return [] // the output says why
  }
  return (JSON.parse(written) as Results).testResults.flatMap(({ assertionResults, message }) =>
    assertionResults.length === 0
      ? [{ title: 'the file', status: 'failed', failures: [message] }]
      : assertionResults.map(({ fullName, status, failureMessages }) => ({ title: fullName, status, failures: failureMessages })),
  )
}
