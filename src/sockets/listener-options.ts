// Options of a whole listener: the table of defaults, and the checks. Unknown keys are refused by name.
import { BlockList } from 'node:net'
import { requireInt, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'

/**
 * Limits and habits of a whole listener: options of `listen` and `attach`.
 *
 * @example
 * const limits: ListenerOptions = { trustProxy: 1, maxConnections: 10_000, maxConnectionsPerAddress: 100, drainMs: 10_000 }
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)], ...limits })
 * await listener.drain({ deadlineMs: 1000 })
 * @see docs/limits.md, for why a default is what it is
 */
export interface ListenerOptions {
  /** Sockets open at once, handshakes under way included; one more is refused with 503, 0 lets nobody in. Default infinity. */
  readonly maxConnections?: number
  /** The same for one client address (see `trustProxy`), with 429; 0 lets nobody in. Default infinity. */
  readonly maxConnectionsPerAddress?: number
  /** Upgrades of other paths: leave them to others, or answer 404. Default 'leave' for `attach`, '404' for `listen`. */
  readonly unknownPath?: 'leave' | '404'
  /**
   * Whose `X-Forwarded-For`, `-Host`, `-Port` and `-Proto` to believe: that of so many proxies in front, or of those with these
   * addresses (IPv4, IPv6, CIDR). Default 0: nobody's.
   */
  readonly trustProxy?: number | readonly string[]
  /** How long a handshake may take until the 101 (for `listen` from the first byte), in ms; 0 = for ever. Default 10 000. */
  readonly handshakeTimeoutMs?: number
  /**
   * How long sockets have when the listener's supervisor, application or node ends it: a drain with this deadline, in ms;
   * 0 = all are gone at once. Default 5 000.
   */
  readonly drainMs?: number
}
/** Checked options, none missing. */
export type CheckedListenerOptions = Required<ListenerOptions>
export const LISTENER_KEYS = [
  'maxConnections',
  'maxConnectionsPerAddress',
  'unknownPath',
  'trustProxy',
  'handshakeTimeoutMs',
  'drainMs',
] as const
export const LISTENER_DEFAULTS: Omit<CheckedListenerOptions, 'unknownPath'> = Object.freeze({
  maxConnections: Infinity,
  maxConnectionsPerAddress: Infinity,
  trustProxy: 0,
  handshakeTimeoutMs: 10_000,
  drainMs: 5000,
})

/** Checks a listener's options; the keys have been looked at. */
export function listenerOptions(where: string, given: ListenerOptions, unknownPath: 'leave' | '404'): CheckedListenerOptions {
  const options: CheckedListenerOptions = {
    maxConnections: given.maxConnections ?? LISTENER_DEFAULTS.maxConnections,
    maxConnectionsPerAddress: given.maxConnectionsPerAddress ?? LISTENER_DEFAULTS.maxConnectionsPerAddress,
    unknownPath: given.unknownPath ?? unknownPath,
    trustProxy: given.trustProxy ?? LISTENER_DEFAULTS.trustProxy,
    handshakeTimeoutMs: given.handshakeTimeoutMs ?? LISTENER_DEFAULTS.handshakeTimeoutMs,
    drainMs: given.drainMs ?? LISTENER_DEFAULTS.drainMs,
  }
  for (const key of ['maxConnections', 'maxConnectionsPerAddress'] as const) {
    if (options[key] !== Infinity) requireInt(`${where}: ${key}`, options[key], 0)
  }
  if (options.unknownPath !== 'leave' && options.unknownPath !== '404')
    throw new BadArgError(`${where}: unknownPath`, "'leave' or '404'", options.unknownPath)
  requireMs(`${where}: handshakeTimeoutMs`, options.handshakeTimeoutMs)
  requireMs(`${where}: drainMs`, options.drainMs)
  checkTrustProxy(`${where}: trustProxy`, options.trustProxy)
  return Object.freeze(options)
}

function checkTrustProxy(where: string, trust: number | readonly string[]): void {
  if (typeof trust === 'number') return requireInt(where, trust, 0)
  const allowed = "a number of proxies, or a list of addresses such as '127.0.0.1' or '10.0.0.0/8'"
  if (!Array.isArray(trust)) throw new BadArgError(where, allowed, trust)
  for (const address of trust as readonly unknown[]) {
    try {
      addAddress(new BlockList(), address as string)
    } catch {
      throw new BadArgError(where, allowed, address) // what Node says of it adds nothing
    }
  }
}

/** Puts an address or CIDR range on a list; throws what Node throws for anything else. */
export function addAddress(list: BlockList, address: string): void {
  const [net = '', bits] = address.split('/')
  const family = net.includes(':') ? 'ipv6' : 'ipv4'
  if (bits === undefined) list.addAddress(net, family)
  else if (/^[0-9]{1,3}$/.test(bits)) list.addSubnet(net, Number(bits), family)
  else throw new TypeError(`bad prefix ${bits}`)
}
