// What connect takes with a contract, and what it refuses. Here connect itself is called, in a global world that is not real.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { connect } from 'gensock/client'
import { defineProtocol, jsonCodec } from 'gensock/protocol'
import { settle } from './fakes.js'
import { bytesCodec, chat, ProtocolWorld } from './protocol-kit.js'

let world = new ProtocolWorld()
const NAMES = ['WebSocket', 'document'] as const
let before: (readonly [name: string, value: PropertyDescriptor | undefined])[]
beforeAll(() => {
  before = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)])
  for (const name of NAMES) Object.defineProperty(globalThis, name, { get: () => world.env[name], configurable: true })
})
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(globalThis, name)
    else Object.defineProperty(globalThis, name, value)
  }
})
beforeEach(() => {
  world = new ProtocolWorld()
})

const refused = (options: object): string => {
  try {
    connect('/ws', options)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('connect', () => {
  test('takes a contract along with the options of any client', async () => {
    const client = connect('/ws', { protocol: chat, transports: ['ws'], token: () => 's3cr3t', heartbeatMs: 0 })
    await settle()
    expect([client.state, world.socket.url.searchParams.get('token'), world.socket.offered]).toEqual([
      'connecting',
      's3cr3t',
      ['chat.1'],
    ])
    await world.socket.speak()
    expect([client.state, client.send.say({ line: 'hi' }), world.socket.frames]).toEqual([
      'open',
      true,
      [['say', { line: 'hi' }]],
    ])
    client.close()
  })

  test('offers its codecs, the best first', async () => {
    const client = connect('/ws', { protocol: chat, transports: ['ws'], codecs: [bytesCodec, jsonCodec] })
    await settle()
    expect(world.socket.offered).toEqual(['chat.1+b64', 'chat.1'])
    client.close()
  })

  test('answers a client that has nothing but what the contract names', () => {
    const client = connect('/ws', { protocol: chat, transports: ['ws'] })
    const names = (of: object): string[] => Object.keys(Object.getPrototypeOf(of) as object)
    expect([names(client.send), names(client.call)]).toEqual([
      ['say', 'clear', 'loose'],
      ['history', 'count', 'pay', 'loosely', 'slowly'],
    ])
    expect([names(client.on), names(client.answer)]).toEqual([
      ['said', 'heard', 'slow', 'trap'],
      ['areYouThere', 'loose'],
    ])
    expect(Reflect.get(client.send, 'then')).toBeUndefined() // it may be awaited by mistake
    client.close()
  })
})

describe('refused is', () => {
  const codecs = 'codecs must be a list of codecs: { name, encode, decode }, at least one, no name twice'
  test.each<[string, object, string]>([
    ['no contract', { protocol: undefined }, 'protocol must be of defineProtocol'],
    ['null', { protocol: null }, 'protocol must be of defineProtocol'],
    ['the shape of a contract', { protocol: { version: 'a', toServer: {}, toClient: {} } }, 'protocol must be of defineProtocol'],
    ['no codec', { protocol: chat, codecs: [] }, codecs],
    ['no list of codecs', { protocol: chat, codecs: jsonCodec }, codecs],
    ['what is no codec', { protocol: chat, codecs: [jsonCodec, undefined] }, codecs],
    ['half a codec', { protocol: chat, codecs: [{ name: 'half', encode: String }] }, codecs],
    ['a codec whose name is no token', { protocol: chat, codecs: [{ ...jsonCodec, name: 'a b' }] }, codecs],
    ['a codec twice', { protocol: chat, codecs: [jsonCodec, bytesCodec, { ...jsonCodec }] }, codecs],
    ['validateOut that is neither on nor off', { protocol: chat, validateOut: 1 }, 'validateOut must be true or false'],
    ['resume', { protocol: chat, resume: true }, 'resume is of the pages of gensock/zotonic: there is none with a protocol'],
    [
      'another option',
      { protocol: chat, retry: true },
      'options must be of transports, token, resume, heartbeatMs, backoff, preset, got retry',
    ],
    [
      'codecs without a contract',
      { codecs: [jsonCodec] },
      'options must be of transports, token, resume, heartbeatMs, backoff, preset, got codecs',
    ],
  ])('%s', async (_what, options, message) => {
    expect(refused({ transports: ['ws'], ...options })).toBe(`gensock: ${message}`)
    await settle()
    expect([world.sockets.length, world.pending, world.listening]).toEqual([0, 0, 0])
  })

  test('a contract that is none to defineProtocol', () => {
    expect(() => defineProtocol({ version: 'a+b', toServer: {}, toClient: {} })).toThrow(TypeError)
  })
})

test('resume false is what a contract has anyway', () => {
  const client = connect('/ws', { protocol: chat, transports: ['ws'], resume: false })
  expect(client.state).toBe('connecting')
  client.close()
})
