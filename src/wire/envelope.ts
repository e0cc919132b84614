// The frames of a protocol: messages, calls and their answers, each an array. docs/protocol.md has the table. Pure. Entered by the
// two ends, which share it.

/** Why the library of the other end took a frame for none, or gave no answer to a call. */
export type ProblemReason =
  | 'bad_frame'
  | 'unknown_message'
  | 'bad_message'
  | 'unknown_call'
  | 'bad_request'
  | 'failed'
  | 'too_many'

/**
 * What is wrong with a frame, as its sender is told: where, and what was expected; nothing of the insides of who tells it.
 *
 * @example
 * const problem: Problem = { reason: 'bad_message', name: 'say', path: ['line'], expected: 'a string' }
 * @see docs/protocol.md
 */
export interface Problem {
  /**
   * `bad_frame`: it cannot be decoded, or is no frame. `unknown_message`, `unknown_call`: the contract has no such name, or
   * nobody answers it. `bad_message`, `bad_request`: it does not fit its schema. `failed`: the callee crashed. `too_many`:
   * calls under way.
   */
  readonly reason: ProblemReason
  /** Of the message or call. Undefined if there is none. */
  readonly name?: string
  /** Where in the value it does not fit; empty: the value itself. Undefined if that is not what is wrong. */
  readonly path?: readonly (string | number)[]
  /** What would have been right. Undefined if that is not known. */
  readonly expected?: string
}

/** The key of a call that is delivered at least once. */
export type Key = string
const MAX_KEY = 64

export type Envelope =
  | { readonly kind: 'message'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'call'; readonly id: number; readonly key: Key | undefined; readonly name: string; readonly data: unknown }
  | { readonly kind: 'ok'; readonly id: number; readonly data: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly name: string; readonly data: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly problem: Problem }

export function messageFrame(name: string, data: unknown): readonly unknown[] {
  return data === undefined ? [name] : [name, data]
}
export function callFrame(id: number, key: Key | undefined, name: string, data: unknown): readonly unknown[] {
  const head = key === undefined ? id : [id, key]
  return data === undefined ? [head, name] : [head, name, data]
}
export function okFrame(id: number, data: unknown): readonly unknown[] {
  return data === undefined ? [-id, 'ok'] : [-id, 'ok', data]
}
export function errorFrame(id: number, name: string, data: unknown): readonly unknown[] {
  return data === undefined ? [-id, 'error', name] : [-id, 'error', name, data]
}
/** `id` 0: of what is no call. */
export function refusedFrame(id: number, problem: Problem): readonly unknown[] {
  return [id === 0 ? 0 : -id, 'refused', problem]
}

/** Reads a frame; undefined if it is none. Messages, the most of them, are read by their receiver without this. */
export function envelopeOf(frame: unknown): Envelope | undefined {
  if (!Array.isArray(frame)) return undefined
  const { length } = frame
  // By index: a pattern would ask the iterator of the array.
  const head: unknown = frame[0]
  const second: unknown = frame[1]
  const third: unknown = frame[2]
  if (typeof head === 'string') return length <= 2 ? { kind: 'message', name: head, data: second } : undefined
  if (typeof second !== 'string') return undefined
  if (typeof head === 'number' && head <= 0) return answerOf(head, second, third, frame[3], length)
  if (length > 3) return undefined
  if (!Array.isArray(head)) return isId(head) ? { kind: 'call', id: head, key: undefined, name: second, data: third } : undefined
  const [id, key] = head as readonly unknown[]
  const isKey = typeof key === 'string' && key !== '' && key.length <= MAX_KEY
  return head.length === 2 && isId(id) && isKey ? { kind: 'call', id, key, name: second, data: third } : undefined
}
function answerOf(head: number, kind: string, third: unknown, fourth: unknown, length: number): Envelope | undefined {
  const id = head === 0 ? 0 : -head
  if (kind === 'refused' && length === 3 && isProblem(third) && (id === 0 || isId(id))) return { kind, id, problem: third }
  if (!isId(id)) return undefined
  if (kind === 'ok' && length <= 3) return { kind, id, data: third }
  if (kind === 'error' && typeof third === 'string' && length <= 4) return { kind, id, name: third, data: fourth }
  return undefined
}
function isId(id: unknown): id is number {
  return Number.isSafeInteger(id) && (id as number) >= 1
}
/** All of it is looked at: it becomes the text of an error. */
function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false
  const { reason, name = '', path = [], expected = '' } = value as Partial<Record<keyof Problem, unknown>>
  return typeof reason === 'string' && typeof name === 'string' && typeof expected === 'string' && isPath(path)
}
function isPath(path: unknown): boolean {
  return Array.isArray(path) && path.every((step) => typeof step === 'string' || typeof step === 'number')
}
