// Makes modules of the blocks of the documentation, has them type-checked, and runs one in a worker thread.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build, type Plugin } from 'esbuild'
import { DOORS, typeErrorsIn } from '../compiler.js'
import type { Block } from './blocks.js'

const LIMIT_MS = 10_000
/** Where the module of a block lies, without its ending. */
export const moduleOf = ({ page, line }: Block): string => `${page.replace(/\.md$/, '')}/line-${line}`
const whole = ({ before, code, after }: Block): string => before + code + after

/** A line of a block that promises a value or, with `console.log`, a line of output. */
const PROMISE = /^(\s*)(.*?)\s*\/\/ => (.*)$/gm

/** The lines that the block says it prints. */
export function printsOf(block: Block): string[] {
  return [...whole(block).matchAll(PROMISE)].flatMap(([, , code, value]) =>
    (code as string).includes('console.log(') ? [value as string] : [],
  )
}
/** The block with each promised value checked. */
export function checked(block: Block): string {
  const code = whole(block).replaceAll(PROMISE, (line, indent, given, value) => {
    if (given.includes('console.log(')) return line
    if (given === '' || /^[)}\]]/.test(given))
      throw new Error(`${block.page}:${block.line}: \`// =>\` needs the whole expression on its line: ${line}`)
    const declared = /^(?:const|let) (\w+)[^=]*=/.exec(given)
    return declared === null
      ? `${indent}docsEqual(${given}, ${value})`
      : `${indent}${given}\n${indent}docsEqual(${declared[1]}, ${value})`
  })
  return `import { equal as docsEqual } from 'docs-kit/equal'\n${code}\nvoid docsEqual\nexport {}\n`
}

/** What a block imports -> the source of it. */
const MAPPED: Readonly<Record<string, string>> = {
  ...DOORS,
  'docs-kit': resolve('test/docs/kit.ts'),
  'docs-kit/equal': resolve('test/docs/equal.ts'),
}
const SOURCES: Plugin = {
  name: 'sources',
  setup({ onResolve }) {
    onResolve({ filter: /^(?:gensock|docs-kit)(?:\/|$)/ }, ({ path }) => ({ path: MAPPED[path] ?? `no door ${path}` }))
  },
}

export interface Outcome {
  readonly prints: readonly string[]
  readonly stderr: string
  /** Why it did not end well. */
  readonly failure: string | undefined
}

/** The blocks as modules in a folder inside this repository, where imports find what is installed. */
export class Modules {
  readonly #folder = resolve(`node_modules/.cache/docs-${process.pid}`)
  readonly #blocks: readonly Block[]
  /** Those that are run, and all that the compiler has to take. */
  constructor(blocks: readonly Block[], typed = blocks) {
    this.#blocks = blocks
    rmSync(this.#folder, { recursive: true, force: true })
    for (const block of typed) this.#write(`typed/${moduleOf(block)}.ts`, `${whole(block)}\nexport {}\n`)
    for (const block of blocks) this.#write(`run/${moduleOf(block)}.ts`, checked(block))
    for (const block of typed) {
      if (block.file === undefined) continue
      for (const kind of ['typed', 'run'])
        this.#write(`${kind}/${dirname(moduleOf(block))}/${block.file}`, block.before + block.code)
    }
    // That of gensock says `sideEffects: false`, and the bundler would leave out `import './server.js'`.
    this.#write('package.json', '{ "type": "module" }')
  }

  #write(name: string, text: string): void {
    const path = join(this.#folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  /** What the compiler finds wrong, as it says it. */
  async typeErrors(): Promise<string> {
    const said = await typeErrorsIn(this.#folder, { sources: MAPPED, include: 'typed' })
    return said.replaceAll(/\S*\/typed\/(\S+)\/line-(\d+)\.ts\(/g, '$1.md, block at line $2 (its line ')
  }

  async build(): Promise<void> {
    await build({
      entryPoints: [
        ...this.#blocks.map((block) => ({ in: join(this.#folder, 'run', `${moduleOf(block)}.ts`), out: moduleOf(block) })),
        { in: 'test/docs/worker.ts', out: 'worker' },
      ],
      outdir: join(this.#folder, 'built'),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      keepNames: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'esm',
      plugins: [SOURCES],
      logLevel: 'silent',
    })
  }

  /** Runs one, from its build, until it has ended and printed what it promises. */
  async run(block: Block): Promise<Outcome> {
    const built = (name: string): URL => pathToFileURL(join(this.#folder, 'built', `${name}.mjs`))
    const worker = new Worker(built('worker'), {
      workerData: built(moduleOf(block)).href,
      stdout: true,
      stderr: true,
      execArgv: [],
    })
    const [printed, stderr] = [collect(worker.stdout), collect(worker.stderr)]
    const promised = printsOf(block)
    const missing = (): string[] => without(promised, printed().split('\n'))
    const failure = await new Promise<string | undefined>((resolve) => {
      let done = false
      const look = (): void => (done && missing().length === 0 ? resolve(undefined) : undefined)
      const timer = setTimeout(() => resolve(`${done ? 'not printed' : 'not at its end'} after ${LIMIT_MS} ms`), LIMIT_MS)
      worker.once('message', () => {
        done = true
        look()
      })
      worker.stdout.on('data', look)
      worker.once('error', (error) => resolve(String(error.stack ?? error)))
      worker.once('exit', (code) => {
        clearTimeout(timer)
        resolve(done ? undefined : `it exited with ${code} before its end`)
      })
    })
    await worker.terminate()
    return { prints: missing(), stderr: stderr(), failure }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return () => text
}

/** `wanted` without one of `lines` each. */
function without(wanted: readonly string[], lines: readonly string[]): string[] {
  const left = [...lines]
  return wanted.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
