// The handshake, checked before `ws` sees it: node:http and ws let much pass that RFC 9110, 9112 and 6455 refuse. Pure.
// Entered by door; the statuses are decided here.
import type { IncomingMessage } from 'node:http'
import type { RefusalReason } from '../sockets/counters.js'
import { authorityOf } from './authority.js'
import { parseExtensions } from './extensions.js'
import { IS_TOKEN, TOKEN } from '../wire/token.js'
import { linesOf, listOf } from './headers.js'
import type { Refusal } from './refuse.js'

/** RFC 9110 section 15.5.22: "The server MUST send an Upgrade header field in a 426 response". */
const UPGRADE = { Upgrade: 'websocket' }
/** RFC 6455 section 4.4: "containing all versions it is willing to use". */
const VERSIONS = ['13', '8', '7']
/** RFC 4648 section 3.5: 16 bytes in base64 end in A, Q, g or w before the padding, whose bits are zero. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/
/** RFC 9110 section 7.8: protocol-name ["/" protocol-version]. */
const PROTOCOL = new RegExp(`^${TOKEN}(?:/${TOKEN})?$`)

/** What is wrong with a handshake, if anything: of RFC 9110 and 9112 first, then of RFC 6455 section 4.2.1. */
export function checkHandshake(request: IncomingMessage): Refusal | undefined {
  return checkHttp(request) ?? checkAsked(request) ?? checkWebSocket(request)
}

function bad(reason: RefusalReason, why: string): Refusal {
  return { status: 400, reason, body: `${why}\n` }
}

/** `Host`, once and sound, if at all. */
function checkHosts(request: IncomingMessage): Refusal | undefined {
  // RFC 9112 section 3.2: "MUST respond with a 400 [...] to any request message that contains more than one Host header field
  // line or a Host header field with an invalid field value"
  const hosts = linesOf(request, 'host')
  if (hosts.length > 1) return bad('request', 'More than one Host')
  if (hosts.length === 1 && authorityOf(hosts[0] as string) === undefined) return bad('request', 'Invalid Host')
  return undefined
}

/** What RFC 9112 asks of a request without an upgrade. */
export function checkPlainHttp(request: IncomingMessage): Refusal | undefined {
  const isOld = request.httpVersionMajor === 1 && request.httpVersionMinor === 0
  return checkHosts(request) ?? (isOld || linesOf(request, 'host').length > 0 ? undefined : bad('request', 'Host missing'))
}

function checkHttp(request: IncomingMessage): Refusal | undefined {
  const { headers, method, httpVersionMajor: major, httpVersionMinor: minor } = request
  const badHosts = checkHosts(request)
  if (badHosts !== undefined) return badHosts
  // RFC 9110 section 7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request"
  if (major === 1 && minor === 0) return { status: 426, reason: 'request', headers: UPGRADE, body: 'HTTP/1.1 needed\n' }
  if (major !== 1) return bad('request', 'HTTP/1.1 needed')
  if (linesOf(request, 'host').length === 0) return bad('request', 'Host missing')
  // RFC 9110 section 15.5.6: "The origin server MUST generate an Allow header field in a 405 response"
  if (method !== 'GET') return { status: 405, reason: 'method', headers: { Allow: 'GET' } }
  const hasBody = headers['transfer-encoding'] !== undefined || !/^0*$/.test(headers['content-length'] ?? '')
  return hasBody ? bad('request', 'A handshake has no body') : undefined
}

/** Is an upgrade to websocket asked for? */
function checkAsked(request: IncomingMessage): Refusal | undefined {
  const options = listOf(linesOf(request, 'connection'), IS_TOKEN)
  if (options === undefined) return bad('request', 'Malformed Connection')
  const protocols = listOf(linesOf(request, 'upgrade'), PROTOCOL)
  if (protocols === undefined) return bad('request', 'Malformed Upgrade')
  const asked = protocols.filter((name) => name.toLowerCase() === 'websocket').length
  if (asked > 1) return bad('request', 'The same protocol twice in Upgrade')
  const isAsked = asked === 1 && options.some((option) => option.toLowerCase() === 'upgrade')
  return isAsked ? undefined : { status: 426, reason: 'upgrade', headers: UPGRADE }
}

function checkWebSocket(request: IncomingMessage): Refusal | undefined {
  const versions = linesOf(request, 'sec-websocket-version')
  if (versions.length !== 1 || !VERSIONS.includes(versions[0] as string)) {
    return { status: 426, reason: 'version', headers: { ...UPGRADE, 'Sec-WebSocket-Version': VERSIONS.join(', ') } }
  }
  const keys = linesOf(request, 'sec-websocket-key')
  if (keys.length !== 1 || !KEY.test(keys[0] as string))
    return bad('headers', 'Sec-WebSocket-Key is not 16 bytes in base64, once')
  if (offeredSubprotocols(request) === undefined) return bad('headers', 'Sec-WebSocket-Protocol is no list of different tokens')
  return offeredExtensions(request) === undefined ? bad('headers', 'Malformed Sec-WebSocket-Extensions') : undefined
}

/**
 * The subprotocols that the peer offers, in its order; undefined if the header breaks its grammar or names one twice. RFC
 * 6455 section 4.1: "The elements that comprise this value MUST be non-empty strings [...] and MUST all be unique strings".
 */
export function offeredSubprotocols(request: IncomingMessage): string[] | undefined {
  const lines = linesOf(request, 'sec-websocket-protocol')
  const names = listOf(lines, IS_TOKEN)
  if (names === undefined || (lines.length > 0 && names.length === 0)) return undefined
  return new Set(names).size === names.length ? names : undefined
}

/** The extensions that the peer offers, in its order; undefined if the header breaks its grammar. */
export function offeredExtensions(request: IncomingMessage): ReturnType<typeof parseExtensions> {
  const lines = linesOf(request, 'sec-websocket-extensions')
  return lines.length === 0 ? [] : parseExtensions(lines.join(','))
}
