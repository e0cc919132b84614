// Matchers for the `expect` of jest, Vitest and whoever extends it the same way: what a probe or a fake peer got, whether a
// process is alive, how it ended. Entered by the framework; calls received and ended. Of the framework only the printing is
// used.
import { toBeAlive, toExitWith } from './ended.js'
import type { MatcherContext, MatcherResult } from './matcher-context.js'
import { toHaveReceived } from './received.js'

export type { MatcherContext, MatcherResult } from './matcher-context.js'

/**
 * The matchers, for `expect.extend(matchers)`.
 *
 * @example
 * expect.extend(matchers)
 * @see Jest, "expect.extend"; {@link GensockMatchers} says what each of them does
 */
export type Matchers = Readonly<{
  toHaveReceived(this: MatcherContext, actual: unknown, ...expected: unknown[]): MatcherResult
  toBeAlive(this: MatcherContext, actual: unknown): MatcherResult
  toExitWith(this: MatcherContext, actual: unknown, reason?: unknown, withinMs?: number): Promise<MatcherResult>
}>
/**
 * What `expect(...)` has more with these matchers; `gensock/testing/jest` tells jest's types.
 *
 * @example
 * const probe = node.probe()
 * node.send(probe.pid, { type: 'tick', n: 1 })
 * await node.settle()
 * const claim = expect(probe) as unknown as GensockMatchers<void>
 * claim.toHaveReceived({ type: 'tick', n: expect.anything() })
 * @see For Vitest: `declare module 'vitest' { interface Matchers<T = any> extends GensockMatchers<void> {} }`
 */
export interface GensockMatchers<R> {
  /**
   * Of a probe: it has got such a message, taken or not. Of a fake transport: its peer has got such a frame, `['text', 'hi']`
   * or, of a text or binary frame, only its data. Compared as by `toEqual`; without a message: anything at all. It looks and
   * does not wait: let the node run first, by `await node.settle()`.
   */
  toHaveReceived(message?: unknown): R
  /** A pid, or the process of a probe or a fake transport, is alive. */
  toBeAlive(): R
  /**
   * The process of a pid, a probe or a fake transport, on a test node, ends with this reason, now or in virtual time, or has
   * done so before. Of a crash the reason is its value, its error, or what matches its text. Without a reason: with any. A
   * crash that is the one named needs no `expectCrash`. To be awaited.
   */
  toExitWith(reason?: unknown, withinMs?: number): Promise<void>
}

/**
 * Matchers for `expect.extend`, in jest, in Vitest, and wherever else `expect` is extended the same way: `toHaveReceived`,
 * `toBeAlive`, `toExitWith`. For jest's types import them from `gensock/testing/jest`.
 *
 * @example
 * expect.extend(matchers)
 * const pid = node.spawn((self) => self.sleep(1000))
 * await (expect(pid) as unknown as GensockMatchers<void>).toExitWith('normal')
 * node.now() // => 1000
 * @see Jest, "expect.extend"
 */
export const matchers: Matchers = Object.freeze<Matchers>({
  toHaveReceived(this: MatcherContext, actual: unknown, ...expected: unknown[]) {
    return toHaveReceived(this, actual, expected)
  },
  toBeAlive(this: MatcherContext, actual: unknown) {
    return toBeAlive(this, actual)
  },
  toExitWith(this: MatcherContext, actual: unknown, reason?: unknown, withinMs?: number) {
    return toExitWith(this, actual, reason, withinMs)
  },
})
