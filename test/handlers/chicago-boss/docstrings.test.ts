// What users of gensock/chicago-boss read in their editor: every function and type says what it is for, what goes in, what comes
// out, what it throws and where it is from; each field what it means; and the examples run as they stand.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import { defaultNode } from 'gensock'
import * as bossDoor from 'gensock/chicago-boss'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import {
  type Documented,
  documented,
  type Export,
  examplesOf,
  expectFunctionDocs,
  expectTypeDocs,
  exportsOf,
  fieldsOf,
  type Names,
  runExample,
} from '../../docstrings.js'

const MAX_COLUMNS = 128
/** Types of other rooms that say nothing beside what they are built of, and the ones that the library writes. */
const NOT_WRITTEN = ['BossBroadcast', 'IoData', 'Reason08']
const exported = exportsOf('handlers/chicago-boss/index.ts')
const api: Readonly<Record<string, unknown>> = { ...bossDoor }
const types = exported.filter(({ isType }) => isType)
const functions = exported.filter(({ isType }) => !isType)
const named = (list: readonly Export[]): (readonly [string, Export])[] => list.map((one) => [one.name, one])
const sourceOf = (file: string): string => readFileSync(`src/${file}`, 'utf8')
function docstring({ name, isType, file }: Export): Documented {
  const keyword = isType ? '(?:interface|type)' : 'function'
  return documented(sourceOf(file), new RegExp(`^export ${keyword} ${name}\\b`, 'm')) ?? { doc: '', line: '' }
}

test('the door has these and no others', () => {
  expect(functions.map(({ name }) => name).toSorted()).toEqual(['broadcast', 'discover', 'services'])
  expect(Object.keys(api).toSorted()).toEqual(['broadcast', 'discover', 'services'])
  expect(types.map(({ name }) => name).toSorted()).toEqual([
    'Boss',
    'BossBroadcast',
    'BossFrame',
    'BossOptions',
    'DiscoverOptions',
    'IoData',
    'Reason08',
    'Service',
    'ServiceInfo',
    'ServiceModule',
    'ServiceResult',
    'WebSocketPid',
  ])
})

describe('functions', () => {
  test.each(named(functions))('%s', (name, one) => {
    expectFunctionDocs(docstring(one), api[name] as Function, { throws: true })
  })
})

describe('types', () => {
  test.each(named(types))('%s', (name, type) => {
    const { doc } = docstring(type)
    expectTypeDocs(doc)
    expect(doc).toContain('@see ')
    expect(doc.includes('@example\n')).toBe(!NOT_WRITTEN.includes(name))
  })
})

const fields = types.flatMap((type) => fieldsOf(type).map((field) => [`${type.name}.${field.name}`, field] as const))

describe('fields', () => {
  test.each(fields)('%s', (_title, { isOptional, doc }) => {
    expect(doc).toMatch(/^\/\*\*(?: |\n {3}\* )['A-Z`0-9]/)
    if (isOptional) expect(doc).toMatch(/\b(?:Default|Undefined)\b/)
  })

  test('are all that the interfaces have', () => {
    const count = (name: string): number => fields.filter(([title]) => title.startsWith(`${name}.`)).length
    expect([count('Boss'), count('BossBroadcast'), count('ServiceInfo')]).toEqual([4, 2, 5])
    expect(fields.map(([title]) => title).filter((title) => title.startsWith('Service.'))).toEqual(
      ['concurrency', 'init', 'handleJoin', 'handleIncoming', 'handleClose', 'handleBroadcast', 'handleInfo', 'terminate'].map(
        (name) => `Service.${name}`,
      ),
    )
  })
})

describe('the examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docstrings-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  afterEach(() => defaultNode().stop())
  const examples = [...new Set(exported.map(({ file }) => file))].flatMap((file) => examplesOf(file, 'function|interface|type'))

  test.each(examples)('of %s', async (_name, code) => {
    const node = testing.testNode()
    const files = { mkdtempSync: () => mkdtempSync(join(folder, 'websocket-')), join, tmpdir, writeFileSync }
    const before = (): Names => ({ ...gensock, ...socket, ...testing, ...bossDoor, ...files, node })
    // With sockets in virtual time, where their services are; any other example is a program on the default node.
    await (code.includes('fakeTransport') ? node.run(() => runExample(code, before)) : runExample(code, before))
    await node.stop()
  })

  test('are of all that users write', () => {
    const all = exported.map(({ name }) => name).filter((name) => !NOT_WRITTEN.includes(name))
    expect(all.filter((name) => !examples.some(([example]) => example === name))).toEqual([])
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^websocket-/)])
  })
})

test('no line is longer than an editor shows', () => {
  const docs = exported.flatMap((one) => [docstring(one).doc, ...fieldsOf(one).map(({ doc }) => `  ${doc}`)])
  expect(docs.flatMap((doc) => doc.split('\n')).filter((line) => line.length > MAX_COLUMNS)).toEqual([])
})
