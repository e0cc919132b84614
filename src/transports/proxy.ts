// What proxies in front say of a client, believed as far as `trustProxy` goes. Pure. Entered by door.
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { addAddress } from '../sockets/listener-options.js'
import { shortIPv6 } from './authority.js'
import { elementsOf } from './headers.js'

/** Is this address, so many trusted proxies away from us, that of a trusted proxy? */
export type Trust = (address: string, hop: number) => boolean
/** Where the connection comes from. */
export interface Peer {
  readonly address: string
  readonly secure: boolean
}
/** The client behind the proxies. */
export interface Client extends Peer {
  /** What trusted proxies say of the host that was asked for; undefined if no proxy is trusted. */
  readonly forwarded: { readonly host: string | undefined; readonly port: string | undefined } | undefined
}

/** The option `trustProxy`, ready to be asked. */
export function trustOf(trustProxy: number | readonly string[]): Trust {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  const list = new BlockList()
  for (const address of trustProxy) addAddress(list, address)
  return (address) => {
    const [net = ''] = address.split('%') // a list knows no zones
    return isIPv4(net) ? list.check(net) : isIPv6(net) && list.check(net, 'ipv6')
  }
}

/**
 * Who asks. `X-Forwarded-For` is walked from its right end, where the nearest proxy has written: each trusted proxy vouches
 * for the address that it wrote, and the first address that is not a trusted proxy's is the client's. Without trust the
 * headers count for nothing.
 */
export function clientOf(peer: Peer, headers: IncomingHttpHeaders, trust: Trust): Client {
  let address = addressOf(peer.address) ?? peer.address
  const written = headers['x-forwarded-for'] === undefined ? [] : elementsOf(String(headers['x-forwarded-for']))
  let hops = 0
  while (trust(address, hops)) {
    hops++
    const next = addressOf(written.at(-hops) ?? '')
    if (next === undefined) break
    address = next
  }
  if (hops === 0) return { address, secure: peer.secure, forwarded: undefined }
  const protocol = farthest(headers['x-forwarded-proto'], hops)?.toLowerCase()
  const secure = protocol === undefined ? peer.secure : protocol === 'https' || protocol === 'wss'
  const forwarded = { host: farthest(headers['x-forwarded-host'], hops), port: farthest(headers['x-forwarded-port'], hops) }
  return { address, secure, forwarded }
}

/**
 * What the trusted proxy farthest from us has written: if each has added its own, so many from the right; else the only one.
 */
function farthest(header: string | string[] | undefined, hops: number): string | undefined {
  const values = header === undefined ? [] : elementsOf(String(header))
  return values[Math.max(0, values.length - hops)]
}

/**
 * An address in one spelling, without a port: of IPv4 in IPv6 the IPv4 part, so that limits for each address cannot be
 * doubled.
 */
export function addressOf(text: string): string | undefined {
  if (isIPv4(text)) return text
  // How a server that listens on IPv6 as well sees a client of IPv4.
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return text.slice(7)
  const bare = /^\[([^\]]*)\](?::[0-9]+)?$/.exec(text)?.[1] ?? text.replace(/^([0-9.]+):[0-9]+$/, '$1')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  if (bare.includes('%')) return bare.toLowerCase() // with a zone, which means something on this machine only
  const short = shortIPv6(bare)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short)
  if (mapped === null) return short
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
