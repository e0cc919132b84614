// Messages as events, as state machines have them; and what of a plain handler works with a contract as well: info, event, sys, routes.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type DebugEvent, genServer, sys } from 'gensock'
import { defineProtocol, protocolHandler } from 'gensock/protocol'
import { route } from 'gensock/socket'
import { type FakeTransport, fakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { chatHandler } from './chat.js'
import { came, say, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const light = defineProtocol({
  version: 'light.1',
  toServer: {
    messages: {
      go: z.object({ to: z.string() }),
      level: z.number(),
      list: z.array(z.number()),
      off: z.undefined(),
      none: z.null(),
      named: z.object({ type: z.string(), data: z.number() }),
      do: z.any(),
    },
  },
  toClient: {
    messages: {
      any: z.unknown(),
      at: z.object({ to: z.string() }),
      level: z.number(),
      list: z.array(z.number()),
      off: z.undefined(),
      box: z.object({ data: z.number() }),
    },
  },
})

describe('on as one function', () => {
  test('gets each message as an event: its name is the type, what is no object is the data', async () => {
    const events: unknown[] = []
    const handler = protocolHandler<null>()(light, {
      init: () => ['ok', null],
      on(event, state) {
        events.push(event)
        return ['ok', state]
      },
    })
    const socket = speak(node, handler, 'light.1')
    const frames = [
      ['go', { to: 'green' }],
      ['level', 7],
      ['list', [1, 2]],
      ['off'],
      ['none', null],
      ['named', { type: 'mine', data: 1 }],
    ]
    expect(await say(node, socket, ...frames)).toEqual([])
    expect(events).toEqual([
      { type: 'go', to: 'green' },
      { type: 'level', data: 7 },
      { type: 'list', data: [1, 2] },
      { type: 'off', data: undefined },
      { type: 'none', data: null },
      { type: 'named', data: 1 },
    ])
  })

  test('is asked only for what fits', async () => {
    const events: unknown[] = []
    const handler = protocolHandler<null>()(light, {
      init: () => ['ok', null],
      on(event, state) {
        events.push(event)
        return ['ok', state]
      },
    })
    const socket = speak(node, handler, 'light.1')
    expect(await say(node, socket, ['go', { to: 1 }], ['gone'])).toMatchObject([
      [0, 'refused', { reason: 'bad_message', name: 'go', path: ['to'] }],
      [0, 'refused', { reason: 'unknown_message', name: 'gone' }],
    ])
    expect(events).toEqual([])
  })

  test('answers as a clause does: ok, push, stop', async () => {
    const handler = protocolHandler<number>()(light, {
      init: () => ['ok', 0],
      on(event, state, self) {
        self.emit({ type: 'level', data: state })
        return event.type === 'off' ? ['stop', 'normal', state] : ['ok', state + 1]
      },
    })
    const socket = speak(node, handler, 'light.1')
    expect(await say(node, socket, ['none', null], ['none', null], ['off'])).toEqual([
      ['level', 0],
      ['level', 1],
      ['level', 2],
    ])
    expect(socket.closed).toEqual(['close', 1000])
  })
})

describe('self.emit', () => {
  const emitting = (event: unknown): FakeTransport =>
    speak(
      node,
      protocolHandler<null>()(light, {
        init(_args, self) {
          self.emit(event as never)
          return ['ok', null]
        },
        on: (_event, state) => ['ok', state],
      }),
      'light.1',
    )

  test.each<readonly [event: unknown, frame: unknown]>([
    [{ type: 'at', to: 'green' }, ['at', { to: 'green' }]],
    [{ type: 'level', data: 7 }, ['level', 7]],
    [{ type: 'level', data: 0 }, ['level', 0]],
    [{ type: 'list', data: [1] }, ['list', [1]]],
    [{ type: 'off', data: undefined }, ['off']],
    [{ type: 'box', data: 7 }, ['box', { data: 7 }]],
    [{ type: 'any', data: 7 }, ['any', 7]],
    [{ type: 'any', data: [7] }, ['any', [7]]],
    [{ type: 'any', x: 7 }, ['any', { x: 7 }]],
  ])('%j goes out', async (event, frame) => {
    expect(await say(node, emitting(event))).toEqual([frame])
  })

  test.each<readonly [event: unknown, told: RegExp]>([
    [{ type: 'gone' }, /self\.emit: no message to the client has the type gone/],
    [{ type: 'go', to: 'x' }, /self\.emit: no message to the client has the type go/],
    [{ type: 'toString' }, /self\.emit: no message to the client has the type toString/],
    [{}, /self\.emit: no message to the client has the type undefined/],
    [undefined, /self\.emit: no message to the client has the type undefined/],
    [{ type: 'at', to: 7 }, /self\.push\.at: does not fit the contract at to: /],
    [{ type: 'level', data: 'x' }, /self\.push\.level: does not fit the contract/],
  ])('%j crashes its socket', async (event, told) => {
    node.expectCrash(told)
    const socket = emitting(event)
    expect(await say(node, socket)).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
  })
})

describe('what a plain handler has', () => {
  test('event hears pings and limits', async () => {
    const heard: unknown[] = []
    const handler = protocolHandler<null>()(light, {
      init: () => ['ok', null],
      on: (_event, state) => ['ok', state],
      event(event, state) {
        heard.push(event.type)
        return ['ok', state]
      },
    })
    const socket = speak(node, handler, 'light.1')
    socket.send(['ping', 'x'])
    await node.settle()
    expect(heard).toEqual(['ping'])
  })

  test('terminate hears why, with the last state', async () => {
    const ended: unknown[] = []
    const handler = protocolHandler<number>()(light, {
      init: () => ['ok', 1],
      on: (_event, state) => ['ok', state + 1],
      terminate: (reason, state) => void ended.push([reason, state]),
    })
    const socket = speak(node, handler, 'light.1')
    await say(node, socket, ['off'])
    socket.close(1000, 'bye')
    await node.settle()
    expect(ended).toEqual([[{ type: 'remote', code: 1000, reason: 'bye' }, 2]])
  })

  test('a call of another process is refused: a contract names none', async () => {
    const socket = speak(node, chatHandler())
    await node.settle()
    const answer = node.run(() => genServer.call(socket.pid as never, { type: 'get' } as never).catch((error) => error.reason))
    await node.settle()
    expect(await answer).toEqual(['function_clause', { type: 'get' }])
  })

  test('a route of it, with its options, is connected to as well', async () => {
    const socket = fakeTransport(node, route('/chat', chatHandler(), { idleTimeoutMs: 1000 }), {
      request: { headers: { 'sec-websocket-protocol': 'chat.1' } },
    })
    expect(await say(node, socket, ['say', { line: 'hi' }])).toEqual([['said', { line: 'hi' }]])
    await node.advance(1000)
    expect(socket.closed).toEqual(['close', 1000])
  })

  test('sys sees its state, holds it still, and traces frames', async () => {
    const socket = speak(node, chatHandler())
    await say(node, socket, ['say', { line: 'hi' }])
    const ask = async <T>(fn: () => Promise<T>): Promise<T> => {
      const answer = node.run(fn)
      await node.settle()
      return answer
    }
    expect(await ask(() => sys.getState(socket.pid))).toEqual(['hi'])
    const traced: DebugEvent[] = []
    await ask(() => sys.trace(socket.pid, (event) => void traced.push(event)))
    expect(await say(node, socket, [1, 'count'], ['say', { line: 'a' }])).toEqual([
      [-1, 'ok', 1],
      ['said', { line: 'a' }],
    ])
    expect(traced.filter(({ type }) => type === 'in')).toMatchObject([
      { kind: 'frame', message: ['text', '[1,"count"]'] },
      { kind: 'frame', message: ['text', '["say",{"line":"a"}]'] },
    ])
    expect(traced.filter(({ type }) => type === 'out').length).toBeGreaterThanOrEqual(2)
    await ask(() => sys.suspend(socket.pid))
    expect(await say(node, socket, [2, 'count'])).toEqual([])
    await ask(() => sys.resume(socket.pid))
    expect(came(socket)).toEqual([[-2, 'ok', 2]])
  })
})
