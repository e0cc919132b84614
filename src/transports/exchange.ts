// A plain HTTP request at a path of ours, and its answer. Entered by door, which makes it; given to whoever answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { linesOfHeaders, type RejectOptions } from '../sockets/request.js'
import type { Found } from './admission.js'
import type { HttpRequest } from './request.js'

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly seen: HttpRequest
  readonly found: Found
  /** On every answer: what lets a page of another origin that may connect read it. */
  readonly headers: Readonly<Record<string, string>>
}

/** Adds the headers of an exchange; what the application has set itself stays. */
export function allow(response: ServerResponse, headers: Exchange['headers']): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'Vary') response.appendHeader(name, value)
    else if (!response.hasHeader(name)) response.setHeader(name, value)
  }
}

/** Answers and ends an exchange; nothing if it has been answered, or the peer has gone. */
export function answer(
  { request, response, headers }: Exchange,
  status: number,
  { headers: more = {}, body = '' }: RejectOptions,
): void {
  if (response.headersSent || response.destroyed) return
  for (const [name, value] of linesOfHeaders(more)) response.appendHeader(name, value)
  allow(response, headers)
  const hasContent = status !== 204 && status !== 304
  if (hasContent && !response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  if (hasContent) response.setHeader('Content-Length', Buffer.byteLength(body))
  response.writeHead(status)
  response.end(request.method === 'HEAD' || !hasContent ? undefined : body)
}
