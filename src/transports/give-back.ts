// Upgrades to other protocols on a server that is not ours. As soon as a server listens for upgrades, node:http hands all of them over, also
// the `Upgrade: h2c` that curl and others add to any request; without a listener it answers as if they had not asked. So does this.
// Entered by door, for what nobody wants; calls the server's own request listeners.
import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket as NetSocket } from 'node:net'

const kDoor = Symbol.for('gensock.door')
/** Marks a request listener that only looks on. */
export function onlyLooking<F extends object>(listener: F): F {
  return Object.assign(listener, { [kDoor]: true })
}
function isDoors(listener: Function): boolean {
  return (listener as { [kDoor]?: true })[kDoor] === true
}

/**
 * Gives a request back to its server: RFC 9110 section 7.8, "A server MAY ignore a received Upgrade header field". Its connection ends with the
 * answer. False for one with content, which node:http does not read any more.
 */
export function giveBack(server: Server | HttpsServer, request: IncomingMessage, socket: NetSocket): boolean {
  const { headers } = request
  const hasContent = headers['transfer-encoding'] !== undefined || !/^0*$/.test(headers['content-length'] ?? '')
  if (hasContent || server.listeners('request').every(isDoors)) return false
  request.push(null)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => {
    response.detachSocket(socket)
    socket.end()
  })
  server.emit('request', request, response)
  return true
}

/** Is another protocol asked for, and none of ours? */
export function wantsAnother(upgrade: string | undefined): boolean {
  return !(upgrade ?? '').split(',').some((protocol) => /^websocket(?:\/|$)/i.test(protocol.trim()))
}
