// What users of gensock/socket and gensock/testing read in their editor: each function says what goes in, what comes out, what it
// throws and where it is from; each type what it is for, each of its fields what it means.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import { LISTENER_DEFAULTS } from '../../src/sockets/listener-options.js'
import { ROUTE_DEFAULTS } from '../../src/sockets/options.js'
import {
  type Documented,
  documented,
  type Export,
  expectFunctionDocs,
  expectTypeDocs,
  exportsOf,
  fieldsOf,
} from '../docstrings.js'

/** Nothing can go wrong when they are called. */
const NEVER_THROW = ['text', 'binary', 'close', 'accept', 'reject', 'defineHandler', 'virtualClock', 'transportSuite']
/** Types that the library writes, or that say nothing beside what they are built of. */
const NOT_WRITTEN = ['RefusalReason', 'StateOf', 'SocketHandlerShape', 'SocketHandlerTyped', 'SocketLimits', 'Route', 'RouteRest']
/** Neither functions nor types: documented as a type is. */
const CONSTANTS = ['matchers']
const MAX_COLUMNS = 128

const exported = ['sockets/index.ts', 'testing/index.ts'].flatMap(exportsOf)
const types = exported.filter(({ isType }) => isType)
const sourceOf = (file: string): string => readFileSync(`src/${file}`, 'utf8')
function docstring({ name, isType, file }: Export): Documented {
  const keyword = isType ? '(?:interface|type)' : '(?:(?:async )?function|class)'
  return documented(sourceOf(file), new RegExp(`^export ${keyword} ${name}\\b`, 'm')) ?? { doc: '', line: '' }
}

describe('functions', () => {
  const api: Readonly<Record<string, unknown>> = { ...socket, ...testing }
  const all = exported.filter(({ isType }) => !isType).map((one) => [one.name, one] as const)
  const callable = all.filter(([name]) => !CONSTANTS.includes(name))
  test.each(callable)('%s', (name, one) => {
    expectFunctionDocs(docstring(one), api[name] as Function, { throws: !NEVER_THROW.includes(name) })
  })

  test.each(CONSTANTS)('the constant %s', (name) => {
    const { file } = exported.find((one) => one.name === name) as Export
    expectTypeDocs(documented(sourceOf(file), new RegExp(`^export const ${name}\\b`, 'm'))?.doc ?? '')
  })

  test('the list has them all', () => {
    expect(all.map(([name]) => name).sort()).toEqual(Object.keys(api).sort())
  })
})

describe('types', () => {
  test.each(types.map((type) => [type.name, type] as const))('%s', (name, type) => {
    const { doc } = docstring(type)
    expectTypeDocs(doc)
    expect(doc.includes('@example\n')).toBe(!NOT_WRITTEN.includes(name))
  })

  test('the list has them all', () => {
    expect(types.length).toBeGreaterThan(45)
  })
})

describe('fields', () => {
  const all = types.flatMap((type) => fieldsOf(type).map((field) => [`${type.name}.${field.name}`, field] as const))
  test.each(all)('%s', (_title, { name, isOptional, doc }) => {
    expect(doc).toMatch(/^\/\*\*(?: |\n {3}\* )[A-Z`0]/)
    if (isOptional) expect(doc).toMatch(/\b(?:Default|Without)\b/)
    if (name.endsWith('Ms') || name === 'expiresAt') expect(doc).toMatch(/\bms\b/)
    if (name.endsWith('Bytes')) expect(doc).toMatch(/\bbytes\b/i)
  })

  test('the list has them all', () => {
    expect(all.length).toBeGreaterThan(120)
  })

  const defaults = Object.entries({ ...ROUTE_DEFAULTS, ...LISTENER_DEFAULTS })
  const told = defaults.flatMap(([name, value]) => {
    const field = all.find(
      ([title]) => /^(?:RouteOptions|SocketLimits|ListenerOptions)\./.test(title) && title.endsWith(`.${name}`),
    )
    const inWords = /Default(?: (?:none|infinity)|:)/.test(field?.[1].doc ?? '')
    return field === undefined || inWords ? [] : [[name, value, field[1].doc] as const]
  })
  test.each(told)('the default of %s is %p', (_name, value, doc) => {
    const written = /Default ([\d ]*\d|'?\w+'?)/.exec(doc)?.[1] ?? ''
    expect(written.replaceAll(' ', '').replaceAll("'", '"')).toBe(JSON.stringify(value))
  })

  test('most defaults are told', () => {
    expect(told.length).toBeGreaterThanOrEqual(15)
  })
})

test('no line is longer than an editor shows', () => {
  const docs = exported.flatMap((one) => [docstring(one).doc, ...fieldsOf(one).map(({ doc }) => `  ${doc}`)])
  expect(docs.flatMap((doc) => doc.split('\n')).filter((line) => line.length > MAX_COLUMNS)).toEqual([])
})
