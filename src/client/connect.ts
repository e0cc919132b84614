// connect: a client for a url. Entered by users; calls the client.
import { urlOf } from './address.js'
import { Connection } from './client.js'
import { must, settingsOf } from './options.js'
import type { Client, ClientOptions, ProtocolClient, ProtocolClientOptions } from './types.js'
import type { Contract } from '../wire/contract.js'
import type { Protocol, ProtocolShape } from '../wire/contract-types.js'
import { WORLD } from './world.js'

/**
 * Connects, and connects again whenever the connection is lost: over a WebSocket, and where none gets through over plain HTTP.
 * Set the handlers right after; none is called before that.
 *
 * @param url - of the route; a relative one is relative to the page; `ws:`, `wss:`, `http:` and `https:` do for each transport
 * @param options - default none
 * @returns the client, in state 'connecting'
 * @throws {TypeError} a url or an option that cannot be understood, or nothing here that could connect. It has no `code`: the
 * client has no part of the library on the server
 * @example
 * const client = connect('/ws/echo')
 * client.onopen = () => client.send('hi')
 * client.onmessage = (data) => console.log(data)
 * client.state // => 'connecting'
 * @see WebSocket of the HTML standard; docs/client.md
 */
export function connect(url: string | URL, options?: ClientOptions & { readonly protocol?: never }): Client
/** @param options - with a `protocol`: then the client sends and hears what its contract names */
export function connect<P extends ProtocolShape>(url: string | URL, options: ProtocolClientOptions<P>): ProtocolClient<P>
export function connect(url: string | URL, options: ClientOptions & Partial<ProtocolClientOptions<any>> = {}): unknown {
  const { protocol, codecs, validateOut, ...own } = options
  const at = urlOf(url, WORLD.env.document?.baseURI)
  if (protocol === undefined) return new Connection(WORLD, at, settingsOf(options))
  const contract = protocol as Protocol<any> & Partial<Contract>
  must(typeof contract?._client === 'function', 'protocol must be what defineProtocol answers')
  const side = (contract as unknown as Contract)._client({ codecs, validateOut })
  return side.over(new Connection(WORLD, at, settingsOf(own), side.subprotocols))
}
