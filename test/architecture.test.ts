// Holds the code to ARCHITECTURE.md: levels, circles, doors, the file table, sizes.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { CHART, lifecycle } from '../src/sockets/lifecycle.js'

const ROOT = process.cwd()
const LEVELS: Readonly<Record<string, number>> = {
  base: 0,
  wire: 0,
  client: 1,
  msgpack: 1,
  runtime: 1,
  behaviours: 2,
  groups: 3,
  machines: 3,
  sockets: 4,
  cluster: 4,
  transports: 5,
  sessions: 5,
  handlers: 6,
  observer: 6,
  testing: 7,
}
const MAX_LINES = 400
/** Whole import and export-from statements, type imports included, and dynamic imports. */
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g

const files = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split('\\').join('/'))
  .sort()
const text = new Map(files.map((file) => [file, readFileSync(join(ROOT, 'src', file), 'utf8')]))
const imports = new Map(files.map((file) => [file, importsOf(file, text.get(file) as string)]))

function importsOf(file: string, source: string): string[] {
  return [...source.matchAll(IMPORT)]
    .map((match) => (match[1] ?? match[2] ?? match[3]) as string)
    .filter((path) => path.startsWith('.'))
    .map((path) => posix.join(posix.dirname(file), path).replace(/\.js$/, '.ts'))
}

/** Every import of a file, as it is written. */
function importsAll(file: string): string[] {
  return [...(text.get(file) as string).matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}
const isDoor = (file: string): boolean => posix.basename(file) === 'index.ts'
const folderOf = (file: string): string => posix.dirname(file)
const levelOf = (file: string): number | undefined => LEVELS[file.split('/')[0] as string]

/** What is wrong with one import, if anything. */
function levelFault(file: string, imported: string): string | undefined {
  if (!text.has(imported)) return `${file} imports ${imported}, which is not there`
  if (isDoor(imported)) return `${file} imports the door ${imported}`
  if (isDoor(file) || folderOf(file) === folderOf(imported)) return undefined
  const from = levelOf(file)
  const to = levelOf(imported)
  if (from === undefined || to === undefined) return `${file} or ${imported} stands in a folder without a level`
  return to < from ? undefined : `${file} (level ${from}) imports ${imported} (level ${to})`
}

/** The first circle found from `start`, as a path, or undefined. */
function circleFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const path: string[] = []
  const done = new Set<string>()
  const walk = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next)
      if (circle !== undefined) return circle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  return walk(start)
}

describe('the stack', () => {
  test('a file imports from its own folder and from lower levels only, and never a door', () => {
    const faults = files.flatMap((file) => (imports.get(file) ?? []).flatMap((imported) => levelFault(file, imported) ?? []))
    expect(faults).toEqual([])
  })

  test('the browser client imports nothing but wire, and wire nothing of Node', () => {
    const imported = (folder: string): string[] =>
      files.filter((file) => levelOf(file) !== undefined && file.startsWith(`${folder}/`)).flatMap((file) => importsAll(file))
    expect(imported('client').filter((path) => !/^(?:\.|\.\.\/wire)\/[\w-]+\.js$/.test(path))).toEqual([])
    expect(imported('wire').filter((path) => !/^\.\/[\w-]+\.js$/.test(path))).toEqual([])
    expect(imported('client').length).toBeGreaterThan(20)
  })

  test('there is no circle, type imports included', () => {
    expect(files.flatMap((file) => circleFrom(file, imports)?.join(' -> ') ?? [])).toEqual([])
  })

  test('the check itself finds a circle and an import upwards', () => {
    expect(
      circleFrom(
        'a',
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'c', 'a'])
    expect(levelFault('base/pid.ts', 'runtime/process.ts')).toContain('level 0')
    expect(
      importsOf('runtime/x.ts', "import type {\n  A,\n} from '../base/pid.js'\nexport * from './y.js'\nimport './z.js'"),
    ).toEqual(['base/pid.ts', 'runtime/y.ts', 'runtime/z.ts'])
  })

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    expect(files.filter((file) => (text.get(file) as string).split('\n').length > MAX_LINES + 1)).toEqual([])
  })

  test('every file starts with what the room is for, in at most 8 lines', () => {
    const heads = files.map((file) => [file, /^(?:\/\/[^\n]*\n){1,8}(?!\/\/)/.test(text.get(file) as string)] as const)
    expect(heads.filter(([, ok]) => !ok)).toEqual([])
  })
})

describe('the doors', () => {
  const exportsField = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, unknown> })
    .exports

  test('a door holds re-exports only', () => {
    const bodies = files.filter(isDoor).map((file) => {
      const body = (text.get(file) as string)
        .replace(/\/\/[^\n]*/g, '')
        .replace(/export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+from\s+'[^']+'/g, '')
      return [file, body.trim()]
    })
    expect(bodies.filter(([, body]) => body !== '')).toEqual([])
  })

  test('package.json lists each door by name, for import and require, without wildcards', () => {
    const listed = Object.entries(exportsField)
      .filter(([door]) => door !== './package.json')
      .map(([door, target]) => {
        expect(door).not.toContain('*')
        const { import: esm, require: cjs } = target as { import: { default: string }; require: { default: string } }
        expect(cjs.default).toBe(esm.default.replace('/esm/', '/cjs/'))
        return esm.default.replace('./dist/esm/', '').replace(/\.js$/, '.ts')
      })
    expect(listed.sort()).toEqual(files.filter(isDoor))
  })
})

describe('ARCHITECTURE.md', () => {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')

  test('its file table names every file of src exactly once, and no other', () => {
    const rows = [...page.matchAll(/^\| `([\w/.-]+\.ts)` \|/gm)].map((match) => match[1] as string)
    expect(rows.toSorted()).toEqual(files)
  })

  test("its drawing of a socket's life has exactly the transitions of the chart that runs", () => {
    const drawn = [...page.matchAll(/(\w+) -(\w+)-> (\w+)/g)].map((match) => `${match[1]} -${match[2]}-> ${match[3]}`).toSorted()
    const { states, on } = lifecycle.config as {
      states: Record<string, { on?: Record<string, string> }>
      on: Record<string, string>
    }
    const arrows = (from: string, moves: Record<string, string> = {}): string[] =>
      Object.entries(moves).map(([event, to]) => `${from} -${event}-> ${to.replace('.', '')}`)
    expect(drawn).toEqual(
      [...arrows('any', on), ...Object.entries(states).flatMap(([state, node]) => arrows(state, node.on))].toSorted(),
    )
    for (const arrow of drawn) {
      const [, from, event, to] = /(\w+) -(\w+)-> (\w+)/.exec(arrow) as RegExpExecArray
      if (from !== 'any') expect(CHART.states[CHART.next(CHART.state(from as string), CHART.event(event as string))]).toBe(to)
    }
  })

  // One line per file grows with the project; what a person reads from top to bottom must not.
  test('beside its file table it has at most 160 lines', () => {
    const read = page.split('\n').filter((line) => !/^\| `[\w/.-]+\.ts` \|/.test(line))
    expect(read.length).toBeLessThanOrEqual(160)
  })

  test('nothing in the project points into the reference folder beside it', () => {
    const tracked = ['src', 'test', 'examples', 'bench', 'scripts'].flatMap((folder) =>
      (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
        .filter((name) => /\.(ts|mjs|js|html)$/.test(name) && !name.includes('node_modules'))
        .map((name) => join(folder, name)),
    )
    const needle = ['..', 'shared'].join('/')
    const guilty = tracked.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(`${needle}/`))
    expect(guilty.map((file) => relative(ROOT, join(ROOT, dirname(file), file)))).toEqual([])
  })
})
