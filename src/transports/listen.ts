// listen and attach: from an HTTP upgrade to a socket process. Checks the handshake, finds the route, asks `authorize`.
// Entered by users and by node:http; calls upgrade (the checks), ws (the switch) and the listener.
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { WebSocketServer } from 'ws'
import { rejectUnknown, requireFunction, requireInt } from '../base/check.js'
import { BadArgError, GensockError } from '../base/errors.js'
import { currentKernel, kernelOf, type Node } from '../runtime/node.js'
import type { Kernel } from '../runtime/process.js'
import { type Listener, SocketListener } from '../sockets/listener.js'
import type { Place } from '../sockets/places.js'
import { type CheckedListenerOptions, LISTENER_KEYS, type ListenerOptions, listenerOptions } from '../sockets/listener-options.js'
import { type AcceptOptions, type AuthorizeResult, checkUpgrade, type SocketRequest } from '../sockets/request.js'
import type { SocketSetup } from '../sockets/setup.js'
import type { Handshake } from '../sockets/transport.js'
import { socketRequest } from './request.js'
import { type CheckedRoute, requireRoutes, type Route } from './route.js'
import { checkHandshake, checkOrigin, chooseSubprotocol, refuse } from './upgrade.js'
import { upgrade, wsServer } from './ws-server.js'

export interface ListenOptions extends ListenerOptions {
  /** 0 takes a free one; `listener.port` says which. */
  readonly port: number
  /** Default: all addresses. */
  readonly host?: string
  readonly routes: readonly Route[]
  /** Whose processes the sockets are. Default: the program's node. */
  readonly node?: Node
}
export interface AttachOptions extends ListenerOptions {
  /** Whose processes the sockets are. Default: the program's node. */
  readonly node?: Node
}
type AnyServer = HttpServer | HttpsServer
type Found = { readonly route: CheckedRoute; readonly params: Readonly<Record<string, string>> }

/**
 * Serves routes on a port.
 *
 * @returns the listener once it listens; rejects with `GENSOCK_ERR_LISTEN` if it cannot
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const listener = await listen({ port: 8080, routes: [route('/ws', echo)] })
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
  const server = createServer((request, response) => answerPlain(routes, request, response))
  await listening(server, port, host)
  // Out of file handles, say: those who are connected live on.
  server.on('error', (error) => kernel.logger.error({ error }, `listen: ${error.message}`))
  const door = new Door(kernel, routes, checked, () => server.close())
  door.enter(server)
  return door.listener(server)
}

/**
 * Serves routes on an HTTP server of yours, beside its other routes. Upgrades of other paths are left to others, and get a
 * 404 when there is nobody else.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * attach(createServer(app), [route('/ws', echo)])
 */
export function attach(server: AnyServer, routes: readonly Route[], options: AttachOptions = {}): Listener {
  requireFunction('attach: server.on', (server as Partial<AnyServer> | undefined)?.on)
  rejectUnknown('attach', options, ['node', ...LISTENER_KEYS])
  const checked = listenerOptions('attach', options, 'leave')
  const kernel = options.node === undefined ? currentKernel() : kernelOf(options.node)
  const door: Door = new Door(kernel, requireRoutes('attach', routes), checked, () => door.leave(server))
  door.enter(server)
  return door.listener(server)
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

/** A request that asks for no upgrade: 426 where a socket could be had, else 404. */
function answerPlain(routes: readonly CheckedRoute[], request: IncomingMessage, response: ServerResponse): void {
  const target = socketRequest(request)
  const isOurs = target !== undefined && routes.some((route) => route.match(target.path) !== undefined)
  if (!isOurs) response.writeHead(404).end('Not Found\n')
  else if (request.method !== 'GET') response.writeHead(405, { Allow: 'GET' }).end('Method Not Allowed\n')
  else response.writeHead(426, { Connection: 'Upgrade', Upgrade: 'websocket' }).end('Upgrade Required\n')
}

const kLeft = Symbol.for('gensock.left')
/** Has every listener of the server, this one being the last, left the request to the others? */
function leftByAll(request: IncomingMessage & { [kLeft]?: number }, server: AnyServer): boolean {
  request[kLeft] = (request[kLeft] ?? 0) + 1
  return request[kLeft] >= server.listenerCount('upgrade')
}

function ignore(): void {
  // A peer that resets during the handshake; the close event follows.
}

/** Where upgrades come in. */
class Door {
  readonly #kernel: Kernel
  readonly #routes: readonly CheckedRoute[]
  readonly #servers: ReadonlyMap<CheckedRoute, WebSocketServer>
  readonly #options: CheckedListenerOptions
  readonly #sockets: SocketListener
  #server: AnyServer | undefined = undefined

  constructor(kernel: Kernel, routes: readonly CheckedRoute[], options: CheckedListenerOptions, onStop: () => void) {
    this.#kernel = kernel
    this.#routes = routes
    this.#servers = new Map(routes.map((route) => [route, wsServer(route.options)]))
    this.#options = options
    this.#sockets = new SocketListener(kernel, options, onStop)
  }

  enter(server: AnyServer): void {
    this.#server = server
    server.on('upgrade', this.#onUpgrade)
  }
  leave(server: AnyServer): void {
    server.off('upgrade', this.#onUpgrade)
  }

  listener(server: AnyServer): Listener {
    const sockets = this.#sockets
    return Object.freeze({
      get port() {
        return (server.address() as AddressInfo | null)?.port ?? 0
      },
      pid: sockets.process.pid,
      get ready() {
        return sockets.ready
      },
      counters: () => sockets.counters(),
      sockets: () => sockets.sockets(),
      closeAll: (code?: number, reason?: string) => sockets.closeAll(code, reason),
      disconnectWhere: (test: (claims: unknown) => boolean, code?: number) => sockets.disconnectWhere(test, code),
      drain: (options: { readonly deadlineMs: number }) => sockets.drain(options),
    })
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: NetSocket, head: Buffer): void => {
    socket.on('error', ignore) // first of all: a reset without a listener would end the program
    const target = socketRequest(request)
    const found = target === undefined ? undefined : this.#find(target.path)
    const isOthers = found === undefined && target !== undefined && this.#options.unknownPath === 'leave'
    if (isOthers && !leftByAll(request, this.#server as AnyServer)) return
    const refusal = checkHandshake(request)
    if (refusal !== undefined) return refuse(socket, refusal)
    if (target === undefined) return refuse(socket, { status: 400 })
    if (found === undefined) return refuse(socket, { status: 404 })
    this.#admit(request, socket, head, target, found)
  }

  #find(path: string): Found | undefined {
    for (const route of this.#routes) {
      const params = route.match(path)
      if (params !== undefined) return { route, params }
    }
    return undefined
  }

  #admit(request: IncomingMessage, socket: NetSocket, head: Buffer, target: SocketRequest, found: Found): void {
    const { authorize, origins } = found.route.options
    const refusal = checkOrigin(target, origins)
    if (refusal !== undefined) return refuse(socket, refusal)
    const place = this.#sockets.reserve(target.remoteAddress)
    if (typeof place === 'string') return refuse(socket, { status: place === 'maxConnectionsPerAddress' ? 429 : 503 })
    const open = (claims: unknown, options: AcceptOptions): void =>
      this.#open(request, socket, head, target, found, claims, options, place)
    if (authorize === undefined) return open(undefined, {})
    socket.once('close', place.release) // an authorize that never answers holds no place for a peer that has gone
    const run = async (): Promise<AuthorizeResult<unknown>> => authorize(target)
    void run()
      .then(
        (answer) => this.#authorized(answer, open, socket),
        (error: unknown) => this.#failed(socket, 'authorize', error),
      )
      .finally(() => {
        place.release()
        socket.off('close', place.release)
      })
  }

  #authorized(
    answer: AuthorizeResult<unknown>,
    open: (claims: unknown, options: AcceptOptions) => void,
    socket: NetSocket,
  ): void {
    try {
      checkUpgrade('authorize', answer)
      if (answer[0] === 'accept') open(answer[1], answer[2] ?? {})
      else refuse(socket, { status: answer[1], ...answer[2] })
    } catch (error) {
      this.#failed(socket, 'authorize', error)
    }
  }

  /** `authorize` threw: nobody but this peer suffers. */
  #failed(socket: NetSocket, where: string, error: unknown): void {
    this.#kernel.logger.error({ error }, `${where} failed: ${String(error)}`)
    refuse(socket, { status: 500 })
  }

  #open(
    request: IncomingMessage,
    socket: NetSocket,
    head: Buffer,
    target: SocketRequest,
    { route, params }: Found,
    claims: unknown,
    given: AcceptOptions,
    place: Place,
  ): void {
    const { handler, options } = route
    const server = this.#servers.get(route) as WebSocketServer
    const handshake: Handshake = {
      accept: (accepted, sink) => upgrade(server, request, socket, head, accepted, sink, options),
      reject: (status, answer) => refuse(socket, { status, ...answer }),
    }
    const subprotocol = given.subprotocol ?? chooseSubprotocol(target, options.subprotocols)
    const accept = subprotocol === undefined ? given : { ...given, subprotocol }
    const setup: SocketSetup = { handler, options, request: target, params, claims, accept, transport: 'ws', handshake }
    // authorize may have taken its time
    if (this.#sockets.add(setup, place) === undefined) refuse(socket, { status: 503 })
  }
}
