// The 101: one `WebSocketServer` of `ws` for each set of options, which answers a handshake that has been checked and hands the connection
// to a WsTransport. Entered by listen; calls ws and the transport.
import type { IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { type ServerOptions, WebSocketServer } from 'ws'
import type { Marks } from '../sockets/option-checks.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { AcceptOptions, SocketRequest } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { deflateOffer } from './extensions.js'
import { WsTransport } from './ws.js'

const kHeaders = Symbol('gensock.headers')
const CLOSE_MS = 2000

type Prepared = IncomingMessage & { [kHeaders]: readonly string[] }

/** What `ws` does for one route: the 101, reading, compression, closing. */
export function wsServer(options: CheckedRouteOptions): WebSocketServer {
  const given: ServerOptions & { maxFragments: number; maxBufferedChunks: number; closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    autoPong: false,
    maxPayload: options.maxFrameBytes,
    perMessageDeflate: options.compress !== false,
    maxFragments: options.maxFragments ?? 16_384,
    maxBufferedChunks: options.maxFragments === 0 ? 0 : 262_144,
    closeTimeout: CLOSE_MS,
    // Only the chosen one is left of the header; see prepare.
    handleProtocols: (protocols: Set<string>) => [...protocols][0] ?? false,
  }
  const server = new WebSocketServer(given)
  server.on('headers', (lines, request) => lines.push(...(request as Prepared)[kHeaders]))
  return server
}

/** Switches protocols; null if the peer has gone. The transport starts paused. */
export function upgrade(
  server: WebSocketServer,
  request: IncomingMessage,
  socket: NetSocket,
  head: Buffer,
  options: AcceptOptions,
  sink: Sink,
  marks: Marks,
): Transport | null {
  let transport: Transport | null = null
  server.handleUpgrade(prepare(request, options), socket, head, (ws) => {
    transport = new WsTransport(ws, socket, sink, marks)
  })
  return transport
}

// ws sees a request that has been checked: one spelling of each header, only the offers that we take.
function prepare(request: IncomingMessage, { subprotocol, headers = {} }: AcceptOptions): IncomingMessage {
  const given = request.headers
  const offer = deflateOffer(given['sec-websocket-extensions'] ?? '')
  const seen: SocketRequest['headers'] = {
    upgrade: 'websocket',
    'sec-websocket-key': given['sec-websocket-key'],
    'sec-websocket-version': '13',
  }
  if (subprotocol !== undefined) seen['sec-websocket-protocol'] = subprotocol
  if (offer !== undefined && offer !== '') seen['sec-websocket-extensions'] = offer
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return Object.create(request, { headers: { value: seen }, [kHeaders]: { value: lines } }) as IncomingMessage
}
