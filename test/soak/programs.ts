// Programs made of their sources by esbuild, started, told things by lines, heard by lines. Entered by run, and by test/chaos.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { buildSync } from 'esbuild'

/** What `ws` is written in. */
const REQUIRE = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"

/** Nothing that a program is asked for takes longer, on any machine. */
const LIMIT_MS = 60_000

/** In place of `from`, which must be there once: how a test makes a server that leaks. */
export interface Change {
  /** With names as esbuild writes them: it adds numbers to some. */
  readonly from: RegExp
  readonly to: string
}
export interface Built {
  readonly path: (name: string) => string
  readonly remove: () => void
}

/** Makes programs, by name and source, in a folder of their own. The changes are those of the first one. */
export function build(sources: Readonly<Record<string, string>>, changes: readonly Change[] = []): Built {
  const folder = mkdtempSync(join(tmpdir(), 'gensock-programs-'))
  const path = (name: string): string => join(folder, `${name}.mjs`)
  for (const [name, source] of Object.entries(sources)) {
    buildSync({
      entryPoints: [source],
      outfile: path(name),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      tsconfig: 'tsconfig.test.json',
      banner: { js: REQUIRE },
    })
  }
  const remove = (): void => rmSync(folder, { recursive: true })
  try {
    for (const change of changes) replace(path(Object.keys(sources)[0] as string), change)
  } catch (error) {
    remove()
    throw error
  }
  return { path, remove }
}
function replace(file: string, { from, to }: Change): void {
  const text = readFileSync(file, 'utf8')
  const times = [...text.matchAll(new RegExp(from, 'g'))].length
  if (times !== 1) throw new Error(`the program has ${times} times: ${from.source}`)
  writeFileSync(file, text.replace(from, to))
}

/** A program that runs, and talks in lines. */
export class Program {
  readonly pid: number
  readonly #name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: string[] = []
  #errors = ''
  #hasEnded = false
  #waiting: (() => void)[] = []

  constructor(name: string, file: string, args: readonly string[], flags: readonly string[] = []) {
    this.#name = name
    this.#child = spawn(process.execPath, [...flags, file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.pid = this.#child.pid ?? 0
    this.#child.stdin.on('error', () => undefined) // it has ended: whoever waits for a line hears that
    this.#child.stderr.on('data', (chunk) => (this.#errors += String(chunk)))
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    this.#child.on('exit', () => {
      this.#hasEnded = true
      this.#wake()
    })
  }
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
  /** What it has said on stderr. */
  get errors(): string {
    return this.#errors
  }
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }
  /** The rest of the next line that begins so; throws if none has come within the limit. */
  async hear(start: string, limitMs = LIMIT_MS): Promise<string> {
    const until = performance.now() + limitMs
    for (;;) {
      const at = this.#lines.findIndex((line) => line.startsWith(start))
      if (at >= 0) return (this.#lines.splice(at, 1)[0] as string).slice(start.length)
      if (this.#hasEnded) throw new Error(`the ${this.#name} has ended by itself: ${this.#errors}`)
      if (!(await this.#changes(until)))
        throw new Error(`the ${this.#name} has not said "${start.trim()}" within ${limitMs} ms: ${this.#errors}`)
    }
  }
  /** What it has said by now that begins so. */
  heard(start: string): string[] {
    const found = this.#lines.filter((line) => line.startsWith(start))
    this.#lines.splice(0, Infinity, ...this.#lines.filter((line) => !line.startsWith(start)))
    return found.map((line) => line.slice(start.length))
  }
  async ended(limitMs = LIMIT_MS): Promise<number | null> {
    const until = performance.now() + limitMs
    while (!this.#hasEnded)
      if (!(await this.#changes(until))) throw new Error(`the ${this.#name} has not ended within ${limitMs} ms: ${this.#errors}`)
    return this.#child.exitCode
  }
  /** Resolves when it has said something or ended, with false once it is too late. */
  #changes(until: number): Promise<boolean> {
    const left = until - performance.now()
    if (left <= 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), left) // whoever waits looks again
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
  kill(): void {
    if (!this.#hasEnded) this.#child.kill('SIGKILL')
  }
}
