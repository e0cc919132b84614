// What Bullet's callbacks may answer, in virtual time: every shape, and what is none.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { bullet, type BulletHandler, type Req } from 'gensock/bullet'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type Answer = (req: Req, state: number) => any
const terminated: unknown[] = []
beforeEach(() => void (terminated.length = 0))

/** A socket whose callback answers so; its state before is 0. Over `fallback` the callback runs in a process of its own. */
async function after(
  callback: 'init' | 'stream' | 'info',
  answer: Answer,
  options: FakeTransportOptions = {},
): Promise<FakeTransport> {
  const parts: BulletHandler<number> = {
    init: (_transport, req) => ['ok', req, 0],
    stream: (_data, req, state) => ['ok', req, state],
    info: (_info, req, state) => ['ok', req, state],
    terminate: (req, state) => void terminated.push([state, req.path]),
  }
  const handler = {
    ...parts,
    [callback]:
      callback === 'init'
        ? (_t: unknown, req: Req) => answer(req, 0)
        : (_data: unknown, req: Req, state: number) => answer(req, state),
  }
  const socket = fakeTransport(node, bullet(handler), options)
  await node.settle()
  if (options.transport === 'sse') socket.attach('sse')
  await node.settle()
  if (callback === 'stream') socket.send('x')
  if (callback === 'info') node.send(socket.pid, 'x')
  await node.settle()
  return socket
}
const FALLBACK: FakeTransportOptions = { transport: 'sse', request: { method: 'POST' } }

const GOOD: [string, Answer, unknown, unknown][] = [
  ['ok', (req) => ['ok', req, 1], [], undefined],
  ['a reply', (req) => ['reply', 'a', req, 1], [['text', 'a']], undefined],
  ['an empty reply', (req) => ['reply', '', req, 1], [['text', '']], undefined],
  ['shutdown', (req) => ['shutdown', req, 1], [], ['close', 1000]],
  ['a changed request', (req) => ['ok', req.setRespHeader('X-A', '1'), 1], [], undefined],
]
const BAD: [string, Answer][] = [
  ['nothing', () => undefined],
  ['no list', () => 'ok'],
  ['an empty list', () => []],
  ['another tag', (req) => ['stop', req, 1]],
  ['no state', (req) => ['ok', req]],
  ['too much', (req) => ['ok', req, 1, 'hibernate']],
  ['no request', () => ['ok', 1]],
  ['a request of somebody else', () => ['ok', {}, 1]],
  ['a reply without a text', (req) => ['reply', req, 1]],
  ['a reply of bytes', (req) => ['reply', new Uint8Array(1), req, 1]],
  ['a reply with too much', (req) => ['reply', 'a', req, 1, 2]],
  ['ok with a text', (req) => ['ok', 'a', req, 1]],
]

describe.each([
  ['stream', {}],
  ['info', {}],
  ['stream', FALLBACK],
  ['info', FALLBACK],
] as const)('%s, %j', (callback, options) => {
  test.each(GOOD)('%s', async (_name, answer, sent, closed) => {
    const socket = await after(callback, answer, options)
    expect([socket.sent, socket.closed]).toEqual([sent, closed])
    const once = closed === undefined && !(callback === 'stream' && options === FALLBACK) ? [] : [[1, '/']]
    expect(terminated.slice(0, 1)).toEqual(once)
  })
  test('a promise of an answer is as good', async () => {
    const socket = await after(callback, async (req) => ['reply', 'later', req, 1], options)
    expect(socket.sent).toEqual([['text', 'later']])
  })
  test.each(BAD)('%s closes with 1011; terminate hears the state before, and nothing is sent', async (_name, answer) => {
    node.expectCrash(/must return \['ok', req, state\], \['reply', text, req, state\] or \['shutdown', req, state\]/)
    const socket = await after(callback, answer, options)
    expect([socket.sent, socket.closed, terminated[0]]).toEqual([[], ['close', 1011], [0, '/']])
  })
})

describe('init', () => {
  const bad = [...BAD, ['a reply', (req: Req) => ['reply', 'a', req, 1]] as [string, Answer]]
  test.each(bad)('%s is a 500 without terminate', async (_name, answer) => {
    node.expectCrash(/init must return \['ok', req, state\] or \['shutdown', req, state\]/)
    expect((await after('init', answer)).handshake).toEqual(['reject', 500, {}])
    expect(terminated).toEqual([])
  })
  test.each(bad)('%s crashes a connection with fallback, without terminate', async (_name, answer) => {
    node.expectCrash(/init must return \['ok', req, state\] or \['shutdown', req, state\]/)
    expect((await after('init', answer, FALLBACK)).closed).toEqual(['close', 1011])
    expect(terminated).toEqual([])
  })
})
