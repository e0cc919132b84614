// What is asked of a request before a rule's controller sees it: did the checks of its path go well, is it the protocol that
// the rule wants, is it a method that the rule has. Entered by the transports, in place of the controller's handler; made by
// dispatch.
import type { AnySocketHandler } from '../../sockets/handler.js'
import { accept, reject, type RejectOptions, type SocketRequest } from '../../sockets/request.js'
import { authorityOf } from '../../transports/authority.js'
import { targetOf } from '../../transports/request.js'
import type { Variables } from './path-spec.js'
import type { CheckedWebsocketOptions } from './types.js'

const kFailed = Symbol('gensock.failed')
const DEFAULT_PORTS = { http: 80, https: 443 } as const
/** RFC 9110 section 15.5.6: "The origin server MUST generate an Allow header field in a 405 response". */
const NO_METHOD: Refused = [405, { headers: { Allow: 'GET, HEAD' } }]
type Refused = readonly [status: number, options: RejectOptions]

/**
 * What a path is taken as whose test threw: matching happens outside any process, where nobody would catch it. The rule takes
 * the path, and the request gets the 500 of a handler that throws.
 */
export function failedMatch(error: unknown): Variables {
  const variables: { readonly [kFailed]: unknown } = { [kFailed]: error }
  return variables as object as Variables
}
function throwFailed(params: object): void {
  if (kFailed in params) throw params[kFailed]
}

/** A handler behind a rule's protocol and methods. */
export function entranceOf(protocol: CheckedWebsocketOptions['protocol'], handler: AnySocketHandler): AnySocketHandler {
  return {
    ...handler,
    upgrade(request, self, params, transport) {
      throwFailed(params)
      const refused = redirectOf(protocol, request)
      if (refused !== undefined) return reject(...refused)
      return handler.upgrade === undefined ? accept(undefined) : handler.upgrade(request, self, params, transport)
    },
    plain(request, params) {
      throwFailed(params)
      const isKnown = request.method === 'GET' || request.method === 'HEAD'
      const refused = redirectOf(protocol, request) ?? (isKnown ? undefined : NO_METHOD)
      return refused === undefined ? handler.plain?.(request, params) : ['answer', ...refused]
    },
  }
}

/** 302 to the same place over the other protocol; undefined if the request came over the right one. */
function redirectOf(protocol: CheckedWebsocketOptions['protocol'], request: SocketRequest): Refused | undefined {
  if (protocol === 'keep') return undefined
  const [scheme, port] = protocol
  if (request.secure === (scheme === 'https')) return undefined
  const host = authorityOf(targetOf(request.url)?.authority ?? request.headers.host ?? '')?.host
  if (host === undefined) return [400, { body: 'Invalid Host\n' }]
  const origin = port === DEFAULT_PORTS[scheme] ? `${scheme}://${host}` : `${scheme}://${host}:${port}`
  const [, query = ''] = /(\?.*)$/s.exec(request.url) ?? []
  return [302, { headers: { Location: `${origin}${request.path}${query}` }, body: 'Found\n' }]
}
