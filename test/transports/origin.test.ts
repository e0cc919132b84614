// Which web pages may connect: decision 17 of the design, RFC 6454 and RFC 6455 section 10.2.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { route, type RouteOptions } from 'gensock/socket'
import { authorityOf } from '../../src/transports/authority.js'
import { passesOrigin } from '../../src/transports/origin.js'
import { echo, expectRefusal, handshake, type Headers, rawWorld } from './raw.js'

const world = rawWorld()
type Origins = NonNullable<RouteOptions['origins']>
const passes = (
  origin: string | undefined,
  host: string,
  origins: Origins = 'same',
  forwarded?: { host?: string | undefined; port?: string | undefined },
): boolean =>
  passesOrigin(
    origin === undefined ? {} : { origin },
    { host, forwarded: forwarded && { host: undefined, port: undefined, ...forwarded } },
    { origins, requireOrigin: false },
  )

describe("'same': host and port of the page are those of Host", () => {
  test.each<[string, string, boolean]>([
    ['http://a.example', 'a.example', true],
    ['http://a.example', 'a.example:80', true],
    ['http://a.example:80', 'a.example', true],
    ['https://a.example', 'a.example:443', true],
    ['https://a.example:443', 'a.example', true],
    ['https://a.example', 'a.example', true], // TLS ends before us: the scheme is not compared
    ['https://a.example', 'a.example:80', false],
    ['http://a.example', 'a.example:443', false],
    ['http://a.example:8080', 'a.example:8080', true],
    ['https://a.example:8080', 'a.example:8080', true],
    ['http://a.example:8080', 'a.example', false],
    ['http://a.example:8080', 'a.example:8081', false],
    ['http://a.example', 'a.example:', true],
    ['http://A.EXAMPLE', 'a.example', true],
    ['HTTP://a.example', 'A.Example', true],
    ['http://a.example', 'b.example', false],
    ['http://a.example', 'sub.a.example', false],
    ['http://sub.a.example', 'a.example', false],
    ['http://a.example.', 'a.example', false],
    ['http://a.example.evil.example', 'a.example', false],
    ['http://a.example@evil.example', 'a.example', false],
    ['http://evil.example@a.example', 'a.example', false],
    ['http://a.example/path', 'a.example', false],
    ['http://a.example?', 'a.example', false],
    ['http://a.example#', 'a.example', false],
    ['http://a.example http://evil.example', 'a.example', false],
    ['http://a.example, http://a.example', 'a.example', false],
    ['http://', 'a.example', false],
    ['http://:80', ':80', false],
    ['a.example', 'a.example', false],
    ['//a.example', 'a.example', false],
    ['null', 'null', false],
    ['', '', false],
    ['file://', '', false],
    ['chrome-extension://a.example', 'a.example', false],
    ['http://127.0.0.1', '127.0.0.1', true],
    ['http://[::1]', '[::1]', true],
    ['http://[::1]:80', '[0:0:0:0:0:0:0:1]', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['http://[::FFFF:127.0.0.1]', '[::ffff:7f00:1]', true],
    ['http://[::1]', '[::2]', false],
    ['http://[::1]', '127.0.0.1', false],
  ])('%s to %s: %s', (origin, host, expected) => expect(passes(origin, host)).toBe(expected))

  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  )
  const port = fc.integer({ min: 1, max: 65_535 })
  test('a page passes for its own host and port, in any case and with either scheme, and for no other port', () => {
    fc.assert(
      fc.property(host, port, port, fc.constantFrom('http', 'https'), (name, own, other, scheme) => {
        const page = `${scheme}://${name}:${own}`
        return (
          passes(page, `${name.toUpperCase()}:${own}`) &&
          passes(page.toUpperCase(), `${name}:${own}`) &&
          passes(page, `${name}:${other}`) === (own === other)
        )
      }),
    )
  })
  test('a page of one host never passes for another', () => {
    fc.assert(
      fc.property(host, host, (one, two) => {
        fc.pre(authorityOf(one)?.host !== authorityOf(two)?.host)
        return !passes(`http://${one}`, two) && !passes(`http://${one}`, `${two}:80`) && !passes(`http://${one}`, two, 'same', {})
      }),
    )
  })
  test('no text throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (origin, text) => typeof passes(origin, text) === 'boolean'))
  })
})

describe("'same' behind a trusted proxy", () => {
  test.each<[string, string, object, boolean]>([
    // nginx's `Host $host` drops the port
    ['https://a.example:8443', 'a.example', {}, true],
    ['https://a.example:8443', 'b.example', {}, false],
    ['https://a.example:8443', 'a.example:8443', {}, true],
    ['https://a.example:8443', 'a.example:8444', {}, false],
    ['https://a.example', 'backend:3000', { host: 'a.example' }, true],
    ['https://a.example:8443', 'backend:3000', { host: 'a.example' }, true],
    ['https://a.example:8443', 'backend:3000', { host: 'a.example:8443' }, true],
    ['https://a.example:8443', 'backend:3000', { host: 'a.example:443' }, false],
    ['https://a.example:8443', 'backend:3000', { host: 'a.example', port: '8443' }, true],
    ['https://a.example:8443', 'backend:3000', { host: 'a.example', port: '443' }, false],
    ['https://a.example', 'backend:3000', { host: 'a.example', port: '443' }, true],
    ['http://a.example', 'backend:3000', { host: 'a.example', port: '80' }, true],
    ['https://a.example:8443', 'a.example', { port: '8443' }, true],
    ['https://a.example:8443', 'a.example', { port: '443' }, false],
    ['https://a.example:8443', 'a.example', { port: 'x' }, true],
    // the proxy's word counts, and the internal name does not
    ['http://backend:3000', 'backend:3000', { host: 'a.example' }, false],
    ['https://a.example', 'a.example', { host: 'not a host' }, false],
  ])('%s to %s with %j: %s', (origin, host, forwarded, expected) =>
    expect(passes(origin, host, 'same', forwarded)).toBe(expected),
  )
})

describe('lists', () => {
  test.each<[Origins, string, boolean]>([
    ['any', 'http://evil.example', true],
    ['any', 'null', true],
    [[], 'http://a.example', false],
    [['https://good.example'], 'https://good.example', true],
    [['https://good.example'], 'https://good.example:443', true],
    [['https://good.example:443'], 'https://GOOD.example', true],
    [['https://good.example'], 'http://good.example', false],
    [['https://good.example'], 'https://good.example:8443', false],
    [['https://good.example'], 'https://sub.good.example', false],
    [['https://good.example'], 'https://good.example.evil.example', false],
    [['https://good.example'], 'http://a.example', false],
    [['https://good.example', 'same'], 'http://a.example', true],
    [['same', 'https://good.example'], 'https://good.example', true],
    [['same'], 'http://b.example', false],
    [['https://good.example'], 'null', false],
    [['null'], 'null', true],
    [['null'], 'http://a.example', false],
    [['chrome-extension://abc'], 'chrome-extension://abc', true],
    [['http://[::1]:80'], 'http://[0::1]', true],
  ])('%j, asked by %s at a.example: %s', (origins, origin, expected) =>
    expect(passes(origin, 'a.example', origins)).toBe(expected),
  )
})

describe('on the wire', () => {
  const ask = async (port: number, headers: Headers, line?: string): Promise<number> =>
    (await world.ask(port, handshake(headers, line))).status

  test('RFC 6455 section 4.2.2: "If the server does not wish to accept this connection, it MUST return an appropriate HTTP error code (e.g., 403 Forbidden)"', async () => {
    let asked = 0
    const listener = await world.serve([route('/ws', { ...echo, upgrade: () => (asked++, ['accept', null] as const) })])
    expectRefusal(await world.ask(listener.port, handshake({ Origin: 'http://evil.example' })), 403)
    expect([asked, listener.counters().refused]).toEqual([0, { origin: 1 }])
    expect(await ask(listener.port, { Origin: `http://127.0.0.1:${listener.port}`, Host: `127.0.0.1:${listener.port}` })).toBe(
      101,
    )
    expect(await ask(listener.port, {})).toBe(101)
  })
  test('requireOrigin refuses programs as well', async () => {
    const { port } = await world.serve([
      route('/ws', echo, { requireOrigin: true }),
      route('/any', echo, { requireOrigin: true, origins: 'any' }),
    ])
    expect(await ask(port, {})).toBe(403)
    expect(await ask(port, {}, 'GET /any HTTP/1.1')).toBe(403)
    expect(await ask(port, { Origin: 'http://127.0.0.1' })).toBe(101)
    expect(await ask(port, { Origin: 'http://evil.example' }, 'GET /any HTTP/1.1')).toBe(101)
  })
  test('versions 7 and 8 send it as Sec-WebSocket-Origin', async () => {
    const { port } = await world.serve([route('/ws', echo, { requireOrigin: true })])
    expect(await ask(port, { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'http://evil.example' })).toBe(403)
    expect(await ask(port, { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'http://127.0.0.1' })).toBe(101)
  })
  test('two origins are the origin of nobody', async () => {
    const { port } = await world.serve([route('/ws', echo, { origins: ['http://good.example'] })])
    expect(await ask(port, { Origin: ['http://good.example', 'http://evil.example'] })).toBe(403)
    expect(await ask(port, { Origin: ['http://evil.example', 'http://good.example'] })).toBe(403)
  })
  test('RFC 9112 section 3.2.2: of an absolute target "the origin server MUST ignore the received Host header field"', async () => {
    const { port } = await world.serve([route('/ws', echo)])
    const line = 'GET http://a.example/ws HTTP/1.1'
    expect(await ask(port, { Origin: 'http://a.example', Host: 'b.example' }, line)).toBe(101)
    expect(await ask(port, { Origin: 'http://b.example', Host: 'b.example' }, line)).toBe(403)
  })
  test('X-Forwarded-Host of somebody who is not trusted counts for nothing', async () => {
    const listeners = [await world.serve([route('/ws', echo)]), await world.serve([route('/ws', echo)], { trustProxy: 1 })]
    const headers = { Origin: 'http://a.example', 'X-Forwarded-Host': 'a.example' }
    expect(await Promise.all(listeners.map(({ port }) => ask(port, headers)))).toEqual([403, 101])
  })
})
