// How answers end: whole or broken, and with peers that do not come to an end: what they still send, and what they do not
// take. Both have a second. Entered by whoever answers plain requests.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** To close at once over unread bytes would reset the connection, and the answer be lost. */
const LINGER_MS = 1000

/** A request has been answered whose body nobody reads to its end: node:http throws away what comes of it, for a while. */
export function dismiss(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  cutSoon(request)
}
/** This is over, whether the peer goes along or not. */
export function cutSoon(half: IncomingMessage | ServerResponse): void {
  if (half.closed) return
  const timer = setTimeout(() => half.destroy(), LINGER_MS).unref()
  half.once('close', () => clearTimeout(timer))
}

/**
 * Calls back when an answer is over: was it handed over whole? `writableFinished` says so of one whose connection broke as
 * well, and so does `finish`; but then the connection is destroyed already. We look before node:http ends it by itself.
 */
export function whenOver(response: ServerResponse, then: (isWhole: boolean) => void): void {
  const { socket } = response
  let isWhole = false
  response.prependOnceListener('finish', () => {
    isWhole = socket?.destroyed === false
  })
  response.once('close', () => then(isWhole))
}
