// Streams of frames: valid ones, so that deep states are reached, with at most one defect of a list, or with bytes that chance
// changes. Pure. Entered by frames.ts.
import { BINARY, CLOSE, closing, CONTINUATION, frame, type FrameSpec, PING, PONG, RSV1, TEXT } from '../rfc/peer.js'
import { INVALID, VALID } from '../rfc/utf8.js'
import { Codec } from '../rfc/zlib-codec.js'
import type { Dice } from './random.js'
import { CRASH, type RouteFacts } from './routes.js'

export interface Stream {
  readonly bytes: Buffer
  readonly about: string
  /** Holds what is compressed and broken: nobody can say what it means. */
  readonly isLax: boolean
  /** Where the defect begins. */
  readonly defectAt?: number
}
/** What the generators of frames share. */
export interface Maker {
  readonly dice: Dice
  readonly route: RouteFacts
  /** Compresses what the client sends; undefined: nothing was agreed to. */
  readonly codec: Codec | undefined
}

const BORDERS = [0, 1, 2, 124, 125, 126, 127, 128, 1000, 4095, 4096]
const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
const BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65_535]
const BOMB = new Codec({ level: 9 }).compress(Buffer.alloc(1_000_000))

/** A frame under a mask of the dice. */
function made(dice: Dice, spec: FrameSpec): Buffer {
  return frame({ mask: dice.percent(5) ? Buffer.alloc(4) : dice.bytes(4), ...spec })
}
function lengthOf({ dice, route: { maxBytes, door } }: Maker): number {
  const kind = dice.below(100)
  if (kind < 70) return dice.below(200)
  if (kind < 94) return dice.pick(BORDERS)
  if (kind < 97) return maxBytes - dice.below(2)
  return maxBytes > 65_536 && door === 'bare' ? 65_535 + dice.below(2) : dice.below(maxBytes)
}
function textOf(dice: Dice, length: number): Buffer {
  if (dice.percent(30)) return dice.pick(VALID)[1]
  return Buffer.alloc(length, dice.percent(50) ? 'fuzz ' : 'abcdefghij')
}
function payloadOf(maker: Maker, opcode: number): Buffer {
  const { dice } = maker
  if (opcode === TEXT && dice.percent(8) && maker.route.path !== '/echo') return Buffer.from(`${CRASH} ${dice.below(1000)}`)
  const length = lengthOf(maker)
  if (opcode === TEXT) return textOf(dice, length)
  return length > 300 ? Buffer.alloc(length, dice.bytes(64)) : dice.bytes(length)
}
/** A payload in pieces, cut anywhere: inside a code point as well. */
function pieces(dice: Dice, payload: Buffer): Buffer[] {
  const cuts = dice.times(1 + dice.below(5), () => dice.below(payload.length + 1)).toSorted((a, b) => a - b)
  return [0, ...cuts].map((from, i) => payload.subarray(from, cuts[i] ?? payload.length))
}

// ---- What is valid

function control({ dice }: Maker): Buffer {
  return made(dice, { opcode: dice.pick([PING, PONG]), payload: dice.bytes(dice.pick([0, 1, 5, 124, 125])) })
}
function message(maker: Maker): Buffer {
  const { dice, codec } = maker
  const opcode = dice.pick([TEXT, BINARY])
  const plain = payloadOf(maker, opcode)
  const isCompressed = codec !== undefined && dice.percent(60)
  const payload = isCompressed ? codec.compress(plain) : plain
  const rsv = isCompressed ? RSV1 : 0
  if (dice.percent(70)) return made(dice, { opcode, payload, rsv })
  const parts = pieces(dice, payload)
  return Buffer.concat(
    parts.flatMap((part, i) => {
      const first = i === 0
      const one = made(dice, {
        fin: i === parts.length - 1,
        rsv: first ? rsv : 0,
        opcode: first ? opcode : CONTINUATION,
        payload: part,
      })
      return dice.percent(20) && i < parts.length - 1 ? [one, control(maker)] : [one]
    }),
  )
}
function goodClose({ dice }: Maker): Buffer {
  const reason = dice.percent(50) ? dice.pick(VALID)[1] : Buffer.alloc(dice.pick([0, 1, 122, 123]), 'r')
  return made(dice, { opcode: CLOSE, payload: dice.percent(20) ? '' : closing(dice.pick(GOOD_CODES), reason.subarray(0, 123)) })
}

// ---- What is not

type Defect = readonly [name: string, make: (maker: Maker) => Buffer | readonly Buffer[]]
const word = 'seven ..'
const announced = ({ dice }: Maker, length: bigint): Buffer => made(dice, { opcode: dice.pick([TEXT, BINARY]), length })

const DEFECTS: readonly Defect[] = [
  [
    'RSV2 or RSV3',
    ({ dice }) => made(dice, { opcode: dice.pick([TEXT, BINARY, PING, CLOSE]), rsv: dice.pick([1, 2, 3, 5, 6, 7]) }),
  ],
  ['RSV1 of a control frame', ({ dice }) => made(dice, { opcode: dice.pick([PING, PONG, CLOSE]), rsv: RSV1 })],
  ['a reserved opcode', ({ dice }) => made(dice, { opcode: dice.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: word })],
  ['no mask', ({ dice }) => frame({ opcode: dice.pick([TEXT, BINARY, PING, CLOSE]), payload: '', mask: false })],
  ['no mask, a payload', ({ dice }) => frame({ opcode: dice.pick([TEXT, BINARY]), payload: word, mask: false })],
  ['16 bits for a short length', ({ dice }) => made(dice, { opcode: BINARY, form: 16, payload: dice.bytes(dice.below(126)) })],
  [
    '64 bits for a short length',
    ({ dice }) => made(dice, { opcode: BINARY, form: 64, payload: dice.bytes(dice.pick([0, 125, 126, 2000])) }),
  ],
  [
    'a length of 2^63 and more',
    ({ dice }) => made(dice, { opcode: BINARY, length: 2n ** 63n + BigInt(dice.below(1000)), form: 64 }),
  ],
  ['a huge length', (maker) => announced(maker, 2n ** BigInt(20 + maker.dice.below(43)))],
  ['above the limit', (maker) => announced(maker, BigInt(maker.route.maxBytes * 2 + 1 + maker.dice.below(1000)))],
  [
    'a long control frame',
    ({ dice }) => made(dice, { opcode: dice.pick([PING, PONG, CLOSE]), payload: dice.bytes(126 + dice.below(10)) }),
  ],
  ['a control frame in fragments', ({ dice }) => made(dice, { opcode: dice.pick([PING, PONG, CLOSE]), fin: false })],
  ['a continuation of nothing', ({ dice }) => made(dice, { opcode: CONTINUATION, fin: dice.percent(50), payload: word })],
  [
    'a message inside another',
    ({ dice }) => [
      made(dice, { opcode: TEXT, fin: false, payload: word }),
      made(dice, { opcode: dice.pick([TEXT, BINARY]), fin: dice.percent(50), payload: word }),
    ],
  ],
  ['no UTF-8', ({ dice }) => made(dice, { opcode: TEXT, payload: dice.pick(INVALID)[1] })],
  [
    'no UTF-8 between letters',
    ({ dice }) =>
      made(dice, { opcode: TEXT, payload: Buffer.concat([Buffer.from(word), dice.pick(INVALID)[1], Buffer.from(word)]) }),
  ],
  ['no UTF-8, in fragments', (maker) => brokenText(maker)],
  ['a close frame of one byte', ({ dice }) => made(dice, { opcode: CLOSE, payload: dice.bytes(1) })],
  [
    'a close code that no frame holds',
    ({ dice }) => made(dice, { opcode: CLOSE, payload: closing(dice.pick(BAD_CODES), 'why') }),
  ],
  [
    'a reason that is no UTF-8',
    ({ dice }) => made(dice, { opcode: CLOSE, payload: closing(dice.pick(GOOD_CODES), dice.pick(INVALID)[1]) }),
  ],
]
function brokenText({ dice }: Maker): Buffer[] {
  const parts = pieces(dice, dice.pick(INVALID)[1])
  return parts.map((payload, i) => made(dice, { fin: i === parts.length - 1, opcode: i === 0 ? TEXT : CONTINUATION, payload }))
}
/** Only where nothing is compressed. */
const PLAIN: readonly Defect[] = [
  ['RSV1 without compression', ({ dice }) => made(dice, { opcode: dice.pick([TEXT, BINARY]), rsv: RSV1, payload: word })],
  [
    'really above the limit',
    ({ dice, route }) => made(dice, { opcode: BINARY, payload: Buffer.alloc(route.maxBytes + 1 + dice.below(10)) }),
  ],
  [
    'fragments above the limit',
    ({ dice, route }) => [
      made(dice, { opcode: BINARY, fin: false, payload: Buffer.alloc(route.maxBytes) }),
      made(dice, { opcode: CONTINUATION, payload: Buffer.alloc(1 + dice.below(10)) }),
    ],
  ],
]
const COMPRESSED: readonly Defect[] = [
  ['a bomb', ({ dice }) => made(dice, { opcode: dice.pick([TEXT, BINARY]), rsv: RSV1, payload: BOMB })],
  [
    'RSV1 of a continuation',
    ({ dice }) => [made(dice, { opcode: TEXT, fin: false, rsv: RSV1 }), made(dice, { opcode: CONTINUATION, rsv: RSV1 })],
  ],
  [
    'deflate that is none',
    ({ dice }) => made(dice, { opcode: TEXT, rsv: RSV1, payload: Buffer.concat([Buffer.of(0xff), dice.bytes(20)]) }),
  ],
]

// ---- Streams

function flipped(dice: Dice, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  for (let i = dice.below(3) + 1; i > 0 && changed.length > 0; i--) changed[dice.below(changed.length)] = dice.next() & 0xff
  return changed
}

/** Any stream of one connection. */
export function streamOf(maker: Maker): Stream {
  const { dice, codec, route } = maker
  const valid = (most: number): Buffer[] =>
    dice.times(dice.below(most), () => (dice.percent(75) ? message(maker) : control(maker)))
  const kind = dice.below(100)
  if (kind < 5) return { bytes: dice.bytes(dice.below(300)), about: 'noise', isLax: codec !== undefined }
  if (kind < 20 && route.burst !== undefined) {
    const flood = dice.times(2 * route.burst, () => made(dice, { opcode: TEXT, payload: 'flood' }))
    return { bytes: Buffer.concat(flood), about: 'flood', isLax: false }
  }
  const start = valid(6)
  if (kind < 40) return { bytes: Buffer.concat([...start, goodClose(maker)]), about: 'valid', isLax: false }
  if (kind < 50)
    return {
      bytes: Buffer.concat([...start, goodClose(maker), ...valid(4), dice.bytes(dice.below(20))]),
      about: 'after the close',
      isLax: false,
    }
  if (kind < 58) return { bytes: Buffer.concat(start), about: 'open', isLax: false }
  if (kind < 66) {
    const whole = Buffer.concat([...start, message(maker), control(maker)])
    return { bytes: whole.subarray(0, dice.below(whole.length)), about: 'cut', isLax: codec !== undefined }
  }
  if (kind < 76)
    return {
      bytes: flipped(dice, Buffer.concat([...start, goodClose(maker)])),
      about: 'changed bytes',
      isLax: codec !== undefined,
    }
  const [about, make] = dice.pick([...DEFECTS, ...(codec === undefined ? PLAIN : COMPRESSED)])
  const bad = make(maker)
  const after = dice.percent(50) ? valid(4) : []
  const bytes = Buffer.concat([...start, ...(Buffer.isBuffer(bad) ? [bad] : bad), ...after])
  return { bytes, about, isLax: false, defectAt: Buffer.concat(start).length }
}
