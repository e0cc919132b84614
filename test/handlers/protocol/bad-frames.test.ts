// What becomes of frames that do not fit the contract, by policy.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import { chatHandler } from './chat.js'
import { say, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const BAD_MESSAGE = ['say', { line: 7 }]
const BAD_CALL = [9, 'history', {}]

describe("'answer'", () => {
  test('is the default, counts, and never closes', async () => {
    const handler = chatHandler()
    const socket = speak(node, handler)
    const frames = Array.from({ length: 500 }, () => BAD_MESSAGE)
    expect((await say(node, socket, ...frames)).length).toBe(500)
    expect([handler.counters().badFrames, socket.closed]).toEqual([500, undefined])
  })
})

describe("'drop'", () => {
  test('messages and what is no frame are only counted', async () => {
    const handler = chatHandler({ onBadFrame: 'drop' })
    const socket = speak(node, handler)
    expect(await say(node, socket, '{', '7', ['shout'], BAD_MESSAGE, [1, 2], [-1, 'ok'])).toEqual([])
    expect(handler.counters().badFrames).toBe(6)
    expect(await say(node, socket, ['say', { line: 'hi' }])).toEqual([['said', { line: 'hi' }]])
  })

  test('a call is refused all the same', async () => {
    const handler = chatHandler({ onBadFrame: 'drop' })
    expect(await say(node, speak(node, handler), BAD_CALL, [1, 'histroy'])).toMatchObject([
      [-9, 'refused', { reason: 'bad_request', name: 'history', path: ['last'] }],
      [-1, 'refused', { reason: 'unknown_call', name: 'histroy' }],
    ])
    expect(handler.counters().badFrames).toBe(2)
  })
})

describe('{ closeAfter }', () => {
  test.each([1, 2, 5])('%i: the socket closes with that many, and each is answered', async (closeAfter) => {
    const handler = chatHandler({ onBadFrame: { closeAfter } })
    const socket = speak(node, handler)
    const good = ['say', { line: 'hi' }]
    for (let n = 1; n < closeAfter; n++) {
      expect(await say(node, socket, BAD_MESSAGE, good)).toMatchObject([
        [0, 'refused', { reason: 'bad_message' }],
        ['said', {}],
      ])
      expect(socket.closed).toBeUndefined()
    }
    expect(await say(node, socket, BAD_MESSAGE, good)).toMatchObject([[0, 'refused', { reason: 'bad_message' }]])
    expect(socket.closed).toEqual(['close', 1008, 'bad_message'])
    expect([handler.counters().badFrames, socket.exit]).toEqual([closeAfter, 'normal'])
  })

  test.each<readonly [what: string, frame: unknown, closed: readonly unknown[]]>([
    ['one that cannot be decoded with 1007', '{', ['close', 1007, 'bad_frame']],
    ['one that is too deep with 1007', `["say",${'['.repeat(65)}${']'.repeat(65)}]`, ['close', 1007, 'bad_frame']],
    ['one that is no frame with 1008', '{}', ['close', 1008, 'bad_frame']],
    ['an unknown message with 1008', ['shout'], ['close', 1008, 'unknown_message']],
    ['an unknown call with 1008', [1, 'histroy'], ['close', 1008, 'unknown_call']],
    ['a call that does not fit with 1008', BAD_CALL, ['close', 1008, 'bad_request']],
  ])('closes after %s', async (_what, frame, closed) => {
    const socket = speak(node, chatHandler({ onBadFrame: { closeAfter: 1 } }))
    expect((await say(node, socket, frame)).length).toBe(1)
    expect(socket.closed).toEqual(closed)
  })

  test('the last one says which code: an undecodable one before does not', async () => {
    const socket = speak(node, chatHandler({ onBadFrame: { closeAfter: 2 } }))
    await say(node, socket, '{', '{}')
    expect(socket.closed).toEqual(['close', 1008, 'bad_frame'])
  })

  test('each socket counts its own, the handler all of them', async () => {
    const handler = chatHandler({ onBadFrame: { closeAfter: 2 } })
    const [ann, bob] = [speak(node, handler), speak(node, handler)]
    await say(node, ann, '{')
    await say(node, bob, '{')
    expect([ann.closed, bob.closed, handler.counters().badFrames]).toEqual([undefined, undefined, 2])
  })
})

test('counters are a picture of the moment', async () => {
  const handler = chatHandler()
  const before = handler.counters()
  await say(node, speak(node, handler), '{')
  expect([before.badFrames, handler.counters().badFrames]).toEqual([0, 1])
})
