// What callbacks of 0.8, 1.0 and 2.0.0-pre.1 answer: the request is in every result. Pure; entered by these generations.
import { BadReturnError } from '../../base/errors.js'
import type { Result } from '../../sockets/handler.js'
import { isReq, type Req } from '../../sockets/req.js'
import { type CowboyFrame, commandsOf } from './frames.js'
import type { Both } from './loop.js'

/**
 * What `websocketHandle` and `websocketInfo` answer in 0.8, 1.0 and 2.0.0-pre.1. `hibernate` is accepted and changes nothing.
 *
 * @example
 * const answer = (req: Req): CowboyResult<number> => ['reply', [['text', 'one'], ['text', 'two']], req, 2]
 * @see Cowboy 1.0, `cowboy_websocket_handler`; Cowboy 2.0.0-pre.1, `cowboy_websocket`
 */
export type CowboyResult<S> =
  | readonly ['ok', Req, S, 'hibernate'?]
  | readonly ['reply', CowboyFrame | readonly CowboyFrame[], Req, S, 'hibernate'?]
  | readonly ['shutdown', Req, S]

const ALLOWED = "['ok', req, state, 'hibernate'?], ['reply', frames, req, state, 'hibernate'?] or ['shutdown', req, state]"

/** The answer of a callback, for the socket. */
export function takeReply(callback: string, answer: unknown, before: Both): Result<Both> {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  const [tag] = given
  if (tag === 'reply' && isTail(given, 2)) return ['push', commandsOf(given[1]), both(given[2], given[3], before)]
  if (tag === 'ok' && isTail(given, 1)) return ['ok', both(given[1], given[2], before)]
  if (tag === 'shutdown' && given.length === 3 && isTail(given, 1)) return ['stop', 'normal', both(given[1], given[2], before)]
  throw new BadReturnError(callback, ALLOWED, answer)
}

/** Request and state at `at`, and perhaps 'hibernate' behind them. */
function isTail(answer: readonly unknown[], at: number): boolean {
  const end = at + 2
  return isReq(answer[at]) && (answer.length === end || (answer.length === end + 1 && answer[end] === 'hibernate'))
}

function both(req: unknown, state: unknown, before: Both): Both {
  return req === before.req && state === before.state ? before : { req, state }
}
