// A transport without a network: what a socket sends is recorded, what a peer does is a method. With a test node, sockets
// run in virtual time. Entered by tests; makes the socket, its line and its peer.
import type { ExitReason } from '../base/exit-reason.js'
import { watchEnd } from '../runtime/alias.js'
import { kernelOf, type Node } from '../runtime/node.js'
import { type Process, processOf } from '../runtime/process.js'
import { Counters } from '../sockets/counters.js'
import type { AnySocketHandler, InitArgs, SocketHandler, TerminateReason } from '../sockets/handler.js'
import { requireHandler } from '../sockets/handler-check.js'
import { type RouteOptions, routeOptions } from '../sockets/options.js'
import type { SocketRequest } from '../sockets/request.js'
import { isRoute, type Route } from '../transports/route.js'
import { Socket } from '../sockets/socket.js'
import type { Handshake } from '../sockets/transport.js'
import { type Answer, Line, type LineWatcher } from './fake-line.js'
import { type FakeTransport, peerOf } from './fake-peer.js'

export type { FakeTransport } from './fake-peer.js'

/**
 * Options of `fakeTransport`: those of a route, and what the handshake would have brought. `authorize`, `origins` and
 * `subprotocols` are not asked.
 *
 * @example
 * const options: FakeTransportOptions = { claims: 'ann', expiresAt: Date.now() + 60_000, idleTimeoutMs: 0 }
 * const socket = fakeTransport(node, echo, options)
 * await node.advance(60_000)
 * socket.closed // => ['close', 4401]
 * @see {@link RouteOptions}
 */
export interface FakeTransportOptions extends RouteOptions<any> {
  /** The variables of the path. Default `{}`. */
  readonly params?: object
  /** What `authorize` would have accepted. Default undefined. */
  readonly claims?: unknown
  /** When the claims end, in ms since 1970 (`Date.now()`). Default: never. */
  readonly expiresAt?: number
  /** What differs from a GET of `/` from 127.0.0.1. Default nothing. */
  readonly request?: Partial<SocketRequest>
  /** How frames travel, as the handler hears it. Default 'ws'. */
  readonly transport?: InitArgs['transport']
}

const REQUEST: SocketRequest = {
  method: 'GET',
  url: '/',
  path: '/',
  headers: { 'sec-websocket-version': '13' },
  query: new URLSearchParams(),
  cookies: {},
  remoteAddress: '127.0.0.1',
  secure: false,
}

/**
 * Connects a handler to a fake peer.
 *
 * @param node - where the socket's process runs; on a `testNode` in virtual time
 * @param handler - as `route` takes it; or a route, with its options
 * @param options - of the route, and what the handshake would have brought; default `{}`, or the route's own
 * @returns the peer's side of the socket
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no node, a bad option
 * @example
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * socket.send('hi')
 * await node.settle()
 * socket.sent // => [['text', 'hi']]
 * @see The socket process does not branch on its transport, so what holds here holds on a network
 */
export function fakeTransport<S, M, C, A>(
  node: Node,
  handler: SocketHandler<S, M, C, A> | Route,
  options: FakeTransportOptions = {},
): FakeTransport {
  return watchedTransport(node, handler, options, undefined)
}

/** A fake transport with somebody between it and its peer. @internal */
export function watchedTransport(
  node: Node,
  handler: AnySocketHandler | Route,
  options: FakeTransportOptions,
  watcher: LineWatcher | undefined,
): FakeTransport {
  const { params = {}, claims, expiresAt, request, transport: kind = 'ws', ...given } = options
  const served: unknown = isRoute(handler) ? handler.handler : handler
  requireHandler('fakeTransport', served)
  const defaults = isRoute(handler) ? withoutLowMarks(handler.options as RouteOptions<any>, given) : served.defaults
  const checked = routeOptions('fakeTransport', given, defaults)
  const transport = new Line(checked, watcher)
  const terminated: TerminateReason[] = []
  const facts: { exit: ExitReason | undefined; handshake: FakeTransport['handshake'] } = { exit: undefined, handshake: undefined }
  const answer = (given: Answer): void => {
    facts.handshake = given
    watcher?.answered(given)
  }
  const socket = new Socket(
    kernelOf(node),
    {
      handler: recording(served, terminated),
      options: checked,
      request: { ...REQUEST, ...request },
      params,
      claims,
      accept: expiresAt === undefined ? {} : { expiresAt },
      transport: kind,
      handshake: handshakeOf(transport, answer),
    },
    null,
    { counters: new Counters(), ready: true, ended: () => undefined, gone: () => undefined },
  )
  watchEnd(null, processOf(socket.pid) as Process, (reason) => {
    facts.exit = reason
  })
  return peerOf(socket, transport, terminated, facts)
}

/** The options of a route, as defaults: a new high mark brings a low one of its own, as in `route`. */
function withoutLowMarks(own: Partial<RouteOptions<any>>, given: Partial<RouteOptions<any>>): Partial<RouteOptions<any>> {
  const { outboundLowBytes, inboundLowBytes, ...rest } = own
  return {
    ...rest,
    ...(given.outboundHighBytes === undefined && outboundLowBytes !== undefined ? { outboundLowBytes } : {}),
    ...(given.inboundHighBytes === undefined && inboundLowBytes !== undefined ? { inboundLowBytes } : {}),
  }
}

function handshakeOf(line: Line, answer: (given: Answer) => void): Handshake {
  return {
    accept(accepted, sink) {
      line.sink = sink
      answer(['accept', accepted])
      return line
    },
    reject: (status, rejected) => answer(['reject', status, rejected]),
  }
}

const CALLED = ['upgrade', 'init', 'handle', 'info', 'event'] as const

/** The handler itself is called, as by a listener: `this` is that object, which may be of a class. */
function recording(handler: AnySocketHandler, terminated: TerminateReason[]): AnySocketHandler {
  const terminate: AnySocketHandler['terminate'] = (reason, state, self) => {
    terminated.push(reason)
    return handler.terminate?.(reason, state, self)
  }
  const called = CALLED.map((name) => [name, { get: () => handler[name]?.bind(handler) }])
  return Object.create(handler, { ...Object.fromEntries(called), terminate: { value: terminate } }) as AnySocketHandler
}
