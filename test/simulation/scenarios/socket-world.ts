// Who takes part in the scenario `sockets`: its sockets with options by lot, the peer and the witness of each, and a process that pushes
// on each. Entered by the scenario; calls the node, the handler and the witness.
import type { Pid } from 'gensock'
import { type OnSlowPeer, pushTo, text } from 'gensock/socket'
import type { FakeTransport, SimulatedTransport, Simulation } from 'gensock/testing'
import { watchedHandler } from './socket-chance.js'
import { Watch } from './socket-watch.js'

/** A process that pushes frames on one socket, in order, and watches it. */
export interface Talker {
  readonly pid: Pid<any>
  readonly name: string
  readonly watch: Watch
  downs: number
}
/** All that there is. */
export interface World {
  readonly node: Simulation
  readonly watches: Watch[]
  readonly talkers: Talker[]
  callers: number
  answered: number
  said: number
  /** A fault is about to kill one process. */
  killIsDue: boolean
  broken: Error | undefined
}

const POLICIES: readonly OnSlowPeer[] = [
  'close',
  'wait',
  'wait',
  'dropNewest',
  'dropOldest',
  { coalesce: ([, data]) => `${/^[a-z]+/.exec(String(data))?.[0]}${numberOf(String(data)) % 3}` },
]
/** One more socket. */
export function open(world: World): void {
  const { node, watches } = world
  const { chance } = node
  const mayRestart = chance.is(0.6)
  const policy = chance.pick(POLICIES)
  const isRated = chance.is(0.1)
  const limited = {
    inboundHighBytes: chance.pick([300, 262_144]),
    idleTimeoutMs: chance.pick([0, 4000, 60_000]),
    pingIntervalMs: chance.pick([0, 1500]),
  }
  const mayRefuse = isRated || policy === 'close' || typeof policy === 'object' || limited.idleTimeoutMs === 4000
  const watch = new Watch(node, `socket ${watches.length + 1}`, policy, mayRestart, { ...limited, mayRefuse })
  watch.socket = node.connect(watchedHandler(watch), {
    ...limited,
    onCrash: mayRestart ? { restart: { intensity: 3, periodMs: 3000 } } : 'close',
    onSlowPeer: policy,
    outboundHighBytes: chance.pick([150, 100_000]),
    rate: isRated ? { messages: { perSecond: 3, burst: 12 } } : {},
  })
  watches.push(watch)
  countArrivals(watch)
  hear(watch, watch.socket)
  talk(world, watch)
}
function hear(watch: Watch, socket: SimulatedTransport): void {
  socket.onframe = ([kind, data]) => {
    watch.limits.isActive()
    if (kind === 'ping') socket.send(['pong', ''])
    if (kind === 'text') watch.receives(/^[a-z]+/.exec(data as string)?.[0] ?? '?', numberOf(data as string))
  }
  socket.onend = (how) => watch.heardEnd(how)
}
/** What comes to the socket goes from the network to its fake transport, on which this peer stands. */
function countArrivals({ socket, limits }: Watch): void {
  const line = Object.getPrototypeOf(socket) as FakeTransport
  const { send, cut } = line
  line.send = (frame) => {
    if (typeof frame === 'string') limits.arrives()
    send(frame)
  }
  line.cut = () => {
    limits.breaks()
    cut()
  }
}
function numberOf(data: string): number {
  return Number(/\d+/.exec(data)?.[0] ?? 0)
}
function talk({ node, talkers }: World, watch: Watch): void {
  const name = 't'
  const pid = node.spawn(async (self) => {
    self.monitor(watch.socket.pid)
    for (let said = 0; ; ) {
      const message: any = await self.receive()
      if (message.type === 'DOWN') return void talker.downs++
      pushTo(watch.socket.pid, text(`${name}${++said}`))
    }
  })
  const talker: Talker = { pid, name, watch, downs: 0 }
  talkers.push(talker)
}

/** The peer sends a frame that says what the handler is to do; nothing once it has closed, or heard of the end. */
export function speak(watch: Watch, what: string): void {
  if (watch.askedAtClose !== undefined || watch.socket.ended !== undefined) return
  const frame = `${++watch.asked}:${what}`
  watch.limits.speaks(frame)
  watch.socket.send(frame)
}
/** The peer closes; nothing that it has sent before may be lost. */
export function leave(watch: Watch, code: number | undefined): void {
  watch.askedAtClose ??= watch.asked
  if (code === undefined) watch.socket.close()
  else watch.socket.close(code, 'bye')
}
