// What guides say beside their blocks: tests that they name, options and their defaults, what is installed, what Fastify does on `localhost`.
import dns from 'node:dns'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { attach, type Listener, route, type SocketHandler } from 'gensock/socket'
import { fastify, type FastifyInstance } from 'fastify'
import { LISTENER_DEFAULTS, LISTENER_KEYS } from '../../src/sockets/listener-options.js'
import { ROUTE_DEFAULTS } from '../../src/sockets/options.js'
import { client } from './kit.js'
import { tablesOf } from './tables.js'

const GUIDES = ['sockets', 'sessions', 'flow-control', 'deployment', 'security', 'options', 'state-machines']
const pages = GUIDES.map((name) => [name, readFileSync(`docs/${name}.md`, 'utf8')] as const)

test.each(pages)('%s: the tests that it names exist', (_name, text) => {
  const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => path as string)
  expect(named.filter((path) => !existsSync(path))).toEqual([])
})

test.each(pages)('%s is at most 250 lines, not counting what readers do not see', (_name, text) => {
  const seen = text.replaceAll(/^<!-- (?:before|after)\n[\s\S]*?^-->\n/gm, '')
  expect(seen.split('\n').length).toBeLessThanOrEqual(250)
})

test('the security checklist names what is installed with the library', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>
  const [, own, peer] = /\*\*Dependencies\*\* are (.*), and (.*) as a peer/.exec(readFileSync('docs/security.md', 'utf8')) ?? []
  const names = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string).sort()
  expect([names(own), names(peer)]).toEqual([Object.keys(dependencies ?? {}).sort(), Object.keys(peerDependencies ?? {}).sort()])
})

/** What the pages say of the options under a heading: name -> the start of the default. */
function optionsUnder(heading: string, page: string): [name: string, value: string][] {
  const tables = tablesOf(page).filter(({ section, header }) => section === heading && header[0] === 'option')
  expect([page, tables.length]).toEqual([page, 1])
  return (tables[0]?.rows ?? []).map(({ cells: [name = '', value = ''] }) => [
    name.replaceAll('`', ''),
    value.split(/[;:]/)[0] as string,
  ])
}
/** A default as the pages write it. */
function written(value: unknown): string {
  if (typeof value === 'number') return value === Infinity ? 'infinity' : String(value).replace(/\B(?=(\d{3})+$)/g, ' ')
  if (typeof value === 'string') return `\`${value}\``
  return value === undefined || JSON.stringify(value) === '{}' ? 'none' : `\`${JSON.stringify(value)}\``
}

describe.each<[heading: string, defaults: object, keys: readonly string[]]>([
  ['Of a route', ROUTE_DEFAULTS, Object.keys(ROUTE_DEFAULTS)],
  // The one default that `listen` and `attach` do not share.
  ['Of a listener', { ...LISTENER_DEFAULTS, unknownPath: '404` with `listen`, `leave` with `attach' }, LISTENER_KEYS],
])('options: %s', (heading, defaults, keys) => {
  const options = optionsUnder(heading, 'docs/options.md')
  const limits = optionsUnder(heading, 'docs/limits.md')

  test('each stands on options.md or limits.md, and no other', () => {
    expect([...new Set([...options, ...limits].map(([name]) => name))].sort()).toEqual([...keys].sort())
  })

  test('options.md names those as well that have a row on limits.md alone', () => {
    const page = readFileSync('docs/options.md', 'utf8')
    const shared = 'the marks of [flow control](flow-control.md)'
    expect(page).toContain(shared)
    const isMark = (name: string): boolean => /^(?:in|out)bound\w+Bytes$|^maxBufferedBytes$/.test(name)
    expect(limits.filter(([name]) => !page.includes(`\`${name}\``) && !isMark(name))).toEqual([])
  })

  test.each(options)('%s is %s', (name, value) => {
    expect(value).toBe(written((defaults as Readonly<Record<string, unknown>>)[name]))
  })
})

describe('Fastify where `localhost` has two addresses', () => {
  const echo: SocketHandler<null> = { init: () => ['ok', null], handle: (frame, state) => ['push', frame, state] }
  let app: FastifyInstance | undefined
  let listener: Listener | undefined
  afterEach(async () => {
    jest.restoreAllMocks()
    await listener?.drain({ deadlineMs: 100 })
    await app?.close()
  })

  test('serves sockets at both, the fallback at the first alone', async () => {
    const both = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
    const { lookup } = dns
    const named = (host: string, ...rest: readonly unknown[]): void => {
      if (host !== 'localhost') return Reflect.apply(lookup, dns, [host, ...rest]) as undefined
      const [options, then] = (rest.length > 1 ? rest : [{}, ...rest]) as [dns.LookupOptions, (...given: unknown[]) => void]
      process.nextTick(() => (options.all === true ? then(null, both) : then(null, '127.0.0.1', 4)))
    }
    jest.spyOn(dns, 'lookup').mockImplementation(named as unknown as typeof dns.lookup)
    app = fastify()
    listener = attach(app.server, [route('/ws', echo, { fallback: true })])
    await app.listen({ port: 0, host: 'localhost' })
    const statuses: number[] = []
    for (const { address } of both) {
      const host = `${address}:${listener.port}`
      const ann = await client(`ws://${host}/ws`)
      ann.send('hi')
      expect(await ann.next()).toBe('hi')
      ann.close()
      await ann.closed
      const open = await fetch(`http://${host}/ws?gensock=open&via=sse`, { method: 'POST', headers: { connection: 'close' } })
      statuses.push(open.status)
    }
    expect(statuses).toEqual([200, 404])
  })
})
