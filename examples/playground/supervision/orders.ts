// What a page may ask for, read from a frame. Whatever it is that came: an order, or why not.
import type { Frame } from 'gensock/socket'

const HOW = ['error', 'kill', 'normal'] as const
const MAX_NAME = 40

export type How = (typeof HOW)[number]
export type Order =
  | { readonly type: 'crash'; readonly name: string; readonly how: How }
  | { readonly type: 'start' | 'stop'; readonly name: string }
  | { readonly type: 'add' }

/** The order of a frame; a text says why it is none. */
export function readOrder([kind, data]: Frame): Order | string {
  const given = kind === 'text' ? parsed(data) : undefined
  if (typeof given !== 'object' || given === null) return 'an order is JSON: { "type": "crash", "name": "b", "how": "error" }'
  const { type, name, how } = given as { readonly [key: string]: unknown }
  if (type === 'add') return { type }
  if (type !== 'crash' && type !== 'start' && type !== 'stop') return 'the type of an order is crash, start, stop or add'
  if (typeof name !== 'string' || name.length > MAX_NAME) return 'the name of a child is a short text'
  if (type !== 'crash') return { type, name }
  const known = HOW.find((one) => one === how)
  return known === undefined ? `a child crashes by ${HOW.join(', ')}` : { type, name, how: known }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // not JSON: the caller says what would be
  }
}
