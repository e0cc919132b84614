// `host[:port]` of RFC 3986 section 3.2 as `Host`, origins and absolute targets hold it: is it one, and which. Pure.
// Entered by upgrade, request and origin.
import { isIPv6 } from 'node:net'

/** Where a server is, in one spelling. */
export interface Authority {
  /** Lower case; an IPv6 address in its shortest form, in brackets. */
  readonly host: string
  /** Undefined: the default of the scheme. */
  readonly port: number | undefined
}

const AUTHORITY = /^(\[[0-9A-Za-z:.\-_~!$&'()*+,;=]+\]|(?:[0-9A-Za-z\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]*))?$/
const IP_FUTURE = /^v[0-9A-Fa-f]+\.[0-9A-Za-z\-._~!$&'()*+,;=:]+$/i
const MAX_PORT = 65_535

/**
 * Reads `host[:port]`; undefined if it is none, with user information for example. RFC 9110 section 4.2.1: a URI "with an
 * empty host identifier" is invalid, and above 65 535 there is no TCP port.
 */
export function authorityOf(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text)
  if (match === null) return undefined
  const host = hostOf((match[1] as string).toLowerCase())
  const port = match[2] === undefined || match[2] === '' ? undefined : Number(match[2])
  return host === undefined || (port !== undefined && port > MAX_PORT) ? undefined : { host, port }
}

function hostOf(host: string): string | undefined {
  if (!host.startsWith('[')) return host
  const inside = host.slice(1, -1)
  if (isIPv6(inside)) return `[${shortIPv6(inside)}]`
  return IP_FUTURE.test(inside) ? host : undefined
}

/** An IPv6 address in the one spelling of RFC 5952. */
export function shortIPv6(address: string): string {
  const url = `http://[${address}]`
  // it must not throw, whatever else it does
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address.toLowerCase()
}
