// What the matchers have of the framework that calls them: its way of comparing, of printing and of showing a difference.
// Entered by received and ended.
import { inspect } from 'node:util'
import { type AnyPid, isPid } from '../base/pid.js'
import { recordOf } from './ledger.js'
import { fits, isPlain } from './pattern.js'

/** What of a framework's matcher context is used. */
export interface MatcherContext {
  readonly isNot?: boolean
  readonly promise?: string
  readonly equals?: (one: unknown, other: unknown, customTesters?: any[]) => boolean
  readonly customTesters?: any[]
  readonly utils: {
    readonly iterableEquality?: unknown
    matcherHint(name: string, received?: string, expected?: string, options?: any): string
    printExpected(value: unknown): string
    printReceived(value: unknown): string
    diff?(expected: any, received: any, options?: any): string | null | undefined
    replaceMatchedToAsymmetricMatcher?(
      expected: unknown,
      received: unknown,
      cycles: unknown[],
      others: unknown[],
    ): { replacedExpected: unknown; replacedReceived: unknown }
  }
}
/** What a matcher answers. */
export type MatcherResult = { pass: boolean; message: () => string }

/** @internal */
export type Label = (expected?: string) => string
/** @internal */
export function labelOf(context: MatcherContext, name: string, received: string): Label {
  const options = { isNot: context.isNot === true, promise: context.promise ?? '' }
  return (expected = '') => context.utils.matcherHint(name, received, expected, options)
}
/** @internal */
export const textOf = (lines: readonly (string | undefined)[]): string => lines.filter((line) => line !== undefined).join('\n')

/** Compares as `toEqual` does: without the framework's comparison of sets and maps all of them are equal. @internal */
export function equalityOf({ equals, customTesters = [], utils }: MatcherContext): (one: unknown, other: unknown) => boolean {
  const testers = utils.iterableEquality === undefined ? customTesters : [...customTesters, utils.iterableEquality]
  return (one, other) => equals?.(one, other, testers) ?? fits(one, other)
}

/** A value as the framework prints it. @internal */
export function expectedText({ utils }: MatcherContext, value: unknown): string {
  return utils.printExpected(withPids(value, 0))
}

const MAX_DEPTH = 6
/** What the frameworks print in words of its own. */
const IN_WORDS = Symbol.for('jest.asymmetricMatcher')

/** The same with a picture in place of each pid: printed field by field it says little. */
function withPids(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (isPid(value)) return { $$typeof: IN_WORDS, toAsymmetricMatcher: () => inspect(value) }
  if (Array.isArray(value)) return value.map((item) => withPids(item, depth + 1))
  if (!isPlain(value) || '$$typeof' in value) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPids(item, depth + 1)]))
}

/** What differs, in the framework's way; undefined if there is nothing to compare, or no way. @internal */
export function difference({ utils }: MatcherContext, expected: unknown, received: unknown): string | undefined {
  if (typeof received !== 'object' || received === null || typeof expected !== 'object') return undefined
  const swapped = utils.replaceMatchedToAsymmetricMatcher?.(expected, received, [], [])
  const [one, other] = swapped === undefined ? [expected, received] : [swapped.replacedExpected, swapped.replacedReceived]
  const text = utils.diff?.(withPids(one, 0), withPids(other, 0), {
    aAnnotation: 'Expected',
    bAnnotation: 'Received, the nearest',
  })
  return text === null || text === undefined ? undefined : `\n${text}\n`
}

/** Why this is to be awaited first, if something has not run yet. @internal */
export function settleHint(pid: AnyPid): string | undefined {
  const { length = 0 } = recordOf(pid)?.ledger.kernel.queue ?? {}
  return length > 0 ? `${length} process(es) have something to do that has not run yet: await node.settle() first` : undefined
}
