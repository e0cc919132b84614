// A listener and its sockets, without a network and in virtual time: supervision, counters, drain.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { call, pg, supervisor } from 'gensock'
import { broadcast, broadcastToGroup, type RouteOptions, type SocketHandler, type SocketPid, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { SocketListener } from '../../src/sockets/listener.js'
import { type ListenerOptions, listenerOptions } from '../../src/sockets/listener-options.js'
import { routeOptions } from '../../src/sockets/options.js'
import type { Socket } from '../../src/sockets/socket.js'
import { NOT_YET, type Sink } from '../../src/sockets/transport.js'

let node: TestNode
let closes: [name: string, code: number | undefined, atMs: number][] = []
let stops = 0
beforeEach(() => {
  closes = []
  stops = 0
  node = testNode()
})
afterEach(() => node.stop())

const handler: SocketHandler<string, string, {}, any> = {
  init: ({ claims }, self) => {
    pg.join('all', self.pid)
    return ['ok', String(claims)]
  },
  handle: (frame, state) => ['push', frame, state],
  info: (message, state) => {
    if (message === 'boom') throw new Error('boom')
    return ['stop', 'normal', state]
  },
}
function listener(options: ListenerOptions = {}): SocketListener {
  return new SocketListener(kernelOf(node), listenerOptions('test', options, '404'), () => stops++)
}
interface Opened {
  readonly socket: Socket
  readonly sink: Sink
  readonly sent: unknown[]
}
function add(to: SocketListener, name: string, more: RouteOptions = {}, own: Partial<typeof handler> = {}): Opened {
  const place = to.reserve(`address of ${name}`)
  if (typeof place === 'string') throw new Error(place)
  const sent: unknown[] = []
  const found: { sink?: Sink } = {}
  const close = (code?: number): void => void closes.push([name, code, kernelOf(node).clock.now()])
  const socket = to.add(
    {
      handler: { ...handler, ...own },
      options: routeOptions('test', more),
      request: { remoteAddress: `address of ${name}` } as never,
      params: {},
      claims: name,
      accept: {},
      transport: 'ws',
      handshake: {
        accept(_options, sink) {
          found.sink = sink
          return {
            ...NOT_YET,
            close,
            sendShared: (frame) => sent.push(frame.data) > 0,
            send: (_opcode, data) => sent.push(data) > 0,
          }
        },
        reject: () => undefined,
      },
    },
    place,
  ) as Socket
  return {
    socket,
    sent,
    get sink() {
      return found.sink as Sink
    },
  }
}
const tell = (socket: Socket, message: string): void => node.send(socket.pid as SocketPid<any, string>, message)
const ask = <T>(question: () => Promise<T>): Promise<T> => node.run(question)

describe('supervision', () => {
  test('its sockets are its children: listed, counted, ended one by one', async () => {
    const web = listener()
    const [a, b] = [add(web, 'a'), add(web, 'b')]
    await node.settle()
    const { pid } = web
    expect(await ask(() => supervisor.whichChildren(pid))).toEqual([
      { id: undefined, pid: a.socket.pid, type: 'worker' },
      { id: undefined, pid: b.socket.pid, type: 'worker' },
    ])
    expect(await ask(() => supervisor.countChildren(pid))).toEqual({ specs: 1, active: 2, supervisors: 0, workers: 2 })
    expect(await ask(() => supervisor.terminateChild(pid, a.socket.pid))).toBe('ok')
    expect([node.isAlive(a.socket.pid), node.isAlive(b.socket.pid), closes]).toEqual([false, true, [['a', 1001, 0]]])
    expect(await ask(() => supervisor.terminateChild(pid, a.socket.pid))).toBe('ok')
    expect(await ask(() => supervisor.terminateChild(pid, pid))).toEqual(['error', 'not_found'])
    expect(await ask(() => supervisor.startChild(pid, { id: 'c', start: () => ['ignore'] }))).toEqual([
      'error',
      'simple_one_for_one',
    ])
  })

  test('one crash, one socket: it is not started again and the others live', async () => {
    const web = listener()
    const [a, b] = [add(web, 'a'), add(web, 'b')]
    await node.settle()
    node.expectCrash()
    tell(a.socket, 'boom')
    await node.settle()
    expect([web.sockets(), node.isAlive(web.pid)]).toEqual([[b.socket.pid], true])
  })

  test('killed, it takes its sockets with it, and nobody is let in any more', async () => {
    const web = listener()
    add(web, 'a')
    await node.settle()
    node.exit(web.pid, 'kill')
    await node.settle()
    expect([closes, web.sockets(), web.ready, web.reserve('b'), stops]).toEqual([[['a', 1001, 0]], [], false, 'draining', 1])
  })

  test('an exit signal of a stranger does not end it', async () => {
    const web = listener()
    await node.settle()
    const stranger = node.spawn((self) => self.exit(web.pid, 'shutdown'))
    await node.settle()
    expect([node.isAlive(stranger), node.isAlive(web.pid), web.ready]).toEqual([false, true, true])
  })
})

describe('counters', () => {
  test('opened, closed by code, crashed, dropped, refused', async () => {
    const web = listener({ maxConnections: 7 })
    const names = ['remote', 'silent', 'cut', 'crash', 'stop', 'slow']
    const [remote, silent, cut, crash, stop] = names.map((name) => add(web, name)) as [Opened, Opened, Opened, Opened, Opened]
    add(web, 'stays')
    await node.settle()
    remote.sink.remoteClosed(4000, 'bye')
    silent.sink.remoteClosed(undefined, '')
    cut.sink.lost()
    node.expectCrash()
    tell(crash.socket, 'boom')
    tell(stop.socket, 'stop')
    web.refused('origin')
    web.refused('origin')
    web.refused('path')
    await node.settle()
    expect(web.counters.read()).toEqual({
      open: 2,
      opened: 7,
      closed: { 4000: 1, 1005: 1, 1006: 1, 1011: 1, 1000: 1 },
      refused: { origin: 2, path: 1 },
      dropped: 0,
      crashed: 1,
    })
  })

  test.each([
    ['badframe', 1002, 1002],
    ['badsize', 1008, 1008],
    ['slow_peer', undefined, 1006],
  ])('what the transport has answered by itself: %s with %p is %d', async (error, given, code) => {
    const web = listener()
    const { sink } = add(web, 'a')
    await node.settle()
    expect(sink).toBeUndefined() // the handshake runs in the socket's own turn
    const opened = add(web, 'b')
    await node.settle()
    opened.sink.failed(error, given)
    await node.settle()
    expect(web.counters.read().closed).toEqual({ [code]: 1 })
  })

  test('a kill counts as an end without a close frame', async () => {
    const web = listener()
    const { socket } = add(web, 'a')
    await node.settle()
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([web.counters.read().closed, web.counters.read().open]).toEqual([{ 1006: 1 }, 0])
  })

  test('a crash that restarts the handler counts, and closes nothing', async () => {
    const web = listener()
    const { socket } = add(web, 'a', { onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
    await node.settle()
    node.expectCrash()
    tell(socket, 'boom')
    await node.settle()
    expect(web.counters.read()).toMatchObject({ open: 1, crashed: 1, closed: {} })
  })
})

describe('drain', () => {
  test('one socket after the other within half of the time, with 1012; it resolves when the last has gone', async () => {
    const web = listener()
    for (let n = 0; n < 10; n++) add(web, `s${n}`)
    await node.settle()
    let over = false
    void web.drain({ deadlineMs: 100 }).then(() => (over = true))
    expect([web.ready, web.reserve('x'), web.retryAfterSeconds]).toEqual([false, 'draining', 1])
    await node.advance(44)
    expect([closes.length, over]).toEqual([9, false])
    await node.advance(1)
    expect(closes).toEqual(Array.from({ length: 10 }, (_, n) => [`s${n}`, 1012, n * 5]))
    expect([over, stops, node.isAlive(web.pid)]).toEqual([true, 1, false])
  })

  test('with much time a few sockets go 10 ms apart', async () => {
    const web = listener()
    for (let n = 0; n < 3; n++) add(web, `s${n}`)
    await node.settle()
    void web.drain({ deadlineMs: 60_000 })
    expect(web.retryAfterSeconds).toBe(60)
    await node.advance(20)
    expect(closes.map(([, , at]) => at)).toEqual([0, 10, 20])
  })

  test('terminate has its time, and what is left at the deadline is killed', async () => {
    const web = listener()
    const never = (): Promise<never> => new Promise(() => undefined)
    const { socket } = add(web, 'hangs', {}, { terminate: never })
    await node.settle()
    let over = false
    void web.drain({ deadlineMs: 1000 }).then(() => (over = true))
    await node.advance(999)
    expect([node.isAlive(socket.pid), over]).toEqual([true, false])
    await node.advance(1)
    expect([node.isAlive(socket.pid), over]).toEqual([false, true])
  })

  test('a second drain can only hurry it', async () => {
    const web = listener()
    for (let n = 0; n < 100; n++) add(web, `s${n}`)
    await node.settle()
    const done: number[] = []
    const first = web.drain({ deadlineMs: 100_000 }).then(() => done.push(1))
    await node.advance(10)
    expect(closes).toHaveLength(2)
    const second = web.drain({ deadlineMs: 200 }).then(() => done.push(2))
    const third = web.drain({ deadlineMs: 50_000 }).then(() => done.push(3))
    await node.advance(100)
    await Promise.all([first, second, third])
    expect([closes.length, done.length, stops]).toEqual([100, 3, 1])
  })

  test('nobody there: it is over at once', async () => {
    const web = listener()
    await web.drain({ deadlineMs: 60_000 })
    await web.drain({ deadlineMs: 60_000 })
    expect([stops, node.isAlive(web.pid)]).toEqual([1, false])
  })

  test('a deadline of 0 closes all and kills what is left', async () => {
    const web = listener()
    add(web, 'a')
    await node.settle()
    const drained = web.drain({ deadlineMs: 0 })
    await node.advance(0)
    await drained
    expect([closes, web.sockets()]).toEqual([[['a', 1012, 0]], []])
  })

  test('a node that stops drains it within drainMs', async () => {
    const web = listener({ drainMs: 1000 })
    add(web, 'a')
    await node.settle()
    await node.stop()
    expect([closes, stops]).toEqual([[['a', 1012, 0]], 1])
  })

  test.each([[undefined], [{}], [{ deadlineMs: -1 }], [{ deadlineMs: 1.5 }]])('drain(%p) is refused', async (options) => {
    await expect(listener().drain(options as never)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})

describe('broadcast', () => {
  test('one pid that is no socket: nobody has got the frame', async () => {
    const web = listener()
    const [a, b] = [add(web, 'a'), add(web, 'b')]
    await node.settle()
    const other = node.spawn((self) => self.receive().then(() => undefined))
    expect(() => broadcast([a.socket.pid, other as never, b.socket.pid], text('news'))).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }),
    )
    await node.settle()
    expect([a.sent, b.sent]).toEqual([[], []])
  })

  test.each([[5], [null], [undefined], [{}]])('to %p is refused', (sockets) => {
    expect(() => broadcast(sockets as never, text('news'))).toThrow(/broadcast: sockets must be a list of pids of sockets, got /)
  })
})

describe('broadcastToGroup', () => {
  test('reaches every socket of the group once, and no other member', async () => {
    const web = listener()
    const [a, b] = [add(web, 'a'), add(web, 'b')]
    await node.settle()
    const heard: unknown[] = []
    const other = node.spawn(async (self) => void heard.push(await self.receive()))
    node.run(() => {
      pg.join('all', other)
      pg.join('all', a.socket.pid)
      broadcastToGroup('all', text('news'))
      broadcastToGroup('nobody', text('lost'))
    })
    await node.settle()
    expect([a.sent, b.sent, heard]).toEqual([['news'], ['news'], []])
  })

  test('a scope of its own', async () => {
    const web = listener()
    const a = add(web, 'a')
    await node.run(() => pg.start('rooms'))
    await node.settle()
    node.run(() => {
      pg.join('r', a.socket.pid, 'rooms')
      broadcastToGroup('r', text('here'), 'rooms')
      broadcastToGroup('r', text('not here'))
    })
    await node.settle()
    expect(a.sent).toEqual(['here'])
  })

  test('a frame that cannot be encoded is refused in the sender', () => {
    expect(() => node.run(() => broadcastToGroup('all', ['text', 1] as never))).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_BAD_FRAME' }),
    )
  })
})

test('a call to a socket that it never answers fails by its timeout, and one to a dead socket at once', async () => {
  const web = listener()
  const { socket } = add(web, 'a', {}, {
    call: { ask: (_request: unknown, _from: unknown, state: string) => ['noreply', state] },
  } as never)
  await node.settle()
  const asked = node.run(() => call(socket.pid as never, { type: 'ask' } as never, 100)).catch((error: unknown) => error)
  await node.advance(100)
  expect(await asked).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
  node.exit(socket.pid, 'kill')
  await node.settle()
  const late = node.run(() => call(socket.pid as never, { type: 'ask' } as never)).catch((error: unknown) => error)
  await node.settle()
  expect(await late).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
})
