// The messages of a contract at the client: what goes out, who hears what comes, and what becomes of that which does not fit.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { settle } from './fakes.js'
import { chat, FakeSocket, gate, gates, ProtocolWorld, spoken, talk } from './protocol-kit.js'

afterEach(() => {
  gates.clear()
  jest.restoreAllMocks()
})

describe('a message that is sent', () => {
  test('is a frame of its name and its data, and without data of its name alone', async () => {
    const { client, world } = await spoken()
    expect([client.send.say({ line: 'hi' }), client.send.clear(), client.send.loose(null)]).toEqual([true, true, true])
    expect(world.socket.sent).toEqual(['["say",{"line":"hi"}]', '["clear"]', '["loose",null]'])
  })

  test('is refused by false in each state but open', async () => {
    const { client, world } = await talk()
    const seen: [string, boolean][] = []
    const note = (): void => void seen.push([client.state, client.send.clear()])
    note()
    await world.socket.speak()
    note()
    await world.socket.end()
    note()
    client.close()
    note()
    expect(seen).toEqual([
      ['connecting', false],
      ['open', true],
      ['waiting', false],
      ['closed', false],
    ])
  })

  test('is refused by false when 4 MiB have not left yet', async () => {
    const { client, world } = await spoken()
    world.socket.bufferedAmount = 4_194_305
    expect([client.send.clear(), world.socket.sent]).toEqual([false, []])
  })

  test('that does not fit the contract throws, says where, and nothing goes out', async () => {
    const { client, world } = await spoken()
    const wrong = (): unknown => client.send.say({ line: 7 } as never)
    expect(wrong).toThrow(TypeError)
    expect(wrong).toThrow('gensock: send.say: does not fit the contract at line: Invalid input: expected string, received number')
    expect(world.socket.sent).toEqual([])
  })

  test('is not looked at with validateOut false', async () => {
    const { client, world } = await spoken({ validateOut: false })
    expect(client.send.say({ line: 7 } as never)).toBe(true)
    expect(world.socket.frames).toEqual([['say', { line: 7 }]])
  })

  test('that has no form in the codec throws, and nothing goes out', async () => {
    const { client, world } = await spoken()
    expect(() => client.send.loose(1n)).toThrow(TypeError)
    expect(world.socket.sent).toEqual([])
  })
})

describe('listeners', () => {
  test('hear what comes as their schema makes it, each of them, in the order in which they were set', async () => {
    const { client, world } = await spoken()
    const heard: unknown[] = []
    client.on.said((message) => heard.push(['a', message]))
    client.on.said((message) => heard.push(['b', message]))
    client.on.heard((message) => heard.push(['c', message]))
    await world.socket.bring(['said', { line: 'hi', more: 1 }], ['heard', 7])
    expect(heard).toEqual([
      ['a', { line: 'hi' }],
      ['b', { line: 'hi' }],
      ['c', 7],
    ])
  })

  test('the same one twice hears twice, and each is ended by its own', async () => {
    const { client, world } = await spoken()
    const heard: number[] = []
    const listener = (number: number): void => void heard.push(number)
    const [first, second] = [client.on.heard(listener), client.on.heard(listener)]
    await world.socket.bring(['heard', 1])
    first()
    first()
    await world.socket.bring(['heard', 2])
    second()
    await world.socket.bring(['heard', 3])
    expect(heard).toEqual([1, 1, 2])
  })

  test('one that is set by another hears from the next message on', async () => {
    const { client, world } = await spoken()
    const heard: number[] = []
    const stop = client.on.heard(() => {
      stop()
      client.on.heard((number) => heard.push(number))
    })
    await world.socket.bring(['heard', 1], ['heard', 2])
    expect(heard).toEqual([2])
  })

  test('one that throws does not keep the message from the next one, and its error is reported', async () => {
    const { client, world, problems } = await spoken()
    const heard: number[] = []
    client.on.heard(() => {
      throw new Error('mine')
    })
    client.on.heard((number) => heard.push(number))
    await world.socket.bring(['heard', 1])
    expect(heard).toEqual([1])
    await expect(world.advance(0)).rejects.toThrow('mine')
    expect(problems).toEqual([])
  })

  test('stay over a reconnect', async () => {
    const { client, world } = await spoken()
    const heard: number[] = []
    client.on.heard((number) => heard.push(number))
    await (await world.reconnect()).bring(['heard', 1])
    expect(heard).toEqual([1])
  })

  test('a message that nobody listens for is dropped in silence', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue(undefined)
    const { world, problems } = await spoken()
    await world.socket.bring(['heard', 1])
    expect([problems, warn.mock.calls]).toEqual([[], []])
  })

  test('one that is no function is refused', async () => {
    const { client } = await spoken()
    expect(() => client.on.heard(7 as never)).toThrow(new TypeError('gensock: on.heard: a function'))
    expect(() => client.answer.areYouThere(undefined as never)).toThrow(new TypeError('gensock: answer.areYouThere: a function'))
  })
})

describe('a schema that takes its time', () => {
  test('keeps what comes behind it waiting: all is heard in the order in which it came', async () => {
    const { client, world } = await spoken()
    const heard: unknown[] = []
    client.on.slow((text) => heard.push(text))
    client.on.heard((number) => heard.push(number))
    const [a, b] = [gate(), gate()]
    gates.set('a', a.opened).set('b', b.opened)
    await world.socket.bring(['heard', 0], ['slow', 'a'], ['heard', 1], ['slow', 'b'], ['heard', 2])
    b.open()
    await settle()
    expect(heard).toEqual([0])
    a.open()
    await settle()
    expect(heard).toEqual([0, 'a', 1, 'b', 2])
    await world.socket.bring(['heard', 3])
    expect(heard.at(-1)).toBe(3)
  })

  test('refuses as one that does not', async () => {
    const { client, world, problems } = await spoken()
    const heard: unknown[] = []
    client.on.slow((text) => heard.push(text))
    await world.socket.bring(['slow', 'bad'], ['slow', 'good'])
    expect([heard, problems]).toEqual([
      ['good'],
      [{ reason: 'bad_message', name: 'slow', path: [], expected: 'Invalid input', saidBy: 'client' }],
    ])
  })

  test('what waits behind it is heard although the connection is lost, and not after close', async () => {
    const { client, world } = await spoken()
    const heard: unknown[] = []
    client.on.slow((text) => heard.push(text))
    client.on.heard((number) => heard.push(number))
    const [a, b] = [gate(), gate()]
    gates.set('a', a.opened).set('b', b.opened)
    await world.socket.bring(['slow', 'a'], ['heard', 1])
    await world.socket.end()
    a.open()
    await settle()
    expect(heard).toEqual(['a', 1])
    await world.advance(30_000)
    await world.socket.speak()
    await world.socket.bring(['slow', 'b'], ['heard', 2])
    client.close()
    b.open()
    await settle()
    expect(heard).toEqual(['a', 1])
  })

  test('one that throws, at once or behind one that takes its time, is reported, and keeps nothing from the next message', async () => {
    const { client, world } = await spoken()
    const heard: unknown[] = []
    client.on.slow((text) => heard.push(text))
    client.on.heard((number) => heard.push(number))
    await world.socket.bring(['trap', 0], ['heard', 1])
    await expect(world.advance(0)).rejects.toThrow('of the schema')
    const a = gate()
    gates.set('a', a.opened)
    await world.socket.bring(['slow', 'a'], ['trap', 0], ['heard', 2])
    a.open()
    await settle()
    expect(heard).toEqual([1, 'a', 2])
    await expect(world.advance(0)).rejects.toThrow('of the schema')
    await world.socket.bring(['heard', 3])
    expect(heard.at(-1)).toBe(3)
  })
})

describe('what does not fit', () => {
  const noFrame = { reason: 'bad_frame', expected: 'a frame of the protocol' }
  test.each<[string, string, object]>([
    ['no JSON', '{', noFrame],
    ['no frame', '{"type":"heard"}', noFrame],
    ['a frame that is too long', '["heard",1,2]', noFrame],
    ['an unknown message', '["shouted"]', { reason: 'unknown_message', name: 'shouted' }],
    [
      'a wrong field',
      '["said",{"line":7}]',
      { reason: 'bad_message', name: 'said', path: ['line'], expected: 'Invalid input: expected string, received number' },
    ],
    [
      'an answer to a call that was never made',
      '[-7,"ok"]',
      { reason: 'bad_frame', expected: 'the answer to a call that was made' },
    ],
  ])('%s is told to onproblem, and the connection lives', async (_what, text, problem) => {
    const { client, world, problems } = await spoken()
    const heard: unknown[] = []
    client.on.said((message) => heard.push(message))
    await world.socket.receive(text)
    expect([problems, heard]).toEqual([[{ ...problem, saidBy: 'client' }], []])
    await world.socket.bring(['said', { line: 'still here' }])
    expect([heard, client.state, world.socket.sent]).toEqual([[{ line: 'still here' }], 'open', []])
  })

  test('bytes where the codec has text are no frame', async () => {
    const { world, problems } = await spoken()
    await world.socket.receive(new TextEncoder().encode('["heard",1]').buffer as ArrayBuffer)
    expect(problems).toEqual([{ ...noFrame, saidBy: 'client' }])
  })

  test('without onproblem each is one warning', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue(undefined)
    const { client, world } = await spoken()
    client.onproblem = null
    await world.socket.bring(['shouted'], [0, 'refused', { reason: 'bad_frame' }])
    expect(warn.mock.calls).toEqual([
      ['gensock: the client did not take a frame: {"reason":"unknown_message","name":"shouted"}'],
      ['gensock: the server did not take a frame: {"reason":"bad_frame"}'],
    ])
  })

  test("a server's refusal is told with who has said it, whatever it claims", async () => {
    const { world, problems } = await spoken()
    const problem = { reason: 'bad_message', name: 'say', path: ['line'], expected: 'a string' }
    await world.socket.bring([0, 'refused', { ...problem, saidBy: 'client' }])
    expect(problems).toEqual([{ ...problem, saidBy: 'server' }])
  })

  test.each([
    [{ reason: 7 }],
    [{ reason: 'failed', path: 'ab' }],
    [{ reason: 'failed', path: [{}] }],
    [{ reason: 'failed', expected: 1 }],
  ])('a refusal with the problem %j is no frame', async (problem) => {
    const { world, problems } = await spoken()
    await world.socket.bring([0, 'refused', problem])
    expect(problems).toEqual([{ ...noFrame, saidBy: 'client' }])
  })

  test('an onproblem that throws is reported, and keeps nothing from the next message', async () => {
    const { client, world } = await spoken()
    const heard: unknown[] = []
    client.onproblem = () => {
      throw new Error('mine')
    }
    client.on.heard((number) => heard.push(number))
    await world.socket.bring(['shouted'], ['heard', 1])
    expect(heard).toEqual([1])
    await expect(world.advance(0)).rejects.toThrow('mine')
  })
})

describe('a server', () => {
  test('is offered the version of the contract', async () => {
    const { world } = await talk()
    expect(world.socket.offered).toEqual(['chat.1'])
  })

  test('that answers no subprotocol knows no contract: the client closes with 4406 and does not come back', async () => {
    const { client, world, told } = await talk()
    const called = client.call.count()
    await world.socket.speak('')
    const reason = 'the server does not speak chat.1'
    expect(world.socket.closed).toEqual([4406, reason])
    expect(told).toEqual([['onclose', { code: 4406, reason, willRetry: false }]])
    await expect(called).rejects.toMatchObject({ call: 'count', reason: 'closed' })
    await world.advance(100_000)
    expect([world.sockets.length, world.pending, world.socket.sent]).toEqual([1, 0, []])
  })

  test('that speaks another version ends it for the timing of Bullet as well', async () => {
    const { world, told } = await talk({ preset: 'bullet' })
    await world.socket.speak()
    await world.socket.end(4406, 'this server speaks chat.2, not chat.1')
    await world.advance(60_000)
    expect(world.sockets.length).toBe(1)
    expect(told.at(-1)).toEqual(['onclose', { code: 4406, reason: 'this server speaks chat.2, not chat.1', willRetry: false }])
  })

  test('that speaks another version says so with 4406, and the client does not come back', async () => {
    const { client, world, told } = await spoken()
    await world.socket.end(4406, 'this server speaks chat.2, not chat.1')
    expect(client.state).toBe('closed')
    expect(told.at(-1)).toEqual(['onclose', { code: 4406, reason: 'this server speaks chat.2, not chat.1', willRetry: false }])
    await world.advance(100_000)
    expect(world.sockets.length).toBe(1)
  })

  test('that knows no contract of very long names is left with a reason that fits a close frame', async () => {
    const { defineProtocol, jsonCodec } = await import('gensock/protocol')
    const long = defineProtocol({ version: 'v'.repeat(64), toServer: {}, toClient: {} })
    const codecs = [{ ...jsonCodec, name: 'c'.repeat(32) }, jsonCodec]
    const { world, told } = await talk({ protocol: long as never, codecs })
    await world.socket.speak('')
    expect(told).toEqual([['onclose', { code: 4406, reason: expect.any(String), willRetry: false }]])
    const [, reason] = world.socket.closed as [number, string]
    expect([reason.length, reason.startsWith('the server does not speak vvv')]).toEqual([123, true])
  })
})

test('over plain HTTP the version is a parameter of the request that asks for a connection, and of no other', async () => {
  const world = new ProtocolWorld()
  const { client } = await talk({ transports: ['longPoll'] }, world)
  const asked = world.asked('open')
  expect(asked.url.searchParams.get('protocols')).toBe('chat.1')
  await asked.answer(200, { id: 'x', subprotocol: 'chat.1' })
  client.send.clear()
  await settle()
  const { url, body } = world.asked('send')
  expect([client.state, url.searchParams.get('protocols'), body.frames]).toEqual(['open', null, [[1, 't', '["clear"]']]])
})

test.each([null, undefined, 'chat.2'])(
  'over plain HTTP a server that answers the subprotocol %p is left with 4406',
  async (subprotocol) => {
    const world = new ProtocolWorld()
    const { told } = await talk({ transports: ['longPoll'] }, world)
    await world.asked('open').answer(200, { id: 'x', subprotocol })
    expect(told).toEqual([['onclose', { code: 4406, reason: 'the server does not speak chat.1', willRetry: false }]])
    expect(world.asked('send').body.frames).toEqual([[1, 'c', 4406, 'the server does not speak chat.1']])
  },
)

test('a client without a contract offers no subprotocol', async () => {
  const { start } = await import('./world.js')
  const world = new ProtocolWorld()
  await start({ transports: ['ws'] }, world)
  expect([world.socket instanceof FakeSocket, world.socket.offered]).toEqual([true, []])
  const other = new ProtocolWorld()
  await start({ transports: ['longPoll'] }, other)
  expect(other.asked('open').url.searchParams.has('protocols')).toBe(false)
  expect(chat.version).toBe('chat.1')
})
