// Frames as Cowboy's handlers write and read them, and their translation into commands of the socket. Pure.
// Entered by replies (a frame or a list of them) and by command-lists (one by one).
import type { Command } from '../../sockets/commands.js'
import { badFrame, type OutFrame } from '../../sockets/frames.js'
import { bytesOf, type IoData, textOf } from '../../sockets/io-data.js'

/**
 * What the peer sent: pings and pongs too, as Cowboy gives them to the handler. The pong to a ping has gone out already.
 *
 * @example
 * const frames: InFrame[] = [['text', 'hello'], ['ping', new Uint8Array()]]
 * @see Cowboy 0.8 to 2.0.0-pre.1, `cowboy_websocket`: `InFrame`
 */
export type InFrame =
  | readonly ['text', string]
  | readonly ['binary', Uint8Array]
  | readonly ['ping', Uint8Array]
  | readonly ['pong', Uint8Array]
/**
 * What a handler sends. A close frame without a code has 1000, a bare `'close'` is empty. `['ping', 'pong']` in a reply is a
 * ping with a payload: write two bare frames as `[['ping', ''], ['pong', '']]`.
 *
 * @example
 * const frames: CowboyFrame[] = ['ping', ['text', ['you said ', 'hello']], ['close', 1000, 'bye']]
 * @see Cowboy 2.0.0-pre.1, `cowboy_websocket`: `frame()`
 */
export type CowboyFrame =
  | 'close'
  | 'ping'
  | 'pong'
  | readonly ['text' | 'binary', IoData]
  | readonly ['close' | 'ping' | 'pong', string | Uint8Array]
  | readonly ['close', number, IoData]

const BARE: readonly unknown[] = ['close', 'ping', 'pong']
const ALLOWED = "a tuple such as ['text', 'hello'], or 'close', 'ping', 'pong'"

/** 'close', 'ping' or 'pong', without a payload. */
export function isBare(frame: unknown): frame is 'close' | 'ping' | 'pong' {
  return BARE.includes(frame)
}

/** One frame or a list of them as commands, up to the first close frame: nothing after it counts. */
export function commandsOf(frames: unknown): Command[] {
  if (typeof frames === 'string') return [frameOf(frames)]
  if (!Array.isArray(frames)) throw badFrame('reply', 'a frame or a list of frames', frames)
  return isTuple(frames) ? [frameOf(frames)] : upToClose(frames, frameOf)
}

/** Translates a list until a close frame has been translated. */
export function upToClose(list: readonly unknown[], translate: (one: unknown) => Command): Command[] {
  const commands: Command[] = []
  for (const one of list) {
    const command = translate(one)
    commands.push(command)
    if (command[0] === 'close') break
  }
  return commands
}

// Erlang tells a tuple from a list; here `['ping', 'pong']` could be both, and is the ping with a payload.
function isTuple(frames: readonly unknown[]): boolean {
  if (typeof frames[0] !== 'string') return false
  if (!isBare(frames[0])) return true
  return frames.length === 2 ? !Array.isArray(frames[1]) : typeof frames[1] === 'number'
}

/** One frame. Lengths, and codes of close frames, are checked with the whole list, before anything is sent. */
export function frameOf(frame: unknown): OutFrame {
  if (isBare(frame)) return [frame]
  if (!Array.isArray(frame)) throw badFrame('a frame', ALLOWED, frame)
  const [kind, payload, reason] = frame as readonly unknown[]
  if (frame.length === 2) {
    if (kind === 'text') return ['text', textOf(payload)]
    if (kind === 'binary') return ['binary', bytesOf(payload)]
    if (kind === 'close') return ['close', 1000, textOf(payload)]
    if (kind === 'ping' || kind === 'pong') return [kind, typeof payload === 'string' ? payload : bytesOf(payload)]
  }
  if (frame.length === 3 && kind === 'close') return ['close', payload as number, textOf(reason)]
  throw badFrame('a frame', ALLOWED, frame)
}
