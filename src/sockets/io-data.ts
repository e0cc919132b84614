// Erlang's iodata, for the handlers of systems that are written in it: text, bytes, and lists of them, joined when they are
// sent. Pure. Entered by the handler rooms.
import { badFrame } from './frames.js'

/**
 * A payload: text, bytes, or a list of payloads that are joined. Bytes of a text must be UTF-8.
 *
 * @example
 * const text: IoData = ['You said: ', ['hel', 'lo'], new Uint8Array([33])]
 * @see Erlang reference manual, `iodata()`
 */
export type IoData = string | Uint8Array | readonly IoData[]

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A payload as text; bytes in it must be UTF-8. */
export function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload
  const bytes = bytesOf(payload)
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw badFrame('a text payload', 'valid UTF-8', payload, cause)
  }
}

/** A payload as bytes; text in it becomes UTF-8. */
export function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  if (typeof payload === 'string') return Buffer.from(payload)
  if (Array.isArray(payload)) return Buffer.concat(payload.map(bytesOf))
  throw badFrame('a payload', 'a string, a Uint8Array or a list of them', payload)
}
