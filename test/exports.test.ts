// What users read in their editor and in the API reference: each export of each door says what it is for, what goes in and out with
// its units, what it throws, how it is used and where it is from. Its examples run: exports/examples.test.ts.
import { describe, expect, test } from '@jest/globals'
import { declarationsOf } from './exports/declarations.js'
import { doors, type Export, exportsOf } from './exports/doors.js'
import { faultsOf } from './exports/rules.js'

const all = doors()

describe.each(all.map((door) => [door.name, door] as const))('%s', (name, door) => {
  const exported = exportsOf(door)

  test('the lists have what it exports at run time', async () => {
    const values = exported.filter(({ kind, title }) => /^(?:function|class|const)$/.test(kind) && !title.includes('.'))
    expect(values.map(({ title }) => title).toSorted()).toEqual(Object.keys(await import(name)).toSorted())
  })

  test.each(exported.map((one) => [one.title, one] as const))('%s', (_title, one) => {
    expect(faultsOf(one)).toEqual([])
  })
})

describe('what is missing is found', () => {
  const given = (title: string, change: (doc: string) => string): string[] => {
    const one = all.flatMap(exportsOf).find((exported) => exported.title === title) as Export
    return faultsOf({ ...one, doc: change(one.doc) })
  }
  test.each([
    ['sendAfter', / \* Sends.*\n/, 'no purpose'],
    ['sendAfter', / \* @param dest .*\n/, 'no @param dest -'],
    ['sendAfter', /whole milliseconds/, 'delayMs: no unit'],
    ['sendAfter', /@returns/, 'no @returns'],
    ['sendAfter', / \* @throws .*\n/, 'no @throws {'],
    ['sendAfter', /`GENSOCK_ERR_BADARG`/, 'an error without its code'],
    ['sendAfter', /@example/, 'no @example'],
    ['sendAfter', /@see/, 'no @see'],
    ['genServer', /@example/, 'no @example'],
    ['genServer', /@namespace/, 'no @namespace'],
    ['Crash', /@see/, 'no @see'],
    ['Dest', /@see/, 'no @see'],
    ['SpawnOptions', /@example/, 'no @example'],
  ])('%s without %s: %s', (title, part, fault) => {
    expect(given(title, (doc) => doc.replace(part, ''))).toEqual([fault])
  })

  test('a field without its purpose, its unit, or what holds without it', () => {
    const one = { ...(all.flatMap(exportsOf).find(({ title }) => title === 'NodeOptions') as Export) }
    const fields = [
      { name: 'clock', isOptional: false, doc: '' },
      { name: 'drainMs', isOptional: false, doc: '/** A time. */' },
      { name: 'maxBytes', isOptional: true, doc: '/** A size in bytes. */' },
    ]
    expect(faultsOf({ ...one, fields })).toEqual([
      'clock: no purpose',
      'drainMs: drainMs: no unit',
      'maxBytes: not what holds without it',
    ])
  })

  test('an error is found through imports and namespaces, and not in a function that runs later', () => {
    const throwing = (file: string, name: string): boolean =>
      faultsOf({ ...(declarationsOf(file).get(name) as Export), file, title: name, door: '', doc: '' }).includes('no @throws {')
    expect(throwing('runtime/free.ts', 'link')).toBe(true)
    expect(throwing('runtime/free.ts', 'makeRef')).toBe(false)
  })
})
