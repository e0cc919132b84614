// Which version of a contract, and which codec, a client and a server agree on: by the subprotocols that the client offers. Entered by
// handler and versions.
import { close, type OutFrame } from '../../sockets/frames.js'
import type { InitArgs } from '../../sockets/handler.js'
import { accept, type SocketRequest } from '../../sockets/request.js'
import { PROTOCOLS } from '../../wire/carrier.js'
import { NOT_ACCEPTABLE } from '../../wire/close-codes.js'
import type { Codec } from '../../wire/codec.js'
import { IS_TOKEN } from '../../wire/token.js'

/** What a client offered, and which codec follows from it; undefined: it speaks nothing that is spoken here. */
export interface Agreed {
  readonly offered: readonly string[]
  readonly codec: Codec | undefined
}
const MAX_REASON = 120

/** By a header, or over plain HTTP by the query. */
export function offeredBy({ headers, query }: SocketRequest, transport: InitArgs['transport']): readonly string[] {
  const offers = transport === 'ws' ? headers['sec-websocket-protocol'] : query.get(PROTOCOLS)
  return (offers ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => IS_TOKEN.test(name)) // a query may say anything, and the reason of a close has room for 123 bytes
}
/** A browser fails a connection that is answered with none of what it offers: so it gets one, and then hears why it is closed. */
export function agree(
  codecs: ReadonlyMap<string, Codec>,
  offered: readonly string[],
): readonly ['accept', Agreed, { readonly subprotocol?: string }?] {
  const subprotocol = [...codecs.keys()].find((name) => offered.includes(name))
  const agreed: Agreed = { offered, codec: subprotocol === undefined ? undefined : codecs.get(subprotocol) }
  const answered = subprotocol ?? offered[0]
  return accept(agreed, answered === undefined ? {} : { subprotocol: answered })
}
/** What a client hears that speaks nothing that is spoken here. */
export function notSpoken(spoken: ReadonlyMap<string, unknown>, offered: readonly string[]): OutFrame {
  const names = [...spoken.keys()].join(' or ')
  const reason =
    offered.length === 0 ? `offer the subprotocol ${names}` : `this server speaks ${names}, not ${offered.join(', ')}`
  return close(NOT_ACCEPTABLE, reason.slice(0, MAX_REASON))
}
