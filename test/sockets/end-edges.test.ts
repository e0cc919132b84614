// How sockets end, at the edges: two ends at once, ends before the 101, what terminate may still do, and restarts in between.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { accept, close, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { routeOptions } from '../../src/sockets/options.js'
import { exitsOf, gate, type Handler, idle, quiet, say } from './edges.js'
import { type VirtualListener, virtualListener, type VirtualPeer } from './virtual-listener.js'

let node: TestNode
let web: VirtualListener
let log: unknown[] = []
beforeEach(() => {
  log = []
  node = testNode()
  web = virtualListener(node)
})
afterEach(() => node.stop())

const closed = () => web.listener.counters.read().closed
/** A peer whose process has done what it can, and how the process ended. */
async function open(handler: Handler, options = {}): Promise<{ peer: VirtualPeer; exits: unknown[] }> {
  const peer = web.connect(handler, { ...quiet, ...options })
  const exits = exitsOf(peer)
  await node.settle()
  return { peer, exits }
}

describe('an exit signal', () => {
  test('before the first turn of a socket: upgrade does not run, the handshake is refused with 503', async () => {
    const peer = web.connect({ ...idle, upgrade: () => (log.push('upgrade'), accept(0)) })
    const exits = exitsOf(peer)
    node.exit(peer.socket.pid, 'mine')
    await node.settle()
    expect([log, peer.rejected, exits]).toEqual([[], [[503, 'draining']], ['mine']])
  })

  test('comes before the messages that wait', async () => {
    const { peer, exits } = await open({ ...idle, info: (message, n) => (log.push(message), ['ok', n]) })
    node.send(peer.socket.pid as never, 'late')
    node.exit(peer.socket.pid, 'shutdown')
    await node.settle()
    expect([log, peer.closes, exits]).toEqual([[], [[1001, undefined, undefined]], ['shutdown']])
  })

  test('of two the first counts', async () => {
    const { peer, exits } = await open(idle)
    node.exit(peer.socket.pid, 'shutdown')
    node.exit(peer.socket.pid, 'second')
    await node.settle()
    expect([exits, closed()]).toEqual([['shutdown'], { 1001: 1 }])
  })

  test('is not taken back by a byte of the peer, idle though it was before: the callback has 5 s', async () => {
    const { peer, exits } = await open({ ...idle, handle: () => new Promise(() => undefined) }, { idleTimeoutMs: 1000 })
    say(peer)
    await node.advance(1000)
    node.exit(peer.socket.pid, 'shutdown')
    peer.sink.received()
    await node.advance(4999)
    expect(exits).toEqual([])
    await node.advance(1)
    expect(exits).toEqual(['killed'])
  })
})

describe('before the 101', () => {
  test('a listener that drains meanwhile: 503, and the process ends with shutdown', async () => {
    const [yes, letIn] = gate<any>()
    const { peer, exits } = await open({ ...idle, upgrade: () => yes })
    void web.listener.drain({ deadlineMs: 1000 })
    letIn(accept(0))
    await node.settle()
    expect([peer.rejected, exits]).toEqual([[[503, 'draining']], ['shutdown']])
  })

  test('an upgrade that crashes: 500, told as a crash', async () => {
    const peer = web.connect({
      ...idle,
      upgrade() {
        throw new Error('boom')
      },
    })
    node.expectCrash()
    await node.settle()
    expect([peer.rejected, peer.counts.accepted]).toEqual([[[500, 'crashed']], 0])
  })

  test('push in upgrade is a mistake that is named', async () => {
    await open({
      ...idle,
      upgrade(_request, self) {
        try {
          ;(self as any).push(text('too early'))
        } catch (error) {
          log.push((error as { code: string }).code, (error as Error).message)
        }
        return accept(0)
      },
    })
    expect(log).toEqual([
      'GENSOCK_ERR_BADARG',
      expect.stringContaining('self.push must be called after the connection is open, not in upgrade'),
    ])
  })

  test('a peer that has gone by the 101: the process ends with normal, init does not run, nothing is counted', async () => {
    const { listener } = web
    const place = listener.reserve('a')
    if (typeof place === 'string') throw new Error(place)
    const setup = {
      handler: { ...idle, init: () => (log.push('init'), ['ok', 0]) } as Handler,
      options: routeOptions('test'),
      request: { remoteAddress: 'a' } as never,
      params: {},
      claims: undefined,
      accept: {},
      transport: 'ws' as const,
      handshake: { accept: () => null, reject: () => void log.push('reject') },
    }
    const exits = exitsOf({ socket: listener.add(setup, place) } as VirtualPeer)
    await node.settle()
    expect([log, exits, listener.counters.read()]).toMatchObject([[], ['normal'], { opened: 0, open: 0, closed: {} }])
  })
})

describe('push at the end', () => {
  test('in terminate and after the end nothing goes out, and nothing is looked at', async () => {
    let self: any
    const { peer } = await open({
      ...idle,
      terminate(_reason, _state, it) {
        self = it
        it.push(text('in terminate'))
        it.push(['text', 7] as never)
      },
    })
    web.listener.closeAll()
    await node.settle()
    self.push(text('after the end'))
    self.push(['text', 7])
    expect([peer.sent, node.isAlive(peer.socket.pid)]).toEqual([[], false])
  })

  test('a push that ends nothing puts nothing into the mailbox', async () => {
    const { peer } = await open({
      ...idle,
      handle(_frame, n, self) {
        self.push(text('a'))
        log.push(node.processInfo(self.pid, 'message_queue_len'))
        return ['ok', n]
      },
    })
    say(peer)
    await node.settle()
    expect([log, peer.sent]).toEqual([[0], ['a']])
  })

  test('an init that answers with a close frame never reads from the peer', async () => {
    const peer = web.connect({ ...idle, init: () => ['push', close(4000, 'no'), 0] }, quiet, () => ({
      resume: () => void log.push('resume'),
    }))
    await node.settle()
    expect([log, peer.closes]).toEqual([[], [[4000, 'no', undefined]]])
  })
})

describe('terminate', () => {
  test('runs once, and to its end, however many messages come meanwhile', async () => {
    const [wait, go] = gate()
    const { peer, exits } = await open({
      ...idle,
      handle() {
        throw new Error('boom')
      },
      info: (_message, n) => (log.push('info'), ['ok', n]),
      terminate: () => (log.push('terminate'), wait),
    })
    node.expectCrash()
    say(peer)
    await node.settle()
    node.send(peer.socket.pid as never, 'x')
    await node.settle()
    expect([log, exits]).toEqual([['terminate'], []])
    go()
    await node.settle()
    expect([log, exits.length, closed()]).toEqual([['terminate'], 1, { 1011: 1 }])
  })

  test('may end with a reason of its own', async () => {
    const { exits } = await open({ ...idle, terminate: (_reason, _state, self) => self.exit('mine') })
    web.listener.closeAll()
    await node.settle()
    expect([exits, closed()]).toEqual([['mine'], { 1001: 1 }])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('late')
      },
    ],
    ['rejects', () => Promise.reject(new Error('late'))],
  ])('that %s after a crash ends the socket with what it threw; there is one close frame', async (_how, terminate) => {
    let closes = 0
    const peer = web.connect(
      {
        ...idle,
        handle() {
          throw new Error('first')
        },
        terminate: terminate as never,
      },
      quiet,
      () => ({ close: () => void closes++ }),
    )
    const exits = exitsOf(peer) as { error: Error }[]
    await node.settle()
    node.expectCrash()
    node.expectCrash()
    say(peer)
    await node.settle()
    expect([exits.map((exit) => exit.error.message), closes, closed()]).toEqual([['late'], 1, { 1011: 1 }])
  })

  test('that hangs: killed after 5 s, but the connection is not cut, for the close frame is on its way', async () => {
    const { peer, exits } = await open({ ...idle, terminate: () => new Promise(() => undefined) })
    web.listener.closeAll()
    await node.advance(5000)
    expect([exits, peer.closes.length, peer.counts.cut]).toEqual([['killed'], 1, 0])
  })
})

test('a limit that was passed but never told to the peer counts as an end without a close frame', async () => {
  const { peer, exits } = await open({ ...idle, handle: () => new Promise(() => undefined) }, { maxFrameBytes: 10 })
  say(peer)
  peer.sink.deliver(1, 'x'.repeat(11), 11)
  await node.advance(5000)
  expect([exits, peer.closes, closed()]).toEqual([['killed'], [], { 1006: 1 }])
})

test('a reason that the handler gave for its shutdown does not hide a crash', async () => {
  const { peer, exits } = await open({
    ...idle,
    handle(_frame, _n, self) {
      self.push(['shutdownReason', 'mine'])
      throw new Error('boom')
    },
  })
  node.expectCrash()
  say(peer)
  await node.settle()
  expect(exits).toEqual([expect.objectContaining({ error: expect.objectContaining({ message: 'boom' }) })])
})
