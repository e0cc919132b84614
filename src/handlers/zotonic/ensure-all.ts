// The context of an HTML page: session and page of whoever asks for it. Entered by users' node:http servers; calls sessions by
// way of visitor.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { rejectUnknown, requireFunction } from '../../base/check.js'
import { BadArgError } from '../../base/errors.js'
import type { Sessions } from '../../sessions/sessions.js'
import { listenerOptions } from '../../sockets/listener-options.js'
import { clientOf, trustOf } from '../../transports/proxy.js'
import { HttpRequest, targetOf } from '../../transports/request.js'
import { type Context, ZotonicContext } from './context.js'
import { setUrlFor, type UrlFor } from './stream-tag.js'
import { Visitor } from './visitor.js'

/**
 * Options of `ensureAll`.
 *
 * @example
 * const site = dispatch(baseRules, { prefix: '/app' })
 * const options: EnsureAllOptions = { urlFor: site.urlFor, trustProxy: 1 }
 * options.urlFor?.('websocket') // => '/app/websocket'
 * @see {@link ensureAll}
 */
export interface EnsureAllOptions {
  /** Whose sessions. Default: those of the node. */
  readonly sessions?: Sessions
  /** Of the site's `dispatch`, for `streamTag`. Default: that of `baseRules`. */
  readonly urlFor?: UrlFor
  /** As of `listen`: how many proxies, or which, are believed that a request came over TLS. Default 0. */
  readonly trustProxy?: number | readonly string[]
}

/**
 * Goes on with the session of the browser that asks for a page, or begins one, makes the page of its query's `z_pageid` or a
 * new one, and sets the cookies. A page is its visitor's alone: where no Cache-Control has been set, `private, no-cache` is. A
 * cookie that is forged or stale is that of an anonymous visitor.
 *
 * @param request - of `node:http` or `node:https`
 * @param response - its answer, of which nothing has been sent
 * @param options - whose sessions, whose URLs, which proxies are trusted; default none
 * @returns the context of the page, for `streamTag`; `pagePid` and `sessionPid` take what the browser is to get
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, as a rejection - no request, or headers have been sent;
 * `GENSOCK_ERR_UNKNOWN_OPTION` - of the options
 * @example
 * const server = createServer(async (request, response) => {
 *   const context = await ensureAll(request, response)
 *   response.setHeader('Content-Type', 'text/html; charset=utf-8')
 *   response.end(`<!DOCTYPE html><title>News</title>${streamTag(context)}`)
 * })
 * server.listening // => false
 * @see Zotonic 0.10, `z_context:ensure_all/1`
 */
export async function ensureAll(
  request: IncomingMessage,
  response: ServerResponse,
  options: EnsureAllOptions = {},
): Promise<Context> {
  rejectUnknown('ensureAll', options, ['sessions', 'urlFor', 'trustProxy'])
  const { sessions, urlFor } = options
  const { trustProxy } = listenerOptions(
    'ensureAll',
    options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy },
    'leave',
  )
  if (urlFor !== undefined) requireFunction('ensureAll: urlFor', urlFor)
  requireExchange(request, response)
  const peer = {
    address: request.socket.remoteAddress ?? '',
    secure: (request.socket as { encrypted?: boolean }).encrypted === true,
  }
  const target = targetOf(request.url ?? '') ?? { path: '/', search: '', authority: undefined }
  const context = new ZotonicContext(new HttpRequest(request, target, clientOf(peer, request.headers, trustOf(trustProxy))))
  if (urlFor !== undefined) setUrlFor(context, urlFor)
  const visitor = new Visitor(context, sessions, (fn) => fn())
  for (const cookie of await visitor.ensureAll()) response.appendHeader('Set-Cookie', cookie)
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private, no-cache')
  return context
}

/** What comes is not shown: it holds cookies. */
function requireExchange(request: Partial<IncomingMessage> | undefined, response: Partial<ServerResponse> | undefined): void {
  const isRequest = typeof request?.headers === 'object' && typeof request.socket === 'object'
  if (!isRequest) throw new BadArgError('ensureAll: request', 'a request of node:http', typeof request)
  if (typeof response?.appendHeader !== 'function') throw new BadArgError('ensureAll: response', 'its answer', typeof response)
  if (response.headersSent === true) throw new BadArgError('ensureAll: response', 'an answer that has not begun', 'one that has')
}
