// The server of the chaos, a program of its own. It tells the end of each socket that has an id, answers `look`, and stalls
// when it is told to. Routes: /echo/:id, /asked/:id (whoever comes is let in late), /alert/:id (short keepalive),
// /pour-<policy>/:id (much is sent), on one port; the same /echo behind limits, on another.
import { createInterface } from 'node:readline'
import { createNode, silentLogger } from 'gensock'
import { accept, type InitArgs, type ListenOptions, listen, type OnSlowPeer, route, type SocketHandler } from 'gensock/socket'

type Args = InitArgs<{ id: string }>
interface State {
  readonly id: string
  handled: number
}
interface Tick {
  readonly type: 'tick'
  readonly n: number
}
const tell = (what: string, facts: object): void => console.log(`${what} ${JSON.stringify(facts)}`)
let crashes = 0
const node = createNode({ logger: { ...silentLogger, error: () => void crashes++ } })

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

const echo: SocketHandler<State, Tick, {}, Args> = {
  init({ params: { id } }) {
    tell('began', { id })
    return ['ok', { id, handled: 0 }]
  },
  handle(frame, state, self) {
    state.handled++
    const [verb, value] = String(frame[1]).split(' ')
    if (verb === 'block') block(Number(value))
    // So many timers, a tenth of a second apart.
    if (verb === 'timers') for (let n = 1; n <= Number(value); n++) self.sendAfter(n * 100, { type: 'tick', n })
    return ['push', frame, state]
  },
  info: ({ n }, state) => ['push', ['text', `tick ${n}`], state],
  terminate: (reason, { id, handled }) => tell('ended', { id, handled, reason }),
}

const CHUNK = Buffer.alloc(262_144)
/** Asked to pour it sends a chunk each millisecond, until it is told to stop. */
const pour: SocketHandler<State & { pours: boolean }, Tick, {}, Args> = {
  init: ({ params: { id } }) => ['ok', { id, handled: 0, pours: false }],
  handle(frame, state, self) {
    state.pours = frame[1] === 'pour'
    if (!state.pours) return ['push', frame, state]
    self.send(self.pid, { type: 'tick', n: 0 })
    return ['ok', state]
  },
  info(_tick, state, self) {
    if (!state.pours) return ['ok', state]
    state.handled++
    self.sendAfter(1, { type: 'tick', n: 0 })
    return ['push', ['binary', CHUNK], state]
  },
  terminate: (reason, { id, handled }) => tell('ended', { id, handled, reason }),
}

const MARKS = { outboundHighBytes: 1_000_000, maxBufferedBytes: 4_000_000 }
const POLICIES: Readonly<Record<string, OnSlowPeer>> = {
  close: 'close',
  dropNewest: 'dropNewest',
  dropOldest: 'dropOldest',
  coalesce: { coalesce: () => 'all' },
  wait: 'wait',
}
const isLate = { authorize: async () => (await new Promise((resolve) => setTimeout(resolve, 150)), accept(null)) }
const QUIET = { pingIntervalMs: 0, idleTimeoutMs: 0 }
const routes = [
  route('/echo/:id', echo, QUIET),
  route('/asked/:id', echo, { ...QUIET, ...isLate }),
  route('/alert/:id', echo, { pingIntervalMs: 400, idleTimeoutMs: 1500 }),
  route('/silent/:id', echo, { pingIntervalMs: 0, idleTimeoutMs: 1500 }),
  ...Object.entries(POLICIES).map(([name, onSlowPeer]) => route(`/pour-${name}/:id`, pour, { ...QUIET, ...MARKS, onSlowPeer })),
]
const open = (limits: Partial<ListenOptions>) => listen({ port: 0, host: '127.0.0.1', node, routes, ...limits })
const listeners = {
  free: await open({}),
  total: await open({ maxConnections: Number(process.argv[2]) }),
  address: await open({ maxConnectionsPerAddress: Number(process.argv[3]) }),
}
type Name = keyof typeof listeners

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
/** Memory of buffers is given back behind a collection, not in it. */
async function look(name: Name): Promise<object> {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await turn()
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  const connections = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  const processes = node.processes().length
  return {
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    rssBytes: rss,
    connections,
    processes,
    crashes,
    ...listeners[name].counters(),
  }
}
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [verb, name] = line.split(' ')
  if (verb === 'look') void look(name as Name).then((facts) => tell('look', facts))
  if (verb === 'stop') process.exit(0)
})
lines.on('close', () => process.exit(1))
tell('ports', Object.fromEntries(Object.entries(listeners).map(([name, { port }]) => [name, port])))
