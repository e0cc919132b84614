// System messages on socket processes: looking into a handler, holding it still, ending it, watching it.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type CallError, type DebugEvent, genServer, type ServerPid, sys } from 'gensock'
import { broadcast, pushTo, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { listenerOptions } from '../../src/sockets/listener-options.js'
import { SocketListener } from '../../src/sockets/listener.js'
import { routeOptions } from '../../src/sockets/options.js'
import { NOT_YET } from '../../src/sockets/transport.js'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

interface Calls {
  get(): number
  later(): string
}
/** Counts frames and messages; `boom` crashes. */
const counter: SocketHandler<number, string, Calls, unknown> = {
  init: () => ['ok', 0],
  handle([, data], n) {
    if (data === 'boom') throw new Error('boom')
    return ['push', text(`${n} ${String(data)}`), n + 1]
  },
  info: (message, n) => ['push', text(`${n} info ${message}`), n + 1],
  event: (_event, n) => ['ok', n + 10],
  call: {
    get: (_request, _from, n) => ['reply', n, n],
    later: (_request, _from, n) => ['noreply', n],
  },
}
async function open<S, M, C, A>(handler: SocketHandler<S, M, C, A>, options?: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}
/** A system call from outside any process, and everything that comes of it. */
async function ask<T>(fn: () => Promise<T>): Promise<T> {
  const answer = node.run(fn)
  await node.settle()
  return answer
}
const texts = (socket: FakeTransport): unknown[] => socket.sent.map(([, data]) => data)

describe('looking in', () => {
  test('getState is the state of the handler, replaceState changes it between two callbacks', async () => {
    const socket = await open(counter)
    socket.send('a')
    await node.settle()
    expect(await ask(() => sys.getState(socket.pid))).toBe(1)
    expect(await ask(() => sys.replaceState<number>(socket.pid, (n) => n + 41))).toBe(42)
    socket.send('b')
    await node.settle()
    expect(texts(socket)).toEqual(['0 a', '42 b'])
  })

  test('a function of replaceState that throws leaves the state and the socket', async () => {
    const socket = await open(counter)
    const failed = await ask(() =>
      sys
        .replaceState(socket.pid, () => {
          throw new Error('mine')
        })
        .catch((error: CallError) => error),
    )
    expect(failed).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: ['callback_failed', expect.anything()] })
    expect([await ask(() => sys.getState(socket.pid)), socket.exit]).toEqual([0, undefined])
  })

  test('getStatus tells who it is and whether it runs', async () => {
    const socket = await open(counter)
    const running = await ask(() => sys.getStatus(socket.pid))
    expect(running).toMatchObject({ pid: String(socket.pid), behaviour: 'socket', status: 'running', state: 0, name: undefined })
    await ask(() => sys.suspend(socket.pid))
    socket.send('waits')
    expect(await ask(() => sys.getStatus(socket.pid))).toMatchObject({ status: 'suspended', messageQueueLength: 1 })
  })

  test('a question waits for the callback that is under way, and for init', async () => {
    let go: () => void = () => undefined
    const wait = new Promise<void>((resolve) => (go = resolve))
    const socket = fakeTransport(node, { ...counter, init: async () => (await wait, ['ok', 7]) } as typeof counter)
    const state = node.run(() => sys.getState<number>(socket.pid))
    await node.settle()
    go()
    expect(await state).toBe(7)
  })

  test('a request that only looks like a system message is a call of a user', async () => {
    const socket = await open(counter)
    const request = { order: { op: 'get_state' }, type: 'nothing' }
    await expect(node.call(socket.pid, request)).rejects.toMatchObject({ reason: ['function_clause', request] })
  })

  test('an ended socket answers noproc', async () => {
    const socket = await open(counter)
    socket.cut()
    await node.settle()
    await expect(node.run(() => sys.getState(socket.pid))).rejects.toMatchObject({ reason: 'noproc' })
  })
})

describe('suspend and resume', () => {
  async function suspended(options?: FakeTransportOptions): Promise<FakeTransport> {
    const socket = await open(counter, options)
    expect(await ask(() => sys.suspend(socket.pid))).toBe('ok')
    return socket
  }

  test('frames, messages, calls and pushes wait, and come in their order afterwards', async () => {
    const socket = await suspended()
    socket.send('a')
    node.send(socket.pid, 'b')
    pushTo(socket.pid, text('pushed'))
    const call = node.call<number>(socket.pid, { type: 'get' })
    socket.send('c')
    await node.settle()
    expect([texts(socket), await ask(() => sys.getState(socket.pid))]).toEqual([[], 0])
    expect(await ask(() => sys.resume(socket.pid))).toBe('ok')
    expect(texts(socket)).toEqual(['0 a', '1 info b', 'pushed', '2 c'])
    expect(await call).toBe(2)
  })

  test('twice suspended is suspended once; resume of a running socket is ok', async () => {
    const socket = await suspended()
    await ask(() => sys.suspend(socket.pid))
    await ask(() => sys.resume(socket.pid))
    await ask(() => sys.resume(socket.pid))
    socket.send('a')
    await node.settle()
    expect(texts(socket)).toEqual(['0 a'])
  })

  test('the state can be replaced meanwhile', async () => {
    const socket = await suspended()
    socket.send('a')
    expect(await ask(() => sys.replaceState(socket.pid, () => 5))).toBe(5)
    await ask(() => sys.resume(socket.pid))
    expect(texts(socket)).toEqual(['5 a'])
  })

  test.each<[string, (socket: FakeTransport) => void, unknown, unknown]>([
    ['the peer closes', (socket) => socket.close(1000), { type: 'remote', code: 1000, reason: '' }, 'normal'],
    ['the connection is lost', (socket) => socket.cut(), { type: 'error', error: 'closed' }, 'normal'],
    ['the peer breaks a rule', (socket) => socket.fail('badframe'), { type: 'error', error: 'badframe' }, 'normal'],
    ['an exit signal', (socket) => node.exit(socket.pid, 'shutdown'), { type: 'exit', reason: 'shutdown' }, 'shutdown'],
  ])('%s: terminate runs and the socket ends at once, whatever waits before it', async (_what, act, reason, exit) => {
    const socket = await suspended()
    socket.send('never handled')
    await node.settle()
    act(socket)
    await node.settle()
    expect([socket.terminated, socket.exit, socket.sent]).toEqual([[reason], exit, []])
  })

  test('a kill needs no leave', async () => {
    const socket = await suspended()
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([socket.closed, socket.terminated, socket.exit]).toEqual(['cut', [], 'killed'])
  })

  test('the end of the listener closes it', async () => {
    const closed: unknown[] = []
    const listener = new SocketListener(kernelOf(node), listenerOptions('test', {}, '404'), () => undefined)
    const place = listener.reserve('127.0.0.1')
    if (typeof place === 'string') throw new Error('no place')
    const socket = listener.add(
      {
        handler: counter as never,
        options: routeOptions('test', {}, {}),
        request: { remoteAddress: '127.0.0.1' } as never,
        params: {},
        claims: undefined,
        accept: {},
        transport: 'ws',
        handshake: { accept: () => ({ ...NOT_YET, close: (code) => closed.push(code) }), reject: () => undefined },
      },
      place,
    )
    await node.settle()
    if (socket === undefined) throw new Error('no socket')
    await ask(() => sys.suspend(socket.pid))
    node.exit(listener.process.pid, 'shutdown')
    await node.settle()
    expect([closed, node.isAlive(socket.pid)]).toEqual([[1012], false])
  })

  test('a peer that is silent for the idle timeout is gone, suspended or not', async () => {
    const socket = await suspended({ idleTimeoutMs: 1000, pingIntervalMs: 0 })
    socket.send('life')
    await node.advance(999)
    expect(socket.exit).toBeUndefined()
    await node.advance(1)
    expect([socket.terminated, socket.closed, socket.sent]).toEqual([[{ type: 'timeout' }], ['close', 1000], []])
  })

  test('a peer that talks on is read until too much waits, and then neither lost nor taken for idle', async () => {
    const socket = await suspended({ idleTimeoutMs: 1000, pingIntervalMs: 0 })
    const frame = 'x'.repeat(60_000)
    for (let i = 0; i < 5; i++) socket.send(frame)
    expect(socket.paused).toBe(true)
    await node.advance(5000)
    expect(socket.exit).toBeUndefined()
    await ask(() => sys.resume(socket.pid))
    expect([socket.sent.length, socket.paused]).toEqual([5, false])
  })

  test('a stop of the node ends it with its terminate', async () => {
    const socket = await suspended()
    await node.stop()
    expect([socket.closed, socket.terminated]).toEqual([['close', 1001], [{ type: 'exit', reason: 'shutdown' }]])
    node = testNode()
  })
})

describe('terminate and stop', () => {
  test.each([['running'], ['suspended']])('sys.terminate ends a %s socket with its terminate and that reason', async (how) => {
    const socket = await open(counter)
    if (how === 'suspended') await ask(() => sys.suspend(socket.pid))
    expect(await ask(() => sys.terminate(socket.pid, ['shutdown', 'upgrade']))).toBe('ok')
    expect([socket.closed, socket.terminated, socket.exit]).toEqual([
      ['close', 1001],
      [{ type: 'exit', reason: ['shutdown', 'upgrade'] }],
      ['shutdown', 'upgrade'],
    ])
  })

  test('genServer.stop waits for the end of a socket', async () => {
    const socket = await open(counter)
    await node.run(() => genServer.stop(socket.pid as unknown as ServerPid))
    expect(node.isAlive(socket.pid)).toBe(false)
    await node.settle()
    expect([socket.closed, socket.exit]).toEqual([['close', 1000], 'normal'])
  })
})

describe('trace and statistics', () => {
  test('what comes in, what goes out, and what a callback left behind', async () => {
    const events: DebugEvent[] = []
    const socket = await open(counter)
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    socket.send('a')
    node.send(socket.pid, 'b')
    socket.send(['ping', 'p'])
    pushTo(socket.pid, ['close', 4000, 'enough'])
    const reply = node.call(socket.pid, { type: 'get' }).catch(() => 'ended')
    await node.settle()
    await reply
    const from = expect.objectContaining({ ref: expect.anything() })
    expect(events.map((event) => ({ ...event, ...('from' in event ? { from } : {}) }))).toEqual([
      { type: 'in', kind: 'frame', message: ['text', 'a'] },
      { type: 'out', message: ['text', '0 a'], to: undefined },
      { type: 'out', message: ['pong', Buffer.from('p')], to: undefined },
      { type: 'in', kind: 'info', message: 'b' },
      { type: 'out', message: ['text', '1 info b'], to: undefined },
      { type: 'in', kind: 'event', message: { type: 'ping', data: Buffer.from('p') } },
      { type: 'noreply', state: 12 },
      { type: 'out', message: ['close', 4000, 'enough'], to: undefined },
    ])
  })

  test('frames of every kind, from wherever they come; the wire below is the same', async () => {
    const events: DebugEvent[] = []
    const seen: number[] = []
    const socket = await open({
      ...counter,
      handle: ([, data], n, self) => (seen.push(self.bufferedBytes), ['push', ['binary', data as Uint8Array], n]),
    } as typeof counter)
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    const bytes = new Uint8Array([1])
    socket.bufferedBytes = 7
    socket.send(bytes)
    broadcast([socket.pid], text('to all'))
    pushTo(socket.pid, [['ping', 'p'], ['pong']])
    await node.settle()
    const out = events.flatMap((event) => (event.type === 'out' ? [event.message] : []))
    expect(out).toEqual([
      ['binary', bytes],
      ['text', 'to all'],
      ['ping', 'p'],
      ['pong', new Uint8Array(0)],
    ])
    expect([seen, socket.sent]).toEqual([[7], [['binary', bytes], ['text', 'to all'], ['ping', 'p'], ['pong']]])
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect(socket.closed).toBe('cut')
  })

  test('calls: the request with its from, the reply with the same', async () => {
    const events: DebugEvent[] = []
    const socket = await open(counter)
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    await node.call(socket.pid, { type: 'get' })
    const open2 = node.call(socket.pid, { type: 'later' }, 10).catch(() => undefined)
    await node.advance(10)
    await open2
    expect(events.map((event) => event.type)).toEqual(['in', 'out', 'in', 'noreply'])
    const [request, reply] = events as [DebugEvent & { type: 'in' }, DebugEvent & { type: 'out' }]
    expect([request.kind, request.message, reply.message]).toEqual(['call', { type: 'get' }, 0])
    expect(reply.to).toBe(request.from)
    await expect(node.call(socket.pid, { type: 'toString' })).rejects.toMatchObject({
      reason: ['function_clause', expect.anything()],
    })
  })

  test('a handler whose callbacks are async, and one that is an instance with private fields', async () => {
    class Handler {
      readonly #greeting = 'hi'
      init(): ['ok', number] {
        return ['ok', this.#greeting.length]
      }
      async handle(_frame: unknown, n: number): Promise<['ok', number]> {
        await Promise.resolve()
        return ['ok', n + this.#greeting.length]
      }
      terminate(): void {
        ended.push(this.#greeting)
      }
    }
    const ended: string[] = []
    const events: DebugEvent[] = []
    const handler = new Handler()
    const socket = await open({
      init: () => handler.init(),
      handle: (frame: unknown, n: number) => handler.handle(frame, n),
      terminate: () => handler.terminate(),
    })
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    socket.send('a')
    await node.settle()
    socket.cut()
    await node.settle()
    expect(events.map((event) => event.type)).toEqual(['in', 'noreply'])
    expect([events[1], ended]).toEqual([{ type: 'noreply', state: 4 }, ['hi']])
  })

  test('switched off it is as before', async () => {
    const events: DebugEvent[] = []
    const socket = await open(counter)
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    socket.send('a')
    await node.settle()
    await ask(() => sys.trace(socket.pid, false))
    socket.send('b')
    await node.settle()
    expect([texts(socket), events.length]).toEqual([['0 a', '1 b'], 2])
  })

  test('a sink that throws is told of in a warning, once, and not called again; the socket goes on', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const socket = await open(counter)
    let calls = 0
    await ask(() =>
      sys.trace(socket.pid, () => {
        calls++
        throw new Error('in the sink')
      }),
    )
    socket.send('a')
    socket.send('b')
    await node.settle()
    expect([texts(socket), calls, warn.mock.calls.length]).toEqual([['0 a', '1 b'], 1, 1])
    expect(warn.mock.calls[0]?.[0]).toContain('in the sink')
    warn.mockRestore()
  })

  test('statistics count frames and messages; trace and statistics switch each other neither on nor off', async () => {
    const socket = await open(counter)
    expect(await ask(() => sys.statistics(socket.pid, 'get'))).toBe('no_statistics')
    const events: DebugEvent[] = []
    await node.advance(5)
    await ask(() => sys.statistics(socket.pid, true))
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    socket.send('a')
    node.send(socket.pid, 'b')
    await node.advance(10)
    await ask(() => sys.trace(socket.pid, false))
    socket.send('c')
    await node.settle()
    expect(await ask(() => sys.statistics(socket.pid, 'get'))).toEqual({
      startTimeMs: 5,
      currentTimeMs: 15,
      messagesIn: 3,
      messagesOut: 3,
    })
    expect(events).toHaveLength(4)
    await ask(() => sys.statistics(socket.pid, false))
    expect(await ask(() => sys.statistics(socket.pid, 'get'))).toBe('no_statistics')
  })

  test('a trace outlives the restart of the handler', async () => {
    node.expectCrash(/boom/)
    const events: DebugEvent[] = []
    const socket = await open(counter, { onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
    await ask(() => sys.trace(socket.pid, (event) => void events.push(event)))
    socket.send('boom')
    socket.send('again')
    await node.settle()
    expect(texts(socket)).toEqual(['0 again'])
    expect(events.map((event) => event.type === 'noreply' || event.message)).toEqual([
      ['text', 'boom'],
      ['text', 'again'],
      ['text', '0 again'],
    ])
  })
})
