// A socket that is traced: the same socket, whatever its handler lacks or its wire does; only frames that went out are told of.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type DebugEvent, sys } from 'gensock'
import { broadcast, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { watchEnd } from '../../src/runtime/alias.js'
import type { Transport } from '../../src/sockets/transport.js'
import { type VirtualPeer, virtualListener } from './virtual-listener.js'

let node: TestNode
let events: DebugEvent[] = []
let log: unknown[] = []
beforeEach(() => {
  events = []
  log = []
  node = testNode()
})
afterEach(() => node.stop())

type Handler = SocketHandler<any, any, any, any>
const idle: Handler = { init: () => ['ok', 0], handle: (frame, n) => ['push', frame, n] }
const outs = (): unknown[] => events.flatMap((event) => (event.type === 'out' ? [event.message] : []))
async function traced(handler: Handler, options = {}, transport: () => Partial<Transport> = () => ({})): Promise<VirtualPeer> {
  const peer = virtualListener(node).connect(handler, { idleTimeoutMs: 0, pingIntervalMs: 0, ...options }, transport)
  await node.settle()
  await trace(peer, (event) => void events.push(event))
  return peer
}
async function trace(peer: VirtualPeer, sink: ((event: DebugEvent) => void) | false): Promise<void> {
  void node.run(() => sys.trace(peer.socket.pid, sink as never))
  await node.settle()
}
const say = async ({ sink }: VirtualPeer, opcode = 1): Promise<void> => {
  sink.deliver(opcode as 1, 'x', 1)
  await node.settle()
}

describe('a handler without info, event and terminate', () => {
  test('lacks them when it is traced, too', async () => {
    const peer = await traced(idle)
    node.send(peer.socket.pid as never, 'nobody hears it')
    await say(peer, 9)
    await say(peer)
    peer.sink.carried('attached', 'sse')
    await node.settle()
    expect([peer.sent, node.isAlive(peer.socket.pid)]).toEqual([['x'], true])
    peer.sink.lost()
    await node.settle()
    expect(node.crashes).toEqual([])
  })
})

test('a wrong answer is the same mistake as untraced', async () => {
  const peer = await traced({ ...idle, handle: () => undefined as never })
  const exits: { error: Error }[] = []
  watchEnd(null, peer.socket.process, (reason) => exits.push(reason as never))
  node.expectCrash()
  await say(peer)
  expect(exits[0]?.error.message).toMatch(/^handle must return/)
})

describe('the wire', () => {
  test('a frame that the peer does not take, for it is behind, has not gone out', async () => {
    const wire = { takes: false }
    const peer = await traced(idle, { onSlowPeer: 'dropOldest' }, () => ({
      send: (_opcode, data, _compress, even) => (wire.takes || even === true ? log.push(data) > 0 : false),
      sendShared: (frame, _compress, even) => (wire.takes || even === true ? log.push(frame.data) > 0 : false),
    }))
    await say(peer)
    broadcast([peer.socket.pid], text('all'))
    await node.settle()
    expect([outs(), log]).toEqual([[], []])
    wire.takes = true
    peer.sink.drained(0)
    expect([outs(), log]).toEqual([
      [
        ['text', 'x'],
        ['text', 'all'],
      ],
      ['x', 'all'],
    ])
  })

  test('a shared frame for a peer that is behind is no frame that went out', async () => {
    const peer = await traced(idle, { onSlowPeer: 'dropNewest' }, () => ({ sendShared: () => false }))
    broadcast([peer.socket.pid], text('all'))
    await node.settle()
    expect(outs()).toEqual([])
  })

  test('is paused, resumed, asked and cut as it would be untraced', async () => {
    let self: any
    const peer = await traced({ ...idle, init: (_args, it) => ((self = it), ['ok', 0]) }, {}, () => ({
      get bufferedBytes() {
        return 77
      },
      isBehind: () => (log.push('asked'), true),
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
      destroy: () => void log.push('cut'),
    }))
    log.splice(0)
    self.push([['active', false]])
    self.push([['active', true]])
    let isDone = false
    void self.drained().then(() => (isDone = true))
    await node.settle()
    expect([log, self.bufferedBytes, isDone]).toEqual([['pause', 'resume', 'asked'], 77, false])
    node.exit(peer.socket.pid, 'kill')
    await node.settle()
    expect(log.at(-1)).toBe('cut')
    expect(peer.socket.transport.compressed).toBe(false)
  })

  test('is the old one when tracing ends', async () => {
    const peer = await traced(idle)
    const during = peer.socket.transport
    await trace(peer, false)
    await say(peer)
    expect([peer.socket.transport === during, outs(), peer.sent]).toEqual([false, [], ['x']])
  })
})
