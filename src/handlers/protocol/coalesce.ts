// Which of the messages that wait for a slow peer are about the same thing, as `onSlowPeer: { coalesce }` of a route wants to know of a frame.
// A frame is read again only while its peer is behind. Entered by plan.
import { requireFunction, rejectUnknown } from '../../base/check.js'
import type { OutFrame } from '../../sockets/frames.js'
import type { OnSlowPeer } from '../../sockets/options.js'
import type { Codec } from '../../wire/codec.js'

/** Name of a message to the client -> what it is about. */
export type KeysOf = Readonly<Record<string, (message: any) => string | undefined>>

/** The policy; undefined if there are no keys. Codecs of one kind of frame are tried one after the other. */
export function coalescing(keys: KeysOf | undefined, names: readonly string[], codecs: readonly Codec[]): OnSlowPeer | undefined {
  if (keys === undefined) return undefined
  rejectUnknown('protocolHandler: coalesce', keys, names)
  for (const [name, key] of Object.entries(keys)) requireFunction(`protocolHandler: coalesce.${name}`, key)
  return { coalesce: ([kind, data]) => (kind === 'text' || kind === 'binary' ? keyOf(keys, messageOf(codecs, data)) : undefined) }
}

/** The message that was written; undefined for an answer to a call. */
function messageOf(codecs: readonly Codec[], data: OutFrame[1]): readonly [name: string, message: unknown] | undefined {
  for (const codec of codecs) {
    try {
      const frame = codec.decode(data as string | Uint8Array)
      if (Array.isArray(frame)) return typeof frame[0] === 'string' ? [frame[0], frame[1]] : undefined
    } catch {
      // Another codec has written it.
    }
  }
  return undefined
}
function keyOf(keys: KeysOf, message: readonly [name: string, message: unknown] | undefined): string | undefined {
  if (message === undefined || !Object.hasOwn(keys, message[0])) return undefined
  try {
    const key = keys[message[0]]?.(message[1])
    return key === undefined ? undefined : `${message[0]} ${key}`
  } catch {
    return undefined // of another version at the same path: it waits
  }
}
