// The defaults that docstrings of options tell are those of the code.
import { describe, expect, test } from '@jest/globals'
import { settingsOf } from '../../src/client/options.js'
import { QUEUE_DEFAULTS, SESSION_DEFAULTS } from '../../src/sessions/options.js'
import { LISTENER_DEFAULTS } from '../../src/sockets/listener-options.js'
import { ROUTE_DEFAULTS } from '../../src/sockets/options.js'
import { declarationsOf } from './declarations.js'

/** Option -> its docstring, of these interfaces of a file. */
function docsOf(file: string, ...interfaces: readonly string[]): ReadonlyMap<string, string> {
  const fields = interfaces.flatMap((name) => declarationsOf(file).get(name)?.fields ?? [])
  return new Map(fields.map(({ name, doc }) => [name, doc.replaceAll(/\s+(?:\*\s)?/g, ' ')]))
}
/** A default that is a word or number, as a docstring writes it. */
const written = (value: unknown): string =>
  typeof value === 'number'
    ? String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ')
    : typeof value === 'string'
      ? `'${value}'`
      : String(value)

const { transports, resume, heartbeatMs, pace } = settingsOf({})
const clients = {
  transports: `\`[${transports.map((name) => `'${name}'`).join(', ')}]\``,
  token: 'none',
  resume: String(resume),
  heartbeatMs: written(heartbeatMs),
  backoff: `${written(pace.firstMs)} and ${written(pace.maxMs)} ms`,
  preset: 'none',
}

describe.each<[string, ReadonlyMap<string, string>, Readonly<Record<string, unknown>>, number]>([
  [
    'a route',
    new Map([...docsOf('sockets/options.ts', 'RouteOptions'), ...docsOf('sockets/request.ts', 'SocketLimits')]),
    { ...ROUTE_DEFAULTS },
    12,
  ],
  ['a listener', docsOf('sockets/listener-options.ts', 'ListenerOptions'), LISTENER_DEFAULTS, 3],
  ['sessions', docsOf('sessions/options.ts', 'SessionOptions', 'QueueOptions'), { ...SESSION_DEFAULTS, ...QUEUE_DEFAULTS }, 8],
])('of %s', (_what, docs, defaults, atLeast) => {
  // Those that follow from others, or limit nothing, are told in words.
  const told = Object.entries(defaults).filter(([name, value]) => {
    const inWords = /Default(?: (?:none|infinity)|:)/.test(docs.get(name) ?? '')
    return docs.has(name) && !inWords && typeof value !== 'object' && value !== undefined
  })

  test.each(told)('the default of %s is %p', (name, value) => {
    expect(/Default ([\d ]*\d|'[^']*'|\w+)/.exec(docs.get(name) ?? '')?.[1]).toBe(written(value))
  })
  test('most are told', () => {
    expect(told.length).toBeGreaterThanOrEqual(atLeast)
  })
})

test('of a client: each option says what it is without being given', () => {
  const docs = [...docsOf('client/types.ts', 'ClientOptions')]
  expect(Object.fromEntries(docs.map(([name, doc]) => [name, /Default:? (.*)\. \*\//.exec(doc)?.[1]]))).toEqual(clients)
})
