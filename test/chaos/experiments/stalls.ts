// The server stands still: a callback blocks its event loop, or the whole program is stopped and goes on. Entered by main and
// by the tests.
import { PING, type Peer, PONG, frame, TEXT, text } from '../../rfc/peer.js'
import { ms, type Outcome, wait, type World } from '../world.js'

/** Of /alert: a ping each 400 ms, idle after so long without a byte. Of /silent: no pings, idle after the same time. */
const IDLE_MS = 1500
/** Half of the time between two pings: a ping that comes sooner after another was one too many. */
const CLOSE_MS = 200
const MESSAGES = 200
const TIMERS = 10
const PEERS = 5

/** What one peer of the server hears; it answers pings, as every client does. */
interface Heard {
  readonly texts: string[]
  /** When, in ms of performance.now. */
  readonly pings: number[]
  lastText: number
  end: string
}
function hear(peer: Peer): Heard {
  const heard: Heard = { texts: [], pings: [], lastText: 0, end: '' }
  const read = async (): Promise<void> => {
    for (;;) {
      const { opcode, payload } = await peer.next()
      if (opcode === TEXT) {
        heard.texts.push(String(payload))
        heard.lastText = performance.now()
      } else if (opcode === PING) {
        heard.pings.push(performance.now())
        peer.send(frame({ opcode: PONG, payload }))
      } else {
        heard.end = `opcode ${opcode} ${payload.length >= 2 ? payload.readUInt16BE(0) : ''}`
        return
      }
    }
  }
  void read().catch((error: Error) => (heard.end ||= error.message))
  return heard
}

/** Resolves once the server goes on. */
type Stall = (world: World, forMs: number, teller: Peer) => Promise<unknown>
/** A callback does not return; what it pushes comes when it has. */
const blocked: Stall = (_world, forMs, teller) => {
  teller.send(text(`block ${forMs}`))
  return teller.take(TEXT).catch(() => undefined) // it has been closed: so have the others
}
/** SIGSTOP and SIGCONT. */
const stopped: Stall = async ({ target }, forMs) => {
  process.kill(target.pid, 'SIGSTOP')
  await wait(forMs)
  process.kill(target.pid, 'SIGCONT')
}

/** What was heard around one stall. */
interface Stalled {
  /** Those that only answer pings, those that talk, the talker, the one with timers. */
  readonly heard: readonly Heard[]
  readonly began: number
  readonly over: number
}
async function around(world: World, stall: Stall, forMs: number): Promise<Stalled> {
  const teller = await world.open('/echo/teller')
  const quiet = await all(world, '/alert/quiet') // they only answer pings
  const busy = await all(world, '/silent/busy') // they say something now and then
  const talker = await world.open('/alert/talker') // says much in the stall
  const timers = await world.open('/echo/timers') // has timers that are due in the stall
  const peers = [...quiet, ...busy, talker, timers]
  const heard = peers.map(hear)
  timers.send(text(`timers ${TIMERS}`))
  const chatter = setInterval(() => busy.forEach((peer) => peer.send(text('still here'))), 100)
  await wait(300)
  const began = performance.now()
  const standing = stall(world, forMs, teller)
  await wait(100)
  for (let n = 0; n < MESSAGES; n++) talker.send(text(`message ${n}`))
  await standing
  const over = performance.now()
  await wait(IDLE_MS + 200)
  clearInterval(chatter)
  const kept = heard.map((one) => ({ ...one }))
  for (const peer of [teller, ...peers]) peer.destroy()
  await world.until(({ open }) => open === 0, 5000)
  return { heard: kept, began, over }
}

/**
 * Pings that came at once when the server went on: none if the first one came only after it had caught up, and as many as came
 * close together. What came in the first half of the stall was sent before it.
 */
function pingsAfter(pings: readonly number[], { heard, began, over }: Stalled, forMs: number): number {
  const caughtUp = Math.max(over, (heard[2 * PEERS] as Heard).lastText)
  const later = pings.filter((at) => at > began + forMs / 2)
  const first = later[0] ?? Infinity
  return first > caughtUp + CLOSE_MS ? 0 : later.filter((at) => at < first + CLOSE_MS).length
}

async function one(world: World, name: string, stall: Stall, forMs: number): Promise<readonly [line: string, broken: string[]]> {
  const stalled = await around(world, stall, forMs)
  const { heard, began, over } = stalled
  const broken: string[] = []
  const cut = heard.flatMap(({ end }, i) => (end === '' ? [] : [`${i}: ${end}`]))
  if (cut.length > 0) broken.push(`${cut.length} of ${heard.length} healthy peers were closed: ${cut.join('; ')}`)
  const expected = Array.from({ length: MESSAGES }, (_, n) => `message ${n}`).join()
  const answers = (heard[2 * PEERS] as Heard).texts
  if (answers.join() !== expected) broken.push(`${answers.length} of ${MESSAGES} messages were answered, or not in order`)
  const ticks = (heard[2 * PEERS + 1] as Heard).texts.filter((text) => text.startsWith('tick'))
  if (ticks.join() !== Array.from({ length: TIMERS }, (_, n) => `tick ${n + 1}`).join())
    broken.push(`timers fired as ${ticks.join()}`)
  const pings = heard.slice(0, PEERS).map(({ pings }) => pingsAfter(pings, stalled, forMs))
  if (pings.some((count) => count !== 1)) broken.push(`${pings.join()} pings right behind the stall, one was due`)
  const line =
    `${name} for ${ms(over - began)}: ${heard.length - cut.length} of ${heard.length} healthy peers live on, ` +
    `${answers.length} of ${MESSAGES} messages sent meanwhile were answered in order, ` +
    `${ticks.length} of ${TIMERS} timers fired once and in order, ` +
    `${[...new Set(pings)].join(' or ')} ping to each peer right after it`
  return [line, broken.map((what) => `${name}: ${what}`)]
}
const all = (world: World, path: string): Promise<Peer[]> =>
  Promise.all(Array.from({ length: PEERS }, (_, i) => world.open(`${path}-${i}`)))

export async function stalls(world: World, forMs: number): Promise<Outcome> {
  const [[first, wrong], [second, alsoWrong]] = await Promise.all([
    one(world, 'a callback that blocks', blocked, forMs),
    one(await world.twin(), 'SIGSTOP, SIGCONT', stopped, forMs),
  ])
  return {
    name: 'stalls of the event loop',
    promised:
      'a stall of the server closes no healthy peer (its idle timeout counts while the server can hear), nothing is lost or ' +
      'reordered, timers that were due fire once and in order, and one ping follows, not those that were missed',
    seen: [first, second],
    broken: [...wrong, ...alsoWrong],
  }
}
