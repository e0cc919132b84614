// What tests of a listener and of its sockets share: a SocketListener without a network, on any node, whose peers do what a test
// tells them. Nothing happens by itself: a connection that is closed or cut has gone only when `sink.gone` says so.
import type { Node } from 'gensock'
import type { AcceptOptions, ListenerCounters, RouteOptions, SocketHandler, SocketRequest } from 'gensock/socket'
import { kernelOf } from '../../src/runtime/node.js'
import { type ListenerOptions, listenerOptions } from '../../src/sockets/listener-options.js'
import { SocketListener } from '../../src/sockets/listener.js'
import { routeOptions } from '../../src/sockets/options.js'
import type { Place } from '../../src/sockets/places.js'
import type { Socket } from '../../src/sockets/socket.js'
import { NOT_YET, type Sink, type Transport } from '../../src/sockets/transport.js'

/** One peer of a virtual listener. */
export interface VirtualPeer {
  readonly socket: Socket
  /** What the socket hears of this peer; only after the 101. */
  readonly sink: Sink
  /** Payloads in the order sent. */
  readonly sent: unknown[]
  /** The close frame, if any, and how long the peer may take to answer it. */
  readonly closes: [code: number | undefined, reason: string | undefined, lingerMs: number | undefined][]
  /** Statuses of refusals, and why. */
  readonly rejected: [status: number, reason: string | undefined][]
  /** How often the handshake was answered with 101, and how often the connection was cut. */
  readonly counts: { accepted: number; cut: number }
}
export interface PeerOptions extends RouteOptions<any> {
  readonly address?: string
  readonly claims?: unknown
  /** What `authorize` would have accepted with. */
  readonly accept?: AcceptOptions
}
export interface VirtualListener {
  readonly listener: SocketListener
  /** How often it has said that no upgrade is answered any more. */
  readonly stops: { count: number }
  /** Lets a peer in; throws if there is no place. `transport`: what differs from one that takes everything. */
  connect(
    handler: SocketHandler<any, any, any, any>,
    options?: PeerOptions,
    transport?: (peer: VirtualPeer) => Partial<Transport>,
  ): VirtualPeer
}

export function virtualListener(node: Node, options: ListenerOptions = {}): VirtualListener {
  const stops = { count: 0 }
  const listener = new SocketListener(kernelOf(node), listenerOptions('test', options, '404'), () => stops.count++)
  return {
    listener,
    stops,
    connect(handler, given = {}, transport = () => ({})) {
      const { address = 'a', claims, accept = {}, ...route } = given
      const place = listener.reserve(address)
      if (typeof place === 'string') throw new Error(place)
      return connected(listener, place, { handler, route, address, claims, accept, transport })
    },
  }
}

interface Wanted {
  readonly handler: SocketHandler<any, any, any, any>
  readonly route: RouteOptions<any>
  readonly address: string
  readonly claims: unknown
  readonly accept: AcceptOptions
  readonly transport: (peer: VirtualPeer) => Partial<Transport>
}
function connected(listener: SocketListener, place: Place, wanted: Wanted): VirtualPeer {
  const { handler, claims, accept } = wanted
  const found: { sink?: Sink; socket?: Socket } = {}
  const peer: VirtualPeer = {
    get socket() {
      return found.socket as Socket
    },
    get sink() {
      return found.sink as Sink
    },
    sent: [],
    closes: [],
    rejected: [],
    counts: { accepted: 0, cut: 0 },
  }
  const wire: Transport = {
    ...NOT_YET,
    send: (_opcode, data) => peer.sent.push(data) > 0,
    sendShared: (frame) => peer.sent.push(frame.data) > 0,
    // As the contract of Transport says, nothing follows a close frame.
    close: (code, reason, lingerMs) => void (peer.closes.length === 0 && peer.closes.push([code, reason, lingerMs])),
    destroy: () => void peer.counts.cut++,
  }
  found.socket = listener.add(
    {
      handler,
      options: routeOptions('test', wanted.route),
      request: { remoteAddress: wanted.address } as SocketRequest,
      params: {},
      claims,
      accept,
      transport: 'ws',
      handshake: {
        accept(_options, sink) {
          found.sink = sink
          peer.counts.accepted++
          const own = wanted.transport(peer)
          return Object.defineProperties({ ...wire }, Object.getOwnPropertyDescriptors(own)) as Transport
        },
        reject: (status, _options, reason) => void peer.rejected.push([status, reason]),
      },
    },
    place,
  ) as Socket
  return peer
}

/** Every socket that was opened is open or has been counted as closed, once. */
export function isBalanced({ opened, open, closed }: ListenerCounters): boolean {
  return opened === open + Object.values(closed).reduce((sum, count) => sum + count, 0)
}
