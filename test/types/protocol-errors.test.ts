// What a person reads in the editor who makes a mistake with a contract: each file of protocol-errors is one, and what the compiler says of
// it is kept as a snapshot. A message that is to change is looked at first, then written by `jest -u`.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { typeErrorsIn } from '../compiler.js'

const MISTAKES = 'test/types/protocol-errors'
const FOLDER = resolve(`node_modules/.cache/protocol-errors-${process.pid}`)
/** Lines of one error. More of them, or longer ones, are not read. */
const MAX_LINES = 7
const MAX_COLUMNS = 720

const files = readdirSync(MISTAKES).filter((name) => name !== 'contract.ts')
/** File -> its errors, in their order. */
const said = new Map<string, string[]>(files.map((name) => [name, []]))

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  cpSync(MISTAKES, FOLDER, { recursive: true })
  let errors: string[] = []
  for (const line of (await typeErrorsIn(FOLDER)).trimEnd().split('\n')) {
    const [, name, rest] = /^[^\s(]*?([^\s/(]+)(\(\d+,\d+\): .*)$/.exec(line) ?? []
    if (name === undefined) errors.push(`${errors.pop()}\n${line}`)
    else {
      errors = said.get(name) ?? []
      said.set(name, errors)
      errors.push(rest as string)
    }
  }
}, 120_000)
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('no other file has errors', () => {
  expect([...said.keys()]).toEqual(files)
})
describe.each(files)('%s', (name) => {
  test('the compiler says the same as ever', () => {
    expect(said.get(name)).not.toEqual([])
    expect(`\n${said.get(name)?.join('\n')}\n`).toMatchSnapshot()
  })
  test('what it says can be read', () => {
    const tooLong = said.get(name)?.filter((error) => {
      const lines = error.split('\n')
      return lines.length > MAX_LINES || lines.some(({ length }) => length > MAX_COLUMNS)
    })
    expect(tooLong).toEqual([])
  })
})
