// Calls of the client: when they go out, how long they wait, and each way in which they end.
import { afterEach, describe, expect, test } from '@jest/globals'
import { isProtocolError, ProtocolError } from 'gensock/protocol'
import { settle } from './fakes.js'
import { bytesCodec, chat, gate, gates, kept, outcome, spoken, talk } from './protocol-kit.js'

afterEach(() => gates.clear())

const rejected = (reason: string, call = 'count'): object => expect.objectContaining({ name: 'ProtocolError', call, reason })

describe('a call', () => {
  test('is a frame with an id that goes up; its answer is found by it, in any order', async () => {
    const { client, world } = await spoken()
    const calls = [client.call.history({ last: 2 }), client.call.count(), client.call.loosely(null)]
    await settle()
    expect(world.socket.sent).toEqual(['[1,"history",{"last":2}]', '[2,"count"]', '[3,"loosely",null]'])
    await world.socket.bring([-3, 'ok'], [-1, 'ok', ['a', 'b']], [-2, 'ok', 7])
    expect(await Promise.all(calls)).toEqual([['a', 'b'], 7, undefined])
    expect(world.pending).toBe(1) // the heartbeat's
  })

  test('that is delivered at least once has a key that no other has', async () => {
    const { client, world } = await spoken()
    const calls = [client.call.pay(1), client.call.pay(2)]
    await settle()
    const keys = (world.socket.frames as [[number, string], string, number][]).map(([[id, key], name, amount]) => {
      expect([name, amount]).toEqual(['pay', id])
      return key
    })
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set(keys).size).toBe(2)
    await world.socket.bring([-1, 'ok', 1], [-2, 'ok', 2])
    expect(await Promise.all(calls)).toEqual([1, 2])
  })

  test('that is made before there is a connection goes out behind what onopen has said', async () => {
    const { client, world, told } = await talk()
    const called = [client.call.count(), client.call.history({ last: 1 })]
    client.onopen = () => void told.push(['said', client.send.clear()])
    await world.advance(1000)
    await world.socket.speak()
    expect(world.socket.frames).toEqual([['clear'], [1, 'count'], [2, 'history', { last: 1 }]])
    await world.socket.bring([-1, 'ok', 1], [-2, 'ok', []])
    expect([await Promise.all(called), told]).toEqual([[1, []], [['said', true]]])
  })

  test('goes out although onopen throws, which is reported', async () => {
    const { client, world } = await talk()
    const called = client.call.count()
    client.onopen = () => {
      throw new Error('mine')
    }
    await world.socket.speak()
    expect(world.socket.frames).toEqual([[1, 'count']])
    await expect(world.advance(0)).rejects.toThrow('mine')
    await world.socket.bring([-1, 'ok', 1])
    expect(await called).toBe(1)
  })

  test('may be answered by an error of the contract, which isProtocolError types', async () => {
    const { client, world } = await spoken()
    const called = kept(client.call.history({ last: 101 }))
    await world.socket.bring([-1, 'error', 'tooMany', 100])
    const error: unknown = await called.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProtocolError)
    expect((error as Error).message).toBe("call history: answered with the error 'tooMany'")
    if (!isProtocolError(error, chat, 'history')) throw new Error('it is none')
    const [name, most]: ['tooMany', number] = [error.error, error.data]
    expect([name, most, error.reason, isProtocolError(error, chat, 'count')]).toEqual(['tooMany', 100, 'error', false])
  })

  test('may be refused by the server, which says what it has expected', async () => {
    const { client, world } = await spoken({ validateOut: false })
    const called = kept(client.call.history({ last: 'all' } as never))
    const problem = { reason: 'bad_request', name: 'history', path: ['last'], expected: 'a number' }
    await world.socket.bring([-1, 'refused', problem])
    await expect(called).rejects.toMatchObject({
      reason: 'bad_request',
      problem,
      message: 'call history: bad_request at last: a number',
    })
  })

  test.each([
    ['unknown_call', 'unknown_call'],
    ['failed', 'failed'],
    ['too_many', 'too_many'],
    ['of_a_later_version', 'failed'],
  ])('that is refused with %s rejects with %s', async (given, reason) => {
    const { client, world, problems } = await spoken()
    const called = kept(client.call.count())
    await world.socket.bring([-1, 'refused', { reason: given, name: 'count' }])
    await expect(called).rejects.toEqual(rejected(reason))
    expect(problems).toEqual([])
  })

  test('that does not fit the contract rejects before anything is sent', async () => {
    const { client, world } = await spoken()
    await expect(client.call.history({ last: 'all' } as never)).rejects.toMatchObject({
      reason: 'bad_request',
      problem: { reason: 'bad_request', name: 'history', path: ['last'] },
    })
    expect(world.socket.sent).toEqual([])
  })

  test('that has no form in the codec rejects, be it sent at once or later', async () => {
    const { client, world } = await talk()
    const [early, behind] = [kept(client.call.loosely(1n)), client.call.count()]
    await world.socket.speak()
    expect(await outcome(early)).toBeInstanceOf(TypeError)
    await expect(client.call.loosely(1n)).rejects.toThrow(TypeError)
    expect(world.socket.frames).toEqual([[2, 'count']])
    await world.socket.bring([-2, 'ok', 1])
    expect([await behind, world.pending]).toEqual([1, 1])
  })

  test.each<[string, unknown, object]>([
    ['a reply that does not fit', [-1, 'ok', 'many'], { path: [], expected: 'Invalid input: expected number, received string' }],
    ['an error that the contract does not name', [-1, 'error', 'other', 1], { path: [] }],
  ])('rejects with bad_reply for %s', async (_what, frame, problem) => {
    const { client, world } = await spoken()
    const called = kept(client.call.count())
    await world.socket.bring(frame)
    await expect(called).rejects.toMatchObject({
      reason: 'bad_reply',
      problem: { reason: 'bad_message', name: 'count', ...problem },
    })
  })

  test('waits for a schema that takes its time, and rejects with what one throws', async () => {
    const { client, world } = await spoken()
    const a = gate()
    gates.set('a', a.opened).set('b', kept(Promise.reject(new Error('of the schema'))))
    const [one, two] = [client.call.slowly(), kept(client.call.slowly())]
    await world.socket.bring([-1, 'ok', 'a'], [-2, 'ok', 'b'])
    await expect(two).rejects.toThrow('of the schema')
    expect(await outcome(one)).toBeUndefined()
    a.open()
    expect(await one).toBe('a')
  })

  test('beyond 1 000 that wait is too many', async () => {
    const { client, world } = await spoken()
    const calls = Array.from({ length: 1000 }, () => client.call.count())
    await expect(client.call.count()).rejects.toEqual(rejected('too_many'))
    await world.socket.bring([-1000, 'ok', 7])
    expect(await calls[999]).toBe(7)
    const next = client.call.count()
    await world.socket.bring([-1001, 'ok', 8])
    expect(await next).toBe(8)
    client.close()
    const rest = await Promise.allSettled(calls.slice(0, 999))
    expect(rest.filter(({ status }) => status === 'rejected').length).toBe(999)
  })

  test('waits while 4 MiB have not left yet, and those behind it do not overtake it', async () => {
    const { client, world } = await spoken({ heartbeatMs: 0 })
    world.socket.bufferedAmount = 4_194_305
    const calls = [client.call.count(), client.call.history({ last: 1 })]
    await world.advance(300)
    expect(world.socket.sent).toEqual([])
    world.socket.bufferedAmount = 4_194_304
    calls.push(client.call.loosely(1))
    await settle()
    expect(world.socket.sent).toEqual([])
    await world.advance(100)
    expect(world.socket.frames).toEqual([
      [1, 'count'],
      [2, 'history', { last: 1 }],
      [3, 'loosely', 1],
    ])
    await world.socket.bring([-1, 'ok', 1], [-2, 'ok', []], [-3, 'ok', 1])
    expect([await Promise.all(calls), world.pending]).toEqual([[1, [], 1], 0])
  })

  test('that is made while the connection is about to end waits for the next one', async () => {
    const { client, world } = await spoken()
    world.socket.readyState = 2
    const called = client.call.count()
    await world.advance(300)
    const next = await world.reconnect()
    expect(next.frames).toEqual([[1, 'count']])
    await next.bring([-1, 'ok', 7])
    expect(await called).toBe(7)
  })

  test('that waits for room is over with the client, and leaves no timer', async () => {
    const { client, world } = await spoken()
    world.socket.bufferedAmount = 4_194_305
    const called = kept(client.call.count())
    await settle()
    client.close()
    expect([await outcome(called), world.pending]).toEqual([rejected('closed'), 0])
  })
})

describe('the time of a call', () => {
  test.each<[string, 'count' | 'pay', number]>([
    ['is 5 000 ms', 'count', 5000],
    ['at least once is 60 000 ms', 'pay', 60_000],
  ])('%s unless it says otherwise', async (_what, name, ms) => {
    const { client, world, problems } = await spoken({ heartbeatMs: 0 })
    const called = kept(name === 'count' ? client.call.count() : client.call.pay(1))
    await world.advance(ms - 1)
    expect(await outcome(called)).toBeUndefined()
    await world.advance(1)
    expect(await outcome(called)).toEqual(rejected('timeout', name))
    expect((await outcome(called)) as Error).toMatchObject({ message: `call ${name}: no answer in time` })
    await world.socket.bring([-1, 'ok', 7])
    expect(problems).toEqual([]) // an answer that comes too late is dropped
  })

  test('counts from when it was made, also while there is no connection', async () => {
    const { client, world } = await talk()
    const called = kept(client.call.count(undefined, { timeoutMs: 100 }))
    await world.advance(100)
    expect(await outcome(called)).toEqual(rejected('timeout'))
    await world.socket.speak()
    expect(world.socket.sent).toEqual([])
  })

  test("is without end with 'infinity'", async () => {
    const { client, world } = await spoken({ heartbeatMs: 0 })
    const called = client.call.count(undefined, { timeoutMs: 'infinity' })
    await settle()
    expect(world.pending).toBe(0)
    await world.advance(2 ** 31)
    expect(await outcome(called)).toBeUndefined()
    await world.socket.bring([-1, 'ok', 7])
    expect(await called).toBe(7)
  })

  test.each([1, 2 ** 31 - 1])('may be %d ms', async (timeoutMs) => {
    const { client, world } = await spoken({ heartbeatMs: 0 })
    const called = kept(client.call.count(undefined, { timeoutMs }))
    await world.advance(timeoutMs - 1)
    expect(await outcome(called)).toBeUndefined()
    await world.advance(1)
    expect(await outcome(called)).toEqual(rejected('timeout'))
  })

  test.each([0, -1, 1.5, 2 ** 31, Number.NaN, '5000', null])('of %p is refused, and nothing is sent', async (timeoutMs) => {
    const { client, world } = await spoken()
    const message = `gensock: call.count: timeoutMs must be whole ms from 1 to 2147483647, or 'infinity', got ${String(timeoutMs)}`
    await expect(client.call.count(undefined, { timeoutMs: timeoutMs as never })).rejects.toThrow(new TypeError(message))
    expect(world.socket.sent).toEqual([])
  })

  test('by another name is refused', async () => {
    const { client } = await spoken()
    const called = client.call.count(undefined, { timeout: 1 } as never)
    await expect(called).rejects.toThrow(new TypeError('gensock: call.count does not know timeout; it knows timeoutMs'))
  })
})

describe('when the connection is lost', () => {
  test('a call that has gone out rejects at once, one that has not waits for the next connection', async () => {
    const { client, world, told } = await spoken()
    const sent = kept(client.call.count())
    await settle()
    await world.socket.end()
    expect(await outcome(sent)).toEqual(rejected('disconnected'))
    expect(told.at(-1)).toMatchObject(['ondisconnect', { code: 1006, willRetry: true }])
    const late = client.call.count()
    await world.advance(1000)
    await world.socket.speak()
    expect(world.socket.frames).toEqual([[2, 'count']])
    await world.socket.bring([-1, 'ok', 1], [-2, 'ok', 2])
    expect(await late).toBe(2)
  })

  test('one that is delivered at least once goes out again, the same to the letter, until there is an answer', async () => {
    const { client, world, problems } = await spoken()
    const called = client.call.pay(5)
    await settle()
    const { sent } = world.socket
    for (let lost = 0; lost < 3; lost++) {
      const socket = await world.reconnect()
      expect(socket.sent).toEqual(sent)
    }
    await world.socket.bring([-1, 'ok', 7])
    expect(await called).toBe(7)
    expect((await world.reconnect()).sent).toEqual([])
    expect(problems).toEqual([])
  })

  test('they go out again in the order in which they were made, behind what onopen says', async () => {
    const { client, world } = await spoken()
    const called = [client.call.pay(1), client.call.pay(2)]
    await settle()
    await world.socket.end()
    const more = client.call.count()
    client.onopen = () => void client.send.clear()
    await world.advance(1000)
    await world.socket.speak()
    const frames = world.socket.frames as unknown[][]
    expect(
      frames.map(([head, name]) => (typeof head === 'string' ? head : `${String(name)} ${String([head].flat()[0])}`)),
    ).toEqual(['clear', 'pay 1', 'pay 2', 'count 3'])
    await world.socket.bring([-1, 'ok', 1], [-2, 'ok', 2], [-3, 'ok', 3])
    expect([await Promise.all(called), await more]).toEqual([[1, 2], 3])
  })

  test('for good, everything rejects', async () => {
    const { client, world } = await spoken()
    const calls = [kept(client.call.count()), kept(client.call.pay(1))] as const
    await settle()
    await world.socket.end(4000, 'go away')
    expect([await outcome(calls[0]), await outcome(calls[1])]).toEqual([rejected('disconnected'), rejected('closed', 'pay')])
    await expect(client.call.pay(2)).rejects.toEqual(rejected('closed', 'pay'))
  })

  test('by close, everything rejects, and no timer is left', async () => {
    const { client, world, told } = await spoken()
    const calls = [client.call.count(), client.call.pay(1)]
    await settle()
    client.close(4000, 'enough')
    const settled = await Promise.allSettled(calls)
    expect(settled.map((one) => one.status === 'rejected' && (one.reason as ProtocolError).reason)).toEqual(['closed', 'closed'])
    expect(told.at(-1)).toEqual(['onclose', { code: 4000, reason: 'enough', willRetry: false }])
    await expect(client.call.count()).rejects.toMatchObject({ reason: 'closed', message: 'call count: the connection is closed' })
    expect([world.pending, world.socket.closed, client.send.clear()]).toEqual([0, [4000, 'enough'], false])
  })

  test('by close before it was ever there, what waits rejects', async () => {
    const { client, world } = await talk()
    const called = client.call.count()
    await settle()
    client.close()
    await expect(called).rejects.toEqual(rejected('closed'))
    expect(world.pending).toBe(0)
  })

  test('a close with a code that cannot be is refused, and calls go on', async () => {
    const { client, world } = await spoken()
    const [heard, called] = [[] as number[], client.call.count()]
    client.on.heard((number) => heard.push(number))
    expect(() => client.close(1001)).toThrow('gensock: code must be 1000 or 3000 to 4999, got 1001')
    await world.socket.bring(['heard', 1], [-1, 'ok', 7])
    expect([await called, heard]).toEqual([7, [1]])
  })
})

describe('a caller that has gone', () => {
  test('a race that another has won: however the call ends, nobody hears of an unhandled rejection', async () => {
    const { client, world } = await spoken({ heartbeatMs: 0 })
    const raced = [client.call.count(), client.call.pay(1), client.call.history({ last: 'x' } as never), client.call.loosely(1n)]
    expect(await Promise.race([Promise.resolve('won'), ...raced])).toBe('won')
    gates.set('b', kept(Promise.reject(new Error('of the schema'))))
    const slow = Promise.race([Promise.resolve('won'), client.call.slowly()])
    await world.advance(1)
    // An unhandled rejection of this turn fails the test: jest hears of them.
    await world.socket.bring([-3, 'ok', 'b'], [-4, 'ok', 'b'])
    await world.advance(5000)
    client.close()
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect([await slow, world.pending]).toEqual(['won', 0])
  })
})

test('another codec has the same frames in a form of its own', async () => {
  const { client, world, problems } = await talk({ codecs: [bytesCodec] })
  expect(world.socket.offered).toEqual(['chat.1+b64'])
  await world.socket.speak('chat.1+b64')
  const called = client.call.count()
  await settle()
  expect(world.socket.sent.map((data) => bytesCodec.decode(data as Uint8Array))).toEqual([[1, 'count']])
  await world.socket.receive('[-1,"ok",1]')
  expect(problems).toEqual([{ reason: 'bad_frame', expected: 'a frame of the protocol', saidBy: 'client' }])
  const bytes = bytesCodec.encode([-1, 'ok', 7]) as Uint8Array
  await world.socket.receive(bytes.buffer as ArrayBuffer)
  expect(await called).toBe(7)
})
