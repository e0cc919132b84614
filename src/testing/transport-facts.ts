// The facts of the shared suite about frames: both ways, of every kind and size, from everywhere.
import { deepStrictEqual } from 'node:assert/strict'
import { broadcast, pushTo } from '../sockets/broadcast.js'
import { binary, close, type Frame, type OutFrame, text } from '../sockets/frames.js'
import type { Result, SocketEvent, SocketSelf } from '../sockets/handler.js'
import { echoes, expectFrames, fact, factOfDoor, later, type TransportFact } from './transport-bench.js'

const BIG = 200_000
const MANY = 1000
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

/** Keeps what a handler hears, and tells when that is so much. */
interface Listening {
  readonly heard: string[]
  readonly all: Promise<void>
  handle(frame: Frame): Result<null>
}
function listens(count: number): Listening {
  const heard: string[] = []
  const { promise: all, resolve } = later()
  const handle = ([, data]: Frame): Result<null> => {
    if (heard.push(String(data)) === count) resolve()
    return ['ok', null]
  }
  return { heard, all, handle }
}

const inOrder = fact('frames arrive in order, and answers leave in order', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  const sent = numbers(100)
  for (const one of sent) peer.send(one)
  await expectFrames(peer, ...sent.map(text))
})

const kinds = fact('text and bytes arrive as they were sent, empty ones too', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  const frames: OutFrame[] = [
    text('a\r\nb "\\ ü€😀 \u0000\u0001\u2028'),
    binary(Uint8Array.from({ length: 256 }, (_, index) => index)),
    text(''),
    binary(new Uint8Array()),
  ]
  for (const [, data] of frames) peer.send(data as string)
  await expectFrames(peer, ...frames)
})

const initFirst = fact('init is done before the first frame, and what it sends comes first', async (bench) => {
  const order: string[] = []
  const { handler } = echoes({
    async init() {
      await new Promise((resolve) => setImmediate(resolve))
      order.push('init')
      return ['push', text('welcome'), null]
    },
    handle(frame) {
      order.push('handle')
      return ['push', frame, null]
    },
  })
  const peer = await bench.connect(handler)
  peer.send('a')
  await expectFrames(peer, text('welcome'), text('a'))
  deepStrictEqual(order, ['init', 'handle'])
})

const outside = fact('frames of other processes reach the peer, in order with its own', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  pushTo(peer.pid, [text('a'), binary(Uint8Array.of(1))])
  broadcast([peer.pid], text('b'))
  await expectFrames(peer, text('a'), binary(Uint8Array.of(1)), text('b'))
  peer.send('c')
  await expectFrames(peer, text('c'))
})

const pushes = fact('what an async callback pushes leaves before what it answers', async (bench) => {
  const { handler } = echoes({
    async handle(frame: Frame, state: null, self: SocketSelf) {
      self.push(text('first'))
      await self.drained()
      return ['push', frame, state]
    },
  })
  const peer = await bench.connect(handler)
  peer.send('second')
  await expectFrames(peer, text('first'), text('second'))
})

const pingPong = fact('a ping is answered by the peer, and the handler hears the pong', async (bench) => {
  const { promise: heard, resolve } = later<SocketEvent>()
  const { handler } = echoes({
    event(event) {
      if (event.type === 'pong') resolve(event)
      return ['ok', null]
    },
  })
  const peer = await bench.connect(handler)
  pushTo(peer.pid, ['ping', 'hi'])
  const event = await heard
  deepStrictEqual(event.type === 'pong' && Buffer.from(event.data).toString(), 'hi')
})

const pausing = fact('active false holds frames back until active true, in order', async (bench) => {
  const { heard, all, handle } = listens(3)
  const { handler } = echoes({
    handle(frame: Frame) {
      const result = handle(frame)
      return frame[1] === 'stop' ? ['push', [['active', false], text('stopped')], null] : result
    },
  })
  const peer = await bench.connect(handler)
  peer.send('stop')
  await expectFrames(peer, text('stopped'))
  peer.send('a')
  peer.send('b')
  for (const one of ['x', 'y', 'z']) {
    pushTo(peer.pid, text(one))
    await expectFrames(peer, text(one))
  }
  deepStrictEqual(heard, ['stop'])
  pushTo(peer.pid, ['active', true])
  await all
  deepStrictEqual(heard, ['stop', 'a', 'b'])
})

const big = fact('big messages arrive whole, both ways', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  const frames = [text('ü'.repeat(BIG)), binary(new Uint8Array(BIG).fill(7)), text('\n'.repeat(BIG))]
  for (const [, data] of frames) peer.send(data)
  await expectFrames(peer, ...frames)
})

const many = fact(`${MANY} messages each way arrive once and in order`, async (bench) => {
  const { heard, all, handle } = listens(MANY)
  const peer = await bench.connect(echoes({ handle }).handler)
  const sent = numbers(MANY)
  for (const one of sent) {
    peer.send(one)
    pushTo(peer.pid, text(one))
  }
  await expectFrames(peer, ...sent.map(text))
  await all
  deepStrictEqual(heard, sent)
})

const subprotocol = factOfDoor('the first subprotocol of the route that the peer offers is agreed on', async (bench) => {
  const seen: unknown[] = []
  const { handler } = echoes({
    init(args: { readonly subprotocol: string | undefined }) {
      seen.push(args.subprotocol)
      return ['ok', null]
    },
  })
  const peer = await bench.connect(handler, { subprotocols: ['b', 'a'] }, ['x', 'a', 'b'])
  peer.send('a')
  await expectFrames(peer, text('a'))
  deepStrictEqual([peer.subprotocol, seen], ['b', ['b']])
})

const nothingAfter = fact('nothing leaves after a close frame', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  pushTo(peer.pid, [text('a'), close(4000), text('late')])
  await expectFrames(peer, text('a'), close(4000))
})

export const FRAME_FACTS: readonly TransportFact[] = [
  inOrder,
  kinds,
  initFirst,
  outside,
  pushes,
  pingPong,
  pausing,
  big,
  many,
  subprotocol,
  nothingAfter,
]
