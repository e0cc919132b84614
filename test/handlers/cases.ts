// What the tests of the case tables share: the check of `npm run cases`, run over a folder or a copy of it.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

/** Which table: the letter of its numbers, its folder, how many they are. */
export interface Table {
  readonly letter: 'C' | 'Z' | 'B' | 'L'
  readonly folder: string
  readonly count: number
}
interface Row {
  readonly title: string
  readonly file: string
}

/** `node scripts/cases.mjs --check` for one table. `folder`: a copy in place of its own. */
export function check(letter: Table['letter'], folder: string): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, ['scripts/cases.mjs', '--check', letter, folder], { encoding: 'utf8' })
}

function rowsOf(folder: string): [number: string, row: Row][] {
  return Object.entries(JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Record<string, Row>)
}

/** A copy of what the table of a folder is made of. */
export function copyOf(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'cases-'))
  const files = readdirSync(folder).filter((name) => /^cases-.*\.test\.ts$|\.json$/.test(name))
  for (const name of files) cpSync(join(folder, name), join(copy, name))
  return copy
}

/** Changes a file; each of these texts must be in it. */
export function change(path: string, changes: readonly (readonly [text: string | RegExp, other: string])[]): void {
  const changed = changes.reduce(
    (source, [text, other]) => {
      const after = source.replace(text, other)
      expect(after).not.toBe(source)
      return after
    },
    readFileSync(path, 'utf8'),
  )
  writeFileSync(path, changed)
}

/** The tests that every table has. */
export function describeTable({ letter, folder, count }: Table): void {
  test('every public number has one test, none is left out, and cases.json is what the titles say', () => {
    expect(check(letter, folder)).toMatchObject({ status: 0, stderr: '' })
    const numbers = JSON.parse(readFileSync(join(folder, 'case-numbers.json'), 'utf8')) as number[]
    const rows = rowsOf(folder)
    expect(numbers).toHaveLength(count)
    expect(rows.map(([name]) => name)).toEqual(numbers.map((number) => `${letter}${number}`))
    for (const [name, { title, file }] of rows) {
      expect(title.startsWith(`${name}. `)).toBe(true)
      expect(readFileSync(join(folder, file), 'utf8')).toMatch(new RegExp(`^ *test\\(['"\`]${name}\\. `, 'm'))
    }
  })

  describe('a copy of the table', () => {
    let copy: string
    beforeEach(() => {
      copy = copyOf(folder)
    })
    afterEach(() => rmSync(copy, { recursive: true }))

    test('is sound as it is', () => {
      expect(check(letter, copy)).toMatchObject({ status: 0, stderr: '' })
    })

    test('is not when a test loses its number, or takes that of another', () => {
      const [[first, { file }], [second]] = rowsOf(folder) as [[string, Row], [string, Row]]
      change(join(copy, file), [[`${first}. Given `, `${second}. Given `]])
      const { status, stderr } = check(letter, copy)
      expect(status).toBe(1)
      expect(stderr).toContain(`${second} has a second test\n`)
      expect(stderr).toContain(`${first} has no test\n`)
    })

    test('is not when a title says something else', () => {
      const [[first, { file }]] = rowsOf(folder) as [[string, Row]]
      change(join(copy, file), [[`${first}. Given `, `${first}. Given, once more, `]])
      expect(check(letter, copy).status).toBe(1)
      change(join(copy, file), [[`${first}. Given, once more, `, `${first}. Given once more `]])
      expect(check(letter, copy)).toMatchObject({
        status: 1,
        stderr: `${letter}: cases.json is not what the titles say: npm run cases\n`,
      })
    })
  })
}
