import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Bundler } from './bundle.js'
import { type Finding, findVariants, runSimulation } from './find-variants.js'
import { SCENARIOS } from './scenarios.js'
import { RUNTIME_VARIANTS } from './variants-runtime.js'
import { SOCKET_VARIANTS } from './variants-sockets.js'

const ROOT = join(__dirname, '../..')
/** Inside of the repository, where the bundles find their packages. */
const FOLDER = join(ROOT, `node_modules/.cache/gensock-simulation-${process.pid}`)
const ALL = [...RUNTIME_VARIANTS, ...SOCKET_VARIANTS]
/** Every third of them takes half a minute; `npm run variants` takes all. */
const VARIANTS = process.env['VARIANTS'] === 'all' ? ALL : ALL.filter((_variant, at) => at % 3 === 0)
const SEEDS = 1000

let findings: readonly Finding[]
beforeAll(async () => {
  findings = await findVariants(ROOT, join(FOLDER, 'broken'), VARIANTS, SEEDS)
}, 180_000)
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('each variant has a name of its own, a scenario that there is, and says what it breaks', () => {
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length)
  const names = SCENARIOS.map(({ name }) => name)
  for (const { scenario, breaks } of ALL) {
    expect(names).toContain(scenario)
    expect(breaks).not.toBe('')
  }
})

test('each variant is one text of the sources', () => {
  const times = ({ file, from }: (typeof ALL)[number]): number => readFileSync(join(ROOT, file), 'utf8').split(from).length - 1
  expect(ALL.filter((variant) => times(variant) !== 1).map(({ name }) => name)).toEqual([])
})

test.each(VARIANTS.map(({ name }, at) => [name, at] as const))(`%s: caught within ${SEEDS} seeds`, (_name, at) => {
  const { seed, text } = findings[at] as Finding
  expect({ text, seed }).toEqual({ text: expect.any(String), seed: expect.any(Number) })
})

describe('the library as it is', () => {
  const outfile = join(FOLDER, 'whole/main.mjs')
  const bundler = new Bundler(ROOT)
  beforeAll(async () => bundler.bundle(outfile))
  afterAll(() => bundler.end())

  test('passes the seeds that find its broken variants', async () => {
    const seeds = new Set(findings.map(({ variant, seed }) => `${variant.scenario} ${seed}`))
    for (const one of seeds) {
      const [name, seed] = one.split(' ') as [string, string]
      const scenario = SCENARIOS.find((candidate) => candidate.name === name)
      await expect(scenario?.run(Number(seed))).resolves.toMatchObject({ seed: Number(seed) })
    }
  }, 60_000)

  test('is told in words what is wrong with a command line, with exit code 2', async () => {
    const { code, output } = await runSimulation(outfile, ['--seeds', 'x'])
    expect(output).toContain('--seeds must be a whole number from 1 on, got "x"')
    expect(code).toBe(2)
  })

  test('one seed prints its whole trace', async () => {
    const { output } = await runSimulation(outfile, ['--only', 'calls', '--seed', '3'])
    expect(output).toMatch(/^ +0 +0 ms {2}spawn <0\.81\.0>/)
    expect(output).toMatch(/calls +1 seeds, /)
  })
})

describe('a seed that fails', () => {
  const outfile = join(FOLDER, 'failing/main.mjs')
  const bundler = new Bundler(ROOT)
  const variant = RUNTIME_VARIANTS[0] as (typeof RUNTIME_VARIANTS)[number]
  beforeAll(async () => bundler.bundle(outfile, variant))
  afterAll(() => bundler.end())

  test('ends the scenario with exit code 1, the end of its trace and the command that runs it again', async () => {
    const { seed } = findings[0] as Finding
    const many = await runSimulation(outfile, ['--only', variant.scenario, '--seeds', '1000'])
    expect(many.code).toBe(1)
    expect(many.output).toContain(`${variant.scenario}: seed ${seed} fails: `)
    expect(many.output).toContain(`Again, with the whole trace: npm run simulate -- --only ${variant.scenario} --seed ${seed}`)
    const one = await runSimulation(outfile, ['--only', variant.scenario, '--seed', String(seed)])
    expect(one.code).toBe(1)
    const why = / fails: (.*) \(see /.exec(many.output)?.[1] as string
    expect(one.output).toContain(why)
    expect(one.output).toMatch(/^ +0 +0 ms {2}spawn <0\.81\.0>/m)
  })
})

test('a variant whose text is not in the sources exactly once is refused', async () => {
  const bundler = new Bundler(ROOT)
  const bundle = (from: string): Promise<void> =>
    bundler.bundle(join(FOLDER, 'none.mjs'), { file: 'src/runtime/exit.ts', from, to: '' })
  await expect(bundle('no such text')).rejects.toThrow('src/runtime/exit.ts has the text "no such text" 0 times, not once')
  await expect(bundle('process')).rejects.toThrow(/has the text "process" \d+ times, not once/)
})
