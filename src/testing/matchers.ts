// Matchers for the `expect` of jest, Vitest and whoever extends it the same way: what a probe or a fake peer got, whether a
// process is alive, how it ended. Entered by the framework; calls the ledger of the test node. Of the framework only the
// printing is used.
import { requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { isCrash, reasonText } from '../base/exit-reason.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { processOf } from '../runtime/process.js'
import { crashHint, type Received, whatCame } from './expectations.js'
import { type Ending, type ProcessRecord, recordOf } from './ledger.js'
import { lineOf } from './open-processes.js'
import { fits, picture } from './pattern.js'
import { PATIENCE_MS, within } from './within.js'

/** What of a framework's matcher context is used. */
export interface MatcherContext {
  readonly isNot?: boolean
  readonly promise?: string
  readonly equals?: (one: unknown, other: unknown, customTesters?: any[]) => boolean
  readonly customTesters?: any[]
  readonly utils: {
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

type Label = (expected?: string) => string
function labelOf(context: MatcherContext, name: string, received: string): Label {
  const options = { isNot: context.isNot === true, promise: context.promise ?? '' }
  return (expected = '') => context.utils.matcherHint(name, received, expected, options)
}
const textOf = (lines: readonly (string | undefined)[]): string => lines.filter((line) => line !== undefined).join('\n')

/** Why this is to be awaited first, if something has not run yet. */
function settleHint(pid: AnyPid): string | undefined {
  const { length = 0 } = recordOf(pid)?.ledger.kernel.queue ?? {}
  return length > 0 ? `${length} process(es) have something to do that has not run yet: await node.settle() first` : undefined
}

// ---- toHaveReceived

/** A probe or a fake transport, as the matchers see it. */
interface Recipient {
  readonly pid: AnyPid
  readonly isPeer: boolean
  /** Frames have no time. */
  readonly received: readonly (Received | { readonly atMs?: undefined; readonly message: unknown })[]
}
function recipientOf(value: unknown): Recipient {
  const { pid, history, sent, received } = (value ?? {}) as Partial<Record<'pid' | 'history' | 'sent' | 'received', unknown>>
  // In a simulation a frame that is sent comes to the peer later.
  const frames: unknown = received ?? sent
  if (isPid(pid) && Array.isArray(history)) return { pid, isPeer: false, received: history as Received[] }
  if (isPid(pid) && Array.isArray(frames)) return { pid, isPeer: true, received: frames.map((message: unknown) => ({ message })) }
  throw new BadArgError('toHaveReceived: what is expected', 'a probe or a fake transport', value)
}

function toHaveReceived(this: MatcherContext, actual: unknown, ...expected: unknown[]): MatcherResult {
  const { pid, isPeer, received } = recipientOf(actual)
  if (expected.length > 1) throw new BadArgError('toHaveReceived', 'given one message; name others in a line each', expected)
  const equal = (one: unknown, other: unknown): boolean => this.equals?.(one, other, this.customTesters) ?? fits(one, other)
  const isIt = ({ message }: { readonly message: unknown }): boolean =>
    expected.length === 0 || equal(message, expected[0]) || (isPeer && isDataFrame(message) && equal(message[1], expected[0]))
  const pass = received.some(isIt)
  const label = labelOf(this, 'toHaveReceived', isPeer ? 'transport' : 'probe')
  const what = expected.length === 0 ? undefined : this.utils.printExpected(expected[0])
  const message = (): string =>
    textOf([
      label(expected.length === 0 ? '' : isPeer ? 'frame' : 'message'),
      '',
      `Expected: ${pass ? 'not ' : ''}${what ?? (pass ? 'any message' : 'any message at all')}`,
      pass || what === undefined ? undefined : difference(this, expected[0], nearest(received, expected[0])),
      listOf(received),
      pass ? undefined : settleHint(pid),
      pass ? undefined : crashHint(recordOf(pid)?.ledger.crashTexts() ?? []).trimStart() || undefined,
    ])
  return { pass, message }
}

function isDataFrame(frame: unknown): frame is readonly ['text' | 'binary', unknown] {
  return Array.isArray(frame) && (frame[0] === 'text' || frame[0] === 'binary')
}
function listOf(received: Recipient['received']): string {
  if (received[0]?.atMs !== undefined) return whatCame(received as readonly Received[], 'Received')
  return received.length === 0
    ? 'Received: nothing'
    : `Received:\n${received.map(({ message }) => `  ${picture(message)}`).join('\n')}`
}
/** The `type` of a message, or the first word of a tuple or a frame. */
function kindOf(value: unknown): unknown {
  return (value as { type?: unknown } | null | undefined)?.type ?? (value as unknown[] | null | undefined)?.[0]
}
/** The last of the same kind, else the last of all. */
function nearest(received: Recipient['received'], expected: unknown): unknown {
  const kind = kindOf(expected)
  const alike = received.findLast(({ message }) => kind !== undefined && kindOf(message) === kind) ?? received.at(-1)
  return alike?.message
}
/** What differs, in the framework's way; undefined if there is nothing to compare, or no way. */
function difference({ utils }: MatcherContext, expected: unknown, received: unknown): string | undefined {
  if (typeof received !== 'object' || received === null || typeof expected !== 'object') return undefined
  const swapped = utils.replaceMatchedToAsymmetricMatcher?.(expected, received, [], [])
  const [one, other] = swapped === undefined ? [expected, received] : [swapped.replacedExpected, swapped.replacedReceived]
  const text = utils.diff?.(one, other, { aAnnotation: 'Expected', bAnnotation: 'Received, the nearest' })
  return text === null || text === undefined ? undefined : `\n${text}\n`
}

// ---- toBeAlive and toExitWith

function pidOf(where: string, value: unknown): AnyPid {
  if (isPid(value)) return value
  const { pid } = (value ?? {}) as { pid?: unknown }
  if (isPid(pid)) return pid
  throw new BadArgError(`${where}: what is expected`, 'a pid, a probe or a fake transport', value)
}
const endedText = (pid: AnyPid, { reason, atMs }: Ending): string =>
  `process ${String(pid)} ${isCrash(reason) ? 'crashed' : 'ended'} at ${atMs} ms: ${reasonText(reason)}`

function toBeAlive(this: MatcherContext, actual: unknown): MatcherResult {
  const pid = pidOf('toBeAlive', actual)
  const ending = recordOf(pid)?.ending
  const isThere = processOf(pid) !== undefined
  const state = isThere
    ? `process ${lineOf(pid) ?? String(pid)}`
    : ending === undefined
      ? `process ${String(pid)} is not alive`
      : endedText(pid, ending)
  const label = labelOf(this, 'toBeAlive', 'pid')
  return { pass: isThere, message: () => textOf([label(), '', `Received: ${state}`, isThere ? settleHint(pid) : undefined]) }
}

async function toExitWith(
  this: MatcherContext,
  actual: unknown,
  reason?: unknown,
  withinMs = PATIENCE_MS,
): Promise<MatcherResult> {
  const pid = pidOf('toExitWith', actual)
  requireMs('toExitWith: withinMs', withinMs)
  const record = recordOf(pid)
  if (record === undefined)
    throw new BadArgError('toExitWith: what is expected', 'a process of a test node, whose time can be turned', pid)
  await within(record.ledger.driver, withinMs, () => record.ending !== undefined)
  const { ending } = record
  const equal = (one: unknown, other: unknown): boolean => this.equals?.(one, other, this.customTesters) ?? fits(one, other)
  const pass = ending !== undefined && (reason === undefined || isReason(ending.reason, reason, equal))
  if (pass && this.isNot !== true) nameCrash(record, pid, ending)
  const label = labelOf(this, 'toExitWith', 'pid')
  const message = (): string =>
    textOf([
      label(reason === undefined ? '' : 'reason'),
      '',
      `Expected: ${pass ? 'not ' : ''}${reason === undefined ? 'any end' : this.utils.printExpected(reason)}`,
      `Received: ${ending === undefined ? stillAlive(pid, withinMs) : endedText(pid, ending)}`,
      pass || ending === undefined
        ? undefined
        : difference(this, reason, isCrash(ending.reason) ? ending.reason.value : ending.reason),
      pass || !isCrash(ending?.reason) ? undefined : ending.reason.stack,
    ])
  return { pass, message }
}

const stillAlive = (pid: AnyPid, withinMs: number): string => `alive after ${withinMs} ms of virtual time: ${lineOf(pid) ?? ''}`

/** Is it this reason? A crash is never taken for an end in order. */
function isReason(actual: unknown, expected: unknown, equal: (one: unknown, other: unknown) => boolean): boolean {
  if (expected instanceof RegExp) return (typeof actual === 'string' ? actual : reasonText(actual)).search(expected) >= 0
  if (!isCrash(actual)) return equal(actual, expected)
  if (expected === 'normal' || expected === 'shutdown') return false
  return equal(actual, expected) || equal(actual.value, expected) || equal(actual.error, expected)
}

function nameCrash({ ledger }: ProcessRecord, pid: AnyPid, { reason }: Ending): void {
  if (isCrash(reason)) ledger.named.add({ pid: String(pid), reason: reason.value })
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
export const matchers: Matchers = Object.freeze({ toHaveReceived, toBeAlive, toExitWith })
