// Very many connects at once, without a limit and with each of the two. Entered by main and by the tests.
import { CLOSE, close, handshake, Peer, TEXT, text } from '../../rfc/peer.js'
import { type ListenerName, type Look, ms, type Outcome, percentile, type World } from '../world.js'

/** Nobody waits longer than this for an answer. */
const PATIENCE_MS = 60_000

interface Burst {
  readonly served: readonly Peer[]
  /** Answers by status; `none` for a connection without one. */
  readonly statuses: Readonly<Record<string, number>>
  /** From the first connect to each answer, in ms. */
  readonly delays: readonly number[]
}

async function burst(port: number, count: number): Promise<Burst> {
  const began = performance.now()
  const statuses: Record<string, number> = {}
  const delays: number[] = []
  const served: Peer[] = []
  const all = Array.from({ length: count }, async (_, i) => {
    const peer = new Peer(port)
    peer.send(Buffer.from(handshake({ path: `/echo/burst-${i}` })))
    const timer = setTimeout(() => peer.destroy(), PATIENCE_MS)
    const status = await peer.status()
    clearTimeout(timer)
    const name = Number.isNaN(status) ? 'none' : String(status)
    statuses[name] = (statuses[name] ?? 0) + 1
    delays.push(performance.now() - began)
    if (status === 101) served.push(peer)
    else peer.destroy()
  })
  await Promise.all(all)
  return { served, statuses, delays }
}

/** Each of them says something; how many get it back. */
async function answered(peers: readonly Peer[]): Promise<number> {
  const answers = peers.map(async (peer, i) => {
    peer.send(text(`burst ${i}`))
    return String(await peer.take(TEXT)) === `burst ${i}`
  })
  return (await Promise.all(answers)).filter(Boolean).length
}

interface Limited {
  readonly name: ListenerName
  readonly count: number
  readonly limit: number
  readonly status: string
}

async function one(world: World, { name, count, limit, status }: Limited): Promise<readonly [line: string, broken: string[]]> {
  const broken: string[] = []
  const expected = Math.min(count, limit)
  const before = await world.look(name)
  const { served, statuses, delays } = await burst(world.ports[name], count)
  const all = Object.entries(statuses).map(([code, times]) => `${times} × ${code}`)
  if ((statuses['none'] ?? 0) > 0) broken.push(`${name}: ${statuses['none']} had no answer`)
  if (served.length !== expected) broken.push(`${name}: ${served.length} were let in, not ${expected}`)
  if (expected < count && statuses[status] !== count - expected) broken.push(`${name}: answers ${all.join(', ')}`)
  const got = await answered(served)
  if (got !== served.length) broken.push(`${name}: ${served.length - got} of those let in were not served`)
  broken.push(...(await later(world, name, served, before)))
  const line =
    `${count} connects, ${name === 'free' ? 'no limit' : `limit ${limit} ${name === 'total' ? 'in all' : 'for one address'}`}: ` +
    `${all.join(', ')}; all answered after ${ms(Math.max(...delays))}, ` +
    `50 % ${ms(percentile(delays, 50))}, 99 % ${ms(percentile(delays, 99))}; ` +
    `a message of each of ${got} had its answer`
  return [line, broken]
}

/** They leave in order; then a later one is served. */
async function later(world: World, name: ListenerName, served: readonly Peer[], before: Look): Promise<string[]> {
  for (const peer of served) peer.send(close(1000))
  await Promise.all(
    served.map(async (peer) => {
      await peer.take(CLOSE)
      await peer.ended()
    }),
  )
  const after = await world.until((look) => look.open === 0 && look.processes === before.processes, 10_000, name)
  const broken = after.open === 0 ? [] : [`${name}: ${after.open} sockets are left`]
  if (after.processes !== before.processes) broken.push(`${name}: processes ${before.processes} before, ${after.processes} after`)
  const peer = await world.open('/echo/later', name).catch(() => undefined)
  if (peer === undefined) return [...broken, `${name}: a later one was not served`]
  const got = await answered([peer])
  peer.destroy()
  await world.until(({ open }) => open === 0, 5000, name)
  return got === 1 ? broken : [...broken, `${name}: a later one had no answer`]
}

/** `total` and `address` are the limits that the world was started with. */
export async function connectBurst(world: World, count: number, total: number, address: number): Promise<Outcome> {
  const runs: readonly Limited[] = [
    { name: 'free', count, limit: Infinity, status: '' },
    { name: 'total', count, limit: total, status: '503' },
    { name: 'address', count, limit: address, status: '429' },
  ]
  const seen: string[] = []
  const broken: string[] = []
  for (const run of runs) {
    const [line, wrong] = await one(world, run)
    seen.push(line)
    broken.push(...wrong)
  }
  return {
    name: `a burst of ${count} connects`,
    promised:
      'nobody is left without an answer: let in, or 503 (`maxConnections`), or 429 (`maxConnectionsPerAddress`); ' +
      'later ones are served (docs/limits.md)',
    seen,
    broken,
  }
}
