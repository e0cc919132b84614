// The handshake, checked before `ws` sees it: node:http and ws let much pass that RFC 9110, 9112 and 6455 refuse.
// Pure but for `refuse`, which writes an answer on the raw socket. Entered by listen.
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { CheckedRouteOptions } from '../sockets/options.js'
import type { RejectOptions, SocketRequest } from '../sockets/request.js'
import { deflateOffer } from './extensions.js'

/** Why a handshake is refused, as an HTTP answer. */
export interface Refusal extends RejectOptions {
  readonly status: number
}
const UPGRADE: Refusal = { status: 426, headers: { Upgrade: 'websocket' } }
const VERSION: Refusal = { status: 426, headers: { 'Sec-WebSocket-Version': '13, 8, 7' } }
const METHOD: Refusal = { status: 405, headers: { Allow: 'GET' } }
const BAD_REQUEST: Refusal = { status: 400 }
const FORBIDDEN: Refusal = { status: 403 }

/** RFC 4648: 16 bytes in base64 end in A, Q, g or w before the padding. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 3986 section 3.2: reg-name, IPv4 or IP literal, and a port. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?$/

/** What is wrong with the request itself, if anything. RFC 6455 section 4.2.1, in the order in which it is easiest to mend. */
export function checkHandshake(request: IncomingMessage): Refusal | undefined {
  const { headers } = request
  // RFC 9110 section 7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request"
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) return UPGRADE
  const host = valuesOf(request, 'host')
  // RFC 9112 section 3.2: "MUST respond with a 400 [...] that lacks a Host header field [...] more than one [...] invalid"
  if (host.length !== 1 || !HOST.test(host[0] as string)) return BAD_REQUEST
  if (request.method !== 'GET') return METHOD
  const upgrade = valuesOf(request, 'upgrade')
  if (upgrade.length > 1) return BAD_REQUEST
  if (!hasToken(upgrade[0], 'websocket') || !hasToken(headers.connection, 'upgrade')) return UPGRADE
  const version = valuesOf(request, 'sec-websocket-version')
  if (version.length !== 1 || !['13', '8', '7'].includes(version[0] as string)) return VERSION
  const key = valuesOf(request, 'sec-websocket-key')
  if (key.length !== 1 || !KEY.test(key[0] as string)) return BAD_REQUEST
  if (headers['transfer-encoding'] !== undefined || !/^0*$/.test(headers['content-length'] ?? '')) return BAD_REQUEST
  const protocols = headers['sec-websocket-protocol']
  if (protocols !== undefined && offered(protocols) === undefined) return BAD_REQUEST
  const extensions = headers['sec-websocket-extensions']
  return extensions !== undefined && deflateOffer(extensions) === undefined ? BAD_REQUEST : undefined
}

/** The values of a header, one for each line: Node joins or drops doubled ones. */
function valuesOf(request: IncomingMessage, name: string): string[] {
  const { rawHeaders } = request
  const values: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) values.push((rawHeaders[i + 1] ?? '').trim())
  }
  return values
}

function hasToken(list: string | undefined, token: string): boolean {
  return (list ?? '').split(',').some((element) => element.trim().toLowerCase() === token)
}

/** The subprotocols that the peer offers; undefined if the header breaks its grammar or names one twice. */
function offered(header: string): string[] | undefined {
  const names = header.split(',').map((name) => name.trim())
  return names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length ? names : undefined
}

/** The first of the route's subprotocols that the peer offers. */
export function chooseSubprotocol(request: SocketRequest, known: readonly string[]): string | undefined {
  const names = offered(request.headers['sec-websocket-protocol'] ?? '') ?? []
  return known.find((name) => names.includes(name))
}

/** May this web page connect? Requests without `Origin` come from programs, not from browsers. */
export function checkOrigin(request: SocketRequest, origins: CheckedRouteOptions['origins']): Refusal | undefined {
  const given = request.headers['origin'] ?? request.headers['sec-websocket-origin']
  if (given === undefined || origins === 'any') return undefined
  const passes = origins === 'same' ? isSameHost(String(given), request) : origins.includes(String(given))
  return passes ? undefined : FORBIDDEN
}

// Host and port are compared, the scheme is not: a proxy in front may speak TLS for us. A missing port is the origin's default.
function isSameHost(origin: string, { headers }: SocketRequest): boolean {
  const match = /^(https?|wss?):\/\/([^/?#@]+)$/i.exec(origin)
  if (match === null) return false
  const scheme = (match[1] as string).toLowerCase()
  const port = scheme === 'https' || scheme === 'wss' ? ':443' : ':80'
  return withPort(match[2] as string, port) === withPort(headers.host ?? '', port)
}

function withPort(authority: string, port: string): string {
  const host = authority.toLowerCase()
  return /:[0-9]+$/.test(host) ? host : `${host.replace(/:$/, '')}${port}`
}

/** Answers a handshake with a status and closes the connection. */
export function refuse(socket: Duplex, { status, headers = {}, body }: Refusal): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const phrase = STATUS_CODES[status] ?? ''
  const text = Buffer.from(body ?? `${phrase}\n`)
  const lines = Object.entries({
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
    'Content-Length': text.length,
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.once('finish', () => socket.destroy())
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${head}\r\n`, 'latin1'), text]))
}
