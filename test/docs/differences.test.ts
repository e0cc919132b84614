// docs/differences-from-otp.md: each row is shown by something that is there, and everything that says that it differs has its row.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROWS } from './differences.js'

const PAGE = 'docs/differences-from-otp.md'
const read = (path: string): string => readFileSync(path, 'utf8')
const proofs = new Set(ROWS.flatMap(([, ...found]) => found))
const filesOf = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
/** What begins with the text of a proof is named by it. */
const isNamed = (path: string, text: string): boolean =>
  [...proofs].some((proof) => proof.startsWith(`${path}: `) && text.startsWith(proof.slice(path.length + 2)))

test('each row of the tables is shown by something, and nothing is shown that has no row', () => {
  const rows = [...read(PAGE).matchAll(/^\| (?!OTP \||---)(.*?) \| .* \|$/gm)].map(([, first]) => first)
  expect(rows).toEqual(ROWS.map(([row]) => row))
  expect(ROWS.filter((row) => row.length < 2)).toEqual([])
})

test('what shows it is there, word for word', () => {
  const missing = [...proofs].filter((proof) => {
    const [path = '', text = ''] = proof.split(/: (.*)/s)
    return text === '' || !read(path).includes(text)
  })
  expect(missing).toEqual([])
})

test('each test that says "differs:" has its row', () => {
  const titles = ['test/otp', 'test/behaviours', 'test/runtime', 'test/groups']
    .flatMap(filesOf)
    .flatMap((path) =>
      [...read(path).matchAll(/test\(\s*(['"`])(differs: .*?)\1, /g)].map(([, , title]) => [path, title as string] as const),
    )
  expect(titles.length).toBeGreaterThan(15)
  expect(titles.filter(([path, title]) => !isNamed(path, title))).toEqual([])
})

test('each docstring that says in what it differs from OTP or Elixir has its row', () => {
  const found = filesOf('src').flatMap((path) =>
    [...read(path).matchAll(/@see (?:OTP|Elixir) [^@]*?Differs: ([^@]*?)(?:\n \*\/|\n \* @)/g)].map(
      ([, text]) => [path, (text as string).replaceAll(/\s*\n \* /g, ' ')] as const,
    ),
  )
  expect(found.length).toBeGreaterThan(5)
  expect(found.filter(([path, text]) => !isNamed(path, text))).toEqual([])
})

test('so has each point in which the recorded scenarios say that the library differs', () => {
  const path = 'test/otp/scenarios/README.md'
  const points = [
    ...(read(path)
      .split('the library differs:')[1]
      ?.matchAll(/^\* (.*)$/gm) ?? []),
  ].map(([, point]) => point as string)
  expect(points.length).toBeGreaterThan(5)
  expect(points.filter((point) => !isNamed(path, point))).toEqual([])
})

/** Reasons that say nothing of the library. */
const TALK = ['test/otp/manual/supervisor.test.ts: const TALK']

test('so has each reason for which a sentence of the manual is left out', () => {
  const reasons = filesOf('test/otp/manual').flatMap((path) => {
    const [, last = ''] = read(path).split('const NOT_HERE')
    const names = [...new Set([...last.matchAll(/(?:, |^ {4})([A-Z_]{3,})[,\]]/gm)].map(([, name]) => name))]
    return names.map((name) => `${path}: const ${name}`)
  })
  expect(reasons.length).toBeGreaterThan(20)
  expect(reasons.filter((reason) => !proofs.has(reason) && !TALK.includes(reason))).toEqual([])
})
