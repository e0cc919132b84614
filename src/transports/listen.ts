// listen and attach: routes on a port of their own, or beside what an HTTP server of the user's does. Entered by users; calls
// door.
import { createServer, type Server as HttpServer, type ServerOptions } from 'node:http'
import { rejectUnknown, requireFunction, requireInt } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import { currentKernel, kernelOf, type Node } from '../runtime/node.js'
import type { Listener } from '../sockets/listener.js'
import { LISTENER_KEYS, type ListenerOptions, listenerOptions } from '../sockets/listener-options.js'
import { type AnyServer, Door } from './door.js'
import { requireRoutes, type Route } from './route.js'
import { takeRequests } from './take-requests.js'

/**
 * Options of `listen`: those of a listener, and where and whom it serves.
 *
 * @example
 * const options: ListenOptions = { port: 0, host: '127.0.0.1', routes: [route('/ws', echo)], maxConnections: 1000 }
 * const listener = await listen(options)
 * await listener.drain({ deadlineMs: 1000 })
 * @see Ranch 2, `ranch_tcp:opts()`
 */
export interface ListenOptions extends ListenerOptions {
  /** A TCP port, 0 to 65 535; 0 takes a free one, and `listener.port` says which. */
  readonly port: number
  /** An address or a name of this machine. Default: all addresses. */
  readonly host?: string
  /** Who is served; the first whose path fits. */
  readonly routes: readonly Route[]
  /** Whose processes the sockets are. Default: the program's node. */
  readonly node?: Node
}
/**
 * Options of `attach`: those of a listener.
 *
 * @example
 * const options: ListenerOptions = { unknownPath: '404' }
 * const listener = attach(createServer(), [route('/ws', echo)], options)
 * await listener.drain({ deadlineMs: 1000 })
 * @see {@link ListenerOptions}
 */
export interface AttachOptions extends ListenerOptions {
  /** Whose processes the sockets are. Default: the program's node. */
  readonly node?: Node
}

/**
 * Serves routes on a port of their own, without TLS: for TLS or other HTTP beside it use `attach`.
 *
 * @param options - port, routes, and limits of the listener
 * @returns the listener, once it listens
 * @throws {GensockError} as rejections: `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - a bad option;
 * `GENSOCK_ERR_LISTEN` - the port is taken or cannot be listened on
 * @example
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)] })
 * listener.ready // => true
 * await listener.drain({ deadlineMs: 1000 })
 * @see Cowboy 2.18, `cowboy:start_clear/3`
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  rejectUnknown('listen', options, ['port', 'host', 'routes', 'node', ...LISTENER_KEYS])
  const { port, host, node } = options
  requireInt('listen: port', port, 0, 65_535)
  if (host !== undefined && (typeof host !== 'string' || host === ''))
    throw new BadArgError('listen: host', 'a host name or address', host)
  const routes = requireRoutes('listen', options.routes)
  const checked = listenerOptions('listen', options, '404')
  const kernel = node === undefined ? currentKernel() : kernelOf(node)
  const hasPlain = routes.some(({ handler, options }) => handler.plain !== undefined || options.fallback !== false)
  const server = createServer(httpOptions(checked.handshakeTimeoutMs, hasPlain))
  server.maxHeadersCount = 0 // all are seen: behind a limited number a second Host could hide. Node limits their bytes.
  await listening(server, port, host)
  // Out of file handles, say: those who are connected live on.
  server.on('error', (error) => kernel.logger.error({ error }, `listen: ${error.message}`))
  const door = new Door(server, kernel, routes, checked, (answered) => {
    server.close()
    // Of those that have not asked for anything yet: upgraded ones are not Node's any more.
    void soon(answered).then(() => server.closeAllConnections())
  })
  server.on('request', (request, response) => door.answerPlain(request, response))
  server.on('connect', (request, socket, head) => door.answerConnect(request, socket as never, head))
  server.on('clientError', (error, socket) => door.answerBroken(error, socket as never))
  return door.listener()
}

/**
 * Serves routes on an HTTP server of yours, beside its other routes. Upgrades of other paths are left to others, and get a
 * 404 when there is nobody else.
 *
 * @param server - of `node:http` or `node:https`; it stays yours to listen and to close
 * @param routes - who is served; the first whose path fits
 * @param options - limits of the listener; default `{}`
 * @returns the listener
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no server, no routes, a bad option; `GENSOCK_ERR_UNKNOWN_OPTION` - of the
 * options
 * @example
 * const server = createServer((_request, response) => response.end('hello'))
 * const listener = attach(server, [route('/ws', echo)])
 * server.listen(0, '127.0.0.1')
 * await listener.drain({ deadlineMs: 1000 })
 * server.close()
 * @see Node, `http.Server`: event `upgrade`; RFC 6455 section 4.2
 */
export function attach(server: AnyServer, routes: readonly Route[], options: AttachOptions = {}): Listener {
  requireFunction('attach: server.on', (server as Partial<AnyServer> | undefined)?.on)
  rejectUnknown('attach', options, ['node', ...LISTENER_KEYS])
  const checked = listenerOptions('attach', options, 'leave')
  const kernel = options.node === undefined ? currentKernel() : kernelOf(options.node)
  let giveBack: (() => void) | undefined
  const door = new Door(
    server,
    kernel,
    requireRoutes('attach', routes),
    checked,
    (answered) => void soon(answered).then(() => giveBack?.()),
  )
  if (door.hasPlain) giveBack = takeRequests(server, door.servePlain)
  return door.listener()
}

/** What is answered after the last socket has gone gets this long. */
const ANSWER_MS = 5000
function soon(answered: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ANSWER_MS).unref()
    void answered.then(() => (clearTimeout(timer), resolve()))
  })
}

/** Bodies of fallback transports: they have limits of their own while they come, and Node's as a whole. */
const BODY_MS = 300_000
/**
 * A request's headers must be whole within this time of its first byte, and so must its body where none is expected; Node looks ten times in
 * it, but at least once a second.
 */
function httpOptions(timeoutMs: number, hasBodies: boolean): ServerOptions {
  const connectionsCheckingInterval = timeoutMs === 0 ? 30_000 : Math.max(10, Math.min(1000, Math.floor(timeoutMs / 10)))
  // A missing Host is for the door to refuse, which counts.
  const requestTimeout = hasBodies && timeoutMs > 0 ? Math.max(timeoutMs, BODY_MS) : timeoutMs
  return { headersTimeout: timeoutMs, requestTimeout, connectionsCheckingInterval, requireHostHeader: false }
}

function listening(server: HttpServer, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${cause.code ?? cause.message})`
      reject(
        new GensockError('GENSOCK_ERR_LISTEN', `listen: port ${port}${host === undefined ? '' : ` of ${host}`} ${why}`, 'eaddr', {
          cause,
        }),
      )
    }
    server.once('error', onError)
    server.listen({ port, host }, () => {
      server.off('error', onError)
      resolve()
    })
  })
}
