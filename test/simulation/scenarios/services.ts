// Services of Chicago Boss whose callbacks fail, whose processes, sockets and router are killed, and whose connections break: what
// waits is not lost, joins are replayed, and each socket is closed once.
import { supervisor, type Pid } from 'gensock'
import { type Boss, services as startServices } from 'gensock/chicago-boss'
import type { SocketHandler } from 'gensock/socket'
import { simulate, type Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import type { LibraryScenario } from '../scenarios.js'
import { type Seen, WAYS, Witness } from './service-witness.js'

const STALL_MS = 300
const QUIET_MS = 3000

interface World {
  readonly node: Simulation
  readonly witness: Witness
  readonly boss: Boss
  readonly handler: SocketHandler<any, any>
}

export const services: LibraryScenario = {
  name: 'services',
  claims: [
    'each process of a service hears of a socket by its join first; after a crash all are joined again, in order, before all else',
    'each text that a socket got is handled once and in order, whatever ends meanwhile',
    'handleClose is called once for each socket that has joined, and nothing of it after that',
    'one callback of a service at a time',
    'only a socket whose join has ended the service twice in a row is closed with 1011',
    'when the services have ended, so have their processes, and nothing is left',
  ],
  run: (seed) => simulate(seed, live, { allowCrashes: [/on purpose/] }),
}

async function live(node: Simulation): Promise<object> {
  const { chance } = node
  const concurrency = chance.pick(['service', 'service', 'socket'] as const)
  const witness = new Witness(node, concurrency)
  const boss = await start(node, witness)
  const { handler } = boss.routes[0] as unknown as { readonly handler: SocketHandler<any, any> }
  const world: World = { node, witness, boss, handler }
  node.invariant(() => {
    if (witness.broken !== undefined) throw witness.broken
  })
  const supervisors = new Set<unknown>(node.openProcesses().flatMap(({ pid, runs }) => (runs === 'supervisor' ? [pid] : [])))
  const victims = (pid: Pid): boolean => !supervisors.has(pid) && runs(node, pid) !== 'supervisor'
  node.faults({
    kill: chance.pick([0, 0.01]),
    victims,
    cut: 0.004,
    stall: 0.01,
    stallMs: STALL_MS,
    delayMs: chance.pick([0, 30]),
  })
  for (let step = 0; step < 50; step++) {
    act(world)
    if (chance.is(0.5)) await node.advance(chance.int(60))
  }
  node.faults({})
  await quiet(node)
  checkQuiet(world)
  await end(world)
  return {
    sockets: witness.sockets.length,
    lives: witness.lives.length,
    heard: witness.sockets.reduce((sum, { heard }) => sum + heard, 0),
    closes: witness.sockets.reduce((sum, { closes }) => sum + closes, 0),
    refused: witness.sockets.filter((seen) => witness.isRefused(seen)).length,
  }
}
/** Its first init may fail by chance. */
async function start(node: Simulation, witness: Witness): Promise<Boss> {
  for (let tries = 1; ; tries++) {
    try {
      return await startServices({ myapp_chat_websocket: witness.module }, { node, intensity: 1_000_000 })
    } catch (error) {
      if (tries > 5 || !/on purpose/.test(String(error))) throw error
    }
  }
}
function runs(node: Simulation, pid: Pid): string | undefined {
  return node.openProcesses().find((open) => open.pid === pid)?.runs
}

// ---- What happens

function act(world: World): void {
  const { node, witness, boss } = world
  const { chance } = node
  const { sockets } = witness
  const what = chance.int(100)
  if (sockets.length === 0 || (sockets.length < 8 && what < 15)) return open(world)
  const seen = chance.pick(sockets)
  if (what < 65) return say(world, seen)
  if (what < 72) return boss.broadcast(witness.module, ++witness.told)
  if (what < 76) return seen.socket.close(1000)
  if (what < 78) return seen.socket.cut()
  if (what < 80) return void seen.joins.push(chance.pick(WAYS), chance.pick(WAYS))
  if (what < 82) return node.exit(seen.socket.pid, chance.pick(['kill', 'shutdown']))
  if (what < 84) return node.send(seen.socket.pid as any, ['close', 4000])
  const [victim] = witness.lives.filter(({ pid }) => node.isAlive(pid))
  if (what < 87 && victim !== undefined) node.exit(victim.pid, chance.pick(['kill', 'on purpose']))
}
function open({ node, witness, handler }: World): void {
  const { chance } = node
  const name = `user${witness.sockets.length + 1}`
  const joins = [chance.pick(WAYS), chance.pick(WAYS)]
  const counts = { sent: 0, got: 0, heard: 0, closes: 0, greeted: 0, greetings: 0 }
  const seen: Seen = { name, socket: undefined as never, joins, attempts: [], hasJoined: false, ...counts }
  const counting: SocketHandler<any, any> = {
    ...handler,
    handle(frame, state, self) {
      seen.got++
      return handler.handle(frame, state, self)
    },
  }
  seen.socket = node.connect(counting, { ...handler.defaults, request: { cookies: { _boss_session: name } } })
  seen.socket.onframe = ([kind, data]) => {
    if (kind === 'text' && data !== `hello ${++seen.greetings}`) witness.fail(`${name} gets ${data} as ${seen.greetings}`)
  }
  witness.sockets.push(seen)
}
function say({ node }: World, seen: Seen): void {
  for (let left = node.chance.pick([1, 1, 4]); left > 0; left--) {
    if (seen.socket.ended === undefined) seen.socket.send(`${++seen.sent} ${node.chance.pick(WAYS)}`)
  }
}

// ---- What must hold

async function quiet(node: Simulation): Promise<void> {
  await node.advance(STALL_MS)
  for (let ms = 0; ms < QUIET_MS; ms += 500) {
    await node.settle()
    await node.advance(500)
  }
}
function checkQuiet({ node, witness }: World): void {
  for (const seen of witness.sockets) {
    const { name, socket, got, heard, sent, hasJoined, closes } = seen
    const isAccepted = socket.handshake?.[0] === 'accept' && hasJoined
    const isOpen = node.isAlive(socket.pid)
    const isRefused = witness.isRefused(seen)
    if (isOpen && isRefused) throw new Error(`${name} is open, and its join has failed twice`)
    // A process of its own that was killed before it had started is not started again.
    const isUnserved = witness.hasProcesses && !hasJoined
    if (!isRefused && !isUnserved && socket.closed?.[1] === 1011) throw new Error(`${name} was closed with 1011 for nothing`)
    if (!isRefused && isAccepted && heard !== got)
      throw new Error(`the service was called with ${heard} of the ${got} texts of ${name}`)
    if (isOpen && got !== sent) throw new Error(`${name} is open, and has got ${got} of ${sent} texts`)
    if (closes !== (isAccepted && !isOpen ? 1 : 0))
      throw new Error(`${name} ${isOpen ? 'is open' : 'has ended'}, and was closed ${closes} times`)
    if (isOpen && seen.greetings !== seen.greeted) throw new Error(`${name} got ${seen.greetings} of ${seen.greeted} greetings`)
  }
  // With a process for each socket it goes to all of them.
  if (!witness.hasProcesses && witness.tellings !== witness.told)
    throw new Error(`${witness.tellings} of ${witness.told} broadcasts were handled`)
}

async function end({ node, witness, boss }: World): Promise<void> {
  for (const { socket } of witness.sockets) if (node.chance.is(0.5)) socket.close(1000)
  await quiet(node)
  const open = witness.sockets.filter(({ socket }) => node.isAlive(socket.pid))
  const [info] = await node.run(() => boss.services())
  if (info?.sockets !== open.length || info.waiting !== 0)
    throw new Error(`${open.length} sockets are open; the service has ${info?.sockets}, and ${info?.waiting} events wait`)
  await supervisor.stop(boss.pid)
  await node.advance(6000)
  for (const { socket, name } of open)
    if (socket.closed?.[1] !== 1001) throw new Error(`${name} was closed with ${String(socket.closed)} when the services ended`)
  const left = node.openProcesses()
  if (left.length > 0) throw new Error(`processes are left: ${node.describe()}`)
  const { size } = kernelOf(node).timers
  if (size > 0) throw new Error(`${size} timers are left`)
}
