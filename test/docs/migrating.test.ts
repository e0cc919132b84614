// Holds the migration pages to the code: what their tables name is there, callbacks are all named, defaults are the defaults, and every
// difference that a case of the handlers knows stands in a line. Their code blocks are run by test/docs.test.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { settingsOf } from '../../src/client/options.js'
import { SESSION_DEFAULTS } from '../../src/sessions/options.js'
import { LISTENER_DEFAULTS } from '../../src/sockets/listener-options.js'
import { ROUTE_DEFAULTS } from '../../src/sockets/options.js'
import { declarationsOf } from '../exports/declarations.js'
import { contextOf } from './migrating-contexts.js'
import { Modules } from './run.js'
import { codeOf, moduleOf, type Table, tableOf, tablesOf } from './tables.js'

const names = readdirSync('docs').filter((name) => name.startsWith('migrating-'))
const pages = names.map((name) => `docs/${name}`)
const tables = pages.flatMap((page) => tablesOf(page).map((table) => [page, table] as const))
const page = (from: string): string => `docs/migrating-from-${from}.md`
const fieldsOf = (file: string, name: string): string[] =>
  declarationsOf(file)
    .get(name)
    ?.fields.map((field) => field.name) ?? []
/** What a piece of code of a table is worth. */
const worth = (code: string): unknown => runInNewContext(`(${code})`)

test('there is a page for each system', () => {
  expect(names).toEqual(['chicago-boss', 'cowboy', 'socket-io', 'ws', 'zotonic'].map((name) => `migrating-from-${name}.md`))
})

test('what a table shows of gensock is there, under that name and of that type', async () => {
  const wrong: Table = {
    section: '',
    header: ['', 'gensock'],
    rows: ['`self.notThere`', "`['push', 7, state]`"].map((cell, line) => ({ line, cells: ['', cell] })),
  }
  const blocks = [
    ...tables.map(([page, table]) => moduleOf(page, table, contextOf(page, table))),
    { ...moduleOf('wrong', wrong, contextOf(page('ws'), wrong)), page: 'wrong.md' },
  ]
  const modules = new Modules(blocks)
  const errors = (await modules.typeErrors()).split('\n').filter((line) => line !== '' && !line.startsWith(' '))
  modules.remove()
  expect(errors.filter((line) => !line.startsWith('wrong.md'))).toEqual([])
  expect(errors).toHaveLength(2) // so that it is known to look
  expect(blocks.flatMap(({ code }) => [...code.matchAll(/ \/\/ line /g)]).length).toBeGreaterThan(250)
}, 120_000)

test.each([
  ['cowboy', 'Callbacks of 0.8 and 1.0', 'Cowboy08', 'handlers/cowboy/generation1.ts', []],
  ['cowboy', 'Callbacks of 2.0.0-pre.1', 'Cowboy20Pre', 'handlers/cowboy/cowboy20pre.ts', []],
  ['cowboy', 'Callbacks of 2.x', 'Cowboy2', 'handlers/cowboy/cowboy2.ts', []],
  ['zotonic', 'Callbacks', 'WsHandler', 'handlers/zotonic/types.ts', []],
  ['chicago-boss', 'Functions', 'Service', 'handlers/chicago-boss/types.ts', ['concurrency']],
  [
    'ws',
    'Events, methods, options',
    'SocketHandler',
    'sockets/handler.ts',
    ['upgrade', 'plain', 'info', 'call', 'defaults', 'upgradeCrashStatus'],
  ],
] as const)('%s, %s: names every callback of %s', (from, section, name, file, others) => {
  const cells = tablesOf(page(from)).flatMap((table) =>
    table.section === section ? table.rows.map(({ cells }) => cells[1]) : [],
  )
  const called = new Set(cells.flatMap((cell) => codeOf(cell)).flatMap((code) => /^(\w+)\(/.exec(code)?.[1] ?? []))
  const fields = fieldsOf(file, name)
  expect(fields.filter((field) => !called.has(field))).toEqual(others)
})

test('the options of Cowboy 2 are all there, with their defaults', () => {
  const { rows } = tableOf(page('cowboy'), 'option of `init` in 2.x')
  const fields = fieldsOf('handlers/cowboy/options.ts', 'Cowboy2Options')
  expect(rows.flatMap(({ cells }) => codeOf(cells[1])).sort()).toEqual(fields.sort())
  const [idle, frames] = ['idle_timeout', 'max_frame_size'].map(
    (name) => rows.find(({ cells }) => cells[0] === `\`${name}\``)?.cells[2],
  )
  const spaced = (number: number): string => String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ')
  expect(idle).toMatch(new RegExp(`^${spaced(ROUTE_DEFAULTS.idleTimeoutMs)};`))
  expect(frames).toMatch(new RegExp(`^${spaced(ROUTE_DEFAULTS.maxFrameBytes)},`))
})

test('what a table says is a default is one', () => {
  const { transports, pace } = settingsOf({})
  const backoff = { firstMs: pace.firstMs, maxMs: pace.maxMs }
  const defaults: Readonly<Record<string, unknown>> = {
    ...ROUTE_DEFAULTS,
    ...LISTENER_DEFAULTS,
    ...SESSION_DEFAULTS,
    transports,
    backoff,
  }
  const rows = tables.flatMap(([, { rows }]) => rows).filter(({ cells }) => /^the defaults?(?:;|$)/.test(cells[2] ?? ''))
  const said = rows.flatMap(({ cells }) => codeOf(cells[1]).map((code) => worth(`{ ${code} }`) as Record<string, unknown>))
  for (const options of said) expect(defaults).toMatchObject(options)
  expect(said.length).toBeGreaterThan(9)
})

test.each([
  ['cowboy', 'C'],
  ['zotonic', 'Z'],
  ['chicago-boss', 'B'],
])('%s: every case that differs has a line, and no other', (from, letter) => {
  const cases = JSON.parse(readFileSync(`test/handlers/${from}/cases.json`, 'utf8')) as Record<string, { differs?: string }>
  const wanted = Object.keys(cases).filter((name) => name.startsWith(letter) && cases[name]?.differs !== undefined)
  const { rows } = tableOf(page(from), 'case')
  expect(rows.flatMap(({ cells }) => (cells[0] as string).split(', ')).sort()).toEqual(wanted.sort())
})

test('the cost that is told of is that of the last full benchmark', () => {
  const ratios = new Map(
    readFileSync('bench/README.md', 'utf8')
      .split('\n')
      .map((line) => [line.split(' | ')[0], line.split(' | ')[3]]),
  )
  const told =
    /echo ([\d.]+) with 1 message in flight and ([\d.]+)\s+with 16, of a frame to 1 000 sockets ([\d.]+), of a connection that echoes once and closes ([\d.]+); an idle connection takes ([\d ]+) bytes more/
  const loads = [
    'echo, 64 connections, 1 in flight, 32 bytes',
    'echo, 64 connections, 16 in flight, 32 bytes',
    '1 to 1 000 sockets, 1 in flight',
    'connect, one echo, close',
    'idle connection, resident, 10 000 open (bytes)',
  ]
  const measured = loads.map((load) => ratios.get(`| ${load}`)?.replace('bare + ', ''))
  expect(told.exec(readFileSync(page('ws'), 'utf8'))?.slice(1)).toEqual(measured)
})
