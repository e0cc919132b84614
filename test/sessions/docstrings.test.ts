// What users of gensock/session read in their editor: each function says what goes in, what comes out, what it throws and where
// it is from; each type what it is for, each of its fields what it means. And the examples run as they stand.
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import * as door from 'gensock/session'
import { defineHandler } from 'gensock/socket'
import { fakeTransport, testNode } from 'gensock/testing'
import { QUEUE_DEFAULTS, SESSION_DEFAULTS } from '../../src/sessions/options.js'
import {
  type Documented,
  documented,
  examplesOf,
  type Export,
  expectFunctionDocs,
  expectTypeDocs,
  exportsOf,
  type Names,
  runExample,
} from '../docstrings.js'

/** Nothing can go wrong when they are called. */
const NEVER_THROW = ['memoryStore', 'defaultSessions']
const MAX_COLUMNS = 128

const exported = exportsOf('sessions/index.ts')
const types = exported.filter(({ isType }) => isType)
const sourceOf = (file: string): string => readFileSync(`src/${file}`, 'utf8')
function docstring(file: string, declaration: string): Documented {
  return documented(sourceOf(file), new RegExp(`^${declaration}\\b`, 'm')) ?? { doc: '', line: '' }
}

interface Field {
  readonly title: string
  readonly name: string
  readonly isOptional: boolean
  readonly doc: string
}
/** The fields of an interface; none of any other type. */
function fieldsOf({ name: type, file }: Export): Field[] {
  const source = sourceOf(file)
  const start = source.search(new RegExp(`^export interface ${type}\\b`, 'm'))
  if (start < 0) return []
  const body = source.slice(start, source.indexOf('\n}', start))
  return [...body.matchAll(/^ {2}readonly (\w+)(\??):/gm)].map(([, name, mark]) => {
    const { doc } = documented(body, new RegExp(`^ {2}readonly ${name}\\b`, 'm')) as Documented
    return { title: `${type}.${name}`, name: name as string, isOptional: mark === '?', doc }
  })
}
const fields = types.flatMap(fieldsOf)

describe('functions', () => {
  const objects = Object.entries({ session: door.session, page: door.page }).flatMap(([of, functions]) =>
    Object.entries(functions).map(([name, fn]) => [`${of}.${name}`, `sessions/${of}.ts`, name, fn as Function] as const),
  )
  test.each(objects)('%s', (_title, file, name, fn) => {
    expectFunctionDocs(docstring(file, `(?:async )?function ${name}`), fn, { throws: true })
  })

  const free = exported.filter(({ name, isType }) => !isType && name !== 'session' && name !== 'page')
  test.each(free.map((one) => [one.name, one] as const))('%s', (name, { file }) => {
    const fn = (door as Readonly<Record<string, unknown>>)[name] as Function
    expectFunctionDocs(docstring(file, `export (?:async )?function ${name}`), fn, { throws: !NEVER_THROW.includes(name) })
  })

  test('the lists have them all', () => {
    expect([...free.map(({ name }) => name), 'page', 'session'].toSorted()).toEqual(Object.keys(door).toSorted())
    expect([objects.length, types.length]).toEqual([12, 14])
  })
})

describe('types', () => {
  test.each(types.map((type) => [type.name, type] as const))('%s', (name, { file }) => {
    const { doc } = docstring(file, `export (?:interface|type) ${name}`)
    expectTypeDocs(doc)
    expect(doc).toContain('@example\n')
  })

  test.each(fields.map((field) => [field.title, field] as const))('%s', (_title, { name, isOptional, doc }) => {
    expect(doc).toMatch(/^\/\*\*(?: |\n {3}\* )[A-Z`]/)
    if (isOptional) expect(doc).toMatch(/\b(?:Default|Without)\b/)
    if (name.endsWith('Ms') || name === 'expiresAt') expect(doc).toMatch(/\bms\b/)
    if (name.endsWith('S') && name.startsWith('persist')) expect(doc).toMatch(/\bin s\b/)
    if (name.endsWith('Bytes')) expect(doc).toMatch(/\bbytes\b/i)
  })

  const defaults = Object.entries({ ...SESSION_DEFAULTS, ...QUEUE_DEFAULTS }).filter(([, value]) => typeof value !== 'object')
  test.each(defaults.filter(([, value]) => value !== undefined))('the default of %s is %p', (name, value) => {
    const field = fields.find(({ title }) => title === `SessionOptions.${name}` || title === `QueueOptions.${name}`)
    const written = /Default ([\d ]*\d|'.*?')/.exec(field?.doc ?? '')?.[1] ?? ''
    expect(written.replaceAll(' ', '').replaceAll("'", '"')).toBe(JSON.stringify(value))
  })
})

describe('examples', () => {
  const files = [...new Set(exported.map(({ file }) => file))]
  const examples = files.flatMap((file) => examplesOf(file, 'function|const|interface|type'))
  const echo = defineHandler({ init: () => ['ok', null], handle: (frame, state) => ['push', frame, state] })
  afterEach(() => gensock.defaultNode().stop())

  test.each(examples)('%s', async (_name, code) => {
    const node = testNode()
    const before = async (): Promise<Names> => {
      const sessions = await door.startSessions({ node })
      const { session: visitor } = await sessions.ensure({}, { secure: true })
      return { ...gensock, ...door, fakeTransport, node, echo, sessions, visitor }
    }
    await expect(runExample(code, before)).resolves.toBeUndefined()
    await node.stop()
  })

  test('there are examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(28)
  })
})

test('no line is longer than an editor shows', () => {
  const lines = [...new Set(exported.map(({ file }) => file))].flatMap((file) => sourceOf(file).split('\n'))
  expect(lines.filter((line) => /^\s*\/?\*/.test(line) && line.length > MAX_COLUMNS)).toEqual([])
})
