// The table of Cowboy's cases: each number of case-numbers.json has exactly one test that runs, and cases.json says which.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const FOLDER = 'test/handlers/cowboy'
const check = (...args: string[]): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, ['scripts/c-cases.mjs', '--check', ...args], { encoding: 'utf8' })

test('every public number has one test, none is left out, and cases.json is what the titles say', () => {
  expect(check()).toMatchObject({ status: 0, stderr: '' })
  const numbers = JSON.parse(readFileSync(join(FOLDER, 'case-numbers.json'), 'utf8')) as number[]
  const table = JSON.parse(readFileSync(join(FOLDER, 'cases.json'), 'utf8')) as Record<string, { title: string; file: string }>
  expect(numbers).toHaveLength(62)
  expect(Object.keys(table)).toEqual(numbers.map((number) => `C${number}`))
  for (const [name, { title, file }] of Object.entries(table)) {
    expect(title.startsWith(`${name}. `)).toBe(true)
    expect(readFileSync(join(FOLDER, file), 'utf8')).toMatch(new RegExp(`^  test\\(['"]${name}\\. `, 'm'))
  }
})

describe('the check itself', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cases-'))
    const files = readdirSync(FOLDER).filter((name) => /^cases-.*\.test\.ts$|\.json$/.test(name))
    for (const name of files) cpSync(join(FOLDER, name), join(folder, name))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Changes a file of the copy; each of these texts must be in it. */
  function change(file: string, changes: readonly (readonly [text: string | RegExp, other: string])[]): void {
    const path = join(folder, file)
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

  test('finds what is missing, doubled, unknown, misspelled, skipped, alone, conditional or in a comment', () => {
    change('cases-upgrade.test.ts', [
      ["test('C1. Given a", "test('C1. With a"],
      ["test('C2. ", "test('C3. "],
      ["test('C5. ", "test('C4. "],
      ["test('C7. ", "test.skip('C7. "],
      ["test('C8. ", "test['only']('C8. "],
      ["test('C9. ", "test.todo('C9. "],
      ["test('C12. ", "if (process.env.X) test('C12. "],
      ["test('C13. ", "xtest('C13. "],
      [/ {2}test\('C17\. [\s\S]*?\n {2}\}\)\n/, '  // test("C17. Given a comment, when it is read, then it is no test")\n'],
    ])
    change('cases-close.test.ts', [["describe('close", "describe.skip('close"]])
    const { status, stderr } = check(folder)
    expect(status).toBe(1)
    const faults = stderr.trim().replace(/(?<="C1\. With).*(?=" is not)/, '')
    expect(faults.split('\n').toSorted()).toEqual(
      [
        ...[1, 2, 5, 7, 8, 9, 12, 13, 17, 27, 28, 29, 31, 32, 33, 35, 37, 38].map((number) => `C${number} has no test`),
        'C4 is not in case-numbers.json',
        'cases-close.test.ts: describe.skip leaves tests out',
        'cases-upgrade.test.ts: C3 has a second test',
        'cases-upgrade.test.ts: test.only leaves tests out',
        'cases-upgrade.test.ts: test.skip leaves tests out',
        'cases-upgrade.test.ts: test.todo leaves tests out',
        'cases-upgrade.test.ts: xtest leaves tests out',
        'cases-upgrade.test.ts: "C1. With" is not "C<number>. Given ..., when ..., then ...[; differs: ...]"',
      ].toSorted(),
    )
  })

  test('finds a table that is not what the titles say', () => {
    change('cases-upgrade.test.ts', [["test('C13. Given the", "test('C13. Given this"]])
    expect(check(folder)).toMatchObject({ status: 1, stderr: 'cases.json is not what the titles say: npm run cases\n' })
  })

  test('finds nothing in files that are as they should be', () => {
    expect(check(folder)).toMatchObject({ status: 0, stderr: '' })
  })
})
