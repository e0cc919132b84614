// The server stands still: a callback blocks its event loop, or the whole program is stopped and goes on. Entered by main and by the tests.
import { PING, type Peer, PONG, frame, TEXT, text } from '../../rfc/peer.js'
import { ms, type Outcome, wait, type World } from '../world.js'

/** Of /alert: a ping each 400 ms, idle after so long without a byte. Of /silent: no pings, idle after the same time. */
const IDLE_MS = 1500
const MESSAGES = 200
const TIMERS = 10
const PEERS = 5

/** What one peer of the server hears; it answers pings, as every client does. */
interface Heard {
  readonly texts: string[]
  /** When, in ms of performance.now. */
  readonly pings: number[]
  end: string
}
function hear(peer: Peer): Heard {
  const heard: Heard = { texts: [], pings: [], end: '' }
  const read = async (): Promise<void> => {
    for (;;) {
      const { opcode, payload } = await peer.next()
      if (opcode === TEXT) heard.texts.push(String(payload))
      else if (opcode === PING) {
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

type Stall = (world: World, forMs: number, teller: Peer) => Promise<void>
/** A callback does not return. */
const blocked: Stall = async (_world, forMs, teller) => {
  teller.send(text(`block ${forMs}`))
  await wait(forMs)
}
/** SIGSTOP and SIGCONT. */
const stopped: Stall = async ({ target }, forMs) => {
  process.kill(target.pid, 'SIGSTOP')
  await wait(forMs)
  process.kill(target.pid, 'SIGCONT')
}

async function one(world: World, name: string, stall: Stall, forMs: number): Promise<readonly [line: string, broken: string[]]> {
  const broken: string[] = []
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

  const cut = heard.flatMap(({ end }, i) => (end === '' ? [] : [`${i}: ${end}`]))
  if (cut.length > 0) broken.push(`${name}: ${cut.length} of ${peers.length} healthy peers were closed: ${cut.join('; ')}`)
  const expected = Array.from({ length: MESSAGES }, (_, n) => `message ${n}`).join()
  const answers = (heard[2 * PEERS] as Heard).texts
  if (answers.join() !== expected)
    broken.push(`${name}: ${answers.length} of ${MESSAGES} messages were answered, or not in order`)
  const ticks = (heard[2 * PEERS + 1] as Heard).texts.filter((text) => text.startsWith('tick'))
  if (ticks.join() !== Array.from({ length: TIMERS }, (_, n) => `tick ${n + 1}`).join())
    broken.push(`${name}: timers fired as ${ticks.join()}`)
  const pings = heard.slice(0, PEERS).map(({ pings }) => pings.filter((at) => at > began + 100 && at < over + 250).length)
  if (Math.max(...pings) > 2) broken.push(`${name}: ${Math.max(...pings)} pings within 250 ms of the end of the stall`)
  for (const peer of [teller, ...peers]) peer.destroy()
  await world.until(({ open }) => open === 0, 5000)
  const line =
    `${name} for ${ms(over - began)}: ${peers.length - cut.length} of ${peers.length} healthy peers live on, ` +
    `${answers.length} of ${MESSAGES} messages sent meanwhile were answered in order, ` +
    `${ticks.length} of ${TIMERS} timers fired once and in order, ` +
    `at most ${Math.max(...pings)} ping to each peer right after it`
  return [line, broken]
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
