// What callbacks answer, read and checked. Pure; entered by alone and by request-process.
import { BadReturnError } from '../../base/errors.js'
import { type CowboyReq, isReq } from '../../sockets/req.js'

/** A good answer. */
export interface Said {
  readonly tag: 'ok' | 'reply' | 'shutdown'
  /** For the browser; undefined unless it is a reply. */
  readonly data: string | undefined
  readonly req: CowboyReq
  readonly state: unknown
}

const ALLOWED = "['ok', req, state], ['reply', text, req, state] or ['shutdown', req, state]"
const ALLOWED_OVER_POST = "['ok', req, state] or ['reply', text, req, state], over a POST,"

/** What `init` has answered. */
export function saidByInit(answer: unknown): Said {
  const said = read(answer)
  if (said !== undefined && said.tag !== 'reply') return said
  throw new BadReturnError('init', "['ok', req, state] or ['shutdown', req, state]", answer)
}

/** What `stream` or `info` has answered. Over a POST there is nothing to shut down: Bullet takes that for a crash. */
export function saidBy(callback: 'stream' | 'info', answer: unknown, mayShutDown: boolean): Said {
  const said = read(answer)
  if (said !== undefined && (mayShutDown || said.tag !== 'shutdown')) return said
  throw new BadReturnError(callback, mayShutDown ? ALLOWED : ALLOWED_OVER_POST, answer)
}

function read(answer: unknown): Said | undefined {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  const [tag] = given
  const isReply = tag === 'reply'
  const [req, state] = isReply ? given.slice(2) : given.slice(1)
  const isKnown = isReply ? given.length === 4 && typeof given[1] === 'string' : given.length === 3 && isQuiet(tag)
  if (!isKnown || !isReq(req)) return undefined
  return { tag: tag as Said['tag'], data: isReply ? (given[1] as string) : undefined, req, state }
}

function isQuiet(tag: unknown): boolean {
  return tag === 'ok' || tag === 'shutdown'
}
