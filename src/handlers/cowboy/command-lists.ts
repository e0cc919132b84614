// What callbacks of 2.x answer: a list of commands and the state, or one of the deprecated tuples. Pure; entered by cowboy2.
import { BadReturnError } from '../../base/errors.js'
import type { Command } from '../../sockets/commands.js'
import { badFrame } from '../../sockets/frames.js'
import type { Result } from '../../sockets/handler.js'
import { type CowboyFrame, commandsOf, frameOf, isBare, upToClose } from './frames.js'
import type { Both } from './loop.js'
import { limits } from './options.js'

/**
 * What the command `setOptions` changes on a running socket. `maxFrameSize` goes down only, from what the socket began with;
 * other keys are ignored, as in Cowboy.
 *
 * @example
 * const slower: Cowboy2Command = ['setOptions', { idleTimeout: 300_000 }]
 * @see Cowboy 2.18, `cowboy_websocket`: `set_options`
 */
export interface Cowboy2SetOptions {
  /** Close after this long without a received byte, in ms. Without it that stays as it is. */
  readonly idleTimeout?: number | 'infinity'
  /** Longest message from the peer, in bytes after decompression. Without it that stays as it is. */
  readonly maxFrameSize?: number | 'infinity'
  /** Any other key of Cowboy's: ignored. */
  readonly [ignored: string]: unknown
}
/**
 * A command of 2.x. A close frame ends the list: nothing after it counts.
 *
 * @example
 * const commands: Cowboy2Command[] = [['text', 'bye'], ['close', 1000, '']]
 * @see Cowboy 2.18, `cowboy_websocket`: `commands()`
 */
export type Cowboy2Command =
  | CowboyFrame
  | readonly ['active', boolean]
  | readonly ['deflate', boolean]
  | readonly ['setOptions', Cowboy2SetOptions]
  | readonly ['shutdownReason', unknown]
/**
 * What `websocketInit`, `websocketHandle` and `websocketInfo` of 2.x answer. `hibernate` is accepted and changes nothing.
 *
 * @example
 * const answer: Cowboy2Result<number> = [[['text', 'hello'], 'ping'], 1]
 * @see Cowboy 2.18, `cowboy_websocket`: `call_result(State)`, `deprecated_call_result(State)`
 */
export type Cowboy2Result<S> =
  | readonly [readonly Cowboy2Command[], S, 'hibernate'?]
  | readonly ['ok', S, 'hibernate'?]
  | readonly ['reply', CowboyFrame | readonly CowboyFrame[], S, 'hibernate'?]
  | readonly ['stop', S]

const ALLOWED =
  "[commands, state, 'hibernate'?], ['ok', state, 'hibernate'?], ['reply', frames, state, 'hibernate'?] or ['stop', state]"

/** The answer of a callback, for the socket. */
export function takeCommands(callback: string, answer: unknown, before: Both): Result<Both> {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  const [first] = given
  if (Array.isArray(first) && isTail(given, 1)) {
    const after = both(given[1], before)
    if (first.length === 0) return ['ok', after]
    refuseFlatClose(first)
    return ['push', upToClose(first, commandOf), after]
  }
  if (first === 'ok' && isTail(given, 1)) return ['ok', both(given[1], before)]
  if (first === 'reply' && isTail(given, 2)) return ['push', commandsOf(given[1]), both(given[2], before)]
  if (first === 'stop' && given.length === 2) return ['stop', 'normal', both(given[1], before)]
  throw new BadReturnError(callback, ALLOWED, answer)
}

/** The state at `at`, and perhaps 'hibernate' behind it. */
function isTail(answer: readonly unknown[], at: number): boolean {
  return answer.length === at + 1 || (answer.length === at + 2 && answer[at + 1] === 'hibernate')
}

function both(state: unknown, before: Both): Both {
  return state === before.state ? before : { req: before.req, state }
}

/**
 * `[['close', 4001, 'bye'], state]` lacks a pair of brackets: 'close' would be a whole command, and the rest would not count.
 * Behind a bare 'ping' or 'pong' everything is read anyway.
 */
function refuseFlatClose(list: readonly unknown[]): void {
  const at = list.findIndex((one) => one === 'close' || (Array.isArray(one) && one[0] === 'close'))
  if (at < 0 || list[at] !== 'close' || at + 1 === list.length) return
  const next = list[at + 1]
  if (!isBare(next) && !Array.isArray(next))
    throw badFrame("what follows a bare 'close'", "a command; a close frame with a code is [['close', 4001, 'bye']]", list)
}

function commandOf(command: unknown): Command {
  if (!Array.isArray(command) || command.length !== 2) return frameOf(command)
  const [name, value] = command as readonly unknown[]
  switch (name) {
    case 'active':
    case 'deflate':
    case 'shutdownReason':
      return [name, value] as Command
    case 'setOptions':
      if (typeof value !== 'object' || value === null) throw badFrame('setOptions', "['setOptions', object]", command)
      return ['setOptions', limits('setOptions', value)]
    default:
      return frameOf(command)
  }
}
