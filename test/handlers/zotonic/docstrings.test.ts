// What users of this door read in their editor: every function and type says what it is for, what goes in, what comes out, what
// it throws and where it is from; each field what it means; and the examples run as they stand, `// => value` is what a line
// answers.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { self, sendAfter } from 'gensock'
import * as zotonic from 'gensock/zotonic'
import {
  type Documented,
  documented,
  type Export,
  examplesOf,
  expectFunctionDocs,
  expectTypeDocs,
  exportsOf,
  fieldsOf,
  runExample,
} from '../../docstrings.js'

const MAX_COLUMNS = 128
/** Types that the library writes, or that say nothing beside what they are built of. */
const NOT_WRITTEN = ['Controller', 'Dispatch', 'EndCause', 'IoData', 'ReqData', 'UrlFor', 'ZotonicReason']

const exported = exportsOf('handlers/zotonic/index.ts')
const api: Readonly<Record<string, unknown>> = zotonic
const types = exported.filter(({ isType }) => isType)
const values = exported.filter(({ isType }) => !isType)
const functions = values.filter(({ name }) => typeof api[name] === 'function')
const sourceOf = (file: string): string => readFileSync(`src/${file}`, 'utf8')
function docstring({ name, isType, file }: Export): Documented {
  const keyword = isType ? '(?:interface|type)' : '(?:(?:async )?function|const)'
  return documented(sourceOf(file), new RegExp(`^export ${keyword} ${name}\\b`, 'm')) ?? { doc: '', line: '' }
}
const named = (list: readonly Export[]): (readonly [string, Export])[] => list.map((one) => [one.name, one])

describe('functions', () => {
  test.each(named(functions))('%s', (name, one) => {
    expectFunctionDocs(docstring(one), api[name] as Function, { throws: true })
  })
})

describe('controllers and rules', () => {
  test.each(named(values.filter((one) => !functions.includes(one))))('%s', (_name, one) => {
    expect(docstring(one).doc).toMatch(/^\/\*\*\n \* [A-Z][^@]*\n \*\n \* @example\n[^]*\n \* @see Zotonic 0\.10/)
  })
})

describe('types', () => {
  test.each(named(types))('%s', (name, type) => {
    const { doc } = docstring(type)
    expectTypeDocs(doc)
    expect(doc).toContain(' @see ')
    expect(doc.includes('@example\n')).toBe(!NOT_WRITTEN.includes(name))
  })
})

const fields = types.flatMap((type) => fieldsOf(type).map((field) => [`${type.name}.${field.name}`, field] as const))

describe('fields', () => {
  test.each(fields)('%s', (_title, { isOptional, doc }) => {
    expect(doc).toMatch(/^\/\*\*(?: |\n {3}\* )[A-Z`0-9]/)
    if (isOptional) expect(doc).toMatch(/\b(?:Default|Without|Undefined)\b/)
  })
})

describe('the examples', () => {
  const examples = [...new Set(exported.map(({ file }) => file))].flatMap((file) =>
    examplesOf(file, 'function|const|interface|type'),
  )
  const names = { ...zotonic, createServer, self, sendAfter }
  test.each(examples)('of %s', async (_name, code) => {
    expect(code.trim().split('\n').at(-1)).toMatch(/ \/\/ => /)
    await runExample(code, () => names)
  })

  test('are all of what the door exports', () => {
    const all = exported.map(({ name }) => name).filter((name) => !NOT_WRITTEN.includes(name))
    expect(all.filter((name) => !examples.some(([example]) => example === name))).toEqual([])
  })
})

test('the lists have them all', () => {
  expect(values.map(({ name }) => name).toSorted()).toEqual(Object.keys(api).toSorted())
  expect(functions.map(({ name }) => name).toSorted()).toEqual(['dispatch', 'ensureAll', 'streamTag', 'websocketSendData'])
  expect(types.length).toBeGreaterThanOrEqual(16)
  expect(fields.length).toBeGreaterThan(30)
})

test('no line is longer than an editor shows', () => {
  const docs = exported.flatMap((one) => [docstring(one).doc, ...fieldsOf(one).map(({ doc }) => `  ${doc}`)])
  expect(docs.flatMap((doc) => doc.split('\n')).filter((line) => line.length > MAX_COLUMNS)).toEqual([])
})
