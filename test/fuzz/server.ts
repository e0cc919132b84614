// The server under fuzz, a program of its own: the routes of routes.ts on two ports. Says its ports; answers "report" on stdin
// once everything has been given back, or with what has not; prints as a fault what no peer may bring about. Bundled by
// target.ts.
import { createInterface } from 'node:readline'
import { createNode, type Logger, send } from 'gensock'
import { bullet, type BulletHandler } from 'gensock/bullet'
import { type ServiceModule, services } from 'gensock/chicago-boss'
import { type Cowboy2, cowboy2 } from 'gensock/cowboy'
import { defineHandler, type Listener, type ListenerOptions, listen, type Route, route, type SocketHandler } from 'gensock/socket'
import { controllerWebsocket, dispatch, websocketSendData, type WsHandler } from 'gensock/zotonic'
import { change, type Different, differences, held } from './held.js'
import { BURST, CRASH, LEAVE_MS, HANDSHAKE_MS, IDLE_MS, POLL_MS, SMALL, SUBPROTOCOLS } from './routes.js'

/** So long it may take until everything has been given back. */
const SETTLE_MS = Number(process.argv[2])
const ON_PURPOSE = 'crashed on request'

function fault(what: string): void {
  console.log(`fault ${JSON.stringify(what)}`)
}
process.on('uncaughtException', (error) => fault(`uncaught: ${error.stack ?? String(error)}`))
process.on('unhandledRejection', (error) => fault(`unhandled: ${error instanceof Error ? (error.stack ?? '') : String(error)}`))
process.on('warning', (warning) => fault(`warning: ${warning.stack ?? warning.message}`))

/** Crashes on request are expected; everything else that is an error or a warning is not. */
const logger: Logger = {
  error: (_facts, line) => {
    if (!line.includes(ON_PURPOSE)) fault(`error: ${line}`)
  },
  warn: (_facts, line) => fault(`warn: ${line}`),
  info: () => undefined,
  debug: () => undefined,
}
const node = createNode({ logger })

// ---- Handlers

const echo = defineHandler({ init: () => ['ok', null], handle: (frame) => ['push', frame, null] })
const fragile: SocketHandler<null, any, any, any> = {
  init: () => ['ok', null],
  handle(frame) {
    if (Buffer.from(frame[1] as string).toString('latin1', 0, CRASH.length) === CRASH) throw new Error(ON_PURPOSE)
    return ['push', frame, null]
  },
}
const cowboy: Cowboy2<null> = {
  init: (req) => ['cowboy_websocket', req, null],
  websocketHandle: (frame, state) => [
    typeof frame !== 'string' && (frame[0] === 'text' || frame[0] === 'binary') ? [frame] : [],
    state,
  ],
  websocketInfo: (_info, state) => [[], state],
}
const wsHandler: WsHandler = {
  websocketInit: () => undefined,
  websocketMessage: (message, from) => websocketSendData(from, typeof message === 'string' ? message : ['binary', message]),
  websocketInfo: (message) => websocketSendData(from(), message as string),
  websocketTerminate: () => undefined,
}
function from(): never {
  throw new Error('no message was sent')
}
const bulletHandler: BulletHandler<null> = {
  init: (_transport, req) => ['ok', req, null],
  stream: (data, req, state) => ['reply', data, req, state],
  info: (_info, req, state) => ['ok', req, state],
  terminate: () => 'ok',
}
const bossEcho: ServiceModule<null> = () => ({
  init: () => ['ok', null],
  handleIncoming(_url, webSocket, message, state) {
    send(webSocket, ['text', message])
    return ['noreply', state]
  },
})

const quiet = { pingIntervalMs: 0, maxFrameBytes: SMALL }
const bare: readonly Route[] = [
  route('/echo', echo, { ...quiet, maxFrameBytes: 70_000 }),
  route('/deflate', echo, { ...quiet, compress: { thresholdBytes: 64 } }),
  route('/rate', echo, { ...quiet, rate: { messages: { perSecond: 1, burst: BURST } } }),
  route('/idle', echo, { ...quiet, idleTimeoutMs: IDLE_MS }),
  route('/proto', echo, { ...quiet, subprotocols: [...SUBPROTOCOLS] }),
  route('/fragile', fragile, quiet),
  route('/restart', fragile, { ...quiet, onCrash: { restart: { intensity: 1000, periodMs: 1000 } } }),
  route('/cowboy', cowboy2(cowboy), quiet),
]
const limits: ListenerOptions = { handshakeTimeoutMs: HANDSHAKE_MS }

async function start(): Promise<readonly Listener[]> {
  const boss = await services({ fuzz_echo_websocket: bossEcho }, { node, route: quiet })
  const { routes } = dispatch([
    ['zotonic', ['zotonic'], controllerWebsocket, { wsHandler, requireSession: false, noSession: true, route: quiet }],
  ])
  const plain = [
    route('/fallback', echo, { ...quiet, fallback: { pollMs: POLL_MS } }),
    route('/leave', echo, { ...quiet, fallback: { pollMs: POLL_MS, graceMs: LEAVE_MS } }),
    route('/bullet', bullet(bulletHandler), quiet),
    ...boss.routes,
    ...routes,
  ]
  return Promise.all([bare, plain].map((list) => listen({ port: 0, host: '127.0.0.1', node, routes: list, ...limits })))
}

// ---- What is held

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
async function heapBytes(): Promise<number> {
  let least = Infinity
  for (let i = 0; i < 6; i++) {
    await pause(10)
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
  }
  return least
}

/** No `await` at the top: Node keeps a listener of its own until that has ended. */
async function serve(): Promise<void> {
  const listeners = await start()
  const lines = createInterface({ input: process.stdin })
  for (const stream of [process.stdout, process.stderr]) stream.write('') // they are made when they are first used
  await pause(20)
  const before = held(node, listeners)

  /** Waits until everything has been given back; answers what has not. */
  async function settled(): Promise<Different> {
    for (const until = performance.now() + SETTLE_MS; ; ) {
      const left = differences(before, held(node, listeners))
      if (Object.keys(left).length === 0 || performance.now() > until) return left
      await change()
    }
  }
  async function report(withHeap: boolean): Promise<void> {
    const left = await settled()
    const counters = listeners.map((listener) => listener.counters())
    console.log(`report ${JSON.stringify({ left, heap: withHeap ? await heapBytes() : 0, counters })}`)
  }
  lines.on('line', (line) => void report(line === 'heap'))
  lines.on('close', () => process.exit(0)) // whoever has started this has ended
  console.log(`ports ${listeners.map(({ port }) => port).join(' ')}`)
}
void serve()
