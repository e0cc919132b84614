// What users read in their editor: each public function and type of these rooms says what it is for, what goes in, what comes
// out, what it throws, and where it is from.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { application, child, dynamicSupervisor, genEvent, pg, supervisor, sys, task } from 'gensock'

const OWNERS: Readonly<Record<string, RegExp>> = {
  task: /^behaviours\/task/,
  application: /^behaviours\/application/,
  genEvent: /^behaviours\/gen-event/,
  sys: /^behaviours\/sys/,
  pg: /^groups\//,
  supervisor: /^behaviours\/supervisor(-flags|-init|-request)?\.ts/,
  dynamicSupervisor: /^behaviours\/dynamic-supervisor/,
  child: /^behaviours\/child-spec/,
}
/** Nothing can go wrong when they are called. */
const NEVER_THROW: readonly string[] = ['application.whichApplications']
const files = ['behaviours', 'groups'].flatMap((folder) => readdirSync(`src/${folder}`).map((name) => `${folder}/${name}`))
const text = new Map(files.map((file) => [file, readFileSync(`src/${file}`, 'utf8')]))

/** The docstring right before a declaration, and the declaration's own first line. */
function docstring(room: string, declaration: RegExp): { readonly doc: string; readonly line: string } | undefined {
  for (const [file, source] of text) {
    if (!OWNERS[room]?.test(file)) continue
    const found = declaration.exec(source)
    if (found === null) continue
    const before = source.slice(0, found.index).trimEnd()
    const doc = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
    return { doc, line: source.slice(found.index, source.indexOf('{\n', found.index)) }
  }
  return undefined
}
function parametersOf(fn: Function): string[] {
  const list = /\(([^)]*)\)/.exec(String(fn))?.[1] ?? ''
  return list
    .split(',')
    .map((name) => name.replace(/^\W*/, '').replace(/\W.*$/s, ''))
    .filter((name) => name !== '')
}

describe('functions', () => {
  const all = Object.entries({ task, application, genEvent, sys, pg, supervisor, dynamicSupervisor, child: { child } }).flatMap(
    ([room, api]) => Object.entries(api).map(([name, fn]) => [`${room}.${name}`, room, fn] as const),
  )
  test.each(all)('%s', (name, room, fn: Function) => {
    const { doc, line } = docstring(room, new RegExp(`^(?:export )?(?:async )?function ${fn.name}\\b`, 'm')) ?? {
      doc: '',
      line: '',
    }
    const expected = [
      ...parametersOf(fn).map((parameter) => `@param ${parameter} - `),
      ...(/: void\s*$/.test(line) ? [] : ['@returns ']),
      ...(NEVER_THROW.includes(name) ? [] : ['@throws {']),
      '@example\n',
      '@see ',
    ]
    expect(expected.filter((part) => !doc.includes(part))).toEqual([])
    if (!NEVER_THROW.includes(name)) expect(doc).toMatch(/@throws[^@]*`GENSOCK_ERR_\w+`/)
    expect(doc).toMatch(/^\/\*\*\n \* [A-Z][^@]*\n \*\n \* @/)
  })

  test('the list has them all', () => {
    expect(all.length).toBe(10 + 5 + 17 + 8 + 11 + 11 + 7 + 1)
  })
})

describe('types', () => {
  const door = readFileSync('src/index.ts', 'utf8')
  const all = [...door.matchAll(/export (type )?\{([^}]*)\} from '\.\/([\w/-]+)\.js'/g)].flatMap(([, types, names, file]) => {
    const room = Object.entries(OWNERS).find(([, owns]) => owns.test(`${file}.ts`))?.[0]
    if (room === undefined) return []
    const given = (names as string).split(',').map((name) => name.trim())
    const listed = types === undefined ? given.filter((name) => name.startsWith('type ')) : given
    return listed.filter((name) => name !== '').map((name) => [name.replace('type ', ''), room] as const)
  })
  test.each(all)('%s says what it is for', (name, room) => {
    const { doc } = docstring(room, new RegExp(`^export (?:interface|type) ${name}\\b`, 'm')) ?? { doc: '' }
    expect(doc).toMatch(/^\/\*\*(?: |\n \* )[A-Z`]/)
    expect([/@example\n/, /@see /].some((part) => part.test(doc))).toBe(true)
  })

  test('the list has them all', () => {
    expect(all.length).toBeGreaterThan(45)
  })
})
