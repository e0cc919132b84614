// self.call: the server asks the client, while the socket waits in its callback.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { defineProtocol, protocolHandler, type ProtocolError } from 'gensock/protocol'
import type { RouteOptions } from 'gensock/socket'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { came, say, speak } from './speak.js'

let node: TestNode
let log: unknown[]
beforeEach(() => {
  node = testNode()
  log = []
})
afterEach(() => node.stop())

const protocol = defineProtocol({
  version: 'ask.1',
  toServer: { messages: { go: z.any(), note: z.any() }, calls: { ask: { request: z.any(), reply: z.any() } } },
  toClient: {
    messages: { out: z.any() },
    calls: { sure: { request: z.string(), reply: z.number(), errors: { busy: z.string() } } },
  },
})
const told = ({ reason, error, data, problem }: ProtocolError): unknown[] => ['rejected', reason, error ?? problem?.path, data]
/** `go` runs `run`, and what comes of it is in `log`; so is every `note`. */
function open(run: (self: any, message: any) => unknown, options?: Partial<RouteOptions<any>>, more: object = {}): FakeTransport {
  const handler = protocolHandler<null, any>()(protocol, {
    init: () => ['ok', null],
    on: {
      async go(message: any, state: null, self: any) {
        try {
          log.push(await run(self, message))
        } catch (error) {
          log.push(told(error as ProtocolError))
        }
        return ['ok', state]
      },
      note(message: any, state: null) {
        log.push(message)
        return ['ok', state]
      },
    },
    calls: { ask: (request: any, _from: any, state: null) => ['reply', request, state] },
    info(message: any, state: null) {
      log.push(message)
      return ['ok', state]
    },
    ...more,
  } as never)
  return speak(node, handler, 'ask.1', options as never)
}

describe('an answer', () => {
  test.each<readonly [what: string, frame: unknown, comes: unknown]>([
    ['a reply', [-1, 'ok', 7], 7],
    ['an error of the contract', [-1, 'error', 'busy', 'soon'], ['rejected', 'error', 'busy', 'soon']],
    ['a refusal', [-1, 'refused', { reason: 'failed' }], ['rejected', 'failed', undefined, undefined]],
    [
      'nobody answers it',
      [-1, 'refused', { reason: 'unknown_call', name: 'sure' }],
      ['rejected', 'unknown_call', undefined, undefined],
    ],
    [
      'a request that does not fit there',
      [-1, 'refused', { reason: 'bad_request', path: ['a'] }],
      ['rejected', 'bad_request', ['a'], undefined],
    ],
    ['a reply that does not fit', [-1, 'ok', 'seven'], ['rejected', 'bad_reply', [], undefined]],
    ['no reply at all', [-1, 'ok'], ['rejected', 'bad_reply', [], undefined]],
    ['an error that does not fit', [-1, 'error', 'busy', 7], ['rejected', 'bad_reply', [], undefined]],
    ['an error that there is not', [-1, 'error', 'toString'], ['rejected', 'bad_reply', [], undefined]],
  ])('%s', async (_what, frame, comes) => {
    const socket = open((self) => self.call.sure('?'))
    expect(await say(node, socket, ['go'])).toEqual([[1, 'sure', '?']])
    expect(await say(node, socket, frame, [1, 'ask', 'alive'])).toEqual([[-1, 'ok', 'alive']])
    expect(log).toEqual([comes])
  })

  test('overtakes what waits in the mailbox; that keeps its order', async () => {
    const socket = open((self) => self.call.sure('?'))
    await say(node, socket, ['go'], ['note', 1], [1, 'ask', 2], ['note', 3])
    expect(log).toEqual([])
    expect(await say(node, socket, [-1, 'ok', 0])).toEqual([[-1, 'ok', 2]])
    expect(log).toEqual([0, 1, 3])
  })

  test('that is none of the frames is none of the answers', async () => {
    const socket = open((self) => self.call.sure('?'))
    await say(node, socket, ['go'], '{', [-1, 'maybe'], [-2, 'ok', 1])
    expect(log).toEqual([])
    expect((await say(node, socket, [-1, 'ok', 5])).length).toBe(3)
    expect(log).toEqual([5])
  })

  test('without validateIn is what came', async () => {
    const handler = protocolHandler<null>()(
      protocol,
      {
        init: () => ['ok', null],
        on: {
          async go(_message, state, self) {
            log.push(await self.call.sure('?'))
            return ['ok', state]
          },
          note: (_message, state) => ['ok', state],
        },
        calls: { ask: (_request, _from, state) => ['reply', 1, state] },
      },
      { validateIn: false },
    )
    const socket = speak(node, handler, 'ask.1')
    await say(node, socket, ['go'])
    await say(node, socket, [-1, 'ok', 'seven'])
    expect(log).toEqual(['seven'])
  })
})

describe('time', () => {
  test.each([
    ['5 s', {}, 5000],
    ['what it is given', { timeoutMs: 100 }, 100],
  ])('a call waits %s, and an answer that comes later is dropped', async (_what, options, ms) => {
    const socket = open((self) => self.call.sure('?', options))
    await say(node, socket, ['go'])
    await node.advance(ms - 1)
    expect(log).toEqual([])
    await node.advance(1)
    expect(log).toEqual([['rejected', 'timeout', undefined, undefined]])
    expect(await say(node, socket, [-1, 'ok', 1])).toEqual([])
  })

  test('infinity has no end but that of the socket', async () => {
    const socket = open((self) => self.call.sure('?', { timeoutMs: 'infinity' }), { idleTimeoutMs: 0 })
    await say(node, socket, ['go'])
    await node.advance(3_600_000)
    expect(log).toEqual([])
    await say(node, socket, [-1, 'ok', 1])
    expect(log).toEqual([1])
  })

  test('an answer leaves no timer behind', async () => {
    const socket = open((self) => self.call.sure('?'), { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await say(node, socket, ['go'])
    expect(node.nextDueMs()).toBe(5000)
    await say(node, socket, [-1, 'ok', 1])
    expect(node.nextDueMs()).toBe(Infinity)
  })
})

describe('many at once', () => {
  test('each gets its own answer, in any order', async () => {
    const socket = open((self) => Promise.all(['a', 'b', 'c'].map((text) => self.call.sure(text))))
    expect(await say(node, socket, ['go'])).toEqual([
      [1, 'sure', 'a'],
      [2, 'sure', 'b'],
      [3, 'sure', 'c'],
    ])
    await say(node, socket, [-3, 'ok', 30], [-1, 'ok', 10], [-2, 'ok', 20])
    expect(log).toEqual([[10, 20, 30]])
  })

  test('1000 may be under way, one more is too_many', async () => {
    const socket = open(async (self) => {
      const all = Array.from({ length: 1001 }, (_, n) => self.call.sure(`${n}`))
      return all[1000]
    })
    expect((await say(node, socket, ['go'])).length).toBe(1000)
    expect(log).toEqual([['rejected', 'too_many', undefined, undefined]])
  })

  test('both ends count their own ids', async () => {
    const socket = open((self) => self.call.sure('?'))
    expect(await say(node, socket, [1, 'ask', 'x'], ['go'])).toEqual([
      [-1, 'ok', 'x'],
      [1, 'sure', '?'],
    ])
    expect(await say(node, socket, [-1, 'ok', 5], [1, 'ask', 'y'])).toEqual([[-1, 'ok', 'y']])
  })
})

describe('the end of the socket', () => {
  const ends: readonly (readonly [what: string, end: (socket: FakeTransport) => void])[] = [
    ['the client closes', (socket) => socket.close(1000)],
    ['the connection is cut', (socket) => socket.cut()],
    ['a limit is exceeded', (socket) => socket.send('x'.repeat(70_000))],
    ['somebody ends it', (socket) => node.exit(socket.pid, 'shutdown')],
  ]
  test.each(ends)('%s: the call is rejected at once, the callback goes on, the process does not linger', async (_what, end) => {
    const socket = open(
      async (self) => {
        const first = await self.call.sure('?').catch(told)
        const second = await self.call.sure('again').catch(told)
        return [first, second]
      },
      { maxFrameBytes: 65_536 },
    )
    await say(node, socket, ['go'])
    end(socket)
    await node.settle()
    const closed = ['rejected', 'closed', undefined, undefined]
    expect(log).toEqual([[closed, closed]])
    expect([node.isAlive(socket.pid), node.now()]).toEqual([false, 0])
  })

  test('a call that terminate makes is rejected at once', async () => {
    const socket = open(
      () => 0,
      {},
      {
        terminate: async (_reason: unknown, _state: unknown, self: any) => log.push(await self.call.sure('?').catch(told)),
      },
    )
    await say(node, socket, ['go'])
    socket.close(1000)
    await node.settle()
    expect(log).toEqual([0, ['rejected', 'closed', undefined, undefined]])
    expect([node.isAlive(socket.pid), node.now()]).toEqual([false, 0])
  })

  test('a call that is made while another await ends with the socket is rejected at once', async () => {
    const socket = open(async (self) => {
      await self.sleep(1000)
      return self.call.sure('?')
    })
    await say(node, socket, ['go'])
    socket.cut()
    await node.advance(1000)
    expect(log).toEqual([['rejected', 'closed', undefined, undefined]])
    expect(node.isAlive(socket.pid)).toBe(false)
  })

  test.each([
    ['alone', ['close', 4000]],
    [
      'in a list',
      [
        ['active', true],
        ['close', 4000],
      ],
    ],
  ])('of its own doing, %s: calls before and after it are rejected at once', async (_how, commands) => {
    const socket = open(async (self) => {
      const before = self.call.sure('?').catch(told)
      self.control(commands)
      return [await before, await self.call.sure('again').catch(told)]
    })
    await say(node, socket, ['go'])
    const closed = ['rejected', 'closed', undefined, undefined]
    expect(log).toEqual([[closed, closed]])
    expect([socket.closed, socket.exit, node.now()]).toEqual([['close', 4000], 'normal', 0])
  })

  test('a rejection that nobody awaits ends nothing', async () => {
    const unhandled: unknown[] = []
    const hear = (error: unknown): number => unhandled.push(error)
    process.on('unhandledRejection', hear)
    try {
      const socket = open((self) => void self.call.sure('?'))
      await say(node, socket, ['go'])
      socket.close(1000)
      await node.settle()
      await new Promise((resolve) => setImmediate(resolve))
      expect([unhandled, socket.exit]).toEqual([[], 'normal'])
    } finally {
      process.off('unhandledRejection', hear)
    }
  })

  test('a process that is killed has no call under way and no timer', async () => {
    const socket = open((self) => self.call.sure('?'))
    await say(node, socket, ['go'])
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([socket.exit, node.nextDueMs()]).toEqual(['killed', Infinity])
  })
})

test('a flood while a call waits is bounded by inboundHighBytes, and ends with the call', async () => {
  const socket = open((self) => self.call.sure('?'), { inboundHighBytes: 4096, inboundLowBytes: 1024 })
  await say(node, socket, ['go'])
  for (let n = 0; n < 1000; n++) socket.send(JSON.stringify(['note', n]))
  socket.send('[-1,"ok",1]')
  await node.settle()
  expect([socket.paused, log]).toEqual([true, []])
  await node.advance(5000)
  expect(log.length).toBe(1001)
  expect(log.slice(0, 3)).toEqual([['rejected', 'timeout', undefined, undefined], 0, 1])
  expect(log.at(-1)).toBe(999)
  expect([socket.paused, came(socket)]).toEqual([false, []])
})

test('what init asks without waiting is answered once init has answered', async () => {
  const socket = open(
    () => 0,
    {},
    {
      init(_args: unknown, self: any) {
        void self.call.sure('who?').then((answer: number) => self.send(self.pid, answer))
        return ['ok', null]
      },
    },
  )
  expect(await say(node, socket)).toEqual([[1, 'sure', 'who?']])
  await say(node, socket, [-1, 'ok', 7])
  expect(log).toEqual([7])
})

describe('in init', () => {
  const waiting = {
    async init(_args: unknown, self: any) {
      log.push(await self.call.sure('who?').catch(told))
      return ['ok', null]
    },
  }
  test('what it waits for is answered; whatever else comes waits for init', async () => {
    const socket = open(() => 0, {}, waiting)
    expect(await say(node, socket)).toEqual([[1, 'sure', 'who?']])
    expect(await say(node, socket, ['note', 'early'], [1, 'ask', 'early'])).toEqual([])
    expect(await say(node, socket, [-1, 'ok', 7])).toEqual([[-1, 'ok', 'early']])
    expect(log).toEqual([7, 'early'])
  })

  test('the end of the socket rejects it at once', async () => {
    const socket = open(() => 0, {}, waiting)
    await say(node, socket)
    socket.cut()
    await node.settle()
    expect(log).toEqual([['rejected', 'closed', undefined, undefined]])
    expect([node.isAlive(socket.pid), node.now()]).toEqual([false, 0])
  })
})

test('an init that asks nothing is sent nothing', async () => {
  const socket = open(() => 0, {}, { init: (_args: unknown, self: any) => self.sleep(10).then(() => ['ok', null]) })
  await node.settle()
  expect(socket.paused).toBe(true)
  await node.advance(10)
  expect(socket.paused).toBe(false)
})

test('once init has answered it may ask by a message to itself', async () => {
  const socket = open(
    () => 0,
    {},
    {
      init(_args: unknown, self: any) {
        self.send(self.pid, 'begin')
        return ['ok', null]
      },
      async info(_begin: unknown, state: null, self: any) {
        log.push(await self.call.sure('who?'))
        return ['ok', state]
      },
    },
  )
  expect(await say(node, socket)).toEqual([[1, 'sure', 'who?']])
  await say(node, socket, [-1, 'ok', 7])
  expect(log).toEqual([7])
})
