// What a request without an upgrade becomes, as in Bullet: a stream of events, a poll, a POST, or a refusal. Pure. Entered by
// bullet.
import type { PlainAnswer, SocketRequest } from '../../sockets/request.js'

const WRONG_METHOD: PlainAnswer = ['answer', 405, { headers: { Allow: 'GET, POST' }, body: 'GET or POST\n' }]
/** RFC 9110 section 15.6.2; a WebSocket is all that can be upgraded to. */
const OTHER_PROTOCOL: PlainAnswer = ['answer', 501, { body: 'No such protocol to upgrade to\n' }]

/** Undefined: a handshake for a WebSocket that is none, which is refused as everywhere. */
export function plainAnswer({ method, headers }: SocketRequest): PlainAnswer | undefined {
  if (headers.upgrade !== undefined) return listOf(headers.upgrade).includes('websocket') ? undefined : OTHER_PROTOCOL
  if (method === 'POST') return ['carry', 'post']
  if (method !== 'GET') return WRONG_METHOD
  return ['carry', listOf(headers.accept ?? '').includes('text/event-stream') ? 'sse' : 'poll']
}

/** The elements of a list without their parameters. As in Bullet, weights do not count. */
function listOf(header: string): string[] {
  return header.split(',').map((element) => element.replace(/;.*$/s, '').trim().toLowerCase())
}
