// What connect takes, and what it refuses.
import { describe, expect, test } from '@jest/globals'
import { type ClientOptions, connect } from 'gensock/client'
import { address, urlOf } from '../../src/client/address.js'
import { settingsOf } from '../../src/client/options.js'
import { FakeWorld, start } from './world.js'

const refused = (options: object): string => {
  try {
    settingsOf(options as ClientOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('options', () => {
  test('without any there are the defaults', () => {
    expect(settingsOf({})).toEqual({
      transports: ['ws', 'sse', 'longPoll'],
      token: undefined,
      resume: false,
      heartbeatMs: 20_000,
      pace: { firstMs: 500, maxMs: 30_000, isExact: false },
      isBullet: false,
    })
  })

  test("preset 'bullet' has Bullet's timing, of which single values can be others", () => {
    expect(settingsOf({ preset: 'bullet' })).toMatchObject({
      pace: { firstMs: 160, maxMs: 10_000, isExact: true },
      isBullet: true,
    })
    expect(settingsOf({ preset: 'bullet', backoff: { maxMs: 5000 } }).pace).toEqual({ firstMs: 160, maxMs: 5000, isExact: true })
  })

  test.each<[object, string]>([
    [{ reconnect: true }, 'options must be of transports, token, resume, heartbeatMs, backoff, preset, got reconnect'],
    [{ backoff: { first: 1 } }, 'backoff must be of firstMs, maxMs, got first'],
    [{ transports: ['ws', 'carrier pigeon'] }, 'transports must be of ws, sse, longPoll, got carrier pigeon'],
    [{ preset: 'sockjs' }, 'preset must be of bullet, got sockjs'],
    [{ resume: 1 }, 'resume must be a boolean'],
    [{ token: 'secret' }, 'token must be a function'],
    [{ heartbeatMs: -1 }, 'heartbeatMs must be whole ms, 0 to 2147483647, got -1'],
    [{ heartbeatMs: 2 ** 31 }, 'heartbeatMs must be whole ms, 0 to 2147483647, got 2147483648'],
    [{ backoff: { firstMs: 0.5 } }, 'firstMs must be whole ms, 0 to 2147483647, got 0.5'],
    [{ backoff: { maxMs: Infinity } }, 'maxMs must be whole ms, 0 to 2147483647, got Infinity'],
  ])('%j is refused', (options, message) => expect(refused(options)).toBe(`gensock: ${message}`))

  test('numbers are taken from 0 up to what a timer can count', () => {
    expect(settingsOf({ heartbeatMs: 0, backoff: { firstMs: 0, maxMs: 2 ** 31 - 1 } })).toMatchObject({ heartbeatMs: 0 })
  })

  test('a transport that is given twice is tried once', () => {
    expect(settingsOf({ transports: ['sse', 'ws', 'sse'] }).transports).toEqual(['sse', 'ws'])
  })

  test('a client that could use nothing of what there is is refused', async () => {
    const none = 'gensock: transports must have one that there is here'
    await expect(start({ transports: [] })).rejects.toThrow(none)
    await expect(start({}, new FakeWorld().without('WebSocket', 'EventSource', 'fetch'))).rejects.toThrow(none)
    await expect(start({ transports: ['sse'] }, new FakeWorld().without('EventSource'))).rejects.toThrow(none)
  })
})

describe('urls', () => {
  const url = (given: string, scheme: 'ws' | 'http'): string =>
    address(urlOf(given, 'https://host.test/a/b'), scheme, { token: 'x&y' })

  test.each<[string, string, string]>([
    ['/ws', 'wss://host.test/ws?token=x%26y', 'https://host.test/ws?token=x%26y'],
    ['ws?a=1', 'wss://host.test/a/ws?a=1&token=x%26y', 'https://host.test/a/ws?a=1&token=x%26y'],
    ['http://other.test:81/ws#hash', 'ws://other.test:81/ws?token=x%26y', 'http://other.test:81/ws?token=x%26y'],
    ['ws://other.test/ws?token=old', 'ws://other.test/ws?token=x%26y', 'http://other.test/ws?token=x%26y'],
    ['wss://other.test', 'wss://other.test/?token=x%26y', 'https://other.test/?token=x%26y'],
  ])('%s', (given, ws, http) => {
    expect(url(given, 'ws')).toBe(ws)
    expect(url(given, 'http')).toBe(http)
  })

  test.each(['ftp://host.test/', 'http://', 'blob:x'])('%s is refused', (given) => {
    expect(() => urlOf(given, 'https://host.test/')).toThrow(TypeError)
  })

  test('a relative url needs a page', () => {
    expect(() => connect('/ws')).toThrow('gensock: url must be of http, https, ws or wss, or relative to a page, got /ws')
  })
})

describe('close and send', () => {
  test.each<[number | undefined, string | undefined, string]>([
    [1001, undefined, 'code must be 1000 or 3000 to 4999, got 1001'],
    [2999, undefined, 'code must be 1000 or 3000 to 4999, got 2999'],
    [5000, undefined, 'code must be 1000 or 3000 to 4999, got 5000'],
    [4000.5, undefined, 'code must be 1000 or 3000 to 4999, got 4000.5'],
    [1000, 'x'.repeat(124), 'reason must be at most 123 bytes'],
    [1000, 'ä'.repeat(62), 'reason must be at most 123 bytes'],
  ])('close(%p, %p) is refused, and nothing is closed', async (code, reason, message) => {
    const { client } = await start()
    expect(() => client.close(code, reason)).toThrow(new TypeError(`gensock: ${message}`))
    expect(client.state).toBe('connecting')
  })

  test.each<[number, string]>([
    [1000, 'x'.repeat(123)],
    [3000, ''],
    [4999, 'bye'],
  ])('close(%p, %p) is what the server gets', async (code, reason) => {
    const { client, world } = await start()
    await world.socket.open()
    client.close(code, reason)
    expect(world.socket.closed).toEqual([code, reason])
  })

  test('only text and bytes are sent', async () => {
    const { client, world } = await start()
    await world.socket.open()
    for (const data of [5, null, undefined, { a: 1 }])
      expect(() => client.send(data as never)).toThrow('gensock: data must be text or bytes')
    const bytes = new Uint8Array([1, 2])
    expect([client.send('text'), client.send(bytes), client.send(bytes.buffer)]).toEqual([true, true, true])
    expect(world.socket.sent).toEqual(['text', bytes, bytes.buffer])
  })
})
