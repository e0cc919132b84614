// Inputs that are frames: a sound handshake and a stream, and what both must be answered, by the oracle. Pure. Entered by
// inputs.ts.
import { CLOSE, closing, frame } from '../rfc/peer.js'
import { Codec, type CodecOptions } from '../rfc/zlib-codec.js'
import { type Reading, readStream } from './frame-oracle.js'
import type { Input, StreamExpectation } from './input.js'
import type { Dice } from './random.js'
import { acceptOf, bytesOf, draftOf, segmented, set } from './request.js'
import { ROUTES, routeAt, type RouteFacts } from './routes.js'
import { type Stream, streamOf } from './streams.js'

/** Offers of compression, their answers, and what they mean for the client's side. */
const OFFERS: readonly (readonly [offer: string, answer: string | undefined, codec: CodecOptions | undefined])[] = [
  ['foo, permessage-deflate; bogus', undefined, undefined],
  ['permessage-deflate', 'permessage-deflate', {}],
  ['permessage-deflate; client_no_context_takeover', 'permessage-deflate; client_no_context_takeover', { clientNoContext: true }],
  ['permessage-deflate; server_no_context_takeover', 'permessage-deflate; server_no_context_takeover', { serverNoContext: true }],
  ['permessage-deflate; client_max_window_bits=9', 'permessage-deflate; client_max_window_bits=9', { clientBits: 9 }],
  ['permessage-deflate; server_max_window_bits=10', 'permessage-deflate; server_max_window_bits=10', { serverBits: 10 }],
]
/** How the two sides of a connection compress. */
export function codecOf(extensions: string | undefined): Codec | undefined {
  const found = OFFERS.find(([, answer]) => answer === extensions)?.[2]
  return found === undefined ? undefined : new Codec(found)
}

export function framesInput(dice: Dice): Input {
  const route = dice.percent(25) ? routeAt(dice.pick(['/echo', '/deflate'])) : dice.pick(ROUTES)
  const { draft, key } = draftOf(dice, route.path)
  const offer = route.compress === true && dice.percent(85) ? dice.pick(OFFERS) : undefined
  if (offer !== undefined) set(draft, 'Sec-WebSocket-Extensions', offer[0])
  const options = offer?.[2]
  const stream = streamOf({ dice, route, codec: options === undefined ? undefined : new Codec(options) })
  const decoder = options === undefined ? undefined : decoderOf(options)
  const reading = readStream(stream.bytes, route.maxBytes, decoder)
  const { code, sent, ...plan } = planOf(dice, route, reading, stream)
  const segments = [bytesOf(draft), sent]
  const expected = expectationOf(route, stream, reading, code, sent.length < stream.bytes.length)
  return {
    about: `${route.path}: ${stream.about}, ${plan.end}`,
    door: route.door,
    from: 1 + dice.below(30),
    segments: dice.percent(50) ? segmented(dice, Buffer.concat(segments)) : segments.flatMap((one) => segmented(dice, one)),
    ...plan,
    ...(plan.end === 'server' && plan.last === undefined && reading.end === null ? { isSlow: true as const } : {}),
    expect: {
      before: [],
      status: [101],
      mayEnd: false,
      accept: acceptOf(key),
      protocol: undefined,
      extensions: offer?.[1],
      stream: expected,
    },
  }
}

/** Reads what a client with these options writes. */
function decoderOf({ clientBits, clientNoContext }: CodecOptions): Codec {
  return new Codec({ ...(clientBits === undefined ? {} : { serverBits: clientBits }), serverNoContext: clientNoContext ?? false })
}

interface Plan extends Pick<Input, 'end' | 'last'> {
  /** Of the stream, before `last`. */
  readonly sent: Buffer
  /** Of the close frame that `last` is. */
  readonly code?: number
}
/**
 * How it ends: by the rules, or before. What stops without an end ends by a close frame once all has been answered, by
 * silence, or by a cut; a defect may come at once or once all before it has been answered.
 */
function planOf(dice: Dice, route: RouteFacts, { end, isCut }: Reading, { isLax, bytes, defectAt = 0 }: Stream): Plan {
  const cut = { end: dice.pick(['fin', 'rst', 'rst', 'deaf'] as const), last: undefined, sent: bytes }
  const whole = { end: 'server', last: undefined, sent: bytes } as const
  if (dice.percent(10)) return cut
  if (end?.type === 'error' && defectAt > 0 && dice.percent(60))
    return { end: 'server', sent: bytes.subarray(0, defectAt), last: bytes.subarray(defectAt) }
  if (end !== null && !isLax) return whole
  if (route.idleMs !== undefined && !isLax && dice.percent(40)) return whole
  if (isCut || isLax) return cut
  const code = 4000 + dice.below(1000)
  return { ...whole, last: frame({ opcode: CLOSE, payload: closing(code, 'bye'), mask: dice.bytes(4) }), code }
}

/** `code`: of a close frame that the peer sends once all has been answered. `isPatient`: it waits so with its defect. */
function expectationOf(
  route: RouteFacts,
  { isLax, about }: Stream,
  reading: Reading,
  code: number | undefined,
  isPatient: boolean,
): StreamExpectation {
  const { messages, pings, count, end } = reading
  const fates = messages.map((message) => route.fate(message))
  const crash = route.closesOnCrash === true ? fates.indexOf('crash') : -1
  const served = crash < 0 ? messages : messages.slice(0, crash)
  const data = served.filter((_, i) => fates[i] === 'echo')
  const codes: (number | undefined)[] = []
  if (end !== null) codes.push(end.code)
  if (code !== undefined) codes.push(code)
  if (crash >= 0) codes.push(1011)
  const isFlood = route.burst !== undefined && count > route.burst
  if (isFlood) codes.push(1008)
  if (about === 'flood') codes.splice(0, codes.length, 1008)
  if (end === null && route.idleMs !== undefined) codes.push(1000)
  // An end may overtake answers of another process, and a broken rule what waits in the mailbox or is in zlib's hands.
  const mayLose = end !== null && !isPatient && (route.isAsync === true || end.type === 'error')
  const all = crash >= 0 ? 0 : data.length
  const atLeast = mayLose || isLax ? 0 : isFlood ? (about === 'flood' ? Math.min(all, route.burst ?? 0) : 0) : all
  return { data, pongs: pings, codes, atLeast, isLax, isIdle: route.idleMs !== undefined }
}
