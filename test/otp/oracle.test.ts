// The recorded scenarios on this library, group by group; and that the runner would notice if they differed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { oracle } from './cli.js'
import { compare } from './compare.js'
import { type RunOptions, runScenario } from './runner.js'
import { type Instruction, type Json, readScenarios, type Scenario } from './scenario.js'

const SCENARIOS = join('test', 'otp', 'scenarios')
const read = (group: string): Scenario[] => readScenarios([join(SCENARIOS, group)])
/** Group -> how many scenarios it has: a lost file fails. */
const GROUPS: readonly (readonly [string, number])[] = [
  ['alias', 12],
  ['behaviour_edges', 163],
  ['edges', 96],
  ['exit_signal', 15],
  ['gen_server', 67],
  ['gen_statem', 42],
  ['integration', 12],
  ['link', 18],
  ['message', 19],
  ['monitor', 18],
  ['name', 10],
  ['pg', 14],
  ['process_info', 12],
  ['random', 200],
  ['simple_one_for_one', 11],
  ['spawn', 14],
  ['supervisor', 62],
  ['sys', 8],
  ['timer', 21],
]
/** Groups with callback modules. */
const CALLED_BACK = GROUPS.filter(([group]) => read(group).some(({ modules }) => modules !== undefined))

/** Scripts of a scenario that was never recorded. */
function scenario(main: readonly Instruction[], others: Scenario['scripts'] = {}): Scenario {
  return { name: 'made up', scripts: { ...others, main }, expected: { logs: {}, exits: { main: 'normal' }, alive: [] } }
}

/** A scenario that logs one value, and what should be seen of it. */
function expecting(logged: Json, expected: Json): Scenario {
  return {
    ...scenario([{ op: 'log', value: logged }]),
    expected: { logs: { main: [expected] }, exits: { main: 'normal' }, alive: [] },
  }
}

async function differences(scenarios: readonly Scenario[], options?: RunOptions): Promise<unknown[]> {
  const found: unknown[] = []
  for (const one of scenarios) {
    const difference = compare(one, await runScenario(one, options))
    if (difference !== undefined) found.push(difference)
  }
  return found
}

describe('what a real BEAM recorded happens here too', () => {
  test.each(GROUPS)('%s: all %i are identical', async (group, count) => {
    const scenarios = read(group)
    expect(scenarios).toHaveLength(count)
    expect(await differences(scenarios)).toEqual([])
  })

  test.each(CALLED_BACK)('%s: also when every callback is async', async (group) => {
    expect(await differences(read(group), { asyncCallbacks: true })).toEqual([])
  })

  test.each([1, 2, 3])('in whatever order ready processes run (%i)', async (seed) => {
    // A call that waits 0 ms may get its answer if the server runs first.
    const scenarios = GROUPS.flatMap(([group]) => (group === 'random' ? [] : read(group))).filter(
      ({ name }) => name !== 'behaviour_edges/gs_call_timeout_zero',
    )
    expect(await differences(scenarios, { ...shuffled(seed), asyncCallbacks: seed === 3 })).toEqual([])
  })
})

/** Lets a generator choose which ready process runs next. */
function shuffled(seed: number): RunOptions {
  let state = seed
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  return { pick: (ready) => Math.floor(random() * ready.length) }
}

describe('the runner notices', () => {
  const [alias] = read('alias') as [Scenario]
  const { expected } = alias

  test.each<[string, Partial<Scenario['expected']>]>([
    ['a log with another value', { logs: { ...expected.logs, main: ['something else'] } }],
    ['a log that is missing', { logs: {} }],
    ['another exit reason', { exits: { ...expected.exits, main: 'killed' } }],
    ['a process that should be alive', { alive: [...expected.alive, 'ghost'] }],
    ['a global log', { glog: [['main', 1]] }],
  ])('%s', async (_what, altered) => {
    expect(await differences([alias])).toEqual([])
    expect(await differences([{ ...alias, expected: { ...expected, ...altered } }])).toHaveLength(1)
  })

  test('the order in a list, and not in a set', async () => {
    expect(await differences([expecting({ set: [1, 2] }, { set: [2, 1] })])).toHaveLength(0)
    expect(await differences([expecting({ set: [1, 2] }, [1, 2])])).toHaveLength(1)
    expect(await differences([expecting([1, 2], [2, 1])])).toHaveLength(1)
  })

  test('an instruction that it does not know', async () => {
    expect(await runScenario(scenario([{ op: 'constructor', try: true }]))).toEqual({
      failure: 'unsupported instruction constructor',
    })
  })
})

describe('a scenario that never ends is reported', () => {
  const waits: Instruction = { op: 'receive', match: 'never' }
  const tick: Instruction = { op: 'loop', do: [{ op: 'sleep', ms: 900_000 }] }
  test.each<[string, RegExp, Scenario]>([
    ['main waits for ever', /no timer is pending/, scenario([waits])],
    ['a loop without a wait', /instructions/, scenario([{ op: 'loop', do: [] }])],
    ['a script that starts itself', /instructions/, scenario([{ op: 'spawn', script: 'main', proc: 'p' }, waits])],
    ['others only sleep', /longer than/, scenario([{ op: 'spawn', script: 'tick', proc: 'p' }, waits], { tick: [tick] })],
  ])('%s', async (_what, failure, endless) => {
    expect(await runScenario(endless)).toEqual({ failure: expect.stringMatching(failure) })
  })
})

async function run(...paths: string[]): Promise<{ code: number; out: string[]; complaints: string[] }> {
  const out: string[] = []
  const complaints: string[] = []
  const code = await oracle(
    paths,
    (line) => void out.push(line),
    (line) => void complaints.push(line),
  )
  return { code, out, complaints }
}

/** The command itself, in a process of its own. */
function command(path: string) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'test/otp/main.ts', path], { encoding: 'utf8' })
}

describe('npm run oracle', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'oracle-'))
    const [alias] = read('alias') as [Scenario]
    const altered = { ...alias, expected: { ...alias.expected, alive: ['ghost'] } }
    writeFileSync(join(folder, 'lines.jsonl'), `${JSON.stringify(alias)}\n${JSON.stringify(altered)}\n`)
    writeFileSync(join(folder, 'schema.json'), '{"title":"no scenario"}')
    writeFileSync(join(folder, 'broken.txt'), '{')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('exits 0 when all are identical', async () => {
    expect(await run(join(SCENARIOS, 'alias'), join(SCENARIOS, 'name'))).toEqual({
      code: 0,
      out: ['oracle: 22 identical, 0 different of 22'],
      complaints: [],
    })
  })

  test('exits 1 and prints expected and seen of each that differs', async () => {
    const { code, out } = await run(folder)
    expect(code).toBe(1)
    expect(out[0]).toBe('oracle: 1 identical, 1 different of 2')
    expect(out.join('\n')).toMatch(/\nalias\/\S+\n {2}expected \{.*"alive":\["ghost"\]\}\n {2}seen {5}\{.*"alive":\[.*\]\}$/)
  })

  test.each([
    ['a missing folder', ['/nowhere/at/all'], 'no such file or folder'],
    ['a folder without scenarios', [join('src', 'base')], 'no scenarios there'],
    ['no arguments', [], 'usage'],
  ])('exits 2 for %s', async (_what, paths, text) => {
    const { code, complaints } = await run(...paths)
    expect(code).toBe(2)
    expect(complaints.join('\n')).toContain(text)
  })

  test('exits 2 for a file that is no scenario', async () => {
    expect((await run(join(folder, 'schema.json'))).complaints).toEqual([expect.stringContaining('no "scripts"')])
    expect((await run(join(folder, 'broken.txt'))).complaints).toEqual([expect.stringContaining('not JSON')])
  })

  test('the command hands the code to the shell', () => {
    const differs = command(folder)
    expect(differs.stderr).toBe('')
    expect([differs.status, differs.stdout.split('\n')[0]]).toEqual([1, 'oracle: 1 identical, 1 different of 2'])
    expect(command(join(folder, 'nothing')).status).toBe(2)
  })
})
