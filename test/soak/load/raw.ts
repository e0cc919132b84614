// Connections of raw bytes that behave badly: half a handshake, half a frame, silence. Entered by main.
import { connect, type Socket as NetSocket } from 'node:net'
import { frame, handshake, TEXT, text } from '../../rfc/peer.js'
import { wait } from './chance.js'
import type { Scenario, World } from './scenarios.js'

/** The server finds a silent peer in two seconds, and gives it two more for the close frame. */
const GONE_MS = 20_000

function open({ port }: World): Promise<NetSocket> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => undefined)
    socket.resume()
    socket.once('connect', () => resolve(socket))
    socket.once('close', () => resolve(socket))
  })
}
const asked = ({ number }: World, route = 'close'): Buffer => Buffer.from(handshake({ path: `/${route}/raw-${number()}` }))

/** Leaves by a reset somewhere in its handshake, or before it. */
const inHandshake: Scenario = async (world) => {
  const { counts } = world.tallies.of('reset in the handshake')
  const socket = await open(world)
  counts.connections++
  counts.cut++
  const bytes = asked(world)
  socket.write(bytes.subarray(0, world.chance.below(bytes.length + 1)))
  await world.chance.pause(5)
  socket.resetAndDestroy()
}
/** Leaves in the middle of a frame. */
const inFrame: Scenario = async (world) => {
  const { counts } = world.tallies.of('cut in a frame')
  const socket = await open(world)
  counts.connections++
  counts.cut++
  const bytes = world.chance.percent(50) ? text('never to be whole') : frame({ opcode: TEXT, payload: 'x'.repeat(70_000) })
  socket.write(Buffer.concat([asked(world), bytes.subarray(0, world.chance.below(bytes.length - 1) + 1)]))
  await world.chance.pause(100)
  if (world.chance.percent(50)) socket.resetAndDestroy()
  else socket.destroy()
}
/** Opens and says nothing any more, not even a pong: the server has to notice. */
const silent: Scenario = async (world) => {
  const tally = world.tallies.of('silent')
  const socket = await open(world)
  tally.counts.connections++
  tally.counts.cut++
  socket.write(asked(world, 'short'))
  if (!(await isClosed(socket))) tally.lose(1, `a silent connection was open after ${GONE_MS} ms`)
  socket.destroy()
}

/** As in the server. */
const CHUNK = 65_536
/** So many chunks, so often: more than the kernel holds of a connection, which on one machine are 10 MB. */
const FLOOD = '400'
const FLOODS = 3
/** Reads nothing while much is sent, then all there is: closed by the policy, by a close frame or by a cut. */
const slow: Scenario = async (world) => {
  const tally = world.tallies.of('slow reader, close')
  const socket = await open(world)
  tally.counts.connections++
  tally.counts.cut++
  socket.pause()
  socket.write(handshake({ path: '/pour' }))
  for (let i = 0; i < FLOODS; i++) {
    socket.write(text(FLOOD))
    await wait(200 + world.chance.below(300))
  }
  socket.resume()
  // On a busy machine the server may come to its work when the reader reads again: such a one gets everything, and is not slow.
  if (!(await isClosed(socket)) && socket.bytesRead < FLOODS * Number(FLOOD) * CHUNK)
    tally.lose(1, `it was ${socket.readyState} ${GONE_MS} ms after it had read on: ${socket.bytesRead} bytes`)
  socket.destroy()
}
/** The server's end is an end of ours, too. */
async function isClosed(socket: NetSocket): Promise<boolean> {
  if (socket.closed) return true
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)))
  return Promise.race([closed, wait(GONE_MS).then(() => false)])
}

export const RAW: readonly (readonly [weight: number, scenario: Scenario])[] = [
  [4, inHandshake],
  [4, inFrame],
  [1, silent],
  [1, slow],
]
