// Inputs that are handshakes: right ones in every spelling, with defects of a list, changed and cut by chance, behind other
// requests, and what is no HTTP at all. Pure. Entered by inputs.ts.
import { text } from '../rfc/peer.js'
import { DEFECTS, type Defect, HARMLESS } from './handshake-changes.js'
import type { Expectation, Input } from './input.js'
import type { Dice } from './random.js'
import { acceptOf, bytesOf, type Draft, draftOf, segmented } from './request.js'
import { ROUTES, routeAt, type RouteFacts } from './routes.js'

/** Those that answer 426 to whoever asks for no upgrade. */
const PATHS = ROUTES.filter(({ path }) => !['/bullet', '/zotonic'].includes(path))
const NO_HTTP: readonly Buffer[] = [
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('16030100a5010000a10303', 'hex'),
  Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  Buffer.from('EHLO example\r\n'),
  Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0]),
  text('a frame without a handshake'),
]

export function handshakeInput(dice: Dice): Input {
  const kind = dice.below(100)
  if (kind < 25) return sound(dice)
  if (kind < 65) return broken(dice)
  if (kind < 78) return changed(dice)
  if (kind < 88) return pipelined(dice)
  if (kind < 96) return cut(dice)
  return garbage(dice)
}

const anything: Expectation = { before: [], status: 'any', mayEnd: true }
function input(
  dice: Dice,
  about: string,
  route: RouteFacts,
  bytes: Buffer,
  expect: Expectation,
  end: Input['end'] = 'server',
): Input {
  const { door } = route
  return {
    about,
    door,
    from: 1 + dice.below(30),
    segments: segmented(dice, bytes),
    last: undefined,
    end: dice.percent(4) ? 'rst' : end,
    expect,
  }
}

/** A handshake with harmless changes, and what it must be answered. */
function soundDraft(dice: Dice): { route: RouteFacts; draft: Draft; about: string; expect: Expectation } {
  const route = dice.pick(PATHS)
  const { draft, key } = draftOf(dice, route.path)
  const changes = dice.some(HARMLESS, dice.below(5))
  for (const { make } of changes) make(draft, dice)
  const about = changes.map(({ name }) => name).join(', ')
  return {
    route,
    draft,
    about: `sound: ${about}`,
    expect: { before: [], status: [101], mayEnd: false, accept: acceptOf(key), ...answers(draft, route) },
  }
}
function answers({ headers }: Draft, { subprotocols = [], compress }: RouteFacts): Partial<Expectation> {
  const offer = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1] ?? ''
  const offered = offer.split(/[ \t,]+/)
  const protocol =
    subprotocols === 'any' ? offered.find((name) => name !== '') : subprotocols.find((name) => offered.includes(name))
  return compress === true ? { protocol } : { protocol, extensions: undefined }
}
function sound(dice: Dice): Input {
  const { route, draft, about, expect } = soundDraft(dice)
  return input(dice, about, route, bytesOf(draft), expect)
}

/** Of several defects any one may be answered. */
function broken(dice: Dice): Input {
  const { route, draft, about } = soundDraft(dice)
  const defects = dice.some(DEFECTS, dice.percent(70) ? 1 : 2)
  for (const { make } of defects) make(draft, dice)
  const names = defects.map(({ name }) => name).join(', ')
  return input(dice, `broken: ${names}; ${about}`, route, bytesOf(draft), refusal(defects, draft))
}
function refusal(defects: readonly Defect[], draft: Draft): Expectation {
  const status = [...new Set(defects.flatMap((defect) => defect.status))]
  return { before: [], status, mayEnd: false, isHead: draft.method === 'HEAD' }
}

function changed(dice: Dice): Input {
  const { route, draft } = soundDraft(dice)
  const bytes = bytesOf(draft)
  for (let i = 1 + dice.below(4); i > 0; i--)
    bytes[dice.below(bytes.length)] = dice.percent(50) ? dice.next() & 0xff : dice.pick([0x0d, 0x0a, 0x20, 0x3a, 0x2c])
  return input(dice, 'changed bytes', route, bytes, anything)
}

/** Other requests before it on one connection; what comes behind a handshake that is refused is nobody's. */
function pipelined(dice: Dice): Input {
  const count = 1 + dice.below(3)
  const plain = dice.times(count, () =>
    dice.pick([
      ['/nowhere', 404],
      ['/echo', 426],
      ['/proto?x', 426],
    ] as const),
  )
  const before = Buffer.from(plain.map(([path]) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  const { draft, about, expect } = soundDraft(dice)
  const route = routeAt('/echo')
  draft.target = route.path
  const statuses = plain.map(([, status]) => status)
  const own = {
    before: statuses,
    status: [101],
    mayEnd: false,
    ...(expect.accept === undefined ? {} : { accept: expect.accept }),
  }
  if (dice.percent(50))
    return input(dice, `behind ${count} requests, ${about}`, route, Buffer.concat([before, bytesOf(draft)]), own)
  const defect = dice.pick(DEFECTS.filter(({ isLast }) => isLast !== true))
  defect.make(draft, dice)
  const again = bytesOf(draftOf(dice, route.path).draft)
  const bytes = Buffer.concat([before, bytesOf(draft), ...(wantsUpgrade(draft) ? [again] : [])])
  return input(dice, `behind ${count} requests, broken: ${defect.name}`, route, bytes, {
    ...refusal([defect], draft),
    before: statuses,
  })
}
function wantsUpgrade({ headers, version }: Draft): boolean {
  const names = headers.map(([name, value]) => `${name}=${value}`.toLowerCase())
  return (
    version === 'HTTP/1.1' &&
    names.some((one) => /^connection=.*\bupgrade\b/.test(one)) &&
    names.some((one) => one.startsWith('upgrade='))
  )
}

/** The server's patience with what is not whole is short here. */
function cut(dice: Dice): Input {
  const { route, draft } = soundDraft(dice)
  const bytes = bytesOf(draft)
  const end = dice.percent(10) ? 'server' : dice.pick(['fin', 'rst'] as const)
  const made = input(
    dice,
    `cut, ${end}`,
    route,
    bytes.subarray(0, dice.below(bytes.length)),
    { ...anything, status: [400, 408] },
    end,
  )
  return end === 'server' ? { ...made, isSlow: true } : made
}
function garbage(dice: Dice): Input {
  const bytes = dice.percent(50) ? dice.pick(NO_HTTP) : dice.bytes(1 + dice.below(300))
  return input(dice, 'no HTTP', routeAt('/echo'), bytes, { ...anything, status: [400, 408, 431] })
}
