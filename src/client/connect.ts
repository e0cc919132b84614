// connect: a client for a url. Entered by users; calls the client.
import { urlOf } from './address.js'
import { Connection } from './client.js'
import { must, settingsOf } from './options.js'
import type { Client, ClientOptions, ProtocolClient, ProtocolClientOptions } from './types.js'
import type { Contract } from '../wire/contract.js'
import type { ProtocolShape } from '../wire/contract-types.js'
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
export function connect(
  url: string | URL,
  options: ClientOptions & Partial<Omit<ProtocolClientOptions<any>, 'resume'>> = {},
): unknown {
  const open = (own: ClientOptions, subprotocols?: readonly string[]): Connection =>
    new Connection(WORLD, urlOf(url, WORLD.env.document?.baseURI), settingsOf(own, subprotocols))
  if (!('protocol' in options)) return open(options)
  const protocol = options.protocol as unknown as Contract | null | undefined
  must(typeof protocol?._client === 'function', 'protocol must be of defineProtocol')
  // All else comes along with the contract: a page that has none does not load it.
  return (protocol as Contract)._client(options, open, WORLD)
}
