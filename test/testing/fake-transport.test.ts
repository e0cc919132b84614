// The fake peer of a socket: what it sends arrives, what it gets is recorded, and how each side ends the connection.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { genServer } from 'gensock'
import { close, pushTo, reject, route, type SocketHandler, text } from 'gensock/socket'
import { type FakeTransportOptions, type FakeTransport, fakeTransport, simulate, type TestNode, testNode } from 'gensock/testing'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type Handler = SocketHandler<null, any, any, any>
const echo: Handler = {
  init: () => ['ok', null],
  handle: (frame, state) => ['push', frame, state],
}
async function open(handler: Handler, options?: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}

describe('send', () => {
  test('text and bytes reach the handler; sent records the answers in order', async () => {
    const socket = await open(echo)
    socket.send('hi')
    socket.send(Uint8Array.of(1, 2))
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', 'hi'],
      ['binary', Uint8Array.of(1, 2)],
    ])
  })

  test('a ping is answered by a pong and told to event; a pong only told', async () => {
    const events: unknown[] = []
    const socket = await open({
      ...echo,
      event(event, state) {
        if (event.type === 'ping' || event.type === 'pong') events.push([event.type, Buffer.from(event.data).toString()])
        return ['ok', state]
      },
    })
    socket.send(['ping', 'are you there'])
    socket.send(['pong'])
    await node.settle()
    expect(events).toEqual([
      ['ping', 'are you there'],
      ['pong', ''],
    ])
    expect(socket.sent).toEqual([['pong', Buffer.from('are you there')]])
  })

  test('take answers what was sent since the last look; sent keeps all', async () => {
    const socket = await open(echo)
    expect(socket.take()).toEqual([])
    for (const word of ['a', 'b']) socket.send(word)
    await node.settle()
    expect(socket.take().map(([, data]) => data)).toEqual(['a', 'b'])
    socket.send('c')
    await node.settle()
    expect(socket.take()).toEqual([['text', 'c']])
    expect([socket.take(), socket.sent.length]).toEqual([[], 3])
  })

  test('half a frame calls nothing but counts as life', async () => {
    const socket = await open(echo, { idleTimeoutMs: 1000, pingIntervalMs: 0 })
    await node.advance(900)
    socket.sendPart()
    await node.advance(900)
    expect([socket.sent, socket.closed]).toEqual([[], undefined])
    await node.advance(100)
    expect(socket.closed).toEqual(['close', 1000])
  })
})

describe('a handler that is an instance of a class', () => {
  class Counting {
    #frames = 0
    readonly ended: unknown[] = []
    readonly call = { count: (_request: object, _from: unknown, state: null) => ['reply', this.#frames, state] as const }
    init(): ['ok', null] {
      return ['ok', null]
    }
    handle(_frame: unknown, state: null): ['push', ReturnType<typeof text>, null] {
      return ['push', text(`${++this.#frames}`), state]
    }
    terminate(reason: unknown): void {
      this.ended.push(reason)
    }
  }

  test('works as on a listener: callbacks of its prototype, and `this` is the instance', async () => {
    const handler = new Counting()
    const socket = await open(handler as unknown as Handler)
    for (const word of ['a', 'b']) socket.send(word)
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', '1'],
      ['text', '2'],
    ])
    expect(await node.run(() => genServer.call(socket.pid, { type: 'count' }))).toBe(2)
    socket.close(1000)
    await node.settle()
    expect(handler.ended).toEqual([{ type: 'remote', code: 1000, reason: '' }])
    expect(socket.terminated).toEqual(handler.ended)
  })

  test('in a simulation too, with faults in its callbacks', async () => {
    let [thrown, answered] = [0, 0]
    for (let seed = 0; seed < 20; seed++)
      await simulate(seed, async (sim) => {
        const handler = new Counting()
        const socket = sim.connect(sim.faulty(handler, ['handle']) as unknown as Handler)
        await sim.settle()
        sim.faults({ throw: 0.5 })
        socket.send('a')
        await sim.settle()
        if (socket.sent.length === 1) answered++
        else if (socket.terminated[0]?.type === 'crash') thrown++
      })
    expect(thrown + answered).toBe(20)
    expect(Math.min(thrown, answered)).toBeGreaterThan(3)
  })

  test('what is put in the place of a callback later on is called, as on a listener', async () => {
    const handler = { ...echo }
    const socket = await open(handler)
    Object.assign(handler, { handle: () => ['push', text('another'), null] })
    socket.send('a')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'another']])
  })
})

test('bytes are those of the moment when they were sent', async () => {
  const socket = await open({
    ...echo,
    init: () => ['push', ['active', false], null],
    info: () => ['push', ['active', true], null],
  })
  const bytes = Buffer.from('aaaa')
  socket.send(bytes)
  socket.send(['binary', bytes])
  bytes.fill('b')
  node.send(socket.pid as never, 'read on')
  await node.settle()
  expect(socket.sent.map(([, data]) => String(data))).toEqual(['aaaa', 'aaaa'])
})

describe('the end', () => {
  test('close: terminate hears the code and the reason, the process ends normally', async () => {
    const socket = await open(echo)
    expect([socket.exit, socket.terminated, node.isAlive(socket.pid)]).toEqual([undefined, [], true])
    socket.close(4000, 'bye')
    await node.settle()
    expect(socket.terminated).toEqual([{ type: 'remote', code: 4000, reason: 'bye' }])
    expect([socket.exit, socket.closed, node.isAlive(socket.pid)]).toEqual(['normal', ['close', 4000], false])
  })

  test('close without a code', async () => {
    const socket = await open(echo)
    socket.close()
    await node.settle()
    expect(socket.terminated).toEqual([{ type: 'remote' }])
  })

  test('cut before the socket was let in: what was sent before comes first', async () => {
    const socket = fakeTransport(node, echo)
    socket.send('hi')
    socket.cut()
    await node.settle()
    expect([socket.sent, socket.terminated]).toEqual([[['text', 'hi']], [{ type: 'error', error: 'closed' }]])
  })

  test('a route in place of a handler brings its options', async () => {
    const routed = fakeTransport(node, route('/x', echo, { idleTimeoutMs: 50 }))
    const other = fakeTransport(node, route('/x', echo, { idleTimeoutMs: 50 }), { idleTimeoutMs: 200 })
    await node.advance(100)
    expect([routed.closed, other.closed]).toEqual([['close', 1000], undefined])
  })

  test('a high mark beside a route brings a low one, as in a route; a low one that is given stays', async () => {
    const events: string[] = []
    const told: Handler = {
      ...echo,
      event(event, state) {
        events.push(event.type)
        return ['ok', state]
      },
    }
    const wide = route('/x', told, { outboundHighBytes: 1000, outboundLowBytes: 900 })
    const caughtUpAt = async (options: FakeTransportOptions, handler: Handler | typeof wide, bytes: number): Promise<boolean> => {
      events.length = 0
      const socket = fakeTransport(node, handler, { onSlowPeer: 'wait', ...options })
      await node.settle()
      socket.bufferedBytes = 1001
      pushTo(socket.pid, text('hi'))
      await node.settle()
      socket.bufferedBytes = bytes
      await node.settle()
      return events.includes('lowWater')
    }
    const quarters = { outboundHighBytes: 400 }
    expect(await caughtUpAt(quarters, wide, 101)).toBe(await caughtUpAt(quarters, told, 101))
    expect([await caughtUpAt(quarters, wide, 100), await caughtUpAt({}, wide, 900), await caughtUpAt({}, wide, 901)]).toEqual([
      true,
      true,
      false,
    ])
    expect(() => fakeTransport(node, wide, { inboundHighBytes: 1000 })).not.toThrow()
  })

  test('cut: the connection is gone', async () => {
    const socket = await open(echo)
    socket.cut()
    await node.settle()
    expect([socket.terminated, socket.exit]).toEqual([[{ type: 'error', error: 'closed' }], 'normal'])
  })

  test('fail: the peer broke a rule', async () => {
    const socket = await open(echo)
    socket.fail('badframe')
    await node.settle()
    expect(socket.terminated).toEqual([{ type: 'error', error: 'badframe' }])
  })

  test('frames before the end are handled, frames after it are not', async () => {
    const socket = await open(echo)
    socket.send('before')
    socket.close(1000)
    socket.send('after')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'before']])
  })

  test("closed is the handler's close frame, and no part of sent", async () => {
    const socket = await open({
      ...echo,
      handle: (_frame, state) => ['push', [text('last'), close(4001, 'enough')], state],
    })
    socket.send('x')
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[['text', 'last']], ['close', 4001, 'enough']])
    expect(socket.exit).toBe('normal')
  })

  test('a crash closes with 1011 and is one that the node must expect', async () => {
    node.expectCrash(/oops/)
    const socket = await open({
      ...echo,
      handle() {
        throw new Error('oops')
      },
    })
    socket.send('x')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([{ type: 'crash', error: new Error('oops') }])
  })

  test('kill cuts without a close frame and without terminate', async () => {
    const socket = await open(echo)
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([socket.closed, socket.terminated, socket.exit]).toEqual(['cut', [], 'killed'])
  })
})

describe('paused', () => {
  test('until init has answered; then what the peer sent arrives in order', async () => {
    const socket = fakeTransport(node, {
      ...echo,
      async init(_args, self) {
        await self.sleep(100)
        return ['ok', null]
      },
    })
    socket.send('a')
    socket.send('b')
    await node.settle()
    expect([socket.paused, socket.sent]).toEqual([true, []])
    await node.advance(100)
    expect(socket.paused).toBe(false)
    expect(socket.sent.map(([, data]) => data)).toEqual(['a', 'b'])
  })

  test('while the handler says so: frames and the close wait until it reads again', async () => {
    const socket = await open({
      ...echo,
      handle: (frame, state) => ['push', frame[1] === 'stop' ? ['active', false] : frame, state],
      info: (_message, state) => ['push', ['active', true], state],
    })
    socket.send('stop')
    await node.settle()
    expect(socket.paused).toBe(true)
    socket.send('waits')
    socket.close(1000)
    await node.settle()
    expect([socket.sent, socket.terminated]).toEqual([[], []])
    node.send(socket.pid, 'go on')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'waits']])
    expect(socket.terminated).toEqual([{ type: 'remote', code: 1000, reason: '' }])
  })
})

describe('the handshake', () => {
  test('request, params and claims are what the test gives; the rest is a plain GET', async () => {
    const seen: unknown[] = []
    const socket = await open(
      {
        ...echo,
        init({ params, claims, request }) {
          seen.push(params, claims, request.path, request.method)
          return ['ok', null]
        },
      },
      { params: { id: '7' }, claims: 'me', request: { path: '/room/7' } },
    )
    expect(seen).toEqual([{ id: '7' }, 'me', '/room/7', 'GET'])
    expect(socket.handshake?.[0]).toBe('accept')
  })

  test('a refusal is recorded and ends the process', async () => {
    const socket = await open({ ...echo, upgrade: () => reject(403) })
    expect(socket.handshake).toEqual(['reject', 403, {}])
    expect([node.isAlive(socket.pid), socket.terminated]).toEqual([false, []])
  })

  test('bufferedBytes is what the test says', async () => {
    const socket = await open({
      ...echo,
      handle: (_frame, state, self) => ['push', text(String(self.bufferedBytes)), state],
    })
    socket.bufferedBytes = 1234
    socket.send('how much?')
    await node.settle()
    expect(socket.sent).toEqual([['text', '1234']])
  })

  test('options are checked as those of a route', () => {
    expect(() => fakeTransport(node, echo, { idleTimeoutMs: -1 })).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }),
    )
    expect(() => fakeTransport(node, echo, { idle: 1 } as FakeTransportOptions)).toThrow(/fakeTransport/)
  })
})

describe('fakeTransport refuses', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['no init', { handle: () => ['ok', 0] }],
    ['no handle', { init: () => ['ok', 0] }],
    ['a callback that is none', { ...echo, info: 1 }],
  ])('%s', (_name, handler) => {
    expect(() => fakeTransport(node, handler as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})

describe('what a peer cannot send', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a close frame', ['close']],
    ['a text frame without text', ['text']],
    ['bytes as text', ['text', Uint8Array.of(1)]],
    ['text as bytes', ['binary', 'hi']],
    ['a frame with more', ['text', 'hi', 'ho']],
    ['a ping with a number', ['ping', 5]],
    ['a literal', { type: 'text' }],
  ])('%s', async (_name, frame) => {
    const socket = await open(echo)
    expect(() => socket.send(frame as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    await node.settle()
    expect([socket.sent, socket.terminated]).toEqual([[], []])
  })

  test('a close frame whose code is none, or whose reason is no text', async () => {
    const socket = await open(echo)
    for (const bad of [['x'], [999], [5000], [1000.5], [null], [1000, 5], [undefined, null]])
      expect(() => socket.close(...(bad as []))).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    await node.settle()
    expect([socket.terminated, socket.closed]).toEqual([[], undefined])
  })

  test('frames as sent shows them come as they are', async () => {
    const socket = await open(echo)
    socket.send(['text', 'hi'])
    socket.send(['binary', Uint8Array.of(1)])
    socket.send(['ping', Uint8Array.of(2)])
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', 'hi'],
      ['binary', Uint8Array.of(1)],
      ['pong', Uint8Array.of(2)],
    ])
  })
})
