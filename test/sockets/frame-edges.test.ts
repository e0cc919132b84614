// Frames, broadcasts and handlers that are refused, and how it is said; reading that stops and goes on.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { broadcast, broadcastToGroup, json, pushTo, type SocketHandler, type SocketPid } from 'gensock/socket'
import { type ExitReason, pg } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import * as ending from '../../src/sockets/ending.js'
import { BY_HANDLER, BY_INIT, Reading } from '../../src/sockets/flow.js'
import { checkFrame } from '../../src/sockets/frames.js'
import { requireHandler } from '../../src/sockets/handler-check.js'
import type { Keepalive } from '../../src/sockets/keepalive.js'
import { NOT_YET } from '../../src/sockets/transport.js'
import { fakeTransport } from '../../src/testing/fake-transport.js'
import { linked } from '../linked.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const thrown = (run: () => unknown): any => {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe('a frame that cannot be encoded', () => {
  const CODES = '1000 to 1003, 1007 to 1014 or 3000 to 4999'
  test.each<[readonly unknown[], string]>([
    [['text', 1], "a text frame must be ['text', string], got"],
    [['text', 'a', 'b'], "a text frame must be ['text', string], got"],
    [['binary', 'a'], "a binary frame must be ['binary', Uint8Array], got"],
    [['binary', Uint8Array.of(1), 1], "a binary frame must be ['binary', Uint8Array], got"],
    [['ping', 1], "a ping frame must be ['ping', at most 125 bytes of string or Uint8Array], got"],
    [['pong', 'a', 'b'], "a pong frame must be ['pong', at most 125 bytes of string or Uint8Array], got"],
    [['close', 1006], `a close code must be ${CODES}, got`],
    [['close', 1000, 7], 'a close reason must be a string of at most 123 bytes of UTF-8, got'],
  ])('%j', (frame, says) => {
    const error = thrown(() => checkFrame(frame))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BAD_FRAME', reason: ['bad_frame', frame] })
    expect(error.message).toContain(says)
    expect('cause' in error).toBe(false)
  })

  test('json says what JSON has no form for, and why', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(thrown(() => json(circle))).toMatchObject({
      message: expect.stringContaining('json: value must be a value that JSON can write, got'),
      cause: expect.any(TypeError),
    })
    const without = thrown(() => json(undefined))
    expect(without.message).toBe(
      linked('GENSOCK_ERR_BAD_FRAME', 'json: value must be a value that JSON can write, got undefined'),
    )
    expect('cause' in without).toBe(false)
  })
})

describe('frames from other processes', () => {
  const echo: SocketHandler<number, any, any, any> = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }

  test('pushTo and broadcast name themselves when they are not given a socket', () => {
    const process = node.spawn(async (self) => void (await self.receive())) as unknown as SocketPid
    const says = (run: () => unknown): string => thrown(run).message
    for (const no of [process, 1 as unknown as SocketPid]) {
      expect(says(() => pushTo(no, ['text', 'a']))).toContain('pushTo: socket must be the pid of a socket, got')
      expect(says(() => broadcast([no], ['text', 'a']))).toContain('broadcast: sockets must be the pid of a socket, got')
    }
    expect(says(() => broadcast([], ['active', true] as never))).toContain('broadcast: frame must be a frame, got')
    expect(says(() => broadcast([], 'text' as never))).toContain('broadcast: frame must be a frame, got')
  })

  test('a broadcast close frame closes all; a socket that has ended takes any frame in silence', async () => {
    const [a, b, gone] = [fakeTransport(node, echo), fakeTransport(node, echo), fakeTransport(node, echo)]
    await node.settle()
    gone.cut()
    await node.settle()
    broadcast([gone.pid, a.pid, b.pid], ['text', 'bye'])
    broadcast([a.pid, gone.pid, b.pid], ['close', 4000, 'over'])
    await node.settle()
    for (const socket of [a, b]) expect([socket.sent, socket.closed]).toEqual([[['text', 'bye']], ['close', 4000, 'over']])
    expect(gone.sent).toEqual([])
  })

  test('a group may have members that are no sockets', async () => {
    const socket = fakeTransport(node, echo)
    const other = node.spawn(async (self) => void (await self.receive()))
    node.run(() => pg.join('all', [socket.pid, other] as never))
    await node.settle()
    node.run(() => broadcastToGroup('all', ['text', 'a']))
    await node.settle()
    expect([socket.sent, node.isAlive(other)]).toEqual([[['text', 'a']], true])
  })

  test('a group may have members that end at this moment', async () => {
    const socket = fakeTransport(node, echo)
    const second = node.spawn(async (self) => void (await self.receive()))
    const first = node.spawn(async (self) => {
      self.link(second)
      await self.receive()
    })
    await node.settle()
    node.run(() => pg.join('all', [second, socket.pid] as never))
    const members: number[] = []
    node.onExit((pid) => {
      if (!pid.equals(first)) return
      members.push(node.run(() => pg.getMembers('all')).length)
      node.run(() => broadcastToGroup('all', ['text', 'the first has ended']))
    })
    node.exit(first, 'kill')
    await node.settle()
    expect([members, node.isAlive(second), socket.sent]).toEqual([[2], false, [['text', 'the first has ended']]])
  })
})

describe('a handler that is none', () => {
  const init = (): unknown => ['ok', 0]
  const handle = (): unknown => ['ok', 0]
  test.each<[unknown, string]>([
    [undefined, 'route: handler must be an object with init and handle, got'],
    [null, 'route: handler must be an object with init and handle, got'],
    [{ handle }, 'route: handler.init must be a function, got'],
    [{ init }, 'route: handler.handle must be a function, got'],
    [{ init, handle, upgrade: 1 }, 'route: handler.upgrade must be a function, got'],
    [{ init, handle, plain: 1 }, 'route: handler.plain must be a function, got'],
    [{ init, handle, info: 1 }, 'route: handler.info must be a function, got'],
    [{ init, handle, event: 1 }, 'route: handler.event must be a function, got'],
    [{ init, handle, terminate: 1 }, 'route: handler.terminate must be a function, got'],
    [{ init, handle, call: { get: 1 } }, 'route: handler.call.get must be a function, got'],
  ])('%p', (handler, says) => {
    expect(thrown(() => requireHandler('route', handler)).message).toContain(says)
  })

  test('one with init and handle, and with any of the others, is one', () => {
    const all = { init, handle, upgrade: init, plain: init, info: init, event: init, terminate: init, call: { get: init } }
    for (const handler of [{ init, handle }, all]) expect(thrown(() => requireHandler('route', handler))).toBeUndefined()
  })
})

describe('the close code of an exit reason', () => {
  test.each<[ExitReason, number]>([
    ['normal', 1000],
    ['shutdown', 1001],
    [['shutdown', 'why'], 1001],
    [['shutdown'], 1011],
    [['shutdown', 1, 2], 1011],
    [['other', 'why'], 1011],
    ['boom', 1011],
  ])('%j: %i', (reason, code) => {
    expect(ending.endOfExit(reason)).toMatchObject({ code, wire: code, exit: reason, reason: { type: 'exit', reason } })
  })

  test('an order of the listener is a shutdown', () => {
    expect(ending.endOfOrder(1001, 'bye', 7)).toMatchObject({
      reason: { type: 'exit', reason: 'shutdown' },
      exit: 'shutdown',
      code: 1001,
      text: 'bye',
      until: 7,
    })
  })

  test('an exit after the own close frame changes the exit reason alone; after another end, nothing', () => {
    const closed = ending.endOfClose(4000)
    expect(ending.endOfLeaving(closed, 'boom')).toEqual({ ...closed, exit: 'boom' })
    for (const before of [ending.endOfStop('x'), ending.endOfFailure('cut'), ending.endOfRemote(1000, '')])
      expect(ending.endOfLeaving(before, 'boom')).toBe(before)
    expect(ending.endOfLeaving(null, 'boom')).toEqual(ending.endOfExit('boom'))
  })

  test('restarts count within the period only', () => {
    const onCrash = { restart: { intensity: 2, periodMs: 100 } }
    expect(ending.restartsAfter(null, 'close', 0)).toBeNull()
    expect(ending.restartsAfter(null, onCrash, 5)).toEqual([5])
    expect(ending.restartsAfter([5], onCrash, 104)).toEqual([5, 104])
    expect(ending.restartsAfter([5, 104], onCrash, 104)).toBeNull()
    expect(ending.restartsAfter([5, 104], onCrash, 105)).toEqual([104, 105])
  })
})

describe('reading', () => {
  /** High mark 1 000, low mark 500; a frame costs its bytes and 64. What transport and idle timeout are told. */
  function reading(): { log: string[]; it: Reading } {
    const log: string[] = []
    const note = (what: string) => (): void => void log.push(what)
    const transport = { ...NOT_YET, pause: note('pause'), resume: note('resume') }
    const keepalive = { standStill: note('still'), goOn: note('go on'), touch: note('touch') } as unknown as Keepalive
    const it = new Reading(transport, keepalive, 1000, 500)
    it.goOn(BY_INIT)
    return { log, it }
  }

  test('begins when init has answered, and only once', () => {
    const { log, it } = reading()
    it.goOn(BY_INIT)
    expect(log).toEqual(['resume'])
  })

  test('stops above the high mark, goes on at the low mark, each once', () => {
    const { log, it } = reading()
    it.queued(1000 - 64)
    expect(log.splice(0)).toEqual(['resume'])
    it.queued(0)
    it.queued(0)
    expect(log.splice(0)).toEqual(['pause', 'still'])
    it.taken(500 - 64)
    it.taken(0)
    expect(log.splice(0)).toEqual([])
    it.taken(0)
    expect(log.splice(0)).toEqual(['go on', 'resume'])
    it.taken(0)
    expect(log).toEqual([])
  })

  test('stands while there is any reason', () => {
    const { log, it } = reading()
    it.stop(BY_HANDLER)
    it.queued(2000)
    it.goOn(BY_HANDLER)
    expect(log.splice(0)).toEqual(['resume', 'pause', 'still'])
    it.taken(2000)
    expect(log).toEqual(['go on', 'resume'])
  })

  test('of a process that waits for its peer lets the idle timeout run; afterwards it stands as the mailbox has it', () => {
    const { log, it } = reading()
    it.waits(true)
    it.queued(2000)
    expect(log.splice(0)).toEqual(['resume', 'touch', 'go on', 'pause'])
    it.waits(false)
    expect(log.splice(0)).toEqual(['touch', 'still'])
    it.taken(2000)
    log.length = 0
    it.waits(true)
    it.waits(false)
    expect(log).toEqual(['touch', 'go on', 'touch'])
  })
})
