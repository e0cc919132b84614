// The server of the soak, a program of its own: sockets of every kind on one port, servers below a supervisor. On stdin it is
// told to look (`sample`, `collect`), to kill one of its servers (`kill N`) and to stop; each look is a line on stdout.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { createNode, type Logger, pg, silentLogger, supervisor } from 'gensock'
import { bullet } from 'gensock/bullet'
import { services } from 'gensock/chicago-boss'
import { cowboy2 } from 'gensock/cowboy'
import { attach, type Route, route, type RouteOptions, type SocketHandler } from 'gensock/socket'
import { cowboy, each, heart, shared } from './dialects.js'
import { gauge } from './gauge.js'
import { startSite } from './site.js'
import { echo, machine, pour } from './sockets.js'
import { startTree } from './tree.js'

const OFTEN = { intensity: 100_000, periodMs: 1000 }
/** Pings go, but nobody is found idle because the load's program has to wait for the machine. */
const ALERT = { pingIntervalMs: 500, idleTimeoutMs: 30_000 }
/** For those that are silent on purpose. */
const SHORT = { pingIntervalMs: 500, idleTimeoutMs: 1500 }
const FALLBACK = { pollMs: 1000, graceMs: 30_000 }

let reports = 0
const logger: Logger = { ...silentLogger, error: () => void reports++ }
const node = createNode({ logger })

async function routes(): Promise<Route[]> {
  const boss = await services({ soak_shared_websocket: shared, soak_each_websocket: each }, { node, ...OFTEN, route: ALERT })
  return [
    watched('/close/:room', echo, ALERT),
    watched('/restart/:room', echo, { ...ALERT, onCrash: { restart: OFTEN } }),
    watched('/deflate/:room', echo, { ...ALERT, compress: { thresholdBytes: 100 } }),
    watched('/pour', pour, { outboundHighBytes: 262_144 }),
    watched('/drop', pour, { outboundHighBytes: 262_144, maxBufferedBytes: 67_108_864, onSlowPeer: 'dropNewest' }),
    watched('/machine', machine, ALERT),
    watched('/cowboy', cowboy2(cowboy), ALERT),
    watched('/short/:room', echo, SHORT),
    watched('/brief', bullet(heart), { ...ALERT, fallback: { pollMs: 1000, graceMs: 1000 } }),
    watched('/bullet', bullet(heart), { ...ALERT, fallback: FALLBACK }),
    ...boss.routes,
  ]
}

/** The library's own words for a peer that has broken a rule: none of this load does. */
const RULES = ['badframe', 'badencoding', 'badsize']
const broken: Record<string, number> = {}
function watched(path: string, given: object, options: RouteOptions): Route {
  const handler = given as SocketHandler<any, any, any, any>
  const terminate: typeof handler.terminate = (reason, state, self) => {
    if (reason.type === 'error' && RULES.includes(reason.error)) {
      const what = `${path} ${reason.error}`
      broken[what] = (broken[what] ?? 0) + 1
    }
    return handler.terminate?.(reason, state, self)
  }
  return route(path, { ...handler, terminate }, options)
}

const tree = await node.run(startTree)
const site = await startSite(node)
const server = createServer((request, response) => {
  if (site.paths.includes(request.url ?? '')) void site.answer(request, response)
  else response.writeHead(404).end()
})
const listener = attach(server, [...(await routes()), ...site.routes], { node, unknownPath: '404' })
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
await node.run(() => pg.start()) // else it begins with the first group
const groups = (): number => node.run(() => pg.whichGroups().length)
const look = gauge({ node, server, listener, tree, groups, reports: () => reports, broken: () => ({ ...broken }) })

async function stop(): Promise<void> {
  await listener.drain({ deadlineMs: 2000 })
  await node.run(() => supervisor.stop(tree.pid, 'shutdown'))
  await node.stop()
  server.close()
  server.closeAllConnections()
}
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const [verb, value] = line.split(' ')
  if (verb === 'sample' || verb === 'collect') console.log(`sample ${JSON.stringify(look(verb === 'collect'))}`)
  if (verb === 'kill') node.run(() => tree.kill(Number(value)))
  if (verb === 'stop') void stop().then(() => process.exit(0))
})
// Whoever started it has gone: it must not stay behind.
lines.on('close', () => process.exit(1))
console.log(`port ${(server.address() as AddressInfo).port}`)
