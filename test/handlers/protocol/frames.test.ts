// Frames as they stand on the wire, at a handler of a contract: which are taken, which are refused, and that nothing of a peer's choice ends
// more than its own socket.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { reply } from 'gensock'
import { defineProtocol, protocolHandler } from 'gensock/protocol'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { chatHandler, connected, type Waiting } from './chat.js'
import { came, say, speak } from './speak.js'

let node: TestNode
let socket: FakeTransport
let waiting: Waiting
beforeEach(() => {
  node = testNode()
  waiting = new Map()
  socket = connected(node, {}, waiting)
})
afterEach(() => node.stop())

const NO_FRAME = [0, 'refused', { reason: 'bad_frame', expected: '[name, data] or [id, name, data]' }]
const ALIVE = ['said', { line: 'still here' }]

describe('a frame that is none', () => {
  const key = 'k'.repeat(65)
  test.each([
    '',
    '{',
    'null',
    '"say"',
    '7',
    '{}',
    '[]',
    '[["say"]]',
    '["say",{"line":"a"},1]',
    '[0,"count"]',
    '[1.5,"count"]',
    '[1e300,"count"]',
    '[9007199254740992,"count"]',
    '[null,"count"]',
    '[true,"count"]',
    '["1","count",null]',
    '[{},"count"]',
    '[1]',
    '[1,2]',
    '[1,"count",null,null]',
    '[[1],"pay",1]',
    '[[1,""],"pay",1]',
    `[[1,"${key}"],"pay",1]`,
    '[[1,2],"pay",1]',
    '[[1,["k"]],"pay",1]',
    '[[[1],"k"],"pay",1]',
    '[[0,"k"],"pay",1]',
    '[[-1,"k"],"pay",1]',
    '[-1,"nothing"]',
    '[-1.5,"ok",1]',
    '[0,"ok",1]',
    '[-1,"ok",1]',
    '[-1,"error","busy","x"]',
    '[-1,"refused",{"reason":"failed"}]',
    '[-1,"refused",{}]',
    '[0,"refused",{"path":1}]',
    '["say",{"__proto__":{"line":"x"}}]',
    `["say",${'['.repeat(65)}${']'.repeat(65)}]`,
    '['.repeat(100_000),
  ])('%.40s is refused, and the socket lives', async (frame) => {
    expect(await say(node, socket, frame, ['say', { line: 'still here' }])).toEqual([NO_FRAME, ALIVE])
  })

  test('bytes are none, for a codec of texts', async () => {
    socket.send(new TextEncoder().encode('["say",{"line":"hi"}]'))
    expect(await say(node, socket, ['say', { line: 'still here' }])).toEqual([NO_FRAME, ALIVE])
  })
})

describe('ids', () => {
  test.each([1, 2, 1e6, Number.MAX_SAFE_INTEGER])('%i is one', async (id) => {
    expect(await say(node, socket, [id, 'count'])).toEqual([[-id, 'ok', 0]])
  })

  test('an id may be used again once it is answered', async () => {
    expect(await say(node, socket, [1, 'count'], [1, 'count'])).toEqual([
      [-1, 'ok', 0],
      [-1, 'ok', 0],
    ])
  })

  test('an id of a call under way is refused, and the first call is answered all the same', async () => {
    expect(await say(node, socket, [1, 'later', 'a'], [1, 'count'])).toEqual([
      [0, 'refused', { reason: 'bad_frame', expected: 'an id that no call under way has' }],
    ])
    reply(waiting.get('a') as never, 'A')
    expect(await say(node, socket)).toEqual([[-1, 'ok', 'A']])
  })

  test('a call with a key that is delivered at most once is a call like any other', async () => {
    expect(await say(node, socket, [[1, 'k'], 'count'], [[2, 'k'], 'count'])).toEqual([
      [-1, 'ok', 0],
      [-2, 'ok', 0],
    ])
  })
})

describe('names', () => {
  test('an unknown call is refused with its id', async () => {
    expect(await say(node, socket, [3, 'histroy', {}])).toEqual([
      [-3, 'refused', { reason: 'unknown_call', name: 'histroy', expected: 'one of history, later, count, pay' }],
    ])
  })

  test('a call is no message, and a message no call', async () => {
    expect(await say(node, socket, ['count'], [1, 'clear'])).toMatchObject([
      [0, 'refused', { reason: 'unknown_message', name: 'count' }],
      [-1, 'refused', { reason: 'unknown_call', name: 'clear' }],
    ])
  })

  test.each(['said', 'heard', 'areYouThere', 'constructor', '__proto__', 'toString', 'hasOwnProperty', ''])(
    '%j, which the client does not send, is unknown',
    async (name) => {
      expect(await say(node, socket, [name, {}], [1, name, {}])).toMatchObject([
        [0, 'refused', { reason: 'unknown_message', name }],
        [-1, 'refused', { reason: 'unknown_call', name }],
      ])
    },
  )

  test.each([
    [63, 63],
    [64, 64],
    [65, 64],
    [500_000, 64],
  ])('of an unknown name of %i characters %i are told', async (length, told) => {
    expect(await say(node, socket, ['n'.repeat(length)])).toMatchObject([[0, 'refused', { name: 'n'.repeat(told) }]])
  })

  test('a name that ends in half a character is told as text', async () => {
    const [frame] = (await say(node, socket, [`${'n'.repeat(63)}\u{1F600}`])) as [[number, string, { readonly name: string }]]
    expect(frame[2].name.length).toBe(64)
    expect(socket.closed).toBeUndefined()
  })

  test('of the names that there are 200 characters are told', async () => {
    const messages = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`message${n}`, z.null()]))
    const many = defineProtocol({ version: 'many.1', toServer: { messages }, toClient: {} })
    const on = () => ['ok', null] as const
    const peer = speak(node, protocolHandler<null>()(many, { init: () => ['ok', null], on }), 'many.1')
    const [[, , { expected }]] = (await say(node, peer, ['x'])) as [[number, string, { readonly expected: string }]]
    expect([expected.length, expected.slice(0, 15), expected.slice(-3)]).toEqual([7 + 200 + 3, 'one of message0', '...'])
  })

  test('where there are none, that is told', async () => {
    const silent = defineProtocol({ version: 'silent.1', toServer: {}, toClient: { messages: { said: z.string() } } })
    const peer = speak(node, protocolHandler<null>()(silent, { init: () => ['ok', null] }), 'silent.1')
    expect(await say(node, peer, ['x'], [1, 'y'])).toEqual([
      [0, 'refused', { reason: 'unknown_message', name: 'x', expected: 'nothing: there is none' }],
      [-1, 'refused', { reason: 'unknown_call', name: 'y', expected: 'nothing: there is none' }],
    ])
  })
})

describe('calls under way', () => {
  test('1000 may be, one more is too_many, until one is answered', async () => {
    const ids = Array.from({ length: 1000 }, (_, n) => n + 1)
    expect(await say(node, socket, ...ids.map((id) => [id, 'later', `${id}`]))).toEqual([])
    expect(await say(node, socket, [1001, 'count'])).toEqual([[-1001, 'refused', { reason: 'too_many', name: 'count' }]])
    reply(waiting.get('500') as never, 'done')
    expect(await say(node, socket, [1002, 'count'])).toEqual([
      [-500, 'ok', 'done'],
      [-1002, 'ok', 0],
    ])
  })

  test('too many are no bad frames', async () => {
    const handler = chatHandler({ onBadFrame: { closeAfter: 1 } }, waiting)
    const peer = speak(node, handler)
    await say(node, peer, ...Array.from({ length: 1002 }, (_, n) => [n + 1, 'later', `${n}`]))
    expect([handler.counters().badFrames, peer.closed]).toEqual([0, undefined])
  })
})

describe('what a client tells of our frames', () => {
  test('a message that it refuses is not answered', async () => {
    expect(await say(node, socket, [0, 'refused', { reason: 'bad_message', name: 'said' }])).toEqual([])
  })

  test('an answer that comes too late is dropped, one to a call that was never made is refused', async () => {
    await say(node, socket, ['ask', {}])
    expect(await say(node, socket, [-1, 'ok', true])).toEqual([['heard', 1]])
    expect(await say(node, socket, [-1, 'ok', false], [-1, 'refused', { reason: 'failed' }])).toEqual([])
    expect(await say(node, socket, [-2, 'ok', true])).toEqual([NO_FRAME])
  })

  test.each([
    [-1, 'refused', { reason: 'failed', path: 5, expected: 'x' }],
    [-1, 'refused', { reason: 'failed', path: {}, expected: 'x' }],
    [-1, 'refused', { reason: 'failed', path: [{ toString: 1 }], expected: 'x' }],
    [-1, 'refused', { reason: 'failed', expected: { toString: 1, valueOf: 1 } }],
  ])('a refusal that is made to break the text of an error is no frame: %j', async (...frame) => {
    await say(node, socket, ['ask', {}])
    expect(() => socket.send(JSON.stringify(frame))).not.toThrow()
    await node.settle()
    expect(came(socket)).toEqual([])
    expect(await say(node, socket, [-1, 'ok', true])).toEqual([['heard', 1], NO_FRAME])
  })
})
