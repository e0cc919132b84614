// connect: a client for a url. Entered by users; calls the client.
import { urlOf } from './address.js'
import { Connection } from './client.js'
import { settingsOf } from './options.js'
import type { Client, ClientOptions } from './types.js'
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
export function connect(url: string | URL, options: ClientOptions = {}): Client {
  return new Connection(WORLD, urlOf(url, WORLD.env.document?.baseURI), settingsOf(options))
}
