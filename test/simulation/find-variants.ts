// Runs broken variants over seeds until their scenarios fail, each in a worker of its own: a broken library may hang. Entered by
// variants.test and by scripts/simulate.mjs.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Bundler } from './bundle.js'
import type { Variant } from './variant.js'

/** What became of one variant. */
export interface Finding {
  readonly variant: Variant
  /** The seed that fails; undefined: none did. */
  readonly seed: number | undefined
  /** What it failed with, or what the program said instead. */
  readonly text: string
}
/** A worker that hangs is ended after so long. */
const LIMIT_MS = 60_000
/** So many variants run at a time; bundling goes on meanwhile. */
const AT_A_TIME = 2

/** Bundles each variant into `folder`, which must be inside of the repository and is removed afterwards, and runs its scenario up to this seed. */
export async function findVariants(
  root: string,
  folder: string,
  variants: readonly Variant[],
  seeds: number,
): Promise<Finding[]> {
  const bundler = new Bundler(root)
  const running = new Set<Promise<unknown>>()
  const findings: Promise<Finding>[] = []
  try {
    for (const [at, variant] of variants.entries()) {
      const outfile = join(folder, `${at}.mjs`)
      await bundler.bundle(outfile, variant)
      const found = findOne(outfile, variant, seeds)
      const done = found.finally(() => running.delete(done))
      running.add(done)
      findings.push(found)
      if (running.size >= AT_A_TIME) await Promise.race(running)
    }
    return await Promise.all(findings)
  } finally {
    await bundler.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function findOne(outfile: string, variant: Variant, seeds: number): Promise<Finding> {
  const { scenario, firstSeed = 1 } = variant
  const given = ['--only', scenario, '--from', String(firstSeed), '--seeds', String(seeds + 1 - firstSeed)]
  const { output } = await runSimulation(outfile, given)
  const text = output.split('\n').find((line) => line.startsWith(`${scenario}: `)) ?? output
  const [, seed] = /: seed (\d+) fails: /.exec(text) ?? []
  return { variant, seed: seed === undefined ? undefined : Number(seed), text }
}

/** Runs a bundle with these arguments; answers what it has said and its exit code. */
export function runSimulation(
  outfile: string,
  given: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((done, failed) => {
    const worker = new Worker(outfile, { argv: [...given], stdout: true, stderr: true })
    const timer = setTimeout(() => void worker.terminate(), LIMIT_MS)
    let output = ''
    for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    worker.on('error', failed)
    worker.on('exit', (code) => {
      clearTimeout(timer)
      setImmediate(() => done({ code, output })) // what it has said may come behind its end
    })
  })
}
