// Bullet on a route with `fallback`, in virtual time: the connection outlives its requests, each a process of its own. How it ends
// and crashes is in fallback-ends, which messages come to which request in fallback-messages.
import { describe, expect, test } from '@jest/globals'
import type { Pid, Receiver } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'
import { text } from 'gensock/socket'
import { fallbackWorld } from './fallback-world.js'

const world = fallbackWorld()

describe('a stream of events that is attached', () => {
  test('runs init with true in a process of its own, linked to the connection; replies go out in order; terminate when it is detached', async () => {
    const { socket, calls, pids } = await world.open()
    expect([socket.handshake?.[0], calls, world.living()]).toEqual(['accept', [], 1])
    socket.attach('sse')
    await world.node.settle()
    const pid = pids[0] as Pid
    expect([pid === socket.pid, world.living()]).toEqual([false, 2])
    expect(world.node.processInfo(socket.pid)?.links).toEqual([pid])
    for (const message of ['a', 'b', 'c']) world.node.send(pid, message)
    await world.node.settle()
    socket.detach('sse')
    await world.node.settle()
    expect(calls).toEqual([
      ['init', true],
      ['info', 'a', 0],
      ['info', 'b', 1],
      ['info', 'c', 2],
      ['terminate', 3],
    ])
    expect(pids.every((one) => one === pid)).toBe(true)
    expect([socket.sent, socket.closed, world.living()]).toEqual([[text('a'), text('b'), text('c')], undefined, 1])
  })

  test('gets the request that opened the connection, its path variables, the options, and the transport of HTTP', async () => {
    const seen: unknown[] = []
    const init: BulletHandler<number>['init'] = (transport, req, opts) => {
      seen.push(transport, req.binding('id'), req.cookies, opts)
      return ['ok', req, 0]
    }
    const { socket } = await world.open(
      { init },
      { channel: 'news' },
      { params: { id: '7' }, request: { method: 'POST', cookies: { sid: '1' } } },
    )
    socket.attach('sse')
    await world.node.settle()
    expect(seen).toEqual([['tcp', 'http'], '7', { sid: '1' }, { channel: 'news' }])
  })
})

describe('a poll that is attached', () => {
  test("runs init with 'once', ends with its first reply, and the next poll begins anew", async () => {
    const { socket, calls, pids } = await world.open()
    for (const message of ['a', 'b']) {
      socket.attach('longPoll')
      await world.node.settle()
      world.node.send(pids.at(-1) as Pid, message)
      await world.node.settle()
      expect(world.living()).toBe(1)
      socket.detach('longPoll')
      await world.node.settle()
    }
    const once = (message: string): unknown[] => [
      ['init', 'once'],
      ['info', message, 0],
      ['terminate', 1],
    ]
    expect(calls).toEqual([...once('a'), ...once('b')])
    expect(socket.sent).toEqual([text('a'), text('b')])
  })

  test('without a reply ends with terminate when it is detached', async () => {
    const { socket, calls } = await world.open()
    socket.attach('longPoll')
    await world.node.settle()
    socket.detach('longPoll')
    await world.node.settle()
    expect([calls, world.living(), socket.closed]).toEqual([
      [
        ['init', 'once'],
        ['terminate', 0],
      ],
      1,
      undefined,
    ])
  })
})

describe('a frame', () => {
  test('is a process: init with false, stream, terminate; attached or not', async () => {
    const { socket, calls, pids } = await world.open()
    socket.send('a')
    await world.node.settle()
    socket.attach('sse')
    socket.send('b')
    await world.node.settle()
    expect(calls).toEqual([
      ['init', false],
      ['stream', 'a', 0],
      ['terminate', 1],
      ['init', true],
      ['init', false],
      ['stream', 'b', 0],
      ['terminate', 1],
    ])
    expect([new Set(pids).size, world.living(), socket.sent]).toEqual([3, 2, [text('a'), text('b')]])
  })

  test('waits for the one before it, however long that takes; what others reply meanwhile goes before', async () => {
    const { socket, pids } = await world.open({
      async stream(data, req, state, me) {
        if (data === 'slow') await me.sleep(1000)
        return ['reply', data, req, state]
      },
    })
    socket.attach('sse')
    await world.node.settle()
    socket.send('slow')
    socket.send('fast')
    await world.node.advance(500)
    world.node.send(pids[0] as Pid, 'tick')
    await world.node.advance(500)
    expect(socket.sent).toEqual([text('tick'), text('slow'), text('fast')])
  })

  test('that is binary is ignored', async () => {
    const { socket, calls } = await world.open()
    socket.send(new Uint8Array([1]))
    await world.node.settle()
    expect([calls, socket.closed]).toEqual([[], undefined])
  })
})

describe('one request that takes frames at a time', () => {
  test('a new one begins when the one before has ended, however long its callbacks take; its late reply is not lost', async () => {
    const { socket, calls, pids } = await world.open({
      async info(message, req, state, me) {
        await me.sleep(1000)
        return ['reply', message, req, state + 1]
      },
      terminate: (_req, _state, me) => me.sleep(1000) as Promise<void>,
    })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'late')
    await world.node.settle()
    socket.detach('sse')
    socket.attach('longPoll')
    await world.node.advance(1999)
    expect(calls).toEqual([
      ['init', true],
      ['info', 'late', 0],
      ['terminate', 1],
    ])
    expect([socket.sent, world.living()]).toEqual([[text('late')], 2])
    await world.node.advance(1)
    expect([calls.at(-1), world.living()]).toEqual([['init', 'once'], 2])
    await world.node.advance(10_000)
    expect(world.living()).toBe(2)
    socket.cut()
    await world.node.advance(1000)
    expect(calls.at(-1)).toEqual(['terminate', 0])
  })

  test('one that waits in receive for a message of its own gets that, and no other, before it ends', async () => {
    const { socket, calls, pids } = await world.open({
      async info(_message, req, state, me) {
        const next = await (me as Receiver<string>).receive()
        return ['reply', next, req, state + 1]
      },
    })
    socket.attach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'wait')
    await world.node.settle()
    socket.detach('sse')
    await world.node.settle()
    world.node.send(pids[0] as Pid, 'its own')
    await world.node.settle()
    expect([socket.sent, calls.at(-1), world.living()]).toEqual([[text('its own')], ['terminate', 1], 1])
  })

  test('one that is due when the connection ends does not begin', async () => {
    const { socket, calls } = await world.open({ terminate: (_req, _state, me) => me.sleep(1000) as Promise<void> })
    socket.attach('sse')
    await world.node.settle()
    socket.attach('longPoll')
    await world.node.settle()
    socket.cut()
    await world.node.advance(1000)
    expect(calls).toEqual([
      ['init', true],
      ['terminate', 0],
    ])
    expect([socket.exit, world.node.processes()]).toEqual(['normal', []])
  })

  test('one that came and went while another ended is none', async () => {
    const { socket, calls } = await world.open({ terminate: (_req, _state, me) => me.sleep(1000) as Promise<void> })
    socket.attach('sse')
    await world.node.settle()
    socket.detach('sse')
    socket.attach('longPoll')
    await world.node.settle()
    socket.detach('longPoll')
    await world.node.advance(1000)
    expect([calls, world.living()]).toEqual([
      [
        ['init', true],
        ['terminate', 0],
      ],
      1,
    ])
  })

  test('one that came and went before its process ran is none either', async () => {
    const { socket, calls } = await world.open()
    socket.attach('sse')
    socket.detach('sse')
    await world.node.settle()
    expect([calls, world.living()]).toEqual([[], 1])
  })

  test('one that takes the place of another before that has been detached stays', async () => {
    const { socket, calls } = await world.open()
    socket.attach('sse')
    socket.attach('longPoll')
    socket.detach('sse')
    await world.node.settle()
    expect([calls.at(-1), world.living()]).toEqual([['init', 'once'], 2])
  })
})

describe('the connection itself', () => {
  test('hands messages for it to the handler', async () => {
    const { socket, calls } = await world.open()
    socket.attach('sse')
    await world.node.settle()
    world.node.send(socket.pid, 'this')
    await world.node.settle()
    expect([calls, socket.sent]).toEqual([
      [
        ['init', true],
        ['info', 'this', 0],
      ],
      [text('this')],
    ])
  })

  test('is pinged every 25 s, or twice within a shorter timeout, and ends when nothing comes', async () => {
    for (const [opts, ms, timeoutMs] of [
      [undefined, 25_000, 60_000],
      [{ timeout: 1001 }, 501, 1001],
      [{ timeout: 'infinity' }, 25_000, undefined],
    ] as const) {
      const { socket } = await world.open({}, opts)
      await world.node.advance(ms - 1)
      expect(socket.sent).toEqual([])
      await world.node.advance(1)
      expect(socket.sent).toEqual([['ping']])
      socket.send(['pong', ''])
      await world.node.advance((timeoutMs ?? 1_000_000) - 1)
      expect(socket.closed).toBeUndefined()
      await world.node.advance(1)
      expect(socket.closed).toEqual(timeoutMs === undefined ? undefined : ['close', 1000])
    }
  })
})
