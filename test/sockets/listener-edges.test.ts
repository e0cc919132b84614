// A listener at its edges: places that were given back, who is disconnected, drains that meet, the supervisor above it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { supervisor } from 'gensock'
import type { SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { watchEnd } from '../../src/runtime/alias.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { adopt } from '../../src/sockets/listener.js'
import { routeOptions } from '../../src/sockets/options.js'
import { Places } from '../../src/sockets/places.js'
import { type VirtualListener, virtualListener } from './virtual-listener.js'

let node: TestNode
let web: VirtualListener
beforeEach(() => {
  node = testNode()
  web = virtualListener(node)
})
afterEach(() => node.stop())

const idle: SocketHandler<any, any, any, any> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }
const quiet = { idleTimeoutMs: 0, pingIntervalMs: 0 }
const setup = (): any => ({
  handler: idle,
  options: routeOptions('test', quiet),
  request: { remoteAddress: 'a' },
  params: {},
  claims: undefined,
  accept: {},
  transport: 'ws',
  handshake: { accept: () => null, reject: () => undefined },
})

describe('a place', () => {
  test('that was given back, for the peer has gone, lets no socket in', () => {
    const { listener } = web
    const place = listener.reserve('a') as { release(): boolean }
    place.release()
    expect([listener.add(setup(), place), listener.sockets()]).toEqual([undefined, []])
  })

  test('lets no socket in once the listener drains', async () => {
    const { listener } = web
    const place = listener.reserve('a') as { release(): boolean }
    void listener.drain({ deadlineMs: 1000 })
    expect([listener.add(setup(), place), listener.sockets()]).toEqual([undefined, []])
    await node.settle()
  })

  test('given back leaves the others of its address taken', () => {
    const places = new Places({ maxConnections: Infinity, maxConnectionsPerAddress: 3 })
    const [first] = [places.reserve('a'), places.reserve('a'), places.reserve('a')] as { release(): boolean }[]
    first?.release()
    expect([typeof places.reserve('a'), places.reserve('a')]).toEqual(['object', 'maxConnectionsPerAddress'])
  })
})

describe('Retry-After', () => {
  test('is 1 s, but while it drains what is left of the time, rounded up', async () => {
    const { listener, connect } = web
    connect({ ...idle, terminate: () => new Promise(() => undefined) }, quiet)
    await node.advance(1_000_000)
    expect(listener.retryAfterSeconds).toBe(1)
    void listener.drain({ deadlineMs: 4500 })
    expect(listener.retryAfterSeconds).toBe(5)
    await node.advance(1500)
    expect(listener.retryAfterSeconds).toBe(3)
    await node.advance(3000)
    expect(listener.retryAfterSeconds).toBe(1)
  })
})

describe('disconnectWhere', () => {
  test('closes those whose claims pass, says how many, and leaves the others', async () => {
    const peers = ['ann', 'bob', 'ann'].map((claims) => web.connect(idle, { ...quiet, claims }))
    await node.settle()
    expect(web.listener.disconnectWhere((claims) => claims === 'ann')).toBe(2)
    await node.settle()
    expect(peers.map(({ closes }) => closes[0]?.[0])).toEqual([1008, undefined, 1008])
    expect(web.listener.disconnectWhere(() => true, 4001)).toBe(1)
    await node.settle()
    expect(peers[1]?.closes).toEqual([[4001, undefined, undefined]])
  })

  test('a test that throws has closed none; what is no function, and a code that may not be sent, are refused', async () => {
    const peers = ['ann', 'bob'].map((claims) => web.connect(idle, { ...quiet, claims }))
    await node.settle()
    const { listener } = web
    expect(() =>
      listener.disconnectWhere((claims) => {
        if (claims === 'bob') throw new Error('mine')
        return true
      }),
    ).toThrow('mine')
    expect(() => listener.disconnectWhere('ann' as never)).toThrow('disconnectWhere: test must be a function')
    expect(() => listener.disconnectWhere(() => true, 1005)).toThrow('a close code must be')
    expect(() => listener.closeAll(1005, 'why')).toThrow(/a close code must be .* got \[1005, 'why'\]|1005/)
    await node.settle()
    expect(peers.map(({ closes }) => closes)).toEqual([[], []])
  })
})

describe('a drain', () => {
  test('asked for again with the same deadline goes on as it was', async () => {
    const peers = [1, 2, 3].map(() => web.connect(idle, quiet))
    await node.settle()
    void web.listener.drain({ deadlineMs: 1000 })
    void web.listener.drain({ deadlineMs: 1000 })
    await node.settle()
    expect(peers.map(({ closes }) => closes.length)).toEqual([1, 0, 0])
    await node.advance(10)
    expect(peers.map(({ closes }) => closes.length)).toEqual([1, 1, 0])
  })

  test('rings only when a socket is due', async () => {
    for (let i = 0; i < 3; i++) web.connect(idle, quiet)
    await node.settle()
    void web.listener.drain({ deadlineMs: 1000 })
    await node.settle()
    expect(node.nextDueMs()).toBe(node.now() + 10)
  })

  test('kills what is left at the deadline: the exit reason is killed', async () => {
    const exits: unknown[] = []
    const { socket } = web.connect({ ...idle, terminate: () => new Promise(() => undefined) }, quiet)
    watchEnd(null, socket.process, (reason) => exits.push(reason))
    await node.settle()
    void web.listener.drain({ deadlineMs: 1000 })
    await node.advance(1000)
    expect(exits).toEqual(['killed'])
  })
})

describe('supervision', () => {
  test('terminateChild wants the pid of a socket: names are refused, as of any simple_one_for_one', async () => {
    await node.settle()
    for (const name of ['a', undefined, null, 7])
      expect(await node.run(() => supervisor.terminateChild(web.listener.pid, name as never))).toEqual([
        'error',
        'simple_one_for_one',
      ])
  })

  test('under a supervisor it is linked to it: it drains when that ends, and only then', async () => {
    const { listener, connect } = web
    const above = node.spawn((self) => self.receive())
    const stranger = node.spawn((self) => self.receive())
    const peer = connect(idle, quiet)
    await node.settle()
    adopt(processOf(above as never) as Process, listener.pid)
    node.exit(stranger, 'shutdown')
    await node.settle()
    expect([node.isAlive(listener.pid), listener.ready]).toEqual([true, true])
    node.exit(above, 'shutdown')
    await node.settle()
    expect([peer.closes[0]?.[0], listener.ready, node.isAlive(listener.pid)]).toEqual([1012, false, false])
  })

  test('only a living listener can be put under a supervisor', async () => {
    const above = node.spawn((self) => self.receive())
    const other = node.spawn((self) => self.receive())
    await node.settle()
    const put = (pid: unknown) => () => adopt(processOf(above as never) as Process, pid as never)
    expect(put(other)).toThrow('listenerChild: start must be a function that answers a living listener')
    expect(put(web.listener.pid)).not.toThrow()
  })

  test('the table of listeners has a name, by which the copies of the library share it', () => {
    const table = (globalThis as any)[Symbol.for('gensock.listeners')] as WeakMap<Process, unknown>
    expect(table.get(web.listener.process)).toBe(web.listener)
  })
})

test('a listener that was drained has ended with normal', async () => {
  const ends: unknown[] = []
  const { pid } = web.listener
  node.onExit((ended, reason) => void (ended.equals(pid as never) && ends.push(reason)))
  await web.listener.drain({ deadlineMs: 0 })
  expect(ends).toEqual(['normal'])
})
