// Resets during the handshake, at each of its stages. Entered by main and by the tests.
import { handshake, Peer, TEXT, text } from '../../rfc/peer.js'
import { type Outcome, wait, type World } from '../world.js'

type Stage = (peer: Peer) => Promise<unknown>
const asked = (path: string): Buffer => Buffer.from(handshake({ path }))
const connected = (peer: Peer): Promise<unknown> => new Promise((resolve) => peer.socket.once('connect', resolve))
const some =
  (bytes: Buffer): Stage =>
  (peer) =>
    new Promise((resolve) => peer.socket.write(bytes, resolve))

/** What comes before the reset. */
const STAGES: readonly (readonly [name: string, stage: Stage])[] = [
  ['before the first byte', async () => undefined],
  ['in the request line', some(asked('/echo/reset').subarray(0, 9))],
  ['in the headers', some(asked('/echo/reset').subarray(0, 90))],
  [
    'behind the headers, while `authorize` waits',
    async (peer) => {
      peer.send(asked('/asked/reset'))
      await wait(20)
    },
  ],
  ['behind the headers, in the same turn', some(asked('/echo/reset'))],
  [
    'right behind the 101',
    async (peer) => {
      peer.send(asked('/echo/reset'))
      await peer.status()
    },
  ],
]

/** On the listener with a limit of `places`: a place that leaked would be missed afterwards. */
export async function handshakeResets(world: World, each: number, places: number): Promise<Outcome> {
  const broken: string[] = []
  const before = await world.look('total')
  const began = performance.now()
  for (const [, stage] of STAGES) {
    for (let left = each; left > 0; left -= places) {
      const peers = Array.from({ length: Math.min(places, left) }, () => new Peer(world.ports.total))
      await Promise.all(
        peers.map(async (peer) => {
          await connected(peer)
          await stage(peer)
          peer.socket.resetAndDestroy()
        }),
      )
    }
  }
  const seconds = (performance.now() - began) / 1000
  const after = await world.until((look) => look.open === 0 && look.connections <= before.connections, 5000, 'total')
  if (after.open !== 0) broken.push(`${after.open} sockets are left`)
  if (after.processes !== before.processes) broken.push(`processes: ${before.processes} before, ${after.processes} after`)
  if (after.connections > before.connections) broken.push(`connections: ${before.connections} before, ${after.connections} after`)
  if (after.crashed + after.crashes > 0) broken.push(`${after.crashed} callbacks crashed, ${after.crashes} reports`)
  broken.push(...(await placesLeft(world, places)))
  return {
    name: 'RST during the handshake',
    promised: 'no process, place, connection or crash is left of it; a later client is served (docs/limits.md, `maxConnections`)',
    seen: [
      `${each} at each of ${STAGES.length} stages (${STAGES.map(([name]) => name).join('; ')}) in ${seconds.toFixed(1)} s: ` +
        `${after.opened - before.opened} had got their 101, all have ended; processes ${before.processes} before, ${after.processes} after`,
      `then all ${places} places of the listener can be taken, the next one gets 503`,
    ],
    broken,
  }
}

/** All places can be taken, and not one more. */
async function placesLeft(world: World, places: number): Promise<string[]> {
  const peers = await Promise.all(
    Array.from({ length: places }, (_, i) => world.open(`/echo/place-${i}`, 'total').catch(() => i)),
  )
  const served = peers.filter((peer) => typeof peer !== 'number')
  const broken = served.length < places ? [`${places - served.length} of ${places} places are not free any more`] : []
  for (const peer of served) peer.send(text('hi'))
  for (const peer of served) if (String(await peer.take(TEXT)) !== 'hi') broken.push('a fresh client got a wrong answer')
  const one = new Peer(world.ports.total)
  one.send(asked('/echo/more'))
  const status = await one.status()
  if (status !== 503) broken.push(`one more than ${places} was answered ${status}`)
  for (const peer of [one, ...served]) peer.destroy()
  await world.until(({ open }) => open === 0, 5000, 'total')
  return broken
}
