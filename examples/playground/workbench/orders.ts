// What the page may ask of the workbench: whatever comes in is one of these, or is refused with what was expected.
import type { Frame } from 'gensock/socket'
import { PROGRAMS } from './programs.js'

/** `pid` names a socket that the watcher has seen, `id` comes back with the answer. */
export type Order = { readonly id: number } & (
  | { readonly type: 'look'; readonly on: boolean }
  /** A burst begins: forget the peak of the mailbox. */
  | { readonly type: 'mark'; readonly pid: string }
  | { readonly type: 'peak'; readonly pid: string }
  /** This socket stands in every tree, however many there are. */
  | { readonly type: 'pin'; readonly pid: string }
  | { readonly type: 'hold'; readonly pid: string }
  | { readonly type: 'release' }
  | { readonly type: 'run'; readonly program: string }
)

const WITH_PID = new Set<unknown>(['mark', 'peak', 'pin', 'hold'])

export function readOrder([kind, data]: Frame): Order | undefined {
  const given = (kind === 'text' ? parsed(data) : undefined) ?? {}
  const { id, type, pid, on, program } = given
  if (!Number.isSafeInteger(id)) return undefined
  if (WITH_PID.has(type)) return typeof pid === 'string' ? (given as Order) : undefined
  if (type === 'look') return typeof on === 'boolean' ? (given as Order) : undefined
  if (type === 'run') return PROGRAMS.has(program as string) ? (given as Order) : undefined
  return type === 'release' ? (given as Order) : undefined
}

function parsed(text: string): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON: refused by the caller
  }
}
