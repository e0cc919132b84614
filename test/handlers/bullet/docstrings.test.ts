// What users of gensock/bullet read in their editor: what each export is for, what goes in and comes out, and examples that run
// as they stand.
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import { defaultNode } from 'gensock'
import * as bulletDoor from 'gensock/bullet'
import type { BulletHandler } from 'gensock/bullet'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import {
  documented,
  type Export,
  examplesOf,
  expectFunctionDocs,
  expectTypeDocs,
  exportsOf,
  type Names,
  runExample,
} from '../../docstrings.js'

const MAX_COLUMNS = 128
const exported = exportsOf('handlers/bullet/index.ts')
const files = [...new Set(exported.map(({ file }) => file))]
const docOf = ({ name, isType, file }: Export): NonNullable<ReturnType<typeof documented>> => {
  const keyword = isType ? '(?:interface|type)' : 'function'
  return (
    documented(readFileSync(`src/${file}`, 'utf8'), new RegExp(`^export ${keyword} ${name}\\b`, 'm')) ?? { doc: '', line: '' }
  )
}

/** Bullet's README: a very simple handler. */
const streamHandler: BulletHandler<number> = {
  init: (_transport, req) => ['ok', req, 0],
  stream: (data, req, state) => ['reply', data === 'ping' ? 'pong' : data, req, state],
  info: (_info, req, state) => ['ok', req, state],
  terminate: () => 'ok',
}

afterEach(() => defaultNode().stop())

test('the door has these and no others', () => {
  expect(Object.keys(bulletDoor)).toEqual(['bullet'])
  const names = exported.map(({ name }) => name).toSorted()
  expect(names).toEqual(['BulletHandler', 'BulletInitResult', 'BulletResult', 'BulletTransport', 'Req', 'bullet'])
})

test('bullet says what goes in, what comes out, what it throws, and where it is from', () => {
  const found = exported.find(({ name }) => name === 'bullet') as Export
  expectFunctionDocs(docOf(found), bulletDoor.bullet, { throws: true })
})

describe('types', () => {
  test.each(exported.filter(({ isType }) => isType).map((type) => [type.name, type] as const))('%s', (_name, type) => {
    expectTypeDocs(docOf(type).doc)
  })
})

describe('examples', () => {
  const examples = files.flatMap((file) => examplesOf(file, 'function|const|interface|type'))
  test.each(examples)('%s', async (_name, code) => {
    const node = testing.testNode()
    const before = (): Names => ({ ...gensock, ...socket, ...testing, ...bulletDoor, node, streamHandler })
    await expect(runExample(code, before)).resolves.toBeUndefined()
    await node.stop()
  })
  test('there is one for whatever users write', () => {
    expect(examples.map(([name]) => name).toSorted()).toEqual(['BulletHandler', 'BulletInitResult', 'BulletResult', 'bullet'])
  })
})

test.each(files)('docstrings of %s fit into the columns of an editor', (file) => {
  const long = readFileSync(`src/${file}`, 'utf8')
    .split('\n')
    .filter((line) => /^ *\/?\*/.test(line) && line.length > MAX_COLUMNS)
  expect(long).toEqual([])
})
