// The tables of a page of documentation, and TypeScript of what stands in their cells: every piece of code in the columns that show our
// side is an expression in a context that declares what it names, so that the compiler finds what is not there.
import { readFileSync } from 'node:fs'
import type { Block } from './blocks.js'

export interface Row {
  readonly line: number
  readonly cells: readonly string[]
}
export interface Table {
  /** The heading that it stands under. */
  readonly section: string
  readonly header: readonly string[]
  readonly rows: readonly Row[]
}

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split(/ \|(?= |$)/)
    .map((cell) => cell.trim())

/** The tables of a page, in order. */
export function tablesOf(page: string): Table[] {
  const lines = readFileSync(page, 'utf8').split('\n')
  let section = ''
  return lines.flatMap((line, index) => {
    if (line.startsWith('## ')) section = line.slice(3)
    if (!line.startsWith('|') || lines[index + 1]?.startsWith('| -') !== true) return []
    const end = lines.findIndex((other, at) => at > index && !other.startsWith('|'))
    const rows = lines.slice(index + 2, end < 0 ? undefined : end)
    return [{ section, header: cellsOf(line), rows: rows.map((row, at) => ({ line: index + 3 + at, cells: cellsOf(row) })) }]
  })
}
/** The one whose first heading is this. */
export function tableOf(page: string, first: string): Table {
  const found = tablesOf(page).find(({ header }) => header[0] === first)
  if (found === undefined) throw new Error(`${page} has no table that begins with ${first}`)
  return found
}
/** The pieces of code of a cell. */
export function codeOf(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string)
}

/** How the cells of tables are to be read. */
export interface Context {
  /** Imports and declarations. */
  readonly names: string
  /** The columns that show our side: the type of a tuple, text or object there. `answer`: what the callback above it answers. */
  readonly columns: Readonly<Record<string, string>>
}

/** What a handler is told, in any column. */
const TOLD = /^\{ type: /
const CALLBACK = /^(?:init|websocket\w+|handle\w+)(?=\()/

/** A module that holds the pieces of code of a table to their context. */
export function moduleOf(page: string, { header, rows }: Table, { names, columns }: Context): Block {
  let answer = 'answer'
  const statements = rows.flatMap(({ line, cells }) =>
    cells.flatMap((cell, column) => {
      const type = columns[header[column] as string]
      const own = codeOf(cell).filter((code) => type !== undefined || TOLD.test(code))
      return own.map((code) => {
        const callback = CALLBACK.exec(code)?.[0]
        if (callback !== undefined) answer = `Awaited<ReturnType<typeof ${callback}>>`
        return `${statementOf(code, type === 'answer' ? answer : (type ?? 'never'))} // line ${line}`
      })
    }),
  )
  const code = [names, ...statements, ''].join('\n')
  return { page, line: rows[0]?.line ?? 0, language: 'ts', flags: [], before: '', code, after: '', file: undefined }
}

function statementOf(code: string, type: string): string {
  if (TOLD.test(code))
    return `{ const [code, reason, data] = [1000, 'bye', bytes] as const; void code; void reason; void data; void (${code} satisfies Told) }`
  if (/^\w+: /.test(code)) return `void ({ ${code} } satisfies Options)`
  if (/^['[({]/.test(code)) return `void ((${code}) satisfies ${type})`
  return `void (${code})`
}
