// Peers that do not come to an end with a request: what they still send, and what they do not take. Both have a second.
// Entered by whoever answers plain requests.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** To close at once over unread bytes would reset the connection, and the answer be lost. */
const LINGER_MS = 1000

/** A request has been answered whose body nobody reads to its end: what comes of it is thrown away, for a while. */
export function dismiss(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  request.resume()
  cutSoon(request)
}
/** This is over, whether the peer goes along or not. */
export function cutSoon(half: IncomingMessage | ServerResponse): void {
  if (half.closed) return
  const timer = setTimeout(() => half.destroy(), LINGER_MS).unref()
  half.once('close', () => clearTimeout(timer))
}
