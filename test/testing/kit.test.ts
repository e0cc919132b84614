// What can only be seen from outside, in a jest of its own: the examples of docs/testing.md run as they stand, and after
// `node.stop()` nothing keeps a program alive. The same programs without stop are reported, so the report is worth something.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type ChildRun, inFolder, runJest } from './child-jest.js'

const FIXTURE = 'test/testing/open-handles.fixture.ts'
const LIMIT_MS = 90_000

const guide = readFileSync('docs/testing.md', 'utf8')
const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string)

/** The blocks as one test file: all imports on top, each block a `describe`, with a test if it has none; `// =>` is checked. */
function testFile(): string {
  const imported = new Map<string, Set<string>>([['@jest/globals', new Set(['describe', 'expect', 'test'])]])
  const bodies = blocks.map((code) =>
    code.replaceAll(/^import \{ (.*) \} from '(.*)'\n/gm, (_line, names: string, from: string) => {
      const known = imported.get(from) ?? new Set()
      imported.set(from, known)
      for (const name of names.split(', ')) known.add(name)
      return ''
    }),
  )
  const imports = [...imported].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}'`)
  const described = bodies.map((body, index) => {
    const tests = /^test\(/m.test(body) ? body : `test('runs', async () => {\n${body}})`
    return `describe('block ${index + 1}', () => {\n${checked(tests)}\n})`
  })
  return [...imports, ...described].join('\n')
}
function checked(code: string): string {
  return code.replaceAll(/^( *)(const (\w+) = )?(.*?) \/\/ => (.*)$/gm, (_line, indent, declared, name, answered, value) =>
    declared === undefined
      ? `${indent}expect(${answered}).toEqual(${value})`
      : `${indent}${declared}${answered}\n${indent}expect(${name}).toEqual(${value})`,
  )
}

describe('with stop', () => {
  let run: ChildRun
  beforeAll(async () => {
    run = await inFolder((folder) => {
      const file = join(folder, 'guide.ts')
      writeFileSync(file, testFile())
      return runJest(folder, [file, FIXTURE])
    })
  }, LIMIT_MS)

  test('every example of docs/testing.md holds, and so do the programs that are stopped', () => {
    expect(run.tests.filter(({ status }) => status !== 'passed')).toEqual([])
    const ran = new Set(run.tests.map(({ title }) => /^block \d+/.exec(title)?.[0]))
    expect(blocks.map((_code, index) => `block ${index + 1}`).filter((title) => !ran.has(title))).toEqual([])
    expect(blocks.length).toBeGreaterThanOrEqual(9)
  })

  test('stop leaves no handle open: timers, a tree, a listener with a connected socket; jest ends by itself', () => {
    const programs = ['timers of a node', 'a supervised tree', 'a listener with a connected socket', 'a node in virtual time']
    expect(run.tests.map(({ title }) => title)).toEqual(expect.arrayContaining(programs))
    expect(run.output).not.toContain('open handle')
    expect(run.code).toBe(0)
  })
})

test(
  'the same programs without stop are reported, and jest does not end',
  async () => {
    const run = await inFolder((folder) => runJest(folder, [FIXTURE], { GENSOCK_FIXTURE: 'without-stop' }))
    expect(run.output).toMatch(/Jest has detected the following \d+ open handles potentially keeping Jest from exiting/)
    for (const kind of ['Timeout', 'TCPSERVERWRAP']) expect(run.output).toContain(`●  ${kind}`)
    expect(run.code).toBeNull()
  },
  LIMIT_MS,
)
