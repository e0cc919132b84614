// What users read in their editor: each public function and type of these rooms says what it is for, what goes in, what comes
// out, what it throws, and where it is from.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { application, child, dynamicSupervisor, genEvent, pg, supervisor, sys, task } from 'gensock'
import { type Documented, documented, expectFunctionDocs, expectTypeDocs, exportsOf } from '../docstrings.js'

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

/** The docstring of a declaration in one of a room's files. */
function docstring(room: string, declaration: RegExp): Documented {
  for (const [file, source] of text) {
    const found = OWNERS[room]?.test(file) === true ? documented(source, declaration) : undefined
    if (found !== undefined) return found
  }
  return { doc: '', line: '' }
}

describe('functions', () => {
  const all = Object.entries({ task, application, genEvent, sys, pg, supervisor, dynamicSupervisor, child: { child } }).flatMap(
    ([room, api]) => Object.entries(api).map(([name, fn]) => [`${room}.${name}`, room, fn] as const),
  )
  test.each(all)('%s', (name, room, fn: Function) => {
    const declaration = new RegExp(`^(?:export )?(?:async )?function ${fn.name}\\b`, 'm')
    expectFunctionDocs(docstring(room, declaration), fn, { throws: !NEVER_THROW.includes(name) })
  })

  test('the list has them all', () => {
    expect(all.length).toBe(10 + 5 + 17 + 8 + 11 + 11 + 7 + 1)
  })
})

describe('types', () => {
  const all = exportsOf('index.ts').flatMap(({ name, isType, file }) => {
    const room = Object.entries(OWNERS).find(([, owns]) => owns.test(file))?.[0]
    return isType && room !== undefined ? [[name, room] as const] : []
  })
  test.each(all)('%s says what it is for', (name, room) => {
    expectTypeDocs(docstring(room, new RegExp(`^export (?:interface|type) ${name}\\b`, 'm')).doc)
  })

  test('the list has them all', () => {
    expect(all.length).toBeGreaterThan(45)
  })
})
