// trustProxy: what is believed of X-Forwarded-*, and how addresses are written. Pure functions first, then over the network.
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { route, text } from 'gensock/socket'
import { addressOf, type Client, clientOf, trustOf } from '../../src/transports/proxy.js'
import { echo, handshake, type Headers, rawWorld } from './raw.js'

const world = rawWorld()
const PEER = { address: '10.0.0.9', secure: false }
function client(trustProxy: number | readonly string[], headers: IncomingHttpHeaders, peer = PEER): Client {
  return clientOf(peer, headers, trustOf(trustProxy))
}

describe('the address', () => {
  test.each<[number | string[], string | undefined, string]>([
    [0, '1.1.1.1', '10.0.0.9'],
    [1, undefined, '10.0.0.9'],
    [1, '', '10.0.0.9'],
    [1, '1.1.1.1', '1.1.1.1'],
    [1, 'spoofed, 1.1.1.1', '1.1.1.1'],
    [1, '9.9.9.9, 1.1.1.1', '1.1.1.1'],
    [2, '9.9.9.9, 1.1.1.1, 10.0.0.8', '1.1.1.1'],
    [2, '1.1.1.1', '1.1.1.1'],
    [9, '9.9.9.9, 1.1.1.1', '9.9.9.9'],
    [[], '1.1.1.1', '10.0.0.9'],
    [['10.0.0.9'], '9.9.9.9, 1.1.1.1', '1.1.1.1'],
    [['10.0.0.9'], '10.0.0.9', '10.0.0.9'],
    [['10.0.0.0/8'], '9.9.9.9, 1.1.1.1, 10.1.2.3', '1.1.1.1'],
    [['10.0.0.0/8', '1.1.1.1'], '9.9.9.9, 1.1.1.1, 10.1.2.3', '9.9.9.9'],
    [['10.0.0.0/8'], '10.0.0.7, 10.0.0.8', '10.0.0.7'],
    [['10.0.0.8'], '1.1.1.1', '10.0.0.9'],
    // What is no address ends the walk at who wrote it.
    [1, 'unknown', '10.0.0.9'],
    [2, '1.1.1.1, _hidden', '10.0.0.9'],
    [3, '1.1.1.1, unknown, 10.0.0.8', '10.0.0.8'],
    [1, ' 1.1.1.1 ,', '1.1.1.1'],
    [1, '1.1.1.1:5678', '1.1.1.1'],
    [1, '[2001:DB8::0:1]:5678', '2001:db8::1'],
    [1, '[2001:db8::1]', '2001:db8::1'],
    [1, '2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    [1, '::ffff:1.1.1.1', '1.1.1.1'],
  ])('with trustProxy %j and X-Forwarded-For %j is %s', (trust, header, address) => {
    const headers = header === undefined ? {} : { 'x-forwarded-for': header }
    expect(client(trust, headers).address).toBe(address)
  })

  test('IPv4 in IPv6 is IPv4, for the list as well', () => {
    expect(client(0, {}, { address: '::ffff:10.0.0.9', secure: false }).address).toBe('10.0.0.9')
    const mapped = { address: '::ffff:10.0.0.9', secure: false }
    expect(client(['10.0.0.0/8'], { 'x-forwarded-for': '1.1.1.1' }, mapped).address).toBe('1.1.1.1')
    expect(client(['2001:db8::/32'], { 'x-forwarded-for': '1.1.1.1' }, { address: '2001:db8::5', secure: false }).address).toBe(
      '1.1.1.1',
    )
  })
  test('a peer without an address (a UNIX socket) is trusted by a count only', () => {
    const unix = { address: '', secure: false }
    const headers = { 'x-forwarded-for': '1.1.1.1' }
    expect([client(1, headers, unix).address, client(['10.0.0.0/8'], headers, unix).address]).toEqual(['1.1.1.1', ''])
  })

  const v4 = fc.ipV4()
  test('never depends on what stands to the left of the last trusted proxy', () => {
    fc.assert(
      fc.property(fc.array(v4, { maxLength: 5 }), v4, fc.array(v4, { maxLength: 5 }), (spoofed, real, proxies) => {
        const list = [real, ...proxies].join(', ')
        const hops = proxies.length + 1
        const { address } = client(hops, { 'x-forwarded-for': list })
        return address === real && client(hops, { 'x-forwarded-for': [...spoofed, list].join(', ') }).address === real
      }),
    )
  })
  test('is always that of the peer or one of the header, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.string(), (hops, header) => {
        const { address } = client(hops, { 'x-forwarded-for': header })
        return address === PEER.address || isIP(address) > 0
      }),
    )
  })
  test('addressOf has one spelling for each address, and knows nothing but addresses', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const one = addressOf(address) as string
        return (
          isIP(one) > 0 &&
          addressOf(one) === one &&
          addressOf(address.toUpperCase()) === one &&
          addressOf(`[${address}]:80`) === one
        )
      }),
    )
    fc.assert(
      fc.property(fc.ipV4(), (address) => addressOf(`::ffff:${address}`) === address && addressOf(`${address}:1`) === address),
    )
    fc.assert(fc.property(fc.string(), (junk) => isIP(addressOf(junk) ?? '::') > 0))
    expect(['', 'a', '1.1.1', '1.1.1.1.1', '256.1.1.1', '[::1', '::1]', ':80', '1.1.1.1:', '[1.1.1.1]x'].map(addressOf)).toEqual(
      Array.from({ length: 10 }, () => undefined),
    )
    expect(addressOf('fe80::1%eth0')).toBe('fe80::1%eth0')
  })
})

describe('scheme and host', () => {
  test.each<[number, IncomingHttpHeaders, boolean]>([
    [0, { 'x-forwarded-proto': 'https' }, false],
    [1, { 'x-forwarded-proto': 'https' }, true],
    [1, { 'x-forwarded-proto': 'WSS' }, true],
    [1, { 'x-forwarded-proto': 'http' }, false],
    [1, {}, false],
    [1, { 'x-forwarded-proto': 'https, http' }, false],
    [2, { 'x-forwarded-for': '1.1.1.1, 10.0.0.8', 'x-forwarded-proto': 'https, http' }, true],
    [2, { 'x-forwarded-for': '1.1.1.1, 10.0.0.8', 'x-forwarded-proto': 'https' }, true],
  ])('with %d proxies trusted and %j, secure is %s', (hops, headers, secure) => {
    expect(client(hops, headers).secure).toBe(secure)
  })
  test('without a word of the proxy, the connection itself decides', () => {
    expect(client(1, {}, { ...PEER, secure: true }).secure).toBe(true)
    expect(client(1, { 'x-forwarded-proto': 'http' }, { ...PEER, secure: true }).secure).toBe(false)
    expect(client(0, { 'x-forwarded-proto': 'http' }, { ...PEER, secure: true }).secure).toBe(true)
  })
  test('host and port come from the farthest trusted proxy; without trust there are none', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-host': 'spoofed, a.example', 'x-forwarded-port': '8443' }
    expect(client(0, headers).forwarded).toBeUndefined()
    expect(client(['10.0.0.8'], headers).forwarded).toBeUndefined()
    expect(client(1, headers).forwarded).toEqual({ host: 'a.example', port: '8443' })
    expect(client(1, {}).forwarded).toEqual({ host: undefined, port: undefined })
  })
})

describe('over the network', () => {
  const seen = {
    ...echo,
    init: ({ request }: any) => ['push', text(`${request.remoteAddress} ${request.secure}`), null] as const,
  }
  async function report(port: number, headers: Headers): Promise<string> {
    const socket = world.dial(port, handshake(headers))
    let all = ''
    socket.on('data', (chunk) => (all += chunk.toString('latin1')))
    while (!/(?:true|false)$/.test(all)) await world.turn()
    return all.slice(all.indexOf('\r\n\r\n') + 6)
  }

  test('nobody is trusted unless told to', async () => {
    const { port } = await world.serve([route('/ws', seen)])
    expect(await report(port, { 'X-Forwarded-For': '1.1.1.1', 'X-Forwarded-Proto': 'https' })).toBe('127.0.0.1 false')
  })
  test('a trusted proxy tells address and scheme; several header lines are one list', async () => {
    const { port } = await world.serve([route('/ws', seen)], { trustProxy: ['127.0.0.1'] })
    expect(await report(port, { 'X-Forwarded-For': ['9.9.9.9', '1.1.1.1'], 'X-Forwarded-Proto': 'https' })).toBe('1.1.1.1 true')
  })
  test('the limit for one address counts clients, not the proxy', async () => {
    const { port } = await world.serve([route('/ws', seen)], { trustProxy: 1, maxConnectionsPerAddress: 1 })
    expect(await report(port, { 'X-Forwarded-For': '1.1.1.1' })).toBe('1.1.1.1 false')
    expect(await report(port, { 'X-Forwarded-For': '1.1.1.2' })).toBe('1.1.1.2 false')
    expect((await world.ask(port, handshake({ 'X-Forwarded-For': '::ffff:1.1.1.1' }))).status).toBe(429)
    expect((await world.ask(port, handshake({ 'X-Forwarded-For': '8.8.8.8, [::ffff:101:101]:99' }))).status).toBe(429)
  })
  test('one address counts once, over IPv4 and over IPv4 in IPv6', async () => {
    const { port } = await world.serve([route('/ws', seen)], { host: undefined, maxConnectionsPerAddress: 1 } as object)
    expect(await report(port, {})).toBe('127.0.0.1 false')
    expect((await world.ask(port, handshake())).status).toBe(429)
  })
})
