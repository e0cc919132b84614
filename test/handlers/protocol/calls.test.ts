// Calls of a client: every way in which they are answered, or are not.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { reply } from 'gensock'
import { defineProtocol, protocolHandler, replyError, toSocket } from 'gensock/protocol'
import { close, type RouteOptions, type SocketPid } from 'gensock/socket'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { came, say, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const protocol = defineProtocol({
  version: 'desk.1',
  toServer: {
    messages: { note: z.string() },
    calls: {
      ask: { request: z.any(), reply: z.any(), errors: { no: z.any(), gone: z.undefined() } },
      plain: { request: z.any(), reply: z.any() },
    },
  },
  toClient: { messages: { said: z.any() }, calls: { sure: { request: z.any(), reply: z.any() } } },
})
type Clause = (request: any, from: any, state: number, self: any) => any
const made = (ask: Clause, more: object = {}, note: Clause = (_message, state) => ['ok', state]) =>
  protocolHandler<number, any>()(protocol, {
    init: () => ['ok', 0],
    on: { note: (message: string, state: number, self: any) => note(message, null, state, self) },
    calls: { ask, plain: ask },
    ...more,
  } as never)
const open = (ask: Clause, more?: object, options?: Partial<RouteOptions<any>>): FakeTransport =>
  speak(node, made(ask, more), 'desk.1', options as never)
const RESTART = { onCrash: { restart: { intensity: 5, periodMs: 1000 } } } as const

describe('answers', () => {
  test.each<readonly [what: string, answer: (state: number) => unknown, frame: unknown]>([
    ['reply', (state) => ['reply', { a: 1 }, state + 1], [-1, 'ok', { a: 1 }]],
    ['reply without a value', (state) => ['reply', undefined, state + 1], [-1, 'ok']],
    ['reply with hibernate', (state) => ['reply', 1, state + 1, 'hibernate'], [-1, 'ok', 1]],
    ['error', (state) => ['error', 'no', [1], state + 1], [-1, 'error', 'no', [1]]],
    ['error without data', (state) => ['error', 'gone', undefined, state + 1], [-1, 'error', 'gone']],
  ])('%s, now or later, and the state goes on', async (_what, answer, frame) => {
    for (const clause of [(_r: any, _f: any, s: number) => answer(s), async (_r: any, _f: any, s: number) => answer(s)]) {
      let last = -1
      const socket = open((...given) => {
        last = given[2]
        return clause(...(given.slice(0, 3) as [any, any, number]))
      })
      expect(await say(node, socket, [1, 'ask'])).toEqual([frame])
      await say(node, socket, [2, 'ask'])
      expect(last).toBe(1)
    }
  })

  test('stop with a reply: it goes out before the end', async () => {
    const socket = open((_request, _from, state) => ['stop', 'normal', 'bye', state])
    expect(await say(node, socket, [1, 'ask'])).toEqual([[-1, 'ok', 'bye']])
    expect([socket.closed, socket.exit]).toEqual([['close', 1000], 'normal'])
  })

  test('stop without a reply: the socket ends, and nothing else is said', async () => {
    const socket = open((_request, _from, state) => ['stop', ['shutdown', 'x'], state])
    expect(await say(node, socket, [1, 'ask'])).toEqual([])
    expect(socket.exit).toEqual(['shutdown', 'x'])
  })

  test('what a clause pushes comes before its reply', async () => {
    const socket = open(async (_request, _from, state, self) => {
      self.push.said(1)
      await self.sleep(10)
      self.push.said(2)
      return ['reply', 3, state]
    })
    socket.send('[1,"ask"]')
    await node.advance(10)
    expect(came(socket)).toEqual([
      ['said', 1],
      ['said', 2],
      [-1, 'ok', 3],
    ])
  })
})

describe('bad returns', () => {
  test.each<readonly [what: string, answer: unknown]>([
    ['nothing', undefined],
    ['a text', 'reply'],
    ['an empty list', []],
    ['ok, as of a message', ['ok', 0]],
    ['a push, as of a message', ['push', [], 0]],
    ['a reply without a state', ['reply', 1]],
    ['a reply with an element more', ['reply', 1, 0, 'hibernate', 1]],
    ['an error that the contract does not name', ['error', 'maybe', 1, 0]],
    ['an error of every object', ['error', 'toString', 1, 0]],
    ['an error without a state', ['error', 'no', 1]],
    ['a stop without a reason', ['stop', 0]],
    ['a stop with an element more', ['stop', 'normal', 1, 0, 1]],
  ])('%s crashes the socket with what is allowed', async (_what, answer) => {
    node.expectCrash(/calls\.ask must return \['reply', value, state\], \['error', name, data, state\]/)
    const socket = open(() => answer)
    expect(await say(node, socket, [1, 'ask'])).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test.each([[['noreply']], [['noreply', 0, 'sleep']], [['reply', 1, 0, 'sleep']]])('%j crashes it as well', async (answer) => {
    node.expectCrash(/must return/)
    const socket = open(() => answer)
    await say(node, socket, [1, 'ask'])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test('the errors of another call are none', async () => {
    node.expectCrash(/calls\.plain must return/)
    const socket = open((_request, _from, state) => ['error', 'no', 1, state])
    expect(await say(node, socket, [1, 'plain'])).toEqual([])
  })
})

describe('noreply', () => {
  let froms: any[]
  let socket: FakeTransport
  beforeEach(() => {
    froms = []
    socket = open((_request, from, state) => {
      froms.push(from)
      return ['noreply', state]
    })
  })
  const pid = (): SocketPid => socket.pid as unknown as SocketPid

  test('a second answer is dropped, whatever it is', async () => {
    await say(node, socket, [1, 'ask'])
    reply(froms[0], 'first')
    reply(froms[0], 'second')
    replyError(froms[0], 'no' as never, 'third' as never)
    expect(await say(node, socket)).toEqual([[-1, 'ok', 'first']])
    expect(await say(node, socket, [1, 'ask'])).toEqual([])
    reply(froms[0], 'not for this one')
    expect(await say(node, socket)).toEqual([])
    replyError(froms[1], 'no' as never, 'for this one' as never)
    expect(await say(node, socket)).toEqual([[-1, 'error', 'no', 'for this one']])
  })

  test('an answer to a socket that has ended is dropped', async () => {
    await say(node, socket, [1, 'ask'])
    socket.close(1000)
    await node.settle()
    reply(froms[0], 'late')
    replyError(froms[0], 'no' as never, 'late' as never)
    await node.settle()
    expect(socket.sent).toEqual([])
  })

  test.each([
    ['at once', 0],
    ['after an await, when no process is known to run', 10],
  ])('what another process answers %s keeps its place in what that process sends', async (_how, ms) => {
    await say(node, socket, [1, 'ask'], [2, 'ask'])
    node.spawn(async (self) => {
      if (ms > 0) await self.sleep(ms)
      toSocket(protocol, pid()).said('before')
      reply(froms[0], 'one')
      toSocket(protocol, pid()).said('between')
      replyError(froms[1], 'no' as never, 'two' as never)
      toSocket(protocol, pid()).said('after')
    })
    await node.advance(ms)
    expect(await say(node, socket)).toEqual([
      ['said', 'before'],
      [-1, 'ok', 'one'],
      ['said', 'between'],
      [-2, 'error', 'no', 'two'],
      ['said', 'after'],
    ])
  })

  test('what info answers comes in order with what it pushes', async () => {
    const later = made(
      (_request, from, state) => {
        froms.push(from)
        return ['noreply', state]
      },
      {
        async info(_tick: unknown, state: number, self: any) {
          self.push.said(1)
          reply(froms[0], 2)
          self.push.said(3)
          await self.sleep(10)
          self.push.said(4)
          reply(froms[1], 5)
          self.push.said(6)
          return ['ok', state]
        },
      },
    )
    const other = speak(node, later, 'desk.1')
    await say(node, other, [1, 'ask'], [2, 'ask'])
    node.send(other.pid as never, 'tick' as never)
    await node.advance(10)
    expect(came(other)).toEqual([
      ['said', 1],
      [-1, 'ok', 2],
      ['said', 3],
      ['said', 4],
      [-2, 'ok', 5],
      ['said', 6],
    ])
  })

  test('replyError refuses an error that the call has not, and what is no call', async () => {
    await say(node, socket, [1, 'ask'], [2, 'plain'])
    const bad = (from: unknown, error: string): unknown => {
      try {
        replyError(from as never, error as never, 1 as never)
        return 'done'
      } catch (thrown) {
        return [(thrown as { code: string }).code, (thrown as Error).message.split(',')[0]]
      }
    }
    expect(bad(froms[0], 'maybe')).toEqual(['GENSOCK_ERR_BADARG', 'replyError: error must be one of no'])
    expect(bad(froms[0], 'toString')).toEqual(['GENSOCK_ERR_BADARG', 'replyError: error must be one of no'])
    expect(bad(froms[1], 'no')).toEqual(['GENSOCK_ERR_BADARG', 'replyError: error must be none: plain has no errors'])
    for (const from of [undefined, {}, socket.pid])
      expect(bad(from, 'no')).toEqual(['GENSOCK_ERR_BADARG', 'replyError: from must be the from of a call of a contract'])
    expect(await say(node, socket)).toEqual([])
  })
})

describe('a crash', () => {
  test('with onCrash close: 1011, and no answers', async () => {
    node.expectCrash(/boom/)
    const socket = open(() => {
      throw new Error('boom')
    })
    expect(await say(node, socket, [1, 'ask'])).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test('with restart: all who wait are refused, the socket goes on with a new state', async () => {
    node.expectCrash(/boom/)
    const froms: any[] = []
    const socket = open(
      (request, from, state) => {
        if (request === 'boom') throw new Error('boom')
        if (request === 'count') return ['reply', state, state]
        froms.push(from)
        return ['noreply', state + 1]
      },
      {},
      RESTART,
    )
    await say(node, socket, [1, 'ask', 'wait'], [2, 'plain', 'wait'])
    expect(await say(node, socket, [3, 'ask', 'boom'], [4, 'ask', 'count'])).toEqual([
      [-1, 'refused', { reason: 'failed', name: 'ask' }],
      [-2, 'refused', { reason: 'failed', name: 'plain' }],
      [-3, 'refused', { reason: 'failed', name: 'ask' }],
      [-4, 'ok', 0],
    ])
    reply(froms[0], 'late')
    expect(await say(node, socket)).toEqual([])
  })

  test('after an await it is the same', async () => {
    node.expectCrash(/boom/)
    const socket = open(
      async (_request, _from, _state, self) => {
        await self.sleep(10)
        throw new Error('boom')
      },
      {},
      RESTART,
    )
    await say(node, socket, [1, 'ask'])
    await node.advance(10)
    expect(socket.sent).toEqual([['text', '[-1,"refused",{"reason":"failed","name":"ask"}]']])
    expect(socket.closed).toBeUndefined()
  })

  test.each([
    ['at once', () => Promise.resolve()],
    ['later', (self: any) => self.sleep(10)],
  ])('a terminate that crashes %s as well does not keep those who wait from their refusal', async (_when, pause) => {
    node.expectCrash(/boom/)
    node.expectCrash(/bang/)
    let crashes = 0
    const socket = open(
      () => {
        throw new Error('boom')
      },
      {
        terminate(_reason: unknown, _state: unknown, self: any): unknown {
          if (++crashes > 1) return undefined
          const bang = (): never => {
            throw new Error('bang')
          }
          return _when === 'later' ? pause(self).then(bang) : bang()
        },
      },
      RESTART,
    )
    socket.send('[1,"ask"]')
    await node.advance(10)
    expect(came(socket)).toEqual([[-1, 'refused', { reason: 'failed', name: 'ask' }]])
    expect([crashes, socket.closed]).toEqual([1, undefined])
  })

  test('terminate can still answer who waits', async () => {
    node.expectCrash(/boom/)
    const froms: any[] = []
    const handler = made(
      (_request, from, state) => {
        froms.push(from)
        return ['noreply', state]
      },
      { terminate: () => froms.forEach((from) => reply(from, 'sorry')) },
      () => {
        throw new Error('boom')
      },
    )
    const socket = speak(node, handler, 'desk.1', RESTART)
    expect(await say(node, socket, [1, 'ask'], ['note', 'x'])).toEqual([[-1, 'ok', 'sorry']])
  })

  test('self.push and self.call belong to the next life, and calls of the last one are rejected', async () => {
    node.expectCrash(/boom/)
    const told: unknown[] = []
    const handler = made(
      () => ['reply', 1, 0],
      {},
      (message, _none, state, self) => {
        if (message === 'boom') throw new Error('boom')
        void self.call.sure(message).then(
          (answer: unknown) => told.push([message, answer]),
          ({ reason }: { reason: string }) => told.push([message, reason]),
        )
        self.push.said(message)
        return ['ok', state]
      },
    )
    const socket = speak(node, handler, 'desk.1', RESTART)
    expect(await say(node, socket, ['note', 'a'], ['note', 'boom'], ['note', 'b'])).toEqual([
      [1, 'sure', 'a'],
      ['said', 'a'],
      [2, 'sure', 'b'],
      ['said', 'b'],
    ])
    expect(told).toEqual([['a', 'closed']])
    expect(await say(node, socket, [-1, 'ok', 'for the last life'], [-2, 'ok', 'for this one'])).toEqual([])
    expect(told).toEqual([
      ['a', 'closed'],
      ['b', 'for this one'],
    ])
    expect(handler.counters().badFrames).toBe(0)
  })

  test('a late answer to the last life is no bad frame of this one', async () => {
    node.expectCrash(/boom/)
    const handler = protocolHandler<null>()(
      protocol,
      {
        init: () => ['ok', null],
        on: {
          note(message: string, state: null, self: any) {
            if (message === 'boom') throw new Error('boom')
            void self.call.sure(message)
            return ['ok', state]
          },
        },
        calls: { ask: () => ['noreply', null], plain: () => ['noreply', null] },
      } as never,
      { onBadFrame: { closeAfter: 1 } },
    )
    const socket = speak(node, handler, 'desk.1', RESTART)
    await say(node, socket, ['note', 'a'], ['note', 'boom'])
    expect(await say(node, socket, [-1, 'ok', true])).toEqual([])
    expect(socket.closed).toBeUndefined()
  })

  test('an init that crashes after a restart is begun again', async () => {
    node.expectCrash(/boom/)
    node.expectCrash(/in init/)
    let lives = 0
    const socket = open(
      (request, _from, state) => {
        if (request === 'boom') throw new Error('boom')
        return ['reply', lives, state]
      },
      {
        init() {
          if (++lives === 2) throw new Error('in init')
          return ['ok', 0]
        },
      },
      RESTART,
    )
    expect(await say(node, socket, [1, 'ask', 'boom'], [1, 'ask'])).toEqual([
      [-1, 'refused', { reason: 'failed', name: 'ask' }],
      [-1, 'ok', 3],
    ])
  })
})

describe('commands', () => {
  test('a clause of a message can close the socket, and change its options', async () => {
    const handler = made(
      () => ['reply', 1, 0],
      {},
      (message, _none, state) =>
        message === 'bye' ? ['push', ['close', 4000, 'bye'], state] : ['push', [['setOptions', { idleTimeoutMs: 5000 }]], state],
    )
    const [ann, bob] = [speak(node, handler, 'desk.1'), speak(node, handler, 'desk.1')]
    await say(node, ann, ['note', 'bye'])
    expect(ann.closed).toEqual(['close', 4000, 'bye'])
    await say(node, bob, ['note', 'short'])
    await node.advance(5000)
    expect(bob.closed).toEqual(['close', 1000])
  })

  test('self.control carries them out at once, also where an answer has no place for them', async () => {
    const handler = made((_request, _from, state, self) => {
      self.push.said(1)
      self.control([['shutdownReason', 'done'], close(4000, 'bye')])
      self.push.said(2)
      return ['reply', 3, state]
    })
    const socket = speak(node, handler, 'desk.1')
    expect(await say(node, socket, [1, 'ask'])).toEqual([['said', 1]])
    expect([socket.closed, socket.exit]).toEqual([
      ['close', 4000, 'bye'],
      ['shutdown', 'done'],
    ])
  })

  test('a command that there is not crashes the socket', async () => {
    node.expectCrash(/a command must be/)
    const socket = open((_request, _from, _state, self) => self.control(['shut']))
    await say(node, socket, [1, 'ask'])
    expect(socket.closed).toEqual(['close', 1011])
  })
})
