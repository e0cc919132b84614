// Starts the server under fuzz as a process of its own, as one file of JavaScript, and asks it what it holds. A text of its
// sources can be replaced on the way: so the fuzz is shown to find what it is for. Entered by run.ts.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Door } from './routes.js'

/** A text of one file, and what stands in its place: a server that is broken on purpose. */
export interface Mutation {
  readonly file: string
  readonly from: string
  readonly to: string
}
export interface Counters {
  readonly opened: number
  readonly closed: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly crashed: number
}
export interface Report {
  /** What has not been given back: before and now. */
  readonly left: Readonly<Record<string, readonly [before: number, now: number]>>
  readonly heap: number
  readonly counters: readonly Counters[]
}
export interface Target {
  readonly ports: Readonly<Record<Door, number>>
  /** What it has printed that no peer may bring about; the end of the program as well. */
  readonly faults: string[]
  readonly hasEnded: boolean
  /** Undefined: the server has ended. One that does not answer is ended, and that is a fault. */
  report(withHeap?: boolean): Promise<Report | undefined>
  stop(): Promise<void>
}

/** So much longer than it may take to settle the server may take to say so, and so long to start: a busy machine's. */
const ANSWER_MS = 10_000
const START_MS = 60_000
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What ws is written in. */
const REQUIRE = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"

function mutating({ file, from, to }: Mutation): Plugin {
  return {
    name: 'mutation',
    setup(on) {
      on.onLoad({ filter: new RegExp(`${file.replaceAll(/[.]/g, '\\.')}$`) }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        if (text.split(from).length !== 2) throw new Error(`${file} must hold once: ${from}`)
        return { contents: text.replace(from, () => to), loader: path.endsWith('.ts') ? 'ts' : 'js' }
      })
    },
  }
}
async function bundle(outfile: string, mutation: Mutation | undefined): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/fuzz/server.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    tsconfig: 'tsconfig.test.json',
    banner: { js: REQUIRE },
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: mutation === undefined ? [] : [mutating(mutation)],
  })
}

/**
 * Starts a server; it ends by `stop`, and with this program. `settleMs`: until everything must have been given back;
 * `answerMs`: until a report must have come.
 */
export async function startTarget(mutation?: Mutation, settleMs = 8000, answerMs = settleMs + ANSWER_MS): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'gensock-fuzz-'))
  const program = join(folder, 'server.mjs')
  await bundle(program, mutation)
  const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', program, String(settleMs)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const target = new RunningTarget(child, answerMs)
  child.once('close', () => rmSync(folder, { recursive: true, force: true }))
  await target.begun()
  return target
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

class RunningTarget implements Target {
  readonly faults: string[] = []
  hasEnded = false
  ports: Readonly<Record<Door, number>> = { bare: 0, plain: 0 }
  readonly #child: Child
  readonly #closed: Promise<void>
  readonly #answerMs: number
  #reports: ((report: Report | undefined) => void)[] = []
  #onPorts: () => void = () => undefined
  #stderr = ''
  #isStopping = false

  constructor(child: Child, answerMs: number) {
    this.#child = child
    this.#answerMs = answerMs
    child.stderr.on('data', (chunk) => (this.#stderr = (this.#stderr + String(chunk)).slice(-4000)))
    child.stdin.on('error', () => undefined) // it has ended: `close` says so
    createInterface({ input: child.stdout }).on('line', (line) => this.#read(line))
    this.#closed = new Promise((resolve) => child.once('close', (code, signal) => resolve(this.#ended(code, signal))))
  }

  begun(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), START_MS)
      this.#onPorts = () => {
        clearTimeout(timer)
        resolve()
      }
      void this.#closed.then(() => {
        clearTimeout(timer)
        reject(new Error(`the server did not start: ${this.#stderr}`))
      })
    })
  }
  report(withHeap = false): Promise<Report | undefined> {
    if (this.hasEnded) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(), this.#answerMs)
      this.#reports.push((report) => {
        clearTimeout(timer)
        resolve(report)
      })
      this.#child.stdin.write(withHeap ? 'heap\n' : 'report\n')
    })
  }
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** It loops for ever, or waits for something that never comes. What waits for it hears its end. */
  #giveUp(): void {
    if (this.#isStopping) return
    this.faults.push(`the server does not answer, after ${this.#answerMs} ms it has been ended: ${this.#stderr}`)
    this.#isStopping = true
    this.#child.kill('SIGKILL')
  }
  #read(line: string): void {
    if (line.startsWith('fault ')) this.faults.push(JSON.parse(line.slice(6)) as string)
    else if (line.startsWith('report ')) this.#reports.shift()?.(JSON.parse(line.slice(7)) as Report)
    else if (line.startsWith('ports ')) {
      const [bare = 0, plain = 0] = line.slice(6).split(' ').map(Number)
      this.ports = { bare, plain }
      this.#onPorts()
    } else this.faults.push(`printed: ${line}`)
  }
  #ended(code: number | null, signal: string | null): void {
    this.hasEnded = true
    if (!this.#isStopping) this.faults.push(`the server has ended, ${signal ?? `code ${code}`}: ${this.#stderr}`)
    for (const resolve of this.#reports.splice(0)) resolve(undefined)
  }
}
