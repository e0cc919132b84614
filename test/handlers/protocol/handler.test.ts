// A handler of a contract, with a client by hand: frames as they stand on the wire.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { send } from 'gensock'
import { replyError } from 'gensock/protocol'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { connected, framesOf, reply, type Waiting } from './chat.js'

type From = Waiting extends Map<string, infer F> ? F : never

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

async function say(socket: FakeTransport, ...frames: unknown[]): Promise<void> {
  for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  await node.settle()
}

describe('messages', () => {
  test('a message comes to its callback, and what it pushes goes out', async () => {
    const socket = connected(node)
    await say(socket, ['say', { line: 'hi' }])
    expect(framesOf(socket)).toEqual([['said', { line: 'hi' }]])
  })

  test('a message without data is undefined', async () => {
    const socket = connected(node)
    await say(socket, ['say', { line: 'hi' }], ['clear'], [1, 'count'])
    expect(framesOf(socket).at(-1)).toEqual([-1, 'ok', 0])
  })

  test('a message of a process comes to info', async () => {
    const socket = connected(node)
    await say(socket)
    send(socket.pid as never, { type: 'tick' } as never)
    await node.settle()
    expect(framesOf(socket)).toEqual([['heard', 0]])
  })
})

describe('calls', () => {
  test('a call is answered with its id', async () => {
    const socket = connected(node)
    await say(socket, ['say', { line: 'a' }], ['say', { line: 'b' }], [7, 'history', { last: 1 }])
    expect(framesOf(socket).at(-1)).toEqual([-7, 'ok', ['b']])
  })

  test('an error of the contract goes out with its data', async () => {
    const socket = connected(node)
    await say(socket, [1, 'history', { last: 101 }])
    expect(framesOf(socket)).toEqual([[-1, 'error', 'tooMany', 100]])
  })

  test('a reply can come later, from anywhere, once', async () => {
    const waiting: Waiting = new Map()
    const socket = connected(node, {}, waiting)
    await say(socket, [1, 'later', 'a'], [2, 'later', 'b'])
    expect(framesOf(socket)).toEqual([])
    const [a, b] = ['a', 'b'].map((name) => waiting.get(name)) as [From, From]
    reply(b, 'B')
    reply(b, 'again')
    replyError(a, 'never', 'no')
    await node.settle()
    expect(framesOf(socket)).toEqual([
      [-2, 'ok', 'B'],
      [-1, 'error', 'never', 'no'],
    ])
  })

  test('the server asks the client, and the callback goes on with the answer', async () => {
    const socket = connected(node)
    await say(socket, ['ask', {}])
    expect(framesOf(socket)).toEqual([[1, 'areYouThere', { who: 'me' }]])
    await say(socket, [-1, 'ok', true])
    expect(framesOf(socket).at(-1)).toEqual(['heard', 1])
  })
})

describe('what does not fit', () => {
  test.each([
    ['no JSON', '{', [0, 'refused', { reason: 'bad_frame', expected: expect.any(String) }]],
    ['no frame', { type: 'say' }, [0, 'refused', { reason: 'bad_frame', expected: expect.any(String) }]],
    [
      'an unknown message',
      ['shout', {}],
      [0, 'refused', { reason: 'unknown_message', name: 'shout', expected: 'one of say, ask, clear, crash' }],
    ],
    [
      'a wrong field',
      ['say', { line: 7 }],
      [
        0,
        'refused',
        { reason: 'bad_message', name: 'say', path: ['line'], expected: 'Invalid input: expected string, received number' },
      ],
    ],
    [
      'a wrong request',
      [3, 'history', { last: 'all' }],
      [
        -3,
        'refused',
        { reason: 'bad_request', name: 'history', path: ['last'], expected: 'Invalid input: expected number, received string' },
      ],
    ],
  ])('%s is answered with what was expected, and the socket lives', async (_what, frame, answer) => {
    const socket = connected(node)
    await say(socket, frame, ['say', { line: 'still here' }])
    expect(framesOf(socket)).toEqual([answer, ['said', { line: 'still here' }]])
  })

  test('a client of another version is closed with 4406, with what is spoken here', async () => {
    const { fakeTransport } = await import('gensock/testing')
    const { chatHandler } = await import('./chat.js')
    const handler = chatHandler()
    const socket = fakeTransport(node, handler, { request: { headers: { 'sec-websocket-protocol': 'chat.2, chat.3' } } })
    await node.settle()
    expect(socket.handshake).toMatchObject(['accept', { subprotocol: 'chat.2' }])
    expect(socket.closed).toEqual(['close', 4406, 'this server speaks chat.1, not chat.2, chat.3'])
    expect(handler.counters().refusedVersions).toBe(1)
  })
})
