// Which permessage-deflate offer is taken, and the answer to it: RFC 7692 section 7. Pure. Entered by ws-server.
import type { CompressOptions } from '../sockets/request.js'
import type { Extension } from './extensions.js'

/** What `compress: true` means. */
export const DEFLATE_DEFAULTS: Required<CompressOptions> = Object.freeze({
  level: 6,
  memLevel: 8,
  thresholdBytes: 1024,
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
})
const MAX_BITS = 15
/** "a decimal integer value without leading zeroes between 8 to 15" (section 7.1.2). */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/

/** What one offer asks for. */
interface Wish {
  readonly serverNoContextTakeover: boolean
  readonly clientNoContextTakeover: boolean
  /** Undefined: not mentioned. */
  readonly serverBits: number | undefined
  readonly clientBits: number | undefined
}

/**
 * The answer to the first offer that can be taken, as the value of the response's header; undefined if there is none. Offers
 * that section 7 declines (an unknown, doubled or ill-valued parameter, or what the options rule out) are skipped.
 *
 * @example
 * negotiateDeflate([{ name: 'permessage-deflate', parameters: [] }], DEFLATE_DEFAULTS) // => 'permessage-deflate'
 */
export function negotiateDeflate(offers: readonly Extension[], options: Required<CompressOptions>): string | undefined {
  for (const offer of offers) {
    const wish = offer.name === 'permessage-deflate' ? wishOf(offer) : undefined
    // Section 7.1.2.2: without the parameter the client cannot be told to use a smaller window.
    if (wish !== undefined && (wish.clientBits !== undefined || options.clientMaxWindowBits === MAX_BITS))
      return answerTo(wish, options)
  }
  return undefined
}

function wishOf({ parameters }: Extension): Wish | undefined {
  const given = new Map(parameters)
  if (given.size < parameters.length || !parameters.every(([name, value]) => isParameter(name, value))) return undefined
  const bits = (name: string): number | undefined => (given.has(name) ? Number(given.get(name) ?? MAX_BITS) : undefined)
  return {
    serverNoContextTakeover: given.has('server_no_context_takeover'),
    clientNoContextTakeover: given.has('client_no_context_takeover'),
    serverBits: bits('server_max_window_bits'),
    clientBits: bits('client_max_window_bits'),
  }
}

function isParameter(name: string, value: string | undefined): boolean {
  if (name === 'server_no_context_takeover' || name === 'client_no_context_takeover') return value === undefined
  if (name === 'client_max_window_bits') return value === undefined || WINDOW_BITS.test(value)
  return name === 'server_max_window_bits' && value !== undefined && WINDOW_BITS.test(value)
}

// Cowboy 2 answers in the same way: what either side asks for, and the smaller of two windows (case C82).
function answerTo(wish: Wish, options: Required<CompressOptions>): string {
  const answer = ['permessage-deflate']
  if (wish.serverNoContextTakeover || options.serverNoContextTakeover) answer.push('server_no_context_takeover')
  if (wish.clientNoContextTakeover || options.clientNoContextTakeover) answer.push('client_no_context_takeover')
  const serverBits = Math.min(wish.serverBits ?? MAX_BITS, options.serverMaxWindowBits)
  if (wish.serverBits !== undefined || serverBits < MAX_BITS) answer.push(`server_max_window_bits=${serverBits}`)
  if (wish.clientBits !== undefined)
    answer.push(`client_max_window_bits=${Math.min(wish.clientBits, options.clientMaxWindowBits)}`)
  return answer.join('; ')
}
