// Bullet's handlers as SocketHandlers: over a WebSocket, over plain requests as Bullet's own clients make them, and over the
// fallback transports. Entered by users; calls alone, or for connections that outlive their requests, requests.
import { requireMs } from '../../base/check.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { mapped, type OptsRest, requireCallbacks } from '../../sockets/callbacks.js'
import type { InitArgs, Result, SocketHandler } from '../../sockets/handler.js'
import type { CowboyReq } from '../../sockets/req.js'
import { accept, type SocketRequest } from '../../sockets/request.js'
import { type Alone, type Carrier, infoAlone, streamAlone, upgradeAlone } from './alone.js'
import { plainAnswer } from './plain.js'
import { Requests } from './requests.js'
import type { BulletHandler, Parts } from './types.js'

type State = Alone | Requests

const CALLBACKS = ['init', 'stream', 'info', 'terminate']
/** Bullet's. */
const TIMEOUT_MS = 60_000
/** The peer of a fallback connection is asked this often whether it is there, since nothing comes from it while it listens. */
const PING_MS = 25_000

/**
 * Makes a SocketHandler of a handler written for Bullet: one that serves WebSockets, streams of events, long polls and POSTs.
 * Bullet's own clients get what Bullet answers; on a route with `fallback: true` ours lose nothing between polls, up to 1 000
 * messages that wait for one.
 *
 * @param handler - the four callbacks
 * @param rest - what `init` gets as `opts`; its `timeout` is how long nothing may come, in ms or 'infinity', default 60 000
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no object, a callback is missing, or `timeout` is no time
 * @example
 * const handler = bullet(streamHandler, { timeout: 30_000 })
 * route('/bullet', handler, { fallback: true }).path // => '/bullet'
 * const socket = fakeTransport(node, handler)
 * socket.send('ping')
 * await node.settle()
 * socket.sent // => [['text', 'pong']]
 * @see Bullet, `bullet_handler`
 */
export function bullet<S, Info, Opts>(handler: BulletHandler<S, Info, Opts>, ...rest: OptsRest<Opts>): SocketHandler<S, Info> {
  requireCallbacks('bullet', handler, CALLBACKS)
  const parts: Parts = { handler: handler as BulletHandler<any>, opts: rest[0] }
  const idleTimeoutMs = timeoutOf(rest[0])
  const pingIntervalMs = idleTimeoutMs === 0 ? PING_MS : Math.min(PING_MS, Math.ceil(idleTimeoutMs / 2))
  const socket: SocketHandler<State, any> = {
    defaults: { idleTimeoutMs, pingIntervalMs: 0 },
    plain: plainAnswer,
    upgrade(request, self, params, transport) {
      const carrier = carrierOf(transport, request)
      if (carrier !== undefined) return upgradeAlone(parts, carrier, request, self, params)
      return accept(new Requests(parts, request, params), { options: { pingIntervalMs } })
    },
    init({ seed, compressed, params }, self) {
      if (seed instanceof Requests) seed.begin(self)
      else return ['ok', { ...(seed as Alone), req: ((seed as Alone).req as CowboyReq)._opened(compressed, params) }]
      return ['ok', seed]
    },
    handle(frame, state, self): MaybePromise<Result<State>> {
      if (!(state instanceof Requests)) return streamAlone(parts, frame, state, self)
      // The connection waits for the process of the frame, as over a WebSocket: so the peer is held back, and frames stay in order.
      return frame[0] === 'text' ? state.stream(frame[1]).then(() => ['ok', state]) : ['ok', state]
    },
    info(message: unknown, state, self): MaybePromise<Result<State>> {
      if (!(state instanceof Requests)) return infoAlone(parts, message, state, self)
      state.info(message)
      return ['ok', state]
    },
    event(event, state) {
      if (!(state instanceof Requests)) return ['ok', state]
      if (event.type === 'attached') state.attached(event.by)
      if (event.type === 'detached') state.detached()
      return ['ok', state]
    },
    terminate(_reason, state, self) {
      if (state instanceof Requests) return state.end()
      return mapped(parts.handler.terminate(state.req, state.state, self) as MaybePromise<void>, () => undefined)
    },
  }
  return socket as unknown as SocketHandler<S, Info>
}

/** What carries a connection by itself; undefined: its requests come and go. That is asked for by a POST, Bullet's are GETs. */
function carrierOf(transport: InitArgs['transport'], { method }: SocketRequest): Carrier | undefined {
  if (transport === 'ws' || transport === 'post') return transport
  if (method === 'POST') return undefined
  return transport === 'sse' ? 'sse' : 'poll'
}

/** As in Cowboy 0 is a time like any other, and over at once; for the socket it is none. */
function timeoutOf(opts: unknown): number {
  const { timeout = TIMEOUT_MS } = (typeof opts === 'object' && opts !== null ? opts : {}) as { readonly timeout?: unknown }
  if (timeout === 'infinity') return 0
  requireMs("bullet: opts.timeout, unless 'infinity',", timeout)
  return Math.max(1, timeout)
}
