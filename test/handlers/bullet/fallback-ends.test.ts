// The end of a connection on a route with `fallback`, in virtual time: its requests end with it, and their crashes are its own.
import { describe, expect, test } from '@jest/globals'
import { type Exit, exit, type Pid, self, trapExit } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'
import { pushTo, text } from 'gensock/socket'
import type { FakeTransport } from 'gensock/testing'
import { boom, fallbackWorld, type Opened } from './fallback-world.js'

const world = fallbackWorld()

describe('the end', () => {
  test.each<[string, (socket: FakeTransport) => void]>([
    ['the peer closes', (socket) => socket.close(1000)],
    ['the peer is gone', (socket) => socket.cut()],
    ['the socket closes', (socket) => pushTo(socket.pid, ['close', 4000])],
    ['the socket is told to end', (socket) => world.node.run(() => exit(socket.pid, 'shutdown'))],
  ])('%s: terminate runs first, as long as it takes, then no process is left', async (_how, act) => {
    const { socket, calls } = await world.open({ terminate: (_req, _state, me) => me.sleep(1000) as Promise<void> })
    socket.attach('sse')
    await world.node.settle()
    act(socket)
    await world.node.advance(999)
    expect([calls.at(-1), socket.exit]).toEqual([['terminate', 0], undefined])
    await world.node.advance(1)
    expect([socket.exit === undefined, world.node.processes()]).toEqual([false, []])
  })

  test('comes after 5 s if terminate, or the callback before it, hangs; even in a process that traps exits', async () => {
    for (const script of [
      { terminate: () => new Promise<void>(() => undefined) },
      { info: () => new Promise<never>(() => undefined) },
    ] as Partial<BulletHandler<number>>[]) {
      const { socket, pids } = await world.open({
        init(_transport, req) {
          trapExit(true)
          return ['ok', req, 0]
        },
        ...script,
      })
      socket.attach('sse')
      await world.node.settle()
      world.node.send(pids[0] as Pid, 'x')
      socket.cut()
      await world.node.advance(4999)
      expect(world.living()).toBe(2)
      await world.node.advance(1)
      expect([socket.exit, world.node.processes()]).toEqual(['killed', []])
    }
  })

  test('by a kill takes the requests along, without terminate', async () => {
    const { socket, calls } = await world.open({
      async stream(_data, req, state, me) {
        await me.sleep(1_000_000)
        return ['ok', req, state]
      },
    })
    socket.attach('sse')
    socket.send('x')
    await world.node.settle()
    expect(world.living()).toBe(3)
    world.node.run(() => exit(socket.pid, 'kill'))
    await world.node.settle()
    expect([socket.exit, socket.closed, world.node.processes()]).toEqual(['killed', 'cut', []])
    expect(calls.map(([callback]) => callback)).toEqual(['init', 'init', 'stream'])
  })

  test.each<[string, string, Partial<BulletHandler<number>>, (opened: Opened) => void]>([
    ['info of a stream', 'sse', {}, ({ pids }) => world.node.send(pids[0] as Pid, 'bye')],
    ['info of a poll', 'longPoll', {}, ({ pids }) => world.node.send(pids[0] as Pid, 'bye')],
    ['stream', 'sse', {}, ({ socket }) => socket.send('bye')],
    ['init', 'sse', { init: (_transport, req) => ['shutdown', req, 1] }, () => undefined],
  ])('shutdown of %s closes with 1000, after terminate', async (_callback, by, script, act) => {
    const opened = await world.open(script)
    opened.socket.attach(by as 'sse')
    await world.node.settle()
    act(opened)
    await world.node.settle()
    const { calls, socket } = opened
    expect([socket.closed, socket.exit, world.node.processes()]).toEqual([['close', 1000], 'normal', []])
    expect(calls.find(([callback]) => callback === 'terminate')).toEqual(['terminate', 1])
  })
})

describe('a crash', () => {
  test.each<[string, Partial<BulletHandler<number>>, (opened: Opened) => void, unknown]>([
    ['init of a stream of events', { init: boom }, () => undefined, undefined],
    ['info', { info: boom }, ({ pids }) => world.node.send(pids[0] as Pid, 'x'), ['terminate', 0]],
    [
      'info, later',
      { info: () => Promise.reject(new Error('on purpose')) },
      ({ pids }) => world.node.send(pids[0] as Pid, 'x'),
      ['terminate', 0],
    ],
    ['stream', { stream: boom }, ({ socket }) => socket.send('x'), ['terminate', 0]],
    [
      'stream, later',
      { stream: () => Promise.reject(new Error('on purpose')) },
      ({ socket }) => socket.send('x'),
      ['terminate', 0],
    ],
    ['terminate, of a request that has ended', { terminate: boom }, ({ socket }) => socket.detach('sse'), ['terminate', 0]],
  ])(
    'of %s is that of the connection: 1011, one report, and terminate hears the state before',
    async (_what, script, act, last) => {
      world.node.expectCrash(/on purpose/)
      const opened = await world.open(script)
      opened.socket.attach('sse')
      await world.node.settle()
      act(opened)
      await world.node.settle()
      const { calls, socket } = opened
      expect([socket.closed, world.node.crashes.length, world.node.processes()]).toEqual([['close', 1011], 1, []])
      expect(world.node.crashes[0]?.facts.pid).toBe(String(socket.pid))
      expect(socket.terminated).toEqual([{ type: 'crash', error: expect.objectContaining({ message: 'on purpose' }) }])
      expect(calls.find(([callback]) => callback === 'terminate')).toEqual(last)
    },
  )

  test('of terminate when the connection ends is told as well, once', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket } = await world.open({ terminate: boom })
    socket.attach('sse')
    await world.node.settle()
    socket.close(1000)
    await world.node.settle()
    expect([socket.closed, world.node.crashes.length, world.node.processes()]).toEqual([['close', 1000], 1, []])
  })

  test('of info and then of its terminate are two', async () => {
    world.node.expectCrash(/on purpose/)
    world.node.expectCrash(/on purpose/)
    const { socket, pids } = await world.open({ info: boom, terminate: boom })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'x')
    await world.node.settle()
    expect([socket.closed, world.node.processes()]).toEqual([['close', 1011], []])
  })

  test('while the connection already ends is not lost', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket, pids } = await world.open({
      async info(_message, _req, _state, me) {
        await me.sleep(1000)
        return boom()
      },
    })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'x')
    socket.close(1000)
    await world.node.advance(1000)
    expect([socket.closed, world.node.crashes.length, world.node.processes()]).toEqual([['close', 1000], 1, []])
  })

  test('right after the end of the connection is told all the same', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket, pids } = await world.open({ info: boom })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'x')
    socket.close(1000)
    await world.node.settle()
    expect([socket.closed, world.node.crashes.length, world.node.processes()]).toEqual([['close', 1000], 1, []])
  })

  test('is seen by what is linked to the request, with its reason', async () => {
    world.node.expectCrash(/on purpose/)
    const reasons: unknown[] = []
    const { socket, pids } = await world.open({
      init(_transport, req, _opts, _active, me) {
        const parent = self()
        me.spawn(async (helper) => {
          helper.trapExit(true)
          helper.link(parent)
          reasons.push(((await helper.receive('EXIT')) as Exit).reason)
        })
        return ['ok', req, 0]
      },
      info: boom,
    })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'x')
    await world.node.settle()
    expect(reasons).toMatchObject([{ error: { message: 'on purpose' } }])
  })

  describe.each(['normal', 'shutdown', 'boom'])('exit(%j)', (reason) => {
    test.each<[string, Partial<BulletHandler<number>>]>([
      ['init of a frame', { init: (_transport, req, _opts, active) => (active === false ? exit(reason) : ['ok', req, 0]) }],
      ['stream', { stream: () => exit(reason) }],
      ['info', { info: () => exit(reason) }],
    ])('in %s is a crash for the peer, and nobody else', async (callback, script) => {
      const { socket } = await world.open(script)
      socket.attach('sse')
      await world.node.settle()
      if (callback === 'info') world.node.send(socket.pid, 'x')
      else socket.send('x')
      await world.node.settle()
      expect([socket.closed, socket.exit, world.node.processes()]).toEqual([['close', 1011], reason, []])
    })
  })

  test.each([
    [
      'boom',
      'boom',
      [
        ['init', true],
        ['terminate', 0],
      ],
    ],
    ['kill', 'killed', [['init', true]]],
  ])('exit(pid, %j) to a request ends the connection with it', async (reason, wanted, seen) => {
    const { socket, calls, pids } = await world.open()
    socket.attach('sse')
    await world.node.settle()
    world.node.run(() => exit(pids[0] as Pid, reason))
    await world.node.settle()
    expect([socket.closed, socket.exit, calls, world.node.processes()]).toEqual([['close', 1011], wanted, seen, []])
  })

  test('exit(pid, reason) to the process of a frame ends it after the callback that runs', async () => {
    const { socket, calls, pids } = await world.open({
      async init(_transport, req, _opts, _active, me) {
        await me.sleep(1000)
        return ['ok', req, 0]
      },
    })
    socket.send('x')
    await world.node.settle()
    world.node.run(() => exit(pids[0] as Pid, 'boom'))
    await world.node.advance(1000)
    expect(calls).toEqual([
      ['init', false],
      ['terminate', 0],
    ])
    expect([socket.closed, socket.exit, world.node.processes()]).toEqual([['close', 1011], 'boom', []])
  })

  test('of a frame, whose terminate takes its time, is over when that is', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket } = await world.open({
      init: (_transport, req, _opts, active) => ['ok', req, active === false ? 1000 : 0],
      stream: boom,
      terminate: (_req, ms, me) => me.sleep(ms),
    })
    socket.attach('sse')
    socket.send('x')
    await world.node.advance(999)
    expect([socket.closed, socket.exit]).toEqual([['close', 1011], undefined])
    await world.node.advance(1)
    expect(world.node.processes()).toEqual([])
  })

  test('begins the request that is under way anew with onCrash', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket, calls, pids } = await world.open({ stream: boom }, undefined, {
      onCrash: { restart: { intensity: 1, periodMs: 1000 } },
    })
    socket.attach('sse')
    await world.node.settle()
    socket.send('x')
    await world.node.settle()
    world.node.send(pids.at(-1) as Pid, 'still here')
    await world.node.settle()
    expect([socket.closed, socket.sent, world.living()]).toEqual([undefined, [text('still here')], 2])
    expect(calls.filter(([callback, active]) => callback === 'init' && active === true)).toHaveLength(2)
  })
})
