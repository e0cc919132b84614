// What users of gensock/client read in their editor: the function says what goes in, what comes out, what it throws and where
// it is from; each type what it is for, each of its fields what it means. And the examples run as they stand.
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as door from 'gensock/client'
import { settingsOf } from '../../src/client/options.js'
import { documented, examplesOf, expectFunctionDocs, expectTypeDocs, exportsOf, runExample } from '../docstrings.js'
import { FakeWorld } from './world.js'

const exported = exportsOf('client/index.ts')
const types = exported.filter(({ isType }) => isType)
const files = [...new Set(exported.map(({ file }) => file))]
const source = (file: string): string => readFileSync(`src/${file}`, 'utf8')

test('connect says what goes in, what comes out, what it throws', () => {
  expect(Object.keys(door)).toEqual(['connect'])
  const doc = documented(source('client/connect.ts'), /^export function connect\b/m)
  expectFunctionDocs(doc as NonNullable<typeof doc>, door.connect, { throws: false })
  expect(doc?.doc).toContain('@throws {TypeError} ')
})

describe('types', () => {
  test.each(types.map(({ name, file }) => [name, file] as const))('%s', (name, file) => {
    const doc = documented(source(file), new RegExp(`^export (?:interface|type) ${name}\\b`, 'm'))
    expectTypeDocs(doc?.doc ?? '')
  })

  test('the list has them all', () => {
    const declared = [...source('client/types.ts').matchAll(/^export (?:interface|type) (\w+)/gm)].map(
      ([, name]) => name as string,
    )
    expect(types.map(({ name }) => name).toSorted()).toEqual(declared.toSorted())
  })

  test('each option says what it is without being given, and that is so', () => {
    const body = /export interface ClientOptions \{\n([\s\S]*?)\n\}/.exec(source('client/types.ts'))?.[1] ?? ''
    const fields = [...body.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}readonly (\w+)\?/g)].map(([, doc, name]) => {
      const text = (doc as string).replaceAll(/\s+(?:\*\s)?/g, ' ').trim()
      return [name, /Default:? (.*)\.$/.exec(text)?.[1]]
    })
    const { transports, resume, heartbeatMs, pace, token } = settingsOf({})
    const list = `\`[${transports.map((name) => `'${name}'`).join(', ')}]\``
    const thousands = (ms: number): string => String(ms).replace(/(\d)(\d{3})$/, '$1 $2')
    expect(fields).toEqual([
      ['transports', list],
      ['token', token ?? 'none'],
      ['resume', String(resume)],
      ['heartbeatMs', thousands(heartbeatMs)],
      ['backoff', `${thousands(pace.firstMs)} and ${thousands(pace.maxMs)} ms`],
      ['preset', 'none'],
    ])
  })
})

describe('examples', () => {
  const names = ['WebSocket', 'document'] as const
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  let connection: door.Client | undefined
  beforeEach(() => {
    const { env } = new FakeWorld()
    for (const name of names) Object.defineProperty(globalThis, name, { value: env[name], configurable: true })
  })
  afterEach(() => {
    connection?.close()
    connection = undefined
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, value)
    }
  })
  const connect: typeof door.connect = (...given) => (connection = door.connect(...given))

  test.each(files.flatMap((file) => examplesOf(file, 'function|interface')))('of %s', async (_name, code) => {
    await runExample(code, () => ({ connect, console: { log: () => undefined } }))
    expect(connection?.state).toBe('connecting')
  })
})

test('no line is longer than what an editor shows', () => {
  for (const file of files)
    expect(
      source(file)
        .split('\n')
        .filter((line) => line.length > 128),
    ).toEqual([])
})
