// The table of error codes, docs/errors.md and the code say the same.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ERROR_CODES } from 'gensock'

const ROOT = process.cwd()
const TABLE = join('base', 'errors.ts')
const CODE = /GENSOCK_ERR_[A-Z_]*[A-Z]/g
const codes = Object.keys(ERROR_CODES)
const docs = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
const sections = new Map(
  docs
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section.slice(section.indexOf('\n')).trim()] as const),
)
const sources = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(ROOT, 'src', name), 'utf8')] as const)

/** Code -> the files that make an error of it: as a text in the code, comments left out. */
const uses = new Map<string, string[]>()
for (const [name, text] of sources) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const own = name === TABLE ? code.slice(code.indexOf('export type ErrorCode')) : code
  for (const [found] of own.matchAll(CODE)) uses.set(found, [...(uses.get(found) ?? []), name])
}

describe('error codes', () => {
  test('each code of the table is made somewhere in src', () => {
    expect(codes.filter((code) => !uses.has(code))).toEqual([])
  })

  test('no code outside the table: not in src, its comments included, nor in the docs', () => {
    const found = [...sources.map(([, text]) => text), docs].flatMap((text) => [...text.matchAll(CODE)].map(([code]) => code))
    expect([...new Set(found)].filter((code) => !codes.includes(code))).toEqual([])
  })

  test('docs/errors.md explains each code once, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(codes)
    expect(docs.match(/^## /gm)).toHaveLength(codes.length)
  })

  test.each(Object.entries(ERROR_CODES))(
    '%s: the docs begin with the line of the table and give cause and cure',
    (code, meaning) => {
      const section = sections.get(code) ?? ''
      const [first] = section.split('\n\n')
      expect(first).toBe(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`)
      expect(section).toMatch(/^\*\*Cause\.\*\* \S/m)
      expect(section).toMatch(/^\*\*Cure\.\*\* \S/m)
    },
  )

  test('a thrown code is never put together from parts', () => {
    for (const [name, text] of sources) expect(`${name} ${/['"`]GENSOCK_ERR_(?:\$|['"`])/.test(text)}`).toBe(`${name} false`)
  })
})
