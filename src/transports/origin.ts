// May this web page connect? Origins of RFC 6454 against the host that was asked for, or a list. Pure. Entered by door.
import type { IncomingHttpHeaders } from 'node:http'
import type { CheckedRouteOptions } from '../sockets/options.js'
import { type Authority, authorityOf } from './authority.js'
import type { Client } from './proxy.js'

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 }

/** The host that the peer believes it is talking to. */
export interface Site {
  /** `Host`, or the authority of an absolute target. */
  readonly host: string
  readonly forwarded: Client['forwarded']
}
interface Origin extends Authority {
  readonly scheme: string
}

/**
 * Does the request pass? Browsers always send `Origin` (of versions 7 and 8, `Sec-WebSocket-Origin`); those without one are
 * programs.
 */
export function passesOrigin(
  headers: IncomingHttpHeaders,
  site: Site,
  { origins, requireOrigin }: Pick<CheckedRouteOptions, 'origins' | 'requireOrigin'>,
): boolean {
  const given = headers.origin ?? headers['sec-websocket-origin']
  if (given === undefined) return !requireOrigin
  if (origins === 'any') return true
  const text = String(given)
  if (origins === 'same') return isSameHost(text, site)
  const one = serialized(text)
  return origins.some((allowed) => (allowed === 'same' ? isSameHost(text, site) : serialized(allowed) === one))
}

function originOf(text: string): Origin | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text)
  const authority = match === null ? undefined : authorityOf(match[2] as string)
  if (match === null || authority === undefined) return undefined
  const scheme = (match[1] as string).toLowerCase()
  return { scheme, host: authority.host, port: authority.port ?? DEFAULT_PORTS[scheme] }
}

/** In one spelling: what is no origin with a host (`null`) stays as it is. */
function serialized(text: string): string {
  const origin = originOf(text)
  return origin === undefined ? text : `${origin.scheme}://${origin.host}:${origin.port ?? ''}`
}

// Host and port are compared, the scheme is not: a proxy in front may speak TLS for us. So a missing port is the default one
// of the origin's scheme; behind a trusted proxy it is any: nginx's `Host $host` drops the port.
function isSameHost(text: string, site: Site): boolean {
  const origin = originOf(text)
  if (origin === undefined || DEFAULT_PORTS[origin.scheme] === undefined) return false
  const asked = authorityOf(site.forwarded?.host ?? site.host)
  if (asked === undefined || asked.host !== origin.host) return false
  const port = asked.port ?? forwardedPort(site)
  if (port === undefined) return site.forwarded !== undefined || origin.port === DEFAULT_PORTS[origin.scheme]
  return port === origin.port
}

function forwardedPort({ forwarded }: Site): number | undefined {
  return forwarded?.port !== undefined && /^[0-9]{1,5}$/.test(forwarded.port) ? Number(forwarded.port) : undefined
}
