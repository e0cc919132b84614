// What makes two child ids the same, and a table by id. Ids are any values; those that are objects are found by a short text of
// what they are made of, and compared deeply only with the few that have the same. Entered by child-spec and supervisor-policy.
import { isDeepStrictEqual } from 'node:util'
import { isPid } from '../base/pid.js'

/** Are these the same id? Ids are any values: tuples with equal elements are one id. */
export function sameId(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  try {
    return isPid(a) && isPid(b) ? a.equals(b) : isDeepStrictEqual(a, b)
  } catch {
    return false // one of them cannot be read (a revoked proxy, a getter that throws): it is the same as itself only
  }
}

/** Values by child id. An id that is an object must not be changed while it is in here. */
export class ById<T> {
  readonly #plain = new Map<unknown, T>()
  readonly #compound = new Map<string, (readonly [id: unknown, value: T])[]>()

  get(id: unknown): T | undefined {
    if (typeof id !== 'object') return this.#plain.get(id)
    return this.#compound.get(outline(id))?.find(([other]) => sameId(other, id))?.[1]
  }

  /** For an id that has no value yet. */
  add(id: unknown, value: T): void {
    if (typeof id !== 'object') return void this.#plain.set(id, value)
    const key = outline(id)
    const bucket = this.#compound.get(key)
    if (bucket === undefined) this.#compound.set(key, [[id, value]])
    else bucket.push([id, value])
  }

  delete(id: unknown): void {
    if (typeof id !== 'object') return void this.#plain.delete(id)
    const key = outline(id)
    const left = this.#compound.get(key)?.filter(([other]) => !sameId(other, id)) ?? []
    if (left.length === 0) this.#compound.delete(key)
    else this.#compound.set(key, left)
  }
}

const MAX_DEPTH = 3
const MAX_PARTS = 8

/** The same text for equal values, however deep they are; different ones nearly always differ in it. */
function outline(id: unknown): string {
  try {
    return part(id, 0)
  } catch {
    return 'unreadable'
  }
}

function part(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return value === 0 ? '0' : String(value)
  if (isPid(value)) return `<${value.id}.${value.serial}>`
  if (ArrayBuffer.isView(value)) return `bytes ${value.byteLength}`
  if (Array.isArray(value)) return depth === MAX_DEPTH ? `list ${value.length}` : listed(value, depth)
  return depth === MAX_DEPTH ? 'object' : fielded(value as Record<string, unknown>, depth)
}
function listed(list: readonly unknown[], depth: number): string {
  let text = `[${list.length}`
  for (let i = 0; i < list.length && i < MAX_PARTS; i++) text += `,${part(list[i], depth + 1)}`
  return `${text}]`
}
function fielded(object: Readonly<Record<string, unknown>>, depth: number): string {
  const keys = Object.keys(object).toSorted() // in whatever order they were set
  const fields = keys.slice(0, MAX_PARTS).map((key) => `,${key}=${part(object[key], depth + 1)}`)
  return `{${keys.length}${fields.join('')}}`
}
