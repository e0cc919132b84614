// What callbacks of each generation may answer, in virtual time: every shape, and what is none.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { cowboy08, cowboy10, cowboy2, type Cowboy2, type Cowboy2Result, cowboy20pre, type Req } from 'gensock/cowboy'
import type { SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { type Answers, GENERATIONS, handlerOf } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type Seen = { socket: FakeTransport; sent: unknown; closed: unknown; terminated: (readonly unknown[])[] }
/** Sends one text to a handler with this answer; its state before is 0. */
async function seen(generation: (typeof GENERATIONS)[number], handle: (answers: Answers) => any): Promise<Seen> {
  const { handler, terminated } = handlerOf(generation, { handle: (_frame, _state, answers) => handle(answers) })
  const socket = fakeTransport(node, handler)
  await node.settle()
  socket.send('x')
  await node.settle()
  return { socket, sent: socket.sent, closed: socket.closed, terminated: terminated.map(([reason, state]) => [reason, state]) }
}

describe.each(GENERATIONS)('%s', (generation) => {
  const stopped = { '0.8': ['normal', 'shutdown'], '1.0': ['normal', 'shutdown'], '2.0-pre': 'shutdown', '2.x': 'stop' }[
    generation
  ]
  test.each<[string, (answers: Answers) => any, unknown, unknown]>([
    ['ok', (answers) => answers.ok(1), [], undefined],
    ['ok, hibernate', (answers) => answers.ok(1, 'hibernate'), [], undefined],
    ['a frame', (answers) => answers.reply(['text', 'a'], 1), [['text', 'a']], undefined],
    ['a bare frame', (answers) => answers.reply('ping', 1), [['ping']], undefined],
    [
      'frames',
      (answers) => answers.reply([['text', Buffer.from('ä')], 'ping', ['pong', 'x']], 1, 'hibernate'),
      [['text', 'ä'], ['ping'], ['pong', 'x']],
      undefined,
    ],
    ['no frames', (answers) => answers.reply([], 1), [], undefined],
    [
      'two names, which are a ping with a payload',
      (answers) => answers.reply(['ping', 'pong'], 1),
      [['ping', 'pong']],
      undefined,
    ],
    ['a name and a tuple', (answers) => answers.reply(['ping', ['text', 'a']], 1), [['ping'], ['text', 'a']], undefined],
    ['three names', (answers) => answers.reply(['ping', 'pong', 'close'], 1), [['ping'], ['pong']], ['close']],
    ['a bare close', (answers) => answers.reply('close', 1), [], ['close']],
    ['a list of a bare close', (answers) => answers.reply(['close'], 1), [], ['close']],
    ['a close, and nonsense behind it', (answers) => answers.reply([['text', 'a'], 'close', 5], 1), [['text', 'a']], ['close']],
    ['a close with a payload', (answers) => answers.reply(['close', 'bye'], 1), [], ['close', 1000, 'bye']],
    ['a close with a code', (answers) => answers.reply(['close', 4001, ['b', 'ye']], 1), [], ['close', 4001, 'bye']],
    ['the stop', (answers) => answers.stop(1), [], ['close', 1000]],
  ])('%s', async (_name, answer, sent, closed) => {
    const was = await seen(generation, answer)
    expect([was.sent, was.closed]).toEqual([sent, closed])
    expect(was.terminated).toEqual(closed === undefined ? [] : [[stopped, 1]])
  })

  test('a promise of an answer is as good', async () => {
    const was = await seen(generation, (answers) => Promise.resolve(answers.reply(['text', 'later'], 1)))
    expect(was.sent).toEqual([['text', 'later']])
  })

  test.each<[string, (answers: Answers) => any]>([
    ['nothing', () => undefined],
    ['no list', () => 'ok'],
    ['an empty list', () => []],
    ['another tag', (answers) => ['push', ...answers.ok(1).slice(1)]],
    ['a tail that is not hibernate', (answers) => answers.ok(1, 'sleep' as never)],
    ['hibernate of a stop', (answers) => [...answers.stop(1), 'hibernate']],
    ['no frames at all', (answers) => answers.reply(undefined, 1)],
    ['a frame that is no tuple', (answers) => answers.reply([5], 1)],
    ['an unknown frame', (answers) => answers.reply(['fragment', 'x'], 1)],
    ['an unknown name', (answers) => answers.reply('stop', 1)],
    ['a command of the socket in a reply', (answers) => answers.reply([['active', false]], 1)],
    ['a frame with too much', (answers) => answers.reply([['text', 'a', 'b']], 1)],
    ['a text of a number', (answers) => answers.reply(['text', 1], 1)],
    ['a text of a list with a number', (answers) => answers.reply(['text', ['a', 1]], 1)],
    ['a text that is no UTF-8', (answers) => answers.reply(['text', new Uint8Array([255])], 1)],
    ['a close reason of a number', (answers) => answers.reply(['close', 1000, 5], 1)],
    ['a close code that may not be sent', (answers) => answers.reply(['close', 1005, ''], 1)],
    ['a close code that is none', (answers) => answers.reply([['close', '1000', 'x']], 1)],
    [
      'a good frame before a bad one',
      (answers) =>
        answers.reply(
          [
            ['text', 'a'],
            ['text', 1],
          ],
          1,
        ),
    ],
  ])('%s closes with 1011, and terminate hears a crash with the state before; nothing is sent', async (_name, answer) => {
    node.expectCrash()
    const was = await seen(generation, answer)
    expect([was.sent, was.closed]).toEqual([[], ['close', 1011]])
    const crash = generation === '0.8' || generation === '1.0' ? ['error', 'handler'] : ['crash', 'error', expect.anything()]
    expect(was.terminated).toEqual([[crash, 0]])
  })
})

describe('one generation does not take the results of another', () => {
  const old = (result: (req: Req) => unknown): SocketHandler<any, any>[] => {
    const callbacks = { websocketHandle: (_frame: unknown, req: Req): any => result(req), websocketInfo: (): any => undefined }
    const three = {
      ...callbacks,
      init: (): any => ['upgrade', 'protocol', 'cowboy_websocket'],
      websocketInit: (_transport: unknown, req: Req): any => ['ok', req, 0],
      websocketTerminate: (): void => undefined,
    }
    return [
      cowboy08(three),
      cowboy10(three),
      cowboy20pre({ ...callbacks, init: (req: Req): any => ['cowboy_websocket', req, 0] }),
    ]
  }
  const two = (result: (req: Req) => unknown): SocketHandler<any, any>[] => {
    let kept: Req
    const init = (req: Req): any => {
      kept = req
      return ['cowboy_websocket', req, 0]
    }
    return [cowboy2<any, any, any, any>({ init, websocketHandle: (): any => result(kept), websocketInfo: (): any => undefined })]
  }
  test.each<[string, SocketHandler<any, any>[]]>([
    ['a list of commands before 2.x', old(() => [[['text', 'x']], 1])],
    ['a reply without the request', old(() => ['reply', ['text', 'x'], 1])],
    ['ok without the request', old(() => ['ok', 1])],
    ['stop before 2.x', old((req) => ['stop', req, 1])],
    ['a reply with a request of somebody else', old(() => ['reply', ['text', 'x'], {}, 1])],
    ['shutdown in 2.x', two((req) => ['shutdown', req, 1])],
    ['ok with the request in 2.x', two((req) => ['ok', req, 1])],
    ['a reply with the request in 2.x', two((req) => ['reply', ['text', 'x'], req, 1])],
  ])('%s', async (_name, handlers) => {
    for (const handler of handlers) {
      node.expectCrash()
      const socket = fakeTransport(node, handler)
      await node.settle()
      socket.send('x')
      await node.settle()
      expect([socket.sent, socket.closed]).toEqual([[], ['close', 1011]])
    }
  })
})

test('what only this library tells, such as highWater, does not reach a handler of Cowboy', () => {
  for (const generation of GENERATIONS) {
    const { handler, calls } = handlerOf(generation)
    const both = { req: {}, state: 1 }
    expect(handler.event?.({ type: 'highWater', bytes: 1 }, both, {} as never)).toEqual(['ok', both])
    expect(calls).toEqual([])
  }
})

describe('commands of 2.x', () => {
  const handler = (results: Cowboy2Result<number>[], parts: Partial<Cowboy2<number>> = {}): SocketHandler<number, any> =>
    cowboy2<number, any, any, any>({
      init: (req) => ['cowboy_websocket', req, 0, { maxFrameSize: 10 }],
      websocketHandle: () => results.shift() as Cowboy2Result<number>,
      websocketInfo: (_info, state) => [[], state],
      ...parts,
    })
  async function open(results: Cowboy2Result<number>[], parts?: Partial<Cowboy2<number>>): Promise<FakeTransport> {
    const socket = fakeTransport(node, handler(results, parts), { pingIntervalMs: 0 })
    await node.settle()
    return socket
  }

  test('a list holds bare frames, tuples and commands, in their order', async () => {
    const socket = await open([[['ping', 'pong', ['text', ['a', 'b']], ['deflate', false], ['active', false]], 1, 'hibernate']])
    socket.send('x')
    await node.settle()
    expect([socket.sent, socket.paused]).toEqual([[['ping'], ['pong'], ['text', 'ab']], true])
  })

  test('setOptions changes the idle timeout, in ms or infinity, and does not look at other keys', async () => {
    const set = (idleTimeout: number | 'infinity'): Cowboy2Result<number> => [[['setOptions', { idleTimeout, activeN: 'x' }]], 1]
    const socket = await open([set('infinity'), set(50)])
    socket.send('x')
    await node.advance(1_000_000)
    expect(socket.closed).toBeUndefined()
    socket.send('x')
    await node.advance(50)
    expect(socket.closed).toEqual(['close', 1000])
  })

  test.each<[string, unknown[]]>([
    ['an idle timeout that is none', [['setOptions', { idleTimeout: -1 }]]],
    ['a frame size above that of the start', [['setOptions', { maxFrameSize: 11 }]]],
    ['no options', [['setOptions', 5]]],
    ['active that is no boolean', [['active', 1]]],
    ['deflate that is no boolean', [['deflate', 'no']]],
    ['shutdownReason without one', [['shutdownReason']]],
    ['active with too much', [['active', false, 1]]],
    ['an unknown command', [['compress', true]]],
    ['a frame that is not in a list', ['text', 'x']],
    ['a close that is not in a list', ['close', 4001, 'bye']],
    ['a close with a reason that is not in a list', ['close', 'bye']],
    ['a ping that is not in a list', ['ping', 'payload']],
    ['a pong that is not in a list', ['pong', 5]],
  ])('%s closes with 1011, and nothing of the list is done', async (_name, commands) => {
    node.expectCrash()
    const socket = await open([[['ping', ...commands], 1] as never])
    socket.send('x')
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[], ['close', 1011]])
  })

  test.each<[string, Cowboy2Result<number>, unknown, unknown]>([
    [
      'commands',
      [
        [
          ['text', 'hi'],
          ['active', false],
        ],
        5,
      ],
      [['text', 'hi']],
      undefined,
    ],
    ['a close', [[['text', 'hi'], 'close', ['text', 'late']], 5], [['text', 'hi']], ['close']],
    ['a close and a bare frame', [['close', 'ping'], 5], [], ['close']],
    ['ok', ['ok', 5, 'hibernate'], [], undefined],
    ['a reply', ['reply', ['text', 'hi'], 5], [['text', 'hi']], undefined],
    ['stop', ['stop', 5], [], ['close', 1000]],
  ])('websocketInit may answer %s', async (_name, result, sent, closed) => {
    for (const answer of [result, Promise.resolve(result)]) {
      const heard: unknown[] = []
      const socket = await open([], {
        websocketInit: () => answer,
        terminate: (reason, _req, state) => void heard.push([reason, state]),
      })
      expect([socket.sent, socket.closed]).toEqual([sent, closed])
      expect(heard).toEqual(closed === undefined ? [] : [['stop', 5]])
    }
  })

  test('with onCrash restart, websocketInit runs again on the same connection, with the state of init', async () => {
    node.expectCrash('boom')
    const heard: unknown[] = []
    let starts = 0
    const restarting = handler([], {
      init: (req) => ['cowboy_websocket', req, 7],
      websocketInit(state) {
        if (++starts === 1) throw 'boom'
        return [[['text', `start ${starts} in ${state}`]], state]
      },
      terminate: (reason, _req, state) => void heard.push([reason, state]),
    })
    const socket = fakeTransport(node, restarting, { onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[['text', 'start 2 in 7']], undefined])
    expect(heard).toEqual([[['crash', 'error', 'boom'], 7]])
  })
})
