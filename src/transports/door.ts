// Where requests come in: whose they are, whether they are sound, and which route answers. Entered by listen and by
// node:http; hands upgrades that have passed to an Admission, and what asks for none to plain-requests.
import { type IncomingMessage, type Server as HttpServer, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { Kernel } from '../runtime/process.js'
import { type Listener, SocketListener } from '../sockets/listener.js'
import type { CheckedListenerOptions } from '../sockets/listener-options.js'
import { Admission, type House } from './admission.js'
import { Fallback } from './fallback.js'
import { giveBack, onlyLooking, wantsAnother } from './give-back.js'
import { passesOrigin } from './origin.js'
import { dismiss } from './linger.js'
import { PlainRequests, type Seen } from './plain-requests.js'
import { clientOf, type Trust, trustOf } from './proxy.js'
import { heedless, type Refusal, refuse } from './refuse.js'
import { HttpRequest, type Target, targetOf } from './request.js'
import type { CheckedRoute } from './route.js'
import { checkHandshake } from './upgrade.js'
import { WsAsker } from './ws-asker.js'
import { type Upgrade, WsServers } from './ws-server.js'

/** What sockets can be attached to. */
export type AnyServer = HttpServer | HttpsServer

const kLeft = Symbol.for('gensock.left')
/** Has every listener of the server, this one being the last, left the request to the others? */
function leftByAll(request: IncomingMessage & { [kLeft]?: number }, server: AnyServer): boolean {
  request[kLeft] = (request[kLeft] ?? 0) + 1
  return request[kLeft] >= server.listenerCount('upgrade')
}

const NO_UPGRADE: Refusal = { status: 426, reason: 'upgrade', headers: { Upgrade: 'websocket' } }

/** So many header lines node:http keeps for certain (it says 2000, and counts names and values). */
const NODE_HEADERS = 1000

/** The upgrades of one HTTP server, as far as they are ours. */
export class Door {
  readonly #routes: readonly CheckedRoute[]
  readonly #options: CheckedListenerOptions
  readonly #trust: Trust
  readonly #house: House
  readonly #servers = new WsServers()
  readonly #plain: PlainRequests
  /** What each connection was last answered, or will be: what is answered behind it waits. */
  readonly #answers = new WeakMap<NetSocket, ServerResponse>()
  /** On which something has come that is no request. */
  readonly #broken = new WeakSet<NetSocket>()
  readonly #server: AnyServer

  /** `onStop`: no upgrade is answered any more; plain requests may still be, until the promise has settled. */
  constructor(
    server: AnyServer,
    kernel: Kernel,
    routes: readonly CheckedRoute[],
    options: CheckedListenerOptions,
    onStop: (answered: Promise<void>) => void,
  ) {
    this.#server = server
    this.#routes = routes
    this.#options = options
    this.#trust = trustOf(options.trustProxy)
    const fallback = new Fallback(kernel)
    const sockets = new SocketListener(kernel, options, () => {
      server.off('upgrade', this.#onUpgrade)
      server.off('request', this.#onRequest)
      for (const admission of this.#house.pending) admission.stop()
      onStop(fallback.stop())
    })
    this.#house = { kernel, sockets, timeoutMs: options.handshakeTimeoutMs, pending: new Set() }
    this.#plain = new PlainRequests(this.#house, fallback)
    server.on('upgrade', this.#onUpgrade)
    server.prependListener('request', this.#onRequest)
  }

  /** What users get. */
  listener(): Listener {
    const { sockets } = this.#house
    const server = this.#server
    return Object.freeze({
      get port() {
        return (server.address() as AddressInfo | null)?.port ?? 0
      },
      pid: sockets.pid,
      get ready() {
        return sockets.ready
      },
      sockets: () => sockets.sockets(),
      counters: () => sockets.counters.read(),
      closeAll: (code?: number, reason?: string) => sockets.closeAll(code, reason),
      disconnectWhere: (test: (claims: unknown) => boolean, code?: number) => sockets.disconnectWhere(test, code),
      drain: (options: { readonly deadlineMs: number }) => sockets.drain(options),
    })
  }

  /** Does any route serve requests that ask for no upgrade? */
  get hasPlain(): boolean {
    return this.#routes.some(({ handler, options }) => handler.plain !== undefined || options.fallback !== false)
  }
  /** Answers a request that asks for no upgrade, if it is for one of the routes that do. */
  readonly servePlain = (request: IncomingMessage, response: ServerResponse): boolean => {
    const target = targetOf(request.url ?? '')
    return this.#serve(request, response, target === undefined ? undefined : this.#see(request, request.socket, target))
  }
  #serve(request: IncomingMessage, response: ServerResponse, seen: Seen | undefined): boolean {
    if (seen === undefined || !this.#plain.serve(request, response, seen)) return false
    this.#answers.set(request.socket, response)
    return true
  }

  // ---- On a server that is ours

  /** A request that asks for no upgrade: 426 where a socket could be had. Its connection may live on (Cowboy case C1). */
  answerPlain(request: IncomingMessage, response: ServerResponse): void {
    const target = targetOf(request.url ?? '')
    const seen = target === undefined ? undefined : this.#see(request, request.socket, target)
    if (this.#serve(request, response, seen)) return
    const broken = checkHandshake(request)
    const refusal = broken?.status === 400 ? broken : (checkTarget(target, seen) ?? broken ?? NO_UPGRADE)
    this.#house.sockets.refused(refusal.reason)
    const connection = response.shouldKeepAlive && refusal.status !== 400 ? [] : ['close']
    if (refusal.headers?.['Upgrade'] !== undefined) connection.push('Upgrade')
    const body = refusal.body ?? `${STATUS_CODES[refusal.status] ?? ''}\n`
    if (connection.length > 0) response.setHeader('Connection', connection.join(', '))
    response.writeHead(refusal.status, {
      ...refusal.headers,
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': body.length,
    })
    response.end(body)
    dismiss(request)
  }

  /** What node:http could not read as a request, or not in time: it comes without one. */
  answerBroken(error: NodeJS.ErrnoException, socket: NetSocket): void {
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    if (!isLate && error.code?.startsWith('HPE_') !== true) return void socket.destroy() // a reset: nobody hears an answer
    if (!socket.writable || this.#broken.has(socket)) return // more of what has been answered
    this.#broken.add(socket)
    socket.on('error', heedless)
    this.#house.sockets.refused(isLate ? 'timeout' : 'request')
    const refusal = { status: isLate ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400 }
    const before = this.#answers.get(socket)
    // What cannot be read is the next request, or the body of the one before: then this is its answer, unless it has one.
    const isBody = before?.req.complete === false
    if (isBody && before.writableEnded) socket.end()
    else if (isBody || before === undefined || before.writableFinished) refuse(socket, refusal)
    else before.once('close', () => (socket.writable ? refuse(socket, refusal) : undefined))
  }

  /** CONNECT, which node:http would end without an answer. */
  answerConnect(request: IncomingMessage, socket: NetSocket, head: Buffer): void {
    this.#onUpgrade(request, socket, head)
  }

  // ---- Upgrades

  readonly #onRequest = onlyLooking((request: IncomingMessage, response: ServerResponse): void => {
    this.#answers.set(request.socket, response)
  })

  readonly #onUpgrade = (request: IncomingMessage, socket: NetSocket, head: Buffer): void => {
    socket.on('error', heedless) // first of all: a reset without a listener would end the program
    const target = targetOf(request.url ?? '')
    const seen = target === undefined ? undefined : this.#see(request, socket, target)
    const isOthers = seen === undefined && target !== undefined && this.#options.unknownPath === 'leave'
    if (isOthers && !leftByAll(request, this.#server)) return
    if (isOthers && wantsAnother(request.headers.upgrade) && giveBack(this.#server, request, socket)) return
    const before = this.#answers.get(socket)
    if (before !== undefined && !before.writableFinished) {
      // RFC 9112 section 9.3.2: responses go out "in the same order that the requests were received"
      before.once('close', () => (socket.destroyed ? undefined : this.#answer(request, socket, head, target, seen)))
      return
    }
    this.#answer(request, socket, head, target, seen)
  }

  #answer(request: IncomingMessage, socket: NetSocket, head: Buffer, target: Target | undefined, seen: Seen | undefined): void {
    const refusal = this.#checkCount(request) ?? checkHandshake(request) ?? checkTarget(target, seen)
    if (refusal !== undefined) return this.#refuse(request, socket, refusal)
    this.#admit({ request, socket, head }, seen as Seen)
  }

  /** node:http drops what comes after so many headers: a second Host could hide there. */
  #checkCount({ rawHeaders }: IncomingMessage): Refusal | undefined {
    const max = this.#server.maxHeadersCount ?? NODE_HEADERS
    return max > 0 && rawHeaders.length >= 2 * max ? { status: 431, reason: 'request' } : undefined
  }

  /** The request as handlers see it, and the first route that it fits. */
  #see(request: IncomingMessage, socket: NetSocket, target: Target): Seen | undefined {
    const { headers } = request
    const peer = { address: socket.remoteAddress ?? '', secure: (socket as { encrypted?: boolean }).encrypted === true }
    const client = clientOf(peer, headers, this.#trust)
    const seen = new HttpRequest(request, target, client)
    for (const route of this.#routes) {
      const params = route.match(target.path, seen)
      const site = { host: target.authority ?? headers.host ?? '', forwarded: client.forwarded }
      if (params !== undefined) return { seen, site, found: { route, params } }
    }
    return undefined
  }

  #admit(upgrade: Upgrade, { seen, site, found }: Seen): void {
    const { request, socket } = upgrade
    if (!passesOrigin(request.headers, site, found.route.options))
      return this.#refuse(request, socket, { status: 403, reason: 'origin' })
    new Admission(this.#house, new WsAsker(this.#servers, upgrade), seen, found).begin()
  }

  #refuse(request: IncomingMessage, socket: NetSocket, refusal: Refusal): void {
    this.#house.sockets.refused(refusal.reason)
    refuse(socket, refusal, request.method === 'HEAD')
  }
}

function checkTarget(target: Target | undefined, seen: Seen | undefined): Refusal | undefined {
  if (target === undefined) return { status: 400, reason: 'path', body: 'Invalid request target\n' }
  return seen === undefined ? { status: 404, reason: 'path' } : undefined
}
