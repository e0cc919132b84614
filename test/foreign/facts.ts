// What every foreign client must report, fact by fact: the same list for all of them. A fact that a client has no means to ask
// for stands in CANNOT, with the reason. Entered by tests.
import type { Tapped } from './tap.js'

const TEXTS = ['', 'plain', 'grüße', '🐙 astral 𝒳', '\u0000 to \u{10ffff}']

/** Name -> what it says, and what the client reports. */
export const FACTS = {
  text: ['text comes back as it was sent: empty, non-ASCII, astral', TEXTS],
  text_lengths: ['text of every length form comes back', [125, 126, 65_535, 65_536]],
  binary_lengths: ['binary of every length form comes back', [0, 125, 126, 65_535, 65_536, 1_000_000]],
  fragments: ['fragments make one message, and pings between them are answered', ['grüße 🐙 astral', 210_000, true, 4]],
  split_code_point: ['a code point may be split over fragments', [true, '🐙']],
  ping: ['a ping is heard by the handler and answered with its data', 'ping:hear me'],
  pong: ['the client answers a ping of the server, and the handler hears the data', 'pong:are you there'],
  subprotocol: ['of the subprotocols that both know, the server takes its favourite', ['v2', 'v2']],
  no_common_subprotocol: ['without a subprotocol in common none is chosen', [null, 'none']],
  compression_off: ['an offer of compression is declined by default', [0, true]],
  compression: ['compression is agreed on and carries messages', [1, true]],
  compression_offered: ["the client's parameters of compression are kept", [1, true]],
  compression_tight: ["the server's parameters of compression are kept", [1, true]],
  closed_by_server: ["the server's close code and reason arrive", [4001, 'bye ✓']],
  closed_by_client: ["the client's close code is answered", 4002],
  closed_without_code: ['a close without a code arrives as one', [1005, '']],
  closed_by_client_without_code: ['a close of the client without a code is answered without one', 1005],
  authorized: ['authorize lets in who has the token', 'member 7'],
  refused_401: ['authorize refuses with its status, body and headers', [401, 'a token, please\n', 'Bearer']],
  refused_403: ['a foreign origin is refused with 403', 403],
  refused_404: ['an unknown path is refused with 404', 404],
  crash: ['a crash of the handler closes with 1011', 1011],
  limit: ['a message of maxFrameBytes passes, a longer one closes with 1009', [1000, 1009]],
  in_flight: ['100 messages in flight come back in order', Array.from({ length: 100 }, (_, i) => i)],
  drain: ['a drain closes with 1012', 1012],
} as const satisfies Record<string, readonly [title: string, reported: unknown]>
export type Fact = keyof typeof FACTS

export type Client = 'websockets' | 'wsproto' | 'undici' | 'Chromium'
const NO_FRAGMENTS = 'the WebSocket of the web platform sends whole messages'
const NO_CHOICE = 'the WebSocket of the web platform takes no parameters of compression'
const NO_PING = 'the WebSocket of the web platform has no ping'
const NO_STATUS = 'a page hears no more of a refusal than that there was one: see the counters of the server'
const WEB = { fragments: NO_FRAGMENTS, split_code_point: NO_FRAGMENTS, compression_offered: NO_CHOICE }
/** What a client has no means to do or see. */
export const CANNOT: Readonly<Record<Client, { readonly [F in Fact]?: string }>> = {
  websockets: {},
  wsproto: { split_code_point: 'it takes texts, not their bytes' },
  undici: WEB,
  Chromium: { ...WEB, ping: NO_PING, refused_401: NO_STATUS, refused_403: NO_STATUS, refused_404: NO_STATUS },
}
/** What a client reports otherwise, and has the right to. */
export const OTHERWISE: Readonly<Record<Client, { readonly [F in Fact]?: unknown }>> = {
  websockets: {},
  wsproto: {},
  // A page that asked for subprotocols and got none must fail the connection: WebSockets Standard, "establish a WebSocket
  // connection".
  undici: { no_common_subprotocol: 'refused' },
  Chromium: { no_common_subprotocol: 'refused' },
}
export interface Expected {
  readonly name: Fact
  readonly title: string
  readonly expected: unknown
}
/** The facts of a client, with their titles and what it must report. */
export function factsOf(client: Client): readonly Expected[] {
  const able = (Object.keys(FACTS) as Fact[]).filter((name) => CANNOT[client][name] === undefined)
  return able.map((name) => {
    const [title, reported] = FACTS[name]
    return { name, title, expected: OTHERWISE[client][name] ?? reported }
  })
}

/** What the server must have counted of these ends; clients that just go, or leave with 1000, come on top. */
export const CLOSED = { 1005: 2, 1009: 1, 1011: 1, 4001: 1, 4002: 1 } as const

/** What three messages of 2 000 random hex digits come to on the wire, frames included. */
export const COMPRESSED = {
  /** As they are. */
  none: [6000, 6100],
  /** Each for itself: half of it. */
  alone: [3000, 4500],
  /** The second and third refer to the first. */
  together: [1000, 1600],
} as const
export type Compressed = keyof typeof COMPRESSED

/** Which of them it was. */
export function compressed(bytes: number): Compressed | number {
  const found = (Object.keys(COMPRESSED) as Compressed[]).find((kind) => {
    const [from, to] = COMPRESSED[kind]
    return bytes >= from && bytes <= to
  })
  return found ?? bytes
}

/** A tapped connection in these terms; the parameters sorted, as their order means nothing. */
export function seen({ extensions, up, down }: Tapped): { extensions: string[]; up: unknown; down: unknown } {
  const parameters = extensions === '' ? [] : extensions.split(';').map((part) => part.trim())
  return { extensions: parameters.toSorted(), up: compressed(up), down: compressed(down) }
}

/** What `seen` says of the extension when these parameters and both takeovers were agreed on. */
export function agreed(...parameters: readonly string[]): string[] {
  return ['permessage-deflate', 'client_no_context_takeover', 'server_no_context_takeover', ...parameters].toSorted()
}
