// What can be encoded: close codes, control payloads, constructors, commands, options.
import { describe, expect, test } from '@jest/globals'
import { binary, broadcast, close, json, route, type SocketHandler, text } from 'gensock/socket'
import { check } from '../../src/sockets/commands.js'
import { checkFrame } from '../../src/sockets/frames.js'
import { isCloseCode } from '../../src/wire/close-codes.js'
import { routeOptions } from '../../src/sockets/options.js'

const badFrame = expect.objectContaining({ code: 'GENSOCK_ERR_BAD_FRAME' }) as unknown as Error
const badArg = expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }) as unknown as Error
const unknown = expect.objectContaining({ code: 'GENSOCK_ERR_UNKNOWN_OPTION' }) as unknown as Error

describe('frames', () => {
  test('constructors make tuples', () => {
    const bytes = new Uint8Array([1])
    expect([text('a'), binary(bytes), json({ a: [1] }), close(), close(4000, 'x')]).toEqual([
      ['text', 'a'],
      ['binary', bytes],
      ['text', '{"a":[1]}'],
      ['close', undefined, undefined],
      ['close', 4000, 'x'],
    ])
    for (const value of [undefined, () => 1, 1n]) expect(() => json(value)).toThrow(badFrame)
  })

  test('close codes: 1000-1003, 1007-1014, 3000-4999', () => {
    const allowed = Array.from({ length: 6000 }, (_, code) => code).filter(isCloseCode)
    const expected = [
      1000,
      1001,
      1002,
      1003,
      1007,
      1008,
      1009,
      1010,
      1011,
      1012,
      1013,
      1014,
      ...Array.from({ length: 2000 }, (_, i) => 3000 + i),
    ]
    expect(allowed).toEqual(expected)
    for (const code of [1000.5, '1000', Number.NaN]) expect(isCloseCode(code)).toBe(false)
  })

  test('control payloads of 125 bytes pass, of 126 not; bytes count, not characters', () => {
    for (const kind of ['ping', 'pong']) {
      expect(checkFrame([kind])).toBe(true)
      expect(checkFrame([kind, 'x'.repeat(125)])).toBe(true)
      expect(checkFrame([kind, new Uint8Array(125)])).toBe(true)
      for (const data of ['x'.repeat(126), 'é'.repeat(63), new Uint8Array(126), 1])
        expect(() => checkFrame([kind, data])).toThrow(badFrame)
    }
    expect(checkFrame(['close', 1000, 'x'.repeat(123)])).toBe(true)
    for (const frame of [
      ['close', 1000, 'x'.repeat(124)],
      ['close', 1000, 'é'.repeat(62)],
      ['close', 'bye'],
      ['close', 1006],
    ]) {
      expect(() => checkFrame(frame)).toThrow(badFrame)
    }
  })

  test('data frames need their kind of data', () => {
    for (const frame of [
      ['text'],
      ['text', 1],
      ['text', new Uint8Array(1)],
      ['binary', 'x'],
      ['binary', new ArrayBuffer(1)],
      ['text', 'a', 'b'],
    ]) {
      expect(() => checkFrame(frame)).toThrow(badFrame)
    }
    expect(checkFrame(['fragment', 'x'])).toBe(false)
  })

  test('a list is checked up to its first close', () => {
    expect(() => check([['text', 'a'], ['close'], ['nonsense']], 1)).not.toThrow()
    expect(() => check([['text', 'a'], ['nonsense'], ['close']], 1)).toThrow(badFrame)
    expect(() => check([], 1)).not.toThrow()
    for (const commands of ['text', undefined, [['text', 'a'], 'close'], [undefined]])
      expect(() => check(commands, 1)).toThrow(badFrame)
  })

  test('broadcast refuses what is no frame', () => {
    expect(() => broadcast([], ['active', true] as never)).toThrow(badFrame)
    expect(() => broadcast([1 as never], text('x'))).toThrow(badArg)
  })
})

describe('routes', () => {
  const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: () => ['ok', null] }

  test('defaults are those of the table, then the handler, then the route', () => {
    expect(routeOptions('x')).toMatchObject({
      idleTimeoutMs: 60_000,
      pingIntervalMs: 25_000,
      maxFrameBytes: 1_000_000,
      compress: false,
    })
    const options = routeOptions('x', { idleTimeoutMs: 5 }, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    expect(options).toMatchObject({ idleTimeoutMs: 5, pingIntervalMs: 0 })
    expect(routeOptions('x', { pingIntervalMs: undefined as never })).toMatchObject({ pingIntervalMs: 25_000 })
  })

  test.each<[object, Error]>([
    [{ idleTimeout: 3 }, unknown],
    [{ onSlowPeer: 'drop' }, badArg],
    [{ onSlowPeer: { coalesce: 'key' } }, badArg],
    [{ onSlowPeer: { coalesce: () => 'key', by: 1 } }, unknown],
    [{ outboundHighBytes: 0 }, badArg],
    [{ outboundHighBytes: 100, outboundLowBytes: 100 }, badArg],
    [{ outboundHighBytes: 101, maxBufferedBytes: 100 }, badArg],
    [{ inboundHighBytes: 0 }, badArg],
    [{ inboundHighBytes: 10, inboundLowBytes: 10 }, badArg],
    [{ rate: 10 }, badArg],
    [{ rate: { frames: { perSecond: 1 } } }, unknown],
    [{ rate: { messages: 10 } }, badArg],
    [{ rate: { messages: { perSecond: 0 } } }, badArg],
    [{ rate: { bytes: { perSecond: 1, burst: 0 } } }, badArg],
    [{ rate: { bytes: { perSecond: 1, peak: 1 } } }, unknown],
    [{ claimsNoticeMs: -1 }, badArg],
    [{ requireOrigin: 'yes' }, badArg],
    [{ validateUtf8: 1 }, badArg],
    [{ compress: { level: 10 } }, badArg],
    [{ compress: { serverMaxWindowBits: 7 } }, badArg],
    [{ compress: { clientMaxWindowBits: 16 } }, badArg],
    [{ compress: { serverNoContextTakeover: 1 } }, badArg],
    [{ compress: { windowBits: 9 } }, unknown],
    [{ idleTimeoutMs: -1 }, badArg],
    [{ idleTimeoutMs: 2_147_483_648 }, badArg],
    [{ maxFrameBytes: 0 }, badArg],
    [{ maxBufferedBytes: 0 }, badArg],
    [{ compress: 1 }, badArg],
    [{ authorize: 1 }, badArg],
    [{ subprotocols: ['a b'] }, badArg],
    [{ subprotocols: 'a' }, badArg],
    [{ origins: 'none' }, badArg],
    [{ origins: ['example.org'] }, badArg],
    [{ onCrash: 'restart' }, badArg],
    [{ onCrash: { restart: { intensity: -1, periodMs: 1 } } }, badArg],
    [{ onCrash: { restart: { intensity: 1, periodMs: 1, more: 1 } } }, unknown],
  ])('the options %j are refused', (options, error) => {
    expect(() => route('/x', echo, options as never)).toThrow(error)
  })

  test.each(['', 'x', '/a?b', '/a b', '/:', '/:a/:a', '/*/x'])('the path %j is refused', (path) => {
    expect(() => route(path, echo)).toThrow(badArg)
  })

  test.each<[unknown]>([
    [undefined],
    [null],
    [{}],
    [{ init: () => ['ok', 1] }],
    [{ ...echo, info: 1 }],
    [{ ...echo, call: { x: 1 } }],
  ])('the handler %j is refused', (handler) => {
    expect(() => route('/x', handler as never)).toThrow(badArg)
  })
})
