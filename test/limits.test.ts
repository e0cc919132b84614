// Holds docs/limits.md to the tables of defaults: every limit stands there once, with the value that the code has.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { LISTENER_DEFAULTS } from '../src/sockets/listener-options.js'
import { QUEUE_DEFAULTS, SESSION_DEFAULTS } from '../src/sessions/options.js'
import { ROUTE_DEFAULTS } from '../src/sockets/options.js'

const text = readFileSync(join(process.cwd(), 'docs/limits.md'), 'utf8')
/** Options of a route that limit nothing. */
const NO_LIMITS = ['authorize', 'subprotocols', 'origins', 'requireOrigin', 'validateUtf8', 'onCrash']

/** option -> default, of a table under a heading. */
function tableOf(heading: string, index: number): Map<string, string> {
  const section = (text.split(`## ${heading}\n`)[1] as string).split('\n## ')[0] as string
  const table = (section.split('\n\n').filter((block) => block.includes('| option |'))[index] ?? '').split('\n')
  const rows = table.map((line) => /^\| `(\w+)` \| (.+?) \| (?:(.*?) )?\| (.+) \|$/.exec(line)).filter((row) => row !== null)
  for (const [, name, , , why] of rows) expect([name, (why as string).trim().length > 10]).toEqual([name, true])
  expect(rows).toHaveLength(table.filter((line) => line.startsWith('| `')).length)
  return new Map(rows.map(([, name, value]) => [name as string, value as string]))
}
/** The start of a default as the page writes it. */
function written(value: unknown): string {
  if (typeof value === 'number') return value === Infinity ? 'infinity' : String(value).replace(/\B(?=(\d{3})+$)/g, ' ')
  return `\`${String(value)}\``
}
/** Defaults that follow from others are told in words. */
const IN_WORDS = ['maxFragments', 'inboundLowBytes', 'outboundLowBytes', 'maxBufferedBytes', 'rate']

describe.each<[string, Readonly<Record<string, unknown>>, readonly string[], number]>([
  ['Of a route', ROUTE_DEFAULTS as unknown as Record<string, unknown>, NO_LIMITS, 0],
  ['Of a listener', LISTENER_DEFAULTS, [], 0],
  ['Of sessions and pages', { ...SESSION_DEFAULTS }, ['queue', 'sameSite', 'domain', 'path'], 0],
  ['Of sessions and pages', { ...QUEUE_DEFAULTS }, [], 1],
])('%s', (heading, defaults, others, index) => {
  const table = tableOf(heading, index)

  test('names every limit, and nothing else', () => {
    expect([...table.keys()].sort()).toEqual(
      Object.keys(defaults)
        .filter((key) => !others.includes(key))
        .sort(),
    )
  })

  test.each([...table].filter(([name]) => !IN_WORDS.includes(name)))('%s is %s', (name, value) => {
    // 5 000 and 5000 are the same number.
    expect(value.split(';')[0]?.trim()).toBe(written(defaults[name]))
  })
})

test('what follows from a high mark', () => {
  expect(ROUTE_DEFAULTS).toMatchObject({
    inboundLowBytes: ROUTE_DEFAULTS.inboundHighBytes / 4,
    outboundLowBytes: ROUTE_DEFAULTS.outboundHighBytes / 4,
    maxBufferedBytes: ROUTE_DEFAULTS.outboundHighBytes * 4,
    maxFragments: undefined,
    rate: {},
  })
})
