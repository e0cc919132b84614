// What every transport passes: facts about the contract between a socket and its peer. Entered by tests of transports,
// with a bench for each fact.
import type { TransportFact } from './transport-bench.js'
import { FRAME_FACTS } from './transport-facts.js'
import { END_FACTS } from './transport-facts-ends.js'

/**
 * The facts that hold over every transport, of ours or of yours. Run each with a bench of its own.
 *
 * @returns the facts; those that need a handshake or a listener say so
 * @example
 * const titles = transportSuite().map(({ title }) => title)
 * titles.includes('a close of the handler reaches the peer with its code and reason') // => true
 * @see {@link TransportBench}, which connects peers over one transport
 */
export function transportSuite(): readonly TransportFact[] {
  return [...FRAME_FACTS, ...END_FACTS]
}
