// Sockets whose handlers do anything, whose peers come, speak, stand still and go, and around which processes are killed: what each
// is called with, what its peer gets, and what is left of it.
import { CallError, genServer, pg, type Pid } from 'gensock'
import { broadcast, type SocketPid, text } from 'gensock/socket'
import { simulate, type Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import type { LibraryScenario } from '../scenarios.js'
import { ACTS, GROUP } from './socket-chance.js'
import type { Watch } from './socket-watch.js'
import { leave, open, speak, type World } from './socket-world.js'

/** Whatever its last callbacks do, a socket has ended so long after its connection has gone: 5 s for one that hangs. */
const LIMIT_MS = 20_000
/** A caller waits so long. */
const CALL_MS = 1500
/** Nothing stands still longer; so long a full mailbox takes at most. */
const STALL_MS = 1000
const QUIET_MS = 8000

export const sockets: LibraryScenario = {
  name: 'sockets',
  claims: [
    'init is first, terminate once for each incarnation and last, one callback at a time',
    'the frames of a peer are handled in order and once; a restart keeps those that wait',
    'what callbacks and processes push comes to the peer in order, and without a policy that drops it without a gap',
    'after the end nothing is called or sent, and no process, timer, name, link, monitor or group member is left',
    'the close code is the one that is promised for the reason',
    'a socket whose connection is gone ends within its limits; each callback on the way has its own 5 s',
    'a silent peer is gone in time; nothing is read while the handler does not want it, or its mailbox is full',
    'who calls a socket hears of its crash at once',
  ],
  run: (seed) => simulate(seed, live, { allowCrashes: [/on purpose/] }),
}

async function live(node: Simulation): Promise<object> {
  const world: World = { node, watches: [], talkers: [], callers: 0, answered: 0, said: 0, killIsDue: false, broken: undefined }
  node.run(() => pg.getMembers(GROUP)) // so that the process of the groups is there
  node.invariant(() => inspect(world))
  node.onExit((pid, reason) => {
    const watch = world.watches.find(({ socket }) => (socket.pid as unknown) === pid)
    if (watch !== undefined && world.killIsDue && reason === 'killed') watch.limits.isKilled = true
    watch?.exited(reason, watch.socket.sent.length)
  })
  const { chance } = node
  node.faults({
    kill: chance.pick([0, 0.003]),
    victims: (pid) => {
      world.killIsDue = true // asked right before
      return pid !== node.whereis('pg')
    },
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

function inspect(world: World): void {
  const { watches, broken } = world
  world.killIsDue = false
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
  if (what < 50) speak(watch, chance.pick(ACTS))
  else if (what < 60) node.send(chance.pick(world.talkers).pid, { type: 'talk' })
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
  else if (what < 88) kill(world, watch)
  else for (let i = 0; i < 7; i++) speak(watch, chance.pick(CROWD))
}

/** Frames that come all at once: more than a small mailbox takes. */
const CROWD = ['push', 'two', 'later', 'later', 'quiet', 'inactive'] as const
function kill({ node }: World, { socket, limits }: Watch): void {
  const reason = node.chance.pick(['shutdown', 'normal', 'on purpose', 'kill'])
  limits.isKilled ||= reason === 'kill'
  node.exit(socket.pid, reason)
}

function ask(world: World, watch: Watch): void {
  const value = ++world.callers
  world.node.spawn(async (self) => {
    const untilMs = world.node.now() + CALL_MS
    const fails = (why: string): void => void (world.broken ??= new Error(`${watch.name}: the call ${value} ${why}`))
    try {
      const answer: unknown = await genServer.call(watch.socket.pid as SocketPid<any>, { type: 'ask', value }, CALL_MS)
      if (answer !== value) fails(`was answered with ${String(answer)}`)
    } catch (error) {
      if (!world.node.isAlive(self.pid)) return
      if (!(error instanceof CallError)) fails(`failed with ${String(error)}`)
      else if (error.reason === 'timeout' && watch.limits.hasForgotten(value, untilMs)) fails('was told nothing of a crash')
    }
    world.answered++
  })
}

// ---- What must hold

/** Nothing goes wrong any more, and nothing is under way: who lives has handled everything. */
function checkQuiet({ node, watches }: World): void {
  const members = node.run(() => pg.getMembers(GROUP))
  for (const watch of watches) {
    const { socket, hangs, limits, asked, handled, joins, phase, exit, name } = watch
    const joined = members.filter((pid) => (pid as unknown) === socket.pid).length
    if (exit !== undefined && joined > 0) throw new Error(`${name} has ended, and is a member of its group`)
    limits.mustBeGone()
    if (exit !== undefined || hangs || phase !== 'born') continue
    if (joined !== joins) throw new Error(`${name} is a member ${joined} times, its incarnation has joined ${joins} times`)
    if (!limits.isInactive && socket.ended === undefined && watch.askedAtClose === undefined && handled !== asked)
      throw new Error(`${name} lives, and has handled ${handled} of ${asked} frames`)
  }
}

/** All peers go. */
async function end({ node, watches, talkers }: World): Promise<void> {
  const killed = new Set<unknown>()
  for (const { pid } of talkers) if (!node.isAlive(pid)) killed.add(pid)
  for (const watch of watches) if (node.chance.is(0.5)) leave(watch, 1000)
  await node.advance(QUIET_MS)
  for (const watch of watches) for (let i = 0; i < 3; i++) speak(watch, 'slow')
  await node.settle()
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
