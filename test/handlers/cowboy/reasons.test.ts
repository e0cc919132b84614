// What terminate hears in each generation, in virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, isCrash, nocatch, send, spawn } from 'gensock'
import { cowboy2, type Reason2 } from 'gensock/cowboy'
import type { SocketSelf } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { reason2, reason20pre } from '../../../src/handlers/cowboy/reasons.js'
import { reason08 } from '../../../src/sockets/reason08.js'
import { GENERATIONS, handlerOf } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const OLD = ['normal', 'shutdown']
const CRASH = ['error', 'handler']
const boom = new Error('boom')
type Four = readonly [v08: unknown, v10: unknown, pre: unknown, two: unknown]
const four = (old: unknown, pre: unknown, two: unknown = pre): Four => [old, old, pre, two]
const all = (reason: unknown): Four => four(reason, reason)

type Act = (socket: FakeTransport) => void
const sendText: Act = (socket) => socket.send('x')
const silent = (): undefined => undefined

test.each<[string, (self: SocketSelf) => void, Act, Four, unknown, unknown]>([
  ['the peer closes with an empty frame', silent, (s) => s.close(), four(['remote', 'closed'], 'remote'), ['close'], 'normal'],
  ['the peer closes with a code', silent, (s) => s.close(4000), all(['remote', 4000, '']), ['close', 4000], 'normal'],
  ['with a code and a reason', silent, (s) => s.close(4000, 'why'), all(['remote', 4000, 'why']), ['close', 4000], 'normal'],
  ['the connection is cut', silent, (s) => s.cut(), all(['error', 'closed']), undefined, 'normal'],
  ['a rule is broken', silent, (s) => s.fail('badframe'), all(['error', 'badframe']), undefined, 'normal'],
  ['a message is too long', silent, (s) => s.send('x'.repeat(1_000_001)), all(['error', 'badsize']), ['close', 1009], 'normal'],
  [
    'the process is told to shut down',
    silent,
    (s) => node.exit(s.pid, 'shutdown'),
    four(OLD, 'shutdown'),
    ['close', 1001],
    'shutdown',
  ],
  [
    'the same with a reason',
    silent,
    (s) => node.exit(s.pid, ['shutdown', 'r']),
    four(OLD, 'shutdown', ['shutdown', 'r']),
    ['close', 1001],
    ['shutdown', 'r'],
  ],
  [
    'another process ends it',
    silent,
    (s) => node.exit(s.pid, 'why'),
    four(CRASH, ['crash', 'exit', 'why']),
    ['close', 1011],
    'why',
  ],
  [
    'a linked process dies',
    (self) => void self.spawnLink(() => exit('died')),
    silent,
    four(CRASH, ['crash', 'exit', 'died']),
    ['close', 1011],
    'died',
  ],
  [
    'it sends itself an exit signal, as exit(reason)',
    (self) => self.exit(self.pid, 'normal'),
    silent,
    four(CRASH, ['crash', 'exit', 'normal']),
    ['close', 1011],
    'normal',
  ],
])('%s', async (_name, start, act, reasons, closed, exited) => {
  for (const [index, generation] of GENERATIONS.entries()) {
    // As the first message: links made before the 101 would end the handshake.
    const { handler, terminated } = handlerOf(generation, {
      info(_message, state, answers, self) {
        start(self)
        return answers.ok(state)
      },
    })
    const socket = fakeTransport(node, handler, { pingIntervalMs: 0 })
    await node.settle()
    node.send(socket.pid, 'start')
    await node.settle()
    act(socket)
    await node.settle()
    expect([terminated.map(([reason]) => reason), socket.closed, socket.exit]).toEqual([[reasons[index]], closed, exited])
  }
})

test.each<[string, (self: SocketSelf) => unknown, Four, unknown, unknown]>([
  ['throws an error', () => Promise.reject(boom), four(CRASH, ['crash', 'error', boom]), 1011, boom],
  ['throws something else', () => Promise.reject('why'), four(CRASH, ['crash', 'error', 'why']), 1011, 'why'],
  ['throws by nocatch', () => nocatch('v'), four(CRASH, ['crash', 'throw', 'v']), 1011, ['nocatch', 'v']],
  ['makes a mistake with gensock', () => send(5 as never, 1), four(CRASH, ['crash', 'error', 'badarg']), 1011, 'badarg'],
  ['exits normal', () => exit('normal'), four(CRASH, ['crash', 'exit', 'normal']), 1011, 'normal'],
  [
    'exits normal later',
    (self) => Promise.resolve().then(() => self.exit('normal')),
    four(CRASH, ['crash', 'exit', 'normal']),
    1011,
    'normal',
  ],
  ['exits', (self) => self.exit('why'), four(CRASH, ['crash', 'exit', 'why']), 1011, 'why'],
  ['exits with shutdown', () => exit('shutdown'), four(CRASH, ['crash', 'exit', 'shutdown']), 1011, 'shutdown'],
  [
    'exits with a shutdown and its reason',
    () => exit(['shutdown', 'x']),
    four(CRASH, ['crash', 'exit', ['shutdown', 'x']]),
    1011,
    ['shutdown', 'x'],
  ],
])('a callback that %s', async (name, crash, reasons, code, exited) => {
  for (const [index, generation] of GENERATIONS.entries()) {
    for (const callback of ['handle', 'info'] as const) {
      if (!name.startsWith('exits')) node.expectCrash()
      const { handler, terminated } = handlerOf(generation, {
        [callback]: (...[, , , self]: [any, any, any, SocketSelf]) => crash(self),
      })
      const socket = fakeTransport(node, handler, { pingIntervalMs: 0 })
      await node.settle()
      if (callback === 'handle') sendText(socket)
      else node.send(socket.pid, 'x')
      await node.settle()
      expect([terminated.map(([reason, state]) => [reason, state]), socket.closed]).toEqual([
        [[reasons[index], 0]],
        ['close', code],
      ])
      expect(isCrash(socket.exit) ? socket.exit.value : socket.exit).toEqual(exited)
    }
  }
})

describe('exit(reason)', () => {
  test('that a handler catches itself is no end', async () => {
    const { handler, terminated } = handlerOf('2.x', {
      handle(_frame, state, answers) {
        try {
          return exit('normal')
        } catch {
          return answers.reply(['text', 'caught'], state)
        }
      },
    })
    const socket = fakeTransport(node, handler)
    await node.settle()
    socket.send('x')
    socket.close(1000)
    await node.settle()
    expect([socket.sent, terminated.map(([reason]) => reason)]).toEqual([[['text', 'caught']], [['remote', 1000, '']]])
  })

  test('in websocketInit closes with 1011 and is the exit reason', async () => {
    for (const reason of ['normal', 'shutdown', ['shutdown', 'x'], 'why'] as const) {
      const heard: Reason2[] = []
      const handler = cowboy2({
        init: (req) => ['cowboy_websocket', req, 0],
        websocketInit: (_state, self) => Promise.resolve().then(() => self.exit(reason)),
        websocketHandle: () => ['stop', 0],
        websocketInfo: () => ['stop', 0],
        terminate: (why) => void heard.push(why),
      })
      const socket = fakeTransport(node, handler)
      await node.settle()
      expect([socket.closed, socket.exit, heard]).toEqual([['close', 1011], reason, [['crash', 'exit', reason]]])
    }
  })

  test('of a process that is not linked does not matter', async () => {
    const { handler } = handlerOf('2.x', { start: () => void spawn(() => exit('alone')) })
    const socket = fakeTransport(node, handler)
    await node.settle()
    expect(socket.exit).toBeUndefined()
    socket.cut()
    await node.settle()
  })
})

test('a crash in terminate is what the process ends with', async () => {
  node.expectCrash('in terminate')
  const { handler } = handlerOf('2.0-pre', {
    terminate() {
      throw 'in terminate'
    },
  })
  const socket = fakeTransport(node, handler)
  await node.settle()
  socket.close(1000)
  await node.settle()
  expect(isCrash(socket.exit) && socket.exit.value).toBe('in terminate')
})

test('terminate may take its time, in every generation', async () => {
  for (const generation of GENERATIONS) {
    const done: string[] = []
    const { handler } = handlerOf(generation, { terminate: () => Promise.resolve().then(() => void done.push(generation)) })
    const socket = fakeTransport(node, handler)
    await node.settle()
    socket.close(1000)
    await node.settle()
    expect([done, socket.exit]).toEqual([[generation], 'normal'])
  }
  const heard: Reason2[] = []
  const slow = cowboy2({
    init: (req) => ['cowboy_websocket', req, 0],
    websocketHandle: () => ['stop', 0],
    websocketInfo: () => ['stop', 0],
    async terminate(reason, _req, _state, self) {
      await self.sleep(1000)
      heard.push(reason)
    },
  })
  const socket = fakeTransport(node, slow)
  await node.settle()
  socket.send('x')
  await node.advance(999)
  expect([heard, socket.exit]).toEqual([[], undefined])
  await node.advance(1)
  expect([heard, socket.exit]).toEqual([['stop'], 'normal'])
})

test('what only this library knows is an error by its name', () => {
  for (const error of ['slow_peer', 'rate_exceeded', 'claims_expired']) {
    const cause = { type: 'error', error } as const
    expect([reason08(cause), reason20pre(cause), reason2(cause)]).toEqual([
      ['error', error],
      ['error', error],
      ['error', error],
    ])
  }
})
