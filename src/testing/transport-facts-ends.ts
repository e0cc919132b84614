// The facts of the shared suite about ends: whose it is, what the other side hears, what becomes of peers that go,
// stall or are not let in.
import { deepStrictEqual, ok } from 'node:assert/strict'
import { terminate } from '../runtime/exit.js'
import { processOf } from '../runtime/process.js'
import { pushTo } from '../sockets/broadcast.js'
import { binary, close, type Frame, text } from '../sockets/frames.js'
import type { TerminateReason } from '../sockets/handler.js'
import { accept, reject } from '../sockets/request.js'
import { echoes, expectFrames, fact, factOfDoor, type TransportFact } from './transport-bench.js'

const CHUNK = 65_536
/** More than the network takes of a peer that takes nothing. */
const CHUNKS = 1000
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const ourClose = fact('a close of the handler reaches the peer with its code and reason', async (bench) => {
  const { handler, ended } = echoes({ handle: (frame) => ['push', [frame, close(4001, 'bye')], null] })
  const peer = await bench.connect(handler)
  peer.send('a')
  await expectFrames(peer, text('a'), close(4001, 'bye'))
  deepStrictEqual(await ended, { type: 'stop', reason: 'normal' })
})

const emptyClose = fact('a close without a code is an empty one', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  pushTo(peer.pid, close())
  await expectFrames(peer, close())
})

const theirClose = fact(
  'a close of the peer reaches terminate behind its frames, and is answered with its code',
  async (bench) => {
    const heard: unknown[] = []
    const { handler, ended } = echoes({
      handle([, data]: Frame) {
        heard.push(data)
        return ['ok', null]
      },
    })
    const peer = await bench.connect(handler)
    peer.send('a')
    peer.close(4002, 'see you')
    deepStrictEqual([await ended, heard], [{ type: 'remote', code: 4002, reason: 'see you' }, ['a']])
    await expectFrames(peer, close(4002))
  },
)

const theirEmptyClose = fact('a close of the peer without a code is heard without one', async (bench) => {
  const { handler, ended } = echoes()
  const peer = await bench.connect(handler)
  peer.close()
  deepStrictEqual(await ended, { type: 'remote' })
  await expectFrames(peer, close())
})

const lost = fact('a peer whose connection breaks is lost', async (bench) => {
  const { handler, ended } = echoes()
  const peer = await bench.connect(handler)
  peer.send('a')
  await expectFrames(peer, text('a'))
  await peer.lose()
  deepStrictEqual(await ended, { type: 'error', error: 'closed' })
})

const crash = fact('a crash closes with 1011, behind what was sent before it', async (bench) => {
  const { handler, ended } = echoes({
    handle(_frame, _state, self) {
      self.push(text('so far'))
      throw new Error('on purpose')
    },
  })
  const peer = await bench.connect(handler)
  bench.expectCrash()
  peer.send('a')
  await expectFrames(peer, text('so far'), close(1011))
  deepStrictEqual((await ended).type, 'crash')
})

const restart = fact('with onCrash restart the connection goes on, and its frames with it', async (bench) => {
  let lives = 0
  const { handler } = echoes({
    init: () => ['push', text(`life ${++lives}`), null],
    handle(frame) {
      if (frame[1] === 'crash') throw new Error('on purpose')
      return ['push', frame, null]
    },
  })
  const peer = await bench.connect(handler, { onCrash: { restart: { intensity: 1, periodMs: 1000 } } })
  bench.expectCrash()
  peer.send('crash')
  peer.send('b')
  await expectFrames(peer, text('life 1'), text('life 2'), text('b'))
})

const killed = fact('a killed socket ends without a close frame', async (bench) => {
  const peer = await bench.connect(echoes().handler)
  peer.send('a')
  await expectFrames(peer, text('a'))
  const process = processOf(peer.pid)
  ok(process !== undefined)
  terminate(process, 'killed')
  await expectFrames(peer, 'cut')
})

const tooBig = fact('a message above maxFrameBytes closes with 1009, one of maxFrameBytes passes', async (bench) => {
  const { handler, ended } = echoes()
  const peer = await bench.connect(handler, { maxFrameBytes: 1000 })
  peer.send('x'.repeat(1000))
  await expectFrames(peer, text('x'.repeat(1000)))
  peer.send('x'.repeat(1001))
  await expectFrames(peer, close(1009))
  deepStrictEqual(await ended, { type: 'error', error: 'badsize' })
})

const slow = fact('a peer that takes nothing is closed by the policy, and nobody waits for it', async (bench) => {
  const { handler, ended } = echoes()
  const peer = await bench.connect(handler, { outboundHighBytes: CHUNK })
  peer.send('a')
  await expectFrames(peer, text('a'))
  peer.stall()
  const end: { reason?: TerminateReason } = {}
  void ended.then((reason) => (end.reason = reason))
  for (let n = 0; n < CHUNKS && end.reason === undefined; n++) {
    pushTo(peer.pid, binary(new Uint8Array(CHUNK)))
    await turn()
  }
  deepStrictEqual(end.reason, { type: 'error', error: 'slow_peer' })
})

const drained = factOfDoor('a drain closes with 1012, and the handler hears shutdown', async (bench) => {
  const { handler, ended } = echoes()
  const peer = await bench.connect(handler)
  peer.send('a')
  await expectFrames(peer, text('a'))
  const drain = bench.drain?.()
  await expectFrames(peer, close(1012))
  deepStrictEqual(await ended, { type: 'exit', reason: 'shutdown' })
  await drain
})

const refused = factOfDoor('a peer that authorize refuses gets its status, and no handler', async (bench) => {
  const seen: string[] = []
  const { handler } = echoes({
    init() {
      seen.push('init')
      return ['ok', null]
    },
  })
  const peer = await bench.connect(handler, { authorize: () => reject(401) })
  deepStrictEqual([peer.refused, seen], [401, []])
})

const claims = factOfDoor('what authorize accepts is what init gets', async (bench) => {
  const { handler } = echoes({ init: (args: { readonly claims: string }) => ['push', text(args.claims), null] })
  const peer = await bench.connect(handler, { authorize: async () => accept('ann') })
  await expectFrames(peer, text('ann'))
  deepStrictEqual(peer.refused, undefined)
})

export const END_FACTS: readonly TransportFact[] = [
  ourClose,
  emptyClose,
  theirClose,
  theirEmptyClose,
  lost,
  crash,
  restart,
  killed,
  tooBig,
  slow,
  drained,
  refused,
  claims,
]
