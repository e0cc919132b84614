// The 101: one `WebSocketServer` of `ws` for each set of settings, which answers a handshake that has been checked and hands
// the connection to a WsTransport. Entered by admission; calls ws and the transport.
import type { IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { type ServerOptions, WebSocketServer } from 'ws'
import { MAX_FRAME_BYTES } from '../sockets/option-checks.js'
import { type CheckedRouteOptions, optionsOf } from '../sockets/options.js'
import { type AcceptOptions, type CompressOptions, linesOfHeaders, type SocketRequest } from '../sockets/request.js'
import type { Sink, Transport } from '../sockets/transport.js'
import { PARAMETER } from '../wire/carrier.js'
import { DEFLATE_DEFAULTS, negotiateDeflate } from './deflate.js'
import { FrameReader } from './frame-reader.js'
import { linesOf } from './headers.js'
import { heedless } from './refuse.js'
import { offeredExtensions } from './upgrade.js'
import { WsTransport } from './ws.js'
import { NO_BYTES, WsSocket } from './ws-socket.js'

/** The transport is less patient than that. */
const BACKSTOP_MS = 60_000
/** `?gensock=ws`: the query of our browser client. */
const ASKS_FOR_HEARTBEATS = new RegExp(`[?&]${PARAMETER}=ws(?:&|$)`)
const MIN_FRAGMENTS = 16_384
/** A fragment costs us about as much as so many bytes. */
const FRAGMENT_BYTES = 16
const MAX_CHUNKS = 262_144
/** So many sets of settings are kept; a socket's own options can ask for any. */
const MAX_SERVERS = 64

/** What `ws` sees of a request, and no more. */
class CheckedRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: SocketRequest['headers']
  /** Of the answer. */
  readonly _more: AcceptOptions['headers']
  constructor({ method, url }: IncomingMessage, headers: SocketRequest['headers'], more: AcceptOptions['headers']) {
    this.method = method
    this.url = url
    this.headers = headers
    this._more = more
  }
}
function addHeaders(lines: string[], request: IncomingMessage): void {
  const { _more } = request as unknown as CheckedRequest
  if (_more !== undefined) for (const [name, value] of linesOfHeaders(_more)) lines.push(`${name}: ${value}`)
}

/** What a socket is given by its route, or by `accept` in place of it. */
type Settings = Pick<CheckedRouteOptions, 'maxFrameBytes' | 'maxFragments' | 'validateUtf8' | 'compress'>
interface Deflate extends Required<CompressOptions> {
  /** The value of the response's header. */
  readonly answer: string
}

/** A handshake that has passed every check. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: NetSocket
  /** What came behind the request already. */
  readonly head: Buffer
}

/** What the sockets of one set of settings share. */
interface Served {
  readonly server: WebSocketServer
  readonly reader: FrameReader
}

/** The servers of one listener. */
export class WsServers {
  readonly #servers = new Map<string, Served>()
  /** Those of routes, which mostly have settings of their own and no compression. */
  readonly #plain = new WeakMap<Settings, Served>()

  /** Switches protocols; null if the peer has gone. The transport starts paused. */
  upgrade(upgrade: Upgrade, accepted: AcceptOptions, sink: Sink, route: CheckedRouteOptions): Transport | null {
    const settings = optionsOf(route, accepted.options)
    const { request, socket, head } = upgrade
    const deflate = negotiate(request, settings.compress)
    let transport: Transport | null = null
    // Put back before anything is written, not by ws behind the 101: Node forgets what is put back into a stream on which a write
    // has failed.
    if (head.length > 0) socket.unshift(head)
    // RFC 9110 section 7.8: with "Expect: 100-continue" a server "MUST send a 100 (Continue) response before sending a 101"
    if (linesOf(request, 'expect').some((value) => value.toLowerCase() === '100-continue'))
      socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    socket.setDefaultEncoding('latin1') // as node:http writes headers; ws leaves it to the default
    const { server, reader } = this.#serverOf(settings, deflate)
    server.handleUpgrade(prepare(request, accepted, deflate), socket, NO_BYTES, (ws) => {
      const socketOfWs = ws as WsSocket
      socketOfWs._thresholdBytes = deflate?.thresholdBytes ?? 0
      const made = new WsTransport(socketOfWs, socket, sink, route, reader)
      if (ASKS_FOR_HEARTBEATS.test(request.url ?? '')) made._greet()
      transport = made
    })
    socket.setDefaultEncoding('utf8')
    if (transport !== null) socket.removeListener('error', heedless) // ws has one of its own now
    return transport
  }

  #serverOf(settings: Settings, deflate: Deflate | undefined): Served {
    if (deflate !== undefined) return this.#server(settings, deflate)
    const known = this.#plain.get(settings)
    if (known !== undefined) return known
    const served = this.#server(settings, undefined)
    this.#plain.set(settings, served)
    return served
  }
  #server(settings: Settings, deflate: Deflate | undefined): Served {
    const { maxFrameBytes, maxFragments, validateUtf8 } = settings
    const key = [maxFrameBytes, maxFragments, validateUtf8, deflate?.level, deflate?.memLevel].join()
    const known = this.#servers.get(key)
    if (known !== undefined) return known
    for (const oldest of this.#servers.keys()) {
      if (this.#servers.size < MAX_SERVERS) break
      this.#servers.delete(oldest) // its sockets live on: they have copied what they need
    }
    const served = { server: wsServer(settings, deflate), reader: new FrameReader(maxFrameBytes, validateUtf8) }
    this.#servers.set(key, served)
    return served
  }
}

/** How this connection compresses; undefined if it does not. */
function negotiate(request: IncomingMessage, compress: CheckedRouteOptions['compress']): Deflate | undefined {
  if (compress === false) return undefined
  const given = Object.entries(compress === true ? {} : compress).filter(([, value]) => value !== undefined)
  const options = { ...DEFLATE_DEFAULTS, ...(Object.fromEntries(given) as CompressOptions) }
  const answer = negotiateDeflate(offeredExtensions(request) ?? [], options)
  return answer === undefined ? undefined : { ...options, answer }
}

/**
 * Where a connection compresses, `ws` gets a limit of an eighth and 1 kB more: it counts bytes before it inflates them, and
 * what cannot be compressed grows by that at most. The exact limit is that of the socket's process, which counts the message.
 */
function wsServer({ maxFrameBytes, maxFragments, validateUtf8 }: Settings, deflate: Deflate | undefined): WebSocketServer {
  const given: ServerOptions & { maxFragments: number; maxBufferedChunks: number; closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    autoPong: false,
    maxPayload: deflate === undefined ? maxFrameBytes : Math.min(maxFrameBytes + (maxFrameBytes >> 3) + 1024, MAX_FRAME_BYTES),
    skipUTF8Validation: !validateUtf8,
    // What is negotiated has been decided by negotiateDeflate; ws takes its one offer as it stands.
    perMessageDeflate: deflate !== undefined && {
      threshold: 0,
      zlibDeflateOptions: { level: deflate.level, memLevel: deflate.memLevel },
    },
    maxFragments: maxFragments ?? Math.max(MIN_FRAGMENTS, Math.floor(maxFrameBytes / FRAGMENT_BYTES)),
    maxBufferedChunks: maxFragments === 0 ? 0 : MAX_CHUNKS,
    closeTimeout: BACKSTOP_MS,
    WebSocket: WsSocket,
    // Only the chosen one is left of the header; see prepare.
    handleProtocols: (protocols: Set<string>) => [...protocols][0] ?? false,
  }
  const server = new WebSocketServer(given)
  server.on('headers', addHeaders)
  return server
}

// ws sees a request that has been checked: one spelling of each header, and in place of the offers what we answer.
function prepare(
  request: IncomingMessage,
  { subprotocol, headers }: AcceptOptions,
  deflate: Deflate | undefined,
): IncomingMessage {
  const seen: SocketRequest['headers'] = {
    upgrade: 'websocket',
    'sec-websocket-key': linesOf(request, 'sec-websocket-key')[0],
    'sec-websocket-version': '13',
  }
  if (subprotocol !== undefined) seen['sec-websocket-protocol'] = subprotocol
  if (deflate !== undefined) seen['sec-websocket-extensions'] = deflate.answer
  return new CheckedRequest(request, seen, headers) as unknown as IncomingMessage
}
