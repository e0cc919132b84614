// Sockets whose handlers do anything, whose peers come, speak, stand still and go, and around which processes are killed: what each
// is called with, what its peer gets, and what is left of it.
import { genServer, pg, type Pid } from 'gensock'
import { broadcast, type OnSlowPeer, pushTo, type SocketPid, text } from 'gensock/socket'
import { type SimulatedTransport, simulate, type Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import type { LibraryScenario } from '../scenarios.js'
import { ACTS, GROUP, watchedHandler } from './socket-chance.js'
import { Watch } from './socket-watch.js'

/** Whatever its last callbacks do, a socket has ended so long after its connection has gone: 5 s for one that hangs. */
const LIMIT_MS = 20_000
/** Nothing stands still longer; so long a full mailbox takes at most. */
const STALL_MS = 1000
const QUIET_MS = 8000

/** A process that pushes frames on one socket, in order, and watches it. */
interface Talker {
  readonly pid: Pid<any>
  readonly name: string
  readonly watch: Watch
  downs: number
}
/** All that there is. */
interface World {
  readonly node: Simulation
  readonly watches: Watch[]
  readonly talkers: Talker[]
  callers: number
  answered: number
  said: number
  broken: Error | undefined
}

export const sockets: LibraryScenario = {
  name: 'sockets',
  claims: [
    'init is first, terminate once for each incarnation and last, one callback at a time',
    'the frames of a peer are handled in order and once; a restart keeps those that wait',
    'what callbacks and processes push comes to the peer in order, and without a policy that drops it without a gap',
    'after the end nothing is called or sent, and no process, timer, name, link, monitor or group member is left',
    'the close code is the one that is promised for the reason',
    'a socket whose connection is gone ends within its limits',
  ],
  run: (seed) => simulate(seed, live, { allowCrashes: [/on purpose/] }),
}

async function live(node: Simulation): Promise<object> {
  const world: World = { node, watches: [], talkers: [], callers: 0, answered: 0, said: 0, broken: undefined }
  node.run(() => pg.getMembers(GROUP)) // so that the process of the groups is there
  node.invariant(() => inspect(world))
  node.onExit((pid, reason) => {
    const watch = world.watches.find(({ socket }) => (socket.pid as unknown) === pid)
    watch?.exited(reason, watch.socket.sent.length)
  })
  const { chance } = node
  node.faults({
    kill: chance.pick([0, 0.003]),
    victims: (pid) => pid !== node.whereis('pg'),
    cut: 0.003,
    stall: 0.01,
    stallMs: STALL_MS,
    delayMs: chance.pick([0, 60]),
    throw: chance.pick([0, 0.03]),
  })
  for (let step = 0; step < 60; step++) {
    act(world)
    if (chance.is(0.6)) await node.advance(chance.int(120))
  }
  node.faults({})
  await node.advance(STALL_MS)
  await node.settle()
  await node.advance(QUIET_MS)
  checkQuiet(world)
  await end(world)
  return { sockets: world.watches.length, lives: world.watches.reduce((sum, { life }) => sum + life, 0), ...tally(world) }
}
function tally({ watches, answered, said }: World): object {
  return {
    handled: watches.reduce((sum, { handled }) => sum + handled, 0),
    pushed: watches.reduce((sum, { pushed }) => sum + pushed, 0),
    answered,
    said,
  }
}

function inspect({ watches, broken }: World): void {
  if (broken !== undefined) throw broken
  for (const watch of watches) watch.inspect()
}

// ---- What happens

function act(world: World): void {
  const { node, watches } = world
  const { chance } = node
  if (watches.length < 2 || (watches.length < 8 && chance.is(0.15))) open(world)
  const watch = chance.pick(watches)
  const what = chance.int(100)
  if (what < 55) speak(watch, chance.pick(ACTS))
  else if (what < 65) node.send(chance.pick(world.talkers).pid, { type: 'talk' })
  else if (what < 72) ask(world, watch)
  else if (what < 76)
    broadcast(
      watches.map(({ socket }) => socket.pid),
      text(`b${++world.said}`),
    )
  else if (what < 80) node.send(watch.socket.pid as unknown as Pid<any>, { type: 'news' })
  else if (what < 84) watch.socket.send(chance.pick([['ping', 'p'], ['pong']] as const))
  else if (what < 86) leave(watch, chance.pick([1000, 4999, undefined]))
  else if (what < 87) watch.socket.cut()
  else if (what < 88) node.exit(watch.socket.pid, chance.pick(['shutdown', 'normal', 'on purpose', 'kill']))
  else for (let i = 0; i < 5; i++) speak(watch, chance.pick(['push', 'two', 'later', 'quiet']))
}

const POLICIES: readonly OnSlowPeer[] = [
  'close',
  'wait',
  'wait',
  'dropNewest',
  'dropOldest',
  { coalesce: ([, data]) => `${/^[a-z]+/.exec(String(data))?.[0]}${numberOf(String(data)) % 3}` },
]
function open(world: World): void {
  const { node, watches } = world
  const { chance } = node
  const mayRestart = chance.is(0.6)
  const policy = chance.pick(POLICIES)
  const watch = new Watch(node, `socket ${watches.length + 1}`, policy, mayRestart)
  watch.socket = node.connect(watchedHandler(watch), {
    onCrash: mayRestart ? { restart: { intensity: 3, periodMs: 3000 } } : 'close',
    onSlowPeer: policy,
    outboundHighBytes: chance.pick([150, 100_000]),
    inboundHighBytes: chance.pick([300, 262_144]),
    idleTimeoutMs: chance.pick([0, 4000, 60_000]),
    pingIntervalMs: chance.pick([0, 1500]),
    rate: chance.is(0.1) ? { messages: { perSecond: 3, burst: 12 } } : {},
  })
  watches.push(watch)
  hear(watch, watch.socket)
  talk(world, watch)
}
function hear(watch: Watch, socket: SimulatedTransport): void {
  socket.onframe = ([kind, data]) => {
    if (kind === 'ping') socket.send(['pong', ''])
    if (kind === 'text') watch.receives(/^[a-z]+/.exec(data as string)?.[0] ?? '?', numberOf(data as string))
  }
  socket.onend = (how) => watch.heardEnd(how)
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

function speak(watch: Watch, what: string): void {
  if (watch.askedAtClose !== undefined || watch.socket.ended !== undefined) return
  watch.socket.send(`${++watch.asked}:${what}`)
}
function leave(watch: Watch, code: number | undefined): void {
  watch.askedAtClose ??= watch.asked
  if (code === undefined) watch.socket.close()
  else watch.socket.close(code, 'bye')
}
function ask(world: World, watch: Watch): void {
  const value = ++world.callers
  world.node.spawn(async () => {
    const answer = await genServer
      .call(watch.socket.pid as SocketPid<any>, { type: 'ask', value }, 1500)
      .catch((error: unknown) => (/GENSOCK_ERR_CALL/.test(String((error as { code?: string }).code)) ? value : error))
    world.answered++
    if (answer !== value) world.broken ??= new Error(`${watch.name}: the call ${value} was answered with ${String(answer)}`)
  })
}

// ---- What must hold

/** Nothing goes wrong any more, and nothing is under way: who lives has handled everything. */
function checkQuiet({ node, watches }: World): void {
  const members = node.run(() => pg.getMembers(GROUP))
  for (const watch of watches) {
    const { socket, hangs, isInactive, asked, handled, joins, phase, exit, name } = watch
    const joined = members.filter((pid) => (pid as unknown) === socket.pid).length
    if (exit !== undefined && joined > 0) throw new Error(`${name} has ended, and is a member of its group`)
    if (exit !== undefined || hangs || phase !== 'born') continue
    if (joined !== joins) throw new Error(`${name} is a member ${joined} times, its incarnation has joined ${joins} times`)
    if (!isInactive && socket.ended === undefined && watch.askedAtClose === undefined && handled !== asked)
      throw new Error(`${name} lives, and has handled ${handled} of ${asked} frames`)
  }
}

/** All peers go. */
async function end({ node, watches, talkers }: World): Promise<void> {
  const killed = new Set<unknown>()
  for (const { pid } of talkers) if (!node.isAlive(pid)) killed.add(pid)
  for (const watch of watches) if (node.chance.is(0.5)) leave(watch, 1000)
  await node.advance(QUIET_MS)
  for (const { socket } of watches) socket.cut()
  await node.settle() // until the sockets have heard of it
  await node.advance(LIMIT_MS)
  for (const { exit, name } of watches)
    if (exit === undefined) throw new Error(`${name} lives ${LIMIT_MS} ms after its connection was cut`)
  await node.advance(LIMIT_MS)
  for (const { pid, downs, watch } of talkers)
    if (downs !== 1 && !killed.has(pid)) throw new Error(`${watch.name}: its watcher heard of its end ${downs} times`)
  for (const { name } of watches) if (node.whereis(name) !== undefined) throw new Error(`the name ${name} is left`)
  const open = node.openProcesses().filter(({ pid }) => node.processInfo(pid, 'registered_name') !== 'pg')
  if (open.length > 0) throw new Error(`processes are left: ${node.describe()}`)
  if (node.run(() => pg.getMembers(GROUP)).length > 0) throw new Error('a member of the group is left')
  const { size } = kernelOf(node).timers
  if (size > 0) throw new Error(`${size} timers are left`)
}
