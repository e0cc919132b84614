// What a socket is made of: given by a transport, read by socket.
import type { AnySocketHandler, InitArgs } from './handler.js'
import type { CheckedRouteOptions } from './options.js'
import type { AcceptOptions, SocketRequest } from './request.js'
import type { Handshake } from './transport.js'

export interface SocketSetup {
  readonly handler: AnySocketHandler
  readonly options: CheckedRouteOptions
  readonly request: SocketRequest
  readonly params: object
  readonly claims: unknown
  /** What `authorize` and the choice of the subprotocol add to the 101. */
  readonly accept: AcceptOptions
  readonly transport: InitArgs['transport']
  readonly handshake: Handshake
}
