// What users of this door read in their editor: every function and type says what it is for, what goes in, what comes out, what it
// throws and where it is from; and the examples run as they stand, `// => value` is what a line answers.
import { readdirSync, readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { transformSync } from '@swc/core'
import * as cowboy from 'gensock/cowboy'
import { route } from 'gensock/socket'

const FOLDER = 'src/handlers/cowboy'
const sources = readdirSync(FOLDER)
  .filter((file) => file !== 'index.ts')
  .map((file) => `${FOLDER}/${file}`)
  .concat('src/sockets/req.ts', 'src/sockets/io-data.ts', 'src/sockets/reason08.ts')
  .map((file) => readFileSync(file, 'utf8'))
const door = readFileSync(`${FOLDER}/index.ts`, 'utf8')
const names = [...door.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) =>
  list.split(',').map((name) => name.replace('type ', '').trim()),
)
const types = names.filter((name) => !(name in cowboy))

/** The docstring right before a declaration. */
function docstring(declaration: RegExp): string {
  for (const source of sources) {
    const found = declaration.exec(source)
    if (found === null) continue
    const before = source.slice(0, found.index).trimEnd()
    return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
  }
  return ''
}

describe('functions', () => {
  test.each(Object.keys(cowboy))('%s', (name) => {
    const doc = docstring(new RegExp(`^export function ${name}\\b`, 'm'))
    const parts = [
      '@param handler - ',
      '@param rest - ',
      '@returns ',
      '@throws {GensockError} `GENSOCK_ERR_',
      '@example\n',
      '@see Cowboy ',
    ]
    expect(parts.filter((part) => !doc.includes(part))).toEqual([])
    expect(doc).toMatch(/^\/\*\*\n \* Makes a SocketHandler /)
  })

  test.each(Object.keys(cowboy))('the example of %s runs', (name) => {
    const doc = docstring(new RegExp(`^export function ${name}\\b`, 'm'))
    const code = (/@example\n([\s\S]*?)\n \* @/.exec(doc)?.[1] ?? '').replaceAll(/^ \* ?/gm, '')
    const checked = code.replaceAll(/^(.*?) \/\/ => (.*)$/gm, (_line, answered, value) => `expect(${answered}).toEqual(${value})`)
    const { code: script } = transformSync(checked, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } })
    const scope = { ...cowboy, route, expect }
    expect.hasAssertions()
    compileFunction(script, Object.keys(scope))(...Object.values(scope))
  })
})

describe('types', () => {
  test.each(types)('%s says what it is for and where it is from', (name) => {
    const doc = docstring(new RegExp(`^export (?:interface|type) ${name}\\b`, 'm'))
    expect(doc).toMatch(/^\/\*\*\n \* [A-Z`][^@]*\n \*\n \* @see /)
  })
})

test('the list has them all', () => {
  expect(Object.keys(cowboy).toSorted()).toEqual(['cowboy08', 'cowboy10', 'cowboy2', 'cowboy20pre'])
  expect(types.length).toBe(21)
})
