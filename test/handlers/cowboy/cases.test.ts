// The table of Cowboy's cases: each number of case-numbers.json has exactly one test that runs, and cases.json says which. And
// what the check of all tables finds, shown with this one.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { change, check, copyOf, describeTable } from '../cases.js'

const FOLDER = 'test/handlers/cowboy'

describeTable({ letter: 'C', folder: FOLDER, count: 62 })

describe('the check itself', () => {
  let folder: string
  beforeEach(() => {
    folder = copyOf(FOLDER)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('finds what is missing, doubled, unknown, misspelled, skipped, alone, conditional or in a comment', () => {
    change(join(folder, 'cases-upgrade.test.ts'), [
      ["test('C1. Given a", "test('C1. With a"],
      ["test('C2. ", "test('C3. "],
      ["test('C5. ", "test('C4. "],
      ["test('C7. ", "test.skip('C7. "],
      ["test('C8. ", "test['only']('C8. "],
      ["test('C9. ", "test.todo('C9. "],
      ["test('C12. ", "if (process.env.X) test('C12. "],
      ["test('C13. ", "xtest('C13. "],
      ["test('C15. ", "test('L15. "],
      [/ {2}test\('C17\. [\s\S]*?\n {2}\}\)\n/, '  // test("C17. Given a comment, when it is read, then it is no test")\n'],
    ])
    change(join(folder, 'cases-close.test.ts'), [["describe('close", "describe.skip('close"]])
    const { status, stderr } = check('C', folder)
    expect(status).toBe(1)
    const faults = stderr.trim().replaceAll(/(?<="(?:C1|L15)\. \w+ ).*(?=" is not)/g, '...')
    expect(faults.split('\n').toSorted()).toEqual(
      [
        ...[1, 2, 5, 7, 8, 9, 12, 13, 15, 17, 27, 28, 29, 31, 32, 33, 35, 37, 38].map((number) => `C${number} has no test`),
        'C4 is not in case-numbers.json',
        'cases-close.test.ts: describe.skip leaves tests out',
        'cases-upgrade.test.ts: C3 has a second test',
        'cases-upgrade.test.ts: test.only leaves tests out',
        'cases-upgrade.test.ts: test.skip leaves tests out',
        'cases-upgrade.test.ts: test.todo leaves tests out',
        'cases-upgrade.test.ts: xtest leaves tests out',
        'cases-upgrade.test.ts: "C1. With ..." is not "C<number>. Given ..., when ..., then ...[; differs: ...]"',
        'cases-upgrade.test.ts: "L15. Given ..." is not "C<number>. Given ..., when ..., then ...[; differs: ...]"',
      ].toSorted(),
    )
  })
})
