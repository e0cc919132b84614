// Over real connections: the transport reads the network in place of `ws`, alone; every connection ends cleanly all the same,
// and what waits to be read is read as `ws` would read it.
import { Socket as NetSocket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RouteOptions, SocketHandler } from 'gensock/socket'
import { acceptedEnd, farEnd, farEndGone, type Live, live, sendSegments } from '../rfc/live.js'
import { CLOSE, close, CONTINUATION, frame, type OpenOptions, type Peer, RSV1, TEXT, text, turn } from '../rfc/peer.js'
import { Codec } from '../rfc/zlib-codec.js'

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
/** Not ours. */
const foreignSockets = sockets()
const servers: Live[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})
/** What the handler has heard. */
const heard: unknown[] = []
const talker: SocketHandler<null, any, any, any> = {
  init: () => ['ok', null],
  handle(frame) {
    heard.push(frame[1])
    if (frame[1] === 'stop') return ['stop', 'normal', null]
    if (frame[1] === 'pause') return ['push', ['active', false], null]
    return ['push', frame, null]
  },
}
async function serve(handler = talker, options: RouteOptions = {}): Promise<Live> {
  heard.length = 0
  const server = await live({ pingIntervalMs: 0, ...options }, handler)
  servers.push(server)
  return server
}

const OFFER: OpenOptions = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }
type Kind = readonly [name: string, options: RouteOptions, open: OpenOptions]
const KINDS: readonly Kind[] = [
  ['that does not compress', {}, {}],
  ['that compresses', { compress: true }, OFFER],
]
/** An echo, to see that all is well. */
async function expectEcho(peer: Peer, opened: OpenOptions): Promise<void> {
  const isCompressed = opened === OFFER
  const payload = isCompressed ? new Codec().compress('hello') : 'hello'
  peer.send(frame({ opcode: TEXT, rsv: isCompressed ? RSV1 : 0, payload }))
  expect(String(await peer.take(TEXT))).toBe('hello')
}

describe.each(KINDS)('a connection %s', (_name, options, opened) => {
  test('has one listener for data, and for its end one besides that of Node, the same as all others', async () => {
    const server = await serve(talker, options)
    const peers = [await server.open(opened), await server.open(opened)]
    const fars = await Promise.all(peers.map(acceptedEnd))
    const [first, second] = fars as [NetSocket, NetSocket]
    for (const far of fars) {
      expect(far.listenerCount('data')).toBe(1)
      expect(far.listenerCount('end')).toBe(new NetSocket().listenerCount('end') + 1)
    }
    expect(second.listeners('data')).toEqual(first.listeners('data'))
    expect(second.listeners('end').at(-1)).toBe(first.listeners('end').at(-1))
    for (const peer of peers) await expectEcho(peer, opened)
    expect(fars.map((far) => far.listenerCount('data'))).toEqual([1, 1])
  })

  const partly = text('x'.repeat(100)).subarray(0, 60)
  const partOfMessage = frame({ fin: false, opcode: TEXT, payload: 'first' })
  const CLOSED = { type: 'error', error: 'closed' }
  test.each<[string, object, (peer: Peer) => Promise<unknown>]>([
    [
      'the peer’s close frame',
      { type: 'remote', code: 4000, reason: 'bye' },
      async (peer) => {
        peer.send(close(4000, 'bye'))
        expect(await peer.ending()).toEqual({ code: 4000, reason: '' })
      },
    ],
    [
      'the end of the handler',
      { type: 'stop', reason: 'normal' },
      async (peer) => {
        peer.send(text('stop'))
        expect((await peer.take(CLOSE)).readUInt16BE()).toBe(1000)
        peer.send(close(1000))
        await peer.ended()
      },
    ],
    ['a half-close', CLOSED, async (peer) => (peer.socket.end(), peer.ended())],
    ['a half-close within a header', CLOSED, async (peer) => (peer.socket.end(partly.subarray(0, 1)), peer.ended())],
    ['a half-close within a payload', CLOSED, async (peer) => (peer.socket.end(partly), peer.ended())],
    ['a half-close within a message', CLOSED, async (peer) => (peer.socket.end(partOfMessage), peer.ended())],
    ['a reset', CLOSED, async (peer) => peer.socket.resetAndDestroy()],
    [
      'a reset within a payload',
      CLOSED,
      async (peer) => {
        await sendSegments(peer, [partly])
        peer.socket.resetAndDestroy()
      },
    ],
  ])('ends cleanly with %s', async (_name, reason, end) => {
    const server = await serve(talker, options)
    const peer = await server.open(opened)
    const far = await acceptedEnd(peer)
    await expectEcho(peer, opened)
    const gone = farEndGone(peer)
    await end(peer)
    expect(await server.reason(peer)).toMatchObject(reason)
    await gone
    while (sockets() > foreignSockets) await turn() // hangs if one is left
    expect([far.destroyed, farEnd(peer), server.errors]).toEqual([true, undefined, []])
    expect(server.listener.sockets()).toEqual([])
    expect(heard.slice(1)).toEqual(heard.includes('stop') ? ['stop'] : [])
    expect(await server.serves()).toBe(true)
  })
})

const never = text('never')
const noText = text(Buffer.concat([Buffer.alloc(50, 'x'), Buffer.of(0xff)]))
const first = frame({ fin: false, opcode: TEXT, payload: 'x' })
const noTextInAll = frame({ opcode: CONTINUATION, payload: Buffer.alloc(50, 0xff) })
type Bad = readonly [name: string, code: number, error: string, bad: Buffer]
const BAD: readonly Bad[] = [
  ['invalid UTF-8', 1007, 'badencoding', noText],
  ['invalid UTF-8 in fragments', 1007, 'badencoding', Buffer.concat([first, noTextInAll])],
  ['a reserved opcode', 1002, 'badframe', frame({ opcode: 3, payload: 'x'.repeat(50) })],
  ['no mask', 1002, 'badframe', frame({ opcode: TEXT, mask: false, payload: 'x'.repeat(50) })],
  ['too many bytes', 1009, 'badsize', frame({ opcode: TEXT, payload: 'x'.repeat(2000) })],
]

// RFC 6455 section 7.1.7: "An endpoint MUST NOT continue to attempt to process data (including a responding Close frame) from
// the remote endpoint after being instructed to _Fail the WebSocket Connection_."
describe.each(BAD)('behind %s nothing is read', (_name, code, error, bad) => {
  test('in one segment, nor in one with its last bytes', async () => {
    const server = await serve(talker, { maxFrameBytes: 1000 })
    for (const at of [0, 2, 10, bad.length - 1]) {
      const peer = await server.open()
      await sendSegments(peer, [bad.subarray(0, at), Buffer.concat([bad.subarray(at), never, never])])
      expect([at, await peer.ending()]).toEqual([at, { code, reason: '' }])
      expect([at, await server.reason(peer), heard]).toEqual([at, { type: 'error', error }, []])
    }
  })

  test('when all has waited in segments of its own', async () => {
    let ready = (): void => undefined
    const slow: typeof talker = {
      ...talker,
      init: async () => {
        await new Promise<void>((resolve) => (ready = resolve))
        return ['ok', null]
      },
    }
    const server = await serve(slow, { maxFrameBytes: 1000 })
    const peer = await server.open()
    await sendSegments(peer, [bad, never, never])
    const far = await acceptedEnd(peer)
    expect(far.readableLength).toBe(bad.length + 2 * never.length) // or it would prove nothing
    ready()
    expect(await peer.ending()).toEqual({ code, reason: '' })
    expect([await server.reason(peer), heard]).toEqual([{ type: 'error', error }, []])
  })
})

// What has come before the reset has been read already: so it counts, and is read in its place.
describe.each(KINDS)('a connection %s, reset while reading has stopped,', (_name, options, opened) => {
  const inner = text('inner')
  const payload = Buffer.concat([Buffer.alloc(10, 'x'), inner, inner])
  const long = frame({ opcode: TEXT, mask: Buffer.alloc(4), payload: Buffer.concat([payload, Buffer.alloc(20, 'x')]) })
  const begin = long.subarray(0, 6 + 10)
  const CLOSED = { type: 'error', error: 'closed' }

  /** These bytes wait behind others when the reset comes: what the handler hears then. */
  async function resetBehind(before: Buffer, waiting: Buffer): Promise<unknown> {
    const server = await serve(talker, options)
    const peer = await server.open(opened)
    const far = await acceptedEnd(peer)
    await sendSegments(peer, [Buffer.concat([text('pause'), before])])
    while (!far.isPaused()) await turn()
    await sendSegments(peer, [waiting])
    if (far.readableLength !== waiting.length) throw new Error('nothing waits: this would prove nothing')
    peer.socket.resetAndDestroy()
    return server.reason(peer)
  }

  test('has its handler hear of frames that came whole', async () => {
    expect(await resetBehind(Buffer.alloc(0), Buffer.concat([text('one'), text('two')]))).toEqual(CLOSED)
    expect(heard).toEqual(['pause', 'one', 'two'])
  })
  test('has its handler hear of a frame whose rest has come', async () => {
    const whole = text('x'.repeat(50))
    expect(await resetBehind(whole.subarray(0, 20), Buffer.concat([whole.subarray(20), text('two')]))).toEqual(CLOSED)
    expect(heard).toEqual(['pause', 'x'.repeat(50), 'two'])
  })
  test.each<[string, Buffer]>([
    ['frames', Buffer.concat([inner, inner])],
    ['a broken header', Buffer.alloc(10, 'x')],
    ['a close frame', close(4000)],
  ])('does not take the next bytes of a payload for %s', async (_name, rest) => {
    expect(await resetBehind(begin, rest)).toEqual(CLOSED)
    expect(heard).toEqual(['pause'])
  })
})
