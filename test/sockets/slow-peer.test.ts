// Outbound flow control: what each policy does with a peer that does not take what is sent. Virtual time, a fake transport.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { broadcast, type OnSlowPeer, pushTo, type SocketEvent, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

const HIGH = 1000
const LOW = 100

let node: TestNode
let events: SocketEvent[] = []
let asked = 0
beforeEach(() => {
  events = []
  asked = 0
  node = testNode()
})
afterEach(() => node.stop())

const handler: SocketHandler<number, string> = {
  init: () => ['ok', 0],
  handle: (frame, n) => ['push', frame, n + 1],
  info: (message, n) => ['push', text(message), n + 1],
  event(event, n) {
    events.push(event)
    return ['ok', n]
  },
}
async function open(onSlowPeer: OnSlowPeer, more: FakeTransportOptions = {}): Promise<FakeTransport> {
  const marks = { outboundHighBytes: HIGH, outboundLowBytes: LOW }
  const socket = fakeTransport(node, handler, { onSlowPeer, ...marks, pingIntervalMs: 0, ...more })
  await node.settle()
  return socket
}
async function say(socket: FakeTransport, ...lines: string[]): Promise<void> {
  for (const line of lines) pushTo(socket.pid, text(line))
  await node.settle()
}
const lines = (socket: FakeTransport): unknown[] => socket.sent.map((frame) => frame[1])

describe.each<[string, OnSlowPeer]>([
  ['close', 'close'],
  ['dropNewest', 'dropNewest'],
  ['dropOldest', 'dropOldest'],
  ['wait', 'wait'],
  ['coalesce', { coalesce: () => undefined }],
])('every policy: %s', (_name, policy) => {
  test('at the high mark nothing happens', async () => {
    const socket = await open(policy)
    socket.bufferedBytes = HIGH
    await say(socket, 'a', 'b')
    expect([lines(socket), events, socket.closed]).toEqual([['a', 'b'], [], undefined])
  })

  test('one byte above it the next frame crosses the mark, and the event says so once', async () => {
    const socket = await open(policy)
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a', 'b')
    const first = policy === 'wait' ? [] : [{ type: 'highWater', bytes: HIGH + 1 }]
    expect(events.slice(0, 1)).toEqual(first) // policy wait: the process handles nothing more, its own event included
    expect(events.length).toBeLessThan(2)
  })

  test('pings of the peer are answered all the same', async () => {
    const socket = await open(policy)
    socket.bufferedBytes = HIGH + 1
    socket.send(['ping', 'p'])
    expect(socket.sent).toEqual([['pong', Buffer.from('p')]])
    await node.settle()
  })
})

describe('close', () => {
  test('the socket closes with 1013, the handler hears highWater and slow_peer', async () => {
    const socket = await open('close')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a')
    expect([lines(socket), socket.closed]).toEqual([[], ['close', 1013]])
    expect(events).toEqual([{ type: 'highWater', bytes: HIGH + 1 }])
    expect([socket.terminated, socket.exit]).toEqual([[{ type: 'error', error: 'slow_peer' }], 'normal'])
  })

  test('what comes after a dropped frame is dropped too, even if the peer catches up before the close', async () => {
    const catchesUp: SocketHandler<number, string> = {
      ...handler,
      handle(_frame, n, self) {
        socket.bufferedBytes = HIGH + 1
        self.push(text('dropped'))
        socket.bufferedBytes = 0
        self.push(text('after it'))
        return ['ok', n]
      },
    }
    const socket = fakeTransport(node, catchesUp, { outboundHighBytes: HIGH, outboundLowBytes: LOW })
    await node.settle()
    socket.send('go')
    await node.settle()
    expect([lines(socket), socket.closed]).toEqual([[], ['close', 1013]])
  })

  test('a handler that is slow itself is not waited for: it has 5 s', async () => {
    const socket = fakeTransport(
      node,
      { ...handler, handle: () => new Promise<never>(() => undefined) },
      { outboundHighBytes: HIGH, outboundLowBytes: LOW },
    )
    await node.settle()
    socket.send('hangs')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'x')
    await node.advance(4999)
    expect(socket.exit).toBeUndefined()
    socket.cut()
    await node.advance(5000)
    expect(socket.exit).toBe('killed')
  })
})

describe('dropNewest', () => {
  test('frames are dropped until the low mark, and lowWater says how many', async () => {
    const socket = await open('dropNewest')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a', 'b')
    socket.bufferedBytes = LOW + 1
    await say(socket, 'c')
    expect(lines(socket)).toEqual([])
    socket.bufferedBytes = LOW
    await say(socket, 'd')
    expect(lines(socket)).toEqual(['d'])
    expect(events.at(-1)).toEqual({ type: 'lowWater', bytes: LOW, dropped: 3 })
  })

  test('each time counts anew', async () => {
    const socket = await open('dropNewest')
    for (const count of [1, 2]) {
      socket.bufferedBytes = HIGH + 1
      await say(socket, ...Array.from({ length: count }, () => 'x'))
      socket.bufferedBytes = 0
      await node.settle()
      expect(events.at(-1)).toEqual({ type: 'lowWater', bytes: 0, dropped: count })
    }
  })

  test('a frame for many is dropped for the slow one only', async () => {
    const [slow, other] = [await open('dropNewest'), await open('dropNewest')]
    slow.bufferedBytes = HIGH + 1
    broadcast([slow.pid, other.pid], text('news'))
    await node.settle()
    expect([lines(slow), lines(other)]).toEqual([[], ['news']])
  })
})

describe('dropOldest', () => {
  // What waits: 128 bytes and the payload for each frame, at most HIGH in all.
  test('the newest frames wait and go out in order once the peer has caught up', async () => {
    const socket = await open('dropOldest')
    socket.bufferedBytes = HIGH + 1
    await say(socket, ...Array.from({ length: 20 }, (_, n) => String(n)))
    expect(lines(socket)).toEqual([])
    socket.bufferedBytes = LOW
    await say(socket, 'after')
    expect(lines(socket)).toEqual([...Array.from({ length: 7 }, (_, n) => String(n + 13)), 'after'])
    expect(events.at(-1)).toEqual({ type: 'lowWater', bytes: LOW, dropped: 13 })
  })

  test('bytes are copied: what their owner does to them while they wait is not sent', async () => {
    const socket = await open('dropOldest')
    socket.bufferedBytes = HIGH + 1
    const bytes = Uint8Array.of(1, 2)
    pushTo(socket.pid, ['binary', bytes])
    await node.settle()
    bytes[0] = 9
    socket.bufferedBytes = 0
    await node.settle()
    expect(socket.sent).toEqual([['binary', Uint8Array.of(1, 2)]])
  })

  test('one frame longer than the mark waits alone', async () => {
    const socket = await open('dropOldest')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'short', 'x'.repeat(5 * HIGH))
    socket.bufferedBytes = 0
    await node.settle()
    expect(lines(socket)).toEqual(['x'.repeat(5 * HIGH)])
  })

  test('what waits goes out before the close frame', async () => {
    const socket = await open('dropOldest')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'last words')
    pushTo(socket.pid, ['close', 4000])
    await node.settle()
    expect([lines(socket), socket.closed]).toEqual([['last words'], ['close', 4000]])
  })

  test('self.bufferedBytes counts what waits', async () => {
    const seen: number[] = []
    const socket = fakeTransport(
      node,
      { ...handler, info: (_message, n, self) => (seen.push(self.bufferedBytes), ['ok', n]) },
      { onSlowPeer: 'dropOldest', outboundHighBytes: HIGH },
    )
    await node.settle()
    socket.bufferedBytes = HIGH + 1
    await say(socket, '12')
    node.send(socket.pid as never, 'look' as never)
    await node.settle()
    expect(seen).toEqual([HIGH + 1 + 128 + 2])
  })
})

describe('coalesce', () => {
  const byFirst: OnSlowPeer = { coalesce: ([, data]) => (asked++, String(data).startsWith('-') ? undefined : String(data)[0]) }

  test('of the waiting frames with one key only the newest is kept, in the place of the first', async () => {
    const socket = await open(byFirst)
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a1', 'b1', 'a2', '-', 'b2', 'a3')
    socket.bufferedBytes = 0
    await say(socket, 'a4')
    expect(lines(socket)).toEqual(['a3', 'b2', '-', 'a4'])
    expect(events.at(-1)).toEqual({ type: 'lowWater', bytes: 0, dropped: 3 })
  })

  test('while the peer keeps up nobody is asked for a key', async () => {
    const socket = await open(byFirst)
    await say(socket, 'a1', 'a2')
    expect([lines(socket), asked]).toEqual([['a1', 'a2'], 0])
  })

  test('frames that cannot be coalesced close with 1013 once more than the high mark wait', async () => {
    const socket = await open(byFirst)
    socket.bufferedBytes = HIGH + 1
    await say(socket, ...Array.from({ length: 7 }, () => '-'))
    expect(socket.closed).toBeUndefined()
    await say(socket, '-')
    expect([socket.closed, socket.terminated]).toEqual([['close', 1013], [{ type: 'error', error: 'slow_peer' }]])
  })

  test('a key function that throws is a crash of its socket', async () => {
    const socket = await open({
      coalesce: () => {
        throw new Error('no key')
      },
    })
    socket.bufferedBytes = HIGH + 1
    node.expectCrash()
    await say(socket, 'a')
    expect(socket.closed).toEqual(['close', 1011])
  })
})

describe('wait', () => {
  test('the process handles nothing more until the low mark, and loses nothing', async () => {
    const socket = await open('wait')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a', 'b', 'c')
    expect(lines(socket)).toEqual(['a']) // it had been taken up when the mark was seen
    socket.bufferedBytes = LOW
    await node.settle()
    expect(lines(socket)).toEqual(['a', 'b', 'c'])
    expect(events).toEqual([
      { type: 'highWater', bytes: HIGH + 1 },
      { type: 'lowWater', bytes: LOW, dropped: 0 },
    ])
  })

  test('the peer may go meanwhile: the end is not held up', async () => {
    const socket = await open('wait')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a', 'b')
    socket.cut()
    await node.settle()
    expect([socket.terminated, socket.exit]).toEqual([[{ type: 'error', error: 'closed' }], 'normal'])
  })

  test('an exit signal is not held up either', async () => {
    const socket = await open('wait')
    socket.bufferedBytes = HIGH + 1
    await say(socket, 'a', 'b')
    node.exit(socket.pid, 'shutdown')
    await node.settle()
    expect([socket.closed, socket.exit]).toEqual([['close', 1001], 'shutdown'])
  })

  test('a peer that sends but takes nothing is idle: a full mailbox does not stop that clock', async () => {
    const socket = await open('wait', { idleTimeoutMs: 10_000, inboundHighBytes: 500 })
    socket.bufferedBytes = HIGH + 1
    for (let n = 0; n < 20; n++) socket.send('x')
    await node.settle()
    expect(socket.paused).toBe(true)
    await node.advance(9999)
    expect(socket.exit).toBeUndefined()
    await node.advance(1)
    expect(socket.terminated).toEqual([{ type: 'timeout' }])
  })
})

describe('self.drained', () => {
  async function pushing(onSlowPeer: OnSlowPeer): Promise<{ socket: FakeTransport; log: string[] }> {
    const log: string[] = []
    const socket = fakeTransport(
      node,
      {
        init: () => ['ok', null],
        async handle(_frame, _state, self) {
          await self.drained()
          log.push('drained')
          return ['ok', null]
        },
      } as SocketHandler<null>,
      { onSlowPeer, outboundHighBytes: HIGH, outboundLowBytes: LOW },
    )
    await node.settle()
    return { socket, log }
  }

  test('resolves at once when the peer keeps up', async () => {
    const { socket, log } = await pushing('close')
    socket.send('go')
    await node.settle()
    expect(log).toEqual(['drained'])
  })

  test.each<OnSlowPeer>(['close', 'wait', 'dropOldest'])('else at the low mark (%s)', async (policy) => {
    const { socket, log } = await pushing(policy)
    socket.bufferedBytes = HIGH + 1
    socket.send('go')
    await node.settle()
    socket.bufferedBytes = LOW + 1
    await node.settle()
    expect(log).toEqual([])
    socket.bufferedBytes = LOW
    await node.settle()
    expect(log).toEqual(['drained'])
  })

  test('or when the socket ends', async () => {
    const { socket, log } = await pushing('close')
    socket.bufferedBytes = HIGH + 1
    socket.send('go')
    await node.settle()
    socket.cut()
    await node.settle()
    expect([log, socket.exit]).toEqual([['drained'], 'normal'])
  })
})

test('our own pings are not heaped up in front of a peer that takes nothing', async () => {
  const socket = await open('dropNewest', { pingIntervalMs: 1000, idleTimeoutMs: 0 })
  socket.bufferedBytes = HIGH + 1
  await say(socket, 'x')
  await node.advance(5000)
  expect(socket.sent).toEqual([])
  socket.bufferedBytes = 0
  await node.advance(1000)
  expect(socket.sent).toEqual([['ping']])
})
