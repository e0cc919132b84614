// What protocolHandler refuses when a handler is made, and how client and server agree on a version.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type GensockError } from 'gensock'
import { type Codec, defineProtocol, jsonCodec, protocolHandler } from 'gensock/protocol'
import { fakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { chat, chatHandler } from './chat.js'
import { say, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const init = (): readonly ['ok', null] => ['ok', null]
const good = {
  init,
  on: { say: init, ask: init, clear: init, crash: init },
  calls: { history: init, later: init, count: init, pay: init },
}
const make = (handler: unknown, options?: unknown, protocol: unknown = chat): unknown =>
  protocolHandler<null>()(protocol as typeof chat, handler as never, options as never)
const refused = (run: () => unknown): readonly [code: string, message: string] => {
  try {
    run()
  } catch (error) {
    return [(error as GensockError).code, (error as GensockError).message]
  }
  return ['', 'it was not refused']
}

describe('a handler', () => {
  test('with all that the contract names, and nothing else, is one', () => {
    expect(() => make(good)).not.toThrow()
  })

  const { say: _say, ...withoutSay } = good.on
  const { pay: _pay, ...withoutPay } = good.calls
  test.each<readonly [what: string, handler: unknown, code: string, message: string]>([
    ['no object', 7, 'BADARG', 'protocolHandler: handler'],
    ['no init', { ...good, init: undefined }, 'BADARG', 'protocolHandler: handler.init'],
    ['an init that is no function', { ...good, init: 1 }, 'BADARG', 'protocolHandler: handler.init'],
    ['an info that is no function', { ...good, info: {} }, 'BADARG', 'protocolHandler: handler.info'],
    ['a terminate that is no function', { ...good, terminate: null }, 'BADARG', 'protocolHandler: handler.terminate'],
    ['a message without a clause', { ...good, on: withoutSay }, 'BADARG', 'protocolHandler: on.say'],
    ['no messages at all', { ...good, on: undefined }, 'BADARG', 'protocolHandler: on.say'],
    ['a clause that is no function', { ...good, on: { ...good.on, say: true } }, 'BADARG', 'protocolHandler: on.say'],
    ['a call without a clause', { ...good, calls: withoutPay }, 'BADARG', 'protocolHandler: calls.pay'],
    ['no calls at all', { ...good, calls: undefined }, 'BADARG', 'protocolHandler: calls.history'],
    ['clauses that are a list', { ...good, calls: [] }, 'BADARG', 'protocolHandler: calls'],
    ['a message that there is not', { ...good, on: { ...good.on, shout: init } }, 'UNKNOWN_OPTION', 'protocolHandler: on'],
    [
      'a call that there is not',
      { ...good, calls: { ...good.calls, histroy: init } },
      'UNKNOWN_OPTION',
      'protocolHandler: calls',
    ],
    ['a part that there is not', { ...good, handle: init }, 'UNKNOWN_OPTION', 'protocolHandler: handler'],
  ])('with %s is refused by name', (_what, handler, code, message) => {
    const [gotCode, gotMessage] = refused(() => make(handler))
    expect(gotCode).toBe(`GENSOCK_ERR_${code}`)
    expect(gotMessage.slice(0, message.length)).toBe(message)
  })

  test.each([{}, null, undefined, 'chat.1', { version: 'chat.1', toServer: {}, toClient: {} }])(
    'without a contract is refused: %j',
    (protocol) => {
      expect(refused(() => make(good, {}, protocol ?? null))[0]).toBe('GENSOCK_ERR_BADARG')
    },
  )
})

describe('options', () => {
  const codec = { ...jsonCodec, name: 'other' }
  test.each<readonly [options: unknown]>([
    [{}],
    [{ onBadFrame: 'answer' }],
    [{ onBadFrame: 'drop' }],
    [{ onBadFrame: { closeAfter: 1 } }],
    [{ onBadFrame: { closeAfter: Number.MAX_SAFE_INTEGER } }],
    [{ validateIn: false, validateOut: true }],
    [{ codecs: [codec, jsonCodec] }],
    [{ answered: {} }],
    [{ answered: { max: 1, keepMs: 1 } }],
    [{ answered: { keepMs: 2_147_483_647 } }],
  ])('%j are good', (options) => {
    expect(() => make(good, options)).not.toThrow()
  })

  test.each<readonly [name: string, options: unknown, code?: string]>([
    ['protocolHandler: options', null],
    ['protocolHandler: options', []],
    ['protocolHandler does not know', { onbadframe: 'drop' }, 'UNKNOWN_OPTION'],
    ['protocolHandler: onBadFrame', { onBadFrame: 'close' }],
    ['protocolHandler: onBadFrame', { onBadFrame: null }],
    ['protocolHandler: onBadFrame', { onBadFrame: 3 }],
    ['protocolHandler: onBadFrame.closeAfter', { onBadFrame: {} }],
    ['protocolHandler: onBadFrame.closeAfter', { onBadFrame: { closeAfter: -1 } }],
    ['protocolHandler: onBadFrame.closeAfter', { onBadFrame: { closeAfter: 0 } }],
    ['protocolHandler: onBadFrame.closeAfter', { onBadFrame: { closeAfter: 1.5 } }],
    ['protocolHandler: onBadFrame.closeAfter', { onBadFrame: { closeAfter: Infinity } }],
    ['protocolHandler: onBadFrame does not know', { onBadFrame: { closeAfter: 1, code: 1 } }, 'UNKNOWN_OPTION'],
    ['protocolHandler: validateIn', { validateIn: 1 }],
    ['protocolHandler: validateOut', { validateOut: 'no' }],
    ['protocolHandler: codecs', { codecs: [] }],
    ['protocolHandler: codecs', { codecs: 'json' }],
    ['protocolHandler: codecs', { codecs: [null] }],
    ['protocolHandler: codecs', { codecs: [jsonCodec, jsonCodec] }],
    ['protocolHandler: codecs', { codecs: [{ ...jsonCodec, name: 'a+b' }] }],
    ['protocolHandler: codecs', { codecs: [{ ...jsonCodec, name: '' }] }],
    ['protocolHandler: codecs', { codecs: [{ name: 'x', encode: () => '' }] }],
    ['protocolHandler: answered', { answered: 5 }],
    ['protocolHandler: answered.max', { answered: { max: 0 } }],
    ['protocolHandler: answered.max', { answered: { max: -1 } }],
    ['protocolHandler: answered.keepMs', { answered: { keepMs: 0 } }],
    ['protocolHandler: answered.keepMs', { answered: { keepMs: 2_147_483_648 } }],
    ['protocolHandler: answered does not know', { answered: { ttl: 1 } }, 'UNKNOWN_OPTION'],
  ])('%s: bad ones are refused by name', (name, options, code = 'BADARG') => {
    const [gotCode, gotMessage] = refused(() => make(good, options))
    expect(gotCode).toBe(`GENSOCK_ERR_${code}`)
    expect(gotMessage.slice(0, name.length)).toBe(name)
  })

  test('defaults are those of its routes', () => {
    const handler = protocolHandler<null>()(defineProtocol({ version: '1', toServer: {}, toClient: {} }), {
      init,
      defaults: { maxFrameBytes: 1000 },
    })
    expect(handler.defaults).toMatchObject({ maxFrameBytes: 1000 })
  })
})

describe('the version', () => {
  const loud: Codec = {
    name: 'loud',
    encode: (value) => JSON.stringify(value).toUpperCase(),
    decode: (data) => jsonCodec.decode(String(data).toLowerCase()),
  }

  test.each([
    ['chat.1', 'chat.1'],
    ['chat.0, chat.1', 'chat.1'],
    ['chat.1+loud', 'chat.1+loud'],
    ['chat.1, chat.1+loud', 'chat.1+loud'],
    [' chat.1+loud ,chat.1', 'chat.1+loud'],
  ])('of the offers %j the server takes the best of its own: %s', async (offers, taken) => {
    const socket = speak(node, chatHandler({ codecs: [loud, jsonCodec] }), offers)
    await node.settle()
    expect(socket.handshake).toMatchObject(['accept', { subprotocol: taken }])
    socket.send('["say",{"line":"hi"}]')
    await node.settle()
    expect(socket.sent).toEqual([['text', taken === 'chat.1' ? '["said",{"line":"hi"}]' : '["SAID",{"LINE":"HI"}]']])
  })

  test.each([
    ['chat.2', 'chat.2', 'this server speaks chat.1+loud or chat.1, not chat.2'],
    ['chat.1+msgpack', 'chat.1+msgpack', 'this server speaks chat.1+loud or chat.1, not chat.1+msgpack'],
    ['CHAT.1', 'CHAT.1', 'this server speaks chat.1+loud or chat.1, not CHAT.1'],
    ['', undefined, 'offer the subprotocol chat.1+loud or chat.1'],
    [',,', undefined, 'offer the subprotocol chat.1+loud or chat.1'],
  ])('who offers %j is closed with 4406 and hears what is spoken', async (offers, answered, reason) => {
    const handler = chatHandler({ codecs: [loud, jsonCodec] })
    const socket = speak(node, handler, offers)
    await say(node, socket, ['say', { line: 'hi' }])
    expect(socket.handshake).toEqual([
      'accept',
      answered === undefined
        ? expect.not.objectContaining({ subprotocol: expect.anything() })
        : expect.objectContaining({ subprotocol: answered }),
    ])
    expect([socket.closed, socket.sent]).toEqual([['close', 4406, reason], []])
    expect(handler.counters()).toMatchObject({ refusedVersions: 1, badFrames: 0 })
  })

  test('who offers nothing at all is closed with 4406', async () => {
    const socket = fakeTransport(node, chatHandler())
    await node.settle()
    expect(socket.closed).toEqual(['close', 4406, 'offer the subprotocol chat.1'])
  })

  test('offers without end have a reason that fits into a close frame', async () => {
    const socket = speak(node, chatHandler(), Array.from({ length: 1000 }, (_, n) => `chat.${n + 2}`).join(', '))
    await node.settle()
    const [, code, reason] = socket.closed as readonly [string, number, string]
    expect([code, reason.length, reason.slice(0, 45)]).toEqual([4406, 120, 'this server speaks chat.1, not chat.2, chat.3'])
  })

  test.each(['é'.repeat(100), '\u{1F600}'.repeat(50), 'a b', 'a"b', '\0'])(
    'over plain HTTP the query may offer %j: that is no version, and no crash',
    async (offer) => {
      const query = new URLSearchParams({ protocols: `${offer},chat.2` })
      const socket = fakeTransport(node, chatHandler(), { transport: 'sse', request: { query } })
      await node.settle()
      expect(socket.closed).toEqual(['close', 4406, 'this server speaks chat.1, not chat.2'])
      expect(socket.exit).toBe('normal')
    },
  )

  test('terminate, info and event are not called for a client of another version', async () => {
    const called: string[] = []
    const note = (name: string) => () => {
      called.push(name)
      return init()
    }
    const quiet = defineProtocol({ version: 'quiet.1', toServer: {}, toClient: {} })
    const handler = protocolHandler<null, string>()(quiet, {
      init: note('init'),
      info: note('info'),
      event: note('event'),
      terminate: () => void called.push('terminate'),
    })
    const socket = speak(node, handler, 'quiet.2')
    socket.send(['ping', 'x'])
    await node.settle()
    expect([called, socket.closed]).toEqual([[], ['close', 4406, 'this server speaks quiet.1, not quiet.2']])
  })
})

test('a contract with an empty side needs neither on nor calls', async () => {
  const ticker = defineProtocol({ version: 'tick.1', toServer: {}, toClient: { messages: { tick: z.number() } } })
  const handler = protocolHandler<null>()(ticker, {
    init: (_args, self) => {
      self.push.tick(1)
      return ['ok', null]
    },
  })
  expect(await say(node, speak(node, handler, 'tick.1'))).toEqual([['tick', 1]])
})
