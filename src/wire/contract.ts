// defineProtocol: one declaration of what travels in both directions. Pure. Entered by users, on both ends; it brings the client's
// side along, so that a page without a protocol does not load it.
import { ProtocolError } from './protocol-error.js'
import { type ClientPlan, type Clock, type OpenLine, ProtocolTalk } from './protocol-talk.js'
import type { CallName, ContractError, Protocol, ProtocolShape } from './contract-types.js'
import { checkVersion, knows, must, Table } from './tables.js'

const kContract = Symbol.for('gensock.protocol')

/** The one implementation of `Protocol`. */
export class Contract {
  readonly version: string
  readonly toServer: ProtocolShape['toServer']
  readonly toClient: ProtocolShape['toClient']
  /** What servers take. @internal */
  readonly _toServer: Table
  /** What clients take. @internal */
  readonly _toClient: Table

  constructor(shape: ProtocolShape) {
    must(typeof shape === 'object' && shape !== null, 'defineProtocol: an object with version, toServer and toClient')
    knows('defineProtocol', shape, ['version', 'toServer', 'toClient'])
    checkVersion(shape.version)
    this.version = shape.version
    this.toServer = shape.toServer
    this.toClient = shape.toClient
    this._toServer = new Table('toServer', shape.toServer)
    this._toClient = new Table('toClient', shape.toClient)
    const kept = [...this._toClient.calls].find(([, call]) => call.delivery === 'atLeastOnce')
    must(kept === undefined, `toClient.calls.${kept?.[0]}: only calls to the server can be delivered at least once`)
    Object.freeze(this)
  }
  get [kContract](): true {
    return true
  }
  /** The client's side. @internal */
  _client(options: ClientPlan, open: OpenLine, clock: Clock): ProtocolTalk {
    return ProtocolTalk.begin(this.version, this._toServer, this._toClient, options, open, clock)
  }
}

/**
 * Declares what travels between clients and a server: messages and calls in both directions, each with a schema of any library
 * that implements Standard Schema. Both ends import the same contract: `protocolHandler` on the server, `connect` in the page.
 *
 * @param protocol - the version, which is the subprotocol, and what travels to the server and to the client
 * @returns the contract
 * @throws {TypeError} a name, schema or version that cannot be. It has no `code`: pages use it, too
 * @example
 * const chat = defineProtocol({
 *   version: 'chat.1',
 *   toServer: { messages: { say: z.object({ line: z.string() }) } },
 *   toClient: { messages: { said: z.object({ line: z.string() }) } },
 * })
 * chat.version // => 'chat.1'
 * @see RFC 6455 section 1.9, "Subprotocols Using the WebSocket Protocol"; https://standardschema.dev
 */
export function defineProtocol<const P extends ProtocolShape>(protocol: P): Protocol<P> {
  return new Contract(protocol) as unknown as Protocol<P>
}

/** Made by `defineProtocol`, of this copy of the library or another? */
export function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && (value as { [kContract]?: true })[kContract] === true
}

/**
 * Asks whether a call of a contract was answered with one of its errors, and types it.
 *
 * @param error - what a call has rejected with, or any value
 * @param protocol - the contract
 * @param call - the name of the call
 * @returns true if the contract's call has such an error: then `error.error` is its name and `error.data` what came with it
 * @example
 * const request = z.object({ last: z.number() })
 * const history = { request, reply: z.array(z.string()), errors: { tooMany: z.number() } }
 * const chat = defineProtocol({ version: '1', toServer: { calls: { history } }, toClient: {} })
 * const thrown: unknown = new ProtocolError('history', 'error', { error: 'tooMany', data: 100 })
 * isProtocolError(thrown, chat, 'history') && thrown.data // => 100
 * @see {@link ProtocolError}, with `instanceof`, for whatever else may happen to a call
 */
export function isProtocolError<P extends ProtocolShape, K extends CallName<Protocol<P>>>(
  error: unknown,
  protocol: Protocol<P>,
  call: K,
): error is ProtocolError & ContractError<Protocol<P>, K> {
  must(isContract(protocol), 'isProtocolError: protocol must be what defineProtocol answers')
  const { _toServer, _toClient } = protocol as unknown as Contract
  const { errors = {} } = _toServer.calls.get(call as string) ?? _toClient.calls.get(call as string) ?? {}
  if (!(error instanceof ProtocolError) || error.reason !== 'error' || error.call !== call) return false
  return Object.hasOwn(errors, error.error ?? '')
}
