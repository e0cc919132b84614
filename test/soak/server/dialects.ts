// The handlers of other systems: Cowboy 2, Bullet, two services of Chicago Boss. All of them echo; some crash when they are
// told to. Entered by main.
import { cancelTimer, type Ref, self, send, sendAfter } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'
import type { ServiceModule, WebSocketPid } from 'gensock/chicago-boss'
import type { Cowboy2 } from 'gensock/cowboy'

const FAR_MS = 600_000

export const cowboy: Cowboy2<number, string> = {
  init: (req) => ['cowboy_websocket', req, 0, { idleTimeout: 30_000 }],
  websocketHandle(frame, n) {
    if (typeof frame === 'string' || (frame[0] !== 'text' && frame[0] !== 'binary')) return [[], n]
    const said = String(frame[1])
    if (said === 'x') throw new Error('as asked')
    if (!said.startsWith('t')) return [[['text', said]], n + 1]
    sendAfter(Number(said.slice(1).split(' ', 1)[0]), self(), said)
    return [[], n + 1]
  },
  websocketInfo: (late, n) => [[['text', late]], n],
}

export const heart: BulletHandler<Ref, 'never'> = {
  init: (_transport, req) => ['ok', req, sendAfter(FAR_MS, self(), 'never')],
  stream(data, req, timer) {
    if (data === 'x') throw new Error('as asked')
    return ['reply', data, req, timer]
  },
  info: (_never, req, timer) => ['ok', req, timer],
  terminate: (_req, timer) => void cancelTimer(timer),
}

/** One process for all sockets: a crash takes none of them along, their joins are repeated. */
export const shared: ServiceModule<Set<WebSocketPid>> = () => ({
  init: () => ['ok', new Set()],
  handleJoin: (_url, webSocket, sockets) => ['noreply', sockets.add(webSocket)],
  handleIncoming(_url, webSocket, message, sockets) {
    if (message === 'x') throw new Error('as asked')
    if (!sockets.has(webSocket)) throw new Error('a socket that has not joined')
    send(webSocket, ['text', message])
    return ['noreply', sockets]
  },
  handleClose(_reason, _url, webSocket, sockets) {
    sockets.delete(webSocket)
    return ['noreply', sockets]
  },
})
export const each: ServiceModule<null> = () => ({
  concurrency: 'socket',
  init: () => ['ok', null],
  handleIncoming(_url, webSocket, message, state) {
    if (message === 'x') throw new Error('as asked')
    send(webSocket, ['text', message])
    return ['noreply', state]
  },
})
