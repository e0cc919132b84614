// What the foreign clients meet: a live server of ours with a route for each fact, a second one that they drain, a tap in the
// line, and if asked nginx in front of it all. Entered by tests.
import { createNode, type Node, silentLogger } from 'gensock'
import {
  accept,
  binary,
  close,
  type CompressOptions,
  defineHandler,
  listen,
  type Listener,
  reject,
  route,
  type Route,
  type SocketHandler,
  type SocketRequest,
  type TerminateReason,
  text,
} from 'gensock/socket'
import { startNginx } from './nginx.js'
import { startTap, type Tap } from './tap.js'

/** The server's own wishes for compression. */
const TIGHT: CompressOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 9,
  clientMaxWindowBits: 10,
}
const LIMIT = 1000
const DRAIN_MS = 2000

export interface World {
  readonly listener: Listener
  readonly tap: Tap
  readonly port: number
  /** The server, the server through the tap, the server that drains. */
  readonly urls: readonly [server: string, tap: string, draining: string]
  /** How the sockets of `/hear` ended, in order. */
  readonly heard: readonly TerminateReason[]
  /** The server that drains. */
  readonly draining: Listener
  stop(): Promise<void>
}

const echo = defineHandler({
  init: () => ['ok', null],
  handle: ([kind, data]) => ['push', kind === 'text' ? text(data) : binary(data), null],
})
/** Pings first, and says what it hears of pings and pongs. */
const pinger = defineHandler({
  init: () => ['push', ['ping', 'are you there'], null],
  handle: () => ['ok', null],
  event: (event) => {
    if (event.type !== 'ping' && event.type !== 'pong') return ['ok', null]
    return ['push', text(`${event.type}:${Buffer.from(event.data).toString()}`), null]
  },
})
const subprotocols = defineHandler({
  init: ({ subprotocol }) => ['push', text(subprotocol ?? 'none'), null],
  handle: () => ['ok', null],
})
/** `4001 bye` closes with that code and reason, `none` without. */
const closer = defineHandler({
  init: () => ['ok', null],
  handle: ([, data]) => {
    const [, code, reason] = /^(\d+) (.*)$/.exec(String(data)) ?? []
    return ['push', code === undefined ? close() : close(Number(code), reason), null]
  },
})
const crasher = defineHandler({
  init: () => ['ok', null],
  handle: () => {
    throw new Error('on purpose')
  },
})
const member: SocketHandler<null> = {
  init: ({ claims }) => ['push', text(String(claims)), null],
  handle: () => ['ok', null],
}
const PRIVATE = {
  authorize: ({ query }: SocketRequest) =>
    query.get('token') === 'open-sesame'
      ? accept('member 7')
      : reject(401, { headers: { 'WWW-Authenticate': 'Bearer' }, body: 'a token, please\n' }),
}

/** Remembers how its sockets end. */
function hearing(ends: TerminateReason[]): SocketHandler<null> {
  return { init: () => ['ok', null], handle: () => ['ok', null], terminate: (reason) => void ends.push(reason) }
}

function routes(heard: TerminateReason[]): Route[] {
  return [
    route('/echo', echo),
    // Any origin: a page of the server's own port comes to these through the tap.
    route('/plain', echo, { origins: 'any' }),
    route('/deflate', echo, { origins: 'any', compress: true }),
    route('/tight', echo, { origins: 'any', compress: TIGHT }),
    route('/ping', pinger),
    route('/sub', subprotocols, { subprotocols: ['v2', 'v1'] }),
    route('/limit', echo, { maxFrameBytes: LIMIT }),
    route('/close', closer),
    route('/crash', crasher),
    route('/hear', hearing(heard)),
    route('/private', member, PRIVATE),
  ]
}

/** A server that drains as soon as a client says something. */
async function startDraining(node: Node): Promise<Listener> {
  const drainer: SocketHandler<null> = {
    init: () => ['ok', null],
    handle: () => {
      void listener.drain({ deadlineMs: DRAIN_MS })
      return ['ok', null]
    },
  }
  const listener: Listener = await listen({
    port: 0,
    host: '127.0.0.1',
    node,
    routes: [route('/drain', drainer, { origins: 'any' })],
  })
  return listener
}

/** Starts it all; ended by `stop`. */
export async function startWorld({ behindNginx }: { behindNginx: boolean }): Promise<World> {
  const node = createNode({ logger: silentLogger })
  const heard: TerminateReason[] = []
  const trustProxy = behindNginx ? 1 : 0
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: routes(heard), trustProxy })
  const draining = await startDraining(node)
  const nginx = behindNginx ? await startNginx(listener.port, draining.port) : undefined
  const [port, drainPort] = nginx?.ports ?? [listener.port, draining.port]
  const tap = await startTap(port as number)
  return {
    listener,
    tap,
    port: port as number,
    urls: [`ws://127.0.0.1:${port}`, `ws://127.0.0.1:${tap.port}`, `ws://127.0.0.1:${drainPort}`],
    heard,
    draining,
    async stop() {
      await tap.stop()
      await nginx?.stop()
      await listener.drain({ deadlineMs: 100 })
      await draining.drain({ deadlineMs: 100 })
      await node.stop()
    },
  }
}
