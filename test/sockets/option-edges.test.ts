// Options of routes and listeners at their edges: each default, each limit from both sides, and which option an error names.
import { BlockList } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { requireCallbacks } from '../../src/sockets/callbacks.js'
import { addAddress, listenerOptions } from '../../src/sockets/listener-options.js'
import { FALLBACK_DEFAULTS, optionsOf, ROUTE_DEFAULTS, routeOptions } from '../../src/sockets/options.js'

const route = (given: object): any => routeOptions('here', given as never)
const listener = (given: object): any => listenerOptions('here', given as never, '404')

describe('options of a route', () => {
  test('the defaults are those of docs/limits.md', () => {
    expect(ROUTE_DEFAULTS).toEqual({
      idleTimeoutMs: 60_000,
      maxFrameBytes: 1_000_000,
      authorize: undefined,
      subprotocols: [],
      origins: 'same',
      requireOrigin: false,
      compress: false,
      validateUtf8: true,
      onCrash: 'close',
      pingIntervalMs: 25_000,
      onSlowPeer: 'close',
      outboundHighBytes: 4_194_304,
      outboundLowBytes: 1_048_576,
      maxBufferedBytes: 16_777_216,
      inboundHighBytes: 262_144,
      inboundLowBytes: 65_536,
      maxFragments: undefined,
      rate: {},
      claimsNoticeMs: 30_000,
      fallback: false,
    })
    expect(FALLBACK_DEFAULTS).toEqual({ pollMs: 25_000, gatherMs: 0, graceMs: 10_000 })
    expect(routeOptions('here')).toEqual(ROUTE_DEFAULTS)
  })

  test.each<[string, unknown]>([
    ['subprotocols', 'any'],
    ['subprotocols', ['chat', 'v1.2']],
    ['origins', 'any'],
    ['origins', 'same'],
    ['origins', ['https://example.org', 'HTTP://a:8080', 'null', 'same', 'app+x.1-y://host']],
    ['compress', { level: 0, memLevel: 1, thresholdBytes: 0, serverMaxWindowBits: 8, clientMaxWindowBits: 15 }],
    ['compress', { level: 9, memLevel: 9, thresholdBytes: 2_147_483_647, serverNoContextTakeover: true }],
    ['compress', { level: undefined, clientNoContextTakeover: false }],
    ['onCrash', { restart: { intensity: 0, periodMs: 0 } }],
    ['onSlowPeer', { coalesce: () => 'k' }],
    ['rate', { messages: { perSecond: 1 }, bytes: undefined }],
    ['rate', { bytes: { perSecond: 1, burst: 1 } }],
    ['maxFragments', 0],
    ['maxBufferedBytes', 1],
  ])('%s: %j is taken as it is', (name, value) => {
    expect(route({ [name]: value })[name]).toEqual(value)
  })

  test.each<[string, unknown, string]>([
    ['subprotocols', 'chat', "here: subprotocols must be 'any' or a list of subprotocol names (tokens of RFC 9110)"],
    ['subprotocols', ['a b'], 'here: subprotocols must be'],
    ['subprotocols', [7], 'here: subprotocols must be'],
    ['origins', 'all', "here: origins must be 'same', 'any' or a list of origins"],
    ['origins', [7], 'here: origins must be'],
    ['origins', ['example.org'], 'here: origins must be'],
    ['origins', ['1://example.org'], 'here: origins must be'],
    ['origins', [' https://example.org'], 'here: origins must be'],
    ['origins', ['https://example.org/'], 'here: origins must be'],
    ['origins', ['https://example.org x'], 'here: origins must be'],
    ['compress', null, 'here: compress must be true, false or an object of its options'],
    ['compress', [], 'here: compress must be true, false or an object of its options'],
    ['compress', 'yes', 'here: compress must be true, false or an object of its options'],
    ['compress', { level: 10 }, 'here: compress.level must be a whole number from 0 to 9'],
    ['compress', { level: -1 }, 'here: compress.level must be'],
    ['compress', { memLevel: 0 }, 'here: compress.memLevel must be a whole number from 1 to 9'],
    ['compress', { memLevel: 10 }, 'here: compress.memLevel must be'],
    ['compress', { thresholdBytes: -1 }, 'here: compress.thresholdBytes must be a whole number from 0 to 2147483647'],
    ['compress', { thresholdBytes: 2_147_483_648 }, 'here: compress.thresholdBytes must be'],
    ['compress', { clientNoContextTakeover: 1 }, 'here: compress.clientNoContextTakeover must be true or false'],
    ['onCrash', 'restart', "here: onCrash must be 'close' or { restart: { intensity, periodMs } }"],
    ['onCrash', { restart: null }, "here: onCrash must be 'close' or { restart"],
    ['onCrash', { restart: [] }, "here: onCrash must be 'close' or { restart"],
    ['onSlowPeer', 'drop', "here: onSlowPeer must be 'close', 'dropNewest', 'dropOldest', 'wait' or { coalesce"],
    ['onSlowPeer', null, "here: onSlowPeer must be 'close', 'dropNewest'"],
    ['rate', 5, 'here: rate must be an object with messages, bytes or both'],
    ['rate', [], 'here: rate must be an object with messages, bytes or both'],
    ['rate', { messages: 5 }, 'here: rate.messages must be { perSecond, burst? }'],
    ['rate', { bytes: { perSecond: 1, burst: 0 } }, 'here: rate.bytes.burst must be'],
    ['maxFragments', -1, 'here: maxFragments must be'],
    ['maxBufferedBytes', 0, 'here: maxBufferedBytes must be'],
    ['fallback', 'yes', 'here: fallback: options must be an object'],
    ['fallback', { pollMs: 0 }, 'here: fallback.pollMs must be'],
    ['fallback', { graceMs: 0 }, 'here: fallback.graceMs must be'],
    ['fallback', { gatherMs: -1 }, 'here: fallback.gatherMs must be'],
    ['idleTimeoutMs', -1, 'here: idleTimeoutMs must be'],
    ['pingIntervalMs', 1.5, 'here: pingIntervalMs must be'],
    ['claimsNoticeMs', '1', 'here: claimsNoticeMs must be'],
    ['maxFrameBytes', 0, 'here: maxFrameBytes must be'],
    ['requireOrigin', 1, 'here: requireOrigin must be'],
    ['validateUtf8', 'no', 'here: validateUtf8 must be'],
    ['authorize', 7, 'here: authorize must be'],
    ['onCrash', { restart: { intensity: -1, periodMs: 1 } }, 'here: onCrash.restart.intensity must be'],
    ['onCrash', { restart: { intensity: 1, periodMs: -1 } }, 'here: onCrash.restart.periodMs must be'],
    ['onCrash', { restart: { intensity: 1, periodMs: 1, delay: 1 } }, 'here: onCrash.restart'],
    ['onSlowPeer', { coalesce: 1 }, 'here: onSlowPeer.coalesce must be'],
    ['outboundHighBytes', 0, 'here: outboundHighBytes (at most maxBufferedBytes) must be'],
    ['inboundHighBytes', 0, 'here: inboundHighBytes must be'],
    ['outboundLowBytes', 1e9, 'here: outboundLowBytes (below outboundHighBytes) must be'],
    ['inboundLowBytes', 1e9, 'here: inboundLowBytes (below inboundHighBytes) must be'],
    ['rate', { bytes: { perSecond: 0 } }, 'here: rate.bytes.perSecond must be'],
  ])('%s: %j is refused', (name, value, text) => {
    expect(() => route({ [name]: value })).toThrow(text)
  })

  test('fallback is off, on with its defaults, or on with some of them changed', () => {
    expect(route({ fallback: false }).fallback).toBe(false)
    expect(route({ fallback: true }).fallback).toEqual(FALLBACK_DEFAULTS)
    expect(route({ fallback: { pollMs: 1, graceMs: undefined } }).fallback).toEqual({ pollMs: 1, gatherMs: 0, graceMs: 10_000 })
  })

  test('what the handshake has set stands before the options of the route; what it has not set does not', () => {
    const options = route({ maxFrameBytes: 10 })
    expect(optionsOf(options, undefined)).toEqual(options)
    expect(optionsOf(options, { maxFrameBytes: 5, idleTimeoutMs: undefined } as never)).toEqual({ ...options, maxFrameBytes: 5 })
  })
})

describe('options of a listener', () => {
  test.each<[string, unknown]>([
    ['maxConnections', 0],
    ['maxConnections', Infinity],
    ['maxConnectionsPerAddress', 0],
    ['unknownPath', 'leave'],
    ['unknownPath', '404'],
    ['trustProxy', 0],
    ['trustProxy', []],
    ['trustProxy', ['127.0.0.1', '::1', '10.0.0.0/8', '172.16.0.0/16', '2001:db8::/128']],
  ])('%s: %j is taken as it is', (name, value) => {
    expect(listener({ [name]: value })[name]).toEqual(value)
  })

  test.each<[string, unknown, string]>([
    ['maxConnections', -1, 'here: maxConnections must be'],
    ['maxConnections', 1.5, 'here: maxConnections must be'],
    ['maxConnectionsPerAddress', -Infinity, 'here: maxConnectionsPerAddress must be'],
    ['handshakeTimeoutMs', -1, 'here: handshakeTimeoutMs must be'],
    ['drainMs', 0.5, 'here: drainMs must be'],
    ['unknownPath', '500', "here: unknownPath must be 'leave' or '404'"],
    ['trustProxy', -1, 'here: trustProxy must be a whole number'],
    ['trustProxy', '10.0.0.1', 'here: trustProxy must be a number of proxies, or a list of addresses'],
    ['trustProxy', '', 'here: trustProxy must be a number of proxies, or a list of addresses'],
    ['trustProxy', {}, 'here: trustProxy must be a number of proxies, or a list of addresses'],
    ['trustProxy', [7], 'here: trustProxy must be a number of proxies, or a list of addresses'],
    ['trustProxy', ['example.org'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/33'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/x'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/0008'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/8e0'], 'here: trustProxy must be a number of proxies'],
    ['trustProxy', ['10.0.0.0/-8'], 'here: trustProxy must be a number of proxies'],
  ])('%s: %j is refused', (name, value, text) => {
    expect(() => listener({ [name]: value })).toThrow(text)
  })

  test.each<[string, string, 'ipv4' | 'ipv6', boolean]>([
    ['10.1.2.3', '10.1.2.3', 'ipv4', true],
    ['10.1.2.3', '10.1.2.4', 'ipv4', false],
    ['10.0.0.0/8', '10.200.0.1', 'ipv4', true],
    ['10.0.0.0/8', '11.0.0.1', 'ipv4', false],
    ['10.0.0.0/16', '10.1.0.1', 'ipv4', false],
    ['2001:db8::/32', '2001:db8:1::1', 'ipv6', true],
    ['::1', '::1', 'ipv6', true],
  ])('the range %s and the address %s', (range, address, family, isIn) => {
    const list = new BlockList()
    addAddress(list, range)
    expect(list.check(address, family)).toBe(isIn)
  })
})

describe('callbacks of a handler of another system', () => {
  const fn = (): void => undefined

  test('the required ones must be there, the optional ones may be', () => {
    requireCallbacks('here', { a: fn }, ['a'])
    requireCallbacks('here', { a: fn }, ['a'], ['b'])
    requireCallbacks('here', { a: fn, b: fn, other: 1 }, ['a'], ['b'])
    expect(() => requireCallbacks('here', {}, ['a'])).toThrow('here: handler.a must be a function')
    expect(() => requireCallbacks('here', { a: fn, b: 1 }, ['a'], ['b'])).toThrow('here: handler.b must be a function')
  })

  test.each([[undefined], [null], [fn], ['handler']])('%p is no handler', (handler) => {
    expect(() => requireCallbacks('here', handler, ['a', 'b'])).toThrow('here: handler must be an object with a, b')
  })
})
