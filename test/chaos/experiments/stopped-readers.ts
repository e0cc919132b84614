// Readers that stop reading, under each policy for slow peers, while much is sent to them. Entered by main and by the tests.
import { BINARY, CLOSE, TEXT, text, type Peer } from '../../rfc/peer.js'
import { Bystanders, type Look, ms, type Outcome, percentile, wait, type World } from '../world.js'

/**
 * As in target: the high mark is 1 MB, the last bound 4 MB; what the kernel holds for a connection comes on top, but not of our
 * memory.
 */
const BOUND = 4_000_000
const HIGH = 1_000_000
const CHUNK = 262_144
/** Of a busy machine. */
const PATIENCE_MS = 30_000
const MB = 1e6
const POLICIES = ['close', 'dropNewest', 'dropOldest', 'coalesce', 'wait'] as const
type Policy = (typeof POLICIES)[number]

/** What has been seen of one policy. */
interface Seen {
  readonly line: string
  readonly broken: readonly string[]
}

/** Reads all there is until the answer to a message of now; false if the connection ends first. */
async function catchUp(peer: Peer): Promise<boolean> {
  peer.socket.resume()
  peer.send(text('stop pouring'))
  for (let tries = 0; tries < 100; tries++) {
    const until = Date.now() + 100
    while (Date.now() < until && !peer.isClosed && !peer.hasEnded) {
      if (peer.frames.some(({ opcode, payload }) => opcode === TEXT && String(payload) === 'are you there?')) return true
      peer.frames.splice(
        0,
        Math.max(
          0,
          peer.frames.findIndex(({ opcode }) => opcode !== BINARY),
        ),
      )
      if (peer.frames.some(({ opcode }) => opcode === CLOSE)) return false
      if (peer.frames.every(({ opcode }) => opcode === BINARY)) peer.frames.length = 0
      await wait(5)
    }
    if (peer.isClosed || peer.hasEnded) return false
    // What is sent while it is behind may be dropped, too.
    peer.send(text('are you there?'))
  }
  return false
}

/** The policy is seen to act on all of them. */
function acted(policy: Policy, readers: number, before: Look, now: Look, mostBytes: number): boolean {
  if (policy === 'close') return now.open === before.open
  return policy === 'wait' ? mostBytes > (readers * HIGH) / 2 : now.dropped - before.dropped > 20 * readers
}

/** Each is told once why it ends. */
async function endings(world: World, policy: Policy, ids: readonly string[]): Promise<string[]> {
  const { ends, broken } = await world.ends(ids)
  const reasons = new Set(ends.map(({ reason }) => reason.error ?? reason.type))
  reasons.delete(policy === 'close' ? 'slow_peer' : 'closed')
  const wrong = reasons.size > 0 ? [`terminate heard ${[...reasons].join(', ')}`] : []
  return [...broken, ...wrong, ...(await world.endedAgain(ids))].map((line) => `${policy}: ${line}`)
}

async function one(world: World, policy: Policy, readers: number, forMs: number): Promise<Seen> {
  const broken: string[] = []
  const before = await world.look()
  const ids = Array.from({ length: readers }, (_, i) => `reader-${policy}-${i}`)
  const peers = await Promise.all(ids.map((id) => world.open(`/pour-${policy}/${id}`)))
  for (const peer of peers) peer.socket.pause()
  for (const peer of peers) peer.send(text('pour'))
  let [most, mostRss] = [0, 0]
  const began = Date.now()
  let now = before
  const hasActed = (): boolean => acted(policy, readers, before, now, most)
  do {
    await wait(50)
    now = await world.look()
    most = Math.max(most, now.bufferBytes + now.heapBytes - before.bufferBytes - before.heapBytes)
    mostRss = Math.max(mostRss, now.rssBytes - before.rssBytes)
  } while (Date.now() - began < forMs || (!hasActed() && Date.now() - began < PATIENCE_MS))
  if (!hasActed()) broken.push(`${policy}: it has not acted after ${PATIENCE_MS} ms`)
  const { dropped, open } = now
  if (most > readers * (BOUND + CHUNK)) broken.push(`${policy}: ${(most / MB).toFixed(1)} MB for ${readers} readers`)
  const lives = await Promise.all(peers.map((peer) => catchUp(peer)))
  const served = lives.filter(Boolean).length
  const left = open - before.open
  if (policy === 'close') {
    if (served > 0 || left > 0) broken.push(`close: ${served} live on`)
    const codes = peers.map((peer) => peer.frames.find(({ opcode }) => opcode === CLOSE)?.payload.readUInt16BE(0))
    if (codes.some((code) => code !== 1013)) broken.push(`close: the readers heard ${[...new Set(codes)].join(', ')}`)
  } else if (served < readers) broken.push(`${policy}: ${readers - served} of ${readers} are not served when they read again`)
  const drops = policy !== 'close' && policy !== 'wait'
  if (drops === (dropped === before.dropped)) broken.push(`${policy}: ${dropped - before.dropped} frames were dropped`)
  for (const peer of peers) peer.destroy()
  broken.push(...(await endings(world, policy, ids)))
  const after = policy === 'close' ? 'all heard 1013' : `${served} served again`
  const line =
    `${policy}: at most ${(most / readers / MB).toFixed(2)} MB for each of ${readers} (rss +${(mostRss / MB).toFixed(0)} MB in all), ` +
    `${dropped - before.dropped} frames dropped, ${after}`
  return { line, broken }
}

export async function stoppedReaders(world: World, readers: number, forMs: number): Promise<Outcome> {
  const seen: string[] = []
  const broken: string[] = []
  for (const policy of POLICIES) {
    const others = await Bystanders.start(world, 10)
    await wait(200)
    const calm = others.delays.splice(0)
    const found = await one(world, policy, readers, forMs)
    const lost = await others.stop()
    if (lost > 0) broken.push(`${policy}: ${lost} messages of others had no answer`)
    const [p50, p99] = [percentile(others.delays, 50), percentile(others.delays, 99)]
    if (p50 > percentile(calm, 50) + 100) broken.push(`${policy}: half of the others' messages took more than ${ms(p50)}`)
    seen.push(
      `${found.line}; 10 others meanwhile: 50 % ${ms(p50)}, 99 % ${ms(p99)} ` +
        `(before: ${ms(percentile(calm, 50))}, ${ms(percentile(calm, 99))})`,
    )
    broken.push(...found.broken)
  }
  return {
    name: 'a reader that stops reading',
    promised:
      'at most `maxBufferedBytes` (4 MB here) wait for it, `onSlowPeer` acts above `outboundHighBytes` (1 MB here), ' +
      'others are served (docs/limits.md)',
    seen,
    broken,
  }
}
