// Refusals: why a handshake is refused, and the HTTP answer on the raw socket that ends the connection. Entered by door and
// admission.
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RefusalReason } from '../sockets/counters.js'
import { linesOfHeaders, type RejectOptions } from '../sockets/request.js'

/** Why a handshake is refused, for the counters and as an HTTP answer. */
export interface Refusal extends RejectOptions {
  readonly reason: RefusalReason
  readonly status: number
}

/**
 * What a peer still sends is read for so long: to close over unread bytes would reset the connection, and the answer be lost.
 */
const LINGER_MS = 1000
/** RFC 9110 sections 15.3.5 and 15.4.5: these have no content; of them 204 has no Content-Length either (section 8.6). */
const WITHOUT_CONTENT = [204, 304]

/**
 * Answers a handshake and closes the connection. `isHead`: the request was a HEAD, whose answer has no content (RFC 9110
 * section 9.3.2).
 */
export function refuse(socket: Duplex, refusal: Omit<Refusal, 'reason'>, isHead = false): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status } = refusal
  const phrase = STATUS_CODES[status] ?? ''
  const content = Buffer.from(WITHOUT_CONTENT.includes(status) ? '' : (refusal.body ?? `${phrase}\n`))
  const head = Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${fieldsOf(refusal, content.length)}\r\n`, 'latin1')
  socket.end(isHead ? head : Buffer.concat([head, content]))
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
}

/** The listener for errors of a connection that is not accepted yet: a peer that resets; the close event follows. */
export function heedless(): void {
  // See above.
}

function fieldsOf({ status, headers = {} }: Omit<Refusal, 'reason'>, length: number): string {
  const fields = new Map<string, [name: string, value: string | readonly string[]]>()
  const set = (name: string, value: string | readonly string[]): unknown => fields.set(name.toLowerCase(), [name, value])
  // RFC 9110 section 6.6.1: "An origin server with a clock [...] MUST generate a Date header field in all 2xx (Successful), 3xx
  // (Redirection), and 4xx (Client Error) responses"
  set('Date', new Date().toUTCString())
  if (length > 0) set('Content-Type', 'text/plain; charset=utf-8')
  // RFC 9110 section 15.5.22: "The server MUST send an Upgrade header field in a 426 response"; section 15.5.6: Allow in a 405
  if (status === 426) set('Upgrade', 'websocket')
  if (status === 405) set('Allow', 'GET')
  for (const [name, value] of Object.entries(headers)) set(name, value)
  // RFC 9110 section 7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option"
  set('Connection', fields.has('upgrade') ? 'close, Upgrade' : 'close')
  if (!WITHOUT_CONTENT.includes(status)) set('Content-Length', String(length))
  return linesOfHeaders(Object.fromEntries(fields.values()))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
