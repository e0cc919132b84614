// `npm run serve:services -- --port N`: as serve:load, by Chicago Boss services. /websocket/load is one service for all sockets,
// /websocket/each one with a process for each socket: both echo; to the first, a text that starts with `b:` goes to every socket.
import { send } from 'gensock'
import { type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { broadcast, listen, text } from 'gensock/socket'
import { announce, fail, loadFlags } from './load-flags.js'

const PROGRAM = 'serve:services'

const load: ServiceModule<Set<WebSocketPid>> = () => ({
  init: () => ['ok', new Set()],
  handleJoin: (_url, webSocket, sockets) => ['noreply', sockets.add(webSocket)],
  handleIncoming(_url, webSocket, message, sockets) {
    if (message.startsWith('b:')) broadcast(sockets, text(message))
    else send(webSocket, ['text', message])
    return ['noreply', sockets]
  },
  handleClose(_reason, _url, webSocket, sockets) {
    sockets.delete(webSocket)
    return ['noreply', sockets]
  },
})
const each: ServiceModule<null> = () => ({
  concurrency: 'socket',
  init: () => ['ok', null],
  handleIncoming(_url, webSocket, message, state) {
    send(webSocket, ['text', message])
    return ['noreply', state]
  },
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))

try {
  const { port } = loadFlags(PROGRAM)
  const { routes } = await services({ bench_load_websocket: load, bench_each_websocket: each }, { route: { origins: 'any' } })
  const listener = await listen({ port, routes })
  announce(PROGRAM, listener.port)
} catch (error) {
  fail(PROGRAM, error, 1)
}
