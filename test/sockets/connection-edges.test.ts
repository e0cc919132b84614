// The wire side of one socket at its edges: what is not delivered, what counts as life, what a restart takes back, who is told what.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { broadcast, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { PING } from '../../src/sockets/frames.js'
import type { Transport } from '../../src/sockets/transport.js'
import { type Handler, idle, quiet, say } from './edges.js'
import { type VirtualListener, virtualListener, type VirtualPeer } from './virtual-listener.js'

let node: TestNode
let web: VirtualListener
let log: unknown[] = []
beforeEach(() => {
  log = []
  node = testNode()
  web = virtualListener(node)
})
afterEach(async () => {
  // A handler that hangs would hold up the stop of the node.
  for (const pid of web.listener.sockets()) node.exit(pid, 'kill')
  await node.stop()
})

const hangs: Handler = { ...idle, handle: () => new Promise(() => undefined) }
const closed = () => web.listener.counters.read().closed
async function open(handler: Handler, options = {}, transport?: (peer: VirtualPeer) => Partial<Transport>): Promise<VirtualPeer> {
  const peer = web.connect(handler, { ...quiet, ...options }, transport)
  await node.settle()
  return peer
}
const ping = ({ sink }: VirtualPeer): void => sink.deliver(PING, 'p', 1)
const waiting = (peer: VirtualPeer): unknown => node.processInfo(peer.socket.pid, 'message_queue_len')
const alive = (peer: VirtualPeer): boolean => node.isAlive(peer.socket.pid)

describe('after a limit was passed', () => {
  test('nothing more is delivered, no ping is answered, and it is one end', async () => {
    const peer = await open(hangs, { maxFrameBytes: 10, claimsNoticeMs: 0, accept: { expiresAt: Date.now() + 1000 } }, () => ({
      pong: (data) => void log.push(data),
    }))
    say(peer)
    ping(peer)
    say(peer, 'x'.repeat(11))
    ping(peer)
    say(peer)
    say(peer, 'x'.repeat(11))
    await node.advance(1500) // the claims end as well
    expect([log, waiting(peer), peer.sink.beat()]).toEqual([['p'], 1, false])
  })

  test('a ping that is one message too many is not answered', async () => {
    const rate = { messages: { perSecond: 1, burst: 2 } }
    const peer = await open(idle, { rate }, () => ({ pong: (data) => void log.push(data) }))
    for (let i = 0; i < 3; i++) ping(peer)
    await node.settle()
    expect([log, closed()]).toEqual([['p', 'p'], { 1008: 1 }])
  })

  test('a sign of life counts as a message: one too many is the end', async () => {
    const peer = await open(idle, { rate: { messages: { perSecond: 1, burst: 2 } } })
    expect([peer.sink.beat(), peer.sink.beat(), peer.sink.beat()]).toEqual([true, true, false])
    await node.settle()
    expect(closed()).toEqual({ 1008: 1 })
  })

  test('without a rate no sign of life is too much', async () => {
    const peer = await open(idle)
    expect([peer.sink.beat(), peer.sink.beat()]).toEqual([true, true])
  })
})

test('a peer that is behind is not idle while its frames wait for the handler, unless the policy is wait', async () => {
  const behindAndFull = async (onSlowPeer: 'wait' | 'dropNewest'): Promise<boolean> => {
    let frames = 0
    const busy: Handler = { ...idle, handle: () => (frames++ === 0 ? ['push', text('x'), 0] : new Promise(() => undefined)) }
    const options = { onSlowPeer, idleTimeoutMs: 1000, inboundHighBytes: 100, inboundLowBytes: 50 }
    const peer = await open(busy, options, () => ({ send: () => false, isBehind: () => true }))
    say(peer)
    await node.settle()
    for (let i = 0; i < 3; i++) say(peer, 'x'.repeat(100))
    await node.advance(10_000)
    return alive(peer)
  }
  expect([await behindAndFull('dropNewest'), await behindAndFull('wait')]).toEqual([true, false])
})

test('while terminate runs no ping is answered and no frame waits', async () => {
  const peer = await open({ ...idle, terminate: () => new Promise(() => undefined) }, {}, () => ({
    pong: (data) => void log.push(data),
  }))
  web.listener.closeAll()
  await node.settle()
  ping(peer)
  say(peer)
  expect([log, waiting(peer), peer.sink.beat()]).toEqual([[], 0, false])
})

describe('the limit of a frame', () => {
  test('stays when other options are set', async () => {
    const peer = await open({ ...idle, init: () => ['push', ['setOptions', { idleTimeoutMs: 0 }], 0] }, { maxFrameBytes: 10 })
    say(peer, 'x'.repeat(11))
    await node.settle()
    expect(closed()).toEqual({ 1009: 1 })
  })
})

test('claims stay when other options are set, and change when they are', async () => {
  const claims = (): number => web.listener.disconnectWhere((given) => (log.push(given), false))
  const peer = await open(
    { ...idle, handle: ([, data], n) => ['push', ['setOptions', JSON.parse(String(data))], n] },
    { claims: 'old' },
  )
  say(peer, '{"idleTimeoutMs":0}')
  claims()
  say(peer, '{"claims":"new"}')
  claims()
  expect(log).toEqual(['old', 'new'])
})

test('a restart takes back what the last life has set: compression, limit of a frame, idle timeout, reading', async () => {
  const peer = await open(
    {
      init: () => ['push', text('begins'), 0],
      handle(_frame, _n, self) {
        self.push([
          ['deflate', false],
          ['setOptions', { maxFrameBytes: 2, idleTimeoutMs: 50 }],
          ['active', false],
        ])
        throw new Error('boom')
      },
    },
    { idleTimeoutMs: 1000, maxFrameBytes: 10, onCrash: { restart: { intensity: 3, periodMs: 1000 } } },
    () => ({
      send: (_opcode, data, compress) => log.push([data, compress]) > 0,
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
    }),
  )
  expect(log.splice(0)).toEqual([['begins', true], 'resume'])
  node.expectCrash()
  say(peer)
  await node.settle()
  expect(log).toEqual(['pause', 'resume', ['begins', true]])
  await node.advance(999)
  expect(alive(peer)).toBe(true)
  await node.advance(1)
  expect(closed()).toEqual({ 1000: 1 })
})

test('the limit of a frame is that of the route again after a restart', async () => {
  const peer = await open(
    {
      ...idle,
      handle([, data], _n, self) {
        log.push(data)
        if (data !== 'boom') return ['ok', 0]
        self.push(['setOptions', { maxFrameBytes: 4 }])
        throw new Error('boom')
      },
    },
    { onCrash: { restart: { intensity: 3, periodMs: 1000 } } },
  )
  node.expectCrash()
  say(peer, 'boom')
  await node.settle()
  say(peer, 'longer')
  await node.settle()
  expect([log, alive(peer)]).toEqual([['boom', 'longer'], true])
})

describe('requests of a fallback that come and go', () => {
  const hears: Handler = { ...idle, event: (event, n) => (log.push(event.type), ['ok', n]) }

  test.each<[string, ('attached' | 'detached')[]]>([
    ['begin', ['attached']],
    ['end', ['detached']],
    ['begin and end', ['attached', 'detached']],
  ])('as many as they like may %s, if the handler keeps up', async (_what, types) => {
    const peer = await open(hears)
    for (let i = 0; i < 2200; i++) {
      peer.sink.carried(types[i % types.length] as 'attached', 'sse')
      if (i % 500 === 0) await node.settle()
    }
    await node.settle()
    expect([log.length, alive(peer)]).toEqual([2200, true])
  })

  test('more than 1000 that wait for the handler are the end with 1008', async () => {
    const [wait, go] = ((open?: (value: unknown) => void) => [
      new Promise((resolve) => (open = resolve)),
      () => open?.(['ok', 0]),
    ])()
    const peer = await open({ ...hears, handle: () => wait as never, terminate: (reason) => void log.push(reason) })
    say(peer)
    for (let i = 0; i < 1000; i++) peer.sink.carried(i % 2 === 0 ? 'attached' : 'detached', 'longPoll')
    expect(waiting(peer)).toBe(1000)
    peer.sink.carried('attached', 'longPoll')
    expect(waiting(peer)).toBe(1001) // the end
    peer.sink.carried('attached', 'longPoll')
    expect(waiting(peer)).toBe(1001)
    go()
    await node.settle()
    expect([alive(peer), closed()]).toEqual([false, { 1008: 1 }])
    expect(log.at(-1)).toEqual({ type: 'error', error: 'rate_exceeded' })
  })

  test('other events make no room for them', async () => {
    const wire = { isTaken: false }
    const peer = await open(
      { ...hears, handle: ([, data], n) => (data === 'hang' ? new Promise(() => undefined) : ['push', text('y'), n]) },
      { onSlowPeer: 'dropNewest' },
      () => ({ send: () => wire.isTaken }),
    )
    for (let i = 0; i < 5; i++) {
      say(peer)
      await node.settle()
      peer.sink.drained(0)
      await node.settle()
    }
    expect(log).toEqual(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 'highWater' : 'lowWater')))
    say(peer, 'hang')
    for (let i = 0; i < 1001; i++) peer.sink.carried('attached', 'sse')
    await node.advance(5000)
    expect(alive(peer)).toBe(false)
  })

  test('a handler that hears nothing of them has nothing to lose', async () => {
    const peer = await open(hangs)
    say(peer)
    for (let i = 0; i < 1001; i++) peer.sink.carried('attached', 'sse')
    expect([waiting(peer), alive(peer)]).toEqual([0, true])
    say(peer)
    expect(waiting(peer)).toBe(1)
  })
})

test.each<{ given: readonly unknown[]; sent: readonly [number | undefined, string | undefined] }>([
  { given: [], sent: [undefined, undefined] },
  { given: [undefined, ''], sent: [undefined, ''] },
  { given: [undefined, 'bye'], sent: [1000, 'bye'] },
  { given: [4000, 'bye'], sent: [4000, 'bye'] },
  { given: [4000], sent: [4000, undefined] },
])('a close frame of $given: a reason without a code goes with 1000', async ({ given, sent }) => {
  const peer = await open({ ...idle, handle: (_frame, n) => ['push', ['close', ...given] as never, n] })
  say(peer)
  await node.settle()
  expect([peer.closes, closed()]).toEqual([[[...sent, undefined]], { [sent[0] ?? 1005]: 1 }])
})

describe('the idle timeout', () => {
  const settings = { idleTimeoutMs: 1000 }
  function busy(): { handler: Handler; go(): Promise<void> } {
    let go: (value: any) => void = () => undefined
    return {
      handler: { ...idle, handle: () => new Promise((resolve) => (go = resolve)) },
      async go() {
        go(['ok', 0])
        await node.settle()
      },
    }
  }

  test.each(['close', 'wait'] as const)(
    'a byte that comes while a callback is busy takes the end back (%s)',
    async (onSlowPeer) => {
      const { handler, go } = busy()
      const peer = await open(handler, { ...settings, onSlowPeer })
      say(peer)
      await node.advance(1000)
      peer.sink.received()
      await go()
      expect(alive(peer)).toBe(true)
      await node.advance(999)
      expect(alive(peer)).toBe(true)
      await node.advance(1)
      expect(closed()).toEqual({ 1000: 1 })
    },
  )

  test('so does a peer that takes what was sent; after that it is silent as any other', async () => {
    const { handler, go } = busy()
    const peer = await open(handler, settings)
    say(peer)
    await node.advance(1000)
    peer.sink.progressed()
    await go()
    await node.advance(999)
    expect(alive(peer)).toBe(true)
    await node.advance(1)
    expect(closed()).toEqual({ 1000: 1 })
  })

  test('and a callback that began before may then take longer than 5 s', async () => {
    const { handler, go } = busy()
    const peer = await open(handler, { idleTimeoutMs: 4000 })
    say(peer)
    await node.advance(4000)
    peer.sink.progressed()
    await go()
    say(peer)
    peer.sink.received()
    await node.advance(3000)
    peer.sink.received()
    await node.advance(3000)
    expect(alive(peer)).toBe(true)
  })
})

describe('a peer that is behind', () => {
  const behind = (): Partial<Transport> => ({
    send: (opcode, _data, compress) => (opcode === PING ? log.push(['ping', compress]) > 0 : false),
    pause: () => void log.push('pause'),
  })

  test('gets no pings of ours; one that keeps up gets them, never compressed', async () => {
    const handler: Handler = { ...idle, handle: (_frame, n) => ['push', text('x'), n] }
    const peer = await open(handler, { pingIntervalMs: 1000, onSlowPeer: 'dropNewest' }, behind)
    await node.advance(1000)
    expect(log.splice(0)).toEqual([['ping', false]])
    say(peer)
    await node.advance(3000)
    expect(log).toEqual([]) // nor is reading stopped: only policy wait does that
  })
})

describe('frames that go on to another process of the socket', () => {
  test('count for inboundHighBytes until that process has taken them', async () => {
    let self: any
    const peer = await open(
      { ...idle, init: (_args, it) => ((self = it), ['ok', 0]) },
      { inboundHighBytes: 1000, inboundLowBytes: 100 },
      () => ({ pause: () => void log.push('pause'), resume: () => void log.push('resume') }),
    )
    expect(log.splice(0)).toEqual(['resume'])
    self._forwarded(1000)
    expect(log.splice(0)).toEqual(['pause'])
    self._taken(1000)
    expect([log, alive(peer)]).toEqual([['resume'], true])
  })
})

test('a frame for many is one object for all their transports: it is encoded once', async () => {
  const transport = (): Partial<Transport> => ({ sendShared: (frame) => log.push(frame) > 0 })
  const peers = [await open(idle, {}, transport), await open(idle, {}, transport)]
  broadcast(
    peers.map((peer) => peer.socket.pid),
    text('all'),
  )
  await node.settle()
  expect(log).toHaveLength(2)
  expect(log[0]).toBe(log[1])
})
