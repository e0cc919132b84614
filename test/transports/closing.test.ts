// How long a connection may take to end, over real TCP. Time stands still: what Node's timers do is up to the test.
import type { Socket as NetSocket } from 'node:net'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { binary, close, type ListenerOptions, type RouteOptions, type SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { farEnd, type Live, live } from '../rfc/live.js'
import { CLOSE, close as closeFrame, type Peer, text, turn } from '../rfc/peer.js'

/** More than the kernel takes off our hands. */
const BIG = new Uint8Array(12_000_000)
const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }

let node: TestNode
let server: Live
beforeEach(() => {
  // The transport's patience runs on Node's timers, everything else of a socket on the node's clock: both stand still.
  jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'Date', 'hrtime'] })
  node = testNode()
})
afterEach(async () => {
  await server.stop()
  jest.useRealTimers()
})
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
async function open(
  handler: SocketHandler<any, any, any, any>,
  options: RouteOptions = {},
  limits: ListenerOptions = {},
): Promise<[Peer, NetSocket]> {
  server = await live({ pingIntervalMs: 0, ...options }, handler, limits, node)
  const peer = await server.open(options.compress === undefined ? {} : OFFER)
  return [peer, farEnd(peer) as NetSocket]
}
/** The peer reads nothing, and the server has more for it than the network takes. */
async function stuck(handler: SocketHandler<any, any, any, any>, options: RouteOptions = {}): Promise<[Peer, NetSocket]> {
  const [peer, far] = await open(handler, options)
  peer.socket.pause()
  peer.send(text('go'))
  while (far.writableLength === 0) await turn()
  for (let before = -1; before !== far.writableLength; await turn()) before = far.writableLength
  return [peer, far]
}
/** Not cut before these ms have passed, and then it is. */
async function expectCutAfter(far: NetSocket, ms: number): Promise<void> {
  jest.advanceTimersByTime(ms - 1)
  await turn()
  expect(far.destroyed).toBe(false)
  jest.advanceTimersByTime(1)
  expect(far.destroyed).toBe(true)
}
/** All that was sent is out of the server's hands, and it has heard so. */
async function flushed(far: NetSocket): Promise<void> {
  while (far.writableLength > 0) await turn()
  for (let i = 0; i < 10; i++) await turn()
}
/** Reads on, and waits until these bytes are the last that came; how many came in all. */
function reads(peer: Peer, last: Buffer): Promise<number> {
  peer.socket.removeAllListeners('data')
  return new Promise((resolve) => {
    let count = 0
    let tail = Buffer.alloc(0)
    peer.socket.on('data', (chunk: Buffer) => {
      count += chunk.length
      tail = Buffer.concat([tail, chunk.subarray(-last.length)]).subarray(-last.length)
      if (tail.equals(last)) resolve(count)
    })
    peer.socket.resume()
  })
}
const CLOSE_4000 = Buffer.from([0x88, 2, 0x0f, 0xa0])
const says = (commands: any): SocketHandler<null, any, any, any> => ({ ...echo, handle: () => ['push', commands, null] })

describe.each<[string, RouteOptions]>([
  ['plain', {}],
  ['compressed', { compress: { level: 0 } }],
])('a close frame behind a backlog, %s', (_name, options) => {
  test('reaches a peer that reads slowly; then the peer has 2 s for its answer', async () => {
    const [peer, far] = await stuck(says([binary(BIG), close(4000)]), options)
    expect(await server.reason(peer)).toEqual({ type: 'stop', reason: 'normal' })
    jest.advanceTimersByTime(5000)
    await turn()
    expect(await reads(peer, CLOSE_4000)).toBeGreaterThan(BIG.length)
    await flushed(far)
    await expectCutAfter(far, 2000)
  })

  test('a peer that takes nothing is cut after 10 s', async () => {
    const [peer, far] = await stuck(says([binary(BIG), close(4000)]), options)
    await expectCutAfter(far, 10_000)
    expect(await server.reason(peer)).toEqual({ type: 'stop', reason: 'normal' })
  })

  test('10 s are all that it gets, for reading and answering', async () => {
    const [peer, far] = await stuck(says([binary(BIG), close(4000)]), options)
    jest.advanceTimersByTime(9000)
    await turn()
    await reads(peer, CLOSE_4000)
    await flushed(far)
    await expectCutAfter(far, 1000)
  })
})

describe.each<[string, RouteOptions]>([
  ['plain', {}],
  ['compressed', { compress: { level: 0 } }],
])('a peer that is behind and ends its side without a close frame, %s', (_name, options) => {
  test('is cut after 2 s, for it will never take the rest', async () => {
    const [peer, far] = await stuck(says(binary(BIG)), { onSlowPeer: 'dropNewest', maxBufferedBytes: 1e9, ...options })
    peer.socket.end()
    await new Promise((resolve) => far.once('end', resolve))
    await turn()
    await expectCutAfter(far, 2000)
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'closed' })
    expect(server.listener.counters()).toMatchObject({ open: 0, closed: { 1006: 1 } })
  })
})

describe('a close while nothing is read ends as soon as the peer has answered', () => {
  test.each<[string, Partial<SocketHandler<any, any, any, any>>, number]>([
    ['init says close', { init: () => ['push', close(4000), null] }, 4000],
    ['init says stop', { init: () => ['stop', 'normal', null] }, 1000],
    ['init crashes', { init: () => node.expectCrash() as never }, 1011],
    ['handle reads no more and closes', { handle: () => ['push', [['active', false], close(4000)], null] }, 4000],
  ])('%s', async (_name, own, code) => {
    const [peer] = await open({ ...echo, ...own })
    peer.send(text('before'))
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(code)
    peer.send(text('after'), closeFrame(code))
    await peer.ended() // no time passes
  })
})

test('a drain cuts at its deadline, also a peer whose close frame waited for a callback', async () => {
  const [peer, far] = await open({
    ...echo,
    async handle(_frame, _state, self) {
      await self.sleep(900)
      return ['ok', null]
    },
  })
  peer.send(text('busy'))
  while (node.processInfo(server.listener.sockets()[0] as never, 'status') !== 'suspended') await turn()
  const drained = server.listener.drain({ deadlineMs: 1000 })
  await node.advance(900)
  await drained
  expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1012)
  await flushed(far)
  await expectCutAfter(far, 100)
})

test('maxConnections: the place of a socket is held until TCP has gone', async () => {
  const [first, far] = await open({ ...echo, handle: () => ['stop', 'normal', null] }, {}, { maxConnections: 1 })
  first.send(text('stop'))
  await first.take(CLOSE)
  await server.reason(first)
  expect(server.listener.counters().open).toBe(0)
  await expect(server.open()).rejects.toThrow('503')
  jest.advanceTimersByTime(2000)
  while (!far.closed) await turn()
  const second = await server.open()
  expect(server.listener.counters()).toMatchObject({ open: 1, opened: 2, refused: { maxConnections: 1 } })
  second.destroy()
})
