// Frames as Cowboy's handlers write and read them, and their translation. Pure; entered by the dialects.
import type { Command } from '../../sockets/commands.js'
import { badFrame } from '../../sockets/frames.js'

/** What the peer sent; pings and pongs included, as Cowboy gives them to the handler. */
export type InFrame =
  | readonly ['text', string]
  | readonly ['binary', Uint8Array]
  | readonly ['ping', Uint8Array]
  | readonly ['pong', Uint8Array]
/** What a handler replies with. A payload may be bytes, as an Erlang binary is. */
export type CowboyFrame =
  | 'close'
  | 'ping'
  | 'pong'
  | readonly ['text' | 'ping' | 'pong' | 'close', string | Uint8Array]
  | readonly ['binary', Uint8Array]
  | readonly ['close', number, string | Uint8Array]

const BARE: readonly unknown[] = ['close', 'ping', 'pong']
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One frame or a list of them as commands. */
export function commandsOf(frames: unknown): Command[] {
  if (typeof frames === 'string') return [commandOf(frames)]
  if (!Array.isArray(frames)) throw badFrame('reply', 'a frame or a list of frames', frames)
  return isTuple(frames) ? [commandOf(frames)] : frames.map(commandOf)
}

// Erlang tells a tuple from a list; here `['ping', 'pong']` could be both, and is the ping with a payload.
function isTuple(frames: readonly unknown[]): boolean {
  if (typeof frames[0] !== 'string') return false
  if (!BARE.includes(frames[0])) return true
  return frames.length === 2 ? !Array.isArray(frames[1]) : typeof frames[1] === 'number'
}

function commandOf(frame: unknown): Command {
  if (typeof frame === 'string' && BARE.includes(frame)) return [frame as 'close' | 'ping' | 'pong']
  if (!Array.isArray(frame)) throw badFrame('a frame', "a tuple such as ['text', 'hello'], or 'close', 'ping', 'pong'", frame)
  const [kind, payload, reason] = frame as [unknown, never, unknown]
  if (kind === 'text' && frame.length === 2) return ['text', textOf(payload)]
  if (kind === 'close' && frame.length === 2) return ['close', 1000, textOf(payload)]
  if (kind === 'close' && frame.length === 3) return ['close', payload, textOf(reason)]
  return frame as never // checked with the others, before anything is sent
}

function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload
  if (!(payload instanceof Uint8Array)) throw badFrame('a payload', 'a string or Uint8Array', payload)
  try {
    return utf8.decode(payload)
  } catch (cause) {
    throw badFrame('a text payload', 'valid UTF-8', payload, cause)
  }
}
