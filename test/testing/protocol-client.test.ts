// A typed client of a contract in virtual time: for the tests of handlers.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pg, self } from 'gensock'
import { type Codec, defineProtocol, isProtocolError, jsonCodec, protocolHandler, toGroup } from 'gensock/protocol'
import { route } from 'gensock/socket'
import { testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { protocolClient, type ProtocolTestClientOptions } from '../../src/testing/protocol-client.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const chat = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.string(), ask: z.undefined(), crash: z.undefined() },
    calls: {
      history: { request: z.number(), reply: z.array(z.string()), errors: { tooMany: z.number() } },
      slow: { request: z.undefined(), reply: z.undefined() },
      pay: { request: z.number(), reply: z.number(), delivery: 'atLeastOnce' },
    },
  },
  toClient: {
    messages: { said: z.string(), at: z.string().transform(Number), bell: z.undefined() },
    calls: { sure: { request: z.string(), reply: z.boolean(), errors: { busy: z.string() } } },
  },
})
const handler = protocolHandler<readonly string[]>()(chat, {
  init(_args, self) {
    pg.join('room', self.pid)
    return ['ok', []]
  },
  on: {
    say(line, lines) {
      toGroup(chat, 'room').said(line)
      return ['ok', [...lines, line]]
    },
    async ask(_nothing, lines, self) {
      self.push.said(String(await self.call.sure('really?').catch((error: { reason: string }) => error.reason)))
      self.push.at('42')
      self.push.bell()
      return ['ok', lines]
    },
    crash() {
      throw new Error('boom')
    },
  },
  calls: {
    history: (last, _from, lines) => (last > 9 ? ['error', 'tooMany', 9, lines] : ['reply', lines.slice(-last), lines]),
    slow: (_nothing, _from, lines) => ['noreply', lines],
    pay: (amount, _from, lines) => ['reply', amount, lines],
  },
})
const open = (options?: ProtocolTestClientOptions) => protocolClient(node, handler, chat, options)

describe('messages', () => {
  test('what is sent before the handshake comes, and what comes is received', async () => {
    const bob = open()
    await node.settle()
    const ann = open()
    expect(ann.send.say('hi')).toBe(true)
    await node.settle()
    expect([ann.received, bob.received]).toEqual([[['said', 'hi']], [['said', 'hi']]])
  })

  test('listeners hear them until they stop, in order, as the schema makes them', async () => {
    const ann = open()
    const heard: unknown[] = []
    const stop = ann.on.said((line) => heard.push(line))
    ann.on.at((at) => heard.push(at + 1))
    ann.answer.sure(() => true)
    ann.send.ask()
    await node.settle()
    stop()
    ann.send.say('unheard')
    await node.settle()
    expect(heard).toEqual(['true', 43])
    expect(ann.received).toEqual([
      ['said', 'true'],
      ['at', 42],
      ['bell', undefined],
      ['said', 'unheard'],
    ])
  })

  test('a listener runs when the turn of the socket is over, outside of any process, and may send', async () => {
    const log: string[] = []
    const echo = protocolHandler<null>()(chat, {
      init: () => ['ok', null],
      on: {
        say(line, state, self) {
          self.push.said(line)
          log.push(`pushed ${line}`)
          return ['ok', state]
        },
        ask: (_nothing, state) => ['ok', state],
        crash: (_nothing, state) => ['ok', state],
      },
      calls: {
        history: (_last, _from, state) => ['reply', [], state],
        slow: (_nothing, _from, state) => ['noreply', state],
        pay: (amount, _from, state) => ['reply', amount, state],
      },
    })
    const ann = protocolClient(node, echo, chat)
    ann.on.said((line) => {
      log.push(`heard ${line}`)
      expect(() => self()).toThrow(/none is running here/)
      if (line === 'one') ann.send.say('two')
    })
    ann.send.say('one')
    await node.settle()
    expect(log).toEqual(['pushed one', 'heard one', 'pushed two', 'heard two'])
  })

  test('the frames are there as well', async () => {
    const ann = open()
    ann.send.say('hi')
    await node.settle()
    expect(ann.socket.sent).toEqual([['text', '["said","hi"]']])
    ann.socket.send('["say","raw"]')
    await node.settle()
    expect(ann.received.at(-1)).toEqual(['said', 'raw'])
  })
})

describe('calls', () => {
  test('resolve with the reply, reject with errors of the contract', async () => {
    const ann = open()
    ann.send.say('hi')
    expect(await ann.call.history(1)).toEqual(['hi'])
    const error = await ann.call.history(10).catch((thrown: unknown) => thrown)
    expect(isProtocolError(error, chat, 'history') && [error.error, error.data]).toEqual(['tooMany', 9])
    expect(await ann.call.pay(7)).toBe(7)
  })

  test('time out in virtual time', async () => {
    const ann = open()
    const call = ann.call.slow(undefined, { timeoutMs: 60_000 }).catch(({ reason }) => reason)
    await node.advance(59_999)
    expect(await Promise.race([call, Promise.resolve('not yet')])).toBe('not yet')
    await node.advance(1)
    expect(await call).toBe('timeout')
  })

  test('of the server are answered, refused, or not answered by anybody', async () => {
    const ann = open()
    ann.send.ask()
    await node.settle()
    ann.answer.sure((text, fail) => (text === 'really?' ? fail('busy', 'soon') : true))
    ann.send.ask()
    await node.settle()
    const stop = ann.answer.sure(async () => false)
    ann.send.ask()
    await node.settle()
    stop()
    expect(ann.received.filter(([name]) => name === 'said')).toEqual([
      ['said', 'unknown_call'],
      ['said', 'error'],
      ['said', 'false'],
    ])
  })
})

describe('problems', () => {
  test('of either end are kept, and told', async () => {
    const ann = open({ validateOut: false })
    const told: unknown[] = []
    ann.send.say(7 as never)
    await node.settle()
    ann.onproblem = ({ saidBy }) => told.push(saidBy)
    ann.send.say(8 as never)
    await node.settle()
    expect(ann.problems).toMatchObject([
      { saidBy: 'server', reason: 'bad_message', name: 'say' },
      { saidBy: 'server', reason: 'bad_message', name: 'say' },
    ])
    expect(told).toEqual(['server'])
  })

  test('what does not fit is not sent', () => {
    expect(() => open().send.say(7 as never)).toThrow(TypeError)
  })

  test('what a listener throws is a crash of the node', async () => {
    const ann = open()
    ann.on.said(() => {
      throw new Error('of a listener')
    })
    ann.send.say('hi')
    await node.settle()
    expect(node.crashes.map(({ text }) => text.includes('of a listener'))).toEqual([true])
    node.expectCrash(/of a listener/)
    expect(ann.received).toEqual([['said', 'hi']])
  })

  test('so is what onopen and onclose throw', async () => {
    node.expectCrash(/in onopen/)
    node.expectCrash(/in onclose/)
    const ann = open()
    ann.onopen = () => {
      throw new Error('in onopen')
    }
    ann.onclose = () => {
      throw new Error('in onclose')
    }
    await node.settle()
    ann.socket.cut()
    await node.settle()
    expect(node.crashes.length).toBe(2)
  })
})

describe('the connection', () => {
  test('onopen comes with the handshake, onclose with the end of the socket', async () => {
    const ann = open()
    const log: unknown[] = []
    ann.onopen = ({ transport }) => log.push(transport)
    ann.ondisconnect = ({ willRetry }) => log.push(willRetry)
    ann.onclose = ({ code, reason }) => log.push([code, reason])
    await node.settle()
    expect([log, ann.state]).toEqual([['ws'], 'open'])
    node.expectCrash(/boom/)
    ann.send.crash()
    await node.settle()
    expect([log, ann.state]).toEqual([['ws', false, [1011, '']], 'closed'])
    expect(ann.send.say('too late')).toBe(false)
    await expect(ann.call.pay(1)).rejects.toMatchObject({ reason: 'closed' })
  })

  test('close ends it at once, and the socket hears the code', async () => {
    const ann = open()
    await node.settle()
    const log: unknown[] = []
    ann.ondisconnect = () => log.push('ondisconnect')
    ann.onclose = ({ code, reason }) => log.push([code, reason])
    const call = ann.call.slow()
    ann.close(4000, 'bye')
    expect(log).toEqual([[4000, 'bye']])
    await expect(call).rejects.toMatchObject({ reason: 'closed' })
    ann.close()
    await node.settle()
    expect([ann.state, ann.socket.terminated]).toEqual(['closed', [{ type: 'remote', code: 4000, reason: 'bye' }]])
  })

  test('a connection that is cut closes with 1006', async () => {
    const ann = open()
    await node.settle()
    const codes: number[] = []
    ann.onclose = ({ code }) => codes.push(code)
    const call = ann.call.slow().catch(({ reason }) => reason)
    await node.settle()
    ann.socket.cut()
    await node.settle()
    expect([codes, await call]).toEqual([[1006], 'disconnected'])
  })

  test('a handshake that is refused closes with 1006', async () => {
    const refusing = { ...handler, upgrade: () => ['reject', 403] as const }
    const ann = protocolClient(node, refusing, chat)
    const codes: number[] = []
    ann.onclose = ({ code }) => codes.push(code)
    await node.settle()
    expect([codes, ann.state]).toEqual([[1006], 'closed'])
  })

  test('another version is closed with 4406 and its reason', async () => {
    const next = defineProtocol({ version: 'chat.2', toServer: {}, toClient: {} })
    const ann = protocolClient(node, handler, next)
    const closes: unknown[] = []
    ann.onclose = ({ code, reason }) => closes.push([code, reason])
    await node.settle()
    expect(closes).toEqual([[4406, 'this server speaks chat.1, not chat.2']])
  })

  test('a call that nobody awaits ends with the node, and ends nothing else', async () => {
    const unhandled: unknown[] = []
    const hear = (error: unknown): number => unhandled.push(error)
    process.on('unhandledRejection', hear)
    try {
      const ann = open()
      void ann.call.slow()
      await node.settle()
      await node.stop()
      await new Promise((resolve) => setImmediate(resolve))
      expect([unhandled, ann.state]).toEqual([[], 'closed'])
    } finally {
      process.off('unhandledRejection', hear)
    }
  })
})

describe('options', () => {
  const loud: Codec = {
    name: 'loud',
    encode: (value) => JSON.stringify(value).toUpperCase(),
    decode: (data) => jsonCodec.decode(String(data).toLowerCase()),
  }
  test('with several codecs it can send once the server has chosen', async () => {
    const ann = open({ codecs: [loud, jsonCodec] })
    expect([ann.state, ann.send.say('too early')]).toEqual(['connecting', false])
    await node.settle()
    expect(ann.send.say('hi')).toBe(true)
    await node.settle()
    expect(ann.socket.sent).toEqual([['text', '["said","hi"]']])
  })

  test('it takes a route, with its options, and what the handshake brings', async () => {
    const ann = protocolClient(node, route('/chat', handler, { idleTimeoutMs: 1000 }), chat, {
      claims: 'ann',
      request: { path: '/chat' },
    })
    await node.advance(1000)
    expect(ann.socket.closed).toEqual(['close', 1000])
  })

  test('over a transport of plain HTTP the offer stands in the query', async () => {
    const ann = open({ transport: 'sse' })
    ann.send.say('hi')
    await node.settle()
    expect(ann.received).toEqual([['said', 'hi']])
  })

  test('what cannot be is refused', () => {
    expect(() => protocolClient(node, handler, {} as never)).toThrow(
      /protocolClient: protocol must be what defineProtocol answers/,
    )
    expect(() => open({ idleTimeout: 1 } as never)).toThrow(/does not know the option 'idleTimeout'/)
    expect(() => open({ codecs: [] })).toThrow(TypeError)
    expect(() => protocolClient({} as never, handler, chat)).toThrow(/node/)
  })
})
