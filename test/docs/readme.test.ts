// Holds README.md to what is measured and to what is there.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { blocksOf } from './blocks.js'

const readme = readFileSync('README.md', 'utf8')
const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim())

describe('README.md', () => {
  test('has at most 200 lines, and its first handler at most 15', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200)
    expect(blocksOf('README.md')[1]?.code.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  })

  test('what it costs is what bench/README.md has measured, row by row', () => {
    const measured = readFileSync('bench/README.md', 'utf8').split('\n').map(cellsOf)
    const costs = readme.slice(readme.indexOf('### What it costs'), readme.indexOf('## Doors')).split('\n').map(cellsOf)
    const rows = costs.filter(([, , ours]) => /^\d/.test(ours ?? ''))
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      const [what, ...figures] = row.slice(1, -1)
      const source = measured.find((cells) => cells.slice(0, 3).includes(what as string))
      expect([what, figures.filter((figure) => source?.includes(figure) !== true)]).toEqual([what, []])
    }
  })

  test('each test that it names is there', () => {
    const named = [...readme.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => path as string)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })

  test('each door of the package has its row, and no other', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> }
    const doors = Object.keys(exports).filter((name) => name !== './package.json' && name !== './testing/jest')
    const rows = [...readme.matchAll(/^\| `(gensock[\w/-]*)` \|/gm)].map(([, name]) => name)
    expect(new Set(rows)).toEqual(new Set(doors.map((name) => name.replace('.', 'gensock'))))
    expect(rows).toHaveLength(doors.length)
  })
})
