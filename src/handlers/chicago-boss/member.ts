// A socket that has joined a service: data, and how far its join has come. Entered by socket-handler, which makes it, and by
// service-queue and service-server.
import type { Reason08 } from '../../sockets/reason08.js'
import type { SocketRequest } from '../../sockets/request.js'
import type { HandlerSelf } from '../../sockets/self.js'
import type { Service, WebSocketPid } from './types.js'

/** Its join waits in the queue; `handleJoin` runs, or has crashed; it has been handled. */
export const WAITING = 0
export const JOINING = 1
export const JOINED = 2

/** What a socket says to its service. */
export interface MemberQueue {
  incoming(member: Member, text: string): void
  leave(member: Member, reason: Reason08): void
}

/** One socket of one service. */
export class Member {
  readonly webSocket: WebSocketPid
  /** Private: session ids and headers are nothing for reports. */
  readonly #request: SocketRequest
  readonly #sessionId: string | undefined
  readonly #self: HandlerSelf
  phase: typeof WAITING | typeof JOINING | typeof JOINED = WAITING
  /** How often in a row the service has ended in its `handleJoin`. */
  failures = 0
  hasLeft = false
  /** Of the service that it has joined. */
  queue: MemberQueue | undefined = undefined
  /** The module, with the parameters of this socket; a new one for each join. */
  service: Service<any> | undefined = undefined

  constructor(self: HandlerSelf, request: SocketRequest, sessionId: string | undefined) {
    this.webSocket = self.pid as WebSocketPid
    this.#self = self
    this.#request = request
    this.#sessionId = sessionId
  }
  get request(): SocketRequest {
    return this.#request
  }
  get sessionId(): string | undefined {
    return this.#sessionId
  }

  incoming(text: string): void {
    this.queue?.incoming(this, text)
  }
  leave(reason: Reason08): void {
    this.queue?.leave(this, reason)
  }
  /** A text of so many bytes waits for the service: too many of them, and the peer is held back. */
  forwarded(bytes: number): void {
    this.#self._forwarded(bytes)
  }
  taken(bytes: number): void {
    if (!this.hasLeft) this.#self._taken(bytes)
  }
}
