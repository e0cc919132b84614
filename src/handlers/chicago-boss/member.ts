// A socket that has joined a service: data, and how far its join has come. Entered by socket-handler, which makes it, and by
// service-queue and service-server.
import { BadReturnError } from '../../base/errors.js'
import type { Reason08 } from '../../sockets/reason08.js'
import type { SocketRequest } from '../../sockets/request.js'
import type { HandlerSelf } from '../../sockets/self.js'
import type { AnyServiceModule, Service, WebSocketPid } from './types.js'

/** Its join waits in the queue; `handleJoin` runs, or has crashed; it has been handled; it has crashed too often. */
export const WAITING = 0
export const JOINING = 1
export const JOINED = 2
export const REFUSED = 3

/** What a socket says to its service. */
export interface MemberQueue {
  incoming(member: Member, text: string): void
  leave(member: Member, reason: Reason08): void
}

/** What a module is made of for one socket: its parameters. */
export interface Parameters {
  readonly request: SocketRequest
  readonly sessionId: string | undefined
  readonly claims: unknown
}

/** One socket of one service. */
export class Member {
  readonly webSocket: WebSocketPid
  /** Private, as all that is below: what an event shows in a report is the socket and how far it has come. */
  readonly #module: AnyServiceModule
  readonly #parameters: Parameters
  readonly #self: HandlerSelf
  phase: typeof WAITING | typeof JOINING | typeof JOINED | typeof REFUSED = WAITING
  /** How often in a row the service has ended in its `handleJoin`. */
  failures = 0
  hasLeft = false
  #queue: MemberQueue | undefined = undefined
  #service: Service<any>

  /** In the socket's process: a module that throws for this request ends this socket alone. */
  constructor(self: HandlerSelf, module: AnyServiceModule, parameters: Parameters) {
    this.webSocket = self.pid as WebSocketPid
    this.#self = self
    this.#module = module
    this.#parameters = parameters
    this.#service = this.instantiate()
  }
  /** The module, with the parameters of this socket. */
  get service(): Service<any> {
    return this.#service
  }
  /** For each join anew. */
  instantiate(): Service<any> {
    const { request, sessionId, claims } = this.#parameters
    const service: unknown = this.#module(request, sessionId, claims)
    if (typeof service !== 'object' || service === null)
      throw new BadReturnError('the module of a service', 'an object of callbacks', service)
    return (this.#service = service as Service<any>)
  }
  /** It joins the service of this queue. */
  enter(queue: MemberQueue): void {
    this.#queue = queue
  }

  incoming(text: string): void {
    this.#queue?.incoming(this, text)
  }
  leave(reason: Reason08): void {
    this.#queue?.leave(this, reason)
  }
  /** A text of so many bytes waits for the service: too many of them, and the peer is held back. */
  forwarded(bytes: number): void {
    this.#self._forwarded(bytes)
  }
  taken(bytes: number): void {
    if (!this.hasLeft) this.#self._taken(bytes)
  }
}
