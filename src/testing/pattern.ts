// Does a message look like this? Deep equality as `toEqual` has it, with any framework's asymmetric matchers
// (`expect.any(...)`) inside, and a picture of either for a failure text. Entered by probe, expectations and matchers; knows
// no framework.
import { inspect } from 'node:util'
import { show } from '../base/errors.js'
import { isPid } from '../base/pid.js'
import { isRef } from '../base/ref.js'
import { pairOff } from './pairing.js'

/**
 * What says by itself whether a value fits: `expect.any(Number)` of jest or Vitest, or one of your own.
 *
 * @example
 * const even: AsymmetricMatcher = { asymmetricMatch: (n) => Number(n) % 2 === 0, toString: () => 'an even number' }
 * const probe = node.probe()
 * for (const n of [1, 2]) node.send(probe.pid, n)
 * await probe.expectMessages([even]) // => [2]
 * @see Jest, "Asymmetric Matchers"
 */
export interface AsymmetricMatcher {
  /** Does this value fit? */
  asymmetricMatch(value: unknown): boolean
  /** How a failure text shows it. */
  toString(): string
}
/**
 * A message, or one with asymmetric matchers in place of any of its parts.
 *
 * @example
 * const pattern: MessagePattern<{ type: 'tick'; n: number }> = { type: 'tick', n: expect.anything() }
 * const probe = node.probe<{ type: 'tick'; n: number }>()
 * node.sendAfter(1000, probe.pid, { type: 'tick', n: 1 })
 * await probe.expectMessages([pattern]) // => [{ type: 'tick', n: 1 }]
 * @see {@link Probe.expectMessages}
 */
export type MessagePattern<M> =
  | M
  | AsymmetricMatcher
  | (M extends object ? { readonly [K in keyof M]: MessagePattern<M[K]> } : never)

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function'
  )
}

type Pairs = readonly (readonly [unknown, unknown])[]

/** Does `actual` look like `expected`? Fields that are undefined count as absent, and classes do not matter. @internal */
export function fits(actual: unknown, expected: unknown, within: Pairs = []): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual)
  if (Object.is(actual, expected)) return true
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false
  if (isPid(expected)) return isPid(actual) && expected.equals(actual)
  if (isRef(expected)) return isRef(actual) && expected.equals(actual)
  if (tagOf(actual) !== tagOf(expected)) return false
  if (tagOf(expected) === '[object Error]') return (actual as Error).message === (expected as Error).message
  // A circle that has led back to the same two fits as far as the rest of it does.
  if (within.some((pair) => pair[0] === actual && pair[1] === expected)) return true
  return (fitsSpecial(actual, expected, within) ?? true) && fitsFields(actual, expected, [...within, [actual, expected]])
}

const tagOf = (value: object): string => Object.prototype.toString.call(value)

/** Of values whose content is not in their fields; undefined for all others. */
function fitsSpecial(actual: object, expected: object, within: Pairs): boolean | undefined {
  const inner: Pairs = [...within, [actual, expected]]
  switch (tagOf(expected)) {
    case '[object Date]':
    case '[object Number]':
    case '[object String]':
    case '[object Boolean]':
      return Object.is(actual.valueOf(), expected.valueOf())
    case '[object RegExp]':
      return (actual as RegExp).toString() === (expected as RegExp).toString()
    case '[object Array]':
      return (actual as unknown[]).length === (expected as unknown[]).length
    case '[object ArrayBuffer]':
      return fits(new Uint8Array(actual as ArrayBuffer), new Uint8Array(expected as ArrayBuffer), inner)
    case '[object Map]':
      return fitsAll([...(actual as Map<unknown, unknown>)], [...(expected as Map<unknown, unknown>)], inner)
    case '[object Set]':
      return fitsAll([...(actual as Set<unknown>)], [...(expected as Set<unknown>)], inner)
    default:
      return undefined
  }
}

/** The members of a set, or the entries of a map, in any order, one for one. */
function fitsAll(actual: readonly unknown[], expected: readonly unknown[], within: Pairs): boolean {
  if (actual.length !== expected.length) return false
  const possible = expected.map((one) => actual.flatMap((other, index) => (fits(other, one, within) ? [index] : [])))
  return !pairOff(possible).includes(-1)
}

function fitsFields(actual: object, expected: object, within: Pairs): boolean {
  const keys = new Set([...fieldsOf(actual), ...fieldsOf(expected)])
  for (const key of keys)
    if (!fits((actual as Record<PropertyKey, unknown>)[key], (expected as Record<PropertyKey, unknown>)[key], within))
      return false
  return true
}

function fieldsOf(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
}

/** A pattern or a message in one line; an asymmetric matcher as its framework writes it. @internal */
export function picture(value: unknown): string {
  try {
    return show(drawn(value, 0))
  } catch {
    return show(value)
  }
}

const MAX_DEPTH = 4

/** Those of the frameworks either say all of themselves, or only what they are: then the sample stands behind it. */
function nameOf(value: AsymmetricMatcher, depth: number): string {
  const { toAsymmetricMatcher, sample } = value as { toAsymmetricMatcher?: () => string; sample?: unknown }
  if (toAsymmetricMatcher !== undefined) return toAsymmetricMatcher.call(value)
  return sample === undefined ? String(value) : `${String(value)} ${show(drawn(sample, depth + 1))}`
}

/** A literal, of this realm or another: tests run in one of their own. @internal */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function drawn(value: unknown, depth: number): unknown {
  if (isAsymmetric(value)) {
    const text = nameOf(value, depth)
    return { [inspect.custom]: () => text }
  }
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => drawn(item, depth + 1))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, drawn(item, depth + 1)]))
}
